"""Every plant at market prices, solved by hand (docs/model.md)."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from pytest import approx
from test_contracts_and_prices import funded, priced
from worlds import M, World, solve, tree_plan, wants

import didymium
from didymium.recheck import TOLERANCE, recheck
from didymium.reports.verify import verify

YEAR = [
    "revenue",
    "inputs",
    "fixed_opex",
    "variable_opex",
    "private_capital",
    "public_capital",
    "floor_payments",
    "margin",
]


def years(plan: didymium.Plan, project: str) -> list[list[object]]:
    return [[r[f"{c}_musd_per_year"] for c in YEAR] for r in plan.tables["viability"] if r["project"] == project]


def whole(plan: didymium.Plan, project: str, *columns: str, scenario: str = "base") -> list[object]:
    row = next(r for r in plan.tables["viability_of_plants"] if r["project"] == project and r["scenario"] == scenario)
    return [row[c] for c in columns]


def refining(opex: float = 0, wacc: float = 0, **settings: object) -> World:
    """10 t of ore a year become 8 t of oxide, at 100, 200, 200, 50 M USD/t; ore is worth 28, 56, 56, 14. The refinery
    must run."""
    w = priced(**settings)
    w["regions"][0]["wacc_percent"] = wacc
    w["projects"][1] |= {
        "min_utilisation_percent": 100,
        "variable_opex_usd_per_t": opex * M,
        "fixed_opex_usd_per_t_capacity": 2 * M,
    }
    return w


def test_revenue_inputs_and_opex_by_year() -> None:
    # 8 t at 100 less 10 t at 28, 10 t x 2 fixed, 10 t x 3 variable: 800 - 280 - 20 - 30 = 470; 1600 - 560 - 50; 400 -
    #     140 - 50
    plan = solve(refining(opex=3))
    assert years(plan, "works") == [
        approx([800, 280, 20, 30, 0, 0, 0, 470]),
        approx([1600, 560, 20, 30, 0, 0, 0, 990]),
        approx([1600, 560, 20, 30, 0, 0, 0, 990]),
        approx([400, 140, 20, 30, 0, 0, 0, 210]),
    ]
    assert years(plan, "pit")[0] == approx([280, 0, 0, 0, 0, 0, 0, 280])
    # 470 + 990 + 990 + 210 = 2660. Paid: 280 + 560 + 560 + 140 + 4 x 50 = 1740 on 32 t: 54.375; market: 4400 / 32 =
    # 137.5
    found = whole(
        plan,
        "works",
        "product",
        "npv_musd",
        "product_discounted_t",
        "break_even_usd_per_t",
        "market_usd_per_t",
        "gap_usd_per_t",
    )
    assert found == ["oxide", approx(2660), approx(32), approx(54.375 * M), approx(137.5 * M), 0]


def test_present_value_at_the_plants_own_cost_of_capital_and_the_gap() -> None:
    # opex 100 a t: margins 800 - 280 - 20 - 1000 = -500, 20, 20, -760. At 100 %: -500 + 10 + 5 - 95 = -580.
    # 8 t a year count 8 x (1 + 1/2 + 1/4 + 1/8) = 15: a gap of 580 / 15 a tonne, of 580 / 1.875 a year. Market: (800 +
    # 800 + 400 + 50) / 15
    plan = solve(refining(opex=100, wacc=100))
    found = whole(
        plan,
        "works",
        "npv_musd",
        "product_discounted_t",
        "gap_usd_per_t",
        "gap_musd_per_year",
        "market_usd_per_t",
        "break_even_usd_per_t",
    )
    assert found == approx([-580, 15, 580 / 15 * M, 580 / 1.875, 2050 / 15 * M, 2630 / 15 * M])


def test_a_floor_is_paid_in_and_by_whom() -> None:
    # floor 120 in 2026 against 100: 8 x 20 = 160; the gap of 580 falls to 420. The break-even price is without it
    w = refining(opex=100, wacc=100)
    floor = {
        "contract": "floor",
        "kind": "price_floor",
        "project": "works",
        "commodity": "oxide",
        "government": "gov",
        "from_year": 2026,
        "to_year": 2027,
    }
    w["contracts"] = [{**floor, "price_usd_per_t": 120 * M}]
    plan = solve(w)
    found = whole(
        plan,
        "works",
        "npv_musd",
        "floor_usd_per_t",
        "break_even_usd_per_t",
        "gap_usd_per_t",
        "given_musd",
        "governments",
        "may_help",
    )
    assert found == [
        approx(-420),
        approx(160 / 15 * M),
        approx(2630 / 15 * M),
        approx(420 / 15 * M),
        approx(160),
        "gov 160.0",
        "gov",
    ]
    assert years(plan, "works")[0][-2:] == approx([160, -340])


def test_private_and_public_capital() -> None:
    # a module of 100 for one year at 10 %: half private 55, half on a loan at 2 %: 51, which forgoes 4; a grant is not
    # paid back and forgoes 55
    assert years(solve(funded()), "pit") == [approx([0, 0, 0, 0, 55, 51, 0, -106])]
    assert whole(solve(funded()), "pit", "npv_musd", "given_musd", "governments", "gap_usd_per_t") == [
        approx(-106),
        approx(4),
        "gov 4.0",
        None,
    ]
    assert years(solve(funded(repaid_percent=0)), "pit") == [approx([0, 0, 0, 0, 55, 0, 0, -55])]
    assert whole(solve(funded(repaid_percent=0)), "pit", "given_musd") == approx([55])


def test_by_products_lower_the_price_that_breaks_even() -> None:
    # the ore is worth half Nd at 100, half Pr at 300, 4 t of each: Pr is the main product. 10 t of ore at 0.35 x 160 =
    # 56: 560; opex 50; less 400 from Nd: 210 on 4 t is 52.5 a tonne
    w = refining(opex=3)
    w["settings"] = [{**r, "value": 2026} if r["setting"] == "last_year" else r for r in w["settings"]]
    w["prices"] = []
    w["elements"].append({"element": "Pr", "commodity": "other", "circuit": "light"})
    w["commodities"].append({"commodity": "other", "stage": "refinery", "reference_price_usd_per_t": 300 * M})
    w["assays"][0] |= {"Nd": 50, "Pr": 50}
    w["recoveries"][0] |= {"Pr": 80}
    plan = solve(w)
    assert years(plan, "works") == [approx([1600, 560, 20, 30, 0, 0, 0, 990])]
    assert whole(plan, "works", "product", "break_even_usd_per_t", "market_usd_per_t") == [
        "other",
        approx(52.5 * M),
        approx(300 * M),
    ]


def test_a_milestone_stands_for_its_years() -> None:
    # milestones 2026 and 2027; the latter stands for 2027 to 2029 at the mean of 200, 200 and 50 (no discount): 150.
    # 8 x 150 - 10 x 42 - 50 = 730; 470 + 3 x 730 = 2660 as year by year
    plan = solve(refining(opex=3, milestone_years="2026; 2027"))
    assert [y[-1] for y in years(plan, "works")] == approx([470, 730])
    assert whole(plan, "works", "npv_musd", "product_discounted_t") == approx([2660, 32])


def test_each_scenario_has_its_own_value() -> None:
    # in the storm oxide brings half from 2028 on, ore too: margins 470, 990, then 800 - 280 - 50 = 470 and 200 - 70 -
    # 50 = 80; calm: 2660
    w = refining(opex=3)
    w["scenarios"] = [
        {"scenario": "base", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 50, "reveal_year": 2028},
    ]
    w["shocks"] = [{"scenario": "storm", "kind": "market_price", "commodity": "oxide", "value": 0.5}]
    plan = tree_plan(w)
    assert whole(plan, "works", "npv_musd") == approx([2660])
    assert whole(plan, "works", "npv_musd", scenario="storm") == approx([470 + 990 + 470 + 80])
    assert recheck(plan.source, {**plan.tables, "headline": []}, plan.scenarios)["viability"].size < TOLERANCE


@pytest.mark.parametrize(
    ("table", "column"),
    [("viability", f"{c}_musd_per_year") for c in (*YEAR, "product_revenue")]
    + [("viability", "product_t"), ("viability_of_plants", "npv_musd"), ("viability_of_plants", "break_even_usd_per_t")]
    + [
        ("viability_of_plants", c)
        for c in ("gap_usd_per_t", "gap_musd_per_year", "given_musd", "market_usd_per_t", "floor_usd_per_t")
    ],
)
def test_the_recheck_finds_a_figure_that_is_off(table: str, column: str) -> None:
    """Every figure of both tables, one percent of the amounts at stake off."""
    plan = solve(refining(opex=3))
    assert recheck(plan.source, plan.tables, plan.scenarios)["viability"].size < TOLERANCE
    k = next(k for k, r in enumerate(plan.tables[table]) if r["project"] == "works")
    rows = [dict(r) for r in plan.tables[table]]
    rows[k][column] = float(str(rows[k][column])) + (5 * M if column.endswith("usd_per_t") else 50)
    assert recheck(plan.source, {**plan.tables, table: rows}, plan.scenarios)["viability"].size > TOLERANCE


def test_a_plant_left_out_is_found() -> None:
    plan = solve(refining(opex=3))
    for table in ("viability", "viability_of_plants"):
        rows = [r for r in plan.tables[table] if r["project"] != "works"]
        assert recheck(plan.source, {**plan.tables, table: rows}, plan.scenarios)["viability"].size > TOLERANCE, table


def test_the_sheet_is_written_coloured_tied_and_verified(tmp_path: Path) -> None:
    w = refining(opex=100, wacc=100)
    wants(w, "oxide", 1)
    plan = solve(w)
    plan.save(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx", data_only=True)
    page = book["Viability"]
    assert str(page["A3"].value).startswith("Net present value: ")
    column = next(c.column for c in page[4] if c.value == "Net present value (M USD)")
    colours = {page.cell(r, column).value < 0: page.cell(r, column).fill.fgColor.rgb for r in (5, 6)}
    assert colours == {True: "FFF4A9A0", False: "00000000"}
    lines = {
        str(r[0].value): r[4].value
        for r in book["Checks"].iter_rows(min_row=5)
        if r[0].value and "viability" in str(r[0].value).lower()
    }
    assert sum(": none" in name for name in lines) >= 10
    assert set(lines.values()) == {"pass"}
    assert verify(tmp_path).holds

"""What governments give, and what passes through the plants they support, solved by hand (docs/model.md)."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from pytest import approx
from random_cases import write_case
from random_version3 import version_3_case
from test_contracts_and_prices import funded
from test_viability import refining
from worlds import M, World, by_year, commodity, offer, plant, recipe, region, solution, solve, tree_plan, wants

import didymium
from didymium.case.tree import full_tree
from didymium.engine.highs import Options
from didymium.engine.solve import solve_tree
from didymium.plan.mixing import mixtures
from didymium.plan.passage import passed
from didymium.plan.tables import plan_tables
from didymium.recheck import TOLERANCE, recheck
from didymium.reports.brief import front_page
from didymium.reports.money_charts import money_charts
from didymium.reports.verify import verify

KINDS = ["loans", "grants", "loan_subsidy", "subsidy_equivalent", "capital_subsidy_in_plan", "floor_payments"]


def money(plan: didymium.Plan, table: str = "governments") -> list[list[object]]:
    return [[r[f"{kind}_musd"] for kind in (*KINDS, "given_in_plan")] for r in plan.tables[table]]


def row_of(plan: didymium.Plan, table: str, *columns: str, **where: object) -> list[object]:
    (row,) = [r for r in plan.tables[table] if all(r[k] == v for k, v in where.items())]
    return [row[c] for c in columns]


def oxide(**settings: object) -> World:
    """Ore of the new pit, half on a loan, and as much of an old one: 20 t of oxide; 8 wanted here, 6 there, 6 sold."""
    w = funded()
    w["settings"] += [{"setting": k, "value": v} for k, v in settings.items()]
    w["regions"].append(region("there"))
    w["projects"] += [plant("old", "mine", 10, ore_type="rock"), plant("works", "refinery", 20)]
    w["assays"].append({"mine": "old", "Nd": 100})
    w["commodities"][0] |= {"sale_price_usd_per_t": M // 2, "sale_limit_t_per_year": 6}
    w["routes"] = [{"from_region": "here", "to_region": "there", "cost_usd_per_t": 0}]
    w["budgets"][0]["region"] = "there"
    wants(w, "oxide", 8)
    wants(w, "oxide", 6, region="there")
    return w


def test_a_loan_its_subsidy_over_its_life_and_in_the_plan() -> None:
    # 50 lent for a year at 2 % to a plant at 10 %: repaid 51, worth 51 / 1.1 when it is lent: 50 - 46.36 = 3.64; a year
    # later, as the annuity is paid, 55 - 51 = 4; public funds at half of that
    plan = solve(oxide(cost_of_public_funds_percent=50))
    assert money(plan) == [approx([50, 0, 50 - 51 / 1.1, 50 - 51 / 1.1, 4, 0, 4])]
    assert money(plan, "supported_plants") == money(plan)
    assert row_of(plan, "governments", "home_region", "public_funds_musd", "plants") == ["there", approx(2), 1]


def test_a_loan_that_is_paid_back_in_part_is_a_grant_in_part() -> None:
    # 40 % of 50 is paid back: 20 lent, 30 given; 50 x (1 - 0.4 x 1.02 / 1.1) = 31.45; in the plan 55 - 0.4 x 51 = 34.6
    subsidy = 50 * (1 - 0.4 * 1.02 / 1.1)
    assert money(solve(funded(repaid_percent=40))) == [approx([20, 30, subsidy - 30, subsidy, 34.6, 0, 34.6])]
    assert money(solve(funded(repaid_percent=0))) == [approx([0, 50, 0, 50, 55, 0, 55])]


def test_money_of_later_years_is_discounted_at_the_plans_rate() -> None:
    # two years at 10 %: 1.21 / 2.1 a year; a loan at 0 %: 0.5. Saved: 50 x (1.21 / 2.1 - 0.5) in both years, of which
    # the second counts half
    w = funded(rate_percent=0)
    for row, value in zip(w["settings"][:3], (2026, 2027, 100), strict=True):
        row["value"] = value
    w["projects"][0] |= {"life_years": 2, "last_decision_year": 2026}
    w["budgets"] = [{"government": "gov", **by_year(w, 1000)}]
    saved = 50 * (1.21 / 2.1 - 0.5)
    ((loans, _, subsidy, _, in_plan, _, _),) = money(solve(w))
    assert [loans, subsidy, in_plan] == approx([50, 50 - 25 / 1.1 - 25 / 1.21, 1.5 * saved])


def test_what_passes_a_supported_plant_goes_where_the_mixture_goes() -> None:
    # half of all oxide is from the pit: 4 t here, 3 t there, 3 t sold; 7 of 14 t delivered; 4 M USD on 10 t
    plan = solve(oxide())
    columns = ["delivered_t", "sold_outside_t", "supplied_discounted_t", "given_usd_per_t"]
    assert row_of(plan, "supported_plants", "supported_throughput_t", *columns) == approx([10, 7, 3, 10, 0.4 * M])
    found = row_of(plan, "supported_stages", "stage", "plants", *columns, "of_demand_percent", "own_region_percent")
    assert found == ["mine", 1, *map(approx, [7, 3, 10, 0.4 * M, 50, 30])]
    uses = [[r[c] for c in ("use_region", "supplied_t", "of_plant_percent", "given_share_musd", "stays")]
            for r in plan.tables["supported_use"]]  # fmt: skip
    assert uses == [
        ["here", approx(4), approx(40), approx(1.6), "no"],
        ["there", approx(3), approx(30), approx(1.2), "yes"],
        ["outside", approx(3), approx(30), approx(1.2), "no"],
    ]


def test_without_a_region_of_its_own_nothing_is_said_of_what_stays() -> None:
    w = oxide()
    del w["budgets"][0]["region"]
    plan = solve(w)
    assert row_of(plan, "governments", "home_region", "own_region_percent") == [None, None]
    assert {r["stays"] for r in plan.tables["supported_use"]} == {None}
    w["budgets"][0]["government"] = w["finance"][0]["government"] = "here"  # a government with the name of a region
    assert row_of(solve(w), "governments", "home_region", "own_region_percent") == ["here", approx(40)]


def test_points_of_a_target_that_supported_plants_supply() -> None:
    # 7 of 14 t are from the pit: 50 points; there 3 of 6; 4 M USD for 50 points in one year
    w = oxide()
    target = {"type": "min_china_free_share", "stage": "mine", 2026: 20}
    w["targets"] = [{"target": "all", **target}, {"target": "there", "region": "there", **target}]
    plan = solve(w)
    columns = ["counted_for_target_t", "supplied_points", "discounted_point_years", "musd_per_point_year"]
    assert row_of(plan, "supported_targets", *columns, target="all") == approx([7, 50, 50, 0.08])
    assert row_of(plan, "supported_targets", *columns, target="there") == approx([3, 50, 50, 0.08])


def test_what_is_refined_in_china_counts_for_no_target_of_mines() -> None:
    # the ore of the pit, refined in China, is at level 2: 7 t are delivered, none of it is China-free for mine or
    # refinery
    w = oxide()
    w["regions"].append(region("far", china=True))
    w["projects"][2]["region"] = "far"
    ways = (("here", "far"), ("far", "here"), ("far", "there"))
    w["routes"] = [{"from_region": a, "to_region": b, "cost_usd_per_t": 0} for a, b in ways]
    w["targets"] = [
        {"target": s, "stage": s, "type": "min_china_free_share", 2026: 20} for s in ("mine", "refinery", "metal")
    ]
    plan = solve(w)
    assert row_of(plan, "supported_stages", "delivered_t") == approx([7])
    assert plan.tables["supported_targets"] == []


def test_of_a_plant_only_supported_modules_count() -> None:
    # the pit has 10 t from before and the new 10 t: half of what it makes; two governments each count that half
    w = oxide()
    w["projects"][0]["existing_t_per_year"], w["projects"][1]["existing_t_per_year"] = 10, 0
    w["finance"][0]["max_share_percent"] = 30
    w["finance"].append({"instrument": "aid", "government": "ally", "rate_percent": 2, "max_share_percent": 30})
    w["budgets"].append({"government": "ally", **by_year(w, 1000)})
    plan = solve(w)
    assert row_of(plan, "supported_plants", "supported_throughput_t", "delivered_t", government="gov") == approx(
        [10, 7]
    )
    assert row_of(plan, "supported_plants", "supported_throughput_t", "delivered_t", government="ally") == approx(
        [10, 7]
    )
    assert [r[0] + r[1] for r in money(plan)] == approx([30, 30])


def floored(**floor: object) -> World:
    """The works of test_viability, all of whose oxide is sold, under a floor of 120 in 2026 and 2027."""
    w = refining()
    w["commodities"][0] |= {"sale_price_usd_per_t": M, "sale_limit_t_per_year": 8}
    w["contracts"] = [
        {"contract": "floor", "kind": "price_floor", "project": "works", "commodity": "oxide", "government": "gov"}
        | {"from_year": 2026, "to_year": 2027, "price_usd_per_t": 120 * M}
        | floor
    ]
    return w


def test_a_floor_supports_a_plant_while_it_is_in_force() -> None:
    # 8 t at 120 - 100 in 2026, nothing at 200 in 2027: 160. Two years of 10 t of ore count; no demand wants oxide
    plan = solve(floored())
    assert money(plan) == [approx([0, 0, 0, 0, 0, 160, 160])]
    assert row_of(plan, "governments", "smaller_than_gap", "own_region_percent") == [None, None]
    columns = ["supported_throughput_t", "delivered_t", "sold_outside_t", "given_usd_per_t"]
    assert row_of(plan, "supported_plants", *columns) == [approx(20), 0, 0, None]
    assert row_of(plan, "supported_use", "use_region", "given_share_musd", "stays") == [None, approx(160), None]
    # where demand wants oxide in another year, what is sold in these two counts: 16 t
    w = floored()
    wants(w, "oxide", {2026: 0, 2027: 0, 2028: 0, 2029: 1})
    assert row_of(solve(w), "supported_plants", *columns) == approx([20, 0, 16, 10 * M])


def test_a_milestone_of_which_a_floor_covers_a_part() -> None:
    # 2027 stands for 2027 to 2029; the floor is in force in one of them: a third of 3 x 10 t, and 2026 in full
    plan = solve(floored() | {"settings": refining(milestone_years="2026; 2027")["settings"]})
    assert row_of(plan, "supported_plants", "supported_throughput_t") == approx([20])


def test_in_a_tree_money_and_tonnes_are_expected() -> None:
    # in the storm alone (40 %) the pit is built, in 2027: 50 lent, 20 expected, and 0.4 x 4 given; 10 t of ore, 4
    # expected
    w = funded()
    w["settings"][1]["value"] = 2027
    w["projects"][0] |= {"min_modules": 0, "first_decision_year": 2027, "capex_musd_per_module": 100}
    w["budgets"] = [{"government": "gov", **by_year(w, 1000)}]
    w["projects"].append(plant("works", "refinery", 10))
    w["segments"][0]["shortage_cost_usd_per_t"] = 100 * M
    wants(w, "oxide", {2026: 0, 2027: 1})
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 60},
        {"scenario": "storm", "probability_percent": 40, "reveal_year": 2027},
    ]
    w["shocks"] = [{"scenario": "storm", "kind": "demand", "value": 10}]
    plan = tree_plan(w)
    assert money(plan) == [approx([20, 0, 0.4 * (50 - 51 / 1.1), 0.4 * (50 - 51 / 1.1), 1.6, 0, 1.6])]
    found = row_of(plan, "supported_plants", "supported_throughput_t", "delivered_t", "given_usd_per_t")
    assert found == approx([4, 4, 0.4 * M])
    assert recheck(plan.source, {**plan.tables, "headline": []}, plan.scenarios)["finance"].size < TOLERANCE


def recycling() -> World:
    """Magnets of 1 t of metal, 4 t of swarf to 10 t of magnets: its recycler is on a loan."""
    w = funded()
    w["projects"] = []
    w["assays"] = []
    for good, stage in (("metal", "metal"), ("magnet", "magnet"), ("swarf", "scrap")):
        commodity(w, good, stage)
    recipe(w, "cook", "metal", {"oxide": 1.0}, {"metal": 1.0})
    recipe(w, "press", "magnet", {"metal": 1.4}, {"magnet": 1.0, "swarf": 0.4})
    recipe(w, "melt", "recycler", {"swarf": 1.0}, {"oxide": 1.0})
    w["projects"] += [plant("smelter", "metal", 14), plant("presses", "magnet", 10)]
    w["projects"].append(
        plant("loop", "recycler", max_modules=1, min_modules=1, capex_musd_per_module=100, life_years=1)
        | {"module_t_per_year": 4, "min_utilisation_percent": 100}
    )
    offer(w, "oxide", "oxide", 99, 1000)
    wants(w, "magnet", 10)
    return w


def test_a_loop_counts_a_tonne_once() -> None:
    # 14 t of metal: 4 of it was in swarf that the recycler had: 4 / 14 of 10 t of magnets, of 1.4 t of oxide each: 4 t
    plan = solve(recycling())
    assert row_of(plan, "supported_plants", "delivered_t", "supported_throughput_t") == approx([4, 4])
    s = solution(recycling())
    shares = passed(s, ["smelter", "presses", "loop"], mixtures(s))[next(iter(s.net.tree.nodes))]
    for p, share in (("smelter", 1.0), ("presses", 1.0), ("loop", 4 / 14)):
        assert shares[p]["here", "magnet", 0] == approx(share), p


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("governments", [f"{kind}_musd" for kind in (*KINDS, "given_in_plan", "public_funds")]),
        ("governments", ["plants", "own_region_percent"]),
        ("supported_stages", ["plants", "delivered_t", "sold_outside_t", "supplied_discounted_t", "given_usd_per_t"]),
        ("supported_stages", ["of_demand_percent", "own_region_percent", "given_in_plan_musd"]),
        ("supported_plants", [f"{kind}_musd" for kind in (*KINDS, "given_in_plan")]),
        ("supported_plants", ["supported_throughput_t", "delivered_t", "sold_outside_t", "given_usd_per_t"]),
        ("supported_use", ["supplied_t", "of_plant_percent", "given_share_musd"]),
        ("supported_targets", ["counted_for_target_t", "supplied_points", "discounted_point_years"]),
        ("supported_targets", ["musd_per_point_year", "given_in_plan_musd"]),
    ],
)
def test_the_recheck_finds_a_figure_that_is_off(table: str, columns: list[str]) -> None:
    w = oxide(cost_of_public_funds_percent=50)
    w["targets"] = [{"target": "all", "type": "min_china_free_share", "stage": "mine", 2026: 20}]
    plan = solve(w)
    for column in columns:
        rows = [dict(r) for r in plan.tables[table]]
        rows[0][column] = float(str(rows[0][column])) * 1.01 + 1
        found = recheck(plan.source, {**plan.tables, table: rows}, plan.scenarios)["finance"]
        assert found.size > TOLERANCE, column
    assert recheck(plan.source, {**plan.tables, table: []}, plan.scenarios)["finance"].size > TOLERANCE


def test_the_sheets_are_written_tied_and_verified(tmp_path: Path) -> None:
    w = oxide(cost_of_public_funds_percent=50)
    w["targets"] = [{"target": "all", "type": "min_china_free_share", "stage": "mine", 2026: 20}]
    plan = solve(w)
    plan.save(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx", data_only=True)
    assert [book["Finance"].cell(4, k).value for k in (1, 2, 3)] == ["Government", "Its region", "Loans (M USD)"]
    assert str(book["Finance"]["A3"].value).startswith("Subsidy in a loan: ")
    lines = {
        str(r[0].value): r[4].value
        for r in book["Checks"].iter_rows(min_row=5)
        if r[0].value and any(word in str(r[0].value) for word in ("governments", "supported"))
    }
    assert sum(": none" in name for name in lines) >= 20
    assert set(lines.values()) == {"pass"}
    assert verify(tmp_path).holds
    assert len(book["Money charts"]._charts) == 6  # money, its use; cost and supply curve of mines and refineries


def test_the_supply_curve_and_cost_against_price() -> None:
    # the works of test_viability: 10 t of ore, 8 t of oxide in each of four years; 1,740 M USD / 32 t (test_viability)
    specs = money_charts(solve(refining(opex=3)))
    assert specs["cost_refinery"].rows == [
        {"plant": "Works (oxide)", "break-even price": approx(54_375), "market price": approx(137_500)}
    ]
    curve = specs["curve_refinery"]
    assert [(r["thousand t a year"], r["break-even price"], r["market price"]) for r in curve.rows] == [
        (0, approx(54_375), approx(137_500)),
        (approx(0.008), approx(54_375), approx(137_500)),
    ]
    assert curve.title == "Supply curve: refineries (oxide)"
    assert specs["given"].rows == []


def test_the_front_page_says_what_is_given_and_what_the_gap_leaves_open() -> None:
    plan = solve(oxide())
    assert (
        "Governments give 4 M USD in the plan's years, discounted (grants, cheap loans and price floors). Loans are"
        " paid back: only what their terms save the plants counts as given. In proportion to tonnes, 30 % of it stands"
        " behind goods that are sold outside the chain."
    ) in front_page(plan)
    assert not [s for s in front_page(plan) if "less than the gap in each case" in s]
    plan.tables["governments"][0]["smaller_than_gap"] = "yes"
    assert (
        "The subsidy in loans and grants of 1 of 1 payers of public money (governments, their funds and programmes;"
        " 4 M USD in the plan's years) is less than the gap in each case: it is not proven that this money belongs in"
        " the plan. The sheet Finance shows which ones."
    ) in front_page(plan)


@pytest.mark.parametrize("seed", [2, 7, 31, 55, 264, 301])
def test_random_trees_add_up_and_agree_with_the_recheck(seed: int, tmp_path: Path) -> None:
    """Also 264, in which 0.00001 t pass a supported plant."""
    inputs = didymium.read(write_case(version_3_case(seed), tmp_path / "case"))
    try:
        s = solve_tree(inputs.case, full_tree(inputs.case), Options(gap=0.001))
    except didymium.NoPlan:
        return
    t = plan_tables(s)
    assert recheck(inputs.source, {**t, "headline": []}, list(s.net.tree.leaves))["finance"].size < TOLERANCE
    given = sum(r["given_in_plan_musd"] for r in t["governments"])
    assert sum(r["given_share_musd"] for r in t["supported_use"]) == approx(given)
    assert sum(r["given_in_plan_musd"] for r in t["supported_stages"]) == approx(given)
    funds = sum(r["weight"] * r["public_funds_musd_per_year"] for r in t["costs"])
    assert sum(r["public_funds_musd"] for r in t["governments"]) == approx(funds)
    for stage in ("mine", "refinery", "heavy", "metal", "magnet", "recycler"):
        plants = [p for p, project in s.net.case.projects.items() if project.stage == stage]
        for shares in passed(s, plants, mixtures(s)).values():
            total: dict[object, float] = {}
            for of_plant in shares.values():
                for pool, share in of_plant.items():
                    total[pool] = total.get(pool, 0.0) + share
            assert all(share <= 1 + 1e-6 for share in total.values()), stage

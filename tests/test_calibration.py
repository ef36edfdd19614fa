"""The sheet Calibration: what was observed beside the plan's first years, by hand."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from pytest import approx
from worlds import World, magnets, mine, offer, plant, region, solve, tree_plan, wants, world

from didymium.plan.calibration import NOT_COMPARED, verdict
from didymium.recheck import recheck
from didymium.reports.verify import verify


def observing(*rows: dict[str, object]) -> World:
    """In `here` 10 t of ore become 8 t of oxide and these 8 t of metal. `there` gets 3 t of metal from here, 4 t bought
    from China and 2 t from a metal maker in `far`, counted as China, which takes its oxide from an offer."""
    w = world(2026, 2027)
    magnets(w)
    w["commodities"][0]["reference_price_usd_per_t"] = 100
    w["recoveries"] = [{"ore_type": "rock", "Nd": 80}]
    mine(w, existing=10)
    w["projects"] += [
        plant("works", "refinery", 10),
        plant("smelter", "metal", 20),
        plant("tolled", "metal", 2, region="far"),
    ]
    w["regions"] += [region("there"), region("far", china=True)]
    for start in ("here", "far"):
        w["routes"].append(
            {"from_region": start, "to_region": "there", "stage": "metal", "cost_usd_per_t": 0, "tariff_percent": 0}
        )
    offer(w, "toll_feed", "oxide", 2, 0, to="far", china=True)
    offer(w, "china_metal", "metal", 4, 0, china=True, to="there")
    wants(w, "metal", 5)
    wants(w, "metal", 9, region="there")
    w["observed"] = [{"series": f"s{k}", "year": 2025, **row} for k, row in enumerate(rows)]
    return w


def beside(*rows: dict[str, object]) -> list[dict[str, object]]:
    return solve(observing(*rows)).calibration.to_dict("records")  # type: ignore[return-value]


def planned(*rows: dict[str, object]) -> list[object]:
    return [r["planned"] for r in beside(*rows)]


def test_production_of_a_plant_a_region_and_several_goods() -> None:
    # 10 t of ore, 8 t of oxide; all goods of the refinery: 8; ore of here: 10; metal of here and far: 8 + 2; ore and
    # oxide of here: 10 + 8
    row = {"measure": "production", "value": 8}
    found = planned(
        {**row, "project": "pit", "commodity": "pit"},
        {**row, "project": "works", "commodity": "oxide"},
        {**row, "project": "works"},
        {**row, "region": "here"},
        {**row, "commodity": "metal"},
        {**row, "region": "here", "commodity": "pit;oxide"},
        {**row, "project": "works", "unit": "kt"},
    )
    assert found == approx([10, 8, 8, 10, 10, 18, 0.008])


def test_imports_by_origin() -> None:
    # 9 t wanted there: 4 bought from China, 2 shipped from far, which counts as China, 3 from here
    row = {"measure": "import", "region": "there", "commodity": "metal", "value": 6}
    assert planned(
        {**row, "from": "china"}, {**row, "from": "far"}, {**row, "from": "here"}, {**row, "from": "x"}, row
    ) == approx([6, 2, 3, 4, 9])


def test_exports_capacity_and_prices() -> None:
    # here ships 3 t away; 20 t/year of metal stand; oxide is worth 100 USD/t, 0.1 USD/kg
    found = beside(
        {"measure": "export", "region": "here", "commodity": "metal", "value": 3},
        {"measure": "capacity", "project": "smelter", "value": 20},
        {"measure": "price", "commodity": "oxide", "value": 100, "unit": "USD/t"},
        {"measure": "price", "commodity": "oxide", "value": 0.1, "unit": "USD/kg"},
        {"measure": "price", "commodity": "metal", "region": "here", "value": 5, "unit": "USD/t"},
    )
    assert [r["planned"] for r in found] == approx([3, 20, 100, 0.1, 0])
    assert [r["within_15_percent"] for r in found] == ["yes", "yes", "yes", "yes", "no"]
    # metal has no price of its own: 0. No duals stand beside anything but a price
    assert [
        r["lowest_dual_usd_per_t"] is None or r["lowest_dual_usd_per_t"] != r["lowest_dual_usd_per_t"]
        for r in found[:2]
    ] == [True, True]


def test_the_year_the_deviation_and_the_word() -> None:
    # 8 t against 6.9: 15.94 %; against 7: 14.29 %; in 2027 the same; 2028 is past the plan; 0 has no percent
    row = {"measure": "production", "project": "works", "commodity": "oxide"}
    found = beside(
        {**row, "value": 6.9},
        {**row, "value": 7},
        {**row, "value": 8, "year": 2027},
        {**row, "value": 8, "year": 2028},
        {**row, "value": 0},
    )
    assert [r["within_15_percent"] for r in found] == ["no", "yes", "yes", NOT_COMPARED, NOT_COMPARED]
    assert [r["compared_with"] for r in found[:3]] == [2026, 2026, 2027]
    assert [r["deviation_percent"] for r in found[:3]] == approx([100 * (8 / 6.9 - 1), 100 / 7, 0])
    assert found[3]["remark"] == "observed after the last year of the plan"
    assert verdict(found).startswith("By the latest observation of each series, 2 of the 3 ")


def test_what_cannot_be_compared_says_why() -> None:
    found = beside(
        {"measure": "production", "value": 1},
        {"measure": "import", "value": 1},
        {"measure": "import", "region": "there", "from": "nowhere", "value": 1},
        {"measure": "export", "value": 1},
        {"measure": "capacity", "region": "here", "value": 1},
        {"measure": "price", "commodity": "oxide;metal", "value": 1},
        {"measure": "price", "commodity": "oxide", "value": 1, "unit": "yuan/t"},
        {"measure": "production", "project": "works", "value": 1, "unit": "USD/t"},
    )
    assert {r["within_15_percent"] for r in found} == {NOT_COMPARED}
    words = [
        "neither a plant",
        "no region where",
        "'nowhere' is neither",
        "no region that it left",
        "no plant",
        "one commodity",
        "write USD/t",
        "write t, kt",
    ]
    assert [w for w, r in zip(words, found, strict=True) if w not in str(r["remark"])] == []


def test_a_series_is_judged_by_its_latest_year() -> None:
    row = {"measure": "production", "project": "works", "commodity": "oxide", "series": "one"}
    found = beside({**row, "year": 2024, "value": 1}, {**row, "year": 2025, "value": 8})
    assert [(r["latest"], r["within_15_percent"]) for r in found] == [("no", "no"), ("yes", "yes")]
    assert (
        verdict(found)
        == "By the latest observation of each series, 1 of the 1 that can be compared are within 15 % of the plan"
    )


def test_a_tree_is_compared_on_the_base() -> None:
    # the storm takes half of the ore in 2027: 4 t of oxide there, 8 in the base
    w = observing({"measure": "production", "project": "works", "value": 8, "year": 2027})
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 60},
        {"scenario": "storm", "probability_percent": 40, "reveal_year": 2027},
    ]
    w["shocks"] = [{"scenario": "storm", "kind": "outage", "project": "pit", "value": 0}]
    plan = tree_plan(w)
    assert {float(str(r["throughput_t"])) for r in plan.tables["production"] if r["project"] == "works"} == {10.0}
    assert plan.calibration["planned"].tolist() == approx([8])


@pytest.mark.parametrize(
    "rows", [[], [{"measure": "production", "project": "works", "value": 7}, {"measure": "import", "value": 1}]]
)
def test_the_sheet_is_written_coloured_and_verified(rows: list[dict[str, object]], tmp_path: Path) -> None:
    plan = solve(observing(*rows))
    plan.save(tmp_path)
    page = openpyxl.load_workbook(tmp_path / "results.xlsx")["Calibration"]
    heads = [c.value for c in page[4]]
    words = [page.cell(5 + k, heads.index("Within 15 %") + 1) for k in range(len(rows))]
    assert [(c.value, c.fill.fgColor.rgb) for c in words] == [("yes", "FFCDE8DA"), (NOT_COMPARED, "00000000")][
        : len(rows)
    ]
    assert "None" not in [c.value for row in page.iter_rows() for c in row]
    assert str(page["A3"].value) == verdict(plan.calibration.to_dict("records"))  # type: ignore[arg-type]
    assert verify(tmp_path).holds


def test_verify_finds_a_word_of_calibration_that_was_changed(tmp_path: Path) -> None:
    plan = solve(observing({"measure": "production", "project": "works", "value": 1}))
    plan.save(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    page = book["Calibration"]
    place = next(c for c in page[5] if c.value == "no").coordinate
    page[place] = "yes"
    book.save(tmp_path / "results.xlsx")
    assert [d.place for d in verify(tmp_path).differences if "Calibration" in d.place] == [f"Calibration!{place}"]


def test_a_market_price_that_is_not_the_inputs_is_found() -> None:
    plan = solve(observing())
    rows = [
        {**r, "market_usd_per_t": 90.0} if r["commodity"] == "oxide" and r["year"] == 2027 else r
        for r in plan.tables["market_prices"]
    ]
    for tables, size in ((plan.tables, 0.0), ({**plan.tables, "market_prices": rows}, 0.1)):  # 10 of 100
        assert recheck(plan.source, tables, plan.scenarios)["market prices"].size == approx(size)

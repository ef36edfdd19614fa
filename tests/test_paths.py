"""Who supplied whom, on chains small enough to follow by hand; and that paths add up to what is served."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import openpyxl
import pytest
from pytest import approx
from random_cases import random_case, write_case
from test_recheck import broken, change
from worlds import World, commodity, magnets, mine, offer, plant, recipe, solve, tree_plan, wants, world

import didymium
from didymium.plan import paths
from didymium.reports.display import display_rows


def two_of_each() -> World:
    """4 t of oxide from two mines and 4 t bought, made into 8 t of metal at two smelters and 16 t of magnets."""
    w = world()
    magnets(w)
    w["segments"].append({"segment": "wind", "shortage_cost_usd_per_t": 1_000_000})
    mine(w, "pit", existing=3)
    mine(w, "quarry", existing=1)
    w["projects"] += [plant("works", "refinery", 4), plant("first", "metal", 6), plant("second", "metal", 2)]
    w["projects"] += [plant("press", "magnet", 16)]
    offer(w, "friend", "oxide", 4, 100)
    wants(w, "magnet", 12)
    wants(w, "magnet", 4, segment="wind")
    return w


def by_path(plan: didymium.Plan, **where: object) -> dict[tuple[object, ...], float]:
    """Tonnes by kind of source, source and path."""
    rows = [r for r in plan.tables["paths"] if all(r[k] == v for k, v in where.items())]
    return {(r["source_kind"], r["begins"], r["path"]): r["tonnes_t"] for r in rows}


def test_plants_mix_in_proportion() -> None:
    # oxide is 3/8 from the pit, 1/8 from the quarry and 4/8 from the friend; of the metal 6/8 are made by the first
    # smelter and 2/8 by the second. Cars get 12 t: by the pit and the first smelter 12 x 3/8 x 6/8 = 3.375
    plan = solve(two_of_each())
    assert by_path(plan, segment="cars") == approx(
        {
            ("other_offer", "friend", "first > press"): 12 * 4 / 8 * 6 / 8,
            ("mine", "pit", "pit > works > first > press"): 3.375,
            ("other_offer", "friend", "second > press"): 12 * 4 / 8 * 2 / 8,
            ("mine", "quarry", "quarry > works > first > press"): 12 * 1 / 8 * 6 / 8,
            ("mine", "pit", "pit > works > second > press"): 12 * 3 / 8 * 2 / 8,
            ("mine", "quarry", "quarry > works > second > press"): 12 * 1 / 8 * 2 / 8,
        }
    )
    assert sum(by_path(plan, segment="wind").values()) == approx(4, abs=1e-6)
    assert {r["material"] for r in plan.tables["paths"]} == {"oxide"}


def test_what_relies_on_a_plant() -> None:
    # the works had half of all 16 t, the second smelter a quarter, the press all; each of every user the same share,
    # so that the user of the most tonnes is named: cars, 12 of the 16 t
    plan = solve(two_of_each())
    assert {r["project"]: r["passed_t"] for r in plan.tables["reliance"]} == approx(
        {"works": 8, "pit": 6, "quarry": 2, "first": 12, "second": 4, "press": 16}
    )
    (works,) = [r for r in plan.tables["reliance"] if r["project"] == "works"]
    assert (works["passed_percent"], works["user_percent"]) == approx((50, 50))
    assert (works["user_segment"], works["user_t"]) == ("cars", approx(6))


def test_small_paths_are_one_row_with_the_total_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    # the two largest of cars and wind together: 4.5 t from the friend and 3.375 from the pit, of cars. The rest of
    # cars is 12 - 7.875 = 4.125 t, and all 4 t of wind
    monkeypatch.setattr(paths, "MAX_PATHS", 1)
    monkeypatch.setattr(paths, "MIN_PATHS", 2)
    plan = solve(two_of_each())
    rows = [(r["segment"], r["source_kind"], r["tonnes_t"]) for r in plan.tables["paths"]]
    assert [row[:2] for row in rows] == [
        ("cars", "other_offer"),
        ("cars", "mine"),
        ("cars", "small_paths"),
        ("wind", "small_paths"),
    ]
    assert [row[2] for row in rows] == approx([4.5, 3.375, 4.125, 4])


def test_a_recycler_begins_a_path_and_a_plant_counts_once() -> None:
    # 20 t of magnets leave 2 t of swarf, which give 1 t of oxide: with 9 t bought that is 10 t, for 20 t of magnets.
    # 1/10 of what is served begins at the recycler; the press passed all 20 t once, not 22
    w = world()
    magnets(w)
    commodity(w, "swarf", "scrap")
    w["recipes"] = [r for r in w["recipes"] if r["recipe"] != "press"]
    recipe(w, "press", "magnet", {"metal": 0.5}, {"magnet": 1.0, "swarf": 0.1})
    recipe(w, "melt", "recycler", {"swarf": 1.0}, {"oxide": 0.5})
    w["projects"] = [plant("smelter", "metal", 99), plant("press", "magnet", 99)]
    w["projects"] += [plant("again", "recycler", 99)]
    offer(w, "friend", "oxide", 9, 100)
    wants(w, "magnet", 20)
    plan = solve(w)
    assert by_path(plan) == approx(
        {
            ("other_offer", "friend", "smelter > press"): 18,
            ("recycler", "again", "again > smelter > press"): 2,
        }
    )
    assert {r["project"]: r["passed_t"] for r in plan.tables["reliance"]} == approx(
        {"again": 2, "smelter": 20, "press": 20}
    )


def test_a_stock_is_a_source_of_its_own_and_china_is_told_apart() -> None:
    # 10 t of metal wanted in each of two years, of which 4 t are there at the start at no cost: used in one of them;
    # China sells 6 t a year, and the friend, dearer, what is left: 4 t
    w = world(2026, 2027)
    magnets(w)
    w["stockpiles"] = [
        {"region": "here", "commodity": "metal", "initial_t": 4, "limit_t": 9, "holding_usd_per_t_year": 0}
    ]
    offer(w, "china", "metal", 6, 100, china=True)
    offer(w, "friend", "metal", 99, 1000)
    wants(w, "metal", 10)
    plan = solve(w)
    totals: dict[object, float] = defaultdict(float)
    for row in plan.tables["paths"]:
        totals[row["source_kind"], row["begins"], row["level"]] += row["tonnes_t"]
    assert totals == approx({("stock", "here", 0): 4, ("china_offer", "china", 3): 12, ("other_offer", "friend", 0): 4})
    assert plan.tables["reliance"] == []


@pytest.mark.parametrize("seed", [3, 11, 17, 29, 41])
def test_paths_add_up_to_what_is_served_in_random_cases(seed: int, tmp_path: Path) -> None:
    try:
        plan = didymium.solve(didymium.read(write_case(random_case(seed), tmp_path / "case")))
    except didymium.NoPlan:
        return
    adds_up(plan)
    assert plan.breaches["paths"].size < 1e-6


def adds_up(plan: didymium.Plan) -> None:
    """The paths of every delivery add up to it, and are not below 0."""
    left: dict[tuple[object, ...], float] = defaultdict(float)
    for row in plan.tables["demand"]:
        place = (row["branch"], row["year"], row["region"], row["segment"], row["commodity"])
        for k in range(5):
            left[(*place, k)] += float(str(row[f"level_{k}_t"]))
    for path in plan.tables["paths"]:
        assert path["tonnes_t"] > 0
        place = (path["branch"], path["year"], path["region"], path["segment"], path["commodity"])
        left[(*place, path["level"])] -= path["tonnes_t"]
    assert max(map(abs, left.values()), default=0.0) <= 1e-6


def test_paths_add_up_on_every_branch_of_a_tree() -> None:
    w = two_of_each()
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 60},
        {"scenario": "storm", "probability_percent": 40, "reveal_year": 2026},
    ]
    w["shocks"] = [{"scenario": "storm", "kind": "outage", "project": "works", "from_year": 2026}]
    plan = tree_plan(w)
    adds_up(plan)
    storm = {r["project"]: r["passed_t"] for r in plan.tables["reliance"] if r["branch"] == "storm"}
    assert not {"works", "pit", "quarry"} & set(storm)
    assert storm["press"] == approx(8)  # of what the friend sells


def test_a_path_or_reliance_changed_by_hand_is_caught() -> None:
    plan = solve(two_of_each())
    for table, column in (("paths", "tonnes_t"), ("reliance", "passed_t"), ("reliance", "user_t")):
        assert broken(plan, change(plan, table, lambda row: True, **{column: 0.5})) == {"paths"}, (table, column)


def test_the_sheet_names_the_plants_by_stage(tmp_path: Path) -> None:
    w = two_of_each()
    w["projects"][0]["name"] = "The Pit"
    plan = solve(w)
    row = next(r for r in display_rows(plan, plan.tables["paths"]) if r["begins"] == "pit")
    assert [row[f"{stage}_plant"] for stage in ("mine", "refinery", "heavy", "metal", "magnet")] == [
        "The Pit",
        "Works",
        None,
        "First",
        "Press",
    ]
    plan.save(tmp_path)
    heads = [cell.value for cell in openpyxl.load_workbook(tmp_path / "results.xlsx")["Paths"][4]]
    assert {"Mine", "Refinery", "Metal plant", "Magnet plant", "Plants, by id", "Amount (t)"} <= set(heads)

"""Origin labels of what is sold, stored, shipped and run: as clean as the flows allow, and held to it by the
re-check."""

from __future__ import annotations

import copy
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from random_cases import random_case, with_a_third_scenario, write_case
from worlds import World, ask, commodity, mine, offer, plant, recipe, solve, total, wants, world, write

import didymium
from didymium.case.tree import path_tree
from didymium.engine import labels
from didymium.engine import solve as solving
from didymium.engine.highs import HighsSolve, Options, Outcome
from didymium.recheck import ORIGIN, TOLERANCE, recheck
from didymium.reports.verify import verify

FEW = settings(max_examples=6)


def seller(china_t: float) -> World:
    """10 t of clean oxide a year cost nothing, 5 t are wanted, the rest is sold for 2 USD/t; China offers some for 1
    USD/t."""
    w = world()
    w["commodities"] = [
        {"commodity": "oxide", "stage": "refinery", "sale_price_usd_per_t": 2, "sale_limit_t_per_year": 10}
    ]
    mine(w, existing=10)
    w["projects"].append(plant("works", "refinery", 10))
    offer(w, "china_oxide", "oxide", china_t, 1, china=True)
    wants(w, "oxide", 5)
    return w


def sold(plan: didymium.Plan) -> dict[int, float]:
    return {k: total(plan, "trade", "tonnes_t", kind="sell", level=k) for k in range(5)}


def test_what_is_sold_is_clean_where_nothing_tainted_entered() -> None:
    # 10 made, 5 served, 5 sold, all of it clean: the model knows level 2 for oxide, but none is to be had
    plan = solve(seller(china_t=0))
    assert sold(plan) == approx({0: 5, 1: 0, 2: 0, 3: 0, 4: 0})


def test_what_is_served_is_clean_first_and_what_is_sold_as_far_as_it_goes() -> None:
    # 10 clean and 5 bought from China make 15: 5 served, 10 sold. Served clean leaves 5 clean for sale, and 5 of level
    # 2
    plan = solve(seller(china_t=5))
    assert [total(plan, "demand", f"level_{k}_t") for k in range(5)] == approx([5, 0, 0, 0, 0])
    assert sold(plan) == approx({0: 5, 1: 0, 2: 5, 3: 0, 4: 0})


def test_a_plant_does_not_run_at_a_level_that_none_of_its_inputs_has() -> None:
    # oxide is clean, metal of it too; Chinese metal (3) is dear and not bought: neither run, shipment nor stock may say
    # 3
    w = seller(china_t=0)
    commodity(w, "metal", "metal", sale_price_usd_per_t=10)
    recipe(w, "cook", "metal", {"oxide": 1.0}, {"metal": 1.0})
    w["projects"].append(plant("smelter", "metal", 10))
    w["stockpiles"] = [
        {
            "region": "here",
            "commodity": "metal",
            "initial_t": 2,
            "limit_t": 9,
            "minimum_t": 2,
            "holding_usd_per_t_year": 0,
        }
    ]
    offer(w, "china_metal", "metal", 5, 900_000, china=True)
    plan = solve(w)
    assert {row["level"] for table in ("production", "trade", "stockpiles") for row in plan.tables[table]} == {0}


def breach(plan: didymium.Plan, tables: dict[str, list[dict[str, object]]]) -> float:
    return recheck(plan.source, {**tables, "headline": [{"objective_musd": plan.cost}]}, plan.scenarios)[ORIGIN].size


@pytest.mark.parametrize(
    ("table", "where"), [("trade", {"kind": "sell"}), ("production", {"project": "works"}), ("stockpiles", {})]
)
def test_a_taint_that_never_entered_is_caught(table: str, where: dict[str, object]) -> None:
    w = seller(china_t=0)
    w["stockpiles"] = [
        {
            "region": "here",
            "commodity": "oxide",
            "initial_t": 2,
            "limit_t": 9,
            "minimum_t": 2,
            "holding_usd_per_t_year": 0,
        }
    ]
    plan = solve(w)
    assert breach(plan, plan.tables) == approx(0)
    tables = copy.deepcopy(plan.tables)
    next(r for r in tables[table] if all(r[k] == v for k, v in where.items()))["level"] = 2
    assert breach(plan, tables) > TOLERANCE


def test_more_taint_than_entered_is_caught() -> None:
    # 5 t came from China and 5 t are sold as such; calling the other 5 sold tainted too doubles it
    plan = solve(seller(china_t=5))
    tables = copy.deepcopy(plan.tables)
    for row in tables["trade"]:
        if row["kind"] == "sell":
            row["level"] = 2
    assert breach(plan, tables) == approx(1 / 3), "5 too many of the 15 t that are served and sold"


def test_labels_that_were_not_found_in_time_are_said_and_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solving, "clean_labels", lambda *arguments: None)
    plan = didymium.solve(didymium.read(write(seller(china_t=5), tmp_path / "case")))
    assert not plan.clean_labels
    assert ORIGIN not in plan.breaches
    plan.save(tmp_path)
    assert verify(tmp_path).facts["options.labels"] == "as solved"
    assert ORIGIN not in verify(tmp_path).breaches


def shown(plan: didymium.Plan) -> dict[tuple[str, object], set[int]]:
    """(branch, year) -> the levels above 0 at which a thousandth of a tonne or more is shown."""
    found: dict[tuple[str, object], set[int]] = defaultdict(set)
    for table, column in (("production", "throughput_t"), ("trade", "tonnes_t"), ("stockpiles", "stock_t")):
        for row in plan.tables[table]:
            if float(str(row[column])) > 1e-3 and row["level"]:
                found[str(row["branch"]), row["year"]].add(int(str(row["level"])))
    for row in plan.tables["demand"]:
        found[str(row["branch"]), row["year"]] |= {k for k in range(1, 5) if float(str(row[f"level_{k}_t"])) > 1e-3}
    return found


def entered(plan: didymium.Plan, asked: didymium.CaseInputs) -> set[int]:
    """The levels at which anything enters: bought, in stock at the start, or made in China."""
    stage_level = {"mine": 1, "refinery": 2, "heavy": 2, "recycler": 2, "metal": 3, "magnet": 4}
    china = {name for name, region in asked.case.regions.items() if region.china}
    levels = {int(str(r["level"])) for r in plan.tables["trade"] if r["kind"] == "buy"}
    levels |= {stage_level[str(r["stage"])] for r in plan.tables["production"] if r["region"] in china}
    goods = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4, "scrap": 0}
    for (_, c), pile in asked.case.stockpiles.items():
        if pile.initial > 0 and pile.initial_china:
            levels.add(goods[asked.case.commodities[c].stage])
    return levels


def test_both_steps_of_the_labels_share_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes 6 s of a limit of 10 s: the second is given the 4 s that are left; of 5 s, it is not begun."""
    case = ask(seller(china_t=5)).case
    _, matrix, _ = solving.prepare(case, path_tree(case, case.base.name))
    plan = HighsSolve(matrix, Options()).solve().x
    assert plan is not None
    now, given_s = [100.0], []

    class Slow(HighsSolve):
        def solve(self, *arguments: Any, **more: Any) -> Outcome:
            given_s.append(self.options.time_limit)
            now[0] += 6
            return super().solve(*arguments, **more)

    monkeypatch.setattr(labels, "HighsSolve", Slow)
    monkeypatch.setattr(labels, "time", SimpleNamespace(monotonic=lambda: now[0]))
    assert labels.clean_labels(matrix, plan, Options(time_limit=10)) is not None
    assert given_s == approx([10, 4])
    given_s.clear()
    assert labels.clean_labels(matrix, plan, Options(time_limit=5)) is None
    assert given_s == approx([5])


@FEW
@given(seed=st.integers(0, 100_000), stochastic=st.booleans())
def test_no_tonne_is_shown_at_a_level_that_nothing_entered_at(
    tmp_path_factory: pytest.TempPathFactory, seed: int, stochastic: bool
) -> None:
    tables = random_case(seed)
    if stochastic and "scenarios" in tables:
        tables = with_a_third_scenario(tables, seed)
    asked = didymium.read(write_case(tables, tmp_path_factory.mktemp("case") / "case"))
    try:
        plan = didymium.solve(asked, stochastic=stochastic)
    except didymium.NoPlan:
        return
    assert plan.clean_labels
    assert plan.breaches[ORIGIN].size < TOLERANCE
    possible = entered(plan, asked)
    assert not {place: levels - possible for place, levels in shown(plan).items() if levels - possible}


def test_a_world_of_the_reference_keeps_its_cost() -> None:
    # labels change no amount: 10 t dug and refined for nothing, 5 sold at 2 USD/t earn 10 USD
    assert solve(seller(china_t=0)).cost == approx(-10e-6)
    assert ask(seller(china_t=0)).case.offers["china_oxide"].china

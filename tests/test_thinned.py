"""A thinned plan against every year: alike where nothing happens between milestones, else the check says what does."""

from __future__ import annotations

from pathlib import Path

import pytest
from explore_thinned import outcome, thinned_case
from pytest import approx
from worlds import M, World, by_year, commodity, magnets, mine, offer, plant, solve, total, wants, world, write

import didymium


def still(**settings: object) -> World:
    """Seven years in which every figure stays as it is."""
    w = world(2026, 2032, discount_rate_percent=5, tail_years=4, **settings)
    magnets(w)
    commodity(w, "swarf", "scrap", disposal_cost_usd_per_t=1000)
    mine(w, existing=20, fixed_opex_usd_per_t_capacity=1000, mothball_percent=30)
    w["projects"] += [plant("works", "refinery", 15), plant("smelter", "metal", 8, variable_opex_usd_per_t=3000)]
    offer(w, "china", "metal", 10, 0.1 * M, china=True)
    wants(w, "metal", 20)
    w["targets"] = [
        {
            "target": "clean",
            "type": "min_china_free_share",
            "stage": "metal",
            **by_year(w, 60),
            "penalty_usd_per_t": 50_000,
        }
    ]
    w["contracts"] = [
        {
            "contract": "owed",
            "kind": "offtake",
            "project": "pit",
            "from_year": 2026,
            "to_year": 2032,
            "tonnes_per_year": 9,
            "price_usd_per_t": 100,
        }
    ]
    return w


def warned(w: World, folder: Path) -> list[str]:
    return [str(p) for p in didymium.check(write(w, folder)) if "between milestones" in p.text]


def test_where_nothing_changes_a_thinned_plan_costs_what_every_year_costs(tmp_path: Path) -> None:
    thin = still(milestone_years="2026; 2028; 2031")
    assert solve(thin).cost == approx(solve(still()).cost)
    assert not warned(thin, tmp_path / "thin")


def test_what_happens_between_milestones_is_told(tmp_path: Path) -> None:
    w = still(milestone_years="2026; 2028; 2031")
    assert not warned(still(), tmp_path / "whole")
    w["demand"][0][2029] = 40
    w["projects"][1]["retires_year"] = 2030
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = [{"scenario": "base", "kind": "demand", "from_year": 2029, "value": 1.1}]
    told = warned(w, tmp_path / "changes")
    assert len(told) == 1
    said = (
        "every year: 1 row of Demand changes in 2029-2030 (Demand!G2); 1 shock begins or ends in 2029 (Shocks!I2); 1"
        " plant retires in 2030 (Projects!E3). To see this in its years, write 2026; 2028-2031; for every year"
        " leave it blank"
    )
    assert said in told[0]


def one_span(**settings: object) -> World:
    """Four years in one span, a mine that can be decided in 2026 alone, on line at once and to the end."""
    w = world(2026, 2029, milestone_years="2026", **settings)
    mine(w, max_modules=1, last_decision_year=2026)
    commodity(w, "metal", "metal")
    wants(w, "pit", 10)
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    return w


def contract(w: World, first: int, last: int) -> None:
    w["contracts"] = [
        {
            "contract": "owed",
            "kind": "offtake",
            "project": "pit",
            "from_year": first,
            "to_year": last,
            "tonnes_per_year": 1,
            "price_usd_per_t": 1,
        }
    ]


def stock(w: World, **more: object) -> None:
    w["stockpiles"] = [
        {"region": "here", "commodity": "metal", "limit_t": 9, "initial_t": 0, "holding_usd_per_t_year": 0, **more}
    ]


EVENTS = {
    "nothing": (lambda w: contract(w, 2026, 2029), ""),
    "a contract ends": (lambda w: contract(w, 2026, 2027), "1 contract begins or ends in 2028 (Contracts!"),
    "a module is late": (
        lambda w: w.update(shocks=[{"scenario": "base", "kind": "delay", "value": 2}]),
        "1 project could come on line, ramp up or end its life in 2028 (Projects!A2)",
    ),
    "a module ramps up": (
        lambda w: (
            w.update(ramps=[{"ramp": "slow", "year_1_percent": 50, "year_2_percent": 80}]),
            w["projects"][0].update(ramp="slow"),
        ),
        "1 project could come on line, ramp up or end its life in 2027-2028 (Projects!A2)",
    ),
    "a module ends": (
        lambda w: w["projects"][0].update(life_years=3),
        "1 project could come on line, ramp up or end its life in 2029 (Projects!A2)",
    ),
    "a limit adds up": (
        lambda w: w.update(limits=[{"limit": "hands", "measure": "decisions", **by_year(w, 1)}]),
        "1 limit of decisions counts as one for a span in 2027-2029 (Limits!",
    ),
    "a stock is there": (
        lambda w: stock(w, initial_t=3),
        "1 opening stock is used evenly in 2027-2029 (Stockpiles!",
    ),
    "a reserve may end": (
        lambda w: w["projects"][0].update(reserve_t=39),  # 10 t a year in four years are 40
        "1 reserve that may run out is dug evenly in 2027-2029 (Projects!",
    ),
    "a reserve may not end": (lambda w: w["projects"][0].update(reserve_t=40), ""),
    "a little more is wanted": (lambda w: w["demand"][0].update({2028: 10.1, 2029: 10.2}), ""),
    "more is wanted": (
        lambda w: w["demand"][0].update({2028: 10.1, 2029: 10.3}),
        "1 row of Demand changes in 2028-2029",
    ),
}


@pytest.mark.parametrize("event", EVENTS)
def test_each_thing_that_happens_between_milestones_is_told(event: str, tmp_path: Path) -> None:
    w = one_span()
    happen, expected = EVENTS[event]
    happen(w)
    told = warned(w, tmp_path / "case")
    assert len(told) == bool(expected)
    assert all(f"every year: {expected}" in text for text in told), told


def test_what_is_kept_for_the_tail_is_told(tmp_path: Path) -> None:
    """10 t in store, 10 t a year wanted in two years and a tail of three: used in 2027, they save 4 x 10 M USD of
    shortage in place of 10; in life they are used once."""
    w = world(2026, 2027, tail_years=3)
    commodity(w, "metal", "metal")
    wants(w, "metal", 10)
    stock(w, initial_t=10, limit_t=10)
    plan = solve(w)
    assert (plan.cost, total(plan, "demand", "short_t", year=2026)) == (approx(10), approx(10))
    told = [str(p) for p in didymium.check(write(w, tmp_path / "case")) if "the tail counts" in p.text]
    assert len(told) == 1
    assert "while stocks do not see it" in told[0]
    w["stockpiles"] = []
    assert not [p for p in didymium.check(write(w, tmp_path / "none")) if "the tail counts" in p.text]


@pytest.mark.parametrize("seed", [1000, 1001, 1003, 1004, 1006, 1007])
def test_a_random_thinned_plan_costs_what_every_year_costs(seed: int) -> None:
    """Some of the cases of `python tests/explore_thinned.py`, of which nothing is warned."""
    assert outcome(thinned_case(seed))[0] == "alike"


@pytest.mark.parametrize("seed", [1026, 1085])
def test_a_random_thinned_plan_that_costs_something_else_was_warned_of(seed: int) -> None:
    """In both, stocks would be emptied in the last year, for the tail."""
    assert outcome(thinned_case(seed))[0] == "warned"

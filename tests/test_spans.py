"""Milestones are honest: what is given by year, follows from age or is hit by a shock counts for every year of a span
(docs/model.md)."""

from __future__ import annotations

import pytest
from pytest import approx
from worlds import M, World, ask, commodity, mine, offer, plant, solve, total, wants, world

import didymium

STORM = {"scenario": "base", "kind": "import_limit"}


def bought(**settings: object) -> World:
    """Metal wanted in 2026-2029, all in one span, from one offer."""
    w = world(2026, 2029, milestone_years="2026", **settings)
    commodity(w, "metal", "metal")
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    return w


def test_an_offer_that_ends_between_milestones_gives_its_mean() -> None:
    # 10 t wanted; 10, 10, 0, 0 t on offer at 0: 5 t a year, so 5 t short in each of 4 years at 1
    w = bought()
    offer(w, "friend", "metal", 10, 0)
    w["imports"][0] |= {2028: 0, 2029: 0}
    wants(w, "metal", 10)
    assert solve(w).cost == approx(20)


def test_a_shock_between_milestones_is_not_lost() -> None:
    # a cut to nothing in 2028 alone: 7.5 t a year of 10: 2.5 t short in each of 4 years
    w = bought()
    offer(w, "friend", "metal", 10, 0)
    wants(w, "metal", 10)
    w["shocks"] = [{**STORM, "from_year": 2028, "to_year": 2028, "value": 0}]
    assert solve(w).cost == approx(10)


def test_prices_are_taken_with_each_years_own_discount_factor() -> None:
    # 25 %: factors 1, 0.8, 0.64, 0.512. 10 t a year at 0.1, 0.1, 0.2, 0.4: 1 + 0.8 + 1.28 + 2.048
    w = bought(discount_rate_percent=25)
    offer(w, "friend", "metal", 10, 0.1 * M)
    w["imports"][1] |= {2028: 0.2 * M, 2029: 0.4 * M}
    wants(w, "metal", 10)
    assert solve(w).cost == approx(5.128)


def test_the_tail_counts_the_last_year_again() -> None:
    # two more years like 2029 at 0.4096 and 0.32768: 4 x (0.4096 + 0.32768) more
    w = bought(discount_rate_percent=25, tail_years=2)
    offer(w, "friend", "metal", 10, 0.1 * M)
    w["imports"][1] |= {2028: 0.2 * M, 2029: 0.4 * M}
    wants(w, "metal", 10)
    assert solve(w).cost == approx(5.128 + 4 * (0.4096 + 0.32768))


def test_an_annuity_that_ends_in_a_span_is_paid_to_its_end() -> None:
    # a module of 8 M USD over 2 years of life, on line at once: 4 in 2026 and 4 in 2027 (x 0.8); on line in 2 of 4
    # years: 5 t a year on the mean, 5 t short at 1 in each of 4 years: 5 x (1 + 0.8 + 0.64 + 0.512)
    w = bought(discount_rate_percent=25)
    mine(w, max_modules=1, capex_musd_per_module=8, life_years=2, min_modules=1)
    wants(w, "pit", 10)
    assert solve(w).cost == approx(4 + 3.2 + 5 * 2.952)


def test_fixed_opex_starts_in_the_year_a_module_comes_on_line() -> None:
    # lead 1, a year late by shock: on line from 2028. 10 t x 0.1 in 2028 and 2029; short 10, 10, 0, 0: 5 t on the mean
    # in 4 years
    w = bought()
    mine(w, max_modules=1, min_modules=1, construction_years=1, fixed_opex_usd_per_t_capacity=0.1 * M, ramp="slow")
    w["ramps"] = [{"ramp": "slow", "year_1_percent": 50}]
    w["shocks"] = [{"scenario": "base", "kind": "delay", "value": 1}]
    wants(w, "pit", 10)
    # on line: 0, 0, 5, 10: 3.75 t a year; short 6.25 x 4 = 25
    assert solve(w).cost == approx(2 + 25)


def test_retirement_and_outage_within_a_span() -> None:
    # 12 t stand until 2029 (exclusive) and are out in 2027: 12 x 2 / 4 = 6 t a year; 4 of 10 t short. Fixed opex 0.1 x
    #     12 in three years
    w = bought()
    mine(w, existing=12, retires_year=2029, fixed_opex_usd_per_t_capacity=0.1 * M)
    wants(w, "pit", 10)
    w["shocks"] = [{"scenario": "base", "kind": "outage", "from_year": 2027, "to_year": 2027}]
    assert solve(w).cost == approx(16 + 3.6)


def test_a_target_given_in_some_years_of_a_span() -> None:
    # clean metal costs 0.5, Chinese nothing. The target asks 80 % of 10 t in 2027 and 40 % of 20 t in 2028: mean 8 t a
    # year, missed at 0.3 in
    # these two years only: 8 x 0.3 x 2 = 4.8 against 8 x 0.5 x 4 = 16 for delivering it
    w = bought(target_penalty_usd_per_t=0.3 * M)
    offer(w, "china", "metal", 99, 0, china=True)
    offer(w, "friend", "metal", 99, 0.5 * M)
    wants(w, "metal", {2026: 10, 2027: 10, 2028: 20, 2029: 10})
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2027: 80, 2028: 40}]
    plan = solve(w)
    assert plan.cost == approx(4.8)
    assert total(plan, "targets", "miss_t") == approx(8)
    w["targets"][0]["penalty_usd_per_t"] = 1.1 * M  # the row's own stands instead: 8 x 1.1 x 2 = 17.6 > 16
    assert solve(w).cost == approx(16)


def test_limits_on_decisions_add_up_over_the_years_given() -> None:
    # modules of 10 t for nothing; 1 in 2027, 2 in 2029, no limit said in the others: 3 in the node. 40 t wanted, 30
    # made: 10 short x 4
    w = bought()
    mine(w, max_modules=9)
    wants(w, "pit", 40)
    w["limits"] = [{"limit": "hands", "measure": "decisions", 2027: 1, 2029: 2}]
    assert solve(w).cost == approx(40)


def test_limits_on_co2_hold_for_the_mean_of_the_years_given() -> None:
    # 1 t of CO2 a t: 4 and 8 t allowed in two of four years, by shock half of 2029's: mean of 4 and 4: 4 t a year; 6 of
    # 10 short in 4 years
    w = bought()
    mine(w, existing=10, co2_t_per_t=1)
    wants(w, "pit", 10)
    w["limits"] = [{"limit": "air", "measure": "co2_t", 2026: 4, 2029: 8}]
    w["shocks"] = [{"scenario": "base", "kind": "limit", "item": "air", "from_year": 2029, "value": 0.5}]
    assert solve(w).cost == approx(24)


def test_a_reserve_is_drawn_every_year_of_a_span_and_not_in_the_tail() -> None:
    # 20 t in all over 4 years: 5 t a year, 5 of 10 short: 4 years and 3 of the tail
    w = bought(tail_years=3)
    mine(w, existing=10, reserve_t=20)
    wants(w, "pit", 10)
    assert solve(w).cost == approx(35)


def test_the_first_year_and_reveals_are_milestones() -> None:
    w = world(2026, 2032, milestone_years="2028; 2031")
    w["scenarios"] = [
        {"scenario": "base", "probability_percent": 100},
        {"scenario": "never", "probability_percent": 0, "reveal_year": 2029},
    ]
    commodity(w, "metal", "metal")
    assert ask(w).case.milestones == (2026, 2028, 2029, 2031)


def test_redesign_limits_are_means_of_share_times_demand() -> None:
    # 10 % of 10 t and 30 % of 30 t, twice: (1 + 9) / 2 = 5 t a year of 20 on the mean, at 0.1; the rest short: 4 x (0.5
    # + 15)
    w = bought()
    wants(w, "metal", {2026: 10, 2027: 30, 2028: 10, 2029: 30})
    w["substitution"] = [{"segment": "cars", "cost_usd_per_t": 0.1 * M, 2026: 10, 2027: 30, 2028: 10, 2029: 30}]
    assert solve(w).cost == approx(4 * 15.5)


def test_budgets_count_up_to_the_milestones_own_year() -> None:
    # 40 of 100 M USD may be public at rate 0 (10 a year saved of 10 years' 0.1 each: nothing at wacc 0), so look at
    # what is spent: 2026's 5 only
    w = bought()
    w["regions"][0]["wacc_percent"] = 10
    mine(w, max_modules=1, min_modules=1, capex_musd_per_module=100, life_years=1, last_decision_year=2026)
    w["finance"] = [{"instrument": "loan", "government": "gov", "rate_percent": 0, "max_share_percent": 100}]
    w["budgets"] = [{"government": "gov", 2026: 5, 2027: 50}]
    plan = solve(w)  # paid in 2026: 110 - 5 x 0.1
    assert (plan.cost, total(plan, "finance", "support_musd")) == (approx(109.5), approx(5))


def test_stock_pays_holding_in_every_year_and_changes_by_the_span() -> None:
    # 8 t of metal in store may not be thrown away and nobody wants it: 8 x 0.01 in each of 4 years
    w = bought()
    w["stockpiles"] = [
        {"region": "here", "commodity": "metal", "initial_t": 8, "limit_t": 8, "holding_usd_per_t_year": 10_000}
    ]
    assert solve(w).cost == approx(0.32)


def test_every_year_alone_is_what_it_was() -> None:
    w = world(2026, 2027)
    w["projects"].append(plant("works", "refinery", 10))
    mine(w, existing=10, min_utilisation_percent=100, variable_opex_usd_per_t=1000)
    assert solve(w).cost == approx(0.02)
    assert all(row["span_years"] == 1 for row in solve(w).tables["costs"])


def test_a_milestone_outside_the_plan_is_an_error() -> None:
    with pytest.raises(didymium.BadWorkbook, match="outside the plan"):
        ask(world(2026, 2028, milestone_years="2025; 2027"))

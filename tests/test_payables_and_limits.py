"""What mixed oxides are worth (`mixed_payable_percent`) and shocks of kind `limit`, solved by hand and re-checked.

Market prices, limits (rule 14) and shocks: docs/model.md.
"""

from __future__ import annotations

import pytest
from pytest import approx
from reference import optimum, tree_optimum
from worlds import M, Row, World, ask, by_year, mine, plant, recipe, region, solve, total, wants, world

import didymium
from didymium.recheck import TOLERANCE, recheck


def separated(**settings: object) -> World:
    """10 t of a heavy oxide wanted `there`: refined `here` to mixed oxide, which is shipped there at a tariff of 20 %.

    The oxide has a price of 0.5 M USD/t; all plants run for nothing.
    """
    w = world(**settings)
    w["regions"].append(region("there"))
    w["elements"][0]["circuit"] = "heavy"
    w["commodities"][0]["reference_price_usd_per_t"] = 0.5 * M
    recipe(w, "separate", "heavy", {"mixed_oxide": 1.0}, {"oxide": 1.0})
    mine(w, existing=10)
    w["projects"] += [plant("works", "refinery", 10), plant("columns", "heavy", 10, "there")]
    w["routes"] = [{"from_region": "here", "to_region": "there", "cost_usd_per_t": 0, "tariff_percent": 20}]
    wants(w, "oxide", 10, region="there")
    return w


def shocked(w: World, *shocks: Row) -> World:
    """The world with one scenario and these shocks."""
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = [{"scenario": "base", **row} for row in shocks]
    return w


def broken(plan: didymium.Plan, w: World) -> set[str]:
    """The rules that a plan breaks, by the re-check, in another world."""
    tables = {**plan.tables, "headline": [{"objective_musd": plan.cost}]}
    return {rule for rule, b in recheck(ask(w).source, tables, plan.scenarios).items() if b.size > TOLERANCE}


@pytest.mark.parametrize(
    ("settings", "cost"),
    [
        # tariff of 20 % on 10 t at 40 % of 0.5: 10 x 0.2 x 0.2
        ({"mixed_payable_percent": 40}, 0.4),
        # by default 70 %: 10 x 0.2 x 0.35
        ({}, 0.7),
        ({"mixed_payable_percent": 100}, 1.0),
        # 0 is a value, not a blank: worth nothing, no duty
        ({"mixed_payable_percent": 0}, 0.0),
        # what ore pays is another setting
        ({"mixed_payable_percent": 40, "concentrate_payable_percent": 90}, 0.4),
    ],
)
def test_mixed_oxide_is_worth_its_payable_share_of_the_oxide(settings: dict[str, object], cost: float) -> None:
    w = separated(**settings)
    assert solve(w).cost == approx(cost)
    assert optimum(w) == approx(cost)


def test_shocks_and_prices_reach_mixed_oxide_once() -> None:
    # the oxide's price x 2 = 1: mixed oxide 0.4 by the oxide alone, not once more by its own stage: 10 x 0.2 x 0.4
    w = shocked(separated(mixed_payable_percent=40), {"kind": "market_price", "stage": "refinery", "value": 2})
    assert (solve(w).cost, optimum(w)) == approx((0.8, 0.8))
    # a price of its own, 0.3: no share of the oxide; x 2 = 0.6: 10 x 0.2 x 0.6
    w["prices"] = [{"commodity": "mixed_oxide", **by_year(w, 0.3 * M)}]
    assert (solve(w).cost, optimum(w)) == approx((1.2, 1.2))


def test_a_floor_on_mixed_oxide_pays_what_its_market_price_lacks() -> None:
    # floor 0.3, market 40 % of 0.5 = 0.2: 10 x 0.1 = 1 paid, half of it counts as cost: 0.4 + 0.5
    w = separated(mixed_payable_percent=40, cost_of_public_funds_percent=50)
    floor: Row = {"contract": "f", "kind": "price_floor", "project": "works", "commodity": "mixed_oxide"}
    w["contracts"] = [{**floor, "government": "g", "from_year": 2026, "to_year": 2026, "price_usd_per_t": 0.3 * M}]
    plan = solve(w)
    assert (plan.cost, optimum(w)) == approx((0.9, 0.9))
    # works: sells 10 x 0.2, pays 10 t of ore at 35 % of 0.5, gets the floor: 2 - 1.75 + 1
    assert total(plan, "viability", "revenue_musd_per_year", project="works") == approx(2)
    assert total(plan, "viability", "inputs_musd_per_year", project="works") == approx(1.75)
    assert total(plan, "viability", "floor_payments_musd_per_year", project="works") == approx(1)
    assert total(plan, "viability", "margin_musd_per_year", project="works") == approx(1.25)
    # columns: 10 x 0.5 - 10 x 0.2
    assert total(plan, "viability", "margin_musd_per_year", project="columns") == approx(3)


def test_the_recheck_values_mixed_oxide_itself() -> None:
    """A plan at 40 % breaks nothing at 40 %; at 70 % its market prices, cost and viability are wrong."""
    plan = solve(separated(mixed_payable_percent=40))
    assert broken(plan, separated(mixed_payable_percent=40)) == set()
    assert broken(plan, separated()) == {"market prices", "cost", "viability"}


def emitting(measure: str, intensity: str, **settings: object) -> World:
    """10 t of ore wanted a year of a mine that exists, 2 units of a burden per t, 16 units allowed: 2 t short."""
    w = world(**settings)
    mine(w, existing=10, **{intensity: 2})
    wants(w, "pit", 10)
    w["limits"] = [{"limit": "burden", "measure": measure, **by_year(w, 16)}]
    return w


BURDENS = {"co2_t": "co2_t_per_t", "water_m3": "water_m3_per_t", "radioactive_t": "radioactive_t_per_t"}


@pytest.mark.parametrize("measure", BURDENS)
def test_a_limit_on_a_burden_under_shocks(measure: str) -> None:
    # 16 / 2 = 8 t dug. x 0.5: 4 t, 6 short; x 0.5 x 0.5: 2 t, 8 short; x 2: all 10 t; x 0: none
    w = emitting(measure, BURDENS[measure])
    by_name, by_star = {"kind": "limit", "item": "burden"}, {"kind": "limit"}
    assert solve(w).cost == approx(2)
    for shocks, short in (
        ([{**by_name, "value": 0.5}], 6),
        ([{**by_name, "value": 0.5}, {**by_star, "value": 0.5}], 8),
        ([{**by_star, "value": 2}], 0),
        ([{**by_name, "value": 0}], 10),
    ):
        assert solve(shocked(w, *shocks)).cost == approx(short)
        assert optimum(w) == approx(short)


def test_a_shock_on_another_limit_changes_nothing() -> None:
    w = emitting("co2_t", "co2_t_per_t")
    w["limits"].append({"limit": "wide", "measure": "co2_t", 2026: 99})
    assert solve(shocked(w, {"kind": "limit", "item": "wide", "value": 0.5})).cost == approx(2)


def test_a_burden_in_the_years_of_a_span() -> None:
    # a node of three years, x 0.25 in the second: mean of 16, 4, 16 = 12: 6 t a year, 3 x 4 short. With the second
    # year's limit blank the shock acts on nothing: 16: 3 x 2 short
    w = shocked(
        emitting("co2_t", "co2_t_per_t", first=2026, last=2028, milestone_years="2026"),
        {"kind": "limit", "item": "burden", "from_year": 2027, "to_year": 2027, "value": 0.25},
    )
    assert (solve(w).cost, optimum(w)) == approx((12, 12))
    w["limits"][0][2027] = ""
    assert (solve(w).cost, optimum(w)) == approx((6, 6))


def building(measure: str, allowed: float, **settings: object) -> World:
    """20 t wanted a year in 2026 and 2027 of up to 2 modules of 10 t, 5 M USD each over a life of 30 years."""
    w = world(2026, 2027, **settings)
    mine(w, max_modules=2, capex_musd_per_module=5)
    wants(w, "pit", 20)
    w["limits"] = [{"limit": "permits", "measure": measure, **by_year(w, allowed)}]
    return w


@pytest.mark.parametrize(("measure", "allowed"), [("decisions", 2), ("capex_musd", 10)])
def test_a_limit_on_decisions_under_shocks(measure: str, allowed: float) -> None:
    # a module pays 5 / 30 a year. Both in 2026: 4 / 6. Half allowed in 2026: one in 2026, one in 2027: 10 short, 3 / 6.
    # Half allowed in both: the same, one a year
    w = building(measure, allowed)
    assert solve(w).cost == approx(4 / 6)
    half: Row = {"kind": "limit", "item": "permits", "value": 0.5}
    for shock in ({**half, "to_year": 2026}, half):
        assert solve(shocked(w, shock)).cost == approx(10 + 3 / 6)
        assert optimum(w) == approx(10 + 3 / 6)


@pytest.mark.parametrize(("measure", "allowed"), [("decisions", 1), ("capex_musd", 5)])
def test_decisions_in_the_years_of_a_span_add_up(measure: str, allowed: float) -> None:
    # one node for both years: 1 + 1 = 2 modules, 4 / 6. x 0.5 in 2027: 1.5, so one module: 2 x 10 short, 2 / 6
    w = building(measure, allowed, milestone_years="2026")
    assert solve(w).cost == approx(4 / 6)
    w = shocked(w, {"kind": "limit", "item": "permits", "from_year": 2027, "value": 0.5})
    assert (solve(w).cost, optimum(w)) == approx((20 + 2 / 6, 20 + 2 / 6))


def stormy() -> World:
    """Two years of the mine with a burden; in `storm`, from 2027 on, a quarter of it is allowed."""
    w = emitting("co2_t", "co2_t_per_t", first=2026, last=2027)
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 60},
        {"scenario": "storm", "probability_percent": 40, "reveal_year": 2027},
    ]
    w["shocks"] = [{"scenario": "storm", "kind": "limit", "item": "burden", "value": 0.25}]
    return w


def test_a_limit_by_scenario() -> None:
    # calm: 2 + 2 short; storm: 2 + (10 - 16 x 0.25 / 2 = 8) short; both at once: 0.6 x 4 + 0.4 x 10
    w = stormy()
    assert [didymium.solve(ask(w), s).cost for s in ("calm", "storm")] == approx([4, 10])
    assert didymium.solve(ask(w), stochastic=True).cost == approx(6.4)
    assert ([optimum(w, s) for s in ("calm", "storm")], tree_optimum(w)) == (approx([4, 10]), approx(6.4))


def test_the_recheck_counts_shocks_on_limits() -> None:
    """16 t of CO2 where 4 are allowed: 3 times the limit too many; a decision too many, likewise found."""
    plan = didymium.solve(ask({**stormy(), "shocks": []}), "storm")
    tables = {**plan.tables, "headline": [{"objective_musd": plan.cost}]}
    breach = recheck(ask(stormy()).source, tables, ["storm"])["14 limits"]
    assert (breach.where, breach.size) == ("burden ('storm', 2027)", approx(3))
    assert broken(plan, {**stormy(), "shocks": []}) == set()
    shock: Row = {"kind": "limit", "item": "permits", "to_year": 2026, "value": 0.5}
    assert broken(solve(building("decisions", 2)), shocked(building("decisions", 2), shock)) == {"14 limits"}

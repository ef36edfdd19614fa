"""The kinds of shock of version 3, their selectors and `item` (docs/model.md)."""

from __future__ import annotations

from pytest import approx
from worlds import M, Row, World, ask, by_year, commodity, mine, offer, plant, region, solve, wants, world

import didymium


def base(w: World, *shocks: Row) -> World:
    """A world whose one scenario is hit by these."""
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = [{"scenario": "base", **row} for row in shocks]
    return w


def dug(**more: object) -> World:
    """10 t of ore from a mine that stands."""
    w = world()
    mine(w, existing=10, **more)
    wants(w, "pit", 10)
    return w


def test_opex_and_carbon() -> None:
    # fixed 0.1 x 10, variable 0.2 x 10, carbon 0.05 x 2 x 10 = 1: 1 + 2 + 1
    w = dug(fixed_opex_usd_per_t_capacity=0.1 * M, variable_opex_usd_per_t=0.2 * M, co2_t_per_t=2)
    w["settings"].append({"setting": "carbon_price_usd_per_t", "value": 0.05 * M})
    assert solve(w).cost == approx(4)
    assert solve(base(w, {"kind": "fixed_opex", "stage": "mine", "value": 3})).cost == approx(6)
    assert solve(base(w, {"kind": "variable_opex", "project": "pit", "value": 2})).cost == approx(6), (
        "carbon is not variable opex"
    )
    assert solve(base(w, {"kind": "variable_opex", "stage": "metal", "value": 2})).cost == approx(4)
    assert solve(base(w, {"kind": "carbon_price", "value": 0.5})).cost == approx(3.5)
    assert solve(base(w, {"kind": "carbon_price", "value": 0.5}, {"kind": "carbon_price", "value": 0})).cost == approx(
        3
    ), "together they multiply"


def moved(tariff: float = 0) -> World:
    """10 t of oxide moved to where it is wanted, at 0.1 a t and a tariff on 0.5."""
    w = world()
    w["regions"].append(region("there"))
    w["commodities"][0]["reference_price_usd_per_t"] = 0.5 * M
    offer(w, "friend", "oxide", 10, 0)
    w["projects"].append(plant("store", "refinery", 1))  # what makes a region's oxide a thing to ship
    w["stockpiles"] = [
        {"region": "here", "commodity": "oxide", "initial_t": 0, "limit_t": 0, "holding_usd_per_t_year": 0}
    ]
    wants(w, "oxide", 10, region="there")
    w["routes"] = [{"from_region": "here", "to_region": "there", "cost_usd_per_t": 0.1 * M, "tariff_percent": tariff}]
    return w


def test_freight_and_route_tariffs() -> None:
    # 10 x (0.1 + 20 % of 0.5) = 2; freight x 3: 4; 10 points more: 2.5; 30 less: none below 0: 1; price x 2: 10 x (0.1
    #     + 0.2) = 3
    assert solve(moved(20)).cost == approx(2)
    assert solve(base(moved(20), {"kind": "route_cost", "region": "there", "value": 3})).cost == approx(4)
    assert solve(base(moved(20), {"kind": "route_cost", "region": "here", "value": 3})).cost == approx(2), (
        "the region of destination"
    )
    assert solve(base(moved(20), {"kind": "tariff", "commodity": "oxide", "value": 10})).cost == approx(2.5)
    assert solve(base(moved(20), {"kind": "tariff", "value": -30})).cost == approx(1)
    assert solve(base(moved(20), {"kind": "market_price", "stage": "refinery", "value": 2})).cost == approx(3)


def test_tariff_points_add_and_go_by_where_the_purchase_lands() -> None:
    # an offer to * of 10 t at 0.5 and 10 %, wanted in `there`: 5.5. +10 and +20 points there: 5 x 1.4 = 7; here:
    # nothing changes
    w = world()
    w["regions"].append(region("there"))
    offer(w, "friend", "oxide", 10, 0.5 * M, to="*", tariff=10)
    wants(w, "oxide", 10, region="there")
    assert solve(w).cost == approx(5.5)
    assert solve(base(w, *({"kind": "tariff", "region": "there", "value": v} for v in (10, 20)))).cost == approx(7)
    assert solve(base(w, {"kind": "tariff", "region": "here", "value": 50})).cost == approx(5.5)
    assert solve(base(w, {"kind": "tariff", "item": "friend", "value": -10})).cost == approx(5), "that offer's alone"


def test_a_tariff_on_one_offer_is_not_one_on_routes() -> None:
    assert solve(base(moved(20), {"kind": "tariff", "item": "friend", "value": 50})).cost == approx(2)


def test_an_offer_by_its_name_and_one_to_all_regions() -> None:
    # two offers of 5 t; one is cut to nothing by name: 5 short. An offer to * is not met by a shock on a region.
    w = world()
    offer(w, "one", "oxide", 5, 0, china=True)
    offer(w, "two", "oxide", 5, 0, china=True, to="*")
    wants(w, "oxide", 10)
    assert solve(base(w, {"kind": "china_limit", "item": "one", "value": 0})).cost == approx(5)
    assert solve(base(w, {"kind": "import_limit", "region": "here", "value": 0})).cost == approx(5)
    assert solve(base(w, {"kind": "import_limit", "value": 0})).cost == approx(10)


def test_sales() -> None:
    # 10 t of oxide refined; 6 t are taken at 0.5: -3. Price x 2: -6; limit x 0.5: -1.5; a price of 0 is sold at 0
    w = world()
    mine(w, existing=10)
    w["projects"].append(plant("works", "refinery", 10))
    w["commodities"][0] |= {"sale_price_usd_per_t": 0.5 * M, "sale_limit_t_per_year": 6}
    assert solve(w).cost == approx(-3)
    assert solve(base(w, {"kind": "sale_price", "commodity": "oxide", "value": 2})).cost == approx(-6)
    assert solve(base(w, {"kind": "sale_limit", "stage": "refinery", "value": 0.5})).cost == approx(-1.5)
    w["commodities"][0] |= {"sale_price_usd_per_t": 0, "disposal_cost_usd_per_t": 0.1 * M}
    w["projects"][0]["min_utilisation_percent"] = 100
    w["shocks"] = []
    assert solve(w).cost == approx(0.4), "6 t are sold at 0, 4 t thrown away at 0.1"


def test_targets_segments_budgets_and_limits_by_name() -> None:
    # 50 % of 10 t clean at 0.4 more: 2. By shock 75 %: 3; the other target's shock changes nothing
    w = world()
    commodity(w, "metal", "metal")
    offer(w, "china", "metal", 99, 0, china=True)
    offer(w, "friend", "metal", 99, 0.4 * M)
    wants(w, "metal", 10)
    w["targets"] = [
        {"target": name, "type": "min_china_free_share", "stage": "metal", 2026: share}
        for name, share in (("half", 50), ("none", 0))
    ]
    assert solve(w).cost == approx(2)
    assert solve(base(w, {"kind": "target", "item": "half", "value": 1.5})).cost == approx(3)
    assert solve(base(w, {"kind": "target", "item": "none", "value": 1.5})).cost == approx(2)
    assert solve(base(w, {"kind": "demand", "item": "cars", "value": 2})).cost == approx(4)
    assert solve(base(w, {"kind": "demand", "segment": "cars", "item": "cars", "value": 2})).cost == approx(4)


def test_a_budget_by_the_scenario_that_acts_in_each_year() -> None:
    # 100 M USD at 10 % over one year, decided in 2027: 110 less 10 % of the public part. 20 in 2026 (calm's) + 20 x 0.5
    # in 2027 (storm's)
    w = world(2026, 2027)
    w["regions"][0]["wacc_percent"] = 10
    mine(w, max_modules=1, min_modules=1, capex_musd_per_module=100, life_years=1, first_decision_year=2027)
    w["finance"] = [{"instrument": "loan", "government": "gov", "rate_percent": 0, "max_share_percent": 100}]
    w["budgets"] = [{"government": "gov", **by_year(w, 20)}]
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 50, "reveal_year": 2027},
    ]
    w["shocks"] = [{"scenario": "storm", "kind": "budget", "item": "gov", "value": 0.5}]
    assert [didymium.solve(ask(w), s).cost for s in ("calm", "storm")] == approx([106, 107])


def test_a_limit_by_name() -> None:
    # 10 t dug, 1 t of CO2 each, 8 allowed: 2 short; x 0.5: 6 short
    w = dug(co2_t_per_t=1)
    w["limits"] = [{"limit": "air", "measure": "co2_t", 2026: 8}]
    assert solve(w).cost == approx(2)
    assert solve(base(w, {"kind": "limit", "item": "air", "value": 0.5})).cost == approx(6)
    assert solve(base(w, {"kind": "limit", "value": 0.5})).cost == approx(6)

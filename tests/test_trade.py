"""Rules 6 to 8: where goods move, what is offered, what is sold."""

from pytest import approx
from worlds import commodity, mine, offer, plant, recipe, region, solve, total, wants, world


def two_regions():
    """A mine of 10 t in `there`, 10 t of its ore wanted `here`."""
    w = world()
    w["regions"].append(region("there"))
    mine(w, existing=10, region="there")
    wants(w, "pit", 10)
    return w


def test_no_route_no_shipping():
    assert solve(two_regions()).cost == approx(10)


def test_a_route_costs_freight():
    # 10 t x 0.25
    w = two_regions()
    w["routes"] = [{"from_region": "there", "to_region": "here", "cost_usd_per_t": 250_000}]
    plan = solve(w)
    assert plan.cost == approx(2.5)
    assert plan.summary["cost_musd"]["shipping"] == approx(2.5)


def test_a_route_has_a_direction():
    w = two_regions()
    w["routes"] = [{"from_region": "here", "to_region": "there", "cost_usd_per_t": 0}]
    assert solve(w).cost == approx(10)


def test_a_named_stage_beats_the_star():
    # ore is of stage mine: the row that names it (0.5) beats the one for all (0.1), though it is dearer
    w = two_regions()
    w["routes"] = [
        {"from_region": "there", "to_region": "here", "stage": "*", "cost_usd_per_t": 100_000},
        {"from_region": "there", "to_region": "here", "stage": "mine", "cost_usd_per_t": 500_000},
    ]
    assert solve(w).cost == approx(5)


def test_a_route_for_another_stage_does_not_help():
    w = two_regions()
    w["routes"] = [{"from_region": "there", "to_region": "here", "stage": "metal", "cost_usd_per_t": 0}]
    assert solve(w).cost == approx(10)


def test_a_route_tariff_is_levied_on_the_reference_price():
    # metal at 0.4 M USD/t reference, 10 % duty: 0.04 a tonne, with freight 0.01: 0.05 x 10
    w = world()
    w["regions"].append(region("there"))
    commodity(w, "metal", "metal", reference_price_usd_per_t=400_000)
    recipe(w, "cook", "metal", {"oxide": 1.0}, {"metal": 1.0})
    w["projects"].append(plant("smelter", "metal", 10, region="there"))
    offer(w, "oxide_offer", "oxide", 99, 0, to="there")
    w["routes"] = [{"from_region": "there", "to_region": "here", "cost_usd_per_t": 10_000, "tariff_percent": 10}]
    wants(w, "metal", 10)
    assert solve(w).cost == approx(0.5)


def test_what_is_only_bought_cannot_be_shipped_on():
    # `there` neither makes nor stores metal: what lands there stays there
    w = world()
    w["regions"].append(region("there"))
    commodity(w, "metal", "metal")
    offer(w, "friend", "metal", 10, 0, to="there")
    w["routes"] = [{"from_region": "there", "to_region": "here", "cost_usd_per_t": 0}]
    wants(w, "metal", 10)
    assert solve(w).cost == approx(10)


def test_what_is_stored_can_be_shipped_on():
    w = world()
    w["regions"].append(region("there"))
    commodity(w, "metal", "metal")
    w["stockpiles"] = [
        {"region": "there", "commodity": "metal", "initial_t": 0, "limit_t": 0, "holding_usd_per_t_year": 0}
    ]
    offer(w, "friend", "metal", 10, 0, to="there")
    w["routes"] = [{"from_region": "there", "to_region": "here", "cost_usd_per_t": 0}]
    wants(w, "metal", 10)
    assert solve(w).cost == approx(0)


def test_an_offer_costs_price_and_duty():
    # 10 t x 0.2 x 1.25
    w = world()
    commodity(w, "metal", "metal")
    offer(w, "friend", "metal", 10, 200_000, tariff=25)
    wants(w, "metal", 10)
    assert solve(w).cost == approx(2.5)


def test_an_offer_is_limited_over_all_its_destinations():
    # 6 t to *: 6 of 5 + 5 t wanted in two regions; 4 short
    w = world()
    w["regions"].append(region("there"))
    commodity(w, "metal", "metal")
    offer(w, "friend", "metal", 6, 0, to="*")
    wants(w, "metal", 5)
    wants(w, "metal", 5, region="there")
    assert solve(w).cost == approx(4)


def test_an_offer_to_all_does_not_land_in_china():
    w = world()
    w["regions"].append(region("prc", china=True))
    commodity(w, "metal", "metal")
    offer(w, "friend", "metal", 10, 0, to="*")
    wants(w, "metal", 5, region="prc")
    assert solve(w).cost == approx(5)


def test_by_products_are_sold_where_they_are_made():
    # 10 t of ore give 6 t oxide and 4 t la; la sells at 0.1: -0.4
    w = world()
    w["elements"].append({"element": "La", "commodity": "la_oxide", "circuit": "light"})
    commodity(w, "la_oxide", "refinery", sale_price_usd_per_t=100_000)
    mine(w, existing=10)
    w["assays"] = [{"mine": "pit", "Nd": 60, "La": 40}]
    w["recoveries"] = [{"ore_type": "rock", "Nd": 100, "La": 100}]
    w["projects"].append(plant("works", "refinery", 100))
    wants(w, "oxide", 6)
    plan = solve(w)
    assert plan.cost == approx(-0.4)
    assert plan.summary["cost_musd"]["byproduct_sales"] == approx(-0.4)


def test_sales_are_limited_over_all_regions():
    # 10 t of metal in stock here and there, 3 t can be sold in all at 0.1
    w = world()
    w["regions"].append(region("there"))
    commodity(w, "metal", "metal", sale_price_usd_per_t=100_000, sale_limit_t_per_year=3)
    w["stockpiles"] = [
        {"region": r, "commodity": "metal", "initial_t": 10, "limit_t": 10, "holding_usd_per_t_year": 0}
        for r in ("here", "there")
    ]
    plan = solve(w)
    assert plan.cost == approx(-0.3)
    assert total(plan, "trade", "tonnes_t", kind="sell") == approx(3)


def test_what_is_only_bought_is_not_sold_on():
    w = world()
    commodity(w, "metal", "metal", sale_price_usd_per_t=100_000)
    offer(w, "friend", "metal", 10, 1000)
    assert solve(w).cost == approx(0)

"""Mothballing, disposal, inherited scrap, route limits, redesign that stays, shares of what is used, prerequisites
(docs/model.md)."""

from __future__ import annotations

import pytest
from pytest import approx
from worlds import (
    M,
    World,
    ask,
    by_year,
    commodity,
    magnets,
    mine,
    offer,
    plant,
    recipe,
    region,
    solve,
    total,
    wants,
    world,
)

import didymium


def test_mothballing_saves_part_of_the_fixed_opex() -> None:
    # 10 t stand at 0.1; 4 t are wanted. 6 t idle at 30 %: 0.4 + 6 x 0.03 = 0.58. Without the cell: 1
    w = world()
    mine(w, existing=10, fixed_opex_usd_per_t_capacity=0.1 * M, mothball_percent=30)
    wants(w, "pit", 4)
    plan = solve(w)
    assert plan.cost == approx(0.58)
    assert total(plan, "capacity", "idle_t_per_year") == approx(6)
    w["projects"][0]["mothball_percent"] = ""
    assert solve(w).cost == approx(1)
    w["projects"][0]["mothball_percent"] = 0  # given, not blank: idle capacity costs nothing
    assert solve(w).cost == approx(0.4)


def test_the_least_load_is_of_what_is_not_mothballed() -> None:
    # 10 t must run half of what is not idle; 2 t wanted and ore may not be thrown away: 6 t at least idle. With use of
    # 80 %: 2 / 0.8 = 2.5 on line at least, 2 / 0.5 = 4 at most: idle 7.5: 0.1 x 2.5
    w = world()
    mine(
        w,
        existing=10,
        min_utilisation_percent=50,
        max_utilisation_percent=80,
        fixed_opex_usd_per_t_capacity=0.1 * M,
        mothball_percent=0,
    )
    wants(w, "pit", 2)
    assert solve(w).cost == approx(0.25)
    w["projects"][0]["mothball_percent"] = ""
    with pytest.raises(didymium.NoPlan):
        solve(w)


def test_nothing_is_mothballed_in_an_outage() -> None:
    # fixed opex goes on in full: 0.1 x 10, and 4 t short
    w = world()
    mine(w, existing=10, fixed_opex_usd_per_t_capacity=0.1 * M, mothball_percent=0)
    wants(w, "pit", 4)
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = [{"scenario": "base", "kind": "outage"}]
    assert solve(w).cost == approx(1 + 4)


def test_capacity_that_ramps_up_is_mothballed_as_far_as_it_is_on_line() -> None:
    # a module of 10 t at 50 %: fixed opex on 10 t, 5 t idle at most: 0.1 x 10 - 0.1 x 5
    w = world()
    mine(w, max_modules=1, min_modules=1, ramp="slow", fixed_opex_usd_per_t_capacity=0.1 * M, mothball_percent=0)
    w["ramps"] = [{"ramp": "slow", "year_1_percent": 50}]
    assert solve(w).cost == approx(0.5)


def test_what_may_be_thrown_away() -> None:
    # a target of 50 % on purchases of metal: version 2 could make metal and throw it away. Here metal that nobody wants
    # cannot be made
    w = world()
    magnets(w)
    offer(w, "china", "metal", 10, 0, china=True)
    offer(w, "friend", "oxide", 99, 0.01 * M)
    w["projects"].append(plant("smelter", "metal", 99))
    wants(w, "metal", 10)
    w["targets"] = [{"target": "bought", "type": "max_china_import_share", "commodity": "metal", 2026: 50}]
    assert solve(w).cost == approx(0.05), "5 t made of 10 t served: 5 x 0.01"


def test_metal_with_a_disposal_cost_may_be_thrown_away() -> None:
    # it must run 10 t and nobody wants them: 10 x 0.02 thrown away; blank: no plan
    w = world()
    magnets(w)
    offer(w, "friend", "oxide", 99, 0)
    w["projects"].append(plant("smelter", "metal", 10, min_utilisation_percent=100))
    w["commodities"][1]["disposal_cost_usd_per_t"] = 20_000
    plan = solve(w)
    assert (plan.cost, plan.summary["cost_musd"]["disposal"]) == (approx(0.2), approx(0.2))  # type: ignore[index]
    w["commodities"][1]["disposal_cost_usd_per_t"] = ""
    with pytest.raises(didymium.NoPlan, match="minimum utilisation"):
        solve(w)


def test_mixed_heavies_are_thrown_away_for_nothing_and_ore_never() -> None:
    w = world()
    w["elements"][0]["circuit"] = "heavy"
    mine(w, existing=10, min_utilisation_percent=100)
    w["projects"].append(plant("works", "refinery", 10))
    plan = solve(w)
    assert (plan.cost, total(plan, "disposal", "dump_t", commodity="mixed_oxide")) == (approx(0), approx(10))
    w["projects"] = w["projects"][:1]
    with pytest.raises(didymium.NoPlan):
        solve(w)


def scrapped(origin: str) -> World:
    """Magnets of Chinese metal leave scrap, of which oxide is recovered that is wanted."""
    w = world(scrap_origin=origin)
    magnets(w)
    commodity(w, "swarf", "scrap")
    recipe(w, "press_swarf", "magnet", {"metal": 1.0}, {"magnet": 1.0, "swarf": 0.5})
    recipe(w, "recover", "recycler", {"swarf": 1.0}, {"oxide": 1.0})
    offer(w, "china", "metal", 10, 0, china=True)
    w["projects"] += [plant("press", "magnet", 10, accepts="press_swarf"), plant("loop", "recycler", 10)]
    wants(w, "magnet", 10)
    wants(w, "oxide", 5)
    return w


def test_scrap_carries_the_origin_of_what_it_fell_from() -> None:
    # the scrap of magnets of Chinese metal (3): clean oxide, or oxide of level 3
    for origin, level in (("clean", 0), ("inherited", 3)):
        plan = solve(scrapped(origin))
        assert total(plan, "demand", f"level_{level}_t", commodity="oxide") == approx(5), origin


def test_scrap_from_china_is_level_4_where_it_inherits() -> None:
    for origin, level in (("clean", 0), ("inherited", 4)):
        w = world(scrap_origin=origin)
        commodity(w, "swarf", "scrap")
        recipe(w, "recover", "recycler", {"swarf": 1.0}, {"oxide": 1.0})
        offer(w, "china", "swarf", 5, 0, china=True)
        w["stockpiles"] = [
            {
                "region": "here",
                "commodity": "swarf",
                "initial_t": 5,
                "limit_t": 9,
                "holding_usd_per_t_year": 0,
                "initial_china": "yes",
            }
        ]
        w["projects"].append(plant("loop", "recycler", 10))
        wants(w, "oxide", 10)
        assert total(solve(w), "demand", f"level_{level}_t") == approx(10), origin


def test_a_recycler_in_china_makes_at_least_refined_goods() -> None:
    w = world(scrap_origin="inherited")
    w["regions"].append(region("prc", china=True))
    commodity(w, "swarf", "scrap")
    recipe(w, "recover", "recycler", {"swarf": 1.0}, {"oxide": 1.0})
    offer(w, "friend", "swarf", 10, 0, to="prc")
    w["projects"].append(plant("loop", "recycler", 10, "prc"))
    w["routes"] = [{"from_region": "prc", "to_region": "here", "cost_usd_per_t": 0}]
    wants(w, "oxide", 10)
    assert total(solve(w), "demand", "level_2_t") == approx(10)


def test_a_route_carries_no_more_than_its_limit_of_all_goods_together() -> None:
    # ore and oxide under the row for all stages, 8 t in all of 5 + 5 wanted: 2 short; with a row of its own oxide is
    # not counted: 0 short
    w = world()
    w["regions"].append(region("there"))
    mine(w, existing=10)
    w["projects"].append(plant("works", "refinery", 5))
    wants(w, "pit", 5, region="there")
    wants(w, "oxide", 5, region="there")
    row = {"from_region": "here", "to_region": "there", "cost_usd_per_t": 0, "limit_t_per_year": 8}
    w["routes"] = [row]
    assert solve(w).cost == approx(2)
    w["routes"] = [row, {**row, "stage": "refinery", "limit_t_per_year": ""}]
    assert solve(w).cost == approx(0)
    w["routes"] = [row, {**row, "stage": "refinery", "limit_t_per_year": 0}]
    assert solve(w).cost == approx(5)


def out_of(w: World, shares: dict[int, float], demand: dict[int, float], price: dict[int, float]) -> didymium.Plan:
    """Demand for metal that an offer serves at a price by year, or redesign at 0.1 a tonne within shares."""
    commodity(w, "metal", "metal")
    offer(w, "friend", "metal", 999, 0)
    w["imports"][1] |= price
    wants(w, "metal", demand)
    w["substitution"] = [{"segment": "cars", "cost_usd_per_t": 0.1 * M, **shares}]
    return solve(w)


def test_what_is_designed_out_stays_so() -> None:
    # Metal costs 0.5 in 2026 and 0.05 in 2027. 40 % designed out in 2026 saves 4 x 0.4; it stays: 4 x 0.05 lost in
    #     2027. 3.4 + 0.7
    plan = out_of(world(2026, 2027), {2026: 40, 2027: 40}, {2026: 10, 2027: 10}, {2026: 0.5 * M, 2027: 0.05 * M})
    assert plan.cost == approx(0.4 + 3 + 0.4 + 0.3)


def test_the_share_falls_as_the_allowed_share_falls() -> None:
    # 40 % in 2026; 10 % allowed in 2027, so the share may fall by 30 points: 10 % stay
    plan = out_of(world(2026, 2027), {2026: 40, 2027: 10}, {2026: 10, 2027: 20}, {2026: 0.5 * M, 2027: 0.05 * M})
    assert plan.cost == approx(0.4 + 3 + 0.2 + 0.9)


def test_a_year_without_demand_does_not_end_what_stays() -> None:
    plan = out_of(
        world(2026, 2028),
        {2026: 40, 2027: 0, 2028: 40},
        {2026: 10, 2027: 0, 2028: 10},
        {2026: 0.5 * M, 2027: 0, 2028: 0.05 * M},
    )
    assert plan.cost == approx(0.4 + 3 + 0.4 + 0.3)


def suppliers() -> World:
    """10 t of metal: from x at 0.1, from y at 0.3; 2 t more come to a region in China and are used there."""
    w = world()
    w["regions"].append(region("prc", china=True))
    commodity(w, "metal", "metal")
    for name, price, to in (("one", 0.1, "here"), ("two", 0.3, "here"), ("far", 0.1, "prc")):
        offer(w, name, "metal", 99, price * M, to=to)
    for row in w["imports"]:
        row["supplier"] = "y" if row["offer"] == "two" else "x"
    wants(w, "metal", 10)
    wants(w, "metal", 2, region="prc")
    return w


def test_a_supplier_has_at_most_its_share_of_what_is_used() -> None:
    # 60 % of 10 t may be x's: 6 x 0.1 + 4 x 0.3; what lands and is used in prc (2 x 0.1) does not count
    w = suppliers()
    w["targets"] = [{"target": "spread", "type": "max_supplier_share", "commodity": "metal", "supplier": "x", 2026: 60}]
    plan = solve(w)
    assert plan.cost == approx(0.6 + 1.2 + 0.2)
    row = plan.tables["targets"][0]
    assert [row[c] for c in ("asked_percent", "reached_percent", "base_t", "counted_t", "supplier")] == [
        approx(60),
        approx(60),
        approx(10),
        approx(6),
        "x",
    ]


def test_buying_to_keep_does_not_raise_the_base() -> None:
    # Chinese metal at 0.1 against 0.3; half of what is used may be Chinese; a store does not count as use
    w = world()
    commodity(w, "metal", "metal")
    offer(w, "china", "metal", 99, 0.1 * M, china=True)
    offer(w, "friend", "metal", 99, 0.3 * M)
    wants(w, "metal", 10)
    w["stockpiles"] = [
        {"region": "here", "commodity": "metal", "initial_t": 0, "limit_t": 99, "holding_usd_per_t_year": 0}
    ]
    w["targets"] = [{"target": "half", "type": "max_china_import_share", "commodity": "metal", 2026: 50}]
    assert solve(w).cost == approx(0.5 + 1.5)


def test_a_prerequisite_is_on_line_no_later() -> None:
    # `pit` needs `road`, both decided in 2026 or later; road takes 2 years, pit none: pit in 2028 at the earliest: 20 t
    # short before, none after
    w = world(2026, 2029)
    mine(w, "pit", max_modules=1, requires="road")
    mine(w, "road", max_modules=1, construction_years=2, capex_musd_per_module=1, life_years=1)
    wants(w, "pit", 10)
    plan = solve(w)
    assert plan.cost == approx(20 + 1)
    assert {(r["project"], r["decision_year"]) for r in plan.tables["investments"]} == {("road", 2026), ("pit", 2028)}
    # where pit takes two years too, both may be decided at once, the prerequisite in the same node
    w["projects"][0] |= {"construction_years": 2}
    assert {(r["project"], r["decision_year"]) for r in solve(w).tables["investments"]} == {
        ("road", 2026),
        ("pit", 2026),
    }


def test_percent_cells_of_0_are_given() -> None:
    # a target of 0 % Chinese: none may be bought; a blank would ask nothing
    w = world()
    commodity(w, "metal", "metal")
    offer(w, "china", "metal", 99, 0, china=True)
    wants(w, "metal", 10)
    w["targets"] = [
        {
            "target": "none",
            "type": "max_china_import_share",
            "commodity": "metal",
            **by_year(w, 0),
            "penalty_usd_per_t": 0.2 * M,
        }
    ]
    assert solve(w).cost == approx(2), "10 t above the share at 0.2"
    assert ask(w).case.targets["none"].share == {2026: 0.0}

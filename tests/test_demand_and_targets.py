"""Rules 9 and 10: demand met, designed out or short; the three kinds of target, soft and hard."""

import pytest
from pytest import approx
from worlds import by_year, commodity, magnets, mine, offer, plant, region, solve, total, wants, world

import didymium


def metal_market(friend=0.0, china=100.0, **settings):
    """10 t of metal wanted: `friend` t at 0.3 M USD/t, `china` t at 0.1."""
    w = world(target_penalty_usd_per_t=400_000, **settings)
    commodity(w, "metal", "metal")
    offer(w, "friend_metal", "metal", friend, 300_000)
    offer(w, "china_metal", "metal", china, 100_000, china=True)
    wants(w, "metal", 10)
    return w


def target(w, kind, percent, **cells):
    w["targets"] = [
        *w.get("targets", []),
        {"target": f"goal_{len(w.get('targets', []))}", "type": kind, **cells, **by_year(w, percent)},
    ]


def test_redesign_takes_demand_away_up_to_its_share():
    # 30 % of 10 t at 0.5 instead of shortage at 1: 3 x 0.5 + 7 x 1
    w = world()
    commodity(w, "metal", "metal")
    wants(w, "metal", 10)
    w["substitution"] = [{"segment": "cars", "cost_usd_per_t": 500_000, 2026: 30}]
    plan = solve(w)
    assert plan.cost == approx(8.5)
    assert total(plan, "demand", "designed_out_t") == approx(3)


def test_redesign_dearer_than_shortage_is_left():
    w = world()
    commodity(w, "metal", "metal")
    wants(w, "metal", 10)
    w["substitution"] = [{"segment": "cars", "cost_usd_per_t": 1_500_000, 2026: 30}]
    assert solve(w).cost == approx(10)


def test_no_demand_no_plan_needed():
    w = world()
    mine(w, max_modules=1, capex_musd_per_module=3)
    plan = solve(w)
    assert plan.cost == approx(0)
    assert plan.investments.empty


def test_without_targets_the_cheapest_serves():
    assert solve(metal_market(friend=10)).cost == approx(1)


def test_a_china_free_share_is_bought_when_it_pays():
    # 40 % of 10 t clean: 4 x 0.3 + 6 x 0.1 = 1.8 (missing it would cost 4 x 0.1 + 4 x 0.4 more)
    w = metal_market(friend=10)
    target(w, "min_china_free_share", 40, stage="metal")
    plan = solve(w)
    assert plan.cost == approx(1.8)
    assert plan.summary["china_free_share"]["metal"]["2026"] == approx(0.4)
    assert total(plan, "targets", "reached_percent") == approx(40)


def test_a_soft_target_is_missed_at_its_price():
    # 3 t clean at most: 3 x 0.3 + 7 x 0.1 + 1 t missed x 0.4
    w = metal_market(friend=3)
    target(w, "min_china_free_share", 40, stage="metal")
    plan = solve(w)
    assert plan.cost == approx(0.9 + 0.7 + 0.4)
    assert plan.summary["target_miss_t"] == {"goal_0": {"2026": approx(1)}}


def test_going_without_does_not_help_a_target():
    # no metal at all from a friend: delivering nothing would still miss 4 t, so the Chinese metal is bought
    w = metal_market(friend=0)
    target(w, "min_china_free_share", 40, stage="metal")
    assert solve(w).cost == approx(1 + 4 * 0.4)


def test_designed_out_demand_counts_as_china_free():
    # 20 % designed out at 0.2: 2 t; with a penalty of 0.4 that beats a miss: 2 x 0.2 + 8 x 0.1 + 2 missed x 0.4
    w = metal_market(friend=0)
    target(w, "min_china_free_share", 40, stage="metal")
    w["substitution"] = [{"segment": "cars", "cost_usd_per_t": 200_000, 2026: 20}]
    assert solve(w).cost == approx(0.4 + 0.8 + 0.8)


def test_a_stage_looks_at_levels_below_it():
    # Chinese metal (level 3) is China-free at the magnet stage and not at the metal stage
    for stage, missed in (("magnet", 0), ("metal", 10), ("refinery", 10), ("mine", 10)):
        w = metal_market()
        target(w, "min_china_free_share", 100, stage=stage)
        assert total(solve(w), "targets", "miss_t") == approx(missed), stage


def test_a_target_looks_at_its_region_and_segment():
    # only arms in `there` count: 2 t of the 14 wanted
    w = metal_market()
    w["regions"].append(region("there"))
    w["segments"].append({"segment": "arms", "shortage_cost_usd_per_t": 1_000_000})
    wants(w, "metal", 2, region="there", segment="arms")
    wants(w, "metal", 2, region="there")
    target(w, "min_china_free_share", 100, stage="metal", region="there", segment="arms")
    assert total(solve(w), "targets", "base_t") == approx(2)
    assert total(solve(w), "targets", "miss_t") == approx(2)


def test_a_blank_year_asks_nothing():
    w = metal_market()
    w["targets"] = [{"target": "goal", "type": "min_china_free_share", "stage": "metal", 2026: ""}]
    plan = solve(w)
    assert plan.cost == approx(1)
    assert plan.tables["targets"] == []


def test_a_hard_target_is_met_at_any_cost():
    # 10 t clean at 0.3, though missing would have been cheaper
    w = metal_market(friend=10, target_policy="hard")
    target(w, "min_china_free_share", 100, stage="metal")
    assert solve(w).cost == approx(3)


def test_a_hard_target_out_of_reach_is_named_with_its_shortfall():
    # 9 t asked, 3 t can be had: 6 t short
    w = metal_market(friend=3, target_policy="hard")
    target(w, "min_china_free_share", 90, stage="metal")
    with pytest.raises(didymium.NoPlan) as refusal:
        solve(w)
    (reason,) = refusal.value.reasons
    assert (reason["rule"], reason["name"], reason["year"]) == ("min_china_free_share", "goal_0", 2026)
    assert reason["short_by"] == approx(6)
    assert "goal_0 in 2026: 6.0 t" in str(reason["text"])


def smelters(**settings):
    """10 t of metal wanted; smelters of 10 t `here` at 0.1 and `there` at 0.2; oxide free in both."""
    w = world(target_penalty_usd_per_t=50_000, **settings)
    w["regions"].append(region("there"))
    magnets(w)
    w["projects"] += [
        plant("near", "metal", 10, variable_opex_usd_per_t=100_000),
        plant("far", "metal", 10, region="there", variable_opex_usd_per_t=200_000),
    ]
    offer(w, "oxide_here", "oxide", 99, 0)
    offer(w, "oxide_there", "oxide", 99, 0, to="there")
    w["routes"] = [{"from_region": "there", "to_region": "here", "cost_usd_per_t": 0}]
    wants(w, "metal", 10)
    return w


def test_a_region_share_is_missed_when_that_is_cheaper():
    # here does all 10 t: 10 - 0.6 x 10 = 4 t above its share at 0.05 = 0.2; moving a tonne away saves 0.05 and costs
    # 0.1
    w = smelters()
    target(w, "max_region_share", 60, region="here", stage="metal")
    assert solve(w).cost == approx(1 + 0.2)


def test_a_hard_region_share_moves_work():
    # 6 t here, 4 t there: 0.6 + 0.8
    w = smelters(target_policy="hard")
    target(w, "max_region_share", 60, region="here", stage="metal")
    assert solve(w).cost == approx(1.4)


def test_a_region_share_is_of_the_work_outside_china():
    # a smelter in China makes 2 t that count for nobody: still 60 % of (here + there) only
    w = smelters(target_policy="hard")
    w["regions"].append(region("prc", china=True))
    w["projects"].append(plant("prc_smelter", "metal", 2, region="prc"))
    offer(w, "oxide_prc", "oxide", 99, 0, to="prc")
    w["routes"].append({"from_region": "prc", "to_region": "here", "cost_usd_per_t": 0})
    target(w, "max_region_share", 60, region="here", stage="metal")
    # 2 t from China for nothing, of the 8 left 4.8 here at 0.1 and 3.2 there at 0.2
    assert solve(w).cost == approx(0.48 + 0.64)


def test_a_china_import_share_counts_what_is_bought_and_made():
    # smelter makes 4 t at 0.5, China offers at 0.1: at most half of all from China. 10 t wanted: 4 made, 4 bought, 2
    # short x 1
    w = world(target_policy="hard")
    magnets(w)
    w["projects"].append(plant("smelter", "metal", 4, variable_opex_usd_per_t=500_000))
    offer(w, "oxide_here", "oxide", 99, 0)
    offer(w, "china_metal", "metal", 99, 100_000, china=True)
    wants(w, "metal", 10)
    target(w, "max_china_import_share", 50, commodity="metal")
    assert solve(w).cost == approx(4 * 0.5 + 4 * 0.1 + 2)


def test_a_missed_china_import_share_costs_its_penalty():
    # friend 0: bought 10 of 10 from China, 50 % allowed: 5 t above x 0.4
    w = metal_market()
    target(w, "max_china_import_share", 50, commodity="metal")
    assert solve(w).cost == approx(1 + 5 * 0.4)


def test_a_point_of_a_target_has_its_marginal_cost_with_the_build_out_fixed():
    # one more point of 40 % is 0.1 t more from a friend: 0.1 x (0.3 - 0.1) = 0.02
    w = metal_market(friend=10)
    target(w, "min_china_free_share", 40, stage="metal")
    assert total(solve(w), "targets", "marginal_cost_of_a_point_with_build_out_fixed_musd_per_year") == approx(0.02)


def test_splitting_a_demand_row_changes_nothing():
    whole, halves = metal_market(friend=3), metal_market(friend=3)
    halves["demand"] = []
    wants(halves, "metal", 5)
    wants(halves, "metal", 5)
    for w in (whole, halves):
        target(w, "min_china_free_share", 40, stage="metal")
    assert solve(whole).cost == approx(solve(halves).cost)

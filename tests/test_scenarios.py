"""Section 4: scenarios, their reveal, and shocks on markets; the tree that they span."""

from pytest import approx
from worlds import ask, commodity, mine, offer, region, solve, wants, world

from didymium.case.tree import full_tree, path_tree


def shocked(*shocks, reveal=2027):
    """Metal from China at 0.1 (up to 20 t), 10 t wanted in 2026-2028; a base and a `storm`."""
    w = world(2026, 2028)
    commodity(w, "metal", "metal")
    offer(w, "china_metal", "metal", 20, 100_000, china=True)
    wants(w, "metal", 10)
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 60},
        {"scenario": "storm", "probability_percent": 40, "reveal_year": reveal},
    ]
    w["shocks"] = [
        dict(zip(("scenario", "kind", "value"), shock[:3], strict=True)) | dict(*shock[3:]) for shock in shocks
    ]
    return w


def test_the_base_is_solved_unless_another_is_asked_for():
    # calm: 3 x 10 x 0.1; storm from 2027: 10 x 0.1 + 2 x 10 short
    w = shocked(("storm", "china_limit", 0))
    assert solve(w).cost == approx(3)
    assert solve(w, "storm").cost == approx(21)


def test_a_scenario_follows_the_base_before_its_reveal():
    # calm: price x 2 in all years; storm: from 2027 x 3 instead: 10 x 0.2 + 20 x 0.3
    w = shocked(("calm", "china_price", 2), ("storm", "china_price", 3))
    assert solve(w).cost == approx(6)
    assert solve(w, "storm").cost == approx(2 + 6)


def test_shocks_act_in_their_years():
    # nothing from China in 2028 alone: 10 short
    assert solve(shocked(("calm", "china_limit", 0, {"from_year": 2028, "to_year": 2028}))).cost == approx(2 + 10)


def test_shocks_that_match_together_multiply():
    # 20 t x 0.5 x 0.4 = 4 t a year: 6 short
    assert solve(shocked(("calm", "china_limit", 0.5), ("calm", "china_limit", 0.4))).cost == approx(3 * (0.4 + 6))


def test_china_shocks_leave_other_offers_alone():
    # friend gives 10 t at 0.2 while China is shut
    w = shocked(("calm", "china_limit", 0), ("calm", "china_price", 9))
    offer(w, "friend", "metal", 10, 200_000)
    assert solve(w).cost == approx(3 * 2)


def test_import_shocks_act_on_every_offer():
    # prices x 2 and limits x 0.25: 5 t from China at 0.2, 2.5 t from a friend at 0.4, 2.5 t short
    w = shocked(("calm", "import_limit", 0.25), ("calm", "import_price", 2))
    offer(w, "friend", "metal", 10, 200_000)
    assert solve(w).cost == approx(3 * (1 + 1 + 2.5))


def test_an_offer_to_all_is_met_only_by_a_shock_on_all():
    for where, cost in (("*", 30.0), ("here", 3.0)):
        w = shocked(("calm", "china_limit", 0, {"region": where}))
        w["imports"] = []
        offer(w, "china_metal", "metal", 20, 100_000, china=True, to="*")
        assert solve(w).cost == approx(cost), where


def test_offer_shocks_select_by_stage_and_commodity():
    for cells, cost in (
        ({"stage": "metal"}, 30),
        ({"stage": "magnet"}, 3),
        ({"commodity": "metal"}, 30),
        ({"commodity": "oxide"}, 3),
    ):
        assert solve(shocked(("calm", "china_limit", 0, cells))).cost == approx(cost), cells


def test_demand_shocks_select_by_what_where_and_for_whom():
    # 10 t here for cars x 2; the 10 t `there` are not hit
    w = shocked(("calm", "demand", 2, {"region": "here", "segment": "cars", "commodity": "metal"}))
    w["regions"].append(region("there"))
    wants(w, "metal", 10, region="there")
    assert solve(w).cost == approx(3 * (20 * 0.1 + 10))


def test_redesign_and_targets_follow_shocked_demand():
    # 20 t wanted, a quarter designed out at 0.05: 5 t; 15 t bought
    w = shocked(("calm", "demand", 2))
    w["substitution"] = [{"segment": "cars", "cost_usd_per_t": 50_000, 2026: 25, 2027: 25, 2028: 25}]
    assert solve(w).cost == approx(3 * (0.25 + 1.5))


def test_a_delay_of_a_scenario_spares_what_was_planned_before_its_reveal():
    # planned 2027, storm revealed in 2028 delays everything by 1: on line 2027 all the same
    w = world(2026, 2028)
    mine(w, max_modules=1, construction_years=1)
    wants(w, "pit", 10)
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 50, "reveal_year": 2028},
    ]
    w["shocks"] = [{"scenario": "storm", "kind": "delay", "value": 1}]
    assert solve(w, "storm").cost == approx(10)
    w["scenarios"][1]["reveal_year"] = 2027
    assert solve(w, "storm").cost == approx(20)


def test_the_tree_branches_at_its_reveal_years():
    case = ask(shocked(("storm", "china_limit", 0), reveal=2027)).case
    tree = full_tree(case)
    assert list(tree.nodes) == ["y2026", "y2027_storm", "y2027", "y2028_storm", "y2028"]
    assert tree.path("y2028_storm") == ("y2026", "y2027_storm", "y2028_storm")
    assert [n.probability for n in tree.nodes.values()] == approx([1, 0.4, 0.6, 0.4, 0.6])
    assert tree.leaves == {"calm": "y2028", "storm": "y2028_storm"}


def test_a_path_is_foreseen_and_certain():
    case = ask(shocked(("storm", "china_limit", 0), reveal=2027)).case
    nodes = list(path_tree(case, "storm").nodes.values())
    assert [(n.name, n.scenario, n.probability) for n in nodes] == [
        ("y2026", "calm", 1.0),
        ("y2027", "storm", 1.0),
        ("y2028", "storm", 1.0),
    ]


def test_a_milestone_stands_for_the_years_up_to_the_next():
    w = world(2026, 2032, discount_rate_percent=10, milestone_years="2026-2027; 2030")
    nodes = list(path_tree(ask(w).case, "base").nodes.values())
    assert [(n.year, n.span) for n in nodes] == [(2026, 1), (2027, 3), (2030, 3)]
    # 1/1.1 + 1/1.21 + 1/1.331
    assert nodes[1].weight == approx(2.486852, abs=1e-6)

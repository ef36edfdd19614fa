"""Scenarios that branch from scenarios, and those of 0 % (docs/model.md)."""

from __future__ import annotations

from pytest import approx
from worlds import M, World, ask, by_year, commodity, mine, offer, total, tree_plan, wants, world

import didymium
from didymium.case.tree import full_tree, path_tree
from didymium.options import SolveOptions
from didymium.reports.scenarios import side_by_side
from didymium.solving import SolveCallbacks
from didymium.value import value


def cuts() -> World:
    """10 t of metal a year from an offer; calm goes on, storm (2027) halves it, gale (2028) parts from storm and stops
    it."""
    w = world(2026, 2029)
    commodity(w, "metal", "metal")
    offer(w, "china", "metal", 10, 0, china=True)
    wants(w, "metal", 10)
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 30, "reveal_year": 2027},
        {"scenario": "gale", "probability_percent": 20, "reveal_year": 2028, "parent": "storm"},
    ]
    w["shocks"] = [
        {"scenario": "storm", "kind": "china_limit", "value": 0.5},
        {"scenario": "gale", "kind": "china_limit", "value": 0},
    ]
    return w


def test_a_branch_leaves_a_branch() -> None:
    # short: calm 0; storm 5 in 2027-29: 15; gale 5 in 2027 (storm's), 10 in 2028 and 2029: 25
    w = cuts()
    assert [didymium.solve(ask(w), s).cost for s in ("calm", "storm", "gale")] == approx([0, 15, 25])
    tree = full_tree(ask(w).case)
    probability = {name: node.probability for name, node in tree.nodes.items()}
    assert probability == approx(
        {
            "y2026": 1,
            "y2027_storm": 0.5,
            "y2027": 0.5,
            "y2028_storm": 0.3,
            "y2028_gale": 0.2,
            "y2028": 0.5,
            "y2029_storm": 0.3,
            "y2029_gale": 0.2,
            "y2029": 0.5,
        }
    )
    assert tree.path("y2029_gale") == ("y2026", "y2027_storm", "y2028_gale", "y2029_gale")
    assert tree_plan(w).cost == approx(0.3 * 15 + 0.2 * 25)


def test_a_parent_of_0_percent_has_a_branch_and_no_leaf() -> None:
    # storm itself cannot come to stay: 20 % of gale alone. Its branch is 2027; from 2028 on there is none
    w = cuts()
    for row, probability in zip(w["scenarios"], (80, 0, 20), strict=True):
        row["probability_percent"] = probability
    tree = full_tree(ask(w).case)
    assert set(tree.leaves) == {"calm", "gale"}
    assert tree.nodes["y2027_storm"].probability == approx(0.2)
    assert "y2028_storm" not in tree.nodes
    assert tree_plan(w).cost == approx(0.2 * 25)
    assert didymium.solve(ask(w), "storm").cost == approx(15), "it can be solved alone"


def test_the_path_of_a_child_alone() -> None:
    nodes = path_tree(ask(cuts()).case, "gale").nodes.values()
    assert [(n.year, n.scenario, n.probability) for n in nodes] == [
        (2026, "calm", 1),
        (2027, "storm", 1),
        (2028, "gale", 1),
        (2029, "gale", 1),
    ]


def test_a_delay_of_the_scenario_that_acts_in_the_planned_year() -> None:
    # decided in 2026, planned on line in 2027, when storm acts on gale's path: a year late there, in time in calm,
    # though gale says 9
    w = world(2026, 2029)
    commodity(w, "metal", "metal")
    mine(w, max_modules=1, min_modules=1, construction_years=1, last_decision_year=2026)
    wants(w, "pit", 10)
    w["scenarios"] = cuts()["scenarios"]
    w["shocks"] = [
        {"scenario": "storm", "kind": "delay", "value": 1},
        {"scenario": "gale", "kind": "delay", "value": 9},
    ]
    # short: calm 10; storm and gale 10 + 10
    assert [didymium.solve(ask(w), s).cost for s in ("calm", "storm", "gale")] == approx([10, 20, 20])
    assert tree_plan(w).cost == approx(0.5 * 10 + 0.5 * 20)


def test_a_reveal_in_the_first_year_is_a_branch_of_its_own() -> None:
    w = cuts()
    w["scenarios"] = [*w["scenarios"][:1], {"scenario": "storm", "probability_percent": 50, "reveal_year": 2026}]
    w["shocks"] = w["shocks"][:1]
    tree = full_tree(ask(w).case)
    assert [n for n, node in tree.nodes.items() if node.parent is None] == ["y2026_storm", "y2026"]
    assert tree_plan(w).cost == approx(0.5 * 20)


def stores() -> World:
    """Metal of 0.9 M USD a t can be laid in store in 2027 on storm's branch, before gale stops all: 10 t of friend's
    metal for gale's 2028. Holding is free; in storm it replaces 10 t that would be short (5 + 5). Both use it, so it
    pays: 9 in both against 10."""
    w = cuts()
    offer(w, "friend", "metal", 10, 0.9 * M)
    for row in w["imports"][2:]:
        row |= {2026: 0, 2028: 0, 2029: 0} if row["measure"] == "limit_t" else {}
    w["stockpiles"] = [
        {"region": "here", "commodity": "metal", "initial_t": 0, "limit_t": 99, "holding_usd_per_t_year": 0}
    ]
    return w


def test_decisions_before_a_reveal_are_shared_by_all_that_pass() -> None:
    w = stores()
    plan = tree_plan(w)
    # 2027 on storm's branch: 5 t serve at once (4.5 for 5 short), 5 t are kept (4.5); 2028: 5 more are served in storm
    # and in gale. storm: 9 + 0 + 5 (2029); gale: 9 + 5 + 10. calm: 0
    assert plan.cost == approx(0.3 * 14 + 0.2 * 24)
    assert total(plan, "trade", "tonnes_t", kind="buy", **{"from": "friend"}, branch="storm", year=2027) == approx(10)


def test_what_planning_is_worth_on_a_tree_of_parents() -> None:
    # nothing can be decided: foreseen, together and trusting the base cost alike. Short as above, and 5 t a year short
    # of a target at 0.1
    w = cuts()
    w["targets"] = [
        {
            "target": "clean",
            "type": "min_china_free_share",
            "stage": "metal",
            **by_year(w, 50),
            "penalty_usd_per_t": 0.1 * M,
        }
    ]
    asked = ask(w)
    plan = didymium.solve(asked, stochastic=True)
    told = value(asked, plan, SolveOptions(0, 60).for_solver(asked.case), SolveCallbacks())
    assert [told[f"{kind}_musd"] for kind in ("wait_and_see", "stochastic", "trust_base")] == approx([9.5 + 2] * 3)


def test_a_tree_of_parents_is_solved_by_branches_too() -> None:
    # as above: storm goes on from what calm decided until 2027, gale from what storm decided until 2028
    plan = didymium.solve(ask(stores()), stochastic=True, route="branches", gap_percent=0.01)
    assert plan.cost == approx(0.3 * 14 + 0.2 * 24)
    assert total(plan, "trade", "tonnes_t", kind="buy", **{"from": "friend"}, branch="storm", year=2027) == approx(10)
    assert plan.summary["bound_by_duals_musd"] == approx(9, rel=2e-4)
    assert plan.summary["options"]["route"] == "branches"  # type: ignore[index]


def test_scenarios_side_by_side_follow_their_parents() -> None:
    rows = {r["scenario"]: r for r in side_by_side(didymium.solve(ask(cuts()), stochastic=True))}
    assert {s: (r["cost_musd"], r["not_met_t"]) for s, r in rows.items()} == {
        "calm": (approx(0), approx(0)),
        "storm": (approx(15), approx(15)),
        "gale": (approx(25), approx(25)),
    }

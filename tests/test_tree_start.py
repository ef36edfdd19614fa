"""The first plans of a large tree, branch by branch: plans of the tree, bounds below its optimum; what is found is
kept where the relaxation is not needed any more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest import approx
from random_cases import random_case, with_a_third_scenario, write_case
from test_parents import stores
from worlds import World, ask, hedge

import didymium
from didymium.case.tree import full_tree
from didymium.engine import search as searching
from didymium.engine.bound import safe_bound
from didymium.engine.highs import HighsSolve, Options, Progress
from didymium.engine.search import Search
from didymium.engine.solve import prepare
from didymium.engine.tree_start import BranchPlans
from didymium.recheck import TOLERANCE

FEW = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tree counts as a large one."""
    monkeypatch.setattr(searching, "LARGE_TREE", 0)
    monkeypatch.setattr(searching, "FEW_INTEGERS", -1)


def plans_of(w: World) -> BranchPlans:
    case = ask(w).case
    tree = full_tree(case)
    _, matrix, _ = prepare(case, tree)
    plans = Search(matrix, Options(gap=0), None, None, None, tree=tree).plans
    assert plans is not None
    return plans


def test_the_base_is_planned_first_and_its_modules_are_tried_everywhere(large: None) -> None:
    """Calm alone buys Chinese metal, 1: nothing is built, and storm goes without, 10. Together (1 + 10) / 2."""
    plans = plans_of(hedge())
    assert plans.plan_base()
    first = plans.first()
    assert first is not None
    assert first.objective == approx(5.5)


def test_the_duals_of_paths_put_together_prove_a_bound_by_hand(large: None) -> None:
    """Of the base's path 0.1 M USD a tonne, 1 in calm. Storm foreseen builds the small plant (0.48 a tonne) and half of
    the large one (0.6), 2.4 + 3: (1 + 5.4) / 2 at least, and at most what the tree's relaxation costs."""
    plans = plans_of(hedge())
    assert plans.plan_base()
    relaxed = HighsSolve(plans.matrix.relaxed(), Options()).solve()
    bound = safe_bound(plans.matrix, plans.prices())
    assert bound is not None
    assert (1 + 5.4) / 2 - 1e-6 <= bound <= (relaxed.objective or 0.0) + 1e-6


def test_modules_near_a_point_of_the_tree_by_hand(large: None) -> None:
    """Nine tenths of the small plant are nearest to one of it: 2.4 + (0.5 + 5) / 2."""
    plans = plans_of(hedge())
    point = plans.matrix.lower.copy()
    point[plans.matrix.columns.index(("build", ("small", "y2026")))] = 0.9
    near = plans.near(point)
    assert near is not None
    assert near.objective == approx(5.15)


def test_what_the_paths_foresee_is_their_mean_by_probability(large: None) -> None:
    """Storm foreseen builds one small plant and half of the large one, calm none: half as much of each."""
    plans = plans_of(hedge())
    plans.prices()
    found = dict(zip(plans.matrix.columns, plans.perfect_foresight().tolist(), strict=True))
    assert found["build", ("small", "y2026")] == approx(0.5, abs=1e-5)
    assert found["build", ("large", "y2026")] == approx(0.25, abs=1e-5)


def test_the_bound_weighs_scenarios_as_the_tail_does(large: None) -> None:
    """As above 1 and 5.4; of the weight 0.4 are on the worse half: 0.3 x 1 + 0.7 x 5.4."""
    plans = plans_of(hedge(risk_weight=0.4, risk_tail_percent=50))
    plans.prices()
    assert plans.near(plans.matrix.lower) is not None
    assert safe_bound(plans.matrix, plans.together()) == approx(0.3 * 1 + 0.7 * 5.4, rel=1e-5)


def storing(limit: float) -> World:
    """No plant is worth building; 10 t of metal cost 1 M USD in 2026, and storm goes without in 2027 but for what is in
    stock, at 1 M USD a tonne."""
    w = hedge()
    w["projects"] = [{**row, "capex_musd_per_module": 1000} for row in w["projects"]]
    w["stockpiles"] = [
        {"region": "here", "commodity": "metal", "initial_t": 0, "limit_t": limit, "holding_usd_per_t_year": 1}
    ]
    return w


def test_operated_at_once_the_shared_year_keeps_what_one_branch_will_need(large: None) -> None:
    """No plant is worth building. Calm alone buys its 10 t in 2027, 1; storm, which has stored nothing, goes without,
    10: 5.5. At once 9 t are bought and stored in 2026: 0.9 + 0.1 in calm, 0.9 + 1 in storm."""
    plans = plans_of(storing(9))
    assert plans.at_once(plans.relax) is None
    apart = plans.near(plans.matrix.lower)
    assert apart is not None
    assert apart.objective == approx(5.5)
    at_once = plans.at_once(plans.relax)
    assert at_once is not None
    assert at_once.objective == approx((1.0 + 1.9) / 2, abs=1e-4)
    worse = plans.near(plans.matrix.lower)
    assert worse is not None
    assert plans.x is not None
    assert plans.matrix.cost @ plans.x < (worse.objective or 0.0) - 1, "the cheapest is kept"


def test_a_shared_year_has_in_stock_what_most_scenarios_need(large: None) -> None:
    """Storm foreseen has 9 t in stock at the end of 2026, calm none; half of the scenarios, by probability, are fewer
    than three quarters, so 9 t it is: 0.9 + 0.1 in calm, 0.9 + 1 in storm, where without stock they pay 1 and 10."""
    plans = plans_of(storing(9))
    plans.prices()
    in_stock = plans.stock_in_case()
    assert in_stock.max() == approx(9)
    assert in_stock.sum() == approx(9)
    plan = plans.near(plans.matrix.lower)
    assert plan is not None
    assert plan.objective == approx((1.0 + 1.9) / 2, abs=1e-4)


def test_what_a_small_part_of_the_scenarios_needs_is_not_in_stock(large: None) -> None:
    """The same with storm at one in five: calm is four in five, more than three quarters, and has none."""
    w = storing(9)
    w["scenarios"] = [
        {**row, "probability_percent": 20 if row["scenario"] == "storm" else 80} for row in w["scenarios"]
    ]
    plans = plans_of(w)
    plans.prices()
    assert plans.stock_in_case().sum() == approx(0, abs=1e-6)


def test_stock_that_cannot_be_had_is_left_out(large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for 20 t, but 10 t a year can be bought: wanting 20 t at once, there is no operation, so the plan
    goes without, 1 in calm and 10 in storm."""
    plans = plans_of(storing(20))
    wanted = [20.0 if name == "stock" and index[-1] == "y2026" else 0.0 for name, index in plans.matrix.columns]
    monkeypatch.setattr(plans, "stock_in_case", lambda: np.array(wanted))
    plan = plans.near(plans.matrix.lower)
    assert plan is not None
    assert plan.objective == approx(5.5)


def test_each_branch_is_searched_for_itself(large: None) -> None:
    """Plants built in the year in which they are needed: storm, given none, finds the large one, 6 instead of 10."""
    w = hedge()
    w["projects"] = [{**row, "construction_years": 0} for row in w["projects"]]
    plans = plans_of(w)
    plan = plans.near(plans.matrix.lower)
    assert plan is not None
    assert plan.objective == approx((1 + 10) / 2)
    assert [p.objective for p in plans.better(0.0, lambda: False, 2)] == [approx((1 + 6) / 2)]
    assert not list(plans.better(0.0, lambda: True, 2))


@pytest.mark.parametrize("weight", [0.0, 0.4])
def test_a_large_tree_costs_what_it_costs_as_a_small_one(weight: float, monkeypatch: pytest.MonkeyPatch) -> None:
    for w in (hedge(risk_weight=weight, risk_tail_percent=50), {**stores()}):
        plain = didymium.solve(ask(w), stochastic=True, gap_percent=0)
        with monkeypatch.context() as m:
            m.setattr(searching, "LARGE_TREE", 0)
            m.setattr(searching, "FEW_INTEGERS", -1)
            heard: list[Progress] = []
            plan = didymium.solve(ask(w), stochastic=True, gap_percent=0, on_progress=heard.append)
        assert plan.cost == approx(plain.cost)
        assert max(b.size for b in plan.breaches.values()) < TOLERANCE
        assert any(p.best is not None and p.phase == "planning branch by branch" for p in heard)


@FEW
@given(seed=st.integers(0, 10_000), weight=st.sampled_from([0.0, 0.4]))
def test_random_trees_cost_the_same_branch_by_branch(
    tmp_path_factory: pytest.TempPathFactory, seed: int, weight: float
) -> None:
    tables = random_case(seed)
    if "scenarios" not in tables:
        return
    tables = with_a_third_scenario(tables, seed)
    tables["settings"] += [{"setting": "risk_weight", "value": weight}, {"setting": "risk_tail_percent", "value": 20}]
    asked = didymium.read(write_case(tables, tmp_path_factory.mktemp("tree") / "case"))
    with pytest.MonkeyPatch.context() as m:
        try:
            plain = didymium.solve(asked, stochastic=True, gap_percent=0.001)
        except didymium.NoPlan:
            plain = None
        m.setattr(searching, "LARGE_TREE", 0)
        m.setattr(searching, "FEW_INTEGERS", -1)
        if plain is None:
            with pytest.raises(didymium.NoPlan):
                didymium.solve(asked, stochastic=True, gap_percent=0.001)
            return
        plan = didymium.solve(asked, stochastic=True, gap_percent=0.001)
    assert plan.cost == approx(plain.cost, rel=1e-4, abs=1e-3)
    assert float(str(plan.summary["bound_musd"])) <= plain.cost + 1e-4 * max(1.0, abs(plain.cost))

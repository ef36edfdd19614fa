"""A bound above the relaxation's, from a few cases that leave out no plan, each proven by duals of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from random_cases import random_case, write_case
from test_rounding import NO, program

import didymium
from didymium.case.tree import path_tree
from didymium.engine import search
from didymium.engine.bound_tree import BoundTree
from didymium.engine.cases import Cases, bound_of_cases, cases_of, proof_of
from didymium.engine.highs import HighsSolve, Options
from didymium.engine.matrix import Matrix
from didymium.engine.rounding import LegalModules, RelaxationLP
from didymium.engine.solve import prepare
from didymium.plans import Plan
from didymium.recheck.bound import proven_by_cases
from didymium.reports.reprove import _program, reprove
from didymium.reports.verify import verify


def plant() -> Matrix:
    """A plant of 4 t for 6 M USD (at most 2), 3 M USD for a tonne that is missing, 5 t wanted.

    min 6 z + 3 s, 4 z + s >= 5: the relaxation has z = 1.25, 7.5. z = 0: 15; z = 1: 6 + 3 = 9; z = 2: 12.
    """
    return program([6, 3], [([4, 1], 5, NO)], [2, NO], integers=1)


def tree_of(matrix: Matrix) -> BoundTree:
    legal = LegalModules(matrix)
    lp = RelaxationLP(matrix, legal.columns, Options(), None, lambda: 60.0, None)
    relaxed = lp.relax()
    return BoundTree(matrix, lp, legal, relaxed, lp.raw_basis())


def never() -> bool:
    return False


def test_a_split_raises_the_bound_to_the_least_cost_by_hand() -> None:
    """At most one plant: dual 3, 3 x 5 + (6 - 3 x 4) x 1 = 9. Two plants: dual 0, 6 x 2 = 12. The least is 9, and one
    plant with a tonne missing costs just that: a plan."""
    m = plant()
    tree = tree_of(m)
    assert tree.bound == approx(7.5, rel=1e-6)
    tree.raise_to(9.1, np.inf, never)
    assert tree.bound == approx(9, rel=1e-6)
    assert tree.plan is not None
    assert tree.plan.objective == approx(9)
    cases = tree.cases()
    assert cases.splits == [(0, 1), None, None]
    assert bound_of_cases(m, cases) == tree.bound
    by_hand = Cases([(0, 1), None, None], [np.array([3.0]), np.array([0.0])])
    assert bound_of_cases(m, by_hand) == approx(9, rel=1e-9)
    assert proven_by_cases(_program(m), [("build('p0', 'n')", 1), None, None], [[3.0], [0.0]]) == 9


def test_a_case_without_any_plan_is_proven_by_a_ray() -> None:
    """A plant of 4 t for 20 M USD, 5 t wanted, of which 4 may be missing at 3 M USD: 4 missing and a quarter of the
    plant, 12 + 5 = 17. Without the plant 1 t is neither made nor missing: no plan. With it 20 + 3 = 23."""
    m = program([20, 3], [([4, 1], 5, NO)], [1, 4], integers=1)
    tree = tree_of(m)
    assert tree.bound == approx(17, rel=1e-6)
    tree.raise_to(22.9, np.inf, never)
    assert tree.bound == approx(23, rel=1e-6)
    assert bound_of_cases(m, tree.cases()) == tree.bound


def test_splits_end_where_the_last_ones_raised_the_bound_by_too_little() -> None:
    """Of 24 cases one is there: 23 more may come. The bound is 7.5, 9.1 is needed. If the last four splits raised it
    from 7.1, a split raises it by 0.1, half of it 23 times by 1.15, to 8.65: not tried. From 6.9: by 0.15, 1.725,
    to 9.225: tried, and the split brings 9."""
    for before, after in ((7.1, 7.5), (6.9, 9)):
        tree = tree_of(plant())
        tree._bounds = [before, 7.2, 7.3, 7.4]
        tree.raise_to(9.1, np.inf, never)
        assert tree.bound == approx(after, rel=1e-6)


def test_a_case_whose_duals_prove_nothing_has_at_least_the_bound_it_comes_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At most one plant and two plants, both without duals: dual 1.5 of before proves 1.5 x 5 = 7.5 of both."""
    tree = tree_of(plant())
    monkeypatch.setattr(RelaxationLP, "row_duals", lambda lp: None)
    tree.raise_to(9.1, np.inf, never)
    assert tree.bound == approx(7.5, rel=1e-6)
    assert len(tree.cases().duals) == 2


def test_splits_that_leave_out_plans_are_refused() -> None:
    """Each is what a tampered result might tell: half of the cases, a column that may be split, none at all."""
    m = _program(plant())
    z, s = "build('p0', 'n')", "build('p1', 'n')"
    with pytest.raises(ValueError, match="does not tell all cases"):
        proven_by_cases(m, [(z, 1), None], [[3.0]])
    with pytest.raises(ValueError, match="fewer duals than cases"):
        proven_by_cases(m, [(z, 1), None, None], [[3.0]])
    with pytest.raises(ValueError, match="more cases than"):
        proven_by_cases(m, [None, None], [[3.0], [0.0]])
    for column in (s, "other"):
        with pytest.raises(ValueError, match="no number of modules"):
            proven_by_cases(m, [(column, 1), None, None], [[3.0], [0.0]])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_bound_of_a_tree_of_cases_never_passes_the_least_cost(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = [(random.integers(0, 5, 5).astype(float).tolist(), float(random.integers(1, 12)), NO) for _ in range(3)]
    m = program(random.integers(1, 9, 5).astype(float).tolist(), rows, [2, 2, 2, 2, 20], integers=4)
    best = HighsSolve(m, Options(gap=0.0)).solve()
    if best.objective is None:
        return
    tree = tree_of(m)
    before = tree.bound
    tree.raise_to(best.objective, np.inf, never)
    assert before - 1e-9 <= tree.bound <= best.objective + 1e-6
    kept = proof_of(m, tree.cases())
    assert kept is not None
    again = cases_of(m, kept)
    assert again is not None
    assert list(again.splits) == list(tree.cases().splits)
    exact = proven_by_cases(_program(m), kept.splits, [y.tolist() for y in kept.duals])
    assert exact is not None
    assert kept.bound <= exact + 1e-9
    assert exact <= best.objective + 1e-6


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A random case whose search is that of a large one, so that its bound has cases."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "FEW_INTEGERS", 0)
        for seed in range(40):
            tables = random_case(seed)
            case = didymium.read(write_case(tables, tmp_path_factory.mktemp("tree") / "case"))
            try:
                found = didymium.solve(case, gap_percent=0.01)
            except didymium.NoPlan:
                continue
            if found.proof is not None and len(found.proof.splits) > 1:
                return found
    raise AssertionError("no random case needed a split")


def test_a_result_keeps_its_cases_and_verify_proves_them_again(plan: Plan, tmp_path: Path) -> None:
    assert plan.proof is not None
    folder = plan.save(tmp_path)[0].parent
    kept = didymium.load(folder).proof
    assert kept is not None
    assert list(kept.splits) == list(plan.proof.splits)
    assert all((a == b).all() for a, b in zip(kept.duals, plan.proof.duals, strict=True))
    statement = verify(folder)
    assert statement.holds, statement.differences
    assert statement.bound is not None
    assert statement.bound.proven == approx(plan.summary["bound_by_duals_musd"], rel=1e-6)
    half = replace(kept, splits=list(kept.splits)[:-1], duals=list(kept.duals)[:-1])
    left_out = reprove(plan.source, plan.scenarios, plan.summary, half)
    assert left_out.difference is not None
    assert left_out.difference.found == "the proof does not tell all cases that its splits make"


def test_a_plan_with_cases_can_be_started_from(plan: Plan) -> None:
    """Its cases prove its bound at once, in the same model."""
    assert plan.proof is not None
    inputs = didymium.read(plan.source.source)
    _, matrix, _ = prepare(inputs.case, path_tree(inputs.case, inputs.case.base.name))
    cases = cases_of(matrix, plan.proof)
    assert cases is not None
    assert bound_of_cases(matrix, cases) == approx(plan.proof.bound, rel=1e-9)

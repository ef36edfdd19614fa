"""Balances level by level instead of up to each level: the same points, the same cost, the same duals."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from random_cases import random_case, write_case

import didymium
from didymium.case.tree import path_tree
from didymium.engine.bound import safe_bound
from didymium.engine.highs import HighsSolve, Options
from didymium.engine.level_rows import level_rows
from didymium.engine.matrix import Matrix
from didymium.engine.solve import prepare
from didymium.engine.sparse import csc_matrix

NO = np.inf


def three_levels() -> Matrix:
    """Clean goods at 3 a tonne, others at 1; use of 1 t needs clean ones, 3 t more take either; the rest is thrown
    away."""
    return Matrix(
        cost=np.array([3.0, 1.0, 0.0]),
        offset=0.0,
        a=csc_matrix(np.array([[1.0, 0, 0], [1, 1, 0], [1, 1, -1]])),
        low=np.array([1.0, 4, 4]),
        high=np.array([NO, NO, 4]),
        lower=np.zeros(3),
        upper=np.full(3, NO),
        integer=np.zeros(3, dtype=bool),
        columns=[("bought", ("clean",)), ("bought", ("other",)), ("dump", ("n",))],
        rows=[("balance", ("here", "oxide", level, "n")) for level in range(3)],
    )


def test_three_levels_by_hand() -> None:
    """Up to level 0: clean >= 1. Up to 1: clean + other >= 4. All: clean + other - dump = 4. So 1 t clean and 3 t
    other, 3 + 3 = 6. Level by level: clean - s0 = 1; other + s0 - s1 = 3; s1 - dump = 0.

    A tonne more of clean use takes one of the others' place: 3 - 1 = 2. Where a tonne of either is used for another
    reason does not matter, so the other two duals share 1: what level by level is 3, 1 and something between 0 and 1.
    """
    m = three_levels()
    found = level_rows(m)
    assert found.matrix.a.toarray().tolist() == [[1, 0, 0, -1, 0], [0, 1, 0, 1, -1], [0, 0, -1, 0, 1]]
    assert found.matrix.low.tolist() == found.matrix.high.tolist() == [1, 3, 0]
    solved = HighsSolve(found.matrix, Options()).solve()
    assert solved.x is not None
    assert solved.row_duals is not None
    assert solved.x.tolist() == approx([1, 3, 0, 0, 0])
    assert solved.row_duals[:2].tolist() == approx([3, 1])
    duals = found.duals(solved.row_duals)
    assert duals[0] == approx(2)
    assert duals[1] + duals[2] == approx(1)
    assert duals[1] >= 0
    assert safe_bound(m, duals) == approx(6, rel=1e-9)
    ray = np.array([0.0, 1.0, 0.0])  # level 1 alone is up to level 1 less up to level 0
    assert found.duals(ray).tolist() == [-1, 1, 0]


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_random_cases_keep_their_relaxation(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        case = didymium.read(write_case(random_case(seed), Path(folder) / "case")).case
    _, m, _ = prepare(case, path_tree(case, case.base.name))
    found = level_rows(m)
    whole, sparse = (HighsSolve(model.relaxed(), Options()).solve() for model in (m, found.matrix))
    assert sparse.stopped == whole.stopped
    if whole.objective is None:
        return
    assert sparse.x is not None
    assert sparse.row_duals is not None
    size = max(1.0, abs(whole.objective))
    assert sparse.objective == approx(whole.objective, abs=1e-6 * size)
    assert m.relaxed().violation(sparse.x[: len(m.cost)]) < 1e-6
    assert safe_bound(m, found.duals(sparse.row_duals)) == approx(whole.objective, abs=1e-5 * size)

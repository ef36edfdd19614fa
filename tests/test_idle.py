"""What a plan builds and never runs is left out, where it may be and costs less without; by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytest import approx
from test_rounding import NO, program

from didymium.engine import search
from didymium.engine.highs import Options
from didymium.engine.idle import without_idle
from didymium.engine.matrix import Matrix
from didymium.engine.rounding import LegalModules, RelaxationLP
from didymium.engine.search import Search

WITHIN_90_PERCENT = Options(gap=0.9, time_limit=60.0)


def works(running: float, committed: int = 0) -> Matrix:
    """3 t wanted, bought at 2 M USD a tonne or made in a works of 10 t, which costs 5 and `running` a tonne."""
    m = program([5, running, 2], [([10, -1, 0], 0, NO), ([0, 1, 1], 3, NO)], [1, NO, NO], integers=1)
    columns = [("build", ("works", "n")), ("run", ("works", "melt", "0", "n")), ("buy", ("friend", "here", "n"))]
    return replace(m, columns=columns, lower=np.array([float(committed), 0.0, 0.0]))


def test_only_what_never_runs_and_need_not_be_built_is_left_out() -> None:
    m = works(3)
    idle, running = np.array([1.0, 0.0, 3.0]), np.array([1.0, 3.0, 0.0])
    fewer = without_idle(m, LegalModules(m), idle)
    assert fewer is not None
    assert fewer.tolist() == [0]
    assert without_idle(m, LegalModules(m), running) is None
    committed = works(3, committed=1)
    assert without_idle(committed, LegalModules(committed), idle) is None


def test_what_another_plant_requires_stays() -> None:
    """The mill, which runs, may only be built after the works, which does not: mill <= works."""
    m = program([5, 4, 1, 2], [([1, -1, 0, 0], 0, NO), ([0, 10, -1, 0], 0, NO), ([0, 0, 1, 1], 3, NO)], [1, 1, NO, NO])
    m = replace(
        m,
        integer=np.array([True, True, False, False]),
        columns=[("build", ("works", "n")), ("build", ("mill", "n")), ("run", ("mill", "melt", "0", "n")), ("buy", ())],
    )
    assert without_idle(m, LegalModules(m), np.array([1.0, 1.0, 3.0, 0.0])) is None
    left = without_idle(m, LegalModules(m), np.array([1.0, 0.0, 0.0, 3.0]))
    assert left is not None
    assert left.tolist() == [0, 0]


@pytest.mark.parametrize("few", [search.FEW_INTEGERS, -1])  # as a small case, and as a large one
def test_a_plan_within_the_gap_is_left_without_what_never_runs(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """To run costs 3 a tonne, to buy 2: with the works 5 + 6 = 11 M USD, without it 6. From the plan with the works,
    and a bound of 2.9, a search to 90 % is over at once: (11 - 2.9) / 11 = 74 %. The works is left out all the same.
    Running for 1, it stays: 5 + 3 = 8, 64 %."""
    monkeypatch.setattr(search, "FEW_INTEGERS", few)
    for running, cost in ((3, 6), (1, 8)):
        found = Search(works(running), WITHIN_90_PERCENT, None, None, None, np.array([1.0]), bound=2.9).run()
        assert found.objective == approx(cost)
        assert found.x is not None
        assert found.x[0] == (running == 1)


def test_it_is_left_out_in_the_relaxation_that_is_kept() -> None:
    m = works(3)
    legal = LegalModules(m)
    looking = Search(m, WITHIN_90_PERCENT, None, None, None)
    looking.lp = RelaxationLP(m, legal.columns, WITHIN_90_PERCENT, None, lambda: 60.0, None)
    looking.lp.relax()
    looking._keep(looking.lp.solve(np.ones(1), np.ones(1)))
    assert looking.best is not None
    assert looking.best.objective == approx(11)
    looking._leave_out_idle(legal)
    assert looking.best.objective == approx(6)

"""Cases of others: warehouse locations of OR-Library cost what is published; all twelve: python
tests/explore_orlib.py."""

from __future__ import annotations

import pytest
from explore_orlib import CLOSE, EXACT, compared
from orlib import NAMES, SCALE, case, instance, published
from pytest import approx
from worlds import ask, solve, total

from didymium.case.tree import path_tree
from didymium.engine.bound import safe_bound
from didymium.engine.cuts import with_cuts
from didymium.engine.highs import HighsSolve
from didymium.engine.solve import prepare


@pytest.mark.parametrize("name", ["cap41", "cap61", "cap71", "cap74"])
def test_a_location_of_16_warehouses_costs_what_is_published(name: str) -> None:
    """The search proves it, the re-check has passed, and every customer is served."""
    plan = solve(case(name))
    assert SCALE * plan.cost == approx(published(name), rel=CLOSE)
    assert plan.summary["status"] == "optimal"
    assert total(plan, "demand", "short_t") == approx(0, abs=1e-6)


def test_the_instances_are_as_published() -> None:
    """16, 25 or 50 warehouses and 50 customers; a warehouse has room for all of its kind."""
    sizes = {name: (len(instance(name).capacity), len(instance(name).demand)) for name in NAMES}
    assert len(NAMES) == 12
    assert set(sizes.values()) == {(16, 50), (25, 50), (50, 50)}
    assert all(sum(instance(name).capacity) > sum(instance(name).demand) for name in NAMES)


def test_a_direct_model_finds_the_same() -> None:
    (one,) = compared(["cap64"], times=1)
    assert not one.differs


@pytest.mark.parametrize("name", ["cap61", "cap72"])
def test_with_cuts_the_relaxation_opens_whole_warehouses(name: str) -> None:
    """What each of 16 warehouses ships to each of 50 customers is at most his demand, and nothing where it is not
    opened: 800 cuts. Then no search is needed."""
    inputs = ask(case(name)).case
    _, matrix, _ = prepare(inputs, path_tree(inputs, inputs.base.name))
    strong = with_cuts(matrix)
    relaxed = [HighsSolve(m.relaxed(), EXACT).solve() for m in (matrix, strong)]
    bounds = [SCALE * (safe_bound(m, r.row_duals) or 0.0) for m, r in zip((matrix, strong), relaxed, strict=True)]
    assert bounds[0] < 0.95 * published(name)
    assert bounds[1] == approx(published(name), rel=CLOSE)
    assert len(strong.rows) - len(matrix.rows) == 16 * 50

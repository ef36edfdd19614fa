"""Cuts x <= u x sum of modules: which are found, that no plan breaks one, and what they are for."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from test_rounding import NO, program

from didymium.engine.cuts import with_cuts
from didymium.engine.highs import HighsSolve, Options
from didymium.engine.matrix import Matrix

EXACT = Options(gap=0.0, time_limit=30.0)


def cuts(m: Matrix) -> list[dict[int, float]]:
    """The rows that are added, each as column -> coefficient."""
    added = with_cuts(m).a.tocsr()[len(m.rows) :]
    return [dict(zip(added[k].indices.tolist(), added[k].data.tolist(), strict=True)) for k in range(added.shape[0])]


def test_what_a_customer_takes_is_cut_by_the_plant_that_serves_him() -> None:
    # y opens a plant of 10 t that costs 5; it makes z <= 10 y and ships x <= z; the customer takes 2 t: x + short = 2,
    # short costs 3 a tonne. Relaxed: y = 0.2 costs 1. With x <= 2 y it is y = 1, cost 5; 2 t short would cost 6.
    m = program(
        [5, 0, 0, 3], [([-10, 1, 0, 0], -NO, 0), ([0, 1, -1, 0], 0, NO), ([0, 0, 1, 1], 2, 2)], [1, NO, NO, NO], 1
    )
    assert cuts(m) == [{0: approx(-2), 2: 1.0}]
    assert HighsSolve(m.relaxed(), EXACT).solve().objective == approx(1)
    assert HighsSolve(with_cuts(m).relaxed(), EXACT).solve().objective == approx(5)
    assert HighsSolve(m, EXACT).solve().objective == approx(5)


def test_modules_of_two_years_count_together() -> None:
    # z <= 10 y1 + 10 y2, x <= z, x <= 2: x <= 2 (y1 + y2)
    rows: list[tuple[list[float], float, float]] = [([-10, -10, 1, 0], -NO, 0), ([0, 0, 1, -1], 0, NO)]
    assert cuts(program([1, 1, 0, -1], rows, [1, 1, NO, 2], 2)) == [{0: approx(-2), 1: approx(-2), 3: 1.0}]


def test_what_can_come_from_elsewhere_is_not_cut() -> None:
    # 1 t exists beside the plant: z <= 1 + 10 y; or x may be bought: x <= z + b
    assert cuts(program([1, 0, 0], [([-10, 1, 0], -NO, 1), ([0, 1, -1], 0, NO)], [1, NO, 2], 1)) == []
    rows: list[tuple[list[float], float, float]] = [([-10, 1, 0, 0], -NO, 0), ([0, 1, 1, -1], 0, NO)]
    assert cuts(program([1, 0, 0, 0], rows, [1, NO, 5, 2], 1)) == []


def test_a_plant_hardly_larger_than_its_customer_is_not_cut() -> None:
    # 10 y against 9.5 t: x <= 9.5 y says little more than x <= 10 y
    assert cuts(program([1, -1], [([-10, 1], -NO, 0)], [1, 9.5], 1)) == []
    assert cuts(program([1, -1], [([-10, 1], -NO, 0)], [1, 5.0], 1)) == [{0: approx(-5), 1: 1.0}]


def test_a_column_that_may_be_negative_gives_no_cut() -> None:
    m = program([1, 0, -1], [([-10, 1, 1], -NO, 0)], [1, 5, 5], 1)
    assert len(cuts(m)) == 2
    m.lower[1] = -3.0
    assert cuts(m) == []


small = st.integers(-4, 4).map(float)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.lists(small, min_size=6, max_size=6), st.integers(0, 6)), min_size=1, max_size=5), st.data()
)
def test_no_plan_of_a_random_program_is_cut_off(rows: list[tuple[list[float], int]], data: st.DataObject) -> None:
    """Whatever is sought, the least cost with integers is the same with the cuts and without."""
    cost = data.draw(st.lists(small, min_size=6, max_size=6))
    m = program(cost, [(entries, -NO, float(side % 4)) for entries, side in rows], [2, 1, 9, 4, 7, 3], 2)
    found = [HighsSolve(one, EXACT).solve() for one in (m, with_cuts(m))]
    assert found[0].objective == approx(found[1].objective, abs=1e-6)
    strong = with_cuts(m)
    assert found[0].x is not None
    assert (strong.a @ found[0].x <= strong.high + 1e-6 * np.maximum(1, np.abs(strong.high))).all()

"""A plan without branching: the nearest legal numbers of modules, moves of single modules, a bound from any duals."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from scipy.sparse import csc_matrix

from didymium.engine.bound import safe_bound
from didymium.engine.highs import HighsSolve, Options, Outcome
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.rounding import NEAR, LegalModules, RelaxationLP, improved, rounded
from didymium.statuses import StopReason


def program(
    cost: list[float], rows: list[tuple[list[float], float, float]], upper: list[float], integers: int = 0
) -> Matrix:
    """min cost.x over 0 <= x <= upper; rows are (entries, low, high); the first `integers` columns are integer."""
    size = len(cost)
    return Matrix(
        cost=np.array(cost),
        offset=0.0,
        a=csc_matrix(np.array([row for row, _, _ in rows])),
        low=np.array([low for _, low, _ in rows]),
        high=np.array([high for _, _, high in rows]),
        lower=np.zeros(size),
        upper=np.array(upper),
        integer=np.arange(size) < integers,
        columns=[("build", (f"p{k}", "n")) for k in range(size)],
        rows=[("rule", (k,)) for k in range(len(rows))],
    )


NO = np.inf


def test_the_bound_of_any_duals() -> None:
    # min 2x + 3y, x + y >= 4, x <= 3: x = 3, y = 1 cost 9. Dual 3: d = (-1, 0), bound 12 - 1 x 3 = 9.
    # Dual 2: d = (0, 1), bound 8. Dual 0: 0. Dual -1 (wrong sign, for there is no upper side): taken as 0.
    m = program([2, 3], [([1, 1], 4, NO)], [3, NO])
    for dual, bound in ((3, 9), (2, 8), (0, 0), (-1, 0)):
        found = safe_bound(m, np.array([float(dual)]))
        assert found == approx(bound, rel=1e-9, abs=1e-12), dual
        assert found <= bound


def test_duals_a_shade_too_high_are_scaled_where_a_column_has_no_upper_bound() -> None:
    # min 2x, x >= 4, nothing above: dual 2 x (1 + 1e-6) leaves d = -2e-6 of a column without upper bound; scaled by
    # 1 / (1 + 2e-6) the bound is 8 x (1 - 1e-6), not minus infinity. A dual of 4 scaled by 1 / 3 gives 16 / 3.
    m = program([2], [([1], 4, NO)], [NO])
    assert safe_bound(m, np.array([2 * (1 + 1e-6)])) == approx(8 * (1 - 1e-6), rel=1e-9)
    assert safe_bound(m, np.array([4.0])) == approx(16 / 3, rel=1e-9)


def test_a_row_bounds_a_column_that_has_no_bound() -> None:
    # min -x, x + y <= 5, x and y without upper bound: the row says x <= 5, so even dual 0 proves -5.
    assert safe_bound(program([-1, 0], [([1, 1], -NO, 5)], [NO, NO]), np.array([0.0])) == approx(-5, rel=1e-6)
    # Nothing bounds x below minus infinity of cost: no duals prove anything.
    assert safe_bound(program([-1, 0], [([1, -1], -NO, 5)], [NO, NO]), np.array([0.0])) is None


numbers = st.integers(-4, 4).map(float)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_duals_prove_more_than_the_optimum(data: st.DataObject) -> None:
    size, rows = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    cost = data.draw(st.lists(numbers, min_size=size, max_size=size))
    sides = [(data.draw(st.lists(numbers, min_size=size, max_size=size)), data.draw(numbers), NO) for _ in range(rows)]
    m = program(cost, sides, [float(data.draw(st.sampled_from([1, 3, 10]))) for _ in range(size)])
    solved = HighsSolve(m, Options()).solve()
    duals = np.array(data.draw(st.lists(st.floats(-3, 3), min_size=rows, max_size=rows)))
    bound = safe_bound(m, duals)
    if solved.stopped == "optimal":
        assert solved.objective is not None
        assert solved.row_duals is not None
        assert bound is not None
        assert bound <= solved.objective + 1e-6
        assert safe_bound(m, solved.row_duals) == approx(solved.objective, abs=1e-6)


def test_the_nearest_legal_modules() -> None:
    # a + b <= 1 is a rule over modules alone; c is none. 0.6 + 0.7: one of the two must go. Down costs twice.
    # (0, 1): 2 x 0.6 + 0.3 = 1.5; (1, 0): 0.4 + 2 x 0.7 = 1.8; (0, 0): 2 x 1.3 = 2.6.
    m = program([1, 1, 1], [([1, 1, 0], -NO, 1), ([1, 0, 1], 2, NO)], [1, 1, 9], integers=2)
    legal = LegalModules(m)
    assert legal.columns.tolist() == [0, 1]
    assert legal.keep(np.array([1.0, 0.0]))
    assert not legal.keep(np.array([1.0, 1.0]))
    assert not legal.keep(np.array([2.0, -1.0]))
    nearest = legal.nearest(np.array([0.6, 0.7]), legal.lower, legal.upper)
    assert nearest is not None
    assert nearest.tolist() == [0, 1]
    # A committed module: a + b >= 1. The cheaper of the two is b.
    committed = LegalModules(program([5, 4], [([1, 1], 1, NO)], [1, 1], integers=2)).cheapest()
    assert committed is not None
    assert committed.tolist() == [0, 1]
    assert LegalModules(program([5, 4], [([1, 1], 3, NO)], [1, 1], integers=2)).cheapest() is None


class OffByAShade(RelaxationLP):
    """A relaxation whose fixed modules come back off by more than is near to an integer, as in large cases."""

    def solve(self, lower: Floats, upper: Floats, cutoff: float = np.inf) -> Outcome | None:
        found = super().solve(lower, upper, cutoff)
        self.modules = self.modules + np.where(lower == upper, 2 * NEAR, 0.0)
        return found


def test_rounding_ends_where_fixed_modules_come_back_a_shade_off() -> None:
    # As below with a third plant, which is worth nothing: a is fixed at 1 first, then c is still free and at 0.
    m = program([6, 1, 9, 1], [([10, 4, 1, 1], 12, NO)], [1, 1, 1, NO], integers=3)
    legal = LegalModules(m)
    lp = OffByAShade(m, legal.columns, Options(), None, lambda: 60.0, None)
    lp.relax()
    plan = rounded(lp, legal)
    assert plan is not None
    assert plan.objective == approx(7)


class Losing(RelaxationLP):
    """A relaxation whose solves from a basis lose their point, as after many iterations: so many in a row."""

    lost, stopped = 0, StopReason.OPTIMAL

    def _attempt(self) -> Outcome:
        found = super()._attempt()
        if self._fast and self.lost:
            self.lost -= 1
            found.x, found.stopped = None, self.stopped
        return found


def test_a_point_that_is_lost_is_found_again() -> None:
    # As below: a alone costs 6 + 2 = 8. Lost once, it is found from its own basis; twice, from nothing.
    m = program([6, 1, 1], [([10, 4, 1], 12, NO)], [1, 1, NO], integers=2)
    alone = np.array([1.0, 0.0])
    for times, stopped in ((1, StopReason.OPTIMAL), (2, StopReason.OPTIMAL), (2, StopReason.FAILED)):
        lp = Losing(m, LegalModules(m).columns, Options(), None, lambda: 60.0, None)
        lp.relax()
        lp.lost, lp.stopped = times, stopped
        found = lp.solve(alone, alone)
        assert found is not None
        assert found.objective == approx(8)
        assert found.x is not None
        assert found.x == approx([1, 0, 2])
        assert lp.lost == 0


class Hasty(RelaxationLP):
    """A relaxation whose solves from a basis may not take a single iteration."""

    def _be_fast(self) -> None:
        super()._be_fast()
        self._solve.set_options(simplex_iteration_limit=0)


def test_a_solve_of_too_many_iterations_is_made_with_care() -> None:
    # As below: b alone costs 1 + 8 = 9, a alone 6 + 2 = 8
    m = program([6, 1, 1], [([10, 4, 1], 12, NO)], [1, 1, NO], integers=2)
    lp = Hasty(m, LegalModules(m).columns, Options(), None, lambda: 60.0, None)
    lp.relax()
    for alone, cost in ((np.array([0.0, 1.0]), 9), (np.array([1.0, 0.0]), 8)):
        found = lp.solve(alone, alone)
        assert found is not None
        assert found.objective == approx(cost)


def test_rounding_and_one_move_find_the_best_plan() -> None:
    # Plants a (10 t for 6) and b (4 t for 1), 12 t wanted, a tonne short costs 1: a + b: 7 for 14 t, nothing short;
    # a alone 6 + 2 = 8, b alone 1 + 8 = 9, none 12. Relaxed: b = 1, a = 0.8: 5.8. Rounded: a = b = 1, the best.
    m = program([6, 1, 1], [([10, 4, 1], 12, NO)], [1, 1, NO], integers=2)
    legal = LegalModules(m)
    lp = RelaxationLP(m, legal.columns, Options(), None, lambda: 60.0, None)
    assert lp.relax().objective == approx(5.8)
    plan = rounded(lp, legal)
    assert plan is not None
    assert plan.objective == approx(7)
    # From nothing built (12), single moves find it: b saves 4 - 1 a module, a 10 - 6; the larger promise first.
    nothing = lp.solve(np.zeros(2), np.zeros(2))
    assert nothing is not None
    assert nothing.objective == approx(12)
    found = [p.objective for p in improved(lp, legal, ["a", "b"], nothing, lambda p: False, 10)]
    assert found == [approx(8), approx(7)]

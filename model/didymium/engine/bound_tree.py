"""A bound above the relaxation's, by splitting the decisions that the relaxation splits, most costly ones first.

A number of modules that is no whole number in the case of the least bound makes two cases of it: at most so many, or
more. The least bound of all cases rises with each split, at first by much: a plant that the relaxation builds to
62 % is either not built or paid for in full. Measured on the default case: eight solves of 0.2 CPU s raise the bound
by 0.16 % of the cost, where HiGHS needs 13 CPU s for half of that.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np

from didymium.engine.bound import implied_bounds, safe_bound
from didymium.engine.cases import Cases, Split
from didymium.engine.highs import Outcome
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.rounding import NEAR, LegalModules, RelaxationLP

CASES = 24  # so many at most: the result keeps the duals of each
LAST = 4  # splits by which it is judged how far more of them would raise the bound
ROOM = 5e-5  # of the bound that is needed: by how much more a case is solved, for what rounding outward takes away


@dataclass(slots=True)
class _Case:
    """Bounds of the modules, the duals that prove its bound; where the relaxation ended in it, None where it was left
    because its bound is high enough, or where it has no plan."""

    lower: Floats
    upper: Floats
    duals: Floats
    bound: float
    modules: Floats | None
    basis: highspy.HighsBasis
    split: Split | None = None
    parts: tuple[_Case, _Case] | None = None


class BoundTree:
    """The cases so far, from that of all plans on: `relaxed` is the relaxation of the model, `basis` that in which `lp`
    ended with it."""

    def __init__(
        self, matrix: Matrix, lp: RelaxationLP, legal: LegalModules, relaxed: Outcome, basis: highspy.HighsBasis
    ) -> None:
        assert relaxed.x is not None
        assert relaxed.row_duals is not None
        self._implied = implied_bounds(matrix)
        known = safe_bound(matrix, relaxed.row_duals, self._implied)
        bound = -math.inf if known is None else known
        self._matrix, self._lp, self._legal = matrix, lp, legal
        self._cost = np.abs(matrix.cost[legal.columns])
        modules = relaxed.x[legal.columns]
        self._all = _Case(legal.lower, legal.upper, relaxed.row_duals, bound, modules, basis)
        self._open: list[tuple[float, int, _Case]] = [(bound, 0, self._all)]
        self._count = 1
        self._bounds: list[float] = []  # before each split
        self.plan: Outcome | None = None  # the cheapest that the relaxation of a case was

    @property
    def bound(self) -> float:
        """The bound on the least cost, M USD."""
        return self._open[0][0]

    def raise_to(self, needed: float, solves: float, stop: Callable[[], bool]) -> None:
        """Split until the bound is `needed`, M USD, so many solves are spent, or splits will not raise it so far."""
        end = self._lp.solves + solves
        while self._within_reach(needed) and self._lp.solves < end and not stop():
            case = self._open[0][2]
            at = None if case.modules is None else self._costliest(case)
            if at is None:
                return
            parts = self._halves(case, at, needed + ROOM * abs(needed))
            if parts is None:
                return
            self._bounds.append(self.bound)
            heapq.heappop(self._open)
            column = int(self._legal.columns[at])
            case.split, case.parts = (column, int(parts[0].upper[at])), parts
            for part in parts:
                heapq.heappush(self._open, (part.bound, self._count, part))
                self._count += 1

    def _within_reach(self, needed: float) -> bool:
        """Whether the bound is below what is needed, and would come to it with all cases that there may be if each
        split raised it by half of what the last ones did on average: later ones raise it by less."""
        if self.bound >= needed:
            return False
        left = CASES - len(self._open)
        if len(self._bounds) < LAST:
            return left > 0
        rise = (self.bound - self._bounds[-LAST]) / LAST
        return self.bound + left * rise / 2 >= needed

    def cases(self) -> Cases:
        """Return what proves the bound."""
        splits: list[Split | None] = []
        duals = []
        left = [self._all]
        while left:
            case = left.pop()
            splits.append(case.split)
            if case.parts is None:
                duals.append(case.duals)
            else:
                left += [case.parts[1], case.parts[0]]
        return Cases(splits, duals)

    def _costliest(self, case: _Case) -> int | None:
        """The modules of which the relaxation splits the most capital; None where it splits none."""
        assert case.modules is not None
        down = case.modules - np.floor(case.modules + NEAR)
        split = np.minimum(down, 1.0 - down)
        split[(split <= NEAR) | (case.lower >= case.upper)] = 0.0
        weighed = split * (self._cost + 1e-9 * (1.0 + self._cost.max(initial=0.0)))
        return int(weighed.argmax()) if weighed.any() else None

    def _halves(self, case: _Case, at: int, cutoff: float) -> tuple[_Case, _Case] | None:
        """The two cases of a split; None where one proves nothing, as when time is up."""
        assert case.modules is not None
        maximum = np.floor(case.modules[at])
        fewer, more = case.upper.copy(), case.lower.copy()
        fewer[at], more[at] = maximum, maximum + 1
        first = self._solved(case, case.lower, fewer, cutoff)
        second = None if first is None else self._solved(case, more, case.upper, cutoff)
        return None if first is None or second is None else (first, second)

    def _solved(self, parent: _Case, lower: Floats, upper: Floats, cutoff: float) -> _Case | None:
        """One case: its relaxation, up to the cutoff; None where what the solver leaves proves nothing."""
        self._lp.go_back(parent.basis)
        found = self._lp.solve(lower, upper, cutoff)
        part = self._part(lower, upper)
        ray = self._lp.ray() if found is None else None
        if ray is not None:
            duals, bound = self._without_plan(part, parent.duals, ray, cutoff)
        else:
            duals = self._lp.row_duals()
            bound = None if duals is None else safe_bound(part, duals, self._implied)
        if duals is None or bound is None or bound < parent.bound:
            kept = safe_bound(part, parent.duals, self._implied)
            if kept is not None and (bound is None or kept > bound):
                duals, bound = parent.duals, kept
        if duals is None or bound is None:
            return None
        modules = None if found is None else self._lp.modules.copy()
        solved = _Case(lower, upper, duals, bound, modules, self._lp.raw_basis())
        if modules is not None and self._costliest(solved) is None:
            self._take(modules)
        return solved

    def _without_plan(
        self, part: Matrix, duals: Floats, ray: Floats, needed: float
    ) -> tuple[Floats | None, float | None]:
        """Duals of a case that has no plan, by which it costs at least what is needed: as far along the ray as it
        takes."""
        for step in 10.0 ** np.arange(-3, 10):
            for sign in (1.0, -1.0):
                far = duals + sign * step * ray
                bound = safe_bound(part, far, self._implied)
                if bound is not None and bound >= needed:
                    return far, bound
        return None, None

    def _part(self, lower: Floats, upper: Floats) -> Matrix:
        """The model of a case."""
        below, above = self._matrix.lower.copy(), self._matrix.upper.copy()
        below[self._legal.columns], above[self._legal.columns] = lower, upper
        return self._matrix.with_bounds(below, above)

    def _take(self, modules: Floats) -> None:
        """Keep the plan of whole modules, where it is cheaper than the one before."""
        integers = np.round(modules)
        plan = self._lp.solve(integers, integers) if self._legal.keep(integers) else None
        if plan is not None and (self.plan is None or (plan.objective or 0.0) < (self.plan.objective or 0.0)):
            self.plan = plan

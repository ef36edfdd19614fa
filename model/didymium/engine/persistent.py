"""An LP that stays in HiGHS: between solves only its sides, bounds and costs change, and each starts from the same
basis.

Starting a solve from the basis of its scenario, not from the last one, makes a solve independent of those before it:
however runs are shared out among workers, each gives the same figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from didymium.engine.highs import CAREFUL_SIMPLEX, FAST_SIMPLEX, quiet_highs, set_option
from didymium.engine.matrix import Floats, Matrix, load
from didymium.errors import BrokenPlan

_SAFE: tuple[dict[str, object], ...] = (
    CAREFUL_SIMPLEX,
    {"presolve": "off"},  # which calls some sound LPs infeasible
)


@dataclass(slots=True)
class LPData:
    """The arrays that may differ between solves, each complete."""

    low: Floats
    high: Floats
    lower: Floats
    upper: Floats
    cost: Floats


class PersistentLP:
    """One LP kept in HiGHS. Each solve starts from the basis of an earlier one, known by its name."""

    def __init__(self, matrix: Matrix) -> None:
        self.highs = quiet_highs()
        for name, value in FAST_SIMPLEX.items():
            set_option(self.highs, name, value)
        load(self.highs, matrix)
        self._rows = np.arange(len(matrix.low), dtype=np.int32)
        self._columns = np.arange(len(matrix.cost), dtype=np.int32)
        self._bases: dict[str, highspy.HighsBasis] = {}

    def solve(self, data: LPData, start: str | None = None, keep: str | None = None) -> Floats:
        """Return the least-cost point for these data, starting from the basis named `start`, or from none; the new
        basis is kept under the name `keep`.

        Raises BrokenPlan when there is no feasible point: the caller's rows must have slacks.
        """
        if not len(self._columns):
            return np.zeros(0)
        self.highs.changeRowsBounds(len(self._rows), self._rows, data.low, data.high)
        self.highs.changeColsBounds(len(self._columns), self._columns, data.lower, data.upper)
        self.highs.changeColsCost(len(self._columns), self._columns, data.cost)
        if start is None:
            self.highs.clearSolver()
        else:
            self.highs.setBasis(self._bases[start])
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self._once_more()
        if keep is not None:
            self._bases[keep] = self.highs.getBasis()
        return np.array(self.highs.getSolution().col_value)

    def duals(self) -> tuple[Floats, Floats]:
        """Return the duals of the rows and the reduced costs of the columns of the last solve."""
        solution = self.highs.getSolution()
        return np.array(solution.row_dual), np.array(solution.col_dual)

    def _once_more(self) -> None:
        """From nothing, with HiGHS's own choices, then without presolve: slower, and proof against cycling."""
        for way in _SAFE:
            for name, value in way.items():
                set_option(self.highs, name, value)
            self.highs.clearSolver()
            self.highs.run()
            if self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
                break
        for name, value in {**FAST_SIMPLEX, "presolve": "choose"}.items():
            set_option(self.highs, name, value)
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise BrokenPlan(
                f"the operation of a fixed plan could not be solved ({self.highs.getModelStatus().name}); this is a"
                " fault of ours"
            )

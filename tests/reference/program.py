"""A mixed-integer linear program by names, handed to HiGHS as it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable

import highspy
import numpy as np

INF = highspy.kHighsInf
Name = Hashable
Coefficients = Iterable[tuple[Name, float]]


class Program:
    """Variables and rows by name. Rows that are written twice, as scenarios share their past, are kept once."""

    def __init__(self) -> None:
        self.columns: dict[Name, tuple[float, float, bool]] = {}
        self.rows: dict[tuple[frozenset[tuple[Name, float]], float, float], None] = {}
        self.costs: dict[Name, float] = defaultdict(float)
        self.constant = 0.0
        self.values: dict[Name, float] = {}

    def variable(self, name: Name, low: float = 0.0, high: float = INF, integer: bool = False) -> Name:
        """Return the name, of a variable that exists from now on."""
        self.columns.setdefault(name, (low, high, integer))
        return name

    def row(self, coefficients: Coefficients, low: float = -INF, high: float = INF) -> None:
        """Add low <= sum of coefficient x variable <= high."""
        total: dict[Name, float] = defaultdict(float)
        for name, value in coefficients:
            total[name] += value
        if low > -INF or high < INF:
            self.rows[frozenset((n, v) for n, v in total.items() if v), low, high] = None

    def solve(self, gap: float) -> float | None:
        """Return the least cost; None where no plan exists. The plan is in `values`.

        Whole numbers are rounded and the rest solved again, so that a module that is built to one part in a million
        has no worth.
        """
        if any(not coefficients and (low > 1e-9 or high < -1e-9) for coefficients, low, high in self.rows):
            return None
        names = list(self.columns)
        low, high, integer = (np.array(column) for column in zip(*self.columns.values(), strict=True))
        values = self._optimum(names, low, high, integer, gap)
        if values is not None and integer.any():
            low, high = (np.where(integer, np.round(values), bound) for bound in (low, high))
            values = self._optimum(names, low, high, np.zeros(len(names), bool), gap)
            assert values is not None, "the rounded plan breaks a rule"
        if values is None:
            return None
        self.values = dict(zip(names, values, strict=True))
        return self.constant + sum(cost * self.values[name] for name, cost in self.costs.items())

    def _optimum(
        self, names: list[Name], low: np.ndarray, high: np.ndarray, integer: np.ndarray, gap: float
    ) -> np.ndarray | None:
        """Return the values of the optimum, None where there is none."""
        highs = highspy.Highs()
        options = {"output_flag": False, "mip_rel_gap": gap, "mip_abs_gap": 1e-9, "mip_feasibility_tolerance": 1e-8}
        for option, value in options.items():
            highs.setOptionValue(option, value)
        assert highs.passModel(self._matrix(names, low, high, integer)) != highspy.HighsStatus.kError
        highs.run()
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            return np.array(highs.getSolution().col_value)
        assert status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible), status
        return None

    def _matrix(self, names: list[Name], low: np.ndarray, high: np.ndarray, integer: np.ndarray) -> highspy.HighsLp:
        place = {name: k for k, name in enumerate(names)}
        rows = [
            ([place[n] for n, _ in coefficients], [v for _, v in coefficients], low, high)
            for coefficients, low, high in self.rows
            if coefficients
        ]
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(names), len(rows)
        lp.col_cost_ = np.array([self.costs.get(name, 0.0) for name in names])
        lp.col_lower_, lp.col_upper_ = low, high
        lp.row_lower_, lp.row_upper_ = (np.array([row[k] for row in rows]) for k in (2, 3))
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = len(names), len(rows)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(len(row[0]) for row in rows)])
        lp.a_matrix_.index_ = np.concatenate([np.array(row[0], int) for row in rows]) if rows else np.array([], int)
        lp.a_matrix_.value_ = np.concatenate([np.array(row[1], float) for row in rows]) if rows else np.array([])
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(w)] for w in integer] if integer.any() else []
        return lp

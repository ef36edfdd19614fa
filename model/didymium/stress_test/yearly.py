"""Operation without foresight: each year is optimised before the next is known.

Without a view of later years a stock would be sold off in the first. So an operator keeps what the plan has in store,
and draws below it only to serve what would otherwise go short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from didymium.engine.matrix import Floats, Matrix
from didymium.engine.persistent import LPData, PersistentLP
from didymium.engine.sparse import csc_matrix, csr_matrix
from didymium.stress_test.operation import Integers, Operation

ALL_YEARS = "reserve"  # the rule whose rows add up over all years


@dataclass(frozen=True, slots=True)
class _Year:
    """One year's part of the LP, and the coefficients by which earlier years move its right-hand sides."""

    rows: Integers
    columns: Integers
    before: csr_matrix  # rows x all columns of earlier years
    lp: PersistentLP


class Yearly:
    """The LP split by year, solved one year after the other."""

    def __init__(self, operation: Operation) -> None:
        m, years = operation.matrix, len(operation.years)
        a = csr_matrix(m.a)
        row_year = np.array(
            [-1 if rule == ALL_YEARS else operation.year_of(index) for rule, index in m.rows], dtype=int
        )
        self.columns = len(m.columns)
        self.years: list[_Year] = []
        for y in range(years):
            rows, columns = (
                np.flatnonzero((row_year == y) | (row_year == -1)),
                np.flatnonzero(operation.column_year == y),
            )
            part = Matrix(
                m.cost[columns], 0.0, csc_matrix(a[rows][:, columns]), m.low[rows], m.high[rows], m.lower[columns],
                m.upper[columns],
                np.zeros(len(columns), dtype=bool), [m.columns[k] for k in columns], [m.rows[k] for k in rows],
            )  # fmt: skip
            earlier = csr_matrix(a[rows].multiply((operation.column_year < y)[np.newaxis, :]))
            self.years.append(_Year(rows, columns, earlier, PersistentLP(part)))

    def solve(self, lp_data: LPData, start: str | None = None, keep: str | None = None) -> Floats:
        """Return the operation as one vector over all columns, solved year by year.

        `start` and `keep` are names of bases, as in `PersistentLP.solve`.
        """
        x = np.zeros(self.columns)
        for year in self.years:
            x[year.columns] = year.lp.solve(_of_year(lp_data, year.rows, year.columns, year.before @ x), start, keep)
        return x


def _of_year(lp_data: LPData, rows: Integers, columns: Integers, earlier: Floats) -> LPData:
    """Return the LP data of one year, its sides less what earlier years have contributed to them."""
    return LPData(
        lp_data.low[rows] - earlier,
        lp_data.high[rows] - earlier,
        lp_data.lower[columns],
        lp_data.upper[columns],
        lp_data.cost[columns],
    )

"""The basis of a relaxation by the names of its rows and columns, so that a neighbouring model can start from it."""

from __future__ import annotations

from dataclasses import dataclass

import highspy

from didymium.engine.matrix import Matrix


@dataclass(frozen=True, slots=True)
class NamedBasis:
    """The basis in which the relaxation of a model ended, by the names of its columns and rows."""

    columns: list[tuple[str, tuple[object, ...]]]
    rows: list[tuple[str, tuple[object, ...]]]
    basis: highspy.HighsBasis

    def in_order(self, matrix: Matrix) -> highspy.HighsBasis:
        """Return the basis in the order of another model. Columns that are new stay at their lower bound, rows that are
        new are loose; HiGHS mends what then does not fit together."""
        if matrix.columns == self.columns and matrix.rows == self.rows:
            return self.basis
        column = dict(zip(self.columns, self.basis.col_status, strict=True))
        row = dict(zip(self.rows, self.basis.row_status, strict=True))
        found = highspy.HighsBasis()
        found.col_status = [column.get(name, highspy.HighsBasisStatus.kLower) for name in matrix.columns]
        found.row_status = [row.get(name, highspy.HighsBasisStatus.kBasic) for name in matrix.rows]
        found.valid, found.alien = True, True
        return found

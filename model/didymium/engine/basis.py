"""The basis of a relaxation by the names of its rows and columns, so that a neighbouring model can start from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy

from didymium.engine.matrix import Matrix

_STATES = {str(int(state)): state for state in highspy.HighsBasisStatus.__members__.values()}


@dataclass(frozen=True, slots=True)
class NamedBasis:
    """The basis in which the relaxation of a model ended, by the names of its columns and rows."""

    columns: list[tuple[str, tuple[object, ...]]]
    rows: list[tuple[str, tuple[object, ...]]]
    basis: highspy.HighsBasis

    def to_json(self) -> dict[str, object]:
        """Return it as JSON holds it: names as lists, states as digits."""
        return {
            "columns": self.columns,
            "rows": self.rows,
            "column_states": "".join(str(int(state)) for state in self.basis.col_status),
            "row_states": "".join(str(int(state)) for state in self.basis.row_status),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> NamedBasis:
        """Return what `to_json` gave. Raises ValueError where there are not as many states as names."""
        names = [[(str(name), tuple(index)) for name, index in value[key]] for key in ("columns", "rows")]
        states = [list(map(_STATES.__getitem__, value[key])) for key in ("column_states", "row_states")]
        if list(map(len, names)) != list(map(len, states)):
            raise ValueError("a basis has a state for each name")
        basis = highspy.HighsBasis()
        basis.col_status, basis.row_status = states
        basis.valid, basis.alien = True, False
        return cls(names[0], names[1], basis)

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

"""Sums over the rows of tables, each as a live formula and as the values it stands for: what row-by-row checks are made
of."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from didymium.excel.book import Area

Rows = Mapping[str, Sequence[Mapping[str, object]]]
BRANCH = "branch"
_COMPARE: dict[str, Callable[[float, float], bool]] = {"<=": operator.le, ">": operator.gt}


@dataclass(frozen=True, slots=True)
class Cells:
    """A formula that gives a value for each row of a table, and these values (None: a blank)."""

    formula: str
    values: list[object]

    def _with(self, other: Cells | float, sign: str, how: Callable[[float, float], float]) -> Cells:
        right = other if isinstance(other, Cells) else Cells(f"{other!r}", [other] * len(self.values))
        return Cells(
            f"({self.formula}{sign}{right.formula})",
            [how(_num(a), _num(b)) for a, b in zip(self.values, right.values, strict=True)],
        )

    def __add__(self, other: Cells | float) -> Cells:
        return self._with(other, "+", operator.add)

    def __sub__(self, other: Cells | float) -> Cells:
        return self._with(other, "-", operator.sub)

    def __mul__(self, other: Cells | float) -> Cells:
        return self._with(other, "*", operator.mul)

    def __truediv__(self, other: Cells | float) -> Cells:
        return self._with(other, "/", lambda a, b: a / b if b else float("nan"))

    def __pow__(self, other: Cells | float) -> Cells:
        return self._with(other, "^", lambda a, b: float(a**b))

    def above(self, limit: Cells | float) -> Cells:
        """1 in each row that is above a limit, else 0."""
        return self._with(limit, ">", lambda a, b: float(not a <= b))

    def below(self, limit: Cells | float) -> Cells:
        """1 in each row that is below a limit, else 0."""
        return self._with(limit, "<", lambda a, b: float(not a >= b))

    def size(self) -> Cells:
        """Without its sign."""
        return Cells(f"ABS({self.formula})", [abs(_num(v)) for v in self.values])


Where = Cells | str | tuple[str, Cells]
"""A condition on a column: see `Sheets._where`."""


def _num(value: object) -> float:
    return 0.0 if value is None or value == "" else float(str(value))


class Sheets:
    """Tables by name, with where they stand."""

    def __init__(self, tables: Rows, areas: Mapping[str, Area]) -> None:
        self.tables, self.areas = tables, areas

    def col(self, table: str, column: str) -> Cells:
        """A column, row by row."""
        return Cells(self.range(table, column), [row.get(column) for row in self.tables[table]])

    def range(self, table: str, column: str) -> str:
        """Where a column stands. A table without rows may lack it; its first column is as blank.

        Where there is one branch it has no column, and no condition is made of it.
        """
        area = self.areas[table]
        has_none = not self.tables[table] or column == BRANCH
        return area.range(area.columns[0] if has_none and column not in area.columns else column)

    def pick(self, table: str, *columns: str) -> list[Cells]:
        return [self.col(table, column) for column in columns]

    def sums(self, table: str, column: str, **where: Where) -> Cells:
        """For each row: the sum of another table's column over its rows where columns are what `where` says; see
        `_where`."""
        found = self._matching(table, where)
        values: list[object] = [sum(_num(row.get(column)) for row in rows) for rows in found]
        return Cells(f"SUMIFS({self.range(table, column)},{self._where(table, where)})", values)

    def counts(self, table: str, **where: Where) -> Cells:
        """For each row: how many rows of another table are what `where` says."""
        return Cells(
            f"COUNTIFS({self._where(table, where)})", [float(len(rows)) for rows in self._matching(table, where)]
        )

    def _where(self, table: str, where: Mapping[str, Where]) -> str:
        """Conditions as formulas: a column is a text (`~*` is a star), the cell of the row, or compares (`<=`, `>`)
        with it.

        A name that is a word of Python ends in an underscore; a second condition on a column in two.
        """
        said = []
        for name, condition in where.items():
            if name == BRANCH and BRANCH not in self.areas[table].columns:
                continue
            text = (
                f'"{condition}"'
                if isinstance(condition, str)
                else condition.formula
                if isinstance(condition, Cells)
                else _compared(condition)
            )
            said += [self.range(table, name.rstrip("_")), text]
        return ",".join(said)

    def _matching(self, table: str, where: Mapping[str, Where]) -> list[list[Mapping[str, object]]]:
        """For each row, the rows of the other table that are meant."""
        exact = [name for name, c in where.items() if not isinstance(c, tuple)]
        by_key: dict[tuple[object, ...], list[Mapping[str, object]]] = defaultdict(list)
        for row in self.tables[table]:
            by_key[tuple(row.get(name.rstrip("_")) for name in exact)].append(row)
        rows = max(
            len(c.values if isinstance(c, Cells) else c[1].values) for c in where.values() if not isinstance(c, str)
        )
        return [self._of_row(i, where, exact, by_key) for i in range(rows)]

    def _of_row(
        self,
        i: int,
        where: Mapping[str, Where],
        exact: list[str],
        by_key: Mapping[tuple[object, ...], list[Mapping[str, object]]],
    ) -> list[Mapping[str, object]]:
        key = tuple(
            c.replace("~", "") if isinstance(c, str) else c.values[i]
            for c in (where[name] for name in exact)
            if not isinstance(c, tuple)
        )
        found = by_key.get(key, [])
        for name, condition in where.items():
            if isinstance(condition, tuple):
                sign, limit = condition
                column, least = name.rstrip("_"), _num(limit.values[i])
                found = [
                    row
                    for row in found
                    if row.get(column) not in (None, "") and _COMPARE[sign](_num(row[column]), least)
                ]
        return found


def _compared(condition: tuple[str, Cells]) -> str:
    sign, limit = condition
    return f'"{sign}"&{limit.formula}'

"""Formulas that give a value for each row of a table, each with the values that it comes to: the parts of row-by-row
checks."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from didymium.excel.book import Area
from didymium.plan.rows import as_number

Rows = Mapping[str, Sequence[Mapping[str, object]]]
BRANCH = "branch"
_COMPARE: dict[str, Callable[[float, float], bool]] = {"<=": operator.le, ">": operator.gt}


@dataclass(frozen=True, slots=True)
class RowFormula:
    """A formula that gives a value for each row of a table, and these values (None: a blank). Operators combine
    both."""

    formula: str
    values: list[object]

    def _with(self, other: RowFormula | float, sign: str, how: Callable[[float, float], float]) -> RowFormula:
        right = other if isinstance(other, RowFormula) else RowFormula(f"{other!r}", [other] * len(self.values))
        return RowFormula(
            f"({self.formula}{sign}{right.formula})",
            [how(as_number(a), as_number(b)) for a, b in zip(self.values, right.values, strict=True)],
        )

    def __add__(self, other: RowFormula | float) -> RowFormula:
        return self._with(other, "+", operator.add)

    def __sub__(self, other: RowFormula | float) -> RowFormula:
        return self._with(other, "-", operator.sub)

    def __mul__(self, other: RowFormula | float) -> RowFormula:
        return self._with(other, "*", operator.mul)

    def __truediv__(self, other: RowFormula | float) -> RowFormula:
        return self._with(other, "/", lambda a, b: a / b if b else float("nan"))

    def __pow__(self, other: RowFormula | float) -> RowFormula:
        return self._with(other, "^", lambda a, b: float(a**b))

    def above(self, limit: RowFormula | float) -> RowFormula:
        """Return 1 in each row that is above a limit, else 0; also 1 where a value is no number."""
        return self._with(limit, ">", lambda a, b: float(not a <= b))

    def below(self, limit: RowFormula | float) -> RowFormula:
        """Return 1 in each row that is below a limit, else 0; also 1 where a value is no number."""
        return self._with(limit, "<", lambda a, b: float(not a >= b))

    def total(self) -> float:
        """Return the sum of the values."""
        return sum(as_number(v) for v in self.values)

    def size(self) -> RowFormula:
        """Return the values without their sign."""
        return RowFormula(f"ABS({self.formula})", [abs(as_number(v)) for v in self.values])


Where = RowFormula | str | tuple[str, RowFormula]
"""A condition on a column: see `TableFormulas._where`."""


class TableFormulas:
    """Tables by name with their positions, from which formulas over their columns are made."""

    def __init__(self, tables: Rows, areas: Mapping[str, Area]) -> None:
        self.tables, self.areas = tables, areas
        self._by_key: dict[tuple[str, ...], dict[tuple[object, ...], list[Mapping[str, object]]]] = {}

    def col(self, table: str, column: str) -> RowFormula:
        """Return a column, row by row."""
        return RowFormula(self.range(table, column), [row.get(column) for row in self.tables[table]])

    def range(self, table: str, column: str) -> str:
        """Return the range of a column. A table without rows may lack it; then its first column serves, as blank.

        With one branch there is no column of branches, and no condition is made of it.
        """
        area = self.areas[table]
        has_none = not self.tables[table] or column == BRANCH
        return area.range(area.columns[0] if has_none and column not in area.columns else column)

    def pick(self, table: str, *columns: str) -> list[RowFormula]:
        """Return several columns of a table."""
        return [self.col(table, column) for column in columns]

    def keys(self, table: str, *columns: str) -> dict[str, Where]:
        """Return several columns of a table by name, as conditions for rows of another table."""
        return {column: self.col(table, column) for column in columns}

    def across(self, table: str, columns: Sequence[str]) -> RowFormula:
        """Return for each row the sum over several columns."""
        return reduce(operator.add, self.pick(table, *columns))

    def sums(self, table: str, column: str, **where: Where) -> RowFormula:
        """Return for each row the sum of a column of another table over the rows that meet the conditions `where`; see
        `_where`."""
        found = self._matching(table, where)
        values: list[object] = [sum([as_number(row.get(column)) for row in rows]) for rows in found]
        return RowFormula(f"SUMIFS({self.range(table, column)},{self._where(table, where)})", values)

    def counts(self, table: str, **where: Where) -> RowFormula:
        """Return for each row how many rows of another table meet the conditions `where`."""
        return RowFormula(
            f"COUNTIFS({self._where(table, where)})", [float(len(rows)) for rows in self._matching(table, where)]
        )

    def _where(self, table: str, where: Mapping[str, Where]) -> str:
        """Conditions as formulas: a column equals a text (`~*` is a star) or the cell of the row, or compares with that
        (`<=`, `>`).

        A column whose name is a keyword of Python, or that has a second condition, is written with an underscore at
        its end.
        """
        conditions = []
        for name, condition in where.items():
            if name == BRANCH and BRANCH not in self.areas[table].columns:
                continue
            text = (
                f'"{condition}"'
                if isinstance(condition, str)
                else condition.formula
                if isinstance(condition, RowFormula)
                else _compared(condition)
            )
            conditions += [self.range(table, name.rstrip("_")), text]
        return ",".join(conditions)

    def _matching(self, table: str, where: Mapping[str, Where]) -> list[list[Mapping[str, object]]]:
        """For each row, the rows of the other table that meet the conditions."""
        exact = [name for name, c in where.items() if not isinstance(c, tuple)]
        by_key = self._rows_by(table, *(name.rstrip("_") for name in exact))
        rows = max(
            len(c.values if isinstance(c, RowFormula) else c[1].values)
            for c in where.values()
            if not isinstance(c, str)
        )
        return [self._of_row(i, where, exact, by_key) for i in range(rows)]

    def _rows_by(self, table: str, *columns: str) -> dict[tuple[object, ...], list[Mapping[str, object]]]:
        """The rows of a table by their values in some columns; many checks ask for the same."""
        found = self._by_key.get((table, *columns))
        if found is None:
            found = self._by_key[table, *columns] = defaultdict(list)
            for row in self.tables[table]:
                found[tuple([row.get(column) for column in columns])].append(row)
        return found

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
                column, limit_value = name.rstrip("_"), as_number(limit.values[i])
                found = [
                    row
                    for row in found
                    if row.get(column) not in (None, "") and _COMPARE[sign](as_number(row[column]), limit_value)
                ]
        return found


def _compared(condition: tuple[str, RowFormula]) -> str:
    sign, limit = condition
    return f'"{sign}"&{limit.formula}'

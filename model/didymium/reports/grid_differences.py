"""The differences between two workbooks, cell by cell: values, formulas, sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from didymium.reports.changed_cells import cell
from didymium.tables.cells import DateNumber, ErrorValue, NoStoredValue
from didymium.tables.grid import Grid

SAME = 1e-9  # relative difference up to which two numbers are the same, and absolute difference up to which they are
# Absolute difference up to which two values of a formula are the same: each program rounds differences of large sums
# in its own way.
CALCULATED = 1e-6
# Text, quoted sheet, name or cell, number, space, prefix, sign
_PIECES = re.compile(
    r"""("(?:[^"]|"")*")|'((?:[^']|'')*)'!|((?!_xlfn)\$?[A-Za-z_][\w.$]*)|(\d+\.?\d*(?:[eE][+-]?\d+)?)|(\s+)|(_xlfn\.)|(.)""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A place (`Trade!C5`, a sheet, or a key of a file), what was found there and what was expected; the latter in
    words where the value is not known."""

    place: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.place}: {self.found}; should be {self.expected}"


def value_text(value: object) -> str:
    """Return the value of a cell as text for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, (ErrorValue, DateNumber)):
        return f"{value.text if isinstance(value, ErrorValue) else value.shown}"
    text = str(value)
    return repr(text if len(text) <= 200 else text[:197] + "...") if isinstance(value, str) else text


def same_value(a: object, b: object, slack: float = SAME) -> bool:
    """Return whether two values are the same apart from rounding. A blank and an empty text are the same."""
    if isinstance(a, DateNumber):
        a = a.serial
    if isinstance(a, bool) or isinstance(b, bool):
        a, b = (("TRUE" if v else "FALSE") if isinstance(v, bool) else v for v in (a, b))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) <= max(SAME * max(abs(a), abs(b)), slack)
    return ("" if a is None else a) == ("" if b is None else b)


def same_formula(a: str, b: str) -> bool:
    """Return whether two formulas are the same apart from what each program writes in its own way: spaces, needless
    quotes around sheet names, last digits."""
    (left, numbers), (right, others) = _parsed(a), _parsed(b)
    return left == right and all(abs(x - y) <= SAME * abs(y) for x, y in zip(numbers, others, strict=True))


def _parsed(formula: str) -> tuple[str, list[float]]:
    """A formula in its plainest form, `#` for each number that is not part of a name; and these numbers."""
    out, numbers = [], []
    for text, sheet, name, number, space, prefix, other in _PIECES.findall(formula):
        if number:
            numbers.append(float(number))
            out.append("#")
        elif sheet:
            out.append(f"{sheet}!")
        elif not space and not prefix:
            out.append(text or name or other)
    return "".join(out), numbers


def cell_place(sheet: str, row: int, column: int) -> str:
    """Return the address of a cell, `Trade!C5`; row and column count from 1, column 0 stands for the whole row."""
    return f"{sheet}!{get_column_letter(column)}{row}" if column else f"{sheet}!row {row}"


@dataclass(slots=True)
class GridComparison:
    """The differences of two workbooks, and how many formulas had no stored value to compare."""

    differences: list[Difference]
    unstored: int = 0


def compare_grids(found: Mapping[str, Grid], expected: Mapping[str, Grid]) -> GridComparison:
    """Compare every sheet found with the sheet expected."""
    comparison = GridComparison(list(_sheets(found, expected)))
    for name, grid in expected.items():
        if name in found:
            _cells(found[name], grid, comparison)
    return comparison


def _sheets(found: Mapping[str, Grid], expected: Mapping[str, Grid]) -> Iterator[Difference]:
    """Sheets that are missing, added, in another order, hidden or shown."""
    missing = [name for name in expected if name not in found]
    added = [name for name in found if name not in expected]
    yield from (Difference(name, "the sheet is missing", "there, after renaming or restoring it") for name in missing)
    yield from (Difference(name, "a sheet that was not written", "not there") for name in added)
    if not missing and not added and list(found) != list(expected):
        yield Difference("the workbook", f"its sheets are in the order {', '.join(found)}", ", ".join(expected))
    for name in expected:
        if name in found and (found[name].state == "visible") != (expected[name].state == "visible"):
            yield Difference(name, f"the sheet is {found[name].state}", expected[name].state)
    for name, grid in found.items():
        yield from (Difference(p.place, p.text, "a cell that reads") for p in grid.problems if name in expected)


def _cells(found: Grid, expected: Grid, comparison: GridComparison) -> None:
    """Compare every cell of a sheet, row by row; equal rows are skipped at once."""
    for row in range(1, max(len(found.rows), len(expected.rows)) + 1):
        ours, theirs = (g.rows[row - 1] if row <= len(g.rows) else [] for g in (expected, found))
        if ours == theirs and not any(
            (row, k) in expected.typed or (row, k) in found.typed for k in range(1, len(ours) + 1)
        ):
            continue
        for column in range(1, max(len(ours), len(theirs)) + 1):
            _cell(found, expected, row, column, comparison)
    for row, column in sorted(expected.typed.keys() | found.typed.keys()):  # formulas that show nothing
        if cell(found, row, column) is None and cell(expected, row, column) is None:
            _cell(found, expected, row, column, comparison)


def _cell(found: Grid, expected: Grid, row: int, column: int, comparison: GridComparison) -> None:
    at = row, column
    formula, meant = found.typed.get(at), expected.typed.get(at)
    value, right = cell(found, row, column), cell(expected, row, column)
    where = cell_place(expected.name, row, column)
    if (formula is None) != (meant is None) or (
        formula is not None and meant is not None and not same_formula(formula, meant)
    ):
        text = (
            f"the formula ={formula}"
            if formula is not None
            else f"no formula but {value_text(value)}"
            if meant is not None
            else value_text(value)
        )
        comparison.differences.append(
            Difference(
                where, text, f"the formula ={meant} ({value_text(right)})" if meant is not None else value_text(right)
            )
        )
    elif isinstance(value, NoStoredValue):
        comparison.unstored += 1
    elif not same_value(value, right, SAME if meant is None else CALCULATED):
        note = f" (a formula's stored value; the formula is as written: ={meant})" if meant is not None else ""
        comparison.differences.append(Difference(where, value_text(value), value_text(right) + note))

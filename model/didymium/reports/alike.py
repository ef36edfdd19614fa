"""Two workbooks held against each other cell by cell: values, formulas, sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from didymium.reports.mend import cell
from didymium.tables.cells import DateNumber, ErrorValue, NoStoredValue
from didymium.tables.grid import Grid

SAME = 1e-9  # share by which two numbers may differ, and the amount below which nothing is one
CALCULATED = 1e-6  # the amount below which the value of a formula is nothing: programs round differences of large sums each in their way
_PIECES = re.compile(
    r"""("(?:[^"]|"")*")|'((?:[^']|'')*)'!|((?!_xlfn)\$?[A-Za-z_][\w.$]*)|(\d+\.?\d*(?:[eE][+-]?\d+)?)|(\s+)|(_xlfn\.)|(.)""",
    re.DOTALL,
)  # text, quoted sheet, name or cell, number, space, prefix, sign


@dataclass(frozen=True, slots=True)
class Difference:
    """What stands in a place (`Trade!C5`, a sheet, or a key of a file) that should not. `should` is in words where it
    is not known."""

    place: str
    stands: str
    should: str

    def __str__(self) -> str:
        return f"{self.place}: {self.stands}; should be {self.should}"


def shown(value: object) -> str:
    """A cell's value in words."""
    if value is None:
        return "nothing"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, (ErrorValue, DateNumber)):
        return f"{value.text if isinstance(value, ErrorValue) else value.shown}"
    said = str(value)
    return repr(said if len(said) <= 200 else said[:197] + "...") if isinstance(value, str) else said


def alike(a: object, b: object, slack: float = SAME) -> bool:
    """Are two values the same but for what programs round? A blank and an empty text are."""
    if isinstance(a, DateNumber):
        a = a.serial
    if isinstance(a, bool) or isinstance(b, bool):
        a, b = (("TRUE" if v else "FALSE") if isinstance(v, bool) else v for v in (a, b))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) <= max(SAME * max(abs(a), abs(b)), slack)
    return ("" if a is None else a) == ("" if b is None else b)


def same_formula(a: str, b: str) -> bool:
    """Are two formulas the same but for what programs write each in their way: spaces, needless quotes around names of
    sheets, last digits?"""
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


def place(sheet: str, row: int, column: int) -> str:
    """`Trade!C5`, counted from 1."""
    return f"{sheet}!{get_column_letter(column)}{row}" if column else f"{sheet}!row {row}"


@dataclass(slots=True)
class Compared:
    """The differences of two workbooks, and how many formulas had no stored value to compare."""

    differences: list[Difference]
    unstored: int = 0


def compared(stands: Mapping[str, Grid], should: Mapping[str, Grid]) -> Compared:
    """Hold every sheet as it stands against how it should be."""
    found = Compared(list(_sheets(stands, should)))
    for name, grid in should.items():
        if name in stands:
            _cells(stands[name], grid, found)
    return found


def _sheets(stands: Mapping[str, Grid], should: Mapping[str, Grid]) -> Iterator[Difference]:
    """Sheets that are missing, added, in another order, hidden or shown."""
    missing = [name for name in should if name not in stands]
    added = [name for name in stands if name not in should]
    yield from (Difference(name, "the sheet is missing", "there, after renaming or restoring it") for name in missing)
    yield from (Difference(name, "a sheet that was not written", "not there") for name in added)
    if not missing and not added and list(stands) != list(should):
        yield Difference("the workbook", f"its sheets stand in the order {', '.join(stands)}", ", ".join(should))
    for name in should:
        if name in stands and (stands[name].state == "visible") != (should[name].state == "visible"):
            yield Difference(name, f"the sheet is {stands[name].state}", should[name].state)
    for name, grid in stands.items():
        yield from (Difference(p.place, p.text, "a cell that reads") for p in grid.problems if name in should)


def _cells(stands: Grid, should: Grid, found: Compared) -> None:
    """Every cell of a sheet, by rows; whole rows that are alike are passed over at once."""
    for row in range(1, max(len(stands.rows), len(should.rows)) + 1):
        ours, theirs = (g.rows[row - 1] if row <= len(g.rows) else [] for g in (should, stands))
        if ours == theirs and not any(
            (row, k) in should.typed or (row, k) in stands.typed for k in range(1, len(ours) + 1)
        ):
            continue
        for column in range(1, max(len(ours), len(theirs)) + 1):
            _cell(stands, should, row, column, found)
    for row, column in sorted(should.typed.keys() | stands.typed.keys()):  # formulas that show nothing
        if cell(stands, row, column) is None and cell(should, row, column) is None:
            _cell(stands, should, row, column, found)


def _cell(stands: Grid, should: Grid, row: int, column: int, found: Compared) -> None:
    at = row, column
    formula, meant = stands.typed.get(at), should.typed.get(at)
    value, right = cell(stands, row, column), cell(should, row, column)
    where = place(should.name, row, column)
    if (formula is None) != (meant is None) or (
        formula is not None and meant is not None and not same_formula(formula, meant)
    ):
        said = (
            f"the formula ={formula}"
            if formula is not None
            else f"no formula but {shown(value)}"
            if meant is not None
            else shown(value)
        )
        found.differences.append(
            Difference(where, said, f"the formula ={meant} ({shown(right)})" if meant is not None else shown(right))
        )
    elif isinstance(value, NoStoredValue):
        found.unstored += 1
    elif not alike(value, right, SAME if meant is None else CALCULATED):
        told = f" (a formula's stored value; the formula is as written: ={meant})" if meant is not None else ""
        found.differences.append(Difference(where, shown(value), shown(right) + told))

"""What a sheet's file records beside its cells: merged and hidden cells, formulas never calculated, other files."""

from __future__ import annotations

from collections.abc import Iterator

from openpyxl.utils import get_column_letter

from didymium.errors import ERROR, NOTICE, WARNING, Problem, Severity
from didymium.tables.grid import Grid
from didymium.tables.header import Header

_SHOWN = 10  # cells that are listed by name


def stored_problems(sheet: str, grid: Grid, header: Header, stale: bool) -> Iterator[Problem]:
    """Yield the problems of how a sheet is stored, below its header.

    `stale`: the file was written by a program that may not have calculated its formulas.
    """

    def problem(cell: str, text: str, severity: Severity = ERROR, code: str = "cell") -> Problem:
        return Problem(f"{sheet}!{cell}" if cell else sheet, text, severity, code)

    first, used = header.row + 1, set(header.letters.values())
    for top, left, bottom, right in grid.merged:
        if bottom > first:
            area = f"{_name(top, left)}:{_name(bottom, right)}"
            yield problem(_name(top, left), f"the cells {area} are merged; unmerge them and fill each one")
    if grid.state != "visible":
        yield problem("", "the sheet is hidden; it is read all the same", NOTICE, "hidden")
    columns = sum(start <= at + 1 <= end for start, end in grid.hidden_columns for at in used)
    if grid.hidden_rows or columns:
        text = f"{grid.hidden_rows} rows and {columns} columns are hidden or filtered out; they are read all the same"
        yield problem("", text, NOTICE, "hidden")
    formulas = [(r, c) for r, c in sorted(grid.formulas) if r > first and c - 1 in used]
    if stale and formulas:
        text = (
            f"values of formulas ({len(formulas)}, the first in {_name(*formulas[0])}) were stored by a program that"
            " may not calculate; open the file in Excel and save it"
        )
        yield problem("", text, WARNING, "stale")
    outside = [(r, c) for r, c in grid.outside if r > first and c - 1 in used]
    if outside:
        names = ", ".join(_name(r, c) for r, c in outside[:_SHOWN]) + (", ..." if len(outside) > _SHOWN else "")
        text = f"{len(outside)} cells take their value from another file as it was last stored: {names}"
        yield problem("", text, NOTICE, "outside")


def _name(row: int, column: int) -> str:
    return f"{get_column_letter(column)}{row}"

"""The raw cells of one sheet, however it was stored."""

from __future__ import annotations

from dataclasses import dataclass, field

from didymium.errors import Problem


@dataclass(slots=True)
class Grid:
    """The cells of one sheet. `rows[0]` is row 1; a row is as long as its last filled cell. `textual`: the source knows
    no types (CSV).

    The rest is what a workbook records beside its cells: what is hidden or merged, which rows are totals of an Excel
    table, where formulas stand and which of them take their value from another file.
    """

    name: str
    rows: list[list[object]]
    textual: bool = False
    problems: list[Problem] = field(default_factory=list)
    state: str = "visible"
    hidden_rows: int = 0
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)  # first and last, from 1
    # First row, first column, last row, last column
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    totals: set[int] = field(default_factory=set)  # row numbers
    formulas: set[tuple[int, int]] = field(default_factory=set)  # row, column of those with a stored value
    outside: list[tuple[int, int]] = field(default_factory=list)
    typed: dict[tuple[int, int], str] = field(default_factory=dict)  # the text of every formula, without its `=`


@dataclass(slots=True)
class Source:
    """What was read from a file or folder, before any sheet is understood."""

    grids: list[Grid]
    sha256: str
    version: int | None = None  # of the template, where the file records it
    stale: bool = False  # written by a program and never calculated: stored values of formulas may be placeholders
    problems: list[Problem] = field(default_factory=list)

"""The sheet Inputs: every input row as read, one block a table, and how to read it back."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook

from didymium.office.book import INK, Book
from didymium.tables.grid import Grid, Source
from didymium.tables.read import tables_from_source
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS

FIRST = 3  # 0-based row of the first block


def write(book: Book, tables: Tables) -> None:
    """One block a table: a dark header line, then its rows, each with its sheet and its row number there (0: a default)."""
    page = book.sheet("Inputs", "Every input row as read", "Row is the row in the input sheet; 0 marks a default that the input left out")
    at = FIRST
    for name in SHEETS:
        rows = tables[name]
        if name in tables.missing:
            continue
        columns = _columns(name, rows)
        for k, text in enumerate(["sheet", "row", *columns]):
            page.text(at, k, text, bold=True, bg_color=INK, font_color="#FFFFFF")
        page.text(at, 0, name, bold=True, bg_color=INK, font_color="#FFFFFF")
        for row in rows:
            at += 1
            page.text(at, 0, name)
            page.number(at, 1, row.number)
            for k, column in enumerate(columns):
                page.value(at, k + 2, _shown(row, column), "")
        at += 2
    page.page.set_column(0, 1, 12)
    page.page.set_column(2, 40, 16)
    page.page.freeze_panes(FIRST, 2)


def _columns(name: str, rows: list[Row]) -> list[str]:
    columns = [c.name for c in SHEETS[name].columns]
    for row in rows:
        columns += [str(c) for c in (*row.shares, *sorted(row.years), *row.extra) if str(c) not in columns]
    return columns


def _shown(row: Row, column: str) -> object:
    if column in row.values:
        value = row.values[column]
        return ";".join(value) if isinstance(value, tuple) else value
    if column in row.shares:
        return row.shares[column]
    if column.isdigit() and int(column) in row.years:
        return row.years[int(column)]
    value = row.extra.get(column)
    return value if value is None or isinstance(value, (int, float)) else str(value)


def read(path: Path) -> Tables:
    """The tables that a result workbook answers, from its sheet Inputs.

    Raises KeyError when the workbook has no such sheet, ValueError when its blocks no longer read.
    """
    page = load_workbook(path, data_only=True)["Inputs"]
    grids: dict[str, list[list[object]]] = {}
    for cells in page.iter_rows(min_row=FIRST + 1, values_only=True):
        name = cells[0]
        if isinstance(name, str) and name in SHEETS:
            grids.setdefault(name, []).append(list(cells[2:]))
    tables, problems = tables_from_source(path, Source([Grid(name, rows) for name, rows in grids.items()], ""))
    errors = [p for p in problems if p.is_error]
    if errors:
        raise ValueError("; ".join(map(str, errors[:5])))
    return tables

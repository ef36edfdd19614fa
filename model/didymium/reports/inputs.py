"""The sheet Inputs: every input row as read, one table for each input sheet; the position of each row, for links to it;
and how to read the sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from didymium.excel.book import Book, Place, Sheet
from didymium.tables.columns import SOURCE_COLUMNS
from didymium.tables.grid import Grid, Source
from didymium.tables.read import tables_from_source
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS
from didymium.tables.xlsx import read_workbook

FIRST = 3  # 0-based row of the first block


@dataclass(slots=True)
class Places:
    """The positions of input rows on the sheet Inputs: `Inputs!A12`, by sheet and id."""

    tops: dict[str, int]
    rows: dict[tuple[str, ...], int]

    def link(self, sheet: str, *key: object) -> str | None:
        """Return the target of a link to a row; None where there is no such row."""
        row = self.rows.get((sheet, *map(str, key)))
        return None if row is None else f"'Inputs'!A{row + 1}"


# The columns by which others point to a row, where they are not its first alone.
_KEYS = {
    "Demand": ("region", "segment", "commodity"),
    "Routes": ("from_region", "to_region", "stage"),
    "Stockpiles": ("region", "commodity"),
}


def places(tables: Tables) -> Places:
    """Return the position that each block and row will have."""
    found = Places({}, {})
    at = FIRST
    for name, sheet in SHEETS.items():
        if name in tables.missing:
            continue
        found.tops[name] = at
        for k, row in enumerate(tables[name], at + 1):
            key = tuple(row.text(c) for c in _KEYS.get(name, (sheet.first,)))
            found.rows.setdefault((name, *key), k)
        at += len(tables[name]) + 3
    return found


def write(book: Book, tables: Tables, where: Places) -> None:
    """Write one table for each input sheet: its rows, each with its row number there (0: a default). The source of a
    row links to the row of that source."""
    page = book.sheet(
        "Inputs",
        "Every input row as read",
        "Row is the row number in the input sheet; 0 is a default that the input did not state. Links lead to the"
        " source",
    )
    for name, top in where.tops.items():
        _write_block(page, tables, name, top, where)
    page.page.set_column(0, 1, 12)
    page.page.set_column(2, 40, 16)
    page.page.freeze_panes(FIRST, 2)
    page.page.fit_to_pages(1, 0)
    settings = FIRST + len(tables["Settings"]) if "Settings" in where.tops else FIRST + 1
    page.print_first(settings, max(where.rows.values(), default=FIRST), 8)


def _write_block(page: Sheet, tables: Tables, name: str, top: int, where: Places) -> None:
    """Write the rows of one input sheet, with the headings of the input workbook, so that people find a cell there."""
    columns = [name, "row", *columns_of(name, tables)]
    records = [
        {"": name, name: name, "row": row.number, **{c: _value(row, c) for c in columns[2:]}} for row in tables[name]
    ]
    page.table(
        records,
        columns,
        at=(top, 0),
        freeze=False,
        shape="General",
        links={column: _source_link(where, column) for column in SOURCE_COLUMNS},
        name=f"in_{name}",
        headings={c: c for c in columns},
    )


def _source_link(where: Places, source_column: str) -> Place:
    """The row of the source of a row; nowhere on the sheet Sources itself."""

    def place(record: Mapping[str, object]) -> str | None:
        source = record.get(source_column)
        return where.link("Sources", source) if source and record[""] != "Sources" else None

    return place


def columns_of(name: str, tables: Tables) -> list[str]:
    """Return the columns of a block; an empty one keeps the columns of the elements, without which its sheet could not
    be read."""
    columns = [c.name for c in SHEETS[name].columns]
    taken = {"row", name.casefold(), *columns}
    if SHEETS[name].elements and not tables[name]:
        columns += [str(r["element"]) for r in tables["Elements"]]
    for row in tables[name]:
        for c in map(str, (*row.shares, *sorted(row.years), *row.extra)):
            if c.casefold() not in taken:  # headings that differ only in capitals would be the same
                taken.add(c.casefold())
                columns.append(c)
    return columns


def _value(row: Row, column: str) -> object:
    if column in row.values:
        value = row.values[column]
        return ";".join(value) if isinstance(value, tuple) else value
    if column in row.shares:
        return row.shares[column]
    if column.isdigit() and int(column) in row.years:
        return row.years[int(column)]
    value = row.extra.get(column)
    return value if value is None or isinstance(value, (int, float)) else str(value)


def read(path: Path, lines: Sequence[Sequence[object]] | None = None) -> Tables:
    """Return the input tables of a result workbook from its sheet Inputs; `lines` are the cells of the sheet where they
    have been read already.

    Raises BadWorkbook where the file cannot be read, KeyError when it has no such sheet, ValueError when its blocks
    cannot be read.
    """
    if lines is None:
        lines = {grid.name: grid.rows for grid in read_workbook(path, {"inputs"}).grids}["Inputs"]
    grids: dict[str, list[list[object]]] = {}
    numbers: dict[str, list[object]] = {}
    for cells in lines[FIRST:]:
        name = cells[0] if cells else None
        if isinstance(name, str) and name in SHEETS:
            grids.setdefault(name, []).append(list(cells[2:]))
            numbers.setdefault(name, []).append(cells[1] if len(cells) > 1 else None)
    tables, problems = tables_from_source(path, Source([Grid(name, rows) for name, rows in grids.items()], ""))
    errors = [p for p in problems if p.is_error]
    if errors:
        raise ValueError("; ".join(map(str, errors[:5])))
    for name, row_numbers in numbers.items():
        for row in tables[name]:
            number = row_numbers[row.number - 1]
            row.number = int(number) if isinstance(number, (int, float)) else row.number
    return tables

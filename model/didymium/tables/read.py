"""Grids of raw cells to typed Tables, by the schema; every problem on the way is collected."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from openpyxl.utils import get_column_letter

from didymium.errors import BadWorkbook, Problem
from didymium.tables import cells, csv_folder, workbook
from didymium.tables.columns import FREE_COLUMNS, Column, Sheet
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SETTINGS, SHEETS
from didymium.tables.workbook import Grid

HEADER_WITHIN = 10  # rows; those above the header are for people
YEAR = re.compile(r"(19|20|21)\d\d", re.ASCII)


def read_tables(path: str | Path) -> tuple[Tables, list[Problem]]:
    """Read a workbook or a folder of CSV files.

    Returns the tables and the problems met in single cells, sheets and headers. Raises BadWorkbook only
    when the source as a whole cannot be read.
    """
    path = Path(path)
    if not path.exists():
        raise BadWorkbook([Problem(path.name or str(path), f"there is no file or folder {str(path)!r}")])
    grids, digest = csv_folder.read_grids(path) if path.is_dir() else workbook.read_grids(path)
    return tables_from_grids(path, digest, grids)


def tables_from_grids(path: Path, digest: str, grids: list[Grid]) -> tuple[Tables, list[Problem]]:
    """Type every known sheet; unknown sheets are named in a warning."""
    problems: list[Problem] = []
    tables = Tables(path, digest, {})
    by_name = _by_name(grids, problems)
    elements: list[str] = []
    order = sorted(SHEETS.values(), key=lambda sheet: bool(sheet.elements))  # Elements before what its ids head
    for sheet in order:
        grid = by_name.get(sheet.name.casefold())
        if grid is None:
            tables.missing.add(sheet.name)
            if not sheet.optional:
                near = cells.nearest(sheet.name, [g.name for g in grids])
                problems.append(Problem(sheet.name, f"the sheet {sheet.name!r} is missing{near if 'mean' in near else ''}"))
            continue
        tables.rows[sheet.name] = _Reader(sheet, grid, elements, problems).rows()
        if sheet.name == "Elements":
            elements = [str(r["element"]) for r in tables["Elements"] if r["element"]]
    _type_settings(tables, problems)
    return tables, problems


def _by_name(grids: list[Grid], problems: list[Problem]) -> dict[str, Grid]:
    found: dict[str, Grid] = {}
    known = {name.casefold() for name in SHEETS}
    for grid in grids:
        name = grid.name.strip().casefold()
        if name in found:
            problems.append(Problem(grid.name, "there are two sheets of this name; remove one"))
        elif name in known:
            found[name] = grid
        elif name != "start":
            near = cells.nearest(grid.name, SHEETS)
            problems.append(Problem(grid.name, f"unknown sheet, ignored{near if 'mean' in near else ''}", warning=True))
    return found


class _Reader:
    """Reads one sheet; cell problems go to `problems`, and the row keeps None or the default there."""

    def __init__(self, sheet: Sheet, grid: Grid, elements: list[str], problems: list[Problem]) -> None:
        self.sheet, self.grid, self.elements, self.problems = sheet, grid, elements, problems
        self.letters: dict[str, int] = {}

    def rows(self) -> list[Row]:
        start = self._header()
        if start is None:
            return []
        data = enumerate(self.grid.rows[start + 1 :], start + 2)
        return [row for number, raw in data if (row := self._row(number, raw)) is not None]

    def _problem(self, place: str, text: str, warning: bool = False) -> None:
        self.problems.append(Problem(f"{self.sheet.name}!{place}" if place else self.sheet.name, text, warning))

    def _header(self) -> int | None:
        """Find the header and note which column stands where; None when there is none."""
        for index, raw in enumerate(self.grid.rows[:HEADER_WITHIN]):
            if raw and self._heading(raw[0]).casefold() == self.sheet.first:
                self._note_columns(index, raw)
                return index
        self._problem("", f"no header found: within the first {HEADER_WITHIN} rows the first cell of one must be {self.sheet.first!r}")
        return None

    @staticmethod
    def _heading(value: object) -> str:
        if isinstance(value, float) and value == int(value):
            return str(int(value))
        return "" if value is None else str(value).strip()

    def _note_columns(self, index: int, raw: list[object]) -> None:
        declared = {c.name for c in self.sheet.columns}
        for position, value in enumerate(raw):
            heading = self._heading(value)
            if not heading:
                continue
            name = heading.casefold() if heading.casefold() in declared | FREE_COLUMNS else heading
            place = f"{get_column_letter(position + 1)}{index + 1}"
            if name in self.letters:
                first = f"{get_column_letter(self.letters[name] + 1)}{index + 1}"
                self._problem(place, f"the column {heading!r} is there twice (also {first}); remove one")
                continue
            self.letters[name] = position
            self._warn_unknown(place, name, declared)
        for column in self.sheet.columns:
            if column.name not in self.letters and not column.optional:
                near = cells.nearest(column.name, [n for n in self.letters if n not in declared])
                self._problem("", f"the column {column.name!r} is missing{near if 'mean' in near else ''}")
        for element in self.elements if self.sheet.elements else ():
            if element not in self.letters:
                self._problem("", f"the column of element {element!r} is missing")

    def _warn_unknown(self, place: str, name: str, declared: set[str]) -> None:
        if name in declared or name in FREE_COLUMNS:
            return
        if self.sheet.years is not None and YEAR.fullmatch(name):
            return
        if self.sheet.elements and name in self.elements:
            return
        near = cells.nearest(name, declared)
        self._problem(place, f"unknown column {name!r}, ignored{near if 'mean' in near else ''}", warning=True)

    def _row(self, number: int, raw: list[object]) -> Row | None:
        if all(value is None for value in raw):
            return None
        row = Row(self.sheet.name, number, {}, letters=self.letters)
        if raw[0] is None:
            self._problem(f"A{number}", f"the first cell ({self.sheet.first}) is empty but the row is not; fill it or clear the row")
            row.unread.add(self.sheet.first)
        for column in self.sheet.columns:
            row.values[column.name] = self._declared(row, column, self._raw(raw, column.name))
        for name in self.letters:
            self._undeclared(row, name, self._raw(raw, name))
        return row

    def _raw(self, raw: list[object], name: str) -> object:
        position = self.letters.get(name)
        return raw[position] if position is not None and position < len(raw) else None

    def _declared(self, row: Row, column: Column, value: object) -> object:
        if value is None:
            if not column.optional and column.name in self.letters and column.name != self.sheet.first:
                self._unread(row, column.name, f"{column.name} is empty; it must be given")
            elif not column.optional:
                row.unread.add(column.name)
            return column.default
        try:
            return read_cell(column, value, self.grid.textual)
        except cells.Unreadable as error:
            self._unread(row, column.name, str(error))
            return None

    def _undeclared(self, row: Row, name: str, value: object) -> None:
        """Year and element columns are numbers; the rest is kept as it is."""
        if name in row.values:
            return
        if self.sheet.years is not None and YEAR.fullmatch(name):
            row.years[int(name)] = self._number(row, name, value, self.sheet.years.high)
        elif self.sheet.elements and name in self.elements:
            if value is None:
                self._unread(row, name, f"the share of {name} is empty; write 0 where there is none")
            share = self._number(row, name, value, 100)
            row.shares[name] = 0.0 if share is None else share
        elif value is not None:
            row.extra[name] = value

    def _number(self, row: Row, name: str, value: object, high: float | None) -> float | None:
        if value is None:
            return None
        try:
            return _in_range(Column(name, low=0, high=high), cells.number(value, self.grid.textual))
        except cells.Unreadable as error:
            self._unread(row, name, str(error))
            return None

    def _unread(self, row: Row, column: str, text: str) -> None:
        row.unread.add(column)
        self.problems.append(row.problem(column, text))


_READERS: dict[str, Callable[[object], object]] = {
    "id": cells.identifier,
    "text": cells.text,
    "choice": cells.text,
    "ref": cells.text,
    "refs": cells.names,
    "yes_no": cells.yes_no,
    "any": cells.whatever,
}


def read_cell(column: Column, value: object, textual: bool) -> object:
    """Type one cell by its column. Raises Unreadable with what is wrong and what is allowed."""
    if column.kind == "number":
        return _in_range(column, cells.number(value, textual))
    if column.kind == "integer":
        return int(_in_range(column, cells.whole(value, textual)))
    result = _READERS[column.kind](value)
    if column.choices:
        for name in result if isinstance(result, tuple) else (result,):
            if name not in column.choices and not (column.star and name == "*"):
                raise cells.Unreadable(f"{name!r} is not one of {', '.join(column.choices)}{', *' if column.star else ''}")
    return result


def _in_range(column: Column, value: float) -> float:
    if column.low is not None and value < column.low:
        raise cells.Unreadable(f"{value:g} is too small; at least {column.low:g} {column.unit}".rstrip())
    if column.above is not None and value <= column.above:
        raise cells.Unreadable(f"{value:g} is too small; it must be more than {column.above:g} {column.unit}".rstrip())
    if column.high is not None and value > column.high:
        raise cells.Unreadable(f"{value:g} is too large; at most {column.high:g} {column.unit}".rstrip())
    return value


def _type_settings(tables: Tables, problems: list[Problem]) -> None:
    """Type each row of Settings by its own column, and add the defaults of those left out."""
    columns = {c.name: c for c in SETTINGS}
    textual = tables.source.is_dir()
    given: set[str] = set()
    for row in tables["Settings"]:
        name = row.text("setting")
        column = columns.get(name)
        if column is None:
            if name:
                problems.append(row.problem("setting", f"unknown setting {name!r}, ignored{cells.nearest(name, columns)}", warning=True))
            continue
        given.add(name)
        _type_setting(row, column, textual, problems)
    if "Settings" in tables.missing:
        return
    for name, column in columns.items():
        if name not in given:
            if not column.optional:
                problems.append(Problem("Settings", f"the setting {name!r} is missing"))
            tables.rows["Settings"].append(Row("Settings", 0, {"setting": name, "value": column.default}))


def _type_setting(row: Row, column: Column, textual: bool, problems: list[Problem]) -> None:
    value = row.values["value"]
    if value is None:
        row.values["value"] = column.default
        if not column.optional:
            problems.append(row.problem("value", f"the setting {column.name} is empty; it must be given"))
        return
    try:
        row.values["value"] = read_cell(column, value, textual)
    except cells.Unreadable as error:
        row.unread.add("value")
        row.values["value"] = None
        problems.append(row.problem("value", str(error)))

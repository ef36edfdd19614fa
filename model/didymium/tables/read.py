"""Grids of raw cells to typed Tables, by the schema; every problem on the way is collected."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from openpyxl.utils import get_column_letter

from didymium.errors import ERROR, NOTICE, WARNING, BadWorkbook, Problem, Severity
from didymium.tables import cells, read_counts
from didymium.tables.columns import Column, Sheet
from didymium.tables.csv_folder import read_folder
from didymium.tables.grid import Grid, Source
from didymium.tables.header import Header, HeaderReader
from didymium.tables.read_counts import Count
from didymium.tables.references import read_as, resolve
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import OUR_SHEETS, SETTINGS, SHEETS
from didymium.tables.sheet_names import unknown_sheet
from didymium.tables.typed import in_range, read_cell
from didymium.tables.units import unit_problems
from didymium.tables.versions import version_problems
from didymium.tables.xlsx import read_workbook

BLANK = "blank"  # the code of a problem that is only something not yet filled in
_KNOWN = {name.casefold() for name in SHEETS}
_OURS = {name.casefold() for name in OUR_SHEETS}


def read_tables(path: str | Path) -> tuple[Tables, list[Problem]]:
    """Read a workbook or a folder of CSV files.

    Returns the tables and the problems met in single cells, sheets and headers. Raises BadWorkbook only
    when the source as a whole cannot be read.
    """
    path = Path(path)
    return tables_from_source(path, read_source(path))


def read_source(path: Path) -> Source:
    """The raw cells of a workbook or a folder of CSV files. Raises BadWorkbook when there is nothing that can be
    read."""
    try:
        there, folder = path.exists(), path.is_dir()
    except OSError as error:
        raise BadWorkbook([Problem(path.name, f"cannot be reached: {error.strerror or error}", code="file")]) from error
    if not there:
        raise BadWorkbook([Problem(path.name or str(path), f"there is no file or folder {str(path)!r}", code="file")])
    if not folder and not path.is_file():  # to read from a pipe could wait for ever
        raise BadWorkbook(
            [
                Problem(
                    path.name,
                    "is neither a file nor a folder but a pipe or a device; save the workbook as a file first",
                    code="file",
                )
            ]
        )
    source = read_folder(path) if folder else read_workbook(path, {name.casefold() for name in SHEETS})
    if is_result(source):
        said = f"is a result workbook; `didymium export {path.name} CASE.xlsx` writes the inputs that it was made from"
        raise BadWorkbook([Problem(path.name, said, code="file")])
    refused = [p for p in version_problems(path, source.version) if p.is_error]
    if refused:
        raise BadWorkbook(refused)
    source.problems += version_problems(path, source.version)
    return source


def is_result(source: Source) -> bool:
    """Is it a workbook of ours that holds an answer, not an input? Some of its sheets are called as those of inputs
    are."""
    names = {grid.name for grid in source.grids}
    return {"Inputs", "Run"} <= names and "Projects" not in names


def tables_from_source(path: Path, source: Source) -> tuple[Tables, list[Problem]]:
    """Type every known sheet; unknown sheets are named in a warning, hidden ones in a notice."""
    problems = list(source.problems)
    tables = Tables(path, source.sha256, {})
    by_name = _by_name(source.grids, problems)
    elements: list[str] = []
    order = sorted(SHEETS.values(), key=lambda sheet: bool(sheet.elements))  # Elements before what its ids head
    for sheet in order:
        grid = by_name.get(sheet.name.casefold())
        if grid is None:
            tables.missing.add(sheet.name)
            if not sheet.optional:
                near = cells.nearest(
                    sheet.name, [g.name for g in source.grids if g.name.strip().casefold() not in _KNOWN]
                )
                problems.append(
                    Problem(
                        sheet.name, f"the sheet {sheet.name!r} is missing{near if 'mean' in near else ''}", code="sheet"
                    )
                )
            continue
        count = tables.counts[sheet.name] = Count()
        reader = _Reader(sheet, grid, elements, problems, count, source.stale)
        tables.rows[sheet.name] = reader.rows()
        if not reader.found:
            tables.broken.add(sheet.name)
        if sheet.name == "Elements":
            elements = [str(r["element"]) for r in tables["Elements"] if r["element"]]
    _type_settings(tables, problems)
    resolve(tables, problems)
    _set_years_aside(tables)
    return tables, problems


def _by_name(grids: list[Grid], problems: list[Problem]) -> dict[str, Grid]:
    found: dict[str, Grid] = {}
    known = {name.casefold(): name for name in SHEETS}
    names = {grid.name.strip().casefold() for grid in grids}
    for grid in grids:
        name = grid.name.strip().casefold()
        if name in found:
            problems.append(Problem(grid.name, "there are two sheets of this name; remove one", code="sheet"))
        elif name in known:
            found[name] = grid
            if grid.name != known[name] and not grid.textual:
                problems.append(
                    Problem(known[name], f"the sheet {grid.name!r} is read as {known[name]}", NOTICE, "sheet")
                )
        elif name not in _OURS:
            problems.append(unknown_sheet(grid, {known[n] for n in names if n in known}))
    return found


class _Reader:
    """Reads one sheet; cell problems go to `problems`, and the row keeps None or the default there."""

    def __init__(
        self, sheet: Sheet, grid: Grid, elements: list[str], problems: list[Problem], count: Count, stale: bool
    ) -> None:
        self.sheet, self.grid, self.elements, self.problems, self.count, self.stale = (
            sheet,
            grid,
            elements,
            problems,
            count,
            stale,
        )
        self.header = Header(0)
        self.found = False  # is there a table to read?
        self.letters: dict[str, int] = {}
        self.read_as: dict[tuple[str, str, str], list[str]] = defaultdict(
            list
        )  # column, text, what it was read as: the cells

    def rows(self) -> list[Row]:
        self.problems += [
            Problem(p.place.replace(self.grid.name, self.sheet.name, 1), p.text, p.severity, p.code)
            for p in self.grid.problems
        ]
        if any(p.code in ("file", "sheet") for p in self.grid.problems):
            return []
        header = HeaderReader(self.sheet, self.grid, self.elements, self.problems).read()
        if header is None:
            self._count_all(read_counts.ABOVE)
            return []
        self.found, self.header, self.letters = True, header, header.letters
        self.problems += unit_problems(self.sheet, self.grid, header)
        self._as_stored()
        for raw in self.grid.rows[: header.row + 1]:
            self._ignore_cells(raw, read_counts.ABOVE)
        data = enumerate(self.grid.rows[header.row + 1 :], header.row + 2)
        rows = [row for number, raw in data if (row := self._row(number, raw)) is not None]
        self.problems += [read_as(text, name, places) for (_, text, name), places in self.read_as.items()]
        return rows

    def _problem(self, place: str, text: str, severity: Severity = ERROR, code: str = "cell") -> None:
        self.problems.append(Problem(f"{self.sheet.name}!{place}" if place else self.sheet.name, text, severity, code))

    def _count_all(self, reason: str) -> None:
        for raw in self.grid.rows:
            self._ignore_cells(raw, reason)

    def _ignore_cells(self, raw: list[object], reason: str) -> None:
        filled = sum(value is not None for value in raw)
        self.count.cells_read += filled
        if filled:
            self.count.cells_ignored[reason] += filled

    def _as_stored(self) -> None:
        """What the file tells beside its cells: merged, hidden, from outside, never calculated."""
        grid, first = self.grid, self.header.row + 1
        for top, left, bottom, right in grid.merged:
            if bottom > first:
                cells_merged = f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}"
                self._problem(
                    f"{get_column_letter(left)}{top}",
                    f"the cells {cells_merged} are merged; unmerge them and fill each one",
                )
        if grid.state != "visible":
            self._problem("", "the sheet is hidden; it is read all the same", NOTICE, "hidden")
        hidden = sum(
            first <= position + 1 <= last for first, last in grid.hidden_columns for position in self.letters.values()
        )
        if grid.hidden_rows or hidden:
            self._problem(
                "",
                f"{grid.hidden_rows} rows and {hidden} columns are hidden or filtered out; they are read all the same",
                NOTICE,
                "hidden",
            )
        used = set(self.letters.values())
        below = [(r, c) for r, c in sorted(grid.formulas) if r > first and c - 1 in used]
        if self.stale and below:
            said = (
                f"values of formulas ({len(below)}, the first in {_name(*below[0])}) were stored by a program that may"
                " not calculate; open the file in Excel and save it"
            )
            self._problem("", said, WARNING, "stale")
        outside = [(r, c) for r, c in grid.outside if r > first and c - 1 in used]
        if outside:
            shown = ", ".join(_name(r, c) for r, c in outside[:10]) + (", ..." if len(outside) > 10 else "")
            self._problem(
                "",
                f"{len(outside)} cells take their value from another file as it was last stored: {shown}",
                NOTICE,
                "outside",
            )

    def _row(self, number: int, raw: list[object]) -> Row | None:
        if all(value is None or self.header.unused.get(k) == read_counts.COMPUTED for k, value in enumerate(raw)):
            self._ignore_cells(raw, read_counts.COMPUTED)
            return None
        self.count.rows_read += 1
        if number in self.grid.totals:
            self.count.rows_ignored[read_counts.TOTALS] += 1
            self._ignore_cells(raw, read_counts.TOTALS)
            return None
        before = len(self.problems)
        row = self._typed(number, raw)
        if raw[0] is not None and sum(value is not None for value in raw) == 1 and len(self.sheet.columns) > 1:
            self._alone(row, before)
        self._count_row(row, raw)
        return row

    def _typed(self, number: int, raw: list[object]) -> Row:
        """The row with every cell typed; what cannot be read is told and noted as unread."""
        row = Row(self.sheet.name, number, {}, letters=self.letters)
        row.unread |= self.header.lost
        if raw[0] is None:
            self._problem(
                f"A{number}",
                f"the first cell ({self.sheet.first}) is empty but the row is not; fill it or clear the row",
                code=BLANK,
            )
            row.unread.add(self.sheet.first)
        for column in self.sheet.columns:
            row.values[column.name] = self._declared(row, column, self._raw(raw, self.header.columns.get(column.name)))
        for name, position in self.header.years.items():
            row.years[int(name)] = self._year(row, name, self._raw(raw, position))
        for name in self.elements if self.sheet.elements else ():
            if name in self.header.elements:
                row.shares[name] = self._share(row, name, self._raw(raw, self.header.elements[name]))
            else:
                row.unread.add(name)
        row.years |= {int(name): None for name in self.header.lost if name.isdecimal()}
        self._extras(row, raw)
        return row

    def _alone(self, row: Row, before: int) -> None:
        """A row of which only the first cell is filled is one problem, not one for each cell that it lacks."""
        told = self.problems[before:]
        blank = [p for p in told if p.code == BLANK]
        self.problems[before:] = [p for p in told if p.code != BLANK]
        if blank and len(blank) == len(told):
            said = (
                "only the first cell of the row is filled; fill the others, or, if this is a note, move it above the"
                " header or clear it"
            )
            self._problem(f"A{row.number}", said, code=BLANK)

    @staticmethod
    def _raw(raw: list[object], position: int | None) -> object:
        return raw[position] if position is not None and position < len(raw) else None

    def _declared(self, row: Row, column: Column, value: object) -> object:
        if value is None:
            row.blank.add(column.name)
            if not column.optional and column.name in self.header.columns and column.name != self.sheet.first:
                self._unread(row, column.name, f"{column.name} is empty; it must be given", BLANK)
            elif not column.optional:
                row.unread.add(column.name)
            return column.default
        try:
            typed = read_cell(column, value, self.grid.textual)
        except cells.Unreadable as error:
            self._unread(row, column.name, str(error))
            return None
        self._taken(row, column, value)
        self._respelt(row, column, value, typed)
        return typed

    def _respelt(self, row: Row, column: Column, value: object, typed: object) -> None:
        """Say where a text was read as an id or word that is spelt in another way; an id keeps it as its name."""
        if not isinstance(value, str) or column.kind not in ("id", "choice", "refs"):
            return
        said = cells.names(value) if isinstance(typed, tuple) else (cells.text(value),)
        for text, name in zip(said, typed if isinstance(typed, tuple) else (str(typed),), strict=True):
            if text != name:
                self.read_as[column.name, text, name].append(row.cell(column.name))
                if column.kind == "id" and column.name == self.sheet.first:
                    row.extra["name"] = text

    def _taken(self, row: Row, column: Column, value: object) -> None:
        """Say where a cell was read though it is stored as something else."""
        if isinstance(value, cells.PercentNumber) and value and column.kind in ("number", "integer"):
            self.problems.append(
                row.problem(
                    column.name, f"{float(value):.10g} is shown as {value.shown}; {float(value):.10g} is used", NOTICE
                )
            )
        if isinstance(value, cells.DateNumber):
            self.problems.append(
                row.problem(
                    column.name, f"{value.serial:g} is formatted as a date ({value.shown}); the number is used", NOTICE
                )
            )
        elif (
            column.kind in ("id", "ref", "refs", "text", "choice")
            and isinstance(value, (int, float))
            and column.name != "year"
        ):
            self.problems.append(
                row.problem(column.name, f"a number where a name is meant; read as {cells.text(value)!r}", NOTICE)
            )

    def _share(self, row: Row, name: str, value: object) -> float:
        if value is None:
            self._unread(row, name, f"the share of {name} is empty; write 0 where there is none", BLANK)
            row.blank.add(name)
        share = self._number(row, Column(name, unit="%", low=0, high=100), value)
        return 0.0 if share is None else share

    def _extras(self, row: Row, raw: list[object]) -> None:
        """Columns of the planner's own are kept as they are; an error value is told wherever it stands."""
        for name, position in (*self.header.free.items(), *self.header.extras.items()):
            value = self._raw(raw, position)
            if value is None:
                continue
            try:
                row.extra[name] = value.shown if isinstance(value, cells.DateNumber) else cells.whatever(value)
            except cells.Unreadable as error:
                self._unread(row, name, str(error))

    def _count_row(self, row: Row, raw: list[object]) -> None:
        """Every filled cell is used, or ignored for a reason."""
        count, header = self.count, self.header
        reasons = {
            **header.unused,
            **dict.fromkeys(header.free.values(), read_counts.FREE),
            **dict.fromkeys(header.extras.values(), read_counts.UNKNOWN),
        }
        faulty = {self.letters[name] for name in row.unread if name in self.letters}
        used = {*header.columns.values(), *header.years.values(), *header.elements.values()}
        for position, value in enumerate(raw):
            if value is None:
                continue
            count.cells_read += 1
            if position in faulty:
                count.cells_ignored[read_counts.FAULTY] += 1
            elif position in used:
                count.cells_used += 1
            else:
                count.cells_ignored[reasons.get(position, read_counts.HEADLESS)] += 1
        if row.unread:
            count.rows_ignored[read_counts.FAULTY] += 1
        else:
            count.rows_used += 1
        count.defaults += sum(1 for c in self.sheet.columns if c.name in row.blank and c.default is not None)

    def _year(self, row: Row, name: str, value: object) -> float | None:
        assert self.sheet.years is not None
        return self._number(row, Column(name, unit=self.sheet.years.unit, low=0, high=self.sheet.years.high), value)

    def _number(self, row: Row, column: Column, value: object) -> float | None:
        if value is None:
            return None
        try:
            number = in_range(column, cells.number(value, self.grid.textual, column.unit))
        except cells.Unreadable as error:
            self._unread(row, column.name, str(error))
            return None
        self._taken(row, column, value)
        return number

    def _unread(self, row: Row, column: str, text: str, code: str = "cell") -> None:
        row.unread.add(column)
        self._problem(row.cell(column).partition("!")[2], text, code=code)


def _name(row: int, column: int) -> str:
    return f"{get_column_letter(column)}{row}"


def _type_settings(tables: Tables, problems: list[Problem]) -> None:
    """Type each row of Settings by its own column, and add the defaults of those left out."""
    columns = {c.name: c for c in SETTINGS}
    textual = tables.source.is_dir()
    given = {row.text("setting") for row in tables["Settings"]}
    lost: set[str] = set()
    for row in tables["Settings"]:
        name = row.text("setting")
        if name in columns:
            _type_setting(row, columns[name], textual, problems)
        elif name:
            lost |= _unknown_setting(row, name, [c for c in columns if c not in given], problems)
            if not row.unread:
                tables.counts["Settings"].set_aside(read_counts.SETTING)
    if "Settings" in tables.missing | tables.broken:
        return
    for name, column in columns.items():
        if name not in given:
            if not column.optional and name not in lost:
                problems.append(Problem("Settings", f"the setting {name!r} is missing", code="setting"))
            tables.rows["Settings"].append(
                Row("Settings", 0, {"setting": name, "value": column.default}, blank={"value"})
            )


def _unknown_setting(row: Row, name: str, absent: list[str], problems: list[Problem]) -> set[str]:
    """One that is nearly a setting that is not there is an error, and that setting is returned; another is ignored and
    told."""
    near = difflib.get_close_matches(name, absent, n=1, cutoff=0.85)
    if near:
        problems.append(
            row.problem("setting", f"unknown setting {name!r}; did you mean {near[0]!r}? The names are fixed")
        )
    else:
        problems.append(
            row.problem("setting", f"unknown setting {name!r}, ignored{cells.nearest(name, absent)}", WARNING)
        )
    return set(near)


def _type_setting(row: Row, column: Column, textual: bool, problems: list[Problem]) -> None:
    value = row.values["value"]
    if value is None:
        row.values["value"] = column.default
        if not column.optional:
            problems.append(
                replace(row.problem("value", f"the setting {column.name} is empty; it must be given"), code=BLANK)
            )
        return
    try:
        row.values["value"] = read_cell(column, value, textual)
    except cells.Unreadable as error:
        row.unread.add("value")
        row.values["value"] = None
        problems.append(row.problem("value", str(error)))


def _set_years_aside(tables: Tables) -> None:
    """Cells of years outside the plan are read but not used."""
    if not tables.years:
        return
    for name, rows in tables.rows.items():
        count = tables.counts[name]
        for row in rows:
            beyond = sum(value is not None and year not in tables.years for year, value in row.years.items())
            count.cells_used -= beyond
            if beyond:
                count.cells_ignored[read_counts.OUTSIDE] += beyond

"""One sheet's grid of raw cells to typed rows, by its declaration in the schema."""

from __future__ import annotations

from collections import defaultdict

from didymium.errors import ERROR, NOTICE, Problem, Severity
from didymium.tables import cells, read_counts
from didymium.tables.columns import Column, Sheet
from didymium.tables.grid import Grid
from didymium.tables.header import Header, HeaderReader
from didymium.tables.read_counts import Count
from didymium.tables.references import read_as
from didymium.tables.row_counts import count_row
from didymium.tables.rows import Row
from didymium.tables.stored import stored_problems
from didymium.tables.typed import BLANK, in_range, read_cell
from didymium.tables.units import unit_problems


class SheetReader:
    """Reads one sheet; cell problems go to `problems`, and the row keeps None or the default there."""

    def __init__(
        self, sheet: Sheet, grid: Grid, elements: list[str], problems: list[Problem], count: Count, stale: bool
    ) -> None:
        self.sheet, self.grid, self.elements = sheet, grid, elements
        self.problems, self.count, self.stale = problems, count, stale
        self.header = Header(0)
        self.found = False  # is there a table to read?
        self.letters: dict[str, int] = {}
        # By column, text and what the text was read as: the cells.
        self.read_as: dict[tuple[str, str, str], list[str]] = defaultdict(list)

    def rows(self) -> list[Row]:
        """Return the typed rows below the header; none where the sheet holds no table that can be read."""
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
        self.problems += stored_problems(self.sheet.name, self.grid, header, self.stale)
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
        count_row(self.count, self.sheet, self.header, row, raw)
        return row

    def _typed(self, number: int, raw: list[object]) -> Row:
        """Return the row with every cell typed; what cannot be read is a problem, and is noted as unread."""
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
        found = self.problems[before:]
        blank = [p for p in found if p.code == BLANK]
        self.problems[before:] = [p for p in found if p.code != BLANK]
        if blank and len(blank) == len(found):
            text = (
                "only the first cell of the row is filled; fill the others, or, if this is a note, move it above the"
                " header or clear it"
            )
            self._problem(f"A{row.number}", text, code=BLANK)

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
        self._read_anyway(row, column, value)
        self._respelt(row, column, value, typed)
        return typed

    def _respelt(self, row: Row, column: Column, value: object, typed: object) -> None:
        """Note where a text was read as an id or word that is spelt in another way; an id keeps it as its name."""
        if not isinstance(value, str) or column.kind not in ("id", "choice", "refs"):
            return
        texts = cells.names(value) if isinstance(typed, tuple) else (cells.text(value),)
        for text, name in zip(texts, typed if isinstance(typed, tuple) else (str(typed),), strict=True):
            if text != name:
                self.read_as[column.name, text, name].append(row.cell(column.name))
                if column.kind == "id" and column.name == self.sheet.first:
                    row.extra["name"] = text

    def _read_anyway(self, row: Row, column: Column, value: object) -> None:
        """Add a notice where a cell was read though it is stored as something else."""
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
        """Columns of the planner's own are kept as they are; an error value is a problem wherever it is."""
        for name, position in (*self.header.free.items(), *self.header.extras.items()):
            value = self._raw(raw, position)
            if value is None:
                continue
            try:
                row.extra[name] = value.shown if isinstance(value, cells.DateNumber) else cells.whatever(value)
            except cells.Unreadable as error:
                self._unread(row, name, str(error))

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
        self._read_anyway(row, column, value)
        return number

    def _unread(self, row: Row, column: str, text: str, code: str = "cell") -> None:
        row.unread.add(column)
        self._problem(row.cell(column).partition("!")[2], text, code=code)

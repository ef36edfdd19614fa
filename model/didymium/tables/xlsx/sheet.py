"""One worksheet part, streamed: only cells that hold something are kept."""

from __future__ import annotations

import re
from datetime import datetime

from openpyxl.formula.translate import Translator
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.cell import column_index_from_string, get_column_letter
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.utils.escape import unescape

from didymium.errors import Problem
from didymium.tables.cells import LONGEST_TEXT, DateNumber, ErrorValue, NoStoredValue, PercentNumber, tidy
from didymium.tables.grid import Grid
from didymium.tables.xlsx.package import Damaged, Package

LAST_ROW, LAST_COLUMN = 200_000, 500  # a filled cell beyond these is a stray one
MAX_CELLS = 5_000_000
DATE, TIME, PERCENT = "date", "time", "percent"
# What a format shows as it stands, and colours and conditions
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\[[^\]hms]*\]', re.IGNORECASE)
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_OUTSIDE = re.compile(r"'\[\d+\]|(?<![\w\])])\[\d+\]\w", re.ASCII)  # [1]Sheet!A1, '[1]My sheet'!A1


def place(text: str) -> tuple[int, int] | None:
    """Row and column, from 1, of a reference such as `C5`; None when it is none."""
    match = _PLACE.fullmatch(text.replace("$", ""))
    if match is None:
        return None
    row, column = int(match[2]), column_index_from_string(match[1])
    return (row, column) if row <= 1_048_576 and column <= 16_384 else None


class Styles:
    """How each cell style shows a number: as a date, a time, a percentage (`kinds`, in order), or as it is."""

    def __init__(self, kinds: list[str], epoch: datetime) -> None:
        self.kinds, self.epoch = kinds, epoch

    def shown(self, number: float, style: str) -> object:
        """The number with what Excel shows for it; the bare number where that is the number."""
        known = style.isdecimal() and len(style) < 7 and int(style) < len(self.kinds)
        kind = self.kinds[int(style)] if known else ""
        if kind == PERCENT:
            return PercentNumber(number)
        return self._dated(number, kind == TIME) if kind else number

    def _dated(self, serial: float, timed: bool) -> object:
        try:
            return DateNumber(serial, str(from_excel(serial, self.epoch)), timed)
        except (ValueError, OverflowError):
            return serial


def kind_of_format(code: str | None) -> str:
    """What a number format makes of a number: DATE, TIME, PERCENT, or nothing of these."""
    if not code:
        return ""
    bare = _LITERAL.sub("", code)
    if is_date_format(code):
        return TIME if re.search(r"[hs]", bare, re.IGNORECASE) and not re.search(r"[yd]", bare, re.IGNORECASE) else DATE
    return PERCENT if "%" in bare else ""


class SheetReader:
    """Collects the cells of a worksheet part into a Grid. Wrong cells become problems of the grid, not exceptions."""

    def __init__(self, grid: Grid, strings: list[str], styles: Styles) -> None:
        self.grid, self.strings, self.styles = grid, strings, styles
        self.cells: dict[tuple[int, int], object] = {}
        self.tables: list[str] = []  # relation ids of the Excel tables on the sheet
        self.row = self.column = 0
        self.at: tuple[int, int] | None = None
        self.kind = self.style = ""
        self.stored: str | None = None
        self.formula: str | None = None
        self.shared: str | None = None  # the number of a formula that several cells share
        self.masters: dict[str, tuple[str, str]] = {}  # by that number: the cell that holds its text, and the text
        self.collect: list[str] | None = None
        self.phonetic = False
        self.strays = 0

    def read(self, package: Package, part: str) -> None:
        """Read the part through, and put its cells into the grid row by row."""
        package.parse(part, self.start, self.end, self.text)
        last = max((row for row, _ in self.cells), default=0)
        rows: list[list[object]] = [[] for _ in range(last)]
        for (row, column), value in sorted(self.cells.items()):
            line = rows[row - 1]
            line.extend([None] * (column - 1 - len(line)))
            line.append(value)
        self.grid.rows = rows
        if self.strays > 20:
            self.problem("", f"{self.strays} stray cells far outside the table in all; clear them")

    def problem(self, cell: str, text: str) -> None:
        """Add a problem to the grid, at a cell or at the sheet."""
        self.grid.problems.append(Problem(f"{self.grid.name}!{cell}" if cell else self.grid.name, text, code="cell"))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an XML element."""
        if name == "c":
            self.start_cell(attributes)
        elif name in ("v", "f", "t"):
            self.collect = []
            if name == "f":
                self.formula = ""
                self.shared = attributes.get("si") if attributes.get("t") == "shared" else None
        elif name == "row":
            self.start_row(attributes)
        elif name == "rPh":
            self.phonetic = True
        elif name == "is":
            self.stored = ""
        elif name == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            corners = place(first), place(last or first)
            if corners[0] and corners[1]:
                self.grid.merged.append((*corners[0], *corners[1]))
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            ends = attributes.get("min", ""), attributes.get("max", "")
            if ends[0].isdecimal() and ends[1].isdecimal():
                self.grid.hidden_columns.append((int(ends[0]), int(ends[1])))
        elif name == "tablePart":
            self.tables += [value for key, value in attributes.items() if key.endswith(":id")]

    def start_row(self, attributes: dict[str, str]) -> None:
        """Take the beginning of a row, whose number may be missing or damaged."""
        reference = attributes.get("r")
        if reference is None:
            self.row += 1
        elif reference.isdecimal() and 0 < len(reference) < 8 and 0 < int(reference) <= 1_048_576:
            self.row = int(reference)
        else:
            self.problem(
                "", f"a row is numbered {reference!r} in the file, which is damaged; open it in Excel and save it"
            )
            self.row += 1
        self.column = 0
        if attributes.get("hidden") in ("1", "true"):
            self.grid.hidden_rows += 1

    def start_cell(self, attributes: dict[str, str]) -> None:
        """Take the beginning of a cell, whose reference may be missing or damaged."""
        self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
        self.stored = self.formula = None
        reference = attributes.get("r")
        if reference is None:
            self.at = (self.row, self.column + 1)
        else:
            self.at = place(reference)
            if self.at is None or self.at[0] != self.row:
                self.problem(
                    "",
                    f"a cell in row {self.row} has the reference {reference!r} in the file, which is damaged; open it"
                    " in"
                    " Excel and save it",
                )
                self.at = None
        if self.at:
            self.column = self.at[1]

    def text(self, text: str) -> None:
        """Collect the text of the element that is open."""
        if self.collect is not None:
            self.collect.append(text)

    def end(self, name: str) -> None:
        """Take the end of an XML element, with the text that was collected."""
        if name == "c":
            self.end_cell()
        elif name in ("v", "f", "t"):
            content = "".join(self.collect or ())
            self.collect = None
            if name == "f":
                self.formula = content
            elif name == "v":
                self.stored = content
            elif self.stored is not None and not self.phonetic:
                self.stored += content
        elif name == "rPh":
            self.phonetic = False

    def end_cell(self) -> None:
        """Put a cell that has a value or a formula into the grid."""
        if self.at is None or (self.stored is None and self.formula is None):
            return
        cell = f"{get_column_letter(self.at[1])}{self.at[0]}"
        value = self.value(cell)
        if self.formula is not None:
            self.grid.typed[self.at] = self.formula_of(cell, self.formula)
        if self.formula is not None and not isinstance(value, NoStoredValue):
            self.grid.formulas.add(self.at)
            if _OUTSIDE.search(self.formula):
                self.grid.outside.append(self.at)
        if value is None:
            return
        if self.at[0] > LAST_ROW or self.at[1] > LAST_COLUMN:
            self.strays += 1
            if self.strays <= 20:
                self.problem(cell, "a stray cell far outside the table; clear it")
        elif self.at in self.cells:
            self.problem(cell, "the cell is stored twice in the file, which is damaged; open it in Excel and save it")
        else:
            self.cells[self.at] = value
            if len(self.cells) > MAX_CELLS:
                raise Damaged(f"holds more than {MAX_CELLS:,} filled cells on the sheet {self.grid.name}")

    def formula_of(self, cell: str, formula: str) -> str:
        """A cell's formula; one that is shared is moved here from the cell that holds its text."""
        if self.shared is None:
            return formula
        origin, text = self.masters.setdefault(self.shared, (cell, formula))
        return formula or str(Translator(f"={text}", origin).translate_formula(cell)).removeprefix("=")

    def value(self, cell: str) -> object:
        """The cell by its stored type. A blank, or a formula that shows nothing, is None."""
        kind, stored = self.kind, self.stored
        if stored is None or (stored == "" and kind not in ("str", "inlineStr", "s")):
            return NoStoredValue(f"={self.formula}") if self.formula is not None else None
        if kind == "s":
            if not (stored.isdecimal() and stored.isascii() and len(stored) < 9 and int(stored) < len(self.strings)):
                self.problem(
                    cell,
                    f"the cell points to text number {stored!r}, which the file does not hold; it is damaged: open it"
                    " in"
                    " Excel and save it",
                )
                return None
            return tidy(self.strings[int(stored)])
        if kind in ("str", "inlineStr"):
            return tidy(unescape(stored[: LONGEST_TEXT + 1]))
        if kind == "b":
            return stored.strip() in ("1", "true")
        if kind == "e":
            return ErrorValue(stored)
        if kind == "d":
            return self.iso_date(stored)
        return self.numeric(cell, stored.strip())

    def iso_date(self, text: str) -> object:
        """Return a date written as text, or an error value where it is none."""
        try:
            return from_ISO8601(text)
        except (ValueError, TypeError):
            return ErrorValue(f"a date written {text!r}")

    def numeric(self, cell: str, text: str) -> object:
        """Return a number as its format shows it: a number, a percentage, a date or a time."""
        if not _NUMBER.fullmatch(text):
            self.problem(cell, f"the cell is stored as a number but says {text!r}; type it again")
            return None
        number: float = int(text) if _INTEGER.fullmatch(text) else float(text)
        return self.styles.shown(number, self.style)

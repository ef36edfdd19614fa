"""A thin layer over XlsxWriter that loses nothing silently and lets no text become a formula."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from didymium.excel.headings import heading
from didymium.results import ResultSheet, number_format

PAGE_WIDTH = 240  # characters across a printed page that can still be read
MAX_PAGES = 3  # a sheet that takes more pages is printed down to the end of its first only
PRINTED_COLUMNS = "Printed: the tables on the left; the rest is on screen"
PRINTED_PART = (
    "Printed: rows 1 to {shown} of {rows}; the rest is on screen. To print all: Page Layout > Print Area > Clear Print"
    " Area"
)
HEADER_ROW = 3  # 0-based: a title, a note and a blank line stand above every table
INK, PAPER = "#1F3A4D", "#EAF1F5"
HEAD = {"bold": True, "bg_color": INK, "font_color": "#FFFFFF", "text_wrap": True, "valign": "top"}
_FUNCTION = re.compile(r"[A-Z][A-Z.]*\(")
_LOOKS_LIKE_A_FORMULA = tuple("=+-@\t\r{")


class ExactWorksheet(Worksheet):  # type: ignore[misc]
    """A worksheet that stores every digit of a number; the writer's own keeps sixteen, and not every number survives
    that.

    A large result has 300,000 cells, so little is done for each: their attributes are addresses and indices, in which
    nothing needs an escape, and functions that needed no prefix once need none again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._without_prefix: set[str] = set()

    def _xml_number_element(self, number: float, attributes: Sequence[tuple[str, object]] = ()) -> None:
        digits = repr(float(number)).removesuffix(".0")
        self.fh.write(f"<c{_as_they_are(attributes)}><v>{digits}</v></c>")

    def _xml_string_element(self, index: int, attributes: Sequence[tuple[str, object]] = ()) -> None:
        self.fh.write(f'<c{_as_they_are(attributes)} t="s"><v>{index}</v></c>')

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """The formula as files have it: the writer's own looks for some 30 functions in each that need a prefix."""
        plain, functions = formula.removeprefix("="), set(_FUNCTION.findall(formula))
        if functions <= self._without_prefix and not formula.startswith("{"):
            return plain
        prepared = str(super()._prepare_formula(formula, expand_future_functions))
        if prepared == plain:
            self._without_prefix |= functions
        return prepared


def _as_they_are(attributes: Sequence[tuple[str, object]]) -> str:
    return "".join([f' {key}="{value}"' for key, value in attributes])


@dataclass(frozen=True, slots=True)
class Written:
    """A table as it was written: row and column of its header, from 0, columns without formulas, and their cells."""

    sheet: str
    top: int
    left: int
    columns: list[str]
    rows: list[list[object]]


class Book:
    """One workbook being written; a `with` block closes it, and any warning of the writer is an error.

    Raises OSError where it cannot be written; the writer's own error would be another one.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._content = path, BytesIO()
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "in_memory": True,  # no files of the writer itself are left where a disk fills up
        }
        self.file = xlsxwriter.Workbook(self._content, options)
        self.file.worksheet_class = ExactWorksheet
        self._formats: dict[tuple[tuple[str, object], ...], object] = {}
        self._tables = 0
        self.written: list[Written] = []
        self._kept: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self.file.close()
            self.path.write_bytes(self._content.getbuffer())

    def style(self, **properties: object) -> Any:
        """Return a cell format, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format(dict(properties))
        return self._formats[key]

    def sheet(self, name: str, title: str, note: str) -> Sheet:
        """Return a new sheet, or the one whose place was kept, with its title and note."""
        return Sheet(self, name, title, note)

    def sheet_of(self, declared: ResultSheet) -> Sheet:
        """Return a new sheet of the result schema, with its title, its note and how to read it."""
        page = Sheet(self, declared.name, declared.title, declared.note)
        page.reading(declared.reading)
        return page

    def keep_place(self, *names: str) -> None:
        """Make sheets now, to be written later in any order: Excel shows sheets in the order in which they are made."""
        self._kept |= {name: self.file.add_worksheet(name) for name in names}

    def name(self, name: str, formula: str) -> None:
        """Define a name for a range or formula."""
        accepted(self.file.define_name(name, formula))

    def table_name(self, stem: str) -> str:
        """Return a name for an Excel table that no other table of the workbook has."""
        self._tables += 1
        return f"tbl_{stem}_{self._tables}"


class Sheet:
    """One sheet: a title, a note, and tables below."""

    def __init__(self, book: Book, name: str, title: str, note: str) -> None:
        self.book, self.name = book, name
        self._printed = (0, 0)  # last row and column of the tables
        self._widths: dict[int, float] = {}
        self._words_across = max(1.7 * len(title), len(note))  # characters of a column that title and note take
        self.page = book._kept.pop(name, None) or book.file.add_worksheet(name)
        self.page.hide_gridlines(2)
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.fit_to_pages(1, 0)
        self.page.set_footer("&R&8&A, page &P of &N")
        self.text(0, 0, title, bold=True, font_size=14, font_color=INK)
        self.text(1, 0, note, italic=True, font_color="#555555")

    def text(self, row: int, column: int, text: object, **style: object) -> None:
        """Write a text that no office program takes for a formula."""
        written = str(text)
        if written[:1] in _LOOKS_LIKE_A_FORMULA:
            style["quote_prefix"] = True  # so that it stays text even when somebody edits the cell
        accepted(self.page.write_string(row, column, written, self.book.style(**style) if style else None))

    def reading(self, text: str) -> None:
        """Write a line on how to read the sheet below its note, if there is one."""
        if text:
            self.text(2, 0, text, italic=True, font_color="#555555")

    def number(self, row: int, column: int, value: float, **style: object) -> None:
        """Write a number with all its digits."""
        accepted(self.page.write_number(row, column, value, self.book.style(**style) if style else None))

    def cell(self, row: int, column: int, value: object, **style: object) -> None:
        """Write a text, a number or, for None, a blank cell in a style."""
        if value is None:
            accepted(self.page.write_blank(row, column, None, self.book.style(**style)))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            self.number(row, column, value, **style)
        else:
            self.text(row, column, value, **style)

    def link(self, row: int, column: int, target: str, text: str, tip: str = "", **style: object) -> None:
        """Write a link to a place in the workbook (`internal:'Sheet'!A1`)."""
        shape = {"font_color": "#0563C1", "underline": 1, **style}
        accepted(self.page.write_url(row, column, target, self.book.style(**shape), text, tip or None))

    def formula(self, row: int, column: int, formula: str, value: float | str, **style: object) -> None:
        """Write a formula with its value, so that viewers that do not calculate show it too."""
        accepted(self.page.write_formula(row, column, formula, self.book.style(**style) if style else None, value))

    def value(self, row: int, column: int, value: object, name: str = "", shape: str = "") -> None:
        """Write a cell by what it holds; the number format is `shape`, or follows the column's name."""
        self._plain_cells(name, shape)(self, row, column, {name: value})

    def _plain_cells(self, name: str, shape: str) -> Cell:
        """Return how to write the cells of a column by what they hold; the formats are looked up once."""
        shown = shape or number_format(name)
        of_numbers = self.book.style(num_format=shown) if shown else None
        of_texts = self.book.style(indent=1)
        write_number, write_string = self.page.write_number, self.page.write_string

        def write(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
            value = record.get(name)
            if value is None:
                return
            if isinstance(value, bool):
                page.text(row, column, "yes" if value else "no")
            elif isinstance(value, (int, float)):
                accepted(write_number(row, column, float(value), of_numbers))
            elif (text := str(value)).startswith(_LOOKS_LIKE_A_FORMULA):
                page.text(row, column, text, indent=1)
            else:
                accepted(write_string(row, column, text, of_texts))

        return write

    def table(
        self,
        rows: Sequence[Mapping[str, object]],
        columns: Sequence[str],
        at: tuple[int, int] = (HEADER_ROW, 0),
        freeze: bool = True,
        shape: str = "",
        cells: Mapping[str, Cell] | None = None,
        name: str = "",
        computed: Collection[str] = (),
        headings: Mapping[str, str] | None = None,
        notes: Mapping[str, str] | None = None,
    ) -> Area:
        """Write rows as an Excel table; an empty one keeps its headings: those of `headings.py` but for `headings`.

        `shape` is one number format for all of it, and leaves the column widths as they are. `cells` are columns whose
        cells are written by a function of their own: (sheet, row, column, record); `computed`, the last ones, hold
        formulas; `notes` are the notes on the headings, by column.
        """
        top, left = at
        kept = [c for c in columns if c not in computed]
        self.book.written.append(Written(self.name, top, left, kept, [[row.get(c) for c in kept] for row in rows]))
        above = [(headings or {}).get(column) or heading(column) for column in columns]
        if not shape:
            for k, (column, words) in enumerate(zip(columns, above, strict=True)):
                self._fit(left + k, column, words, rows)
        self._head(top, left, above, [(notes or {}).get(column, "") for column in columns])
        for k, column in enumerate(columns):
            write = (cells or {}).get(column) or self._plain_cells(column, shape)
            for i, row in enumerate(rows, top + 1):
                write(self, i, left + k, row)
        if rows:
            self._excel_table(
                top, left, above, len(rows), name or self.book.table_name(self.name.lower().replace(" ", "_"))
            )
        if freeze:
            self.page.freeze_panes(top + 1, left + 1)
            self.page.repeat_rows(top)
        self._printed = (max(self._printed[0], top + max(1, len(rows))), max(self._printed[1], left + len(columns) - 1))
        self._print(top)
        return Area(self.name, top, left, list(columns), len(rows))

    def _head(self, top: int, left: int, above: Sequence[str], notes: Sequence[str]) -> None:
        """Write the headings of a table with their notes, on two lines where one does not do."""
        for k, (words, note) in enumerate(zip(above, notes, strict=True)):
            accepted(self.page.write_string(top, left + k, words, self.book.style(**HEAD)))
            if note:
                self.note(top, left + k, note)
        if any(len(words) + 2 > self._widths.get(left + k, 99) for k, words in enumerate(above)):
            self.page.set_row(top, 31)  # two lines

    def note(self, row: int, column: int, text: str) -> None:
        """Put a note on a cell, as large as its text needs."""
        lines = sum(1 + len(line) // 46 for line in text.split("\n"))
        size = {"width": 300, "height": 18 * lines + 12, "author": "didymium", "font_size": 9}
        accepted(self.page.write_comment(row, column, text, size))

    def _excel_table(self, top: int, left: int, above: Sequence[str], rows: int, name: str) -> None:
        """Make written cells an Excel table, with filters and banded rows. Raises Warning where Excel would not open
        it."""
        heads = [{"header": words, "header_format": self.book.style(**HEAD)} for words in above]
        options = {"name": name, "style": "Table Style Light 1", "columns": heads}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            accepted(self.page.add_table(top, left, top + rows, left + len(above) - 1, options))

    def width(self, first: int, last: int, characters: float) -> None:
        """Give some columns a width of their own."""
        self.page.set_column(first, last, characters)
        self._widths |= dict.fromkeys(range(first, last + 1), characters)

    def _print(self, top: int) -> None:
        """Set what is printed: the sheet, or, of one that would take many pages, the first page, with a note that says
        so."""
        last, across = self._printed
        wide = max(1, round(sum(self._widths.values()) / PAGE_WIDTH))
        shown = rows_per_page(sum(self._widths.values()) / wide)
        if top == HEADER_ROW and wide * -(-(last + 1) // shown) > MAX_PAGES:
            self.print_first(shown - 1, last, across)
        else:
            self.page.print_area(0, 0, last, self._past_the_title(across))
        if wide > 1:
            self.page.repeat_columns(0)
        self.page.fit_to_pages(wide, 0)

    def print_first(self, shown: int, last: int, across: int) -> None:
        """Print the rows down to `shown` of those down to `last` (from 0), and write so above the table and at the foot
        of the page."""
        note = PRINTED_PART.format(shown=f"{shown - HEADER_ROW:,}", rows=f"{last - HEADER_ROW:,}")
        self.text(HEADER_ROW - 1, 0, note, font_color="#777777", font_size=8)
        self.page.set_footer(f"&L&8{note.partition('. ')[0]}&R&8&A, page &P of &N")
        self.page.print_area(0, 0, shown, self._past_the_title(across))

    def print_columns(self, last: int) -> None:
        """Print the columns up to `last` (from 0) alone, and write so at the foot of the page."""
        widths = sum(width for column, width in self._widths.items() if column <= last)
        self.page.set_footer(f"&L&8{PRINTED_COLUMNS}&R&8&A, page &P of &N")
        self.page.print_area(0, 0, self._printed[0], last)
        self.page.fit_to_pages(max(1, round(widths / PAGE_WIDTH)), 0)

    def _past_the_title(self, across: int) -> int:
        """Return the last column that is printed, so far to the right that title and note are printed in full."""
        while sum(self._widths.get(k, 9) for k in range(across + 1)) < self._words_across and across < 40:
            across += 1
        return across

    def _fit(self, column: int, name: str, heading: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Set a width that shows a column's texts in full, and its heading, with the filter's button, on two lines."""
        two_lines = max([len(word) for word in heading.split()] + [round(0.6 * len(heading))]) + 2
        widest = max([len(str(r[name])) if isinstance(r.get(name), str) else 9 for r in rows] + [two_lines])
        self._widths[column] = min(60, widest + 2)
        self.page.set_column(column, column, self._widths[column])


Cell = Callable[["Sheet", int, int, Mapping[str, object]], None]
"""Writes one cell of a table: (sheet, row, column, the row's record)."""


class Area:
    """The place of a table in the workbook, for formulas and charts."""

    def __init__(self, sheet: str, top: int, left: int, columns: list[str], rows: int) -> None:
        self.sheet, self.top, self.left, self.columns, self.rows = sheet, top, left, columns, rows

    def range(self, column: str) -> str:
        """Return `'Sheet'!$A$2:$A$9` of a column's data; of an empty table its first, blank, cell."""
        k = self.left + self.columns.index(column)
        first = xl_rowcol_to_cell(self.top + 1, k, True, True)
        last = xl_rowcol_to_cell(self.top + max(1, self.rows), k, True, True)
        return f"'{self.sheet}'!{first}:{last}"

    def series(self, column: str) -> list[object]:
        """Return the place of a column's data as XlsxWriter's charts want it: [sheet, first row, column, last row,
        column]."""
        k = self.left + self.columns.index(column)
        return [self.sheet, self.top + 1, k, self.top + max(1, self.rows), k]


def address(row: int, column: int, fixed_row: bool = False, fixed_column: bool = False) -> str:
    """Return `C5`, with `$` before what is fixed, of a cell counted from 0."""
    return str(xl_rowcol_to_cell(row, column, fixed_row, fixed_column))


def letters(column: int) -> str:
    """Return the letters of a column counted from 0."""
    return str(xl_col_to_name(column))


def rows_per_page(characters: float) -> int:
    """Return how many rows a landscape A4 page holds when so many characters are fitted into its width (261 x 172 mm
    within margins).

    A character of a column is 2.4 mm wide with its cell's edges and a row 5.3 mm high at full size; the heading takes
    two.
    """
    scale = min(1.0, 261 / (2.4 * max(1.0, characters)))
    return int(172 / (5.3 * scale)) - 2


def accepted(code: object) -> None:
    """Raise RuntimeError where XlsxWriter refused a cell: it tells so by its return code alone."""
    if isinstance(code, int) and code != 0:
        raise RuntimeError(f"the workbook writer refused a cell (code {code})")

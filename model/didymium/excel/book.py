"""A thin layer over XlsxWriter that loses nothing silently and lets no text become a formula."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from didymium.excel.headings import heading
from didymium.excel.worksheet import LOOKS_LIKE_A_FORMULA, ExactWorksheet
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
LINK: dict[str, Any] = {"font_color": "#0563C1", "underline": 1}


@dataclass(frozen=True, slots=True)
class Written:
    """A table as it was written: row and column of its header, from 0, and the cells of its columns without
    formulas."""

    sheet: str
    top: int
    left: int
    cells: dict[str, list[object]]
    rows: int


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
        self._reading = ""
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
        if written[:1] in LOOKS_LIKE_A_FORMULA:
            style["quote_prefix"] = True  # so that it stays text even when somebody edits the cell
        accepted(self.page.write_string(row, column, written, self.book.style(**style) if style else None))

    def reading(self, text: str) -> None:
        """Write a line on how to read the sheet below its note, if there is one."""
        self._reading = text
        if text:
            self.text(HEADER_ROW - 1, 0, text, italic=True, font_color="#555555")

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

    def link(self, row: int, column: int, place: str, text: str, tip: str = "", **style: object) -> None:
        """Write a text that leads to a place in the workbook (`'Sheet'!A1`)."""
        accepted(self.page.write_string(row, column, text, self.book.style(**{**LINK, **style})))
        accepted(self.page.write_links(row, column, [place], [text], tip))

    def formula(self, row: int, column: int, formula: str, value: float | str, **style: object) -> None:
        """Write a formula with its value, so that viewers that do not calculate show it too."""
        accepted(self.page.write_formula(row, column, formula, self.book.style(**style) if style else None, value))

    def value(self, row: int, column: int, value: object, name: str = "", shape: str = "") -> None:
        """Write a cell by what it holds; the number format is `shape`, or follows the column's name."""
        self.cells(row, column, [value], shape or number_format(name), indent=1)

    def cells(self, row: int, column: int, values: Sequence[object], shape: str = "", **of_texts: object) -> None:
        """Write cells one below the other by what they hold: numbers in a format, texts in a style, None as no cell."""

        def otherwise(row: int, column: int, value: object) -> None:
            if isinstance(value, bool):
                self.text(row, column, "yes" if value else "no")
            elif isinstance(value, (int, float)):
                self.number(row, column, value)
            else:
                self.text(row, column, value, **of_texts)

        numbers = self.book.style(num_format=shape) if shape else None
        texts = self.book.style(**of_texts) if of_texts else None
        accepted(self.page.write_values(row, column, values, numbers, texts, otherwise))

    def table(
        self,
        rows: Sequence[Mapping[str, object]],
        columns: Sequence[str],
        at: tuple[int, int] = (HEADER_ROW, 0),
        freeze: bool = True,
        shape: str = "",
        cells: Mapping[str, Cell] | None = None,
        links: Mapping[str, Place] | None = None,
        name: str = "",
        computed: Collection[str] = (),
        headings: Mapping[str, str] | None = None,
        notes: Mapping[str, str] | None = None,
    ) -> Area:
        """Write rows as an Excel table; an empty one keeps its headings: those of `headings.py` but for `headings`.

        `shape` is one number format for all of it, and leaves the column widths as they are. `cells` are columns whose
        cells are written by a function of their own: (sheet, row, column, record); the cells of `links` lead to the
        place that a function gives for their record; `computed`, the last ones, hold formulas; `notes` are the notes on
        the headings, by column.
        """
        top, left = at
        values = {c: [row.get(c) for row in rows] for c in columns}
        kept = {c: values[c] for c in columns if c not in computed}
        self.book.written.append(Written(self.name, top, left, kept, len(rows)))
        above = [(headings or {}).get(column) or heading(column) for column in columns]
        if not shape:
            for k, (column, words) in enumerate(zip(columns, above, strict=True)):
                self._fit(left + k, words, values[column])
        self._head(top, left, above, [(notes or {}).get(column, "") for column in columns])
        for k, column in enumerate(columns):
            write, place = (cells or {}).get(column), (links or {}).get(column)
            if write:
                for i, row in enumerate(rows, top + 1):
                    write(self, i, left + k, row)
            else:
                places = [place(row) for row in rows] if place else [None] * len(rows)
                self._column(top + 1, left + k, values[column], places, shape or number_format(column))
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

    def _column(
        self, top: int, column: int, values: Sequence[object], places: Sequence[str | None], shape: str
    ) -> None:
        """Write the cells of a column by what they hold, and as links those that have a place to lead to."""
        if any(places):
            linked = [None if place is None or v is None else str(v) for v, place in zip(values, places, strict=True)]
            self.cells(top, column, linked, **LINK, indent=1)
            led = [place if v is not None else None for v, place in zip(linked, places, strict=True)]
            accepted(self.page.write_links(top, column, led, linked))
            values = [v if text is None else None for v, text in zip(values, linked, strict=True)]
        self.cells(top, column, values, shape, indent=1)

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
            accepted(self.page.make_table(top, left, top + rows, left + len(above) - 1, options))

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
        if top == HEADER_ROW and last >= shown and wide * -(-(last + 1) // shown) > MAX_PAGES:
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
        if self._reading:  # in the same row
            self.reading(f"{self._reading}. {note}")
        else:
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

    def _fit(self, column: int, heading: str, values: Iterable[object]) -> None:
        """Set a width that shows a column's texts in full, and its heading, with the filter's button, on two lines."""
        two_lines = max([len(word) for word in heading.split()] + [round(0.6 * len(heading))]) + 2
        widest = max({len(value) if isinstance(value, str) else 9 for value in values} | {two_lines})
        self._widths[column] = min(60, widest + 2)
        self.page.set_column(column, column, self._widths[column])


Cell = Callable[["Sheet", int, int, Mapping[str, object]], None]
"""Writes one cell of a table: (sheet, row, column, the row's record)."""
Place = Callable[[Mapping[str, object]], str | None]
"""The place to which a cell of a record leads, `'Sheet'!A1`, if any."""


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

"""Finding a sheet's header, and what each of its columns is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from openpyxl.utils import get_column_letter

from didymium.errors import ERROR, NOTICE, WARNING, Problem, Severity
from didymium.tables import cells, lost, read_counts
from didymium.tables.columns import FREE_COLUMNS, Column, Sheet
from didymium.tables.grid import Grid
from didymium.tables.typed import read_cell

WITHIN = 10  # rows; those above the header are for people
LOOK_IN = 200  # rows and columns to search for a header that stands elsewhere
NEAR_LONG = 0.85  # alike enough to be the same word misspelt
NEAR_SHORT = 0.75  # of words of up to five letters, where one letter counts for more
YEAR = re.compile(r"(19|20|21)\d\d", re.ASCII)


@dataclass(slots=True)
class Header:
    """Where the header stands (0-based row), which column (0-based) holds what, and why the others are not used."""

    row: int
    columns: dict[str, int] = field(default_factory=dict)
    years: dict[str, int] = field(default_factory=dict)
    elements: dict[str, int] = field(default_factory=dict)
    free: dict[str, int] = field(default_factory=dict)
    unused: dict[int, str] = field(default_factory=dict)
    extras: dict[str, int] = field(default_factory=dict)  # unknown columns, kept as they are
    lost: set[str] = field(default_factory=set)  # columns and years that are there under a heading that is not theirs

    @property
    def letters(self) -> dict[str, int]:
        """Every named column, in the order of the sheet."""
        named = {**self.columns, **self.years, **self.elements, **self.free, **self.extras}
        return dict(sorted(named.items(), key=lambda item: item[1]))


def words(value: object) -> str:
    """Return the words of a heading: a text as typed, a year for a number or a date."""
    if isinstance(value, cells.DateNumber):
        value = value.serial if 1900 <= value.serial < 2200 else value.shown[:4]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:.12g}"
    if isinstance(value, (cells.ErrorValue, cells.NoStoredValue)):
        return ""
    text = "" if value is None else str(value).strip()
    return text[:-2] if re.fullmatch(r"\d{4}\.0", text) else text


def loose(heading: str) -> str:
    """Return a heading in the form of a column name: lower case, no unit in brackets, underscores for spaces."""
    bare = re.sub(r"[(\[][^)\]]*[)\]]\s*$", "", unicodedata.normalize("NFKC", heading).casefold()).strip()
    return re.sub(r"[^\w%*]+", "_", bare).strip("_")


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, loose(one), loose(other)).ratio()


class HeaderReader:
    """Reads the header of one sheet; what is wrong or was taken for granted goes to `problems`."""

    def __init__(self, sheet: Sheet, grid: Grid, elements: list[str], problems: list[Problem]) -> None:
        self.sheet, self.grid, self.elements, self.problems = sheet, grid, elements, problems
        self.declared = {c.name for c in sheet.columns}
        self.computed = {c.name for c in sheet.computed}
        self.seen: dict[str, str] = {}

    def read(self) -> Header | None:
        """Return the header, or None when there is none within the first ten rows."""
        rows = self.grid.rows[:WITHIN]
        index = next((k for k, raw in enumerate(rows) if raw and loose(words(raw[0])) == self.sheet.first), None)
        if index is None and (index := self._without_its_first()) is None:
            self._problem(
                "",
                f"no header found: within the first {WITHIN} rows the first cell of one must be"
                f" {self.sheet.first!r}{self._elsewhere()}",
            )
            return None
        header = Header(index)
        for position, value in enumerate(rows[index]):
            if position == 0 and loose(words(value)) != self.sheet.first:
                self._first(header, words(value))
            elif value is not None:
                self._note(header, position, value)
        self._unheaded(header)
        self._misnamed(header)
        self._missing(header)
        return header

    def _without_its_first(self) -> int | None:
        """The row that is the header but for its first cell: two or more other headings of the sheet, and that of the
        first nowhere."""
        best = max(range(len(self.grid.rows[:WITHIN])), key=self._understood, default=None)
        if best is None or self._understood(best) < min(2, len(self.sheet.columns) - 1) or self._elsewhere():
            return None
        return best

    def _understood(self, index: int) -> int:
        headings = [words(value) for value in self.grid.rows[index][1:]]
        return sum(bool(text) and self._sort(text)[1] in ("columns", "years", "elements") for text in headings)

    def _first(self, header: Header, heading: str) -> None:
        """The first heading is another word or blank; its cells are read all the same, so that this is one problem and
        not many."""
        what = f"the heading {heading!r}" if heading else "the first heading is empty: it"
        self._problem(f"A{header.row + 1}", f"{what} must be {self.sheet.first!r}; type that")
        header.columns[self.sheet.first] = 0
        self.seen[self.sheet.first] = f"A{header.row + 1}"

    def _below(self, header: Header, position: int) -> list[tuple[int, object]]:
        """The filled cells under a heading, with their row numbers from 1."""
        data = enumerate(self.grid.rows[header.row + 1 :], header.row + 2)
        return [(number, raw[position]) for number, raw in data if position < len(raw) and raw[position] is not None]

    def _unheaded(self, header: Header) -> None:
        """Filled cells without a heading: within the table an error, beside it a remark that is ignored."""
        known = {*header.letters.values(), *header.unused}
        width = max((len(raw) for raw in self.grid.rows[header.row + 1 :]), default=0)
        last = max(known, default=0)
        for position in range(width):
            below = [] if position in known else self._below(header, position)
            if not below:
                continue
            letter = get_column_letter(position + 1)
            shown = ", ".join(f"{letter}{number}" for number, _ in below[:5]) + (", ..." if len(below) > 5 else "")
            if position > last:
                self._problem(
                    f"{letter}{below[0][0]}",
                    f"no heading over {shown}; ignored: give the column a heading, or clear it",
                    WARNING,
                )
                continue
            name = self._meant(header, position)
            header.lost |= {name} - {""}
            guess = f" (is it {name!r}, which is missing?)" if name else ""
            self._problem(
                f"{letter}{header.row + 1}", f"no heading over {shown}; give the column its heading{guess}, or clear it"
            )

    def _misnamed(self, header: Header) -> None:
        """An unknown column that stands, and reads, like a column that is missing is not passed over."""
        for name, position in list(header.extras.items()):
            place = f"{get_column_letter(position + 1)}{header.row + 1}"
            there = next((p for p in self.problems if p.place == f"{self.sheet.name}!{place}"), None)
            near = self._meant(header, position)
            if not near or near in header.lost:
                continue
            if there:
                self.problems.remove(there)
            header.lost.add(near)
            self._problem(
                place,
                f"unknown column {name!r} in the usual place of {near!r}, which is missing; rename it, or add a column"
                f" {near!r}, which may be blank",
            )

    def _meant(self, header: Header, position: int) -> str:
        known = {at: name for name, at in {**header.columns, **header.years}.items()}
        return lost.meant(
            self.sheet, known, position, [value for _, value in self._below(header, position)], self._reads
        )

    def _reads(self, column: Column, value: object) -> bool:
        try:
            read_cell(column, value, self.grid.textual)
        except cells.Unreadable:
            return False
        return column.kind != "text"

    def _problem(self, place: str, text: str, severity: Severity = ERROR) -> None:
        self.problems.append(
            Problem(f"{self.sheet.name}!{place}" if place else self.sheet.name, text, severity, "header")
        )

    def _elsewhere(self) -> str:
        """Where a header was found, if not where it should be."""
        for row, raw in enumerate(self.grid.rows[:LOOK_IN]):
            for column, value in enumerate(raw[:LOOK_IN]):
                if loose(words(value)) == self.sheet.first:
                    return (
                        f"; one was found in {get_column_letter(column + 1)}{row + 1}: move it to column A, row 1 to"
                        f" {WITHIN}"
                    )
        return ""

    def _note(self, header: Header, position: int, value: object) -> None:
        """Sort one heading into the columns of the sheet."""
        heading = words(value)
        place = f"{get_column_letter(position + 1)}{header.row + 1}"
        if not heading:
            content = value.text if isinstance(value, cells.ErrorValue) else "a formula without a stored value"
            self._problem(place, f"the heading holds {content}; type the column's name")
            header.unused[position] = read_counts.UNKNOWN
            return
        name, kind = self._sort(heading)
        if name in self.seen:
            self._problem(place, f"the column {heading!r} is there twice (also {self.seen[name]}); remove one")
            header.unused[position] = read_counts.DUPLICATE
            return
        self.seen[name] = place
        if kind == read_counts.COMPUTED:
            header.unused[position] = read_counts.COMPUTED
            return
        if name != heading and kind != "years":
            self._problem(place, f"the heading {heading!r} is read as {name!r}", NOTICE)
        if kind == read_counts.UNKNOWN:
            header.lost |= {self._unknown(place, name)} - {""}
            header.extras[name] = position
        else:
            {"columns": header.columns, "years": header.years, "elements": header.elements, "free": header.free}[kind][
                name
            ] = position

    def _sort(self, heading: str) -> tuple[str, str]:
        """The name of a column and what kind it is."""
        name = loose(heading)
        if name in self.declared:
            return name, "columns"
        if name in self.computed:
            return name, read_counts.COMPUTED
        if name in FREE_COLUMNS:
            return name, "free"
        if self.sheet.years is not None and YEAR.fullmatch(name):
            return name, "years"
        if self.sheet.elements:
            if heading in self.elements:
                return heading, "elements"
            alike = [e for e in self.elements if e.casefold() == name]
            if len(alike) == 1:
                return alike[0], "elements"
        return heading, read_counts.UNKNOWN

    def _unknown(self, place: str, name: str) -> str:
        """Return the column that an unknown heading nearly spells, which is an error, or an empty text for another one.

        Another heading is kept and ignored, with a warning.
        """
        if near := self._nearly(name):
            self._problem(
                place,
                f"unknown column {name!r}; did you mean {near!r}? Rename it, or give a column of your own another name",
            )
            return near
        if lost.nearly_a_year(self.sheet, name):
            self._problem(place, f"the heading {name!r} is no year from 1900 to 2199")
        elif re.fullmatch(r"[\d.]+", name):
            self._problem(
                place, f"the heading {name!r} is a number; type the column's name, or a word for a column of your own"
            )
        else:
            guess = cells.nearest(name, self.declared)
            self._problem(place, f"unknown column {name!r}, ignored{guess if 'mean' in guess else ''}", WARNING)
        return ""

    def _nearly(self, name: str) -> str:
        """Return the absent column or element of which a heading is a misspelling; empty where there is none."""
        here = {loose(words(value)) for raw in self.grid.rows[:WITHIN] for value in raw}
        known = (*self.declared, *(self.elements if self.sheet.elements else ()))
        absent = [c for c in known if c not in here and loose(c) not in here]
        near = max(absent, key=lambda c: _likeness(c, name), default="")
        enough = NEAR_LONG if len(near) > 5 else NEAR_SHORT
        return near if near and len(name) > 1 and _likeness(near, name) >= enough else ""

    def _missing(self, header: Header) -> None:
        for column in self.sheet.columns:
            if column.name not in header.columns and not column.optional and column.name not in header.lost:
                near = cells.nearest(column.name, header.extras)
                self._problem("", f"the column {column.name!r} is missing{near if 'mean' in near else ''}")
        for element in self.elements if self.sheet.elements else ():
            if element not in header.elements and element not in header.lost:
                self._problem("", f"the column of element {element!r} is missing")

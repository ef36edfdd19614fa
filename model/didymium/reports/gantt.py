"""The timeline of an investment, drawn in cells: one for each year, with a letter so that it can be read without
colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from didymium.excel.book import Cell, Sheet
from didymium.plan.rows import number
from didymium.reports import palette
from didymium.results import Record
from didymium.tables.rows import Tables

DECIDED, BUILDING, ON_LINE = "D", "b", "■"
_WAITING = "#F2E3C6"


def phase(row: Mapping[str, object], year: int) -> str:
    """Return the phase of an investment in a year: decided, being permitted and built, on line, or none (empty)."""
    decided, online, ends = (int(number(row, c)) for c in ("decision_year", "online_year", "ends_year"))
    if online <= year < ends:
        return ON_LINE
    return DECIDED if year == decided else BUILDING if decided < year < online else ""


def with_timeline(rows: Sequence[Mapping[str, object]], tables: Tables) -> list[Record]:
    """Return investments with the year in which each closes, and its phase in every year of the plan."""
    lives = {name: row.integer("life_years") for name, row in tables.ids("Projects.project").items()}
    ended = [{**row, "ends_year": int(number(row, "planned_online_year")) + lives[str(row["project"])]} for row in rows]
    return [{**row, **{str(year): phase(row, year) for year in tables.years}} for row in ended]


def timeline_cells(years: range) -> dict[str, Cell]:
    """Return how to write the cell of each year: its letter, in the colour of the stage where the module is on line."""
    return {str(year): _cell(str(year)) for year in years}


def _cell(year: str) -> Cell:
    def write(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        letter = str(record[year])
        if letter == ON_LINE:
            colour = palette.STAGES[str(record["stage"])]
            page.text(row, column, letter, align="center", bg_color=colour, font_color=colour)
        elif letter:
            page.text(row, column, letter, align="center", bg_color=_WAITING, bold=letter == DECIDED)

    return write

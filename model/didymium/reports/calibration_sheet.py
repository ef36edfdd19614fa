"""The sheet Calibration: observations next to the plan's first years, coloured by how near they are."""

from __future__ import annotations

from collections.abc import Mapping

from didymium.excel.book import Book, Cell, Sheet
from didymium.plan.answer import Answer
from didymium.plan.calibration import calibration, verdict
from didymium.reports.display import display_rows
from didymium.results import CALIBRATION, notes

COLOURS = {"yes": "#CDE8DA", "no": "#F4A9A0"}
_NOTE = (
    "Each observation next to the plan's figure of the first plan year that is not before it (of the base scenario)."
    " Calculated from the other sheets"
)


def write(book: Book, plan: Answer) -> None:
    """Write the sheet; without rows of Observed it states that there is nothing to compare."""
    rows = calibration(plan.source, plan.tables, plan.scenarios)
    page = book.sheet("Calibration", "What plants, countries and prices did, next to the plan's first years", _NOTE)
    page.text(2, 0, verdict(rows), bold=True)
    columns = [
        column for c in (c.name for c in CALIBRATION) for column in (("project_name", c) if c == "project" else (c,))
    ]
    named = [{**r, "project_name": r["project_name"] if r["project"] else None} for r in display_rows(plan, rows)]
    page.table(
        named,
        columns,
        cells={"within_15_percent": _word, "observed": _amount("observed"), "planned": _amount("planned")},
        notes=notes(CALIBRATION),
    )


def _word(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
    word = record["within_15_percent"]
    page.text(row, column, word, indent=1, **({"bg_color": COLOURS[word], "bold": True} if word in COLOURS else {}))


def _amount(name: str) -> Cell:
    """How to write an amount whose unit is in the next column."""
    return lambda page, row, column, record: page.value(row, column, record.get(name), shape="#,##0.0")

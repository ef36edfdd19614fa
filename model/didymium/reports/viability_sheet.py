"""The sheet Viability: every plant at market prices, over the plan and year by year."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from didymium.excel.book import Area, Book, Cell, Place, Sheet
from didymium.plan.answer import Answer
from didymium.plan.rows import number
from didymium.results import SHEETS, TABLES, Record, notes

LOSS = "#F4A9A0"
Shown = Callable[[Answer, str], tuple[list[Record], list[str]]]


def write(book: Book, plan: Answer, shown: Shown, links: Mapping[str, Place]) -> dict[str, Area]:
    """Write both tables side by side: plants over the plan, then plants by year."""
    declared = SHEETS["Viability"]
    page = book.sheet(declared.name, declared.title, declared.note)
    value = {"npv_musd": _signed("npv_musd")}
    of_plants = notes(TABLES["viability_of_plants"].columns)
    area = page.table(*shown(plan, "viability_of_plants"), cells=value, links=links, notes=of_plants)
    rows, columns = shown(plan, "viability")
    margin = {"margin_musd_per_year": _signed("margin_musd_per_year")}
    years = page.table(
        rows,
        columns,
        at=(area.top, len(area.columns) + 1),
        freeze=False,
        cells=margin,
        notes=notes(TABLES["viability"].columns),
    )
    page.reading(declared.reading)  # in place of how much is printed, which is also at the foot of the page
    return {"viability_of_plants": area, "viability": years}


def _signed(name: str) -> Cell:
    """How to write an amount: a loss is coloured, and has a minus sign too."""

    def write(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        value = number(record, name)
        page.number(row, column, value, num_format="#,##0.0", **({"bg_color": LOSS} if value < -0.05 else {}))

    return write

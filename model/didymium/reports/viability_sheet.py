"""The sheet Viability: every plant at market prices, over the plan and year by year."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from didymium.excel.book import Area, Book, Cell, Sheet
from didymium.plan.answer import Answer
from didymium.plan.tables import Record
from didymium.plan.viability import PAID

MONEY = ("product_revenue", "revenue", *PAID, "floor_payments", "margin")
PLAN_COLUMNS = (
    "product_discounted_t",
    "npv_musd",
    "break_even_usd_per_t",
    "market_usd_per_t",
    "floor_usd_per_t",
    "gap_usd_per_t",
    "gap_musd_per_year",
    "given_musd",
)
LOSS = "#F4A9A0"
Shown = Callable[[Answer, str], tuple[list[Record], list[str]]]
_NOTE = (
    "At market prices (sheet Prices), not duals. Left: over the plan, discounted at the plant's own cost of capital to"
    " the first year. Right: by year"
)
_DEFINED = (
    "Net present value: revenue and floor payments less inputs, opex and capital charges in the years of the plan; what"
    " was spent before them is not charged. Break-even: the price of the main product (the good that brings most), the"
    " same every year, at which the value is 0 without floors. Gap: a tonne of it, or a year in which it runs; what"
    " governments give already is counted. Payments for tonnes not taken: see Contracts"
)


def write(book: Book, plan: Answer, shown: Shown, cells: Mapping[str, Cell]) -> tuple[Area, Area]:
    """Write both tables side by side: plants over the plan, then plants by year."""
    page = book.sheet("Viability", "Would each plant pay for itself?", _NOTE)
    area = page.table(*shown(plan, "viability_of_plants"), cells={**cells, "npv_musd": _signed("npv_musd")})
    rows, columns = shown(plan, "viability")
    margin = "margin_musd_per_year"
    years = page.table(
        rows, columns, at=(area.top, len(area.columns) + 1), freeze=False, cells={margin: _signed(margin)}
    )
    page.text(
        2, 0, _DEFINED, italic=True, font_color="#555555"
    )  # replaces the note on how much is printed, which is also at the foot of the page
    return area, years


def _signed(name: str) -> Cell:
    """How to write an amount: a loss is coloured, and has a minus sign too."""

    def write(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        value = float(str(record[name]))
        page.number(row, column, value, num_format="#,##0.0", **({"bg_color": LOSS} if value < -0.05 else {}))

    return write

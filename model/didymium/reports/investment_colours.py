"""The coloured cells of the sheet Investments: committed plants, idle ones, and decisions that are smaller than the
gap."""

from __future__ import annotations

from collections.abc import Mapping

from didymium.excel.book import Cell, Sheet
from didymium.plan.committed import IDLE, WARN
from didymium.plan.rows import number

IDLE_COLOUR, SMALL_COLOUR, COMMITTED_COLOUR = "#F4A9A0", "#F2E3C6", "#EAF1F5"


def coloured_cells() -> dict[str, Cell]:
    """Return how to write the coloured cells; each can be read without its colour."""
    return {"committed": _committed, "idle_years": _idle, "smaller_than_gap": _small}


def _committed(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
    word = record["committed"]
    page.text(row, column, word, indent=1, **({} if word == "no" else {"bg_color": COMMITTED_COLOUR, "bold": True}))


def _idle(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
    years = int(number(record, "idle_years"))
    never = 0 < years == number(record, "years_on_line") and number(record, "utilisation_percent") < 100 * IDLE
    warn = never or (years >= WARN and bool(record["committed_modules"]))
    page.number(row, column, years, num_format="0", **({"bg_color": IDLE_COLOUR, "bold": True} if warn else {}))


def _small(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
    word = record["smaller_than_gap"]
    if word is not None:
        page.text(row, column, word, indent=1, **({"bg_color": SMALL_COLOUR} if word == "yes" else {}))

"""What became of every row and cell that was read: used, or ignored and why. The counts add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Count:
    """The counts of one sheet: rows below the header that hold anything, and cells that do."""

    rows_read: int = 0
    rows_used: int = 0
    rows_ignored: Counter[str] = field(default_factory=Counter)
    cells_read: int = 0
    cells_used: int = 0
    cells_ignored: Counter[str] = field(default_factory=Counter)
    defaults: int = 0  # blank cells that take their default

    @property
    def adds_up(self) -> bool:
        """Whether everything that was read is either used or ignored for a reason."""
        rows = self.rows_used + self.rows_ignored.total()
        cells = self.cells_used + self.cells_ignored.total()
        return (rows, cells) == (self.rows_read, self.cells_read)

    def as_record(self) -> dict[str, object]:
        """Return the counts as plain data, for JSON."""
        rows = {"read": self.rows_read, "used": self.rows_used, "ignored": dict(self.rows_ignored)}
        cells = {"read": self.cells_read, "used": self.cells_used, "ignored": dict(self.cells_ignored)}
        return {"rows": rows, "cells": cells, "defaults": self.defaults}

    def set_aside(self, reason: str) -> None:
        """Move a row that turns out to change nothing from used to ignored."""
        self.rows_used -= 1
        self.rows_ignored[reason] += 1


# Why a cell or row is not used.
ABOVE = "above the header"
FREE = "people's own columns"
COMPUTED = "computed columns"
UNKNOWN = "unknown columns"
HEADLESS = "cells without a heading"
TOTALS = "totals row of a table"
FAULTY = "not readable"
OUTSIDE = "years outside the plan"
SETTING = "unknown setting"
DUPLICATE = "columns that are there twice"

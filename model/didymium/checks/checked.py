"""All that a check found, for people and machines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import isfinite

from didymium.checks.screen import Screened
from didymium.errors import Problem, Severity
from didymium.tables.read_counts import Count


@dataclass(slots=True)
class Checked:
    """Problems by sheet; what became of every row and cell; targets against what could be on line, in tonnes."""

    problems: list[Problem]
    counts: dict[str, Count] = field(default_factory=dict)
    screen: list[Screened] = field(default_factory=list)

    def count(self, severity: Severity) -> int:
        """Return how many problems are of a severity."""
        return sum(p.severity is severity for p in self.problems)

    @property
    def cells_ignored(self) -> Counter[str]:
        """How many cells were not used, by reason, over all sheets."""
        return sum((count.cells_ignored for count in self.counts.values()), Counter())

    def as_record(self) -> dict[str, object]:
        """Return the same as plain data, for JSON."""
        problems = [
            {
                "place": p.place,
                "sheet": p.sheet,
                "cell": p.cell,
                "text": p.text,
                "severity": p.severity,
                "code": p.code,
                "also": list(p.also),
            }
            for p in self.problems
        ]
        screen = [_screened_record(row) for row in self.screen]
        totals = {f"{severity}s": self.count(severity) for severity in Severity}
        return {
            **totals,
            "problems": problems,
            "sheets": {name: count.as_record() for name, count in self.counts.items()},
            "screen": screen,
        }


def _screened_record(row: Screened) -> dict[str, object]:
    """One line of the screen as plain data; the key `asked` is what the targets require."""
    return {
        "year": row.year,
        "stage": row.stage,
        "demand": row.demand,
        "asked": row.required,
        "possible": row.possible if isfinite(row.possible) else None,
    }

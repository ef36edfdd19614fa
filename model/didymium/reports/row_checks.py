"""What a check of the rows of one sheet against another is, and how amounts are compared in it."""

from __future__ import annotations

from dataclasses import dataclass

from didymium.plan.answer import Answer
from didymium.reports.row_formulas import RowFormula, TableFormulas

NEAR = 0.05  # t, M USD or percent: half of the last digit shown
SHARE = 1e-6  # relative difference that the tolerance of the solver allows
NEAR_PROBABILITY = 0.0005  # half of the last digit shown of a probability
# Rows times rows that the live formula of one check can compare within seconds; a larger case has only sums by year.
MAX_PAIRS = 2_000_000


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """One check: its name, the table whose rows it counts, and for each of these rows 1 where it does not agree."""

    name: str
    table: str
    wrong: RowFormula


def few(s: TableFormulas, *tables: str) -> bool:
    """Return whether the rows of two tables are few enough to compare each with each in a live formula."""
    pairs = 1
    for table in tables:
        pairs *= max(1, len(s.tables[table]))
    return pairs <= MAX_PAIRS and bool(s.tables[tables[0]])


def every_year(plan: Answer) -> bool:
    """Return whether every row covers one year: a milestone covers several years, with their means."""
    return all(row["span_years"] == 1 for row in plan.tables["costs"])


def differs(a: RowFormula, b: RowFormula, near: float = NEAR) -> RowFormula:
    """Return 1 where two amounts differ by more than is allowed."""
    return (a - b).size().above(b.size() * SHARE + near)


def exceeds(a: RowFormula, limit: RowFormula) -> RowFormula:
    """Return 1 where an amount is above a limit by more than is allowed."""
    return (a - limit).above(limit * SHARE + NEAR)

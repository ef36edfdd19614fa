"""Numbers of rows, and sums over the odds of branches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from didymium.plan.answer import Answer


def amount(row: Mapping[str, object], column: str) -> float:
    """A number of a row."""
    return float(str(row[column] or 0.0))


def expected(rows: Sequence[Mapping[str, object]], column: str) -> float:
    """The sum over rows, each by the odds that its branch is the one that comes; plain where one scenario is
    foreseen."""
    return sum(amount(r, column) * amount(r, "probability") for r in rows)


def probability(plan: Answer) -> dict[tuple[object, object], float]:
    """The probability of each node, by branch and year."""
    return {(r["branch"], r["year"]): amount(r, "probability") for r in plan.tables["costs"]}


def rounded(value: float) -> str:
    """A number in as many digits as can be read: whole from 10 on, two that count below."""
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"

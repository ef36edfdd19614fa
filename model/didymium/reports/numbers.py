"""Numbers of rows, and sums weighted by the probability of branches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from didymium.plan.answer import Answer


def amount(row: Mapping[str, object], column: str) -> float:
    """Return a number of a row; 0 where the cell is blank."""
    return float(str(row[column] or 0.0))


def expected(rows: Sequence[Mapping[str, object]], column: str) -> float:
    """Return the sum over rows, each weighted by the probability of its branch; the plain sum in a plan for one
    scenario."""
    return sum(amount(r, column) * amount(r, "probability") for r in rows)


def probability(plan: Answer) -> dict[tuple[object, object], float]:
    """Return the probability of each node, by branch and year."""
    return {(r["branch"], r["year"]): amount(r, "probability") for r in plan.tables["costs"]}


def rounded(value: float) -> str:
    """Return a number with as many digits as are useful: none after the point from 10 on, two significant ones
    below."""
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"

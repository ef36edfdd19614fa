"""Numbers of rows, and sums weighted by the probability of branches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from didymium.plan.answer import Answer
from didymium.plan.rows import number

NOISE = 1e-6  # t, M USD


def expected(rows: Sequence[Mapping[str, object]], column: str) -> float:
    """Return the sum over rows, each weighted by the probability of its branch; the plain sum in a plan for one
    scenario."""
    return sum(number(r, column) * number(r, "probability") for r in rows)


def probability(plan: Answer) -> dict[tuple[str, int], float]:
    """Return the probability of each node, by branch and year."""
    return {(r["branch"], r["year"]): r["probability"] for r in plan.tables["costs"]}


def axis_format(sizes: Iterable[float]) -> str:
    """Return Excel's number format for the labels of an axis over values of these sizes: one that tells those of small
    numbers apart."""
    return "#,##0" if max(sizes, default=0.0) >= 10 else "General"


def rounded(value: float) -> str:
    """Return a number with as many digits as are useful: none after the point from 10 on, two significant ones
    below; what is left of the solver's tolerance counts as 0."""
    if abs(value) < NOISE:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"

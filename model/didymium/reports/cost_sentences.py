"""What the plan costs, how near to the least cost that is proven, and what is sold outside the chain most: the first
sentences of page one."""

from __future__ import annotations

from collections import defaultdict

from didymium.plan.answer import Answer
from didymium.plan.rows import as_number
from didymium.reports.numbers import rounded
from didymium.reports.rule_names import good_in_words
from didymium.results import Record

NAMED = 0.05  # M USD; sales of less are not named
GOODS, SHARE = 3, 5  # goods that are named, each with at least so many percent of all sales

_PROVEN = {
    "optimal": "proven least cost",
    "gap_reached": "proven within {gap:.2f} % of the least cost",
    "time_limit": "NOT proven to the required gap, but within {gap:.2f} % of the least cost",
    "interrupted": "NOT proven to the required gap, but within {gap:.2f} % of the least cost",
}


def cost(plan: Answer) -> str:
    """Return what the plan costs, M USD discounted, and how near to the least cost that is proven to be.

    Where the case weighs the worst outcomes, the proof is about what is minimised, which is another amount.
    """
    over = f", expected over {len(plan.scenarios)} scenarios" if len(plan.scenarios) > 1 else ""
    amount = f"The plan costs {rounded(plan.expected_cost)} M USD, discounted{over}"
    if plan.weighs_risk:
        return (
            f"{amount}; what is minimised, {rounded(plan.cost)} M USD with the weight of the worst outcomes, is"
            f" {_proven(plan.summary)}."
        )
    return f"{amount}: {_proven(plan.summary)}."


def _proven(summary: Record) -> str:
    gap = summary["gap_percent"]
    if gap is None:
        return "NOT proven, for no bound on the least cost is known"
    return _PROVEN[str(summary["status"])].format(gap=as_number(gap))


def sales(plan: Answer) -> list[str]:
    """Return what sales outside the chain bring in, M USD discounted, and the goods with the largest parts."""
    weight = {(r["branch"], r["year"]): r["weight"] for r in plan.tables["costs"]}
    earned: dict[str, float] = defaultdict(float)
    for r in plan.tables["trade"]:
        if r["kind"] == "sell":
            earned[r["commodity"]] -= weight[r["branch"], r["year"]] * r["cost_musd"]
    total = sum(earned.values())
    if total < NAMED:
        return []
    largest = sorted(earned, key=lambda c: -earned[c])[:GOODS]
    parts = [
        f"{good_in_words(plan.source, c)} {100 * earned[c] / total:.0f} %"
        for c in largest
        if 100 * earned[c] >= SHARE * total
    ]
    named = f", most of it for {', '.join(parts)}" if parts else ""
    return [f"The cost is after sales outside the chain, which bring in {rounded(total)} M USD, discounted{named}."]

"""What a plan holds fixed: the modules it builds and the public money in them, as each scenario sees them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from didymium.case.case import Case
from didymium.case.tree import path_tree
from didymium.plan.answer import Answer

Built = dict[tuple[str, int], int]
"""(project, decision year) -> modules."""
Money = dict[tuple[str, str, int], float]
"""(project, instrument, decision year) -> M USD of capex."""
Stock = dict[tuple[str, str, int], float]
"""(region, commodity, year) -> t at the end of it."""


@dataclass(frozen=True, slots=True)
class FixedInvestments:
    """What is held along the path of one scenario. `stock` is what the plan means to have in store."""

    built: Built
    money: Money
    stock: Stock


def fixed_investments(case: Case, plan: Answer) -> dict[str, FixedInvestments]:
    """What the plan holds in every scenario of the case.

    A plan of all scenarios holds in each what stands on its path; a plan of one scenario holds the same in all.
    """
    return {name: _of(case, plan, name) for name in case.scenarios}


def _of(case: Case, plan: Answer, scenario: str) -> FixedInvestments:
    acts = {node.year: node.scenario for node in path_tree(case, scenario).nodes.values()}

    def on_path(branch: str, year: int) -> bool:
        return len(plan.scenarios) < 2 or branch == acts[year]

    built: Built = defaultdict(int)
    money: Money = defaultdict(float)
    stock: Stock = defaultdict(float)
    for row in plan.tables["investments"]:
        if on_path(row["branch"], row["decision_year"]):
            built[row["project"], row["decision_year"]] += row["modules"]
    for share in plan.tables["finance"]:
        if on_path(share["branch"], share["decision_year"]):
            money[share["project"], share["instrument"], share["decision_year"]] += share["support_musd"]
    for pile in plan.tables["stockpiles"]:
        if on_path(pile["branch"], pile["year"]):
            stock[pile["region"], pile["commodity"], pile["year"]] += pile["stock_t"]
    return FixedInvestments(dict(built), dict(money), dict(stock))

"""What a plan fixes for a stress run: its modules and the public money in them, along the path of each scenario."""

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
    """What is fixed along the path of one scenario. `stock` is what the plan has in store, for runs without
    foresight."""

    built: Built
    money: Money
    stock: Stock


def fixed_investments(case: Case, plan: Answer) -> dict[str, FixedInvestments]:
    """Return the investments of a plan as fixed in every scenario of the case.

    Of a plan of all scenarios those on the scenario's path are fixed; of a plan of one scenario the same in all.
    """
    return {name: _fixed_on_path(case, plan, name) for name in case.scenarios}


def _fixed_on_path(case: Case, plan: Answer, scenario: str) -> FixedInvestments:
    branch = {node.year: node.scenario for node in path_tree(case, scenario).nodes.values()}

    def on_path(taken_on: str, year: int) -> bool:
        return len(plan.scenarios) < 2 or taken_on == branch[year]

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

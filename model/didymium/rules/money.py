"""Public money: what an instrument may carry, and what a government has (docs/model.md, rule 13)."""

from __future__ import annotations

from collections import defaultdict

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.expressions.money import spent_so_far
from didymium.rules.algebra import expression, linear
from didymium.rules.rule import rule


@rule(13)
def instrument_share(m: pyo.ConcreteModel, net: Network) -> None:
    """An instrument carries at most its share of a decision (rule 13).

    support[p,i,n] <= max_share[i] x overnight[p] x build[p,n]
    """
    case = net.case

    @m.Constraint(m.SUPPORTS, doc="public money of one instrument in a decision [M USD]")
    def instrument_share(m: pyo.ConcreteModel, p: str, i: str, n: str) -> object:
        max_support = case.instruments[i].max_share * case.projects[p].overnight
        return linear([(1, m.support[p, i, n]), (-max_support, m.build[p, n])]) <= 0


@rule(13)
def public_share(m: pyo.ConcreteModel, net: Network) -> None:
    """All instruments together carry at most the public share of a decision (rule 13).

    sum over i of support[p,i,n] <= max_public_share x overnight[p] x build[p,n]
    No row where the instruments' own shares cannot exceed it.
    """
    case = net.case
    instruments: dict[tuple[str, str], list[str]] = defaultdict(list)
    for p, i, n in net.supports:
        instruments[p, n].append(i)
    rows = [
        key
        for key, names in instruments.items()
        if sum(case.instruments[i].max_share for i in names) > case.max_public_share
    ]

    @m.Constraint(pyo.Set(initialize=rows, dimen=2), doc="all public money in a decision [M USD]")
    def public_share(m: pyo.ConcreteModel, p: str, n: str) -> object:
        max_support = case.max_public_share * case.projects[p].overnight
        return linear([*((1, m.support[p, i, n]) for i in instruments[p, n]), (-max_support, m.build[p, n])]) <= 0


@rule(13)
def budget(m: pyo.ConcreteModel, net: Network) -> None:
    """A government spends no more than has become available so far (rule 13).

    sum over p, i of the government, b on the path to n of support[p,i,b] <= sum over years up to year[n] of budget x
        shock factor
    A government without a row in Budgets has no limit.
    """
    case, tree = net.case, net.tree
    so_far = {(gov, n): spent_so_far(net, gov, n) for gov in case.budgets for n in tree.nodes}

    @m.Constraint(
        pyo.Set(initialize=[key for key, terms in so_far.items() if terms], dimen=2),
        doc="a government's money so far [M USD]",
    )
    def budget(m: pyo.ConcreteModel, gov: str, n: str) -> object:
        return expression(m, so_far[gov, n]) <= tree.available(gov, tree.nodes[n])

"""The objective over the kinds of cost (docs/model.md); each kind is a function of `expressions.cost`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.expressions.cost import KINDS, CostTerm, existing_opex
from didymium.rules.algebra import Term, linear

NodeTerm = tuple[str, float, pyo.Var]
"""(node, M USD a year per unit, variable)"""


@dataclass(slots=True)
class CostTerms:
    """The cost before weighting: M USD in each year of a node. `fixed` is what no decision changes."""

    terms: dict[str, list[NodeTerm]]
    fixed: dict[str, dict[str, float]] = field(default_factory=dict)


def cost_terms(m: pyo.ConcreteModel, net: Network) -> CostTerms:
    """Return every kind of cost, by node, before weighting."""
    opex, plants = existing_opex(net), net.case.projects
    fixed = {n: sum(opex[p, n] for p in plants) for n in net.tree.nodes}
    return CostTerms({kind.__name__: list(_of_model(m, kind(net))) for kind in KINDS}, {"fixed_opex": fixed})


def _of_model(m: pyo.ConcreteModel, terms: Iterator[CostTerm]) -> Iterator[NodeTerm]:
    """Terms over the variables of a model, without those that cost nothing."""
    variables = m.variables_by_index
    return ((n, rate, variables[decision][index]) for n, rate, decision, index in terms if rate)


def objective(m: pyo.ConcreteModel, net: Network, costs: CostTerms, tail: list[Term]) -> None:
    """Least cost [M USD]: (1 - risk weight) x sum over n of w[n] x cost[n], w = probability x discount factor, plus the
    tail's terms.

    Where the tail has no terms this is the expected discounted cost.
    """
    share = 1 - net.case.risk_weight if tail else 1.0
    weight = {name: share * node.weight for name, node in net.tree.nodes.items()}
    constant = sum(weight[n] * cost for kind in costs.fixed.values() for n, cost in kind.items())
    terms = [*((weight[n] * cost, variable) for kind in costs.terms.values() for n, cost, variable in kind), *tail]
    m.cost = pyo.Objective(
        expr=linear(terms, constant), sense=pyo.minimize, doc="expected discounted cost, and its tail [M USD]"
    )

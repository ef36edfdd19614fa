"""Mean-CVaR: the weight of the bad tail, the scenarios in which a plan is dearest (docs/model.md)."""

from __future__ import annotations

from collections.abc import Iterator

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.rules.algebra import Term, linear
from didymium.rules.cost import CostTerms

TAIL_VARIABLES = ("node_cost", "value_at_risk", "excess")  # they only add up costs
TAIL_RULES = ("cost_of_node", "tail_excess")


def risk(m: pyo.ConcreteModel, net: Network, costs: CostTerms) -> list[Term]:
    """Return the tail's terms of the objective; none where it has no weight, or where there is one scenario alone.

    node_cost[n] = cost of a year of n [M USD/year]
    excess[s] >= sum over n on the path of s of discount[n] x node_cost[n] - value_at_risk, excess[s] >= 0 [M USD]
    CVaR = value_at_risk + sum over s of probability[s] x excess[s] / tail [M USD]
    """
    case, tree = net.case, net.tree
    if not case.risk_weight or len(tree.leaves) < 2:
        return []
    scenarios, nodes = list(tree.leaves), list(tree.nodes)
    m.node_cost = pyo.Var(nodes, domain=pyo.Reals, doc="cost of a year of a node [M USD/year]")
    m.value_at_risk = pyo.Var(["tail"], domain=pyo.Reals, doc="cost above which a scenario counts as the tail [M USD]")
    m.excess = pyo.Var(scenarios, domain=pyo.NonNegativeReals, doc="cost of a scenario above the value at risk [M USD]")
    terms = _by_node(costs, nodes)

    @m.Constraint(pyo.Set(initialize=nodes), doc="what a year of a node costs [M USD/year]")
    def cost_of_node(m: pyo.ConcreteModel, n: str) -> object:
        fixed = sum(kind.get(n, 0.0) for kind in costs.fixed.values())
        return linear([*terms[n], (-1.0, m.node_cost[n])]) == (-fixed or 0.0)

    @m.Constraint(
        pyo.Set(initialize=scenarios), doc="cost of a scenario less the value at risk, at most its excess [M USD]"
    )
    def tail_excess(m: pyo.ConcreteModel, s: str) -> object:
        return linear([(1.0, m.excess[s]), (1.0, m.value_at_risk["tail"]), *_path_cost(m, net, s)]) >= 0.0

    weight, tail = case.risk_weight, case.risk_tail
    probability = {s: case.scenarios[s].probability for s in scenarios}
    return [(weight, m.value_at_risk["tail"]), *((weight * probability[s] / tail, m.excess[s]) for s in scenarios)]


def _by_node(costs: CostTerms, nodes: list[str]) -> dict[str, list[Term]]:
    found: dict[str, list[Term]] = {n: [] for n in nodes}
    for kind in costs.terms.values():
        for n, cost, variable in kind:
            found[n].append((cost, variable))
    return found


def _path_cost(m: pyo.ConcreteModel, net: Network, scenario: str) -> Iterator[Term]:
    """Minus the discounted cost of a scenario, as if it were certain."""
    tree = net.tree
    return ((-tree.nodes[n].discount, m.node_cost[n]) for n in tree.path(tree.leaves[scenario]))

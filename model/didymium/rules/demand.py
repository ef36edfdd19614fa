"""Demand is met, designed out, or short; what is designed out stays so (docs/model.md, rule 9)."""

from __future__ import annotations

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.expressions.demand import accounted, redesign_fall
from didymium.expressions.terms import Term
from didymium.rules.algebra import expression
from didymium.rules.rule import rule


@rule(9)
def demand(m: pyo.ConcreteModel, net: Network) -> None:
    """Every tonne demanded is delivered at some level, designed out, or short (rule 9).

    sum over l of serve[d,l,n] + substitution[d,n] + short[d,n] = demand[d,n] x shock factors
    """

    @m.Constraint(m.SHORTS, doc="demand accounted for [t/year]")
    def demand(m: pyo.ConcreteModel, d: str, n: str) -> object:
        row = net.case.demands[d]
        return expression(m, accounted(net, d, n)) == net.tree.demand(row, net.tree.nodes[n])


@rule(9)
def redesign_stays(m: pyo.ConcreteModel, net: Network) -> None:
    """The share of demand designed out never falls along a path, except as far as the allowed share falls (rule 9).

    substitution[d,n] >= (substitution[d,before] / demand[d,before] - max(0, allowed[d,before] - allowed[d,n])) x
        demand[d,n]
    where before is the last node on the path with demand, and allowed the maximum that can be designed out as a share
    of demand.
    """
    before = {key: earlier for key in net.substitutions if (earlier := _before(net, *key)) in net.substitutable}

    @m.Constraint(pyo.Set(initialize=list(before), dimen=2), doc="redesign that stays [t/year]")
    def redesign_stays(m: pyo.ConcreteModel, d: str, n: str) -> object:
        row, tree, earlier = net.case.demands[d], net.tree, before[d, n]
        now, then = (tree.demand(row, tree.nodes[at]) for at in (n, earlier[1]))
        allowed, allowed_then = (
            tree.redesign(row, tree.nodes[n]) / now,
            tree.redesign(row, tree.nodes[earlier[1]]) / then,
        )
        stays: list[Term] = [(1.0, "substitution", (d, n)), (-now / then, "substitution", earlier)]
        return expression(m, stays) >= (-redesign_fall(allowed_then, allowed) * now or 0.0)


def _before(net: Network, d: str, n: str) -> tuple[str, str] | None:
    """The last node before one in which the same demand is above 0."""
    row, tree = net.case.demands[d], net.tree
    return next(((d, at) for at in reversed(tree.path(n)[:-1]) if tree.demand(row, tree.nodes[at]) > 0), None)

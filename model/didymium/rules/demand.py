"""Demand is met, designed out, or missed (MODEL.md rule 9)."""

from __future__ import annotations

import pyomo.environ as pyo

from didymium.case.network import Network
from didymium.rules.algebra import Term, linear


def demand(m: pyo.ConcreteModel, net: Network) -> None:
    """Every tonne wanted is delivered at some level, designed out, or short (rule 9).

    sum over l of serve[d,l,n] + design_out[d,n] + short[d,n] = demand[d,n] x shock factors
    """
    designs = set(net.designs)

    @m.Constraint(m.SHORTS, doc="demand accounted for [t/year]")
    def demand(m: pyo.ConcreteModel, d: str, n: str) -> object:
        row = net.case.demands[d]
        terms: list[Term] = [(1, m.serve[d, level, n]) for level in net.levels_of(row.region, row.commodity)]
        terms += [(1, m.design_out[d, n])] if (d, n) in designs else []
        return linear([*terms, (1, m.short[d, n])]) == net.tree.demand(row, net.tree.nodes[n])

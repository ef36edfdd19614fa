"""What a region can carry in a year: decisions, capital, CO2, water, residue (docs/model.md, rule 14)."""

from __future__ import annotations

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.expressions.limits import allowed, counted
from didymium.rules.algebra import expression
from didymium.rules.rule import Relaxed, rule


@rule(
    14,
    limits=Relaxed("limit {0} in {year}: exceeded by {x:,.1f}", "as measured"),
)
def limits(m: pyo.ConcreteModel, net: Network) -> None:
    """What a region and stage can carry is limited: decisions, capital, CO2, water, residue (rule 14).

    Per node, over its years in which the limit is set.

    decisions, capex_musd:   sum over p of counts[p] x build[p,n] <= sum over years of maximum x shock factor
    co2, water, radioactive: sum over p, q, l of counts[p] x run[p,q,l,n] <= mean over years of maximum x shock factor
    """
    nodes = net.tree.nodes
    limited = [(k, n.name) for k in net.case.limits.values() for n in nodes.values() if any(map(k.is_set, n.years))]
    sums = {(k.name, n): terms for k, n in limited if (terms := counted(net, k, n))}

    @m.Constraint(pyo.Set(initialize=list(sums), dimen=2), doc="what a limit counts [as measured]")
    def limits(m: pyo.ConcreteModel, name: str, n: str) -> object:
        return expression(m, sums[name, n]) <= allowed(net.tree, net.case.limits[name], nodes[n])

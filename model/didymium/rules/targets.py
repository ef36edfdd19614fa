"""The kinds of independence target (docs/model.md, rule 10). The shortfall of a hard target is fixed to 0.

What each counts and requires is in `expressions.targets`.
"""

from __future__ import annotations

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.expressions.targets import (
    bought,
    consumption,
    deliveries,
    required_demand,
    required_share,
    stage_throughput,
)
from didymium.expressions.terms import Term, scaled
from didymium.rules.algebra import expression
from didymium.rules.rule import rule


def _target_nodes(net: Network, kind: str) -> list[tuple[str, str]]:
    return [(g, n) for g, n in net.target_shortfalls if net.case.targets[g].kind == kind]


def _shortfall(sign: float, g: str, n: str) -> Term:
    return (sign, "target_shortfall", (g, n))


@rule(
    10,
    min_china_free_share="target {0} in {year}: {x:,.1f} t a year short of what is required",
)
def min_china_free_share(m: pyo.ConcreteModel, net: Network) -> None:
    """A share of demand owes nothing to China at a stage (rule 10).

    sum over d of (sum over l < stage of serve[d,l,n] + substitution[d,n]) + target_shortfall[g,n]
        >= mean of share[g] x sum over d of demand[d]
    The base is demand, not deliveries: going without does not help.
    """
    required = {
        (g, n): required_demand(net.tree, net.case.targets[g], net.tree.nodes[n])[0]
        for g, n in _target_nodes(net, "min_china_free_share")
    }

    @m.Constraint(
        pyo.Set(initialize=[key for key, tonnes in required.items() if tonnes > 0], dimen=2),
        doc="China-free deliveries [t/year]",
    )
    def min_china_free_share(m: pyo.ConcreteModel, g: str, n: str) -> object:
        free = [term for d in deliveries(net, g, n) for term in (*d.served, *d.substituted)]
        return expression(m, [_shortfall(1.0, g, n), *free]) >= required[g, n]


@rule(
    10,
    max_region_share="target {0} in {year}: the region does {x:,.1f} t a year more than its share",
)
def max_region_share(m: pyo.ConcreteModel, net: Network) -> None:
    """A region does at most a share of a stage's work outside China (rule 10).

    throughput[region,stage,n] - share[g,n] x sum over regions not counted as China of throughput[.,stage,n] <=
        target_shortfall[g,n]
    """
    case = net.case

    def terms(g: str, n: str) -> list[Term]:
        target = case.targets[g]
        share = required_share(net.tree, target, net.tree.nodes[n])
        return [
            ((region == target.region) - share * (not case.regions[region].china), decision, index)
            for region, (_, decision, index) in stage_throughput(net, target.stage, n)
        ]

    counted = {key: found for key in _target_nodes(net, "max_region_share") if (found := terms(*key))}

    @m.Constraint(pyo.Set(initialize=list(counted), dimen=2), doc="throughput above a region's share [t/year]")
    def max_region_share(m: pyo.ConcreteModel, g: str, n: str) -> object:
        return expression(m, [*counted[g, n], _shortfall(-1.0, g, n)]) <= 0


def _shares_of_use(net: Network, kind: str) -> dict[tuple[str, str], list[Term]]:
    """bought of what is counted - share x used, in regions not counted as China, where anything of what is counted can
    be bought."""
    found: dict[tuple[str, str], list[Term]] = {}
    for g, n in _target_nodes(net, kind):
        target = net.case.targets[g]
        if counted := bought(net, g, n):
            share = required_share(net.tree, target, net.tree.nodes[n])
            eaten, served, sold = consumption(net, target.commodity, n)
            found[g, n] = counted + scaled(-share, [*eaten, *served, *sold])
    return found


@rule(
    10,
    max_china_import_share="target {0} in {year}: {x:,.1f} t a year too much is bought from China",
)
def max_china_import_share(m: pyo.ConcreteModel, net: Network) -> None:
    """At most a share of what is used of a commodity is bought from China (rule 10), in regions not counted as China.

    bought from China[c,n] - share[g,n] x (eaten by recipes + served + sold)[c,n] <= target_shortfall[g,n]
    """
    counted = _shares_of_use(net, "max_china_import_share")

    @m.Constraint(pyo.Set(initialize=list(counted), dimen=2), doc="bought from China above its share [t/year]")
    def max_china_import_share(m: pyo.ConcreteModel, g: str, n: str) -> object:
        return expression(m, [*counted[g, n], _shortfall(-1.0, g, n)]) <= 0


@rule(
    10,
    max_supplier_share="target {0} in {year}: {x:,.1f} t a year too much is bought from the supplier",
)
def max_supplier_share(m: pyo.ConcreteModel, net: Network) -> None:
    """At most a share of what is used of a commodity is bought from one supplier (rule 10), in regions not counted as
    China.

    bought from the supplier[c,n] - share[g,n] x (eaten by recipes + served + sold)[c,n] <= target_shortfall[g,n]
    """
    counted = _shares_of_use(net, "max_supplier_share")

    @m.Constraint(pyo.Set(initialize=list(counted), dimen=2), doc="bought from a supplier above its share [t/year]")
    def max_supplier_share(m: pyo.ConcreteModel, g: str, n: str) -> object:
        return expression(m, [*counted[g, n], _shortfall(-1.0, g, n)]) <= 0

"""The kinds of independence target (MODEL.md rule 10). The shortfall of a hard target is fixed to 0.

A target counts in the years of a node in which it is set: what it requires is the mean over these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pyomo.environ as pyo

from didymium.case.case import ALL, FREE_BELOW, Offer, Target
from didymium.case.network import Network
from didymium.case.tree import Node, Tree
from didymium.rules.algebra import Term, linear


def _target_nodes(net: Network, kind: str) -> list[tuple[str, str]]:
    return [(g, n) for g, n in net.target_shortfalls if net.case.targets[g].kind == kind]


def counted_demand(net: Network, target: Target) -> list[str]:
    """Return the demand rows that a target counts."""
    return [
        d.name
        for d in net.case.demands.values()
        if target.region in (ALL, d.region) and target.segment in (ALL, d.segment)
    ]


def share(tree: Tree, target: Target, node: Node) -> float:
    """Return the share that a target requires in a node, shocks counted."""
    return node.mean(
        lambda y: tree.data.target_share(target, node.scenario, y), [y for y in node.years if y in target.share]
    )


def base(net: Network, target: Target, node: Node) -> tuple[float, float]:
    """Return (share x demand, demand), t/year, of the demand that a target counts, in the years in which it is set."""
    data, rows = net.tree.data, [net.case.demands[d] for d in counted_demand(net, target)]
    years = [y for y in node.years if y in target.share]

    def wanted(year: int) -> float:
        return sum(data.demand(d, node.scenario, year) for d in rows)

    return node.mean(lambda y: data.target_share(target, node.scenario, y) * wanted(y), years), node.mean(wanted, years)


def min_china_free_share(m: pyo.ConcreteModel, net: Network) -> None:
    """A share of demand owes nothing to China at a stage (rule 10).

    sum over d of (sum over l < stage of serve[d,l,n] + substitution[d,n]) + target_shortfall[g,n]
        >= mean of share[g] x sum over d of demand[d]
    The base is demand, not deliveries: going without does not help.
    """
    shorts, substitutions = set(net.shorts), set(net.substitutions)
    wanted = {
        (g, n): base(net, net.case.targets[g], net.tree.nodes[n])[0]
        for g, n in _target_nodes(net, "min_china_free_share")
    }

    @m.Constraint(
        pyo.Set(initialize=[key for key, tonnes in wanted.items() if tonnes > 0], dimen=2),
        doc="China-free deliveries [t/year]",
    )
    def min_china_free_share(m: pyo.ConcreteModel, g: str, n: str) -> object:
        target = net.case.targets[g]
        terms: list[Term] = [(1, m.target_shortfall[g, n])]
        for d in counted_demand(net, target):
            if (d, n) in shorts:
                row = net.case.demands[d]
                levels = net.levels_of(row.region, row.commodity)
                terms += [
                    (1, m.serve[d, origin_level, n])
                    for origin_level in levels
                    if origin_level < FREE_BELOW[target.stage]
                ]
            if (d, n) in substitutions:
                terms.append((1, m.substitution[d, n]))
        return linear(terms) >= wanted[g, n]


def max_region_share(m: pyo.ConcreteModel, net: Network) -> None:
    """A region does at most a share of a stage's work outside China (rule 10).

    throughput[region,stage,n] - share[g,n] x sum over regions not counted as China of throughput[.,stage,n] <=
        target_shortfall[g,n]
    """
    case = net.case
    runs: dict[tuple[str, str], list[tuple[str, pyo.Var]]] = defaultdict(list)
    for (p, _, _, n), run in m.run.items():
        runs[case.projects[p].stage, n].append((case.projects[p].region, run))

    def terms(g: str, n: str) -> list[Term]:
        target = case.targets[g]
        part = share(net.tree, target, net.tree.nodes[n])
        return [((r == target.region) - part * (not case.regions[r].china), run) for r, run in runs[target.stage, n]]

    counted = {key: found for key in _target_nodes(net, "max_region_share") if (found := terms(*key))}

    @m.Constraint(pyo.Set(initialize=list(counted), dimen=2), doc="throughput above a region's share [t/year]")
    def max_region_share(m: pyo.ConcreteModel, g: str, n: str) -> object:
        return linear([*counted[g, n], (-1, m.target_shortfall[g, n])]) <= 0


def counted_offer(target: Target) -> Callable[[Offer], bool]:
    """Does a target on purchases count an offer?"""
    if target.kind == "max_china_import_share":
        return lambda offer: offer.china
    return lambda offer: offer.supplier == target.supplier


def _shares_of_use(m: pyo.ConcreteModel, net: Network, kind: str) -> dict[tuple[str, str], list[Term]]:
    """bought of what is counted - share x used, in regions not counted as China, where anything of what is counted can
    be bought."""
    bought: dict[tuple[str, str], list[tuple[Offer, pyo.Var]]] = defaultdict(list)
    for (o, r, n), buy in m.buy.items():
        if not net.case.regions[r].china:
            bought[net.case.offers[o].commodity, n].append((net.case.offers[o], buy))
    required = _target_nodes(net, kind)
    used = _used(m, net, {net.case.targets[g].commodity for g, _ in required}) if required else {}
    found: dict[tuple[str, str], list[Term]] = {}
    for g, n in required:
        target = net.case.targets[g]
        counts = counted_offer(target)
        terms: list[Term] = [(1, buy) for offer, buy in bought[target.commodity, n] if counts(offer)]
        if terms:
            part = share(net.tree, target, net.tree.nodes[n])
            found[g, n] = terms + [(-part * tonnes, use) for tonnes, use in used.get((target.commodity, n), ())]
    return found


def _used(m: pyo.ConcreteModel, net: Network, goods: set[str]) -> dict[tuple[str, str], list[Term]]:
    """(c, n) -> what recipes eat, demand gets and the outside buys of a commodity, in regions not counted as China."""
    case = net.case
    outside = {r for r, region in case.regions.items() if not region.china}
    found: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for (p, q, _, n), run in m.run.items():
        for c, tonnes in case.recipes[q].inputs.items() if case.projects[p].region in outside else ():
            if c in goods:
                found[c, n].append((tonnes, run))
    for (d, _, n), serve in m.serve.items():
        row = case.demands[d]
        if row.commodity in goods and row.region in outside:
            found[row.commodity, n].append((1.0, serve))
    for (r, c, _, n), sell in m.sell.items():
        if c in goods and r in outside:
            found[c, n].append((1.0, sell))
    return found


def max_china_import_share(m: pyo.ConcreteModel, net: Network) -> None:
    """At most a share of what is used of a commodity is bought from China (rule 10), in regions not counted as China.

    bought from China[c,n] - share[g,n] x (eaten by recipes + served + sold)[c,n] <= target_shortfall[g,n]
    """
    counted = _shares_of_use(m, net, "max_china_import_share")

    @m.Constraint(pyo.Set(initialize=list(counted), dimen=2), doc="bought from China above its share [t/year]")
    def max_china_import_share(m: pyo.ConcreteModel, g: str, n: str) -> object:
        return linear([*counted[g, n], (-1, m.target_shortfall[g, n])]) <= 0


def max_supplier_share(m: pyo.ConcreteModel, net: Network) -> None:
    """At most a share of what is used of a commodity is bought from one supplier (rule 10), in regions not counted as
    China.

    bought from the supplier[c,n] - share[g,n] x (eaten by recipes + served + sold)[c,n] <= target_shortfall[g,n]
    """
    counted = _shares_of_use(m, net, "max_supplier_share")

    @m.Constraint(pyo.Set(initialize=list(counted), dimen=2), doc="bought from a supplier above its share [t/year]")
    def max_supplier_share(m: pyo.ConcreteModel, g: str, n: str) -> object:
        return linear([*counted[g, n], (-1, m.target_shortfall[g, n])]) <= 0

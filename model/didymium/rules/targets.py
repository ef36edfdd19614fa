"""The three kinds of independence target (MODEL.md rule 10). A hard target's miss is fixed to 0."""

from __future__ import annotations

from collections import defaultdict

import pyomo.environ as pyo

from didymium.case.case import ALL, FREE_BELOW, Target
from didymium.case.network import Network
from didymium.rules.algebra import Term, linear


def _asked(net: Network, kind: str) -> list[tuple[str, str]]:
    return [(g, n) for g, n in net.misses if net.case.targets[g].kind == kind]


def counted_demand(net: Network, target: Target) -> list[str]:
    """The demand rows that a target looks at."""
    return [d.name for d in net.case.demands.values() if target.region in (ALL, d.region) and target.segment in (ALL, d.segment)]


def min_china_free_share(m: pyo.ConcreteModel, net: Network) -> None:
    """A share of demand owes nothing to China at a stage (rule 10).

    sum over d of (sum over l < stage of serve[d,l,n] + design_out[d,n]) + miss[g,n] >= share[g,n] x sum over d of demand[d,n]
    The base is demand, not deliveries: going without does not help.
    """
    shorts, designs = set(net.shorts), set(net.designs)

    def wanted(g: str, n: str) -> float:
        target, node = net.case.targets[g], net.tree.nodes[n]
        return target.share[node.year] * sum(net.tree.demand(net.case.demands[d], node) for d in counted_demand(net, target))

    rows = [(g, n) for g, n in _asked(net, "min_china_free_share") if wanted(g, n) > 0]

    @m.Constraint(pyo.Set(initialize=rows, dimen=2), doc="China-free deliveries [t/year]")
    def min_china_free_share(m: pyo.ConcreteModel, g: str, n: str) -> object:
        target = net.case.targets[g]
        terms: list[Term] = [(1, m.miss[g, n])]
        for d in counted_demand(net, target):
            if (d, n) in shorts:
                row = net.case.demands[d]
                levels = net.levels_of(row.region, row.commodity)
                terms += [(1, m.serve[d, level, n]) for level in levels if level < FREE_BELOW[target.stage]]
            if (d, n) in designs:
                terms.append((1, m.design_out[d, n]))
        return linear(terms) >= wanted(g, n)


def max_region_share(m: pyo.ConcreteModel, net: Network) -> None:
    """A region does at most a share of a stage's work outside China (rule 10).

    throughput[region,stage,n] - share[g,n] x sum over regions not counted as China of throughput[.,stage,n] <= miss[g,n]
    """
    case = net.case
    runs: dict[tuple[str, str], list[tuple[str, pyo.Var]]] = defaultdict(list)
    for (p, _, _, n), run in m.run.items():
        runs[case.projects[p].stage, n].append((case.projects[p].region, run))

    def terms(g: str, n: str) -> list[Term]:
        target = case.targets[g]
        share = target.share[net.tree.nodes[n].year]
        return [((r == target.region) - share * (not case.regions[r].china), run) for r, run in runs[target.stage, n]]

    counted = {key: found for key in _asked(net, "max_region_share") if (found := terms(*key))}

    @m.Constraint(pyo.Set(initialize=list(counted), dimen=2), doc="throughput above a region's share [t/year]")
    def max_region_share(m: pyo.ConcreteModel, g: str, n: str) -> object:
        return linear([*counted[g, n], (-1, m.miss[g, n])]) <= 0


def max_china_import_share(m: pyo.ConcreteModel, net: Network) -> None:
    """At most a share of what there is of a commodity is bought from China (rule 10).

    bought from China[c,n] - share[g,n] x (all bought[c,n] + all made[c,n]) <= miss[g,n]
    """
    case = net.case
    bought: dict[tuple[str, str], list[tuple[bool, pyo.Var]]] = defaultdict(list)
    for (o, _, n), buy in m.buy.items():
        bought[case.offers[o].commodity, n].append((case.offers[o].china, buy))
    made: dict[tuple[str, str], list[Term]] = defaultdict(list)
    makers = {q: recipe.outputs for q, recipe in case.recipes.items() if recipe.outputs.keys() & {g.commodity for g in case.targets.values()}}
    for (_, q, _, n), run in m.run.items():
        for c, tonnes in makers.get(q, {}).items():
            made[c, n].append((tonnes, run))
    rows = [(g, n) for g, n in _asked(net, "max_china_import_share") if any(china for china, _ in bought[case.targets[g].commodity, n])]

    @m.Constraint(pyo.Set(initialize=rows, dimen=2), doc="bought from China above its share [t/year]")
    def max_china_import_share(m: pyo.ConcreteModel, g: str, n: str) -> object:
        c = case.targets[g].commodity
        share = case.targets[g].share[net.tree.nodes[n].year]
        terms = [(china - share, buy) for china, buy in bought[c, n]] + [(-share * tonnes, run) for tonnes, run in made[c, n]]
        return linear([*terms, (-1, m.miss[g, n])]) <= 0

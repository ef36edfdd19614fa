"""What a region can carry in a year: decisions, capital, CO2, water, residue (MODEL.md rule 14)."""

from __future__ import annotations

from collections import defaultdict

import pyomo.environ as pyo

from didymium.case.case import Limit, Project
from didymium.case.network import Network
from didymium.case.tree import Node, Tree
from didymium.rules.algebra import Term, linear

PER_DECISION = ("decisions", "capex_musd")


def counts(limit: Limit, project: Project) -> float:
    """Return what one module decided, or one tonne of throughput, counts towards a limit."""
    return {
        "decisions": 1.0,
        "capex_musd": project.overnight,
        "co2_t": project.co2,
        "water_m3": project.water,
        "radioactive_t": project.radioactive,
    }[limit.measure]


def limits(m: pyo.ConcreteModel, net: Network) -> None:
    """Per node, over the matching region and stage, over the years of the node in which the limit is set (rule 14).

    decisions, capex_musd:   sum over p of counts[p] x build[p,n] <= sum over years of maximum x shock factor
    co2, water, radioactive: sum over p, q, l of counts[p] x run[p,q,l,n] <= mean over years of maximum x shock factor
    """
    case, tree = net.case, net.tree
    builds: dict[str, list[tuple[str, pyo.Var]]] = defaultdict(list)
    for (p, n), build in m.build.items():
        builds[n].append((p, build))
    runs: dict[str, list[tuple[str, pyo.Var]]] = defaultdict(list)
    for (p, _, _, n), run in m.run.items():
        runs[n].append((p, run))

    def terms(name: str, n: str) -> list[Term]:
        limit = case.limits[name]
        decided = builds[n] if limit.measure in PER_DECISION else runs[n]
        found = [
            (counts(limit, case.projects[p]), variable) for p, variable in decided if limit.covers(case.projects[p])
        ]
        return [term for term in found if term[0]]

    limited = [
        (k.name, n.name)
        for k in case.limits.values()
        for n in tree.nodes.values()
        if any(y in k.maximum for y in n.years)
    ]
    counted = {key: found for key in limited if (found := terms(*key))}

    @m.Constraint(pyo.Set(initialize=list(counted), dimen=2), doc="what a limit counts [as measured]")
    def limits(m: pyo.ConcreteModel, name: str, n: str) -> object:
        return linear(counted[name, n]) <= allowed(tree, case.limits[name], tree.nodes[n])


def allowed(tree: Tree, limit: Limit, node: Node) -> float:
    """Return what a limit allows in a node, over the years in which it is set: decisions and capital in all, the others
    a year."""
    years = [y for y in node.years if y in limit.maximum]
    amounts = [tree.data.limit(limit, node.scenario, y) for y in years]
    return sum(amounts) if limit.measure in PER_DECISION else sum(amounts) / len(years)

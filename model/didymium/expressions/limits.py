"""What counts towards a limit, and what it allows (docs/model.md, rule 14)."""

from __future__ import annotations

from didymium.case.case import Limit, Project
from didymium.case.network import Network
from didymium.case.tree import Node, Tree
from didymium.expressions.terms import Term

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


def counted(net: Network, limit: Limit, n: str) -> list[Term]:
    """Return what counts towards a limit in a node: sum over p of counts[p] x build[p,n], or of counts[p] x
    throughput[p,n]."""
    builds = [("build", index) for index in net.builds_at.get(n, ())]
    found: list[Term] = [
        (counts(limit, project), decision, index)
        for decision, index in (builds if limit.measure in PER_DECISION else net.plant_uses_at.get(n, ()))
        if limit.covers(project := net.case.projects[index[0]])
    ]
    return [term for term in found if term[0]]


def allowed(tree: Tree, limit: Limit, node: Node) -> float:
    """Return what a limit allows in a node, over the years in which it is set: decisions and capital in all, the others
    a year."""
    amounts = [tree.data.limit(limit, node.scenario, y) for y in node.years if limit.is_set(y)]
    return sum(amounts) if limit.measure in PER_DECISION else sum(amounts) / len(amounts)

"""What plants have on line, run and owe (docs/model.md, rules 2, 3, 4, 15)."""

from __future__ import annotations

from typing import NamedTuple

from didymium.case.network import Network
from didymium.expressions.terms import Term


class Capacity(NamedTuple):
    """An amount of capacity, t/year: what exists, and a sum over decisions."""

    existing: float
    terms: list[Term]


def online(net: Network, p: str, n: str) -> Capacity:
    """Return what a plant has on line, t/year, the mean over the node's years; nothing in an outage.

    existing[p,n] + sum over b of module[p] x ramp[p, age] x build[p,b]
    """
    existing, modules = net.online.get((p, n), (0.0, []))
    return Capacity(existing, [(tonnes, "build", (p, b)) for tonnes, b in modules])


def available(net: Network, p: str, n: str) -> Capacity:
    """Return what a plant has on line and not mothballed, t/year: online[p,n] - idle[p,n]."""
    existing, terms = online(net, p, n)
    idle: list[Term] = [(-1.0, "idle", (p, n))] if net.case.projects[p].mothball is not None else []
    return Capacity(existing, terms + idle)


def throughput(net: Network, p: str, n: str) -> list[Term]:
    """Return the throughput of a plant, t/year of its capacity unit: sum over q, l of run[p,q,l,n]; of a plant in a
    pool throughput[p,n]."""
    return [(1, decision, index) for decision, index in net.plant_uses.get((p, n), ())]


def production(net: Network, p: str, c: str, n: str) -> list[Term]:
    """Return what a plant makes of a commodity, t/year: sum over q, l of output[q,c] x run[p,q,l,n]."""
    recipes = net.case.recipes
    return [
        (made, "run", index) for index in net.runs_of.get((p, n), ()) if (made := recipes[index[1]].outputs.get(c, 0.0))
    ]


def extracted(net: Network, p: str, leaf: str) -> list[Term]:
    """Return what a mine digs along a path, t: sum over n of span[n] x throughput[p,n]."""
    nodes = net.tree.nodes
    return [(nodes[n].span * c, d, i) for n in net.tree.path(leaf) for c, d, i in throughput(net, p, n)]


def owed(net: Network, k: str, n: str) -> Capacity:
    """Return what is owed under an offtake, t/year: tonnes[k] x the part of the plant that is on line while in
    force."""
    project = net.case.contracts[k].project
    existing, modules = net.offtakes.get((k, n), (0.0, []))
    return Capacity(existing, [(tonnes, "build", (project, b)) for tonnes, b in modules])

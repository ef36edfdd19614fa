"""What plants can make: capacity on line, take-or-pay, reserves (MODEL.md rules 2, 3, 4)."""

from __future__ import annotations

from collections import defaultdict

import pyomo.environ as pyo

from didymium.case.network import Network
from didymium.rules.algebra import Term, linear


def runs_by_plant(m: pyo.ConcreteModel, net: Network) -> dict[tuple[str, str], list[pyo.Var]]:
    """Return (p, n) -> the throughputs of a plant in a node, over recipes and levels."""
    found: dict[tuple[str, str], list[pyo.Var]] = defaultdict(list)
    for (p, _, _, n), variable in m.run.items():
        found[p, n].append(variable)
    return found


def _online(m: pyo.ConcreteModel, net: Network, p: str, n: str, use: float) -> tuple[float, list[Term]]:
    """`use` x (capacity on line - idle): the existing part in t/year, and the terms of modules and of idle
    capacity."""
    existing, modules = net.online[p, n]
    idle = [(-use, m.idle[p, n])] if net.case.projects[p].mothball is not None else []
    return use * existing, [*((use * tonnes, m.build[p, b]) for tonnes, b in modules), *idle]


def capacity(m: pyo.ConcreteModel, net: Network) -> None:
    """A plant never runs more than it has on line and not mothballed (rules 2 and 3).

    sum over q, l of run[p,q,l,n] <= max_use[p] x (existing[p,n] + sum over b of module[p] x ramp[p, age] x build[p,b] -
        idle[p,n])
    What is on line is the mean over the node's years. In an outage there is no throughput to bound: the variables do
    not exist.
    """
    runs = runs_by_plant(m, net)

    @m.Constraint(pyo.Set(initialize=list(runs), dimen=2), doc="throughput within what is on line [t/year]")
    def capacity(m: pyo.ConcreteModel, p: str, n: str) -> object:
        existing, modules = _online(m, net, p, n, net.case.projects[p].max_use)
        return linear([*((1, run) for run in runs[p, n]), *((-tonnes, build) for tonnes, build in modules)]) <= existing


def take_or_pay(m: pyo.ConcreteModel, net: Network) -> None:
    """A plant with a minimum utilisation runs at least that much of what it has on line (rule 3).

    sum over q, l of run[p,q,l,n] >= min_use[p] x (existing[p,n] + sum over b of module[p] x ramp[p, age] x build[p,b] -
        idle[p,n])
    """
    rows = [(p, n) for p, n in net.online if net.case.projects[p].min_use > 0]
    runs = runs_by_plant(m, net) if rows else {}

    @m.Constraint(pyo.Set(initialize=rows, dimen=2), doc="throughput that must be taken [t/year]")
    def take_or_pay(m: pyo.ConcreteModel, p: str, n: str) -> object:
        existing, modules = _online(m, net, p, n, net.case.projects[p].min_use)
        return linear([*((1, run) for run in runs[p, n]), *((-tonnes, build) for tonnes, build in modules)]) >= existing


def mothball(m: pyo.ConcreteModel, net: Network) -> None:
    """No more is mothballed than is on line (rule 3).

    idle[p,n] <= existing[p,n] + sum over b of module[p] x ramp[p, age] x build[p,b]
    """

    @m.Constraint(m.IDLES, doc="mothballed within what is on line [t/year]")
    def mothball(m: pyo.ConcreteModel, p: str, n: str) -> object:
        existing, modules = net.online[p, n]
        return linear([(1, m.idle[p, n]), *((-tonnes, m.build[p, b]) for tonnes, b in modules)]) <= existing


def reserve(m: pyo.ConcreteModel, net: Network) -> None:
    """What a mine extracts along a path stays within its reserve (rule 4).

    sum over n on the path of leaf s of span[n] x sum over q, l of run[p,q,l,n] <= reserve[p]
    """
    runs = runs_by_plant(m, net) if any(p.reserve is not None for p in net.case.projects.values()) else {}
    leaves = dict.fromkeys(net.tree.leaves.values())
    dug = {
        (p.name, leaf): [
            (net.tree.nodes[n].span, run) for n in net.tree.path(leaf) for run in runs.get((p.name, n), ())
        ]
        for p in net.case.projects.values()
        if p.reserve is not None
        for leaf in leaves
    }

    @m.Constraint(
        pyo.Set(initialize=[key for key, terms in dug.items() if terms], dimen=2), doc="extracted along a path [t]"
    )
    def reserve(m: pyo.ConcreteModel, p: str, leaf: str) -> object:
        return linear(dug[p, leaf]) <= net.case.projects[p].reserve

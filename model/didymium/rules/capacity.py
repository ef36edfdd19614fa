"""What plants can make: capacity on line, take-or-pay, reserves (docs/model.md, rules 2, 3, 4)."""

from __future__ import annotations

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.expressions.capacity import available, extracted, online, throughput
from didymium.expressions.terms import scaled
from didymium.rules.algebra import expression
from didymium.rules.rule import rule


@rule(3)
def capacity(m: pyo.ConcreteModel, net: Network) -> None:
    """A plant never runs more than it has on line and not mothballed (rules 2 and 3).

    sum over q, l of run[p,q,l,n] <= max_use[p] x (existing[p,n] + sum over b of module[p] x ramp[p, age] x build[p,b] -
        idle[p,n])
    What is on line is the mean over the node's years. In an outage there is no throughput to bound: the variables do
    not exist.
    """

    @m.Constraint(pyo.Set(initialize=list(net.plant_uses), dimen=2), doc="throughput within what is on line [t/year]")
    def capacity(m: pyo.ConcreteModel, p: str, n: str) -> object:
        use, (existing, terms) = net.case.projects[p].max_use, available(net, p, n)
        return expression(m, [*throughput(net, p, n), *scaled(-use, terms)]) <= use * existing


@rule(
    3,
    take_or_pay="project {0} in {year}: {x:,.1f} t a year of its minimum utilisation have nothing to run on",
)
def take_or_pay(m: pyo.ConcreteModel, net: Network) -> None:
    """A plant with a minimum utilisation runs at least that much of what it has on line (rule 3).

    sum over q, l of run[p,q,l,n] >= min_use[p] x (existing[p,n] + sum over b of module[p] x ramp[p, age] x build[p,b] -
        idle[p,n])
    """
    rows = [(p, n) for p, n in net.online if net.case.projects[p].min_use > 0]

    @m.Constraint(pyo.Set(initialize=rows, dimen=2), doc="throughput that must be taken [t/year]")
    def take_or_pay(m: pyo.ConcreteModel, p: str, n: str) -> object:
        use, (existing, terms) = net.case.projects[p].min_use, available(net, p, n)
        return expression(m, [*throughput(net, p, n), *scaled(-use, terms)]) >= use * existing


@rule(3)
def mothball(m: pyo.ConcreteModel, net: Network) -> None:
    """No more is mothballed than is on line (rule 3).

    idle[p,n] <= existing[p,n] + sum over b of module[p] x ramp[p, age] x build[p,b]
    """

    @m.Constraint(m.IDLES, doc="mothballed within what is on line [t/year]")
    def mothball(m: pyo.ConcreteModel, p: str, n: str) -> object:
        existing, terms = online(net, p, n)
        return expression(m, [(1.0, "idle", (p, n)), *scaled(-1.0, terms)]) <= existing


@rule(
    4,
    reserve="project {0}: its minimum utilisation takes {x:,.1f} t more than its reserve",
)
def reserve(m: pyo.ConcreteModel, net: Network) -> None:
    """What a mine extracts along a path stays within its reserve (rule 4).

    sum over n on the path of leaf s of span[n] x sum over q, l of run[p,q,l,n] <= reserve[p]
    """
    leaves = dict.fromkeys(net.tree.leaves.values())
    mines = [p for p in net.case.projects.values() if p.reserve is not None]
    dug = {(p.name, leaf): extracted(net, p.name, leaf) for p in mines for leaf in leaves}

    @m.Constraint(
        pyo.Set(initialize=[key for key, terms in dug.items() if terms], dimen=2), doc="extracted along a path [t]"
    )
    def reserve(m: pyo.ConcreteModel, p: str, leaf: str) -> object:
        return expression(m, dug[p, leaf]) <= net.case.projects[p].reserve

"""Material balance by exposure level, and stock (MODEL.md section 3 and rule 5)."""

from __future__ import annotations

from collections import defaultdict

import pyomo.environ as pyo

from didymium.case.network import Network
from didymium.rules.algebra import Term, linear

Flows = dict[tuple[str, str, str], list[tuple[int, Term]]]
"""(r, c, n) -> the terms of what comes in or goes out, each with the level it counts at."""


def balance(m: pyo.ConcreteModel, net: Network) -> None:
    """Supply at levels <= l covers use at levels <= l, for every commodity, region and level (section 3, rule 5).

    opening[r,c,<=l]/span + made[r,c,<=l,n] + shipped in + bought >= used + shipped out + sold + served + closing/span
    where opening is the stock of the node before, or at the start. Per year of the node [t/year]. A use at a level at
    which the commodity does not occur counts at the highest level below. Surplus is free to leave.
    """
    flows = _supply(m, net)
    for key, used in _use(m, net).items():
        flows[key] += [(level, (-tonnes, variable)) for level, (tonnes, variable) in used]
    uses = {key for key, terms in flows.items() if any(tonnes < 0 for _, (tonnes, _) in terms)}
    rows = [(r, c, level, n) for r, c, n in flows if (r, c, n) in uses for level in net.levels_of(r, c)]
    roots = {n.name for n in net.tree.nodes.values() if n.parent is None}

    @m.Constraint(pyo.Set(initialize=rows, dimen=4), doc="supply less use at levels up to l [t/year]")
    def balance(m: pyo.ConcreteModel, r: str, c: str, level: int, n: str) -> object:
        opening = _opening(net, r, c, level, n) if n in roots else 0.0
        return linear(term for at, term in flows[r, c, n] if at <= level) >= (-opening or 0.0)


def _opening(net: Network, r: str, c: str, level: int, n: str) -> float:
    """The stock at the start at levels up to l, per year of the first node, t/year."""
    pile = net.case.stockpiles.get((r, c))
    if pile is None or net.initial_level(r, c) > level:
        return 0.0
    return pile.initial / net.tree.nodes[n].span


def _supply(m: pyo.ConcreteModel, net: Network) -> Flows:
    """Made, shipped in, bought, and the stock of the node before."""
    flows: Flows = defaultdict(list)
    case = net.case
    for (p, q, level, n), run in m.run.items():
        for c, tonnes in case.recipes[q].outputs.items():
            flows[case.projects[p].region, c, n].append((net.output_level(c, level), (tonnes, run)))
    for (_, r, c, level, n), ship in m.ship.items():
        flows[r, c, n].append((level, (1.0, ship)))
    for (o, r, n), buy in m.buy.items():
        flows[r, case.offers[o].commodity, n].append((net.offer_level(o), (1.0, buy)))
    for n in net.tree.nodes.values():
        for r, c in case.stockpiles if n.parent else ():
            for level in net.levels_of(r, c):
                flows[r, c, n.name].append((level, (1 / n.span, m.stock[r, c, level, n.parent])))
    return flows


def _use(m: pyo.ConcreteModel, net: Network) -> Flows:
    """Used, shipped out, sold, served, and the stock left."""
    flows: Flows = defaultdict(list)
    case = net.case
    for (p, q, level, n), run in m.run.items():
        r = case.projects[p].region
        for c, tonnes in case.recipes[q].inputs.items():
            flows[r, c, n].append((net.counts_at(r, c, level), (tonnes, run)))
    for (r, _, c, level, n), ship in m.ship.items():
        flows[r, c, n].append((level, (1.0, ship)))
    for (r, c, level, n), sell in m.sell.items():
        flows[r, c, n].append((level, (1.0, sell)))
    for (d, level, n), serve in m.serve.items():
        flows[case.demands[d].region, case.demands[d].commodity, n].append((level, (1.0, serve)))
    for (r, c, level, n), stock in m.stock.items():
        flows[r, c, n].append((level, (1 / net.tree.nodes[n].span, stock)))
    return flows


def stock_bounds(m: pyo.ConcreteModel, net: Network) -> None:
    """A stockpile stays between its minimum and its limit (rule 5).

    minimum[r,c] <= sum over l of stock[r,c,l,n] <= limit[r,c]
    """
    piles = net.case.stockpiles
    rows = [(r, c, n) for r, c in piles for n in net.tree.nodes]

    @m.Constraint(pyo.Set(initialize=rows, dimen=3), doc="stock within its limit [t]")
    def stock_limit(m: pyo.ConcreteModel, r: str, c: str, n: str) -> object:
        return linear((1, m.stock[r, c, level, n]) for level in net.levels_of(r, c)) <= piles[r, c].limit

    kept = [(r, c, n) for r, c, n in rows if piles[r, c].minimum > 0]

    @m.Constraint(pyo.Set(initialize=kept, dimen=3), doc="stock that must be kept [t]")
    def stock_minimum(m: pyo.ConcreteModel, r: str, c: str, n: str) -> object:
        return linear((1, m.stock[r, c, level, n]) for level in net.levels_of(r, c)) >= piles[r, c].minimum

"""Material balance by exposure level, and stock (MODEL.md section 3 and rule 5)."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain

import pyomo.environ as pyo

from didymium.case.network import Network
from didymium.rules.algebra import Term, linear

Flows = dict[tuple[str, str, str], list[list[Term]]]
"""(r, c, n) -> for each level, the terms of what comes in (above 0) and goes out (below 0) there."""


def balance(m: pyo.ConcreteModel, net: Network) -> None:
    """Supply at levels <= l covers use at levels <= l, for every commodity, region and level; over all levels it is
    used or thrown away.

    opening[r,c,<=l]/span + made[r,c,<=l,n] + shipped in + bought >= used + shipped out + sold + served + closing/span
    where opening is the stock of the node before, or at the start; at the highest level = and + dump[r,c,n] (section 3,
    rule 5). Per year of the node [t/year]. A use at a level at which the commodity does not occur counts at the highest
    level below.
    """
    flows: Flows = defaultdict(lambda: [[] for _ in range(5)])
    _supply(m, net, flows)
    used = set(_use(m, net, flows))
    tops = {key: levels[-1] for key, levels in net.levels.items()}
    rows = [
        (r, c, origin_level, n)
        for r, c, n in flows
        for origin_level in net.levels_of(r, c)
        if (r, c, n) in used or origin_level == tops[r, c]
    ]
    dumped = set(net.dumps)
    roots = {n.name for n in net.tree.nodes.values() if n.parent is None}

    @m.Constraint(pyo.Set(initialize=rows, dimen=4), doc="supply less use at levels up to l [t/year]")
    def balance(m: pyo.ConcreteModel, r: str, c: str, origin_level: int, n: str) -> object:
        opening = _opening(net, r, c, origin_level, n) if n in roots else 0.0
        terms = chain.from_iterable(flows[r, c, n][: origin_level + 1])
        if origin_level < tops[r, c]:
            return linear(terms) >= (-opening or 0.0)
        return linear(chain(terms, [(-1.0, m.dump[r, c, n])] if (r, c, n) in dumped else [])) == (-opening or 0.0)


def _opening(net: Network, r: str, c: str, origin_level: int, n: str) -> float:
    """The stock at the start at levels up to l, per year of the first node, t/year."""
    pile = net.case.stockpiles.get((r, c))
    if pile is None or net.initial_level(r, c) > origin_level:
        return 0.0
    return pile.initial / net.tree.nodes[n].span


def _supply(m: pyo.ConcreteModel, net: Network, flows: Flows) -> None:
    """Made, shipped in, bought, and the stock of the node before."""
    case = net.case
    made = {
        (p, q, origin_level): [
            (case.projects[p].region, c, net.output_level(c, origin_level), t)
            for c, t in case.recipes[q].outputs.items()
        ]
        for p, q, origin_level, _ in net.runs
    }
    for (p, q, origin_level, n), run in m.run.items():
        for r, c, at, tonnes in made[p, q, origin_level]:
            flows[r, c, n][at].append((tonnes, run))
    for (_, r, c, origin_level, n), ship in m.ship.items():
        flows[r, c, n][origin_level].append((1.0, ship))
    for (o, r, n), buy in m.buy.items():
        flows[r, case.offers[o].commodity, n][net.offer_level(o)].append((1.0, buy))
    for n in net.tree.nodes.values():
        for r, c in case.stockpiles if n.parent else ():
            for origin_level in net.levels_of(r, c):
                flows[r, c, n.name][origin_level].append((1 / n.span, m.stock[r, c, origin_level, n.parent]))


def _use(m: pyo.ConcreteModel, net: Network, flows: Flows) -> list[tuple[str, str, str]]:
    """Used, shipped out, sold, served, and the stock left: below 0. Returns where there is any use."""
    case = net.case
    before = {key: sum(map(len, terms)) for key, terms in flows.items()}
    used = {
        (p, q, origin_level): [
            (r := case.projects[p].region, c, net.counts_at(r, c, origin_level), t)
            for c, t in case.recipes[q].inputs.items()
        ]
        for p, q, origin_level, _ in net.runs
    }
    for (p, q, origin_level, n), run in m.run.items():
        for r, c, at, tonnes in used[p, q, origin_level]:
            flows[r, c, n][at].append((-tonnes, run))
    for (r, _, c, origin_level, n), ship in m.ship.items():
        flows[r, c, n][origin_level].append((-1.0, ship))
    for (r, c, origin_level, n), sell in m.sell.items():
        flows[r, c, n][origin_level].append((-1.0, sell))
    for (d, origin_level, n), serve in m.serve.items():
        flows[case.demands[d].region, case.demands[d].commodity, n][origin_level].append((-1.0, serve))
    for (r, c, origin_level, n), stock in m.stock.items():
        flows[r, c, n][origin_level].append((-1 / net.tree.nodes[n].span, stock))
    return [key for key, terms in flows.items() if sum(map(len, terms)) > before.get(key, 0)]


def stock_bounds(m: pyo.ConcreteModel, net: Network) -> None:
    """A stockpile stays between its minimum and its limit (rule 5).

    minimum[r,c] <= sum over l of stock[r,c,l,n] <= limit[r,c]
    """
    piles = net.case.stockpiles
    rows = [(r, c, n) for r, c in piles for n in net.tree.nodes]

    @m.Constraint(pyo.Set(initialize=rows, dimen=3), doc="stock within its limit [t]")
    def stock_limit(m: pyo.ConcreteModel, r: str, c: str, n: str) -> object:
        return linear((1, m.stock[r, c, origin_level, n]) for origin_level in net.levels_of(r, c)) <= piles[r, c].limit

    kept = [(r, c, n) for r, c, n in rows if piles[r, c].minimum > 0]

    @m.Constraint(pyo.Set(initialize=kept, dimen=3), doc="stock that must be kept [t]")
    def stock_minimum(m: pyo.ConcreteModel, r: str, c: str, n: str) -> object:
        return (
            linear((1, m.stock[r, c, origin_level, n]) for origin_level in net.levels_of(r, c)) >= piles[r, c].minimum
        )

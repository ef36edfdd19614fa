"""Material balance by exposure level, and stock (docs/model.md, rule 5)."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.expressions import balance as flows
from didymium.expressions.terms import Term
from didymium.rules.algebra import expression
from didymium.rules.rule import rule

LevelTerms = dict[tuple[str, str, str], list[list[Term]]]
"""(r, c, n) -> for each level, the terms of what comes in (above 0) and goes out (below 0) there."""


@rule(5)
def balance(m: pyo.ConcreteModel, net: Network) -> None:
    """Supply at levels <= l covers use at levels <= l, for every commodity, region and level; over all levels it is
    used or thrown away.

    opening[r,c,<=l]/span + made[r,c,<=l,n] + shipped in + bought >= used + shipped out + sold + served + closing/span
    where opening is the stock of the node before, or at the start; at the highest level = and + dump[r,c,n] (rule
    5). Per year of the node [t/year]. The flows are those of `expressions.balance`.
    """
    terms, used = _by_level(net)
    tops = {key: levels[-1] for key, levels in net.levels.items()}
    rows = [
        (r, c, origin_level, n)
        for r, c, n in terms
        for origin_level in net.levels_of(r, c)
        if (r, c, n) in used or origin_level == tops[r, c]
    ]
    dumped = set(net.dumps)
    roots = {n.name for n in net.tree.nodes.values() if n.parent is None}

    @m.Constraint(pyo.Set(initialize=rows, dimen=4), doc="supply less use at levels up to l [t/year]")
    def balance(m: pyo.ConcreteModel, r: str, c: str, origin_level: int, n: str) -> object:
        opening = _opening(net, r, c, origin_level, n) if n in roots else 0.0
        up_to = chain.from_iterable(terms[r, c, n][: origin_level + 1])
        if origin_level < tops[r, c]:
            return expression(m, up_to) >= (-opening or 0.0)
        thrown: list[Term] = [(-1.0, "dump", (r, c, n))] if (r, c, n) in dumped else []
        return expression(m, chain(up_to, thrown)) == (-opening or 0.0)


def _by_level(net: Network) -> tuple[LevelTerms, set[tuple[str, str, str]]]:
    """All flows by where they are and their level, and where there is any use."""
    terms: LevelTerms = defaultdict(lambda: [[] for _ in range(5)])
    used: set[tuple[str, str, str]] = set()
    for f in flows.supply(net):
        terms[f.region, f.commodity, f.node][f.origin_level].append(f.term)
    for f in flows.use(net):
        used.add((f.region, f.commodity, f.node))
        coefficient, decision, index = f.term
        terms[f.region, f.commodity, f.node][f.origin_level].append((-coefficient, decision, index))
    return terms, used


def _opening(net: Network, r: str, c: str, origin_level: int, n: str) -> float:
    """The stock at the start at levels up to l, per year of the first node, t/year."""
    pile = net.case.stockpiles.get((r, c))
    if pile is None or net.initial_level(r, c) > origin_level:
        return 0.0
    return pile.initial / net.tree.nodes[n].span


@rule(
    5,
    stock_minimum="stockpile of {1} in {0} in {year}: {x:,.1f} t below its minimum",
    stock_limit="stockpile of {1} in {0} in {year}: {x:,.1f} t above its limit",
)
def stock_bounds(m: pyo.ConcreteModel, net: Network) -> None:
    """A stockpile stays between its minimum and its limit (rule 5).

    minimum[r,c] <= sum over l of stock[r,c,l,n] <= limit[r,c]
    """
    piles = net.case.stockpiles
    rows = [(r, c, n) for r, c in piles for n in net.tree.nodes]

    @m.Constraint(pyo.Set(initialize=rows, dimen=3), doc="stock within its limit [t]")
    def stock_limit(m: pyo.ConcreteModel, r: str, c: str, n: str) -> object:
        return expression(m, flows.stock(net, r, c, n)) <= piles[r, c].limit

    kept = [(r, c, n) for r, c, n in rows if piles[r, c].minimum > 0]

    @m.Constraint(pyo.Set(initialize=kept, dimen=3), doc="stock that must be kept [t]")
    def stock_minimum(m: pyo.ConcreteModel, r: str, c: str, n: str) -> object:
        return expression(m, flows.stock(net, r, c, n)) >= piles[r, c].minimum

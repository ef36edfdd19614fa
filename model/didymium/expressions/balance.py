"""Every flow of goods into and out of a region (docs/model.md, rule 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from didymium.case.network import Network
from didymium.expressions.terms import Term


class Flow(NamedTuple):
    """A flow of a commodity in a region at an exposure level in a node, t/year, never below 0."""

    name: str
    region: str
    commodity: str
    origin_level: int
    node: str
    term: Term


def supply(net: Network) -> Iterator[Flow]:
    """Return what comes in: made, shipped_in, bought, and drawn: the stock of the node before, per year of the node."""
    case = net.case
    for decision, (p, q, origin_level, n) in net.recipe_runs:
        for c, tonnes in case.recipes[q].outputs.items():
            at = net.output_level(c, origin_level)
            yield Flow("made", case.projects[p].region, c, at, n, (tonnes, decision, (p, q, origin_level, n)))
    for a, b, c, origin_level, n in net.ships:
        yield Flow("shipped_in", b, c, origin_level, n, (1.0, "ship", (a, b, c, origin_level, n)))
    for o, r, n in net.buys:
        yield Flow("bought", r, case.offers[o].commodity, net.offer_level(o), n, (1.0, "buy", (o, r, n)))
    for node in net.tree.nodes.values():
        for r, c in case.stockpiles if node.parent else ():
            for origin_level in net.levels_of(r, c):
                term = (1 / node.span, "stock", (r, c, origin_level, node.parent))
                yield Flow("drawn", r, c, origin_level, node.name, term)


def use(net: Network) -> Iterator[Flow]:
    """Return what goes out: used, shipped_out, sold, served, and stored: the stock left, per year of the node.

    A use at a level at which the commodity does not occur counts at the highest level below.
    """
    case, nodes = net.case, net.tree.nodes
    for decision, (p, q, origin_level, n) in net.recipe_runs:
        region = case.projects[p].region
        for c, tonnes in case.recipes[q].inputs.items():
            at = net.counts_at(region, c, origin_level)
            yield Flow("used", region, c, at, n, (tonnes, decision, (p, q, origin_level, n)))
    for a, b, c, origin_level, n in net.ships:
        yield Flow("shipped_out", a, c, origin_level, n, (1.0, "ship", (a, b, c, origin_level, n)))
    for r, c, origin_level, n in net.sells:
        yield Flow("sold", r, c, origin_level, n, (1.0, "sell", (r, c, origin_level, n)))
    for d, origin_level, n in net.serves:
        demand = case.demands[d]
        yield Flow("served", demand.region, demand.commodity, origin_level, n, (1.0, "serve", (d, origin_level, n)))
    for r, c, origin_level, n in net.stocks:
        yield Flow("stored", r, c, origin_level, n, (1 / nodes[n].span, "stock", (r, c, origin_level, n)))


def stock(net: Network, r: str, c: str, n: str) -> list[Term]:
    """Return what is in store at the end of a node, t: sum over l of stock[r,c,l,n]."""
    return [(1.0, "stock", (r, c, origin_level, n)) for origin_level in net.levels_of(r, c)]

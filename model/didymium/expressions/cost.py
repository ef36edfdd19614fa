"""What a plan costs (docs/model.md): one function per kind of cost.

A kind is a sum of (node, M USD a year per unit, decision, index), before weighting. A new kind is a function here and
its name in KINDS: the objective, the sheets, the charts and the accounts follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from didymium.case import rates
from didymium.case.network import Network
from didymium.case.tree import Node
from didymium.expressions.terms import Index

CostTerm = tuple[str, float, str, Index]
"""(node, M USD a year per unit, decision, index)."""


def capital(net: Network) -> Iterator[CostTerm]:
    """Annuities of private money, and what public money changes them by.

    sum over b of annuity[p] x capex factor[p,n] x build[p,b] + sum over i of (public - private annuity) x
        support[p,i,b],
    for the modules whose planned on-line year and life span the years of n
    """
    tree, projects = net.tree, net.case.projects
    for p, b in net.builds:
        yield from _from_then_on(net, b, partial(rates.annuity, tree, projects[p], tree.nodes[b]), "build", (p, b))
    for p, i, b in net.supports:
        rate = partial(rates.support, tree, projects[p], net.case.instruments[i], tree.nodes[b])
        yield from _from_then_on(net, b, rate, "support", (p, i, b))


def _from_then_on(
    net: Network, decided: str, rate: Callable[[Node], float], decision: str, index: Index
) -> Iterator[CostTerm]:
    """What a decision costs in its own node and all after it; 0 where it costs nothing."""
    for n in net.tree.below[decided]:
        yield n, rate(net.tree.nodes[n]), decision, index


def fixed_opex(net: Network) -> Iterator[CostTerm]:
    """Yield the fixed opex of modules, from their first day on line, less what mothballing saves.

    fixed_opex[p] x (module[p] x build[p,b] - (1 - mothball[p]) x idle[p,n]), b on line in n, however far its ramp
    is.

    An outage does not stop it. Existing capacity is in `existing_opex`.
    """
    tree, projects = net.tree, net.case.projects
    for p, b in net.builds:
        yield from _from_then_on(net, b, partial(rates.module_opex, tree, projects[p], tree.nodes[b]), "build", (p, b))
    for p, n in net.idles:
        yield n, -rates.idle_saving(tree, projects[p], tree.nodes[n]), "idle", (p, n)


def existing_opex(net: Network) -> dict[tuple[str, str], float]:
    """Return fixed_opex[p] x existing[p,n] by plant and node, M USD a year: what no decision changes."""
    plants, nodes = net.case.projects.values(), net.tree.nodes.values()
    return {(p.name, n.name): rates.existing_opex(net.tree, p, n) for n in nodes for p in plants}


def variable_opex(net: Network) -> Iterator[CostTerm]:
    """Yield the cost of throughput, its carbon included.

    (variable_opex[p] x shock factor + carbon price x shock factor x co2[p]) x throughput[p,n]
    """
    for (p, n), uses in net.plant_uses.items():
        each = rates.running(net.tree, net.case.projects[p], net.tree.nodes[n])
        for decision, index in uses:
            yield n, each, decision, index


def _once(rate: Callable[..., float]) -> Callable[..., float]:
    """A rate that is worked out once for all exposure levels and recipes."""
    known: dict[tuple[str, ...], float] = {}

    def found(*key: str) -> float:
        if key not in known:
            known[key] = rate(*key)
        return known[key]

    return found


def shipping(net: Network) -> Iterator[CostTerm]:
    """Yield freight and the tariffs of routes.

    (cost[r,r'] x shock factor + tariff[r,r'] x market price[c]) x ship[r,r',c,l,n]
    """
    each = _once(lambda a, b, c, n: shipping_rate(net, a, b, c, n))
    for a, b, c, origin_level, n in net.ships:
        yield n, each(a, b, c, n), "ship", (a, b, c, origin_level, n)


def shipping_rate(net: Network, start: str, end: str, commodity: str, n: str) -> float:
    """Return what a tonne shipped costs in a node, M USD."""
    route = net.route(start, end, commodity)
    assert route is not None
    return rates.freight(net.tree, route, commodity, end, net.tree.nodes[n])


def imports(net: Network) -> Iterator[CostTerm]:
    """Yield what is paid for offers, tariffs included.

    price[o,n] x shock factors x (1 + tariff[o,r]) x buy[o,r,n]
    """
    for o, r, n in net.buys:
        yield n, rates.purchase(net.tree, net.case.offers[o], r, net.tree.nodes[n]), "buy", (o, r, n)


def byproduct_sales(net: Network) -> Iterator[CostTerm]:
    """Yield the revenue of sales outside, as a negative cost.

    - sale price[c] x shock factors x sell[r,c,l,n]
    """
    each = _once(lambda c, n: rates.sale(net.tree, c, net.tree.nodes[n]))
    for r, c, origin_level, n in net.sells:
        yield n, -each(c, n), "sell", (r, c, origin_level, n)


def stock_holding(net: Network) -> Iterator[CostTerm]:
    """Yield the cost of holding stocks.

    holding[r,c] x stock[r,c,l,n]
    """
    for r, c, origin_level, n in net.stocks:
        yield n, net.case.stockpiles[r, c].holding, "stock", (r, c, origin_level, n)


def shortage(net: Network) -> Iterator[CostTerm]:
    """Yield the cost of demand that is not met.

    shortage cost[segment of d] x short[d,n]
    """
    for d, n in net.shorts:
        yield n, net.case.demands[d].shortage_cost, "short", (d, n)


def redesign(net: Network) -> Iterator[CostTerm]:
    """Yield the cost of demand removed by redesign.

    redesign cost[segment of d] x substitution[d,n]
    """
    for d, n in net.substitutions:
        yield n, net.case.demands[d].redesign_cost, "substitution", (d, n)


def target_penalty(net: Network) -> Iterator[CostTerm]:
    """Yield the price of missed targets.

    penalty[g] x target_shortfall[g,n], in the years in which the target is set
    """
    for g, n in net.target_shortfalls:
        yield n, rates.penalty(net.case.targets[g], net.tree.nodes[n]), "target_shortfall", (g, n)


def disposal(net: Network) -> Iterator[CostTerm]:
    """Yield the cost of what is thrown away.

    disposal cost[c] x dump[r,c,n]
    """
    for r, c, n in net.dumps:
        yield n, net.case.commodities[c].disposal_cost or 0.0, "dump", (r, c, n)


def untaken(net: Network) -> Iterator[CostTerm]:
    """Yield what is paid for tonnes of offtakes that are not taken.

    price[k] x untaken[k,n], in the years in which the contract is in force
    """
    for k, n in net.untakens:
        yield n, rates.untaken(net.case.contracts[k], net.tree.nodes[n]), "untaken", (k, n)


def public_funds(net: Network) -> Iterator[CostTerm]:
    """Yield what the public money that is given away costs besides.

    cost of public funds x (sum over i, b of max(0, private - public annuity) x support[p,i,b] + floor payments)

    floor payment of k: max(0, floor[k] - market price[c]) x made of c by its plant
    """
    share, tree, case = net.case.public_funds, net.tree, net.case
    if not share:
        return
    for p, i, b in net.supports:
        gift = partial(rates.gift, tree, case.projects[p], case.instruments[i], tree.nodes[b])
        for n, each, decision, index in _from_then_on(net, b, gift, "support", (p, i, b)):
            yield n, share * each, decision, index
    floor = _once(lambda k, n: share * rates.floor_payment(tree, case.contracts[k], tree.nodes[n]))
    floors = [k for k in case.contracts.values() if k.kind == "price_floor"]
    for p, q, origin_level, n in net.runs if floors else ():
        for k in (k for k in floors if k.project == p):
            if made := case.recipes[q].outputs.get(k.commodity, 0.0):
                yield n, made * floor(k.name, n), "run", (p, q, origin_level, n)


KINDS: tuple[Callable[[Network], Iterator[CostTerm]], ...] = (
    capital,
    fixed_opex,
    variable_opex,
    shipping,
    imports,
    byproduct_sales,
    stock_holding,
    shortage,
    redesign,
    target_penalty,
    disposal,
    untaken,
    public_funds,
)
BY_PLANT = (capital, fixed_opex, variable_opex)
"""The kinds that belong to one plant: the index of every decision in them begins with it."""

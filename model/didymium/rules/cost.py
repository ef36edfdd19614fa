"""What a plan costs (MODEL.md section 7): one function per kind of cost, and the objective over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pyomo.environ as pyo

from didymium.case import rates
from didymium.case.network import Network
from didymium.case.tree import Node
from didymium.rules.algebra import Term, linear

NodeTerm = tuple[str, float, pyo.Var]
"""(node, M USD a year per unit, variable)"""


@dataclass(slots=True)
class CostTerms:
    """The cost before weighting: M USD in each year of a node. `fixed` is what no decision changes."""

    terms: dict[str, list[NodeTerm]]
    fixed: dict[str, dict[str, float]] = field(default_factory=dict)


def capital(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """Annuities of private money, and what public money changes them by.

    sum over b of annuity[p] x capex factor[p,n] x build[p,b] + sum over i of (public - private annuity) x
        support[p,i,b],
    for the modules whose planned on-line year and life span the years of n
    """
    tree, projects = net.tree, net.case.projects
    for (p, b), build in m.build.items():
        yield from _later(net, b, partial(rates.annuity, tree, projects[p], tree.nodes[b]), build)
    for (p, i, b), support in m.support.items():
        instrument = net.case.instruments[i]
        yield from _later(net, b, partial(rates.support, tree, projects[p], instrument, tree.nodes[b]), support)


def _later(net: Network, decided: str, rate: Callable[[Node], float], variable: pyo.Var) -> Iterator[NodeTerm]:
    """What a decision costs in its own node and all after it."""
    for n in net.tree.below[decided]:
        if cost := rate(net.tree.nodes[n]):
            yield n, cost, variable


def fixed_opex(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """fixed_opex[p] x (module[p] x build[p,b] - (1 - mothball[p]) x idle[p,n]), b on line in n, however far its ramp
    is.

    An outage does not stop it. Existing capacity is in `existing_opex`.
    """
    tree, projects = net.tree, net.case.projects
    for (p, b), build in m.build.items():
        yield from _later(net, b, partial(rates.module_opex, tree, projects[p], tree.nodes[b]), build)
    for (p, n), idle in m.idle.items():
        yield n, -rates.idle_saving(tree, projects[p], tree.nodes[n]), idle


def existing_opex(net: Network) -> dict[str, float]:
    """fixed_opex[p] x existing[p,n] by node: what no decision changes."""
    return {
        n.name: sum(rates.existing_opex(net.tree, p, n) for p in net.case.projects.values())
        for n in net.tree.nodes.values()
    }


def variable_opex(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """(variable_opex[p] x shock factor + carbon price x shock factor x co2[p]) x run[p,q,l,n]"""
    each = _once(lambda p, n: rates.running(net.tree, net.case.projects[p], net.tree.nodes[n]))
    for (p, _, _, n), run in m.run.items():
        yield n, each(p, n), run


def _once(rate: Callable[..., float]) -> Callable[..., float]:
    """A rate that is worked out once for all exposure levels and recipes."""
    known: dict[tuple[str, ...], float] = {}

    def found(*key: str) -> float:
        if key not in known:
            known[key] = rate(*key)
        return known[key]

    return found


def shipping(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """(cost[r,r'] x shock factor + tariff[r,r'] x market price[c]) x ship[r,r',c,l,n]"""
    each = _once(lambda a, b, c, n: shipping_rate(net, a, b, c, n))
    for (a, b, c, _, n), ship in m.ship.items():
        yield n, each(a, b, c, n), ship


def shipping_rate(net: Network, start: str, end: str, commodity: str, n: str) -> float:
    """Return what a tonne shipped costs in a node, M USD."""
    route = net.route(start, end, commodity)
    assert route is not None
    return rates.freight(net.tree, route, commodity, end, net.tree.nodes[n])


def imports(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """price[o,n] x shock factors x (1 + tariff[o,r]) x buy[o,r,n]"""
    for (o, r, n), buy in m.buy.items():
        yield n, rates.purchase(net.tree, net.case.offers[o], r, net.tree.nodes[n]), buy


def byproduct_sales(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """- sale price[c] x shock factors x sell[r,c,l,n]"""
    each = _once(lambda c, n: rates.sale(net.tree, c, net.tree.nodes[n]))
    for (_, c, _, n), sell in m.sell.items():
        yield n, -each(c, n), sell


def stock_holding(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """holding[r,c] x stock[r,c,l,n]"""
    for (r, c, _, n), stock in m.stock.items():
        yield n, net.case.stockpiles[r, c].holding, stock


def shortage(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """shortage cost[segment of d] x short[d,n]"""
    for (d, n), short in m.short.items():
        yield n, net.case.demands[d].shortage_cost, short


def redesign(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """redesign cost[segment of d] x substitution[d,n]"""
    for (d, n), out in m.substitution.items():
        yield n, net.case.demands[d].redesign_cost, out


def target_penalty(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """penalty[g] x target_shortfall[g,n], in the years in which the target is set"""
    for (g, n), target_shortfall in m.target_shortfall.items():
        yield n, rates.penalty(net.case.targets[g], net.tree.nodes[n]), target_shortfall


def disposal(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """disposal cost[c] x dump[r,c,n]"""
    for (_, c, n), dump in m.dump.items():
        yield n, net.case.commodities[c].disposal_cost or 0.0, dump


def untaken(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """price[k] x untaken[k,n], in the years in which the contract is in force"""
    for (k, n), tonnes in m.untaken.items():
        yield n, rates.untaken(net.case.contracts[k], net.tree.nodes[n]), tonnes


def public_funds(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """cost of public funds x (sum over i, b of max(0, private - public annuity) x support[p,i,b] + floor payments)

    floor payment of k: max(0, floor[k] - market price[c]) x made of c by its plant
    """
    share, tree, case = net.case.public_funds, net.tree, net.case
    if not share:
        return
    for (p, i, b), support in m.support.items():
        gift = partial(rates.gift, tree, case.projects[p], case.instruments[i], tree.nodes[b])
        yield from ((n, share * each, variable) for n, each, variable in _later(net, b, gift, support))
    each = _once(lambda k, n: share * rates.floor_payment(tree, case.contracts[k], tree.nodes[n]))
    floors = [k for k in case.contracts.values() if k.kind == "price_floor"]
    for (p, q, _, n), run in m.run.items() if floors else ():
        for k in floors:
            if k.project == p and (made := case.recipes[q].outputs.get(k.commodity, 0.0)):
                yield n, made * each(k.name, n), run


KINDS = (
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


def cost_terms(m: pyo.ConcreteModel, net: Network) -> CostTerms:
    """Return every kind of cost, by node, before weighting."""
    return CostTerms({kind.__name__: list(kind(m, net)) for kind in KINDS}, {"fixed_opex": existing_opex(net)})


def objective(m: pyo.ConcreteModel, net: Network, costs: CostTerms, tail: list[Term]) -> None:
    """Least cost [M USD]: (1 - risk weight) x sum over n of w[n] x cost[n], w = probability x discount factor, plus the
    tail's terms.

    Where the tail has no terms this is the expected discounted cost.
    """
    share = 1 - net.case.risk_weight if tail else 1.0
    weight = {name: share * node.weight for name, node in net.tree.nodes.items()}
    constant = sum(weight[n] * cost for kind in costs.fixed.values() for n, cost in kind.items())
    terms = [*((weight[n] * cost, variable) for kind in costs.terms.values() for n, cost, variable in kind), *tail]
    m.cost = pyo.Objective(
        expr=linear(terms, constant), sense=pyo.minimize, doc="expected discounted cost, and its tail [M USD]"
    )

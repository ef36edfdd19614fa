"""What a plan costs (MODEL.md section 7): one function per kind of cost, and the objective over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyomo.environ as pyo

from didymium.case.finance import module_annuity, support_saving
from didymium.case.network import Network
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

    sum over b of annuity[p] x capex factor[p,n] x build[p,b] + sum over i of (public - private annuity) x support[p,i,b],
    for the modules whose planned on-line year and life span the year of n
    """
    tree, case = net.tree, net.case
    for (p, b), build in m.build.items():
        project = case.projects[p]
        annuity = module_annuity(case, project)
        for n in tree.below[b]:
            if tree.pays_annuity(project, tree.nodes[b], tree.nodes[n]):
                yield n, annuity * tree.capex_factor(project, tree.nodes[n]), build
    for (p, i, b), support in m.support.items():
        project = case.projects[p]
        saving = support_saving(case, project, case.instruments[i])
        for n in tree.below[b]:
            if tree.pays_annuity(project, tree.nodes[b], tree.nodes[n]):
                yield n, saving, support


def fixed_opex(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """fixed_opex[p] x module[p] x ramp[p, age] x build[p,b]; an outage does not stop it. Standing plants are in `standing_opex`."""
    tree = net.tree
    for (p, b), build in m.build.items():
        project = net.case.projects[p]
        for n in tree.below[b]:
            share = tree.online_share(project, tree.nodes[b], tree.nodes[n])
            if share:
                yield n, project.fixed_opex * project.module * share, build


def standing_opex(net: Network) -> dict[str, float]:
    """fixed_opex[p] x existing[p,n] by node: what no decision changes."""
    return {n.name: sum(p.fixed_opex * p.stands(n.year) for p in net.case.projects.values()) for n in net.tree.nodes.values()}


def variable_opex(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """(variable_opex[p] + carbon price x co2[p]) x run[p,q,l,n]"""
    for (p, _, _, n), run in m.run.items():
        project = net.case.projects[p]
        yield n, project.variable_opex + net.case.carbon_price * project.co2, run


def shipping(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """(cost[r,r'] + tariff[r,r'] x reference price[c]) x ship[r,r',c,l,n]"""
    for (a, b, c, _, n), ship in m.ship.items():
        route = net.route(a, b, c)
        assert route is not None
        yield n, route.cost + route.tariff * net.case.commodities[c].reference_price, ship


def imports(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """price[o,n] x shock factors x (1 + tariff[o]) x buy[o,r,n]"""
    for (o, _, n), buy in m.buy.items():
        yield n, net.tree.offer_price(net.case.offers[o], net.tree.nodes[n]), buy


def byproduct_sales(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """- sale price[c] x sell[r,c,l,n]"""
    for (_, c, _, n), sell in m.sell.items():
        yield n, -(net.case.commodities[c].sale_price or 0.0), sell


def stock_holding(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """holding[r,c] x stock[r,c,l,n]"""
    for (r, c, _, n), stock in m.stock.items():
        yield n, net.case.stockpiles[r, c].holding, stock


def shortage(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """shortage cost[segment of d] x short[d,n]"""
    for (d, n), short in m.short.items():
        yield n, net.case.demands[d].shortage_cost, short


def redesign(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """redesign cost[segment of d] x design_out[d,n]"""
    for (d, n), out in m.design_out.items():
        yield n, net.case.demands[d].redesign_cost, out


def target_penalty(m: pyo.ConcreteModel, net: Network) -> Iterator[NodeTerm]:
    """target penalty x miss[g,n]"""
    for (_, n), miss in m.miss.items():
        yield n, net.case.target_penalty, miss


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
)


def cost_terms(m: pyo.ConcreteModel, net: Network) -> CostTerms:
    """Every kind of cost, by node, before weighting."""
    return CostTerms({kind.__name__: list(kind(m, net)) for kind in KINDS}, {"fixed_opex": standing_opex(net)})


def objective(m: pyo.ConcreteModel, net: Network, costs: CostTerms, tail: list[Term]) -> None:
    """Least cost [M USD]: (1 - risk weight) x sum over n of w[n] x cost[n], w = probability x discount factor, plus the tail's terms.

    Where the tail has no terms this is the expected discounted cost.
    """
    share = 1 - net.case.risk_weight if tail else 1.0
    weight = {name: share * node.weight for name, node in net.tree.nodes.items()}
    constant = sum(weight[n] * cost for kind in costs.fixed.values() for n, cost in kind.items())
    terms = [*((weight[n] * cost, variable) for kind in costs.terms.values() for n, cost, variable in kind), *tail]
    m.cost = pyo.Objective(expr=linear(terms, constant), sense=pyo.minimize, doc="expected discounted cost, and its tail [M USD]")

"""The decisions (docs/model.md), indexed by the sparse lists of the network."""

from __future__ import annotations

import pyomo.core as pyo

from didymium.case.case import NO_RECIPE
from didymium.case.network import Network


def add_variables(m: pyo.ConcreteModel, net: Network) -> None:
    """Declare every decision with its bounds. Bounds that are rules by themselves are explained at the rule."""
    case, tree = net.case, net.tree
    m.BUILDS = pyo.Set(initialize=net.builds, dimen=2)
    m.SUPPORTS = pyo.Set(initialize=net.supports, dimen=3)
    m.RUNS = pyo.Set(initialize=net.runs, dimen=4)
    m.SHIPS = pyo.Set(initialize=net.ships, dimen=5)
    m.BUYS = pyo.Set(initialize=net.buys, dimen=3)
    m.SELLS = pyo.Set(initialize=net.sells, dimen=4)
    m.STOCKS = pyo.Set(initialize=net.stocks, dimen=4)
    m.SERVES = pyo.Set(initialize=net.serves, dimen=3)
    m.SHORTS = pyo.Set(initialize=net.shorts, dimen=2)
    m.SUBSTITUTIONS = pyo.Set(initialize=net.substitutions, dimen=2)
    m.TARGET_SHORTFALLS = pyo.Set(initialize=net.target_shortfalls, dimen=2)
    m.IDLES = pyo.Set(initialize=net.idles, dimen=2)
    m.DUMPS = pyo.Set(initialize=net.dumps, dimen=3)
    m.UNTAKENS = pyo.Set(initialize=net.untakens, dimen=2)
    m.THROUGHPUTS = pyo.Set(initialize=net.throughputs, dimen=2)
    m.POOL_RUNS = pyo.Set(initialize=net.pool_runs, dimen=4)

    modules = {(p, n): (0, case.projects[p].max_modules) for p, n in net.builds}
    offered = {(o, r, n): (0, tree.offer_limit(case.offers[o], tree.nodes[n])) for o, r, n in net.buys}
    redesign = {(d, n): (0, tree.redesign(case.demands[d], tree.nodes[n])) for d, n in net.substitutions}
    missable = (0, 0) if case.hard_targets else (0, None)

    m.build = pyo.Var(m.BUILDS, domain=pyo.Integers, bounds=lambda m, *i: modules[i], doc="modules decided [modules]")
    m.support = pyo.Var(m.SUPPORTS, domain=pyo.NonNegativeReals, doc="public money in a decision [M USD of capex]")
    m.run = pyo.Var(m.RUNS, domain=pyo.NonNegativeReals, doc="throughput of a plant on a recipe at a level [t/year]")
    m.ship = pyo.Var(m.SHIPS, domain=pyo.NonNegativeReals, doc="shipped between regions [t/year]")
    m.buy = pyo.Var(
        m.BUYS,
        domain=pyo.Reals,
        bounds=lambda m, *i: offered[i],
        doc="bought from an offer, landed in a region [t/year]",
    )
    m.sell = pyo.Var(m.SELLS, domain=pyo.NonNegativeReals, doc="sold outside the chain [t/year]")
    m.stock = pyo.Var(m.STOCKS, domain=pyo.NonNegativeReals, doc="stock at the end of the years of a node [t]")
    m.serve = pyo.Var(m.SERVES, domain=pyo.NonNegativeReals, doc="demand met at a level [t/year]")
    m.short = pyo.Var(m.SHORTS, domain=pyo.NonNegativeReals, doc="demand not met [t/year]")
    m.substitution = pyo.Var(
        m.SUBSTITUTIONS, domain=pyo.Reals, bounds=lambda m, *i: redesign[i], doc="demand removed by redesign [t/year]"
    )
    m.target_shortfall = pyo.Var(
        m.TARGET_SHORTFALLS, domain=pyo.Reals, bounds=missable, doc="tonnes short of a target [t/year]"
    )

    m.idle = pyo.Var(m.IDLES, domain=pyo.NonNegativeReals, doc="capacity mothballed [t/year]")
    m.dump = pyo.Var(m.DUMPS, domain=pyo.NonNegativeReals, doc="thrown away [t/year]")
    m.untaken = pyo.Var(m.UNTAKENS, domain=pyo.NonNegativeReals, doc="of an offtake, paid for and not made [t/year]")
    m.throughput = pyo.Var(m.THROUGHPUTS, domain=pyo.NonNegativeReals, doc="throughput of a plant in a pool [t/year]")
    m.pool_run = pyo.Var(m.POOL_RUNS, domain=pyo.NonNegativeReals, doc="run by a pool on a recipe at a level [t/year]")

    # A plain dictionary: Pyomo's own lookup of an index takes ten times as long, and there are a quarter of a million.
    m.variables_by_index = {v.local_name: dict(v.items()) for v in m.component_objects(pyo.Var)}
    for p, q, origin_level, n in net.runs:
        if q == NO_RECIPE:
            m.run[p, q, origin_level, n].setub(0)

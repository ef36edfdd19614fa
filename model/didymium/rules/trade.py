"""What is bought, sold outside and moved (docs/model.md, rules 6, 7 and 8); where goods can be shipped is in
case.network."""

from __future__ import annotations

from collections import defaultdict

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.rules.algebra import linear
from didymium.rules.rule import rule


@rule(7)
def offer_limit(m: pyo.ConcreteModel, net: Network) -> None:
    """An offer that can be delivered to several regions is limited over all of them (rule 7).

    sum over r of buy[o,r,n] <= limit[o,n] x shock factors
    With one destination the variable's bound is enough.
    """
    import_destinations: dict[str, list[str]] = defaultdict(list)
    for o, r in net.import_destinations:
        import_destinations[o].append(r)
    rows = [(o, n) for o, regions in import_destinations.items() if len(regions) > 1 for n in net.tree.nodes]

    @m.Constraint(pyo.Set(initialize=rows, dimen=2), doc="bought from an offer [t/year]")
    def offer_limit(m: pyo.ConcreteModel, o: str, n: str) -> object:
        return linear((1, m.buy[o, r, n]) for r in import_destinations[o]) <= net.tree.offer_limit(
            net.case.offers[o], net.tree.nodes[n]
        )


@rule(8)
def sale_limit(m: pyo.ConcreteModel, net: Network) -> None:
    """What the market outside takes of a commodity is limited over all regions (rule 8).

    sum over r, l of sell[r,c,l,n] <= mean over years of sale_limit[c] x shock factors
    """
    sold: dict[tuple[str, str], list[pyo.Var]] = defaultdict(list)
    for (_, c, _, n), sell in m.sell.items():
        if net.case.commodities[c].sale_limit is not None:
            sold[c, n].append(sell)

    @m.Constraint(pyo.Set(initialize=list(sold), dimen=2), doc="sold of a commodity [t/year]")
    def sale_limit(m: pyo.ConcreteModel, c: str, n: str) -> object:
        node = net.tree.nodes[n]
        return linear((1, sell) for sell in sold[c, n]) <= node.mean(
            lambda y: net.tree.data.sale_limit(c, node.scenario, y)
        )


@rule(6)
def route_limit(m: pyo.ConcreteModel, net: Network) -> None:
    """What moves under one row of Routes is limited, all commodities and levels together (rule 6).

    sum over c under the row, l of ship[r,r',c,l,n] <= limit[r,r',stage]
    A row for all stages covers what no row of a named stage takes over.
    """
    moved: dict[tuple[str, str, str, str], list[pyo.Var]] = defaultdict(list)
    for (a, b, c, _, n), ship in m.ship.items():
        key = net.route_key(a, b, c)
        if key is not None and net.case.routes[key].limit is not None:
            moved[(*key, n)].append(ship)

    @m.Constraint(pyo.Set(initialize=list(moved), dimen=4), doc="moved under one row of Routes [t/year]")
    def route_limit(m: pyo.ConcreteModel, a: str, b: str, stage: str, n: str) -> object:
        return linear((1, ship) for ship in moved[a, b, stage, n]) <= net.case.routes[a, b, stage].limit

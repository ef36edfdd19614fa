"""What the independence targets count, and what they require (docs/model.md, rule 10).

A target counts in the years of a node in which it is set: what it requires is the mean over these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from didymium.case.case import ALL, FREE_BELOW, Demand, Offer, Target
from didymium.case.network import Network
from didymium.case.tree import Node, Tree
from didymium.expressions.terms import Term


class Delivery(NamedTuple):
    """Of one demand row, t/year: what is delivered China-free at a stage, and what is designed out."""

    served: list[Term]
    substituted: list[Term]


class Consumption(NamedTuple):
    """What is used of a commodity in regions not counted as China, t/year: by recipes, by demand, sold outside."""

    eaten: list[Term]
    served: list[Term]
    sold: list[Term]


def set_years(target: Target, node: Node) -> list[int]:
    """Return the years of a node in which a target is set."""
    return [y for y in node.years if y in target.share]


def counts_demand(target: Target, demand: Demand) -> bool:
    """Does a target on China-free shares count a row of Demand?"""
    return target.region in (ALL, demand.region) and target.segment in (ALL, demand.segment)


def counted_offer(target: Target) -> Callable[[Offer], bool]:
    """Return which offers a target on purchases counts: those marked China, or those of its supplier."""
    if target.kind == "max_china_import_share":
        return lambda offer: offer.china
    return lambda offer: offer.supplier == target.supplier


def required_share(tree: Tree, target: Target, node: Node) -> float:
    """Return the share that a target requires in a node, shocks counted."""
    return node.mean(lambda y: tree.data.target_share(target, node.scenario, y), set_years(target, node))


def required_of(tree: Tree, target: Target, demands: list[Demand], node: Node) -> float:
    """Return what a target on China-free shares requires of demand rows, t/year: the mean of share x demand over the
    years in which it is set."""
    return _required(tree, target, _demanded(tree, target, demands, node), node)


def _demanded(tree: Tree, target: Target, demands: list[Demand], node: Node) -> dict[int, float]:
    """Return what demand rows come to in each year of a node in which a target is set, t."""
    demand, scenario = tree.data.demand, node.scenario
    return {y: sum(demand(d, scenario, y) for d in demands) for y in set_years(target, node)}


def _required(tree: Tree, target: Target, demanded: dict[int, float], node: Node) -> float:
    return node.mean(lambda y: tree.data.target_share(target, node.scenario, y) * demanded[y], demanded)


def required_demand(tree: Tree, target: Target, node: Node) -> tuple[float, float]:
    """Return (share x demand, demand), t/year, of the demand that a target counts, in the years in which it is set."""
    rows = [d for d in tree.case.demands.values() if counts_demand(target, d)]
    demanded = _demanded(tree, target, rows, node)
    return _required(tree, target, demanded, node), node.mean(demanded.__getitem__, demanded)


def deliveries(net: Network, g: str, n: str) -> list[Delivery]:
    """Return what counts as China-free at a target's stage, by demand row with any demand: sum over l < stage of
    serve[d,l,n], and substitution[d,n]."""
    target, found = net.case.targets[g], []
    for d in net.case.demands.values():
        if counts_demand(target, d) and (d.name, n) in net.demanded:
            levels = [k for k in net.levels_of(d.region, d.commodity) if k < FREE_BELOW[target.stage]]
            served: list[Term] = [(1.0, "serve", (d.name, origin_level, n)) for origin_level in levels]
            out: list[Term] = [(1.0, "substitution", (d.name, n))] if (d.name, n) in net.substitutable else []
            found.append(Delivery(served, out))
    return found


def stage_throughput(net: Network, stage: str, n: str) -> list[tuple[str, Term]]:
    """Return the throughput of every plant of a stage with its region, t/year."""
    projects = net.case.projects
    return [
        (projects[index[0]].region, (1.0, decision, index))
        for decision, index in net.plant_uses_at.get(n, ())
        if projects[index[0]].stage == stage
    ]


def bought(net: Network, g: str, n: str) -> list[Term]:
    """Return what a target on purchases counts, t/year: buy[o,r,n] of its commodity and offers, delivered outside
    China."""
    case, target = net.case, net.case.targets[g]
    counts = counted_offer(target)
    return [
        (1.0, "buy", (o, r, at))
        for o, r, at in net.buys_at.get(n, ())
        if case.offers[o].commodity == target.commodity and not case.regions[r].china and counts(case.offers[o])
    ]


def consumption(net: Network, c: str, n: str) -> Consumption:
    """Return what recipes eat, demand gets and the outside buys of a commodity, in regions not counted as China."""
    case = net.case
    outside = {r for r, region in case.regions.items() if not region.china}
    eaten: list[Term] = [
        (tonnes, decision, index)
        for decision, index in net.recipe_runs_at.get(n, ())
        if case.projects[index[0]].region in outside and (tonnes := case.recipes[index[1]].inputs.get(c, 0.0))
    ]
    served: list[Term] = [
        (1.0, "serve", (d, origin_level, at))
        for d, origin_level, at in net.serves_at.get(n, ())
        if case.demands[d].commodity == c and case.demands[d].region in outside
    ]
    sold: list[Term] = [
        (1.0, "sell", (r, good, origin_level, at))
        for r, good, origin_level, at in net.sells_at.get(n, ())
        if good == c and r in outside
    ]
    return Consumption(eaten, served, sold)

"""Which plants a government supports, with what money, and who uses what passes through them.

A plant is supported by the governments whose loans or grants pay for its new modules, and by those that pay its price
floor. Of what it runs, the part counts that its supported modules are of capacity on line; all of it while a floor is
in force.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from didymium.case import rates
from didymium.case.case import Contract
from didymium.case.finance import subsidy_share
from didymium.case.tree import Node
from didymium.engine.solve import Solution
from didymium.expressions.capacity import online, throughput
from didymium.expressions.terms import evaluate
from didymium.plan.mixing import Mixture, Pool, oxide_equivalents
from didymium.plan.money import gifts, made_by
from didymium.plan.passage import passed
from didymium.plan.rows import TINY, positive_values


@dataclass(slots=True)
class Money:
    """Public money, M USD: as decided, and what it gives; expected. Of the plan's years discounted."""

    loans: float = 0.0
    grants: float = 0.0
    subsidy: float = 0.0
    in_plan: float = 0.0
    floors: float = 0.0

    @property
    def given(self) -> float:
        """Return capital subsidy in the plan's years and floor payments, discounted, expected, M USD."""
        return self.in_plan + self.floors

    def add(self, other: Money) -> None:
        """Add other public money."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Delivery(NamedTuple):
    """What demand receives, or buyers outside the chain, in a node of what passed a plant, as far as a government
    supports it: t a year, and the rare earths in it, t of oxide over all years of the node, expected, and discounted.
    """

    node: Node
    demand: str | None  # None: sold outside the chain
    origin_level: int
    tonnes: float
    oxide: float
    discounted: float


@dataclass(slots=True)
class Support:
    """A government's support of a plant: its money, the throughput of what it supports, t in all years of the plan,
    expected, and what is delivered of it."""

    government: str
    project: str
    money: Money = field(default_factory=Money)
    throughput: float = 0.0
    deliveries: list[Delivery] = field(default_factory=list)


def supports(s: Solution, mixtures: Mapping[str, Mixture]) -> list[Support]:
    """Return every support of the plan, by government and plant, those of the governments that give most first."""
    found = _money(s)
    plants = list(dict.fromkeys(p for _, p in found))
    shares = _supported_shares(s, plants)
    through = passed(s, plants, mixtures) if plants else {}
    ends = _ends(s) if plants else {}
    for (government, p), support in found.items():
        for n, node in s.net.tree.nodes.items():
            share = shares.get((government, p, n), 0.0)
            if share > 0:
                ran = evaluate(throughput(s.net, p, n), s.values)
                support.throughput += node.probability * node.span * share * ran
                support.deliveries += _deliveries(node, share, through[n][p], ends[n])
    given: dict[str, float] = defaultdict(float)
    for support in found.values():
        given[support.government] += support.money.given
    order = {name: k for k, name in enumerate(s.net.case.projects)}
    return sorted(found.values(), key=lambda x: (-given[x.government], x.government, order[x.project]))


def _money(s: Solution) -> dict[tuple[str, str], Support]:
    """Return the money of every support."""
    case, tree = s.net.case, s.net.tree
    found: dict[tuple[str, str], Support] = {}

    def money(government: str, project: str) -> Money:
        return found.setdefault((government, project), Support(government, project)).money

    for (p, i, n), amount in positive_values(s, "support"):
        instrument, expected = case.instruments[i], tree.nodes[n].probability * amount
        at = money(instrument.government, p)
        at.loans += instrument.repaid * expected
        at.grants += (1 - instrument.repaid) * expected
        at.subsidy += subsidy_share(case.projects[p], instrument) * expected
    for (p, i, _, n), gift in gifts(s).items():
        money(case.instruments[i].government, p).in_plan += tree.nodes[n].weight * gift
    for k, node in _floors_in_force(s):
        if (made := made_by(s, k.project, k.commodity, node.name)) > TINY:
            money(k.government, k.project).floors += node.weight * rates.floor_payment(tree, k, node) * made
    return found


def _floors_in_force(s: Solution) -> list[tuple[Contract, Node]]:
    """Return every price floor in every node in which it is in force."""
    return [
        (k, node)
        for k in s.net.case.contracts.values()
        for node in s.net.tree.nodes.values()
        if k.kind == "price_floor" and any(map(k.in_force, node.years))
    ]


def _supported_shares(s: Solution, plants: list[str]) -> dict[tuple[str, str, str], float]:
    """Return what share of a plant's capacity on line each government supports in each node: (government, plant,
    node)."""
    case = s.net.case
    governments: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (p, i, b), _ in positive_values(s, "support"):
        governments[p, b].add(case.instruments[i].government)
    found: dict[tuple[str, str, str], float] = defaultdict(float)
    for p in plants:
        for n in s.net.tree.nodes:
            existing, terms = online(s.net, p, n)
            total = evaluate(terms, s.values, existing)
            for tonnes, decision, index in terms if total > 0 else ():
                for government in governments[str(index[0]), str(index[1])]:
                    found[government, p, n] += evaluate([(tonnes, decision, index)], s.values) / total
    for k, node in _floors_in_force(s):
        key = (k.government, k.project, node.name)
        found[key] = max(found[key], sum(map(k.in_force, node.years)) / node.span)
    return found


def oxide_in_goods(s: Solution) -> dict[str, float]:
    """Return the tonnes of oxide in a tonne of every good that demand wants or from which what it wants can be made."""
    case = s.net.case
    wanted, before = {d.commodity for d in case.demands.values()}, 0
    while len(wanted) > before:
        before = len(wanted)
        wanted |= {c for recipe in case.recipes.values() if wanted & set(recipe.outputs) for c in recipe.inputs}
    return {c: t for c, t in oxide_equivalents(case).items() if c in wanted}


class End(NamedTuple):
    """What leaves a pool for a row of demand, or for buyers outside the chain (None), t a year."""

    demand: str | None
    pool: Pool
    tonnes: float
    oxide: float  # in a tonne of it


def _ends(s: Solution) -> dict[str, list[End]]:
    """Return what demand and buyers outside receive in every node."""
    goods, found = oxide_in_goods(s), dict[str, list[End]]()
    for n in s.net.tree.nodes:
        ends = found.setdefault(n, [])
        for d, origin_level, _ in s.net.serves_at.get(n, ()):
            if (tonnes := s.values["serve"].get((d, origin_level, n), 0.0)) > 0:
                demand = s.net.case.demands[d]
                pool = (demand.region, demand.commodity, origin_level)
                ends.append(End(d, pool, tonnes, goods[demand.commodity]))
        for r, c, origin_level, _ in s.net.sells_at.get(n, ()):
            if c in goods and (tonnes := s.values["sell"].get((r, c, origin_level, n), 0.0)) > 0:
                ends.append(End(None, (r, c, origin_level), tonnes, goods[c]))
    return found


def _deliveries(node: Node, share: float, handled: dict[Pool, float], ends: list[End]) -> list[Delivery]:
    """Return what demand and buyers outside receive in a node of what passed a plant, a share of it."""
    found, years, weight = [], node.probability * node.span, node.weight
    for end in ends:
        part = share * handled.get(end.pool, 0.0) * end.tonnes
        if part > 0:
            oxide = part * end.oxide
            found.append(Delivery(node, end.demand, end.pool[2], part, years * oxide, weight * oxide))
    return found

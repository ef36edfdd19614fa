"""How goods mix in a node: in one region, goods of one commodity and level are one pool, as in a warehouse.

What comes in mixes, and what goes out is alike. What is left in a pool passes to the pool of the next level, since
cleaner goods may stand in for less clean ones. A plant's output contains what its inputs contained, each weighted by
the oxide that went into it. So what a pool is made of is one linear system over all pools of a node.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from didymium.case.case import Case
from didymium.engine.matrix import Floats
from didymium.engine.solve import Solution
from didymium.engine.sparse import csc_matrix

Pool = tuple[str, str, int]
"""(region, commodity, origin level)."""
Parts = list[tuple[str, float]]
"""The inputs of a recipe, each with its share of the oxide that goes in."""
Numbers = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
ORIGIN_LEVELS = range(5)
TRACE = 1e-9  # t in every pool: an empty one then has the content of its level, and the matrix an inverse


@dataclass(slots=True)
class NodeFlows:
    """The flows into and out of every pool in a node, t a year."""

    made: list[tuple[Pool, float, str, str, int]] = field(default_factory=list)  # into, tonnes, plant, recipe, level
    moved: list[tuple[Pool, float, Pool]] = field(default_factory=list)  # into, tonnes, from
    entered: list[tuple[Pool, float, str]] = field(default_factory=list)  # into, tonnes, offer; "": opening stock
    drawn: list[tuple[Pool, float]] = field(default_factory=list)  # into, tonnes, from its own stock of the year before
    out: dict[Pool, float] = field(default_factory=lambda: defaultdict(float))

    def places(self) -> list[tuple[str, str]]:
        """Return every region and commodity with a pool, in order."""
        into = [
            *(f[0] for f in self.made),
            *(f[0] for f in self.moved),
            *(f[0] for f in self.entered),
            *(f[0] for f in self.drawn),
        ]
        return sorted({(r, c) for r, c, _ in [*into, *self.out]})

    def numbers(self) -> dict[Pool, int]:
        """Return the number of every pool: the levels of a place one after the other."""
        return {(*place, k): 5 * at + k for at, place in enumerate(self.places()) for k in ORIGIN_LEVELS}


@dataclass(frozen=True, slots=True)
class Links:
    """Which pools come out of which others: the numbers of both, and t a year."""

    into: Numbers
    source: Numbers
    tonnes: Floats

    def where(self, kept: Flags) -> Links:
        """Return some of the links."""
        return Links(self.into[kept], self.source[kept], self.tonnes[kept])


class Mixture:
    """The goods of a node as they mix: the number of every pool, the tonnes put in it, and what each comes out of."""

    def __init__(self, case: Case, flows: NodeFlows, parts: Mapping[str, Parts]) -> None:
        self.flows, self.at = flows, flows.numbers()
        at, made = self.at, flows.made
        self.made_into = np.array([at[pool] for pool, *_ in made], np.intp)
        self.made_tonnes = np.array([tonnes for _, tonnes, *_ in made], np.float64)
        fed = [
            (k, at[pool], at[case.projects[p].region, c, origin_level], tonnes * part)
            for k, (pool, tonnes, p, q, origin_level) in enumerate(made)
            for c, part in parts[q]
        ]
        self._maker = np.array([k for k, *_ in fed], np.intp)
        self._fed = _links([link for _, *link in fed])
        self._moved = _links([(at[pool], at[source], tonnes) for pool, tonnes, source in flows.moved])
        entered = np.zeros(len(at))
        np.add.at(entered, self.made_into, self.made_tonnes)
        for pool, tonnes, _ in flows.entered:
            entered[at[pool]] += tonnes
        for pool, tonnes in flows.drawn:
            entered[at[pool]] += tonnes
        np.add.at(entered, self._moved.into, self._moved.tonnes)
        out = np.zeros(len(at))
        for pool, tonnes in flows.out.items():
            out[at[pool]] += tonnes
        self._left = _carried(entered, out)
        self._stock = entered + TRACE

    def matrix(self, of_inputs: Flags) -> csc_matrix:
        """Return the pools as one linear system: the tonnes of each on its diagonal, and below 0 what it takes out of
        another. `of_inputs` tells of each flow that plants made whether it is taken out of the pools that were used."""
        links = (self._moved, self._fed.where(of_inputs[self._maker]), self._left)
        pools = np.arange(len(self.at))
        rows, columns = (np.concatenate([pools, *of]) for of in zip(*[(x.into, x.source) for x in links], strict=True))
        values = np.concatenate([self._stock, *(-x.tonnes for x in links)])
        return csc_matrix((values, (rows, columns)), shape=(len(pools), len(pools)))


def _links(links: Sequence[Sequence[float]]) -> Links:
    """Return links from a list of (into, source, tonnes)."""
    into, source, tonnes = zip(*links, strict=True) if links else ((), (), ())
    return Links(np.array(into, np.intp), np.array(source, np.intp), np.array(tonnes, np.float64))


def _carried(stock: Floats, out: Floats) -> Links:
    """Add to the tonnes in every pool what the pool of the level below has left; returns the links of the two."""
    of_place, out_of_place = (amounts.reshape(-1, len(ORIGIN_LEVELS)) for amounts in (stock, out))
    left = np.zeros_like(of_place)
    for k in ORIGIN_LEVELS[1:]:
        left[:, k] = np.maximum(0.0, of_place[:, k - 1] - out_of_place[:, k - 1])
        of_place[:, k] += left[:, k]
    into = np.flatnonzero(left)
    return Links(into, into - 1, left.ravel()[into])


def mixtures(s: Solution) -> dict[str, Mixture]:
    """Return how goods mix in every node of a plan."""
    parts = inputs_by_oxide(s.net.case)
    return {name: Mixture(s.net.case, flows, parts) for name, flows in flows_by_node(s).items()}


def inputs_by_oxide(case: Case) -> dict[str, Parts]:
    """Return the inputs of every recipe, each with its part of what is made of them: by the oxide that went into it."""
    weights, found = oxide_equivalents(case), dict[str, Parts]()
    for q, recipe in case.recipes.items():
        oxide = {c: t * weights[c] for c, t in recipe.inputs.items()}
        total = sum(oxide.values())
        found[q] = [(c, weight / total) for c, weight in oxide.items() if weight > 0]
    return found


def oxide_equivalents(case: Case) -> dict[str, float]:
    """Return the tonnes of oxide that go into a tonne of each commodity: 1 for what no recipe makes of oxides.

    Where several recipes make it, their mean counts.
    """
    producers: dict[str, list[str]] = defaultdict(list)
    for name, recipe in case.recipes.items():
        for c in recipe.outputs:
            if case.commodities[c].stage in ("metal", "magnet"):
                producers[c].append(name)
    known: dict[str, float] = {}

    def of(c: str) -> float:
        if c not in known:
            known[c] = 1.0  # while it is worked out: a recipe may use what it makes
            inputs = [t for q in producers[c] if (t := _per_tonne(case, q, of)) > 0]
            known[c] = sum(inputs) / len(inputs) if inputs else 1.0
        return known[c]

    return {c: of(c) for c in case.commodities}


def _per_tonne(case: Case, recipe: str, of: object) -> float:
    """Return the oxide that a recipe uses for a tonne of what it makes, t/t, scrap not counted."""
    assert callable(of)
    made = sum(t for c, t in case.recipes[recipe].outputs.items() if case.commodities[c].stage != "scrap")
    return float(sum(t * of(c) for c, t in case.recipes[recipe].inputs.items()) / made) if made else 0.0


def flows_by_node(s: Solution) -> dict[str, NodeFlows]:
    """Return the flows of every node, each at its origin level."""
    case, net, found = s.net.case, s.net, {name: NodeFlows() for name in s.net.tree.nodes}
    for (p, q, origin_level, n), throughput in _positive(s, "run"):
        region, recipe, at = case.projects[p].region, case.recipes[q], found[n]
        for c, tonnes in recipe.outputs.items():
            at.made.append(
                ((region, c, net.output_level(c, int(origin_level))), throughput * tonnes, p, q, int(origin_level))
            )
        for c, tonnes in recipe.inputs.items():
            at.out[region, c, int(origin_level)] += throughput * tonnes
    for (a, b, c, origin_level, n), tonnes in _positive(s, "ship"):
        found[n].moved.append(((b, c, int(origin_level)), tonnes, (a, c, int(origin_level))))
        found[n].out[a, c, int(origin_level)] += tonnes
    for (o, r, n), tonnes in _positive(s, "buy"):
        found[n].entered.append(((r, case.offers[o].commodity, net.offer_level(o)), tonnes, o))
    for (r, c, origin_level, n), tonnes in _positive(s, "sell"):
        found[n].out[r, c, int(origin_level)] += tonnes
    for (d, origin_level, n), tonnes in _positive(s, "serve"):
        found[n].out[case.demands[d].region, case.demands[d].commodity, int(origin_level)] += tonnes
    _stocks(s, found)
    return found


def _positive(s: Solution, component: str) -> Iterator[tuple[tuple[str, ...], float]]:
    for index, value in s.values.get(component, {}).items():
        if value > 0:
            yield tuple(map(str, index)), value


def _stocks(s: Solution, found: dict[str, NodeFlows]) -> None:
    """Add the flows of stockpiles: opening stock in, closing stock out, spread over the years of the node."""
    nodes = s.net.tree.nodes
    for (region, c), pile in s.net.case.stockpiles.items():
        start = s.net.initial_level(region, c)
        for name, node in nodes.items():
            if node.parent is None and pile.initial > 0:
                found[name].entered.append(((region, c, start), pile.initial / node.span, ""))
    for (r, c, origin_level, n), tonnes in _positive(s, "stock"):
        found[n].out[r, c, int(origin_level)] += tonnes / nodes[n].span
        for name, node in nodes.items():
            if node.parent == n:
                found[name].drawn.append(((r, c, int(origin_level)), tonnes / node.span))

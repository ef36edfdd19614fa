"""The content of delivered goods: the share of their rare earths, by mass, that is China-free at each stage.

The origin level of a tonne is strict: one Chinese input taints all of it. Here what is in it is counted instead. In
one region, goods of one commodity and level are one pool, as in a warehouse: what comes in mixes, and what goes out
is alike. What is left in a pool passes to the pool of the next level, since cleaner goods may stand in for less clean
ones. A plant's output contains what its inputs contained, each weighted by the oxide that went into it; a plant in
China makes all of it Chinese at its stage. So no delivery counts for less here than it does strictly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from didymium.case.case import FREE_BELOW, Case
from didymium.case.network import Network
from didymium.engine.solve import Solution
from didymium.engine.sparse import csc_matrix, spsolve

Pool = tuple[str, str, int]
"""(region, commodity, origin level)."""
Content = dict[tuple[str, Pool], float]
"""(stage, pool) -> share of the rare earths in it that is China-free at the stage."""
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


def content(s: Solution) -> dict[str, Content]:
    """Return, for every node, the China-free share of each pool by stage, from 0 to 1."""
    flows = flows_by_node(s)
    weights = oxide_equivalents(s.net.case)
    found: dict[str, Content] = {}
    for name, node in s.net.tree.nodes.items():
        before = found[node.parent] if node.parent else {}
        found[name] = {}
        for stage, below in FREE_BELOW.items():
            shares = _mixed_pools(s.net, flows[name], weights, before, stage, below)
            found[name] |= {(stage, pool): share for pool, share in shares}
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


def _mixed_pools(
    net: Network, node: NodeFlows, weights: dict[str, float], before: Content, stage: str, below: int
) -> Iterator[tuple[Pool, float]]:
    """Yield the China-free share of every pool: all pools of a node mix at once, which is one linear system."""
    at = node.numbers()
    entered, known, links = np.zeros(len(at)), np.zeros(len(at)), Links()

    def add(pool: Pool, tonnes: float, share: float) -> None:
        entered[at[pool]] += tonnes
        known[at[pool]] += tonnes * share

    for pool, tonnes, _ in node.entered:
        add(pool, tonnes, float(pool[2] < below))
    for pool, tonnes in node.drawn:
        add(pool, tonnes, before[stage, pool])
    for pool, tonnes, source in node.moved:
        add(pool, tonnes, 0.0)
        links.add(at[pool], at[source], tonnes)
    for pool, tonnes, p, q, origin_level in node.made:
        inputs = net.case.recipes[q].inputs
        free = net.case.projects[p].floor < below
        # Cleaned by the separation rule, or out of the ground
        add(pool, tonnes, float(pool[2] < origin_level or (free and not inputs)))
        if free and pool[2] >= origin_level:
            for c, part in parts_by_input(inputs, weights, tonnes):
                links.add(at[pool], at[net.case.projects[p].region, c, origin_level], part)
    stock = carried(at, entered, node.out, links)
    for pool, k in at.items():
        known[k] += TRACE * float(pool[2] < below)
    shares = spsolve(links.matrix(stock + TRACE), known) if at else known
    yield from ((pool, min(1.0, max(0.0, float(shares[k])))) for pool, k in at.items())


def parts_by_input(
    inputs: Mapping[str, float], weights: Mapping[str, float], tonnes: float
) -> Iterator[tuple[str, float]]:
    """Yield the inputs of a recipe, each with its part of what is made of them, t: by the oxide that went into it."""
    oxide = {c: t * weights[c] for c, t in inputs.items()}
    total = sum(oxide.values())
    yield from ((c, tonnes * weight / total) for c, weight in oxide.items() if total)


def carried(at: dict[Pool, int], entered: np.ndarray, out: dict[Pool, float], links: Links) -> np.ndarray:
    """Return the tonnes in every pool, with what the pool of the level below has left, which is linked to it."""
    stock = entered.copy()
    for (r, c, origin_level), k in at.items():
        if origin_level > ORIGIN_LEVELS[0]:
            left = max(0.0, stock[k - 1] - out.get((r, c, origin_level - 1), 0.0))
            stock[k] += left
            links.add(k, k - 1, left)
    return stock


class Links:
    """Which part of a pool comes out of another: the entries of a sparse matrix."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, int, float]] = []

    def add(self, into: int, source: int, tonnes: float) -> None:
        """Add a flow, t a year, from one pool to another, both by their numbers."""
        if tonnes > 0:
            self.entries.append((into, source, -tonnes))

    def matrix(self, diagonal: np.ndarray) -> csc_matrix:
        """Return the matrix with these flows below 0 and the tonnes of every pool on its diagonal."""
        rows, columns, values = zip(*[(k, k, v) for k, v in enumerate(diagonal)], *self.entries, strict=True)
        return csc_matrix((values, (rows, columns)), shape=(len(diagonal), len(diagonal)))

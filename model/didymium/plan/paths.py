"""Who supplied whom: what demand receives, followed back plant by plant to the mine, recycler, offer or stock it began
at.

Goods mix as in `plan.mixing`: what leaves a pool, and what a plant takes from it, is of all that came in, in
proportion. What a plant makes is made of its inputs in proportion to the oxide that went into each. A recycler begins a
path: what it recycles is not followed further.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

import numpy as np

from didymium.case.network import Network
from didymium.case.tree import Node
from didymium.engine.matrix import Floats
from didymium.engine.solve import Solution
from didymium.engine.sparse import csc_matrix, splu
from didymium.plan.mixing import TRACE, Mixture, Pool, inputs_by_oxide
from didymium.plan.mixing import Parts as Inputs
from didymium.plan.rows import TINY, place_of, plant_in, without_noise
from didymium.results.deliveries import PATH_STEP, PathRow, RelianceRow

MAX_PATHS = 9_000  # rows over all nodes; the smallest paths beyond are one row for each delivery
MIN_PATHS = 20  # of a node, however many nodes there are
SMALLEST = 0.05  # t a year: half of the last digit shown; a smaller path is not listed by itself
MAX_STEPS = 20  # plants on a path: where plants feed each other in a circle, the rest counts as small
Process = tuple[str, str, int]
"""(plant, recipe, level at which it runs)."""
Served = tuple[str, str, str, int]
"""A delivery: (region, segment, commodity, level at which it is met)."""
CHINA, OTHERS, STOCK, SMALL = "china_offer", "other_offer", "stock", "small_paths"


class Head(NamedTuple):
    """What a pool is made of: the output of a run, an offer (`begins` its id), or a stock (the region it is in)."""

    commodity: str
    run: Process | None = None
    source: str = ""
    begins: str = ""


Parts = list[tuple[Head, float]]
"""Heads with their shares, the largest first, which come to 1."""
Mixed = tuple[list[Head], Floats]
"""The heads of a commodity, and the share of each in a pool of it."""


@dataclass(slots=True)
class NodePaths:
    """What is served in a node, t a year, of what each pool is made, and of what each run."""

    net: Network
    node: Node
    served: dict[Served, float]
    mixed: Mapping[Pool, Mixed]
    recipes: Mapping[str, Inputs]
    _of_pool: dict[Pool, Parts] = field(default_factory=dict)
    _of_run: dict[Process, Parts] = field(default_factory=dict)

    def parts(self, pool: Pool) -> Parts:
        """Return of which heads a pool is made; empty where nothing came in."""
        if pool not in self._of_pool:
            heads, shares = self.mixed.get(pool, ([], np.zeros(0)))
            largest_first = np.argsort(-shares, kind="stable")[: np.count_nonzero(shares)].tolist()
            self._of_pool[pool] = [(heads[k], float(shares[k])) for k in largest_first]
        return self._of_pool[pool]

    def inputs(self, run: Process) -> Parts:
        """Return what a run is fed with, by share of the oxide in it; empty for a run that begins a path."""
        if run not in self._of_run:
            p, q, origin_level = run
            project = self.net.case.projects[p]
            begins = project.stage == "recycler"
            shares: dict[Head, float] = defaultdict(float)
            for c, part in () if begins else self.recipes[q]:
                for head, share in self.parts((project.region, c, origin_level)):
                    shares[head] += part * share
            self._of_run[run] = sorted(shares.items(), key=lambda part: -part[1])
        return self._of_run[run]


def pool_of(served: Served) -> Pool:
    """Return the pool out of which a delivery comes."""
    region, _, commodity, origin_level = served
    return region, commodity, origin_level


def node_paths(s: Solution, mixtures: Mapping[str, Mixture]) -> dict[str, NodePaths]:
    """Return what is served in every node, and of what every pool there is made."""
    found, recipes = {}, inputs_by_oxide(s.net.case)
    for n, node in s.net.tree.nodes.items():
        served: dict[Served, float] = defaultdict(float)
        for d, origin_level, _ in s.net.serves_at.get(n, ()):
            wanted = s.net.case.demands[d]
            if tonnes := without_noise(s.values["serve"].get((d, origin_level, n), 0.0)):
                served[wanted.region, wanted.segment, wanted.commodity, origin_level] += tonnes
        found[n] = NodePaths(s.net, node, served, _mixed(s.net, mixtures[n]) if served else {}, recipes)
    return found


def _mixed(net: Network, mixture: Mixture) -> dict[Pool, Mixed]:
    """Return of which heads every pool is made: shipments and what passes to the next level mix at once, which is one
    linear system for each commodity, for a good stays what it is."""
    at, flows = mixture.at, mixture.flows
    entering: dict[str, list[tuple[Pool, float, Head]]] = defaultdict(list)
    for pool, tonnes, p, q, origin_level in flows.made:
        entering[pool[1]].append((pool, tonnes, Head(pool[1], (p, q, origin_level))))
    for pool, tonnes, offer in flows.entered:
        kind = STOCK if not offer else CHINA if net.case.offers[offer].china else OTHERS
        entering[pool[1]].append((pool, tonnes, Head(pool[1], None, kind, offer or pool[0])))
    for pool, tonnes in flows.drawn:
        entering[pool[1]].append((pool, tonnes, Head(pool[1], None, STOCK, pool[0])))
    rows: dict[str, dict[Pool, int]] = defaultdict(dict)
    for pool in at:
        rows[pool[1]][pool] = len(rows[pool[1]])
    row = np.array([rows[pool[1]][pool] for pool in at], np.intp)
    links = mixture.matrix(np.zeros(len(flows.made), np.bool_)).tocoo()
    good = np.array([pool[1] for pool in at])[links.row]
    found: dict[Pool, Mixed] = {}
    for c, into in entering.items():
        matrix, of_good = np.zeros((len(rows[c]), len(rows[c]))), good == c
        matrix[row[links.row[of_good]], row[links.col[of_good]]] = links.data[of_good]
        found |= _of_commodity(rows[c], matrix, into)
    return found


def _of_commodity(row: dict[Pool, int], matrix: Floats, entering: list[tuple[Pool, float, Head]]) -> dict[Pool, Mixed]:
    """Return of which heads the pools of one commodity are made: `matrix` has their tonnes on its diagonal, and below 0
    what each takes out of another."""
    column: dict[Head, int] = {}
    right = np.zeros((len(row), len(entering)))
    for pool, tonnes, head in entering:
        right[row[pool], column.setdefault(head, len(column))] += tonnes
    shares = np.linalg.solve(matrix, right).clip(0.0)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), TRACE)  # which the trace in every pool took from them
    heads = list(column)
    return {pool: (heads, of_pool) for pool, of_pool in zip(row, shares, strict=True)}


def path_tables(s: Solution, mixtures: Mapping[str, Mixture]) -> dict[str, Sequence[Mapping[str, object]]]:
    """Return the tables of paths and of what relies on each plant."""
    nodes = node_paths(s, mixtures)
    return {"paths": list(paths(nodes)), "reliance": list(reliance(nodes))}


def paths(nodes: Mapping[str, NodePaths]) -> Iterator[PathRow]:
    """Yield the paths of every delivery, the largest first, and in one row what its small ones come to: the rows of a
    delivery add up to what is served."""
    limit = max(MIN_PATHS, MAX_PATHS // max(1, len(nodes)))
    for found in nodes.values():
        left = dict(found.served)
        largest = _largest(found, limit)
        order = {served: k for k, served in enumerate(found.served)}
        for path, tonnes in sorted(largest.items(), key=lambda item: (order[item[0].served], -item[1])):
            left[path.served] -= tonnes
            yield _row(found, path, tonnes)
        for served, tonnes in left.items():
            if tonnes > TINY:
                yield _row(found, Path(served, "", SMALL, "", ()), tonnes)


class Path(NamedTuple):
    """One way of a delivery: where it begins, and the plants it passes, in order; `material` is the first good on it
    that is neither ore nor mixed."""

    served: Served
    material: str
    source: str
    begins: str
    plants: tuple[str, ...]


def _row(node: NodePaths, path: Path, tonnes: float) -> PathRow:
    region, segment, commodity, origin_level = path.served
    return {
        **place_of(node.node),
        "region": region,
        "segment": segment,
        "commodity": commodity,
        "level": origin_level,
        "source_kind": path.source,
        "begins": path.begins or None,
        "material": path.material or None,
        "path": PATH_STEP.join(path.plants) or None,
        "tonnes_t": tonnes,
    }


def _largest(node: NodePaths, limit: int) -> dict[Path, float]:
    """Return the largest paths of a node: the largest piece is followed back first, and a piece is never larger than
    what it is a piece of, so that paths end in the order of their size. Of the parts of one thing, which are in that
    order too, the next is looked at once the one before is followed back."""
    order, waiting = count(), list[tuple[float, int, float, Parts, int, Path]]()
    found: dict[Path, float] = defaultdict(float)

    def add(piece: float, parts: Parts, k: int, after: Path) -> None:
        """Add the k-th of the parts of so many tonnes."""
        if k < len(parts) and len(after.plants) < MAX_STEPS and (tonnes := piece * parts[k][1]) >= SMALLEST:
            heapq.heappush(waiting, (-tonnes, next(order), piece, parts, k, after))

    for served, tonnes in node.served.items():
        add(tonnes, node.parts(pool_of(served)), 0, Path(served, served[2], "", "", ()))
    while waiting and len(found) < limit:
        tonnes, _, piece, parts, k, after = heapq.heappop(waiting)
        add(piece, parts, k + 1, after)
        head = parts[k][0]
        inputs = node.inputs(head.run) if head.run else []
        path = _back_to(node.net, head, after, begins=not inputs)
        if inputs:
            add(-tonnes, inputs, 0, path)
        else:
            found[path] -= tonnes
    return found


def _back_to(net: Network, head: Head, after: Path, begins: bool) -> Path:
    """Return a path followed back to a head, at which it may begin."""
    material = head.commodity if _is_separated(net, head.commodity) else after.material
    if head.run is None:
        return Path(after.served, material, head.source, head.begins, after.plants)
    plant = head.run[0]
    source, start = (net.case.projects[plant].stage, plant) if begins else ("", "")
    return Path(after.served, material, source, start, (plant, *after.plants))


def _is_separated(net: Network, commodity: str) -> bool:
    """Return whether a good is neither ore nor mixed nor scrap, so that it tells which rare earth a path is of."""
    c = net.case.commodities[commodity]
    return c.stage not in ("mine", "scrap") and c.mixed_of is None


def reliance(nodes: Mapping[str, NodePaths]) -> Iterator[RelianceRow]:
    """Yield what of the tonnes served passed through each plant in each node, once however often it passed, and whose
    supply relies on it by the largest share; of equal ones that of the most tonnes."""
    for found in nodes.values():
        by_user: dict[tuple[str, str], float] = defaultdict(float)
        for served, tonnes in found.served.items():
            by_user[served[:2]] += tonnes
        for p, through in _through(found).items():
            users: dict[tuple[str, str], float] = defaultdict(float)
            for served, tonnes in through.items():
                users[served[:2]] += tonnes
            # To nine digits: of equal shares the last digit, which a solver leaves, must not choose
            user = max(sorted(users), key=lambda u: (round(users[u] / by_user[u], 9), round(users[u], 6)))
            yield {
                **plant_in(found.node, found.net.case.projects[p]),
                "passed_t": sum(through.values()),
                "passed_percent": 100 * sum(through.values()) / sum(by_user.values()),
                "user_region": user[0],
                "user_segment": user[1],
                "user_t": users[user],
                "user_percent": 100 * users[user] / by_user[user],
            }


def _through(node: NodePaths) -> dict[str, dict[Served, float]]:
    """Return the tonnes of each delivery that passed through each plant, t a year: those that leave it for another
    plant or for demand. What a plant gives to itself is not counted again."""
    at = _runs(node)
    if not at:
        return {}
    amounts = np.zeros((len(at), len(node.served)))
    for k, (served, tonnes) in enumerate(node.served.items()):
        for head, share in node.parts(pool_of(served)):
            if head.run:
                amounts[at[head.run], k] += share * tonnes
    feeds = [(at[part.run], at[run], share) for run in at for part, share in node.inputs(run) if part.run]
    into, takers, shares = (list(of) for of in zip(*feeds, strict=True)) if feeds else ([], [], [])
    diagonal = range(len(at))
    values = [1.0] * len(at) + [-share for share in shares]
    system = csc_matrix((values, ([*diagonal, *into], [*diagonal, *takers])), shape=(len(at), len(at)))
    amounts = splu(system).solve(amounts)
    leaving, plants = amounts.copy(), [run[0] for run in at]
    for source, taker, share in feeds:
        if plants[source] == plants[taker]:
            leaving[source] -= share * amounts[taker]
    found: dict[str, dict[Served, float]] = defaultdict(lambda: defaultdict(float))
    deliveries = list(node.served)
    for row, k in zip(*np.nonzero(leaving > TINY), strict=True):
        found[plants[row]][deliveries[k]] += float(leaving[row, k])
    return found


def _runs(node: NodePaths) -> dict[Process, int]:
    """Return the number of every run on the way to a delivery."""
    at: dict[Process, int] = {}
    waiting = [head for served in node.served for head, _ in node.parts(pool_of(served))]
    while waiting:
        run = waiting.pop().run
        if run is not None and run not in at:
            at[run] = len(at)
            waiting += [head for head, _ in node.inputs(run)]
    return at

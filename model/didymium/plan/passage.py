"""What passed through which plant: the share of the rare earths in every good, by mass, that a plant handled.

Goods mix as in `plan.content`: one pool for the goods of one commodity, level and region. At each stage of the chain a
tonne counts for the plant of that stage that handled it last, so that the shares of all plants of a stage, and of what
no plant of it handled, come to 1. What was in store before the plan, or is bought, was handled by no plant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from didymium.case.network import Network
from didymium.engine.solve import Solution
from didymium.engine.sparse import splu
from didymium.plan.content import (
    TRACE,
    Links,
    NodeFlows,
    Pool,
    carried,
    flows_by_node,
    oxide_equivalents,
    parts_by_input,
)

Passed = dict[str, dict[Pool, float]]
"""Plant -> pool -> share of the rare earths in it that the plant handled, where there is any."""


def passed(s: Solution, plants: Sequence[str]) -> dict[str, Passed]:
    """Return, for every node, what share of each pool some plants handled, from 0 to 1."""
    by_stage: dict[str, list[str]] = defaultdict(list)
    for p in plants:
        by_stage[s.net.case.projects[p].stage].append(p)
    flows, weights = flows_by_node(s), oxide_equivalents(s.net.case)
    found: dict[str, Passed] = {}
    for name, node in s.net.tree.nodes.items():
        before = found[node.parent] if node.parent else {}
        found[name] = {}
        for stage, of_stage in by_stage.items():
            found[name] |= _handled(s.net, flows[name], weights, before, stage, of_stage)
    return found


def _handled(
    net: Network, node: NodeFlows, weights: dict[str, float], before: Passed, stage: str, plants: list[str]
) -> Passed:
    """Return what plants of one stage handled: all pools of a node mix at once, one linear system for all plants."""
    at = node.numbers()
    if not at:
        return {p: {} for p in plants}
    column, links = {p: k for k, p in enumerate(plants)}, Links()
    entered, handled = np.zeros(len(at)), np.zeros((len(at), len(plants)))
    for pool, tonnes, _ in node.entered:
        entered[at[pool]] += tonnes
    for pool, tonnes in node.drawn:
        entered[at[pool]] += tonnes
        for p, k in column.items():
            handled[at[pool], k] += tonnes * before[p].get(pool, 0.0)
    for pool, tonnes, source in node.moved:
        entered[at[pool]] += tonnes
        links.add(at[pool], at[source], tonnes)
    for pool, tonnes, p, q, origin_level in node.made:
        entered[at[pool]] += tonnes
        if net.case.projects[p].stage != stage:
            region = net.case.projects[p].region
            for c, part in parts_by_input(net.case.recipes[q].inputs, weights, tonnes):
                links.add(at[pool], at[region, c, origin_level], part)
        elif p in column:
            handled[at[pool], column[p]] += tonnes
    stock = carried(at, entered, node.out, links)
    shares = splu(links.matrix(stock + TRACE)).solve(handled).clip(0.0, 1.0)
    pools = list(at)
    return {p: {pools[row]: float(shares[row, k]) for row in np.flatnonzero(shares[:, k])} for p, k in column.items()}

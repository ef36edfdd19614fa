"""What passed through which plant: the share of the rare earths in every good, by mass, that a plant handled.

Goods mix as in `plan.mixing`. At each stage of the chain a tonne counts for the plant of that stage that handled it
last, so that the shares of all plants of a stage, and of what no plant of it handled, come to 1. What was in store
before the plan, or is bought, was handled by no plant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from didymium.case.case import Case
from didymium.engine.matrix import Floats
from didymium.engine.solve import Solution
from didymium.engine.sparse import splu
from didymium.plan.mixing import Mixture, Pool

Passed = dict[str, dict[Pool, float]]
"""Plant -> pool -> share of the rare earths in it that the plant handled, where there is any."""


def passed(s: Solution, plants: Sequence[str], mixtures: Mapping[str, Mixture]) -> dict[str, Passed]:
    """Return, for every node, what share of each pool some plants handled, from 0 to 1."""
    by_stage: dict[str, list[str]] = defaultdict(list)
    for p in plants:
        by_stage[s.net.case.projects[p].stage].append(p)
    found: dict[str, Passed] = {}
    for name, node in s.net.tree.nodes.items():
        before = found[node.parent] if node.parent else {}
        found[name] = {}
        for stage, of_stage in by_stage.items():
            found[name] |= _handled(s.net.case, mixtures[name], before, stage, of_stage)
    return found


def _handled(case: Case, mixture: Mixture, before: Passed, stage: str, plants: list[str]) -> Passed:
    """Return what plants of one stage handled: all pools of a node mix at once, one linear system for all plants."""
    at, flows = mixture.at, mixture.flows
    if not at:
        return {p: {} for p in plants}
    column = {p: k for k, p in enumerate(plants)}
    handled = np.zeros((len(at), len(plants)))
    for pool, tonnes in flows.drawn:
        for p, k in column.items():
            handled[at[pool], k] += tonnes * before[p].get(pool, 0.0)
    for pool, tonnes, p, _, _ in flows.made:
        if p in column:
            handled[at[pool], column[p]] += tonnes
    of_others = np.array([case.projects[p].stage != stage for _, _, p, _, _ in flows.made], np.bool_)
    shares = splu(mixture.matrix(of_others)).solve(handled).clip(0.0, 1.0)
    pools = list(at)
    return {p: _some(pools, shares[:, k]) for p, k in column.items()}


def _some(pools: list[Pool], shares: Floats) -> dict[Pool, float]:
    """Return the pools of which there is any share."""
    rows = np.flatnonzero(shares)
    return dict(zip([pools[row] for row in rows], shares[rows].tolist(), strict=True))

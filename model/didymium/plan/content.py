"""The content of delivered goods: the share of their rare earths, by mass, that is China-free at each stage.

The origin level of a tonne is strict: one Chinese input taints all of it. Here what is in it is counted instead, as
goods mix (plan.mixing): a plant's output contains what its inputs contained; a plant in China makes all of it Chinese
at its stage. So no delivery counts for less here than it does strictly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from didymium.case.case import FREE_BELOW
from didymium.case.network import Network
from didymium.engine.matrix import Floats
from didymium.engine.solve import Solution
from didymium.engine.sparse import spsolve
from didymium.plan.mixing import TRACE, Mixture, Pool


@dataclass(frozen=True, slots=True)
class Content:
    """The share of the rare earths in every pool of a node that is China-free at each stage, from 0 to 1."""

    at: dict[Pool, int]
    shares: dict[str, list[float]]

    def share(self, stage: str, pool: Pool) -> float:
        """Return the China-free share of a pool at a stage."""
        return self.shares[stage][self.at[pool]]


def content(s: Solution, mixtures: Mapping[str, Mixture]) -> dict[str, Content]:
    """Return, for every node, the China-free share of each pool by stage."""
    found: dict[str, Content] = {}
    for name, node in s.net.tree.nodes.items():
        before = found[node.parent] if node.parent else Content({}, {})
        found[name] = Content(mixtures[name].at, _china_free(s.net, mixtures[name], before))
    return found


def _china_free(net: Network, mixture: Mixture, before: Content) -> dict[str, list[float]]:
    """Return the China-free share of every pool by stage: all pools of a node mix at once, which is one linear
    system for each stage."""
    at, flows = mixture.at, mixture.flows
    origin_levels = np.array([pool[2] for pool in at], np.intp)
    ran_at = np.array([origin_level for *_, origin_level in flows.made], np.intp)
    floor = np.array([net.case.projects[p].floor for _, _, p, _, _ in flows.made], np.intp)
    dug = np.array([not net.case.recipes[q].inputs for _, _, _, q, _ in flows.made], np.bool_)
    cleaned = origin_levels[mixture.made_into] < ran_at  # by the separation rule
    found: dict[str, list[float]] = {}
    for stage, below in FREE_BELOW.items() if at else ():
        known = TRACE * (origin_levels < below)
        for pool, tonnes, _ in flows.entered:
            known[at[pool]] += tonnes * (pool[2] < below)
        for pool, tonnes in flows.drawn:
            known[at[pool]] += tonnes * before.share(stage, pool)
        free = floor < below
        np.add.at(known, mixture.made_into, mixture.made_tonnes * (cleaned | (free & dug)))
        shares: Floats = spsolve(mixture.matrix(free & ~cleaned), known).clip(0.0, 1.0)
        found[stage] = shares.tolist()
    return found

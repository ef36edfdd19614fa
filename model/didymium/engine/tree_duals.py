"""Duals of a whole tree put together from those of its scenarios' paths, each solved alone.

A row of the tree at node n weighs as much as the scenarios that pass n: y[row at n] = sum over these s of q[s] y[s][row
in the year of n], q their weights in the cost. By weak duality these prove a bound of the tree, at least the mean of
the scenarios' own: what one scenario would gain by deciding otherwise than the others before they part is made up
there, whatever the decision (modules, public money, stocks), by what the others lose.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from didymium.case.case import Case
from didymium.case.tree import Tree
from didymium.engine.matrix import Floats, Matrix

PathDuals = dict[tuple[object, ...], float]
"""(rule, index without the node, year) -> dual of a path on which everything is certain."""
Weights = dict[str, float]
"""Scenario -> its weight in the cost of the tree; they sum to 1."""


def path_duals(matrix: Matrix, tree: Tree, duals: Floats) -> PathDuals:
    """Return the duals of one scenario's path by rule, index and year; those of 0 are left out."""
    year = {name: node.year for name, node in tree.nodes.items()}
    return {
        (rule, *index[:-1], year[str(index[-1])]): float(duals[k])
        for k in np.flatnonzero(duals).tolist()
        for rule, index in (matrix.rows[k],)
        if str(index[-1]) in year
    }


def tree_duals(case: Case, tree: Tree, matrix: Matrix, found: Mapping[str, PathDuals], weights: Weights) -> Floats:
    """Return duals of the rows of a tree from those of its scenarios' paths."""
    passing: dict[str, list[tuple[float, PathDuals]]] = {name: [] for name in tree.nodes}
    for s, leaf in tree.leaves.items():
        for n in tree.path(leaf):
            passing[n].append((weights[s], found[s]))
    y = np.zeros(len(matrix.rows))
    for k, (rule, index) in enumerate(matrix.rows):
        n = str(index[-1]) if index else ""
        if n in passing:
            key = (rule, *index[:-1], tree.nodes[n].year)
            y[k] = sum(q * duals.get(key, 0.0) for q, duals in passing[n] if q)
        elif rule == "tail_excess":
            y[k] = weights[n] - (1 - case.risk_weight) * case.scenarios[n].probability
    return y


def expected_weights(case: Case, scenarios: list[str]) -> Weights:
    """Return the probability of each scenario."""
    return {s: case.scenarios[s].probability for s in scenarios}


def worst_weights(case: Case, costs: Mapping[str, float]) -> Weights:
    """Return the weights in which the scenarios' costs, M USD, make up the objective: (1 - risk weight) x probability,
    and for the worst of them, as far as the tail reaches, risk weight x probability / tail."""
    weights = expected_weights(case, list(costs))
    if not case.risk_weight or len(costs) < 2:
        return weights
    left = case.risk_tail
    for s in sorted(costs, key=lambda s: -costs[s]):
        share = min(left, weights[s])
        left -= share
        weights[s] = (1 - case.risk_weight) * weights[s] + case.risk_weight * share / case.risk_tail
    return weights

"""One plan of a whole tree, put together from the shared stage and from each scenario after its reveal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from didymium.case.case import Case
from didymium.case.network import Network
from didymium.case.tree import Tree
from didymium.engine.matrix import Floats, Values
from didymium.engine.solve import Solution
from didymium.engine.tree_duals import worst_weights
from didymium.statuses import Status

Names = dict[str, str]
"""Nodes: the name in one tree -> the name in another."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One scenario from its reveal on: values, duals and costs at the nodes of its path, by the names of the path.

    `bound`: no plan of the path with the same shared stage costs less, M USD. `years` is the year of each node of the
    path, in the order of the columns of `costs`.
    """

    bound: float
    values: Values
    duals: Values
    costs: Floats
    years: dict[str, int]
    clean: bool
    size: dict[str, int]
    log: str
    warnings: list[str]


def mean_cvar(case: Case, costs: dict[str, float]) -> float:
    """Return the objective of scenario costs, M USD: their expectation, mixed with the mean of the worst as far as the
    tail reaches (the conditional value at risk).

    (1 - risk weight) x E[cost] + risk weight x CVaR. It rises with each of the costs.
    """
    return sum(weight * costs[s] for s, weight in worst_weights(case, costs).items())


def scenario_costs(tree: Tree, costs: Floats) -> dict[str, float]:
    """Return the discounted cost of every scenario's path, M USD, from the cost of its nodes (kind x node, M USD a
    year)."""
    return tree.path_costs(dict(zip(tree.nodes, costs.sum(axis=0).tolist(), strict=True)))


def assembled(
    case: Case, tree: Tree, shared_stage: Solution, shared: Names, branches: dict[str, Branch], bound: float
) -> Solution:
    """Return the plan of the whole tree: `shared` nodes (names there -> names in the tree) from the shared stage, every
    other from the branch whose it is.

    Duals are scaled from the weight that a node had where it was solved to the one that it has in the tree.
    """
    parts = _Parts(tree, len(shared_stage.kinds))
    parts.take_shared(shared_stage, shared)
    for s, branch in branches.items():
        parts.take_branch(
            branch, {n.year: n.name for n in tree.nodes.values() if n.scenario == s}, set(shared.values())
        )
    net = Network(case, tree)
    _zeros(net, parts.values)
    return Solution(
        net=net,
        status=Status.GAP_REACHED,
        objective=mean_cvar(case, scenario_costs(tree, parts.costs)),
        bound=bound,
        values=parts.values,
        duals=parts.duals,
        costs=parts.costs,
        kinds=shared_stage.kinds,
        clean=shared_stage.clean and all(b.clean for b in branches.values()),
        size={name: sum(b.size[name] for b in branches.values()) for name in shared_stage.size},
        seconds={},
        warnings=sorted({w for b in branches.values() for w in b.warnings} | set(shared_stage.warnings)),
    )


class _Parts:
    """Values, duals and costs of a whole tree while they are gathered."""

    def __init__(self, tree: Tree, kinds: int) -> None:
        self.tree = tree
        self.values: Values = {}
        self.duals: Values = {}
        self.costs = np.zeros((kinds, len(tree.nodes)))
        self._column = {name: k for k, name in enumerate(tree.nodes)}

    def take_shared(self, part: Solution, names: Names) -> None:
        """Copy the shared nodes of another tree, in which they have other weights and maybe other names."""
        nodes = part.net.tree.nodes

        def weight(node: str) -> float:
            return self.tree.nodes[node].weight / nodes[before[node]].weight if nodes[before[node]].weight else 0.0

        before = {node: name for name, node in names.items()}
        _copy(part.values, self.values, names, lambda node: 1.0)
        _copy(part.duals, self.duals, names, weight)
        column = {name: k for k, name in enumerate(nodes)}
        for name, node in names.items():
            self.costs[:, self._column[node]] = part.costs[:, column[name]]

    def take_branch(self, branch: Branch, own: dict[int, str], shared: set[str]) -> None:
        """Copy the nodes of a branch that are its scenario's own (year -> node of the tree), solved as if certain."""
        names = {at: own[year] for at, year in branch.years.items() if year in own and own[year] not in shared}
        _copy(branch.values, self.values, names, lambda node: 1.0)
        _copy(branch.duals, self.duals, names, lambda node: self.tree.nodes[node].probability)
        for k, at in enumerate(branch.years):
            if at in names:
                self.costs[:, self._column[names[at]]] = branch.costs[:, k]


def _copy(found: Values, into: Values, names: Names, weight: Callable[[str], float]) -> None:
    """Copy what is indexed by the nodes in `names` under their new names, each value times the weight of its node."""
    for component, entries in found.items():
        kept = into.setdefault(component, {})
        for index, value in entries.items():
            node = names.get(str(index[-1]))
            if node is not None:
                kept[(*index[:-1], node)] = value * weight(node)


def _zeros(net: Network, values: Values) -> None:
    """What the whole tree's tables look up and a branch had no variable for."""
    for component, indices in (("build", net.builds), ("short", net.shorts)):
        found = values.setdefault(component, {})
        for index in indices:
            found.setdefault(index, 0.0)

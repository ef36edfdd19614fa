"""A plan to start from: the decisions of an earlier plan, or of a neighbouring case's, as modules of this model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from didymium.case.network import Network
from didymium.engine.basis import NamedBasis
from didymium.engine.cases import Cases, cases_of
from didymium.engine.matrix import Floats, Matrix
from didymium.results.proof import Proof

Decisions = Mapping[tuple[str, int], int]
"""(project, decision year) -> modules."""


@dataclass(frozen=True, slots=True)
class Start:
    """A plan to start from: its decisions on the path of each scenario, the duals that proved its bound, the basis in
    which its relaxation ended, and a bound, M USD, that was proven of this very case before."""

    decisions: Mapping[str, Decisions]
    proof: Proof | None = None
    basis: NamedBasis | None = None
    bound: float | None = None


def start_cases(matrix: Matrix, start: Start) -> Cases | None:
    """Return what proved the bound of a plan to start from, for this model; None where this is another model."""
    return None if start.proof is None else cases_of(matrix, start.proof)


def start_modules(matrix: Matrix, net: Network, decisions: Mapping[str, Decisions]) -> Floats:
    """Return a number of modules for every integer column, in their order: those of the plan to start from.

    A decision is taken in its own year, or in the first later one in which this model can take it. Decisions before the
    first year are what the new case commits itself, and projects that it does not have are left out; so the modules
    need not keep every rule.
    """
    decided: dict[tuple[str, str], int] = {}
    for scenario, leaf in net.tree.leaves.items():
        on_path = _by_node(net, scenario, decisions.get(scenario, {}))
        for n in net.tree.path(leaf):
            shared = net.tree.nodes[n].scenario != scenario  # then the branch whose node it is has the last word
            for p in net.case.projects:
                if not (shared and (p, n) in decided):
                    decided[p, n] = on_path.get((p, n), 0)
    columns = [matrix.columns[k][1] for k in np.flatnonzero(matrix.integer).tolist()]
    return np.array([decided.get((str(p), str(n)), 0) for p, n in columns], dtype=float)


def _by_node(net: Network, scenario: str, decisions: Decisions) -> dict[tuple[str, str], int]:
    """The modules decided at every node of a scenario's path."""
    path = sorted((net.tree.nodes[n].year, n) for n in net.tree.path(net.tree.leaves[scenario]))
    possible = set(net.builds)
    decided: dict[tuple[str, str], int] = defaultdict(int)
    for (project, year), modules in decisions.items():
        node = next((n for at, n in path if at >= year and (project, n) in possible), None)
        if node is not None and year >= path[0][0]:
            decided[project, node] += modules
    return dict(decided)

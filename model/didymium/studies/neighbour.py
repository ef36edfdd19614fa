"""A case that differs little from one that was solved: solved again in a fraction of the time.

The relaxation starts from the basis in which the neighbour's ended, so that its bound is proven in a second; then the
neighbour's decisions are operated from that basis. Where that plan is within the gap of the bound, that is all; else
the relaxation's modules are rounded and moved, and only then, where it is wanted, everything is searched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from didymium.case.case import Case
from didymium.case.tree import Tree
from didymium.case_inputs import CaseInputs
from didymium.engine.basis import NamedBasis
from didymium.engine.control import Interrupt, Options, relative_gap
from didymium.engine.search import Search
from didymium.engine.solve import Solution, prepare
from didymium.engine.start import Start, start_modules
from didymium.plans import Plan
from didymium.solving import start_of
from didymium.statuses import StopReason

Built = dict[tuple[str, int], int]
"""(project, decision year) -> modules."""


def start_from(inputs: CaseInputs, plan: Plan, solution: Solution) -> Start:
    """Return where a neighbour of a solved case starts from: its decisions, its bound's duals and its basis."""
    return replace(start_of(inputs, plan, lambda message: None), basis=solution.basis)


@dataclass(frozen=True, slots=True)
class NearPlan:
    """The plan of a neighbouring case on one path: cost and bound, M USD, its decisions, and whether it is within the
    gap that was required. `cost` is None where none was found, `infeasible` where there is none."""

    cost: float | None
    bound: float | None
    built: Built
    proven: bool
    infeasible: bool = False
    basis: NamedBasis | None = None

    def start(self, tree: Tree) -> Start:
        """Return where a neighbour starts from."""
        return Start(dict.fromkeys(tree.leaves, self.built), None, self.basis)


def solve_near(
    case: Case, tree: Tree, start: Start | None, options: Options, interrupt: Interrupt | None = None
) -> NearPlan:
    """Return the plan of a case on a path, near one that was solved where there is a `start`; found by the model and
    not re-checked without it."""
    net, matrix, _ = prepare(case, tree)
    modules = None if start is None else start_modules(matrix, net, start.decisions)
    basis = None if start is None else start.basis
    found = Search(matrix, options, None, None, interrupt, modules, None, tree, basis).run()
    if found.x is None or found.objective is None:
        none = found.stopped in (StopReason.INFEASIBLE, StopReason.INFEASIBLE_OR_UNBOUNDED)
        return NearPlan(None, found.bound, {}, none, none, found.basis)
    built: Built = {}
    for k in np.flatnonzero(matrix.integer).tolist():
        if (count := round(found.x[k])) > 0:
            project, node = matrix.columns[k][1]
            built[str(project), net.tree.nodes[str(node)].year] = count
    gap = relative_gap(found.objective, found.bound)
    bound = None if found.bound is None else min(found.bound, found.objective)
    return NearPlan(found.objective, bound, built, gap is not None and gap <= options.gap + 1e-9, basis=found.basis)

"""A case that differs little from one that was solved: solved again in a fraction of the time.

The relaxation starts from the basis in which the neighbour's ended, so that its bound is proven in a second; then the
neighbour's decisions are operated from that basis. Where that plan is within the gap of the bound, that is all; else
the relaxation's modules are rounded and moved, and only then, where it is wanted, everything is searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from didymium.case.case import Case
from didymium.case.network import Network
from didymium.case.pools import apart
from didymium.case.tree import Tree
from didymium.engine.basis import NamedBasis
from didymium.engine.control import Interrupt, Options, relative_gap
from didymium.engine.highs import Outcome
from didymium.engine.matrix import CostArrays, Matrix
from didymium.engine.prices import price_lp
from didymium.engine.search import Search
from didymium.engine.solve import Solution, duals_by_rule, prepare
from didymium.engine.start import Start, start_modules
from didymium.errors import BrokenPlan
from didymium.recheck import TOLERANCE
from didymium.statuses import Status, StopReason

Built = dict[tuple[str, int], int]
"""(project, decision year) -> modules."""


@dataclass(frozen=True, slots=True)
class NearPlan:
    """The plan of a neighbouring case on one path: cost and bound, M USD, its decisions, and whether it is within the
    gap that was required. `cost` is None where none was found, `infeasible` where there is none. `solution` has the
    flows and duals of a large model, its exposure labels as the solver left them."""

    cost: float | None
    bound: float | None
    built: Built
    proven: bool
    infeasible: bool = False
    basis: NamedBasis | None = None
    solution: Solution | None = None

    def start(self, tree: Tree) -> Start:
        """Return where a neighbour starts from."""
        return Start(dict.fromkeys(tree.leaves, self.built), None, self.basis)


def near_to_json(near: NearPlan) -> dict[str, object]:
    """Return a neighbour's plan as JSON holds it: without its basis and its flows."""
    return {
        "cost": near.cost,
        "bound": near.bound,
        "built": built_to_json(near.built),
        "proven": near.proven,
        "infeasible": near.infeasible,
    }


def near_from_json(value: Any) -> NearPlan:
    """Return what `near_to_json` gave."""
    built = built_from_json(value["built"])
    return NearPlan(value["cost"], value["bound"], built, bool(value["proven"]), bool(value["infeasible"]))


def built_to_json(built: Mapping[tuple[str, int], int]) -> list[list[object]]:
    """Return decisions as JSON holds them: [project, decision year, modules] each."""
    return [[project, year, modules] for (project, year), modules in built.items()]


def built_from_json(value: Any) -> Built:
    """Return what `built_to_json` gave."""
    return {(str(project), int(year)): int(modules) for project, year, modules in value}


def solve_near(
    case: Case, tree: Tree, start: Start | None, options: Options, interrupt: Interrupt | None = None
) -> NearPlan:
    """Return the plan of a case on a path, near one that was solved where there is a `start`.

    It is held against every row of the model, but not re-checked without the model. Raises BrokenPlan where it breaks a
    row: a fault of the solver.
    """
    net, matrix, costs = prepare(case, tree)
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
    if (violation := matrix.violation(found.x)) > TOLERANCE:
        raise BrokenPlan(f"a plan breaks a rule of the model by {100 * violation:.3g} %; this is a fault of ours")
    gap = relative_gap(found.objective, found.bound)
    bound = None if found.bound is None else min(found.bound, found.objective)
    proven = gap is not None and gap <= options.gap + 1e-9
    solution = None
    if found.basis is not None:  # of a large model
        if found.row_duals is None:  # found by branching: not priced yet
            priced = price_lp(matrix, found.x, options)
            if priced.stopped == StopReason.OPTIMAL:  # else its prices are not known
                found.x, found.row_duals = priced.x, priced.row_duals
        stopped = interrupt is not None and interrupt.requested
        status = Status.GAP_REACHED if proven else Status.INTERRUPTED if stopped else Status.TIME_LIMIT
        solution = _solution(net, matrix, costs, found, bound, status)
    return NearPlan(found.objective, bound, built, proven, basis=found.basis, solution=solution)


def _solution(
    net: Network, matrix: Matrix, costs: CostArrays, found: Outcome, bound: float | None, status: Status
) -> Solution:
    assert found.x is not None
    assert found.objective is not None
    return Solution(
        net=net,
        status=status,
        objective=found.objective,
        bound=bound,
        values=apart(net, matrix.values(found.x)),
        duals=duals_by_rule(matrix, found),
        costs=costs.kinds_by_node(found.x),
        kinds=costs.kinds,
        clean=False,
        size={},
        seconds={},
    )

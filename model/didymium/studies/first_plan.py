"""The plan of the case as it is, which a study begins with: solved and re-checked, or as an earlier run kept it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from didymium.case.tree import Tree
from didymium.case_inputs import CaseInputs
from didymium.engine.basis import NamedBasis
from didymium.engine.control import Options
from didymium.engine.solve import Solution
from didymium.engine.start import Start
from didymium.plans import Plan
from didymium.results import PlanTables, as_plan, by_name
from didymium.solving import SolveCallbacks, checked_plan, start_of

NAME = "first plan"
KEPT = ("investments", "finance", "stockpiles", "targets", "costs")  # the tables of a plan that studies look at


@dataclass(frozen=True, slots=True)
class FirstPlan:
    """A plan, its bound, M USD, the basis in which its relaxation ended, and the CPU seconds that it took."""

    plan: Plan
    bound: float | None
    basis: NamedBasis | None
    spent: float

    def start(self, inputs: CaseInputs) -> Start:
        """Return where a neighbour of the case starts from: the plan's decisions and its basis."""
        return start_from(inputs, self.plan, self.basis)


def start_from(inputs: CaseInputs, plan: Plan, basis: NamedBasis | None) -> Start:
    """Return where a neighbour of a solved case starts from: the decisions of its plan and its basis."""
    return replace(start_of(inputs, plan, lambda message: None), proof=None, basis=basis)


def first_plan(
    inputs: CaseInputs, tree: Tree, options: Options, callbacks: SolveCallbacks, start: Start | None = None
) -> FirstPlan:
    """Return the plan of a case, from one to start from where there is one. Raises as `didymium.solve`."""

    def solved() -> FirstPlan:
        begun = time.process_time()
        plan, solution = checked_plan(inputs, tree, options, callbacks.of_one_solve, start=start)
        return FirstPlan(plan, _bound(solution, plan), solution.basis, time.process_time() - begun)

    return callbacks.finished.remember(NAME, solved, _to_json, lambda value: _from_json(value, inputs))


def _bound(solution: Solution, plan: Plan) -> float | None:
    return None if solution.bound is None else min(solution.bound, plan.cost)


def tables_to_json(tables: PlanTables) -> dict[str, object]:
    """Return the tables of a plan that studies look at, as JSON holds them."""
    rows = by_name(tables)
    return {name: rows[name] for name in KEPT if name in rows}


def tables_from_json(value: Any) -> PlanTables:
    """Return what `tables_to_json` gave."""
    return as_plan({name: list(rows) for name, rows in value.items()})


def basis_to_json(basis: NamedBasis | None) -> object:
    """Return a basis as JSON holds it; None where there is none."""
    return None if basis is None else basis.to_json()


def basis_from_json(value: Any) -> NamedBasis | None:
    """Return what `basis_to_json` gave."""
    return None if value is None else NamedBasis.from_json(value)


def _to_json(first: FirstPlan) -> dict[str, object]:
    return {
        "scenarios": first.plan.scenarios,
        "tables": tables_to_json(first.plan.tables),
        "summary": first.plan.summary,
        "clean_labels": first.plan.clean_labels,
        "bound": first.bound,
        "basis": basis_to_json(first.basis),
        "spent": first.spent,
    }


def _from_json(value: Any, inputs: CaseInputs) -> FirstPlan:
    plan = Plan(
        inputs.source,
        list(value["scenarios"]),
        tables_from_json(value["tables"]),
        value["summary"],
        {},
        bool(value["clean_labels"]),
    )
    return FirstPlan(plan, value["bound"], basis_from_json(value["basis"]), float(value["spent"]))

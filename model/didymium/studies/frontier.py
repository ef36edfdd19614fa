"""The frontier: what each level of the targets costs, from the strictest down, each level from its neighbour's plan.

A plan of a stricter level keeps every rule of a laxer one, and a bound of a laxer level holds for every stricter one.
So cost and bound both rise with the level, by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from didymium.case.tree import Tree
from didymium.case_inputs import CaseInputs
from didymium.engine.control import Options
from didymium.engine.start import Start
from didymium.errors import NoPlan, Unfinished
from didymium.plan.costs import costs
from didymium.plan.investments import investments
from didymium.plan.rows import as_number
from didymium.plan.targets import targets
from didymium.results import PlanTables, as_plan
from didymium.solving import SolveCallbacks, checked_plan, tree_for
from didymium.statuses import Status
from didymium.studies.first_plan import (
    basis_from_json,
    basis_to_json,
    start_from,
    tables_from_json,
    tables_to_json,
)
from didymium.studies.levels import at_level, in_words, refuse_unknown
from didymium.studies.neighbour import NearPlan, built_from_json, built_to_json, solve_near

APART = 1.0  # percent of the full targets: how near the highest point reached and the lowest unreachable one come
HALVINGS = 7  # of the span between them at caps
WIDER_BETWEEN = 1.5  # times the gap, of the levels between the strictest and the laxest, where none is required


@dataclass(slots=True)
class Point:
    """A level of the targets, percent of what they require in full, and what was found: the best plan and a bound, M
    USD. Where no plan exists both are None and the status is infeasible."""

    percent: float
    status: Status
    cost: float | None = None
    bound: float | None = None
    tables: PlanTables | None = None  # of the plan: investments, targets and costs at least
    start: Start | None = None  # where a neighbour starts from
    violation: float | None = None  # the largest that the re-check found; None where the plan was not re-checked

    @property
    def reached(self) -> bool:
        """Whether every target is met in every year, none of them by paying for a shortfall."""
        return self.tables is not None and not any(row["miss_t"] > 0 for row in self.tables["targets"])


@dataclass(slots=True)
class Frontier:
    """Every level that was tried, the lowest first. `targets` are those that were scaled; empty: all."""

    inputs: CaseInputs
    targets: list[str]
    scenario: str
    levels: list[Point] = field(default_factory=list)
    complete: bool = True
    gap_between: float = 0.0  # required of the levels between the strictest and the laxest

    @property
    def solved(self) -> list[Point]:
        """The levels with a plan, the lowest first."""
        return [point for point in self.levels if point.tables is not None]


def levels_between(low: float, high: float, steps: int) -> list[float]:
    """Return so many levels at even distances, percent of the full targets, the strictest first."""
    return [round(float(point), 6) for point in np.linspace(high, low, steps)]


def find_frontier(
    inputs: CaseInputs,
    targets: Sequence[str],
    percents: Sequence[float],
    scenario: str | None,
    options: Options,
    callbacks: SolveCallbacks,
    wider: float = 1.0,
) -> Frontier:
    """Solve every level, the strictest first; where a level cannot be reached, also how far one can go.

    The strictest and the laxest are solved to the gap of `options`, those between to one so many times
    `wider`.

    Raises BadWorkbook for an unknown target or scenario, Unfinished where no level has a plan in time.
    """
    refuse_unknown(inputs, targets)
    tree = tree_for(inputs, scenario, stochastic=False)
    found = Frontier(inputs, list(targets), next(iter(tree.leaves)))
    between = replace(options, gap=options.gap * wider)
    found.gap_between = between.gap
    status = callbacks.on_status or (lambda message: None)
    finished = callbacks.finished
    if message := finished.message([name_of(percent) for percent in percents], "levels"):
        status(message)
    before: Point | None = None
    unreachable: float | None = None
    for k, percent in enumerate(percents, 1):
        if callbacks.stopped:
            break
        status(f"level {k} of {len(percents)}: {in_words(percent)} of the full targets")
        last = k == len(percents)
        point = _point(found, percent, before, options if last or before is None else between, callbacks, last)
        found.levels.append(point)
        if point.tables is None:
            unreachable = percent
            continue
        if before is None and unreachable is not None:
            _approach(found, point, unreachable, between, callbacks, status)
        before = point
    if not found.solved and not any(point.status == Status.INFEASIBLE for point in found.levels):
        raise Unfinished("no level of the targets has a plan in the time allowed; give it more time")
    found.complete = not callbacks.stopped
    found.levels.sort(key=lambda point: point.percent)
    _make_monotone(found.levels)
    return found


def name_of(percent: float) -> str:
    """Return the name under which a level is kept."""
    return f"level {percent:g}"


def _point(
    frontier: Frontier,
    percent: float,
    before: Point | None,
    options: Options,
    callbacks: SolveCallbacks,
    recheck: bool = True,
) -> Point:
    """The best plan at a level, as an earlier run kept it or as a neighbour of another."""
    return callbacks.finished.remember(
        name_of(percent),
        lambda: _solved(frontier, percent, before, options, callbacks, recheck),
        lambda point: _to_json(point, frontier.scenario),
        lambda value: _from_json(value, frontier.scenario),
    )


def _to_json(point: Point, scenario: str) -> dict[str, object]:
    start = point.start
    return {
        "percent": point.percent,
        "status": str(point.status),
        "cost": point.cost,
        "bound": point.bound,
        "tables": None if point.tables is None else tables_to_json(point.tables),
        "built": None if start is None else built_to_json(start.decisions[scenario]),
        "basis": basis_to_json(None if start is None else start.basis),
        "violation": point.violation,
    }


def _from_json(value: Any, scenario: str) -> Point:
    start = None
    if value["built"] is not None:
        start = Start({scenario: built_from_json(value["built"])}, None, basis_from_json(value["basis"]))
    return Point(
        float(value["percent"]),
        Status(value["status"]),
        value["cost"],
        value["bound"],
        None if value["tables"] is None else tables_from_json(value["tables"]),
        start,
        value["violation"],
    )


def _solved(
    frontier: Frontier,
    percent: float,
    before: Point | None,
    options: Options,
    callbacks: SolveCallbacks,
    recheck: bool = True,
) -> Point:
    """The best plan at a level, as a neighbour of another. With `recheck` also as `didymium solve` makes it."""
    inputs = at_level(frontier.inputs, percent, frontier.targets)
    tree = tree_for(inputs, frontier.scenario, stochastic=False)
    start = None if before is None else before.start
    if not recheck and start is not None and start.basis is not None:
        near = solve_near(inputs.case, tree, start, options, callbacks.interrupt)
        if near.infeasible or near.solution is not None:
            return _near_point(percent, near, tree)
    try:
        plan, solution = checked_plan(inputs, tree, options, callbacks.of_one_solve, start=start)
    except NoPlan:
        return Point(percent, Status.INFEASIBLE)
    except Unfinished:
        return Point(percent, Status.TIME_LIMIT)
    start = start_from(inputs, plan, solution.basis)
    violation = as_number(plan.summary["largest_violation"])
    return Point(percent, plan.status, plan.cost, solution.bound, plan.tables, start, violation)


def _near_point(percent: float, near: NearPlan, tree: Tree) -> Point:
    """A level whose plan the model found."""
    s = near.solution
    if s is None:
        return Point(percent, Status.INFEASIBLE)
    found: dict[str, Sequence[Mapping[str, object]]] = {
        "investments": list(investments(s)),
        "targets": list(targets(s)),
        "costs": list(costs(s)),
    }
    return Point(percent, s.status, near.cost, near.bound, as_plan(found), near.start(tree))


def _approach(
    frontier: Frontier,
    reached: Point,
    unreachable: float,
    options: Options,
    callbacks: SolveCallbacks,
    status: Callable[[str], None],
) -> None:
    """Halve the span between the highest level reached and the lowest that cannot be, and keep the levels tried."""
    low = reached
    for _ in range(HALVINGS):
        if unreachable - low.percent <= APART or callbacks.stopped:
            return
        middle = round((low.percent + unreachable) / 2, 2)
        status(f"how far one can go: {in_words(middle)} of the full targets")
        point = _point(frontier, middle, low, options, callbacks, recheck=False)
        frontier.levels.append(point)
        if point.status == Status.INFEASIBLE:
            unreachable = middle
        elif point.tables is None:  # neither found nor refuted in time: the span stays as it is
            return
        else:
            low = point


def _make_monotone(levels: Sequence[Point]) -> None:
    """Let no level cost more than a stricter one's plan, and none have a bound below a laxer one's."""
    cheapest: float | None = None
    for point in reversed(levels):
        if point.cost is not None:
            cheapest = point.cost if cheapest is None else min(cheapest, point.cost)
            point.cost = cheapest
    highest: float | None = None
    for point in levels:
        if point.bound is not None:
            highest = point.bound if highest is None else max(highest, point.bound)
            point.bound = highest if point.cost is None else min(highest, point.cost)

"""What it is worth to know the future, and to plan for not knowing it (MODEL.md section 9).

Every cost comes with a bound, for solves stop at a gap: so each value is told as the least and the most that it can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from didymium.api import CaseInputs, Plan, SolveCallbacks, checked_plan
from didymium.case.case import Case
from didymium.case.tree import Tree, full_tree, path_tree
from didymium.engine.branches import expected_value_policy
from didymium.engine.highs import Options
from didymium.engine.parallel import ParallelContext
from didymium.engine.solve import Solution
from didymium.errors import BadWorkbook, BrokenPlan, LostJob, NoPlan, Problem, Unfinished
from didymium.jobs import WorkerPool


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost that was reached and one that no plan can be below, M USD; infinite where there is no plan, or none was
    found in time."""

    reached: float
    bound: float

    def less(self, other: Cost) -> tuple[float, float]:
        """The least and the most that this cost less the other can be, where both are at their best; never below 0."""
        return max(0.0, self.bound - other.reached), max(0.0, self.reached - other.bound)


NEEDS_NO_TAIL = "the values of information are of expected cost; set risk_weight to 0 to have them"
NO_PLAN = Cost(float("inf"), float("inf"))
NOT_FOUND = Cost(float("inf"), float("-inf"))


def value(
    asked: CaseInputs, plan: Plan, options: Options, watch: SolveCallbacks, workers: int = 1, cluster: str | None = None
) -> dict[str, float | None]:
    """What the plan of all scenarios is to be held against, as summary.json tells it under `value`; None for what has
    no plan.

    wait_and_see: each scenario foreseen, by its odds. trust_base: the base's own plan held until each scenario reveals
    itself, the best made of it then. perfect_information = stochastic - wait_and_see, planning = trust_base -
    stochastic, each from least to most. Raises BadWorkbook where the bad tail has weight: these are values of expected
    cost.
    """
    if plan.weighs_risk:
        raise BadWorkbook([Problem("Settings", NEEDS_NO_TAIL)])
    case = asked.case
    others = [name for name in case.likely if name != case.base.name]
    cost, base = _solved(asked, path_tree(case, case.base.name), options, watch, f"foreseeing {case.base.name}")
    trust = NO_PLAN
    with WorkerPool(workers, cluster) as crew:
        if crew.is_alone:
            costs = [_solved(asked, path_tree(case, name), options, watch, f"foreseeing {name}")[0] for name in others]
        else:
            costs = crew.run(_foreseen, [(asked, name, options) for name in others], _says(others, watch))
        if base is not None:
            words = f"trusting {case.base.name} until something else is revealed"
            trust, _ = _solved(
                asked, full_tree(case), options, watch, words, _trusting(case, base, options, crew, watch)
            )
    foreseen = [
        (case.scenarios[name].probability, told)
        for name, told in zip((case.base.name, *others), (cost, *costs), strict=True)
    ]
    see = Cost(*(sum(p * getattr(told, side) for p, told in foreseen if p) for side in ("reached", "bound")))
    return _told(see, _cost(plan), trust)


def _trusting(
    case: Case, base: Solution, options: Options, crew: WorkerPool, watch: SolveCallbacks
) -> Callable[[Path], Solution]:
    return lambda log: expected_value_policy(
        case, base, options, log, ParallelContext(crew, watch.on_status, watch.on_progress, watch.interrupt)
    )


def _foreseen(asked: CaseInputs, scenario: str, options: Options) -> Cost:
    """One scenario alone, foreseen, in a process of its own."""
    return _solved(asked, path_tree(asked.case, scenario), options, SolveCallbacks(), "")[0]


def _says(names: list[str], watch: SolveCallbacks) -> Callable[[int, Cost], None]:
    return lambda k, cost: (
        watch.on_status(f"foreseen {names[k]}: {cost.reached:,.0f} M USD") if watch.on_status else None
    )


def _solved(
    asked: CaseInputs,
    tree: Tree,
    options: Options,
    watch: SolveCallbacks,
    words: str,
    by: Callable[[Path], Solution] | None = None,
) -> tuple[Cost, Solution | None]:
    """One of the solves; what it lacks costs the values their certainty, and never the plan that they are about."""
    if watch.on_status:
        watch.on_status(words)
    try:
        plan, solution = checked_plan(asked, tree, options, watch, by)
    except NoPlan:
        return NO_PLAN, None
    except (Unfinished, BrokenPlan, LostJob) as error:
        if watch.on_status:
            watch.on_status(f"{words}: not found; the values that need it stay unknown ({error})")
        return NOT_FOUND, None
    return _cost(plan), solution


def _cost(plan: Plan) -> Cost:
    bound = plan.summary["bound_musd"]
    return Cost(plan.cost, plan.cost if bound is None else min(plan.cost, float(str(bound))))


def _told(see: Cost, stochastic: Cost, trust: Cost) -> dict[str, float | None]:
    information, planning = stochastic.less(see), trust.less(stochastic)
    told = {
        "wait_and_see_musd": see.reached,
        "wait_and_see_bound_musd": see.bound,
        "stochastic_musd": stochastic.reached,
        "stochastic_bound_musd": stochastic.bound,
        "trust_base_musd": trust.reached,
        "trust_base_bound_musd": trust.bound,
        "perfect_information_least_musd": information[0],
        "perfect_information_most_musd": information[1],
        "planning_least_musd": planning[0],
        "planning_most_musd": planning[1],
    }
    return {name: amount if abs(amount) < float("inf") else None for name, amount in told.items()}

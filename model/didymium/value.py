"""What it is worth to know the future, and to plan for not knowing it: the expected value of perfect information, and
of the stochastic solution.

Every cost comes with a bound, for solves stop at a gap: so each value is reported as the minimum and the maximum that
it can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from didymium.case.tree import Tree, full_tree, path_tree
from didymium.case_inputs import CaseInputs
from didymium.engine.branches import expected_value_policy
from didymium.engine.control import Options
from didymium.engine.parallel import ParallelContext
from didymium.engine.solve import Solution
from didymium.errors import BadWorkbook, BrokenPlan, LostJob, NoPlan, Problem, Unfinished
from didymium.interrupts import job_interrupt
from didymium.jobs import WorkerPool
from didymium.plan.rows import as_number
from didymium.plans import Plan
from didymium.solving import SolveCallbacks, checked_plan


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost that was reached and one that no plan can be below, M USD; infinite where there is no plan, or none was
    found in time."""

    reached: float
    bound: float

    def less(self, other: Cost) -> tuple[float, float]:
        """Return the minimum and the maximum of this cost less the other, where both are at their best; never below
        0."""
        return max(0.0, self.bound - other.reached), max(0.0, self.reached - other.bound)


NEEDS_NO_TAIL = "the values of information are of expected cost; set risk_weight to 0 to have them"
NO_PLAN = Cost(float("inf"), float("inf"))
NOT_FOUND = Cost(float("inf"), float("-inf"))


def value(
    inputs: CaseInputs,
    plan: Plan,
    options: Options,
    callbacks: SolveCallbacks,
    workers: int = 1,
    cluster: str | None = None,
) -> dict[str, float | None]:
    """Return what the plan of all scenarios is compared with, M USD, as summary.json has it under `value`; None for
    what has no plan.

    wait_and_see: the mean cost of each scenario known from the start. trust_base: the base's own plan kept until each
    scenario reveals itself, the best made of it then. perfect_information = stochastic - wait_and_see, planning =
    trust_base - stochastic, each with its minimum and maximum. Raises BadWorkbook where the bad tail has weight: these
    are values of expected cost.
    """
    if plan.weighs_risk:
        raise BadWorkbook([Problem("Settings", NEEDS_NO_TAIL)])
    case = inputs.case
    others = [name for name in case.likely if name != case.base.name]
    cost, base = _solved(inputs, path_tree(case, case.base.name), options, callbacks, f"foreseeing {case.base.name}")
    with WorkerPool(workers, cluster) as pool:
        costs = _costs_of(inputs, others, options, callbacks, pool)
        trust = NO_PLAN if base is None else _base_plan_cost(inputs, base, options, callbacks, pool)
    weighted = [
        (case.scenarios[name].probability, cost)
        for name, cost in zip((case.base.name, *others), (cost, *costs), strict=True)
    ]
    see = Cost(*(sum(p * getattr(cost, side) for p, cost in weighted if p) for side in ("reached", "bound")))
    return _as_record(see, _cost(plan), trust)


def _costs_of(
    inputs: CaseInputs, scenarios: list[str], options: Options, callbacks: SolveCallbacks, pool: WorkerPool
) -> list[Cost]:
    """The cost of each scenario known from the start: here, or as jobs of their own."""
    if pool.is_alone:
        return [
            _solved(inputs, path_tree(inputs.case, name), options, callbacks, f"foreseeing {name}")[0]
            for name in scenarios
        ]

    def done(k: int, cost: Cost) -> None:
        if callbacks.on_status:
            callbacks.on_status(f"foreseen {scenarios[k]}: {cost.reached:,.0f} M USD")

    def stop() -> bool:
        return callbacks.interrupt is not None and callbacks.interrupt.requested

    costs = pool.run(_cost_of_scenario, [(inputs, name, options) for name in scenarios], done, stop)
    return [NOT_FOUND if cost is None else cost for cost in costs]


def _base_plan_cost(
    inputs: CaseInputs, base: Solution, options: Options, callbacks: SolveCallbacks, pool: WorkerPool
) -> Cost:
    """The expected cost of the base's own plan, kept until something else is revealed."""
    case = inputs.case
    parallel = ParallelContext(pool, callbacks.on_status, callbacks.on_progress, callbacks.interrupt)
    words = f"trusting {case.base.name} until something else is revealed"
    return _solved(
        inputs,
        full_tree(case),
        options,
        callbacks,
        words,
        lambda log: expected_value_policy(case, base, options, log, parallel),
    )[0]


def _cost_of_scenario(inputs: CaseInputs, scenario: str, options: Options) -> Cost:
    """One scenario alone, known from the start, in a process of its own."""
    with job_interrupt() as interrupt:
        return _solved(inputs, path_tree(inputs.case, scenario), options, SolveCallbacks(interrupt=interrupt), "")[0]


def _solved(
    inputs: CaseInputs,
    tree: Tree,
    options: Options,
    callbacks: SolveCallbacks,
    words: str,
    by: Callable[[Path], Solution] | None = None,
) -> tuple[Cost, Solution | None]:
    """One of the solves; what it lacks costs the values their certainty, and never the plan that they are about."""
    if callbacks.on_status:
        callbacks.on_status(words)
    try:
        plan, solution = checked_plan(inputs, tree, options, callbacks, by)
    except NoPlan:
        return NO_PLAN, None
    except (Unfinished, BrokenPlan, LostJob) as error:
        if callbacks.on_status:
            callbacks.on_status(f"{words}: not found; the values that need it stay unknown ({error})")
        return NOT_FOUND, None
    return _cost(plan), solution


def _cost(plan: Plan) -> Cost:
    bound = plan.summary["bound_musd"]
    return Cost(plan.cost, plan.cost if bound is None else min(plan.cost, as_number(bound)))


def _as_record(see: Cost, stochastic: Cost, trust: Cost) -> dict[str, float | None]:
    """The costs and values by the keys of summary.json; None for what is infinite."""
    evpi, vss = stochastic.less(see), trust.less(stochastic)
    amounts = {
        "wait_and_see_musd": see.reached,
        "wait_and_see_bound_musd": see.bound,
        "stochastic_musd": stochastic.reached,
        "stochastic_bound_musd": stochastic.bound,
        "trust_base_musd": trust.reached,
        "trust_base_bound_musd": trust.bound,
        "perfect_information_least_musd": evpi[0],
        "perfect_information_most_musd": evpi[1],
        "planning_least_musd": vss[0],
        "planning_most_musd": vss[1],
    }
    return {name: amount if abs(amount) < float("inf") else None for name, amount in amounts.items()}

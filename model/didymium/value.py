"""What it is worth to know the future, and to plan for not knowing it: the expected value of perfect information, and
of the stochastic solution, measured against planning for one scenario at a time.

To plan for one scenario is to hold its own plan as long as it may still come (`scenario_policy`). For the base that is
to trust it; the cheapest of all these plans is hedging by rule. Every cost comes with a bound, for solves stop at a
gap: so each value is reported as the minimum and the maximum that it can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from didymium.case.tree import Tree, full_tree, path_tree
from didymium.case_inputs import CaseInputs
from didymium.engine.branches import scenario_policy
from didymium.engine.control import Options
from didymium.engine.parallel import ParallelContext
from didymium.engine.solve import Solution
from didymium.errors import BadWorkbook, BrokenPlan, LostJob, NoPlan, Problem, Unfinished
from didymium.interrupts import job_interrupt
from didymium.jobs import WorkerPool
from didymium.plan.rows import as_number
from didymium.plans import Plan
from didymium.results import Record
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


@dataclass(frozen=True, slots=True)
class PolicyCost:
    """The expected cost of a plan, or the reason why it has none."""

    cost: Cost
    lacks: str = ""
    solution: Solution | None = None


NEEDS_NO_TAIL = "the values of information are of expected cost; set risk_weight to 0 to have them"
NO_PLAN = Cost(float("inf"), float("inf"))
NOT_FOUND = Cost(float("inf"), float("-inf"))
NOT_IN_TIME = "not found in time"


def value(
    inputs: CaseInputs,
    plan: Plan,
    options: Options,
    callbacks: SolveCallbacks,
    workers: int = 1,
    cluster: str | None = None,
) -> Record:
    """Return what the plan of all scenarios is compared with, M USD, as summary.json has it under `value`; None for
    what has no plan.

    wait_and_see: the mean cost of each scenario known from the start. planned_for: for each scenario, its own plan
    held as long as it may still come, the best made of it then; trust_base: that of the base; by_rule: the cheapest of
    them. perfect_information = stochastic - wait_and_see, planning = trust_base - stochastic, hedging = by_rule -
    stochastic, each with its minimum and maximum. Raises BadWorkbook where the bad tail has weight: these are values
    of expected cost.
    """
    if plan.weighs_risk:
        raise BadWorkbook([Problem("Settings", NEEDS_NO_TAIL)])
    case = inputs.case
    names = [case.base.name, *(name for name in case.likely if name != case.base.name)]
    with WorkerPool(workers, cluster) as pool:
        alone = _perfect_foresight(inputs, names, options, callbacks, pool)
        policies = {s: _policy_of(inputs, s, alone[s], options, callbacks, pool) for s in names}
    see = Cost(*(sum(_weighted(inputs, alone, side)) for side in ("reached", "bound")))
    return _as_record(see, _cost(plan), policies, case.base.name)


def _weighted(inputs: CaseInputs, alone: dict[str, PolicyCost], side: str) -> list[float]:
    """The cost of each scenario known from the start times its probability."""
    return [inputs.case.scenarios[s].probability * getattr(found.cost, side) for s, found in alone.items()]


def _perfect_foresight(
    inputs: CaseInputs, scenarios: list[str], options: Options, callbacks: SolveCallbacks, pool: WorkerPool
) -> dict[str, PolicyCost]:
    """Each scenario known from the start: solved here, or as jobs of their own."""
    if pool.is_alone:
        return {
            name: _solved(inputs, path_tree(inputs.case, name), options, callbacks, f"foreseeing {name}")
            for name in scenarios
        }

    def done(k: int, found: PolicyCost) -> None:
        if callbacks.on_status:
            callbacks.on_status(f"foreseen {scenarios[k]}: {found.cost.reached:,.0f} M USD")

    jobs = [(inputs, name, options) for name in scenarios]
    results = pool.run(_scenario_alone, jobs, done, lambda: _is_stopped(callbacks))
    return {
        name: PolicyCost(NOT_FOUND, NOT_IN_TIME) if found is None else found
        for name, found in zip(scenarios, results, strict=True)
    }


def _is_stopped(callbacks: SolveCallbacks) -> bool:
    return callbacks.interrupt is not None and callbacks.interrupt.requested


def _scenario_alone(inputs: CaseInputs, scenario: str, options: Options) -> PolicyCost:
    """One scenario alone, known from the start, in a process of its own."""
    with job_interrupt() as interrupt:
        return _solved(inputs, path_tree(inputs.case, scenario), options, SolveCallbacks(interrupt=interrupt), "")


def _policy_of(
    inputs: CaseInputs,
    scenario: str,
    alone: PolicyCost,
    options: Options,
    callbacks: SolveCallbacks,
    pool: WorkerPool,
) -> PolicyCost:
    """The expected cost of planning for one scenario, by its own plan under perfect foresight."""
    own = alone.solution
    if own is None:
        return alone
    if _is_stopped(callbacks):
        return PolicyCost(NOT_FOUND, NOT_IN_TIME)
    case = inputs.case
    parallel = ParallelContext(pool, callbacks.on_status, callbacks.on_progress, callbacks.interrupt)
    return _solved(
        inputs,
        full_tree(case),
        options,
        callbacks,
        f"planning for {scenario} as long as it may still come",
        lambda log: scenario_policy(case, scenario, own, options, log, parallel),
    )


def _solved(
    inputs: CaseInputs,
    tree: Tree,
    options: Options,
    callbacks: SolveCallbacks,
    words: str,
    by: Callable[[Path], Solution] | None = None,
) -> PolicyCost:
    """One of the solves; what it lacks costs the values their certainty, and never the plan that they are about."""
    if callbacks.on_status:
        callbacks.on_status(words)
    try:
        plan, solution = checked_plan(inputs, tree, options, callbacks, by)
    except NoPlan as refusal:
        if callbacks.on_status:
            callbacks.on_status(f"{words}: no such plan exists ({_reason(refusal)})")
        return PolicyCost(NO_PLAN, _reason(refusal))
    except (Unfinished, BrokenPlan, LostJob) as error:
        if callbacks.on_status:
            callbacks.on_status(f"{words}: not found; the values that need it stay unknown ({error})")
        return PolicyCost(NOT_FOUND, NOT_IN_TIME if isinstance(error, Unfinished) else str(error))
    return PolicyCost(_cost(plan), solution=solution)


def _reason(refusal: NoPlan) -> str:
    """In which scenario a plan cannot be held, and the first reason why."""
    where = f"{refusal.scenario}: " if refusal.scenario else ""
    return where + str(refusal.reasons[0]["text"]) if refusal.reasons else where


def _cost(plan: Plan) -> Cost:
    bound = plan.summary["bound_musd"]
    return Cost(plan.cost, plan.cost if bound is None else min(plan.cost, as_number(bound)))


def _as_record(see: Cost, stochastic: Cost, policies: dict[str, PolicyCost], base: str) -> Record:
    """The costs and values by the keys of summary.json; None for what is infinite."""
    # Whatever a plan holds, it is one of the whole tree: none costs less than the bound of all
    costs = {s: Cost(p.cost.reached, max(p.cost.bound, stochastic.bound)) for s, p in policies.items()}
    cheapest = min(costs, key=lambda s: costs[s].reached)
    rule = Cost(costs[cheapest].reached, min(cost.bound for cost in costs.values()))
    record: Record = {
        **_ends("wait_and_see", see),
        **_ends("stochastic", stochastic),
        **_ends("trust_base", costs[base]),
        **_saving("perfect_information", stochastic, see),
        **_saving("planning", costs[base], stochastic),
        **_ends("by_rule", rule),
        **_saving("hedging", rule, stochastic),
        "by_rule_scenario": cheapest if rule.reached < float("inf") else None,
    }
    planned: list[Record] = [
        {
            "scenario": s,
            **_ends("cost", cost),
            **_saving("saving", cost, stochastic),
            "lacks": policies[s].lacks or None,
        }
        for s, cost in costs.items()
    ]
    return {**record, "planned_for": planned}


def _ends(name: str, cost: Cost) -> Record:
    return {f"{name}_musd": _finite(cost.reached), f"{name}_bound_musd": _finite(cost.bound)}


def _saving(name: str, dearer: Cost, cheaper: Cost) -> Record:
    low, high = dearer.less(cheaper)
    return {f"{name}_least_musd": _finite(low), f"{name}_most_musd": _finite(high)}


def _finite(amount: float) -> float | None:
    return amount if abs(amount) < float("inf") else None

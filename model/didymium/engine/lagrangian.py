"""A lower bound on the cost of a whole tree: each scenario solved alone, with multipliers on the shared decisions.

Non-anticipativity (all scenarios decide alike until a reveal tells them apart) is relaxed and priced. Without
multipliers the bound is the wait-and-see cost; Polyak's subgradient steps raise it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from didymium.case.case import Case
from didymium.case.tree import path_tree
from didymium.engine.highs import HighsSolve, Options, relative_gap
from didymium.engine.parallel import ParallelContext
from didymium.engine.reduced_tree import shared_until
from didymium.engine.search import RELAXATION_ERROR
from didymium.engine.solve import Solution, prepare, solve_tree
from didymium.errors import Unfinished
from didymium.statuses import Status

STEP = 0.7  # of Polyak's step, which would be right if the plan's cost were the least
Multipliers = dict[tuple[str, int], float]
"""(project, decision year in the shared stage) -> M USD that a module decided there costs more."""

# The interior point method does not always end, and presolve calls some sound LPs infeasible.
_ATTEMPTS: tuple[dict[str, object], ...] = (
    {"solver": "ipm", "run_crossover": "off"},
    {},
    {"presolve": "off", "solver": "simplex"},
)


@dataclass(frozen=True, slots=True)
class PerfectForesight:
    """One scenario's relaxation under multipliers: its bound, M USD, and the modules that it decides in shared years.

    `built` is (project, decision year) -> modules, fractions allowed.
    """

    bound: float
    built: dict[tuple[str, int], float]


def wait_and_see(case: Case, options: Options, context: ParallelContext) -> dict[str, PerfectForesight]:
    """Return the relaxation of every likely scenario under perfect foresight, without multipliers.

    Raises NoPlan, with the reasons, where a scenario has no plan even so; Unfinished where one did not end in time.
    """
    names = case.likely
    jobs: list[tuple[Any, ...]] = [
        (case, s, {}, replace(options, time_limit=max(60.0, options.time_limit))) for s in names
    ]
    found: list[PerfectForesight | None] = context.each(_relaxed, jobs, "scenarios foreseen, for a bound")
    for s, one in zip(names, found, strict=True):
        if one is None:
            solve_tree(case, path_tree(case, s), options, interrupt=context.interrupt)  # raises why
            raise Unfinished(f"the relaxation of {s} did not end in time; give it more time")
    return {s: one for s, one in zip(names, found, strict=True) if one is not None}


def _relaxed(case: Case, scenario: str, multipliers: Multipliers, options: Options) -> PerfectForesight | None:
    """The relaxation of one scenario under perfect foresight, with multipliers on modules decided in shared years; None
    where there is none, or not in time."""
    net, matrix, _ = prepare(case, path_tree(case, scenario))
    until, nodes = shared_until(case, scenario), net.tree.nodes
    shared = {
        k: (str(i[0]), year)
        for k, (c, i) in enumerate(matrix.columns)
        if c == "build" and (year := nodes[str(i[1])].year) < until
    }
    cost = matrix.cost.copy()
    for k, key in shared.items():
        cost[k] += multipliers.get(key, 0.0)
    relaxed = replace(matrix.relaxed(), cost=cost)
    for highs_options in _ATTEMPTS:
        outcome = HighsSolve(relaxed, options, None, **highs_options).solve()
        if outcome.stopped == "optimal" and outcome.x is not None:
            break
    if outcome.stopped != "optimal" or outcome.x is None or outcome.objective is None:
        return None
    bound = outcome.objective - RELAXATION_ERROR * abs(outcome.objective)
    return PerfectForesight(bound, {key: float(outcome.x[k]) for k, key in shared.items()})


def raise_bound(
    case: Case, solution: Solution, first: dict[str, PerfectForesight], options: Options, context: ParallelContext
) -> None:
    """Improve the multipliers by Polyak's steps until the gap or the time is reached; sets the solution's bound and
    status.

    Multipliers on one module in one year sum to 0 over the scenarios that share it, weighted by probability, so that a
    plan of the tree pays nothing for them. Where the tail has weight the wait-and-see bound stays: multipliers are of
    expected cost.
    """
    probability = {s: case.scenarios[s].probability for s in first}
    multipliers: dict[str, Multipliers] = {s: {} for s in first}
    found, spent = first, 0.0
    value = sum(probability[s] * f.bound for s, f in found.items())
    while not case.risk_weight:
        if within_gap(solution, options) or context.elapsed() + spent > options.time_limit or context.interrupted:
            break
        subgradients = _subgradients(case, found)
        size = sum(probability[s] * g * g for s in first for g in subgradients[s].values() if probability[s])
        if size < 1e-9:
            break
        step = STEP * max(solution.objective - value, 1e-9) / size
        multipliers = {
            s: {key: multipliers[s].get(key, 0.0) + step * g for key, g in subgradients[s].items()} for s in first
        }
        at = time.monotonic()
        again = _foresight_under(case, multipliers, options, context)
        if again is None:
            break
        found, spent = again, time.monotonic() - at
        value = sum(probability[s] * f.bound for s, f in found.items())
        solution.bound = max(solution.bound or 0.0, value)
        context.report(
            f"best plan {solution.objective:,.0f} M USD, at least {solution.bound:,.0f}, gap"
            f" {100 * (solution.gap or 0.0):.2f} %"
        )
    solution.status = status_of(solution, options, Status.INTERRUPTED if context.interrupted else Status.TIME_LIMIT)


def _foresight_under(
    case: Case, multipliers: dict[str, Multipliers], options: Options, context: ParallelContext
) -> dict[str, PerfectForesight] | None:
    """Every scenario's relaxation under its multipliers; None where one did not end, or after an interrupt."""
    jobs: list[tuple[Any, ...]] = [(case, s, own, options) for s, own in multipliers.items()]
    try:
        found = context.each(_relaxed, jobs, "scenarios foreseen, for a better bound")
    except Unfinished:  # by hand: the plan stays, with the bound that it has
        return None
    return None if None in found else dict(zip(multipliers, found, strict=True))


def _subgradients(case: Case, found: dict[str, PerfectForesight]) -> dict[str, Multipliers]:
    """By how much each scenario decides more than the mean of those that share the year, modules."""
    subgradients: dict[str, Multipliers] = {s: {} for s in found}
    for key in dict.fromkeys(key for f in found.values() for key in f.built):
        sharing = [s for s, f in found.items() if key in f.built]
        total = sum(case.scenarios[s].probability for s in sharing)
        if len(sharing) > 1 and total > 0:
            mean = sum(case.scenarios[s].probability * found[s].built[key] for s in sharing) / total
            for s in sharing:
                subgradients[s][key] = found[s].built[key] - mean
    return subgradients


def status_of(solution: Solution, options: Options, stopped: Status) -> Status:
    """Return `optimal` or `gap_reached` where the gap is reached; else `stopped`, why the solve ended."""
    if not within_gap(solution, options):
        return stopped
    return Status.OPTIMAL if solution.gap is not None and solution.gap <= 1e-6 else Status.GAP_REACHED


def within_gap(solution: Solution, options: Options) -> bool:
    """Has a plan the gap that was required?"""
    gap = relative_gap(solution.objective, solution.bound)
    return gap is not None and gap <= options.gap

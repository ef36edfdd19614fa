"""Regret: what a plan costs more in a scenario than the least that could be had there, had it been foreseen and builds
been free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from didymium.case.case import Case
from didymium.case.tree import path_tree
from didymium.engine.highs import Interrupt, Options
from didymium.engine.search import Search
from didymium.engine.solve import prepare
from didymium.jobs import WorkerPool
from didymium.plan.tables import Record
from didymium.stress_test.runner import OperationResult

NOISE = 1e-6  # share of a cost that is the solver's


@dataclass(frozen=True, slots=True)
class LeastCost:
    """The least cost of one scenario, foreseen, M USD: a plan of that cost was found, and no plan costs less than the
    bound. None: not known."""

    found: float | None
    bound: float | None


def least_cost(case: Case, scenario: str, options: Options, interrupt: Interrupt | None = None) -> LeastCost:
    """Solve one scenario alone with builds free, to the gap or the time limit. Targets may be missed at a price, as in
    a stress."""
    soft = replace(case, hard_targets=False)
    _, matrix, _ = prepare(soft, path_tree(soft, scenario))
    outcome = Search(matrix, options, None, None, interrupt).run()
    return LeastCost(outcome.objective if outcome.x is not None else None, outcome.bound)


def least_costs(
    case: Case,
    own: Mapping[str, OperationResult],
    options: Options,
    crew: WorkerPool,
    on_status: Callable[[str], None],
    interrupt: Interrupt | None = None,
) -> dict[str, LeastCost]:
    """The least cost of every scenario, those not begun before an interrupt left out; on several processes where there
    are such.

    `own`: what the plan comes to in each, against which progress is told.
    """
    names = list(case.scenarios)
    done: list[str] = []

    def ended(place: int, cost: LeastCost) -> None:
        done.append(names[place])
        row = _row(case, own[names[place]], cost)
        least, most = (
            "not known" if row[k] is None else f"{row[k]:,.0f}" for k in ("regret_at_least_musd", "regret_at_most_musd")
        )
        on_status(f"{names[place]}: regret from {least} to {most} M USD ({len(done)} of {len(names)})")

    def stop() -> bool:
        return interrupt is not None and interrupt.requested

    work = (
        partial(least_cost, interrupt=interrupt) if crew.is_alone else least_cost
    )  # an interrupt does not reach other processes
    results = crew.run(work, [(case, name, options) for name in names], ended, stop)
    return {name: cost for name, cost in zip(names, results, strict=True) if cost is not None}


def regret_rows(case: Case, own: Mapping[str, OperationResult], least: Mapping[str, LeastCost]) -> list[Record]:
    """The regret of the plan in every scenario, from the least to the most that it can be; the largest first.

    A run that keeps every rule of the scenario is a plan for it, so its cost bounds the least cost as well, and regret
    is not below 0. It may be where rules gave way, or where the scenario forbids what the plan has decided. Blank: not
    found in time.
    """
    rows = [_row(case, own[name], cost) for name, cost in least.items()]
    return sorted(
        rows,
        key=lambda r: (-float(str(r["regret_at_least_musd"] or 0.0)), -float(str(r["regret_at_most_musd"] or 0.0))),
    )


def _row(case: Case, run: OperationResult, cost: LeastCost) -> Record:
    costs = [c for c in (cost.found, run.cost if is_plan_for_it(run, cost) else None) if c is not None]
    found = min(costs, default=None)
    bound = cost.bound if cost.bound is None or found is None else min(cost.bound, found)
    return {
        "scenario": run.scenario,
        "odds_percent": 100 * case.scenarios[run.scenario].probability,
        "cost_musd": run.cost,
        "own_least_cost_bound_musd": bound,
        "own_least_cost_found_musd": found,
        "regret_at_least_musd": None if found is None else run.cost - found,
        "regret_at_most_musd": None if bound is None else run.cost - bound,
        "gave_t": run.gave,
    }


def is_plan_for_it(run: OperationResult, cost: LeastCost) -> bool:
    """Is the plan, operated in the scenario, one that could be chosen there? Not where rules gave way or it costs less
    than any can."""
    return run.gave <= 0 and (cost.bound is None or cost.bound <= run.cost + NOISE * max(1.0, abs(run.cost)))

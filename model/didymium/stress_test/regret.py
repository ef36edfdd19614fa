"""Regret: by how much a plan costs more in a scenario than the best plan for that scenario, with perfect foresight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial

from didymium.case.case import Case
from didymium.case.tree import path_tree
from didymium.engine.highs import Interrupt, Options
from didymium.engine.search import Search
from didymium.engine.solve import prepare
from didymium.jobs import WorkerPool
from didymium.result_folder import Finished
from didymium.results.stress import RegretRow
from didymium.stress_test.runner import OperationResult

NOISE = 1e-6  # share of a cost that is solver tolerance


@dataclass(frozen=True, slots=True)
class OptimalCost:
    """The least cost of one scenario with perfect foresight, as far as a search has narrowed it down, M USD."""

    found: float | None  # cost of the best plan found; None where there is none
    bound: float | None  # no plan costs less; None where not known


def optimal_cost(case: Case, scenario: str, options: Options, interrupt: Interrupt | None = None) -> OptimalCost:
    """Return the least cost of one scenario, its investments free, found to the gap or the time limit of the options.

    Targets may be missed at their penalty, as in the runs of a stress.
    """
    soft = replace(case, hard_targets=False)
    _, matrix, _ = prepare(soft, path_tree(soft, scenario))
    outcome = Search(matrix, options, None, None, interrupt).run()
    return OptimalCost(outcome.objective if outcome.x is not None else None, outcome.bound)


def optimal_costs(
    case: Case,
    own: Mapping[str, OperationResult],
    options: Options,
    pool: WorkerPool,
    on_status: Callable[[str], None],
    interrupt: Interrupt | None,
    finished: Finished,
) -> dict[str, OptimalCost]:
    """Return the least cost of every scenario, without those not begun before an interrupt.

    `own` are the runs of the plan in each scenario, for the messages of progress; `pool` may solve on several
    processes. Those that an earlier run has `finished` are taken from there.
    """
    taken = {name: finished.taken(_name(name), lambda value: OptimalCost(**value)) for name in case.scenarios}
    known = {name: one[0] for name, one in taken.items() if one is not None}
    names = [name for name in case.scenarios if name not in known]
    done = list(known)

    def ended(place: int, cost: OptimalCost) -> None:
        done.append(names[place])
        finished.keep(_name(names[place]), cost, asdict)
        row = _row(case, own[names[place]], cost)
        lowest, highest = (
            "not known" if row[k] is None else f"{row[k]:,.0f}" for k in ("regret_at_least_musd", "regret_at_most_musd")
        )
        on_status(f"{names[place]}: regret from {lowest} to {highest} M USD ({len(done)} of {len(case.scenarios)})")

    def stop() -> bool:
        return interrupt is not None and interrupt.requested

    # an interrupt does not reach other processes
    work = partial(optimal_cost, interrupt=interrupt) if pool.is_alone else optimal_cost
    results = pool.run(work, [(case, name, options) for name in names], ended, stop)
    found = {**known, **dict(zip(names, results, strict=True))}
    return {name: found[name] for name in case.scenarios if found[name] is not None}


def _name(scenario: str) -> str:
    """The name under which the least cost of a scenario is kept."""
    return f"least cost of {scenario}"


def regret_rows(case: Case, own: Mapping[str, OperationResult], optimal: Mapping[str, OptimalCost]) -> list[RegretRow]:
    """Return the regret of the plan in every scenario as an interval, M USD, the largest first; blank: not known.

    A run that keeps every rule of the scenario is a plan for it, so its cost bounds the least cost as well, and regret
    is not below 0. It can be negative where rules were relaxed or the scenario forbids a decision of the plan.
    """
    rows = [_row(case, own[name], cost) for name, cost in optimal.items()]
    return sorted(
        rows,
        key=lambda r: (-(r["regret_at_least_musd"] or 0.0), -(r["regret_at_most_musd"] or 0.0)),
    )


def _row(case: Case, result: OperationResult, cost: OptimalCost) -> RegretRow:
    costs = [c for c in (cost.found, result.cost if is_feasible(result, cost) else None) if c is not None]
    found = min(costs, default=None)
    bound = cost.bound if cost.bound is None or found is None else min(cost.bound, found)
    return {
        "scenario": result.scenario,
        "odds_percent": 100 * case.scenarios[result.scenario].probability,
        "cost_musd": result.cost,
        "own_least_cost_bound_musd": bound,
        "own_least_cost_found_musd": found,
        "regret_at_least_musd": None if found is None else result.cost - found,
        "regret_at_most_musd": None if bound is None else result.cost - bound,
        "gave_t": result.slack,
    }


def is_feasible(result: OperationResult, cost: OptimalCost) -> bool:
    """Return whether the plan, operated in the scenario, keeps its rules.

    It does not where rules were relaxed or where it costs less than any plan can.
    """
    return result.slack <= 0 and (cost.bound is None or cost.bound <= result.cost + NOISE * max(1.0, abs(result.cost)))

"""The stress of a plan: its scenarios, losses, draws and regret; some of the runs re-checked against every rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from didymium.case.case import Case
from didymium.engine.highs import Interrupt, Options
from didymium.errors import BrokenPlan
from didymium.jobs import WorkerPool
from didymium.plan.answer import Answer
from didymium.recheck import TOLERANCE
from didymium.recheck.inputs import Breach
from didymium.result_folder import Finished, KeptParts
from didymium.results import StressTables
from didymium.stress_test import tables
from didymium.stress_test.draws import Draw, draw
from didymium.stress_test.fixed_investments import FixedInvestments, fixed_investments
from didymium.stress_test.losses import Loss, loss_rows, losses, parameters_without
from didymium.stress_test.ranges import Range, ranges
from didymium.stress_test.recheck_runs import run_and_recheck
from didymium.stress_test.regret import OptimalCost, optimal_costs, regret_rows
from didymium.stress_test.runner import OperationResult, StressRunner
from didymium.stress_test.shortages import YearShort, shortage_rows, years_short
from didymium.stress_test.variance import drivers
from didymium.tables.rows import Tables

SAMPLE = 3  # draws that are re-checked, besides the costliest
STATUS_EVERY = 25  # draws between two messages of progress
JOBS = 2  # for each worker, so that a lost one costs little and a slow one is waited for less

OnStatus = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class StressOptions:
    """Options of a stress: how many draws, from which seed, with or without foresight, on how many processes.

    `regret` is the time limit, in seconds, of the search for the least cost of each scenario; 0: no regret.
    """

    draws: int = 200
    seed: int = 0
    myopic: bool = False
    workers: int = 1
    cluster: str | None = None
    regret: float = 60.0


@dataclass(slots=True)
class Stress:
    """The results of a stress as tables by name; `largest_violation` is of the runs that were re-checked."""

    options: StressOptions
    plan: Answer
    rows: StressTables
    years_short: list[YearShort]  # of each scenario itself
    largest_violation: float
    rechecked: int
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Return whether all draws and regrets were worked out, none stopped by an interrupt."""
        return len(self.rows["draws"]) == self.options.draws and (
            not self.options.regret or len(self.rows["regret"]) == len(self.rows["scenarios"])
        )


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs of a stress: of each scenario, of each loss in the base scenario, and of the draws, in order."""

    own: dict[str, OperationResult]
    lost: list[tuple[Loss, OperationResult]]
    draws: list[Draw]
    drawn: list[OperationResult]


class _Rechecked:
    """Runs that are re-checked, and their violations."""

    def __init__(self, runner: StressRunner, source: Tables, finished: Finished) -> None:
        self.runner, self.source, self.finished = runner, source, finished
        self.violations: list[float] = []

    def run(self, scenario: str, d: Draw | None = None) -> OperationResult:
        """Return a run that breaks no rule. Raises BrokenPlan for one that does: a fault of the program."""
        result, breach = self.finished.remember(
            f"re-checked {scenario if d is None else _name(d.number)}",
            lambda: run_and_recheck(self.runner, self.source, scenario, d),
            lambda run: {"result": run[0].to_json(), "where": run[1].where, "size": run[1].size},
            lambda value: (OperationResult.from_json(value["result"]), Breach(value["where"], float(value["size"]))),
        )
        if breach.size > TOLERANCE:
            raise BrokenPlan(
                f"a run breaks a rule and nothing was written: {breach.where} by {100 * breach.size:.3g} %. This is a"
                " fault of ours"
            )
        self.violations.append(breach.size)
        return result


def stress(
    source: Tables,
    case: Case,
    plan: Answer,
    options: StressOptions,
    on_status: OnStatus | None = None,
    interrupt: Interrupt | None = None,
    kept: KeptParts | None = None,
) -> Stress:
    """Fix a plan's investments and run it through every scenario, the loss of each plant and supplier, and draws.

    An interrupt ends the draws; those that have ended are in the result. Every run that has ended is kept in `kept`,
    and taken from there where an earlier one kept it. Raises BrokenPlan when a run breaks a rule that the re-check
    recomputes: a fault of the program.
    """
    on_status = on_status or (lambda message: None)
    fixed = fixed_investments(case, plan)
    found = ranges(source, case, {p for f in fixed.values() for p, _ in f.built})
    runner = StressRunner(case, fixed, found, options.myopic)
    finished = Finished(kept, lambda: interrupt is not None and interrupt.requested)
    if message := finished.message([_name(k) for k in range(options.draws)], "draws"):
        on_status(message)
    rechecked = _Rechecked(runner, source, finished)
    on_status(f"{len(case.scenarios)} scenarios with the plan's investments fixed, each re-checked")
    own = {name: rechecked.run(name) for name in case.scenarios}
    lost = _losses(runner, on_status, finished)
    draws, drawn = _draws(runner, options, on_status, interrupt, finished)
    for d in _sample(draws, drawn):
        rechecked.run(d.scenario, d)
    optimal = _optimal_costs(case, options, own, on_status, interrupt, finished)
    rows = _rows(runner, _Runs(own, lost, draws, drawn), optimal)
    return Stress(options, plan, rows, years_short(runner, own), max(rechecked.violations), len(rechecked.violations))


def _rows(runner: StressRunner, runs: _Runs, optimal: Mapping[str, OptimalCost]) -> StressTables:
    """Return the result tables of a stress by name."""
    case, found = runner.case, runner.ranges
    draw_rows = tables.draw_rows(runner, runs.draws, runs.drawn)
    return {
        "scenarios": [
            {**tables.result_row(runner, result), "odds_percent": 100 * case.scenarios[name].probability}
            for name, result in runs.own.items()
        ],
        "percentiles": tables.percentiles(draw_rows),
        "years": tables.years(runner, runs.drawn),
        "losses": loss_rows(runner, runs.lost, runs.own[case.base.name]),
        "drivers": drivers(case, found, runs.draws, runs.drawn),
        "short": shortage_rows(runner, runs.own, runs.drawn),
        "regret": regret_rows(case, runs.own, optimal),
        "draws": tables.with_values(draw_rows, found, runs.draws),
        "ranges": tables.range_rows(found),
    }


def _name(number: int) -> str:
    """The name under which a draw is kept."""
    return f"draw {number}"


def _losses(runner: StressRunner, on_status: OnStatus, finished: Finished) -> list[tuple[Loss, OperationResult]]:
    """Return every loss with its run in the base scenario."""
    possible, base = losses(runner), runner.case.base.name
    on_status(f"the loss of each of {len(possible)} plants and suppliers")

    def run(loss: Loss) -> OperationResult:
        name = f"loss of {loss.kind.value} {loss.name}"
        made = partial(runner.run, base, parameters_without(runner, base, loss))
        return finished.remember(name, made, OperationResult.to_json, OperationResult.from_json)

    return [(loss, run(loss)) for loss in possible]


def _sample(draws: Sequence[Draw], drawn: Sequence[OperationResult]) -> list[Draw]:
    """Return the draws to re-check: the costliest and the first few."""
    costliest = sorted(range(len(drawn)), key=lambda k: -drawn[k].cost)[:1]
    return [draws[k] for k in dict.fromkeys([*costliest, *range(min(SAMPLE, len(drawn)))])]


def _draws(
    runner: StressRunner,
    options: StressOptions,
    on_status: OnStatus,
    interrupt: Interrupt | None,
    finished: Finished,
) -> tuple[list[Draw], list[OperationResult]]:
    """Return the draws and their results, in order: run here, or as jobs of some draws each on several processes."""
    case, found = runner.case, runner.ranges
    draws = [draw(case, found, options.seed, k) for k in range(options.draws)]
    taken = {d.number: finished.taken(_name(d.number), OperationResult.from_json) for d in draws}
    results = {k: one[0] for k, one in taken.items() if one is not None}
    left = [d.number for d in draws if d.number not in results]

    def ended(more: dict[int, OperationResult]) -> None:
        results.update(more)
        for number, result in more.items():
            finished.keep(_name(number), result, OperationResult.to_json)
        if len(more) > 1 or len(results) % STATUS_EVERY == 0 or len(results) == len(draws):
            on_status(f"{len(results)} of {len(draws)} draws")

    def stop() -> bool:
        return interrupt is not None and interrupt.requested

    with WorkerPool(options.workers, options.cluster) as pool:
        if pool.is_alone:
            pool.run(runner.run_draw, [(draws[k],) for k in left], lambda k, result: ended({left[k]: result}), stop)
        elif left:
            parts = [[left[k] for k in part] for part in _parts(len(left), JOBS * options.workers)]
            jobs = [(case, runner.fixed, found, options.myopic, options.seed, numbers) for numbers in parts]
            pool.run(_job, jobs, lambda k, part: ended(dict(zip(parts[k], part, strict=True))), stop)
    if len(results) < len(draws):
        on_status(f"stopped after {len(results)} of {len(draws)} draws")
    return [d for d in draws if d.number in results], [results[d.number] for d in draws if d.number in results]


def _parts(count: int, parts: int) -> list[range]:
    """Return consecutive numbers from 0 in at most so many ranges of equal size but for the last."""
    size = max(1, -(-count // parts))
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


def _optimal_costs(
    case: Case,
    options: StressOptions,
    own: dict[str, OperationResult],
    on_status: OnStatus,
    interrupt: Interrupt | None,
    finished: Finished,
) -> dict[str, OptimalCost]:
    """Return the least cost of each scenario with investments free; none without regret or after an interrupt."""
    if not options.regret or (interrupt is not None and interrupt.requested):
        return {}
    on_status(
        f"the least cost of each of {len(case.scenarios)} scenarios, with perfect foresight and investments free,"
        f" within"
        f" {options.regret:g} s each (0: none)"
    )
    with WorkerPool(options.workers, options.cluster) as pool:
        limits = Options(case.gap, options.regret, seed=options.seed)
        return optimal_costs(case, own, limits, pool, on_status, interrupt, finished)


def _job(
    case: Case, fixed: dict[str, FixedInvestments], found: list[Range], myopic: bool, seed: int, numbers: Sequence[int]
) -> list[OperationResult]:
    """Return the results of some draws, on an LP of this process.

    Every draw starts from the basis of its scenario, so its result is the same in any process.
    """
    runner = StressRunner(case, fixed, found, myopic)
    return [runner.run_draw(draw(case, found, seed, k)) for k in numbers]

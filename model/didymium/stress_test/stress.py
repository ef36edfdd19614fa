"""The whole stress of a plan: scenarios, losses, draws, regret; each run through the resident model, some held against
every rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from didymium.case.case import Case
from didymium.engine.highs import Interrupt, Options
from didymium.errors import BrokenPlan
from didymium.jobs import WorkerPool
from didymium.plan.answer import Answer
from didymium.plan.tables import Record
from didymium.recheck import TOLERANCE
from didymium.stress_test import tables
from didymium.stress_test.draws import Draw, draw
from didymium.stress_test.fixed_investments import FixedInvestments, fixed_investments
from didymium.stress_test.losses import figures_without, loss_rows, losses
from didymium.stress_test.ranges import Range, ranges
from didymium.stress_test.recheck_runs import worst
from didymium.stress_test.regret import LeastCost, least_costs, regret_rows
from didymium.stress_test.runner import OperationResult, StressRunner
from didymium.stress_test.shortages import shortage_rows
from didymium.stress_test.variance import drivers
from didymium.tables.rows import Tables

SAMPLE = 3  # draws that are re-checked, besides the costliest
TOLD = 25  # draws after which progress is told
JOBS = 2  # for each worker, so that a lost one costs little and a slow one is waited for less


@dataclass(frozen=True, slots=True)
class StressOptions:
    """What to do: how many draws, from which seed, with or without foresight, on how many processes; and for how long,
    in seconds, to look for the least cost of each scenario that the plan's is held against (0: not at all)."""

    draws: int = 200
    seed: int = 0
    myopic: bool = False
    workers: int = 1
    cluster: str | None = None
    regret: float = 60.0


@dataclass(slots=True)
class Stress:
    """What became of a plan, as tables by name; `largest_violation` is of the runs that were re-checked."""

    asked: StressOptions
    plan: Answer
    rows: dict[str, list[Record]]
    largest_violation: float
    rechecked: int
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Was all done that was asked for, or was it stopped?"""
        return len(self.rows["draws"]) == self.asked.draws and (
            not self.asked.regret or len(self.rows["regret"]) == len(self.rows["scenarios"])
        )


def stress(
    source: Tables,
    case: Case,
    plan: Answer,
    asked: StressOptions,
    on_status: Callable[[str], None] | None = None,
    interrupt: Interrupt | None = None,
) -> Stress:
    """Hold a plan's builds and run it through every scenario, the loss of each plant and supplier, and draws.

    An interrupt ends the draws; those that have ended are told. Raises BrokenPlan when a run breaks a rule that the
    re-check recomputes: a fault of ours.
    """
    on_status = on_status or (lambda words: None)
    held = fixed_investments(case, plan)
    found = ranges(source, case, {p for h in held.values() for p, _ in h.built})
    bench = StressRunner(case, held, found, asked.myopic)
    violations: list[float] = []

    def checked(scenario: str, d: Draw | None = None) -> OperationResult:
        run, breach = worst(bench, source, scenario, d)
        if breach.size > TOLERANCE:
            raise BrokenPlan(
                f"a run breaks a rule and nothing was written: {breach.where} by {100 * breach.size:.3g} %. This is a"
                " fault of ours"
            )
        violations.append(breach.size)
        return run

    on_status(f"{len(case.scenarios)} scenarios with the plan's builds held, each re-checked")
    own = {name: checked(name) for name in case.scenarios}
    what = losses(bench)
    on_status(f"the loss of each of {len(what)} plants and suppliers")
    base = case.base.name
    lost = [(loss, bench.run(base, figures_without(bench, base, loss))) for loss in what]
    draws, runs = _draws(bench, asked, on_status, interrupt)
    again = sorted(range(len(runs)), key=lambda k: -runs[k].cost)[:1] + list(range(min(SAMPLE, len(runs))))
    for k in dict.fromkeys(again):
        checked(draws[k].scenario, draws[k])
    drawn = tables.draw_rows(bench, draws, runs)
    least = _least_costs(case, asked, own, on_status, interrupt)
    rows = {
        "scenarios": [
            {**tables.run_row(bench, run), "odds_percent": 100 * case.scenarios[name].probability}
            for name, run in own.items()
        ],
        "percentiles": tables.percentiles(drawn),
        "years": tables.years(bench, runs),
        "losses": loss_rows(bench, lost, own[base]),
        "drivers": drivers(case, found, draws, runs),
        "short": shortage_rows(bench, own, runs),
        "regret": regret_rows(case, own, least),
        "draws": tables.with_values(drawn, found, draws),
        "ranges": tables.range_rows(found),
    }
    return Stress(asked, plan, rows, max(violations), len(violations))


def _draws(
    bench: StressRunner, asked: StressOptions, on_status: Callable[[str], None], interrupt: Interrupt | None
) -> tuple[list[Draw], list[OperationResult]]:
    """The draws and their runs, in order: here, or as jobs of some draws each on several processes."""
    case, found = bench.case, bench.ranges
    draws = [draw(case, found, asked.seed, k) for k in range(asked.draws)]
    runs: dict[int, OperationResult] = {}

    def ended(more: dict[int, OperationResult]) -> None:
        runs.update(more)
        if len(more) > 1 or len(runs) % TOLD == 0 or len(runs) == len(draws):
            on_status(f"{len(runs)} of {len(draws)} draws")

    def stop() -> bool:
        return interrupt is not None and interrupt.requested

    with WorkerPool(asked.workers, asked.cluster) as crew:
        if crew.is_alone:
            crew.run(bench.drawn, [(d,) for d in draws], lambda k, run: ended({k: run}), stop)
        elif draws:
            size = max(1, -(-len(draws) // (JOBS * asked.workers)))
            parts = [range(at, min(at + size, len(draws))) for at in range(0, len(draws), size)]
            jobs = [(case, bench.held, found, asked.myopic, asked.seed, numbers) for numbers in parts]
            crew.run(_job, jobs, lambda k, told: ended(dict(zip(parts[k], told, strict=True))), stop)
    if len(runs) < len(draws):
        on_status(f"stopped after {len(runs)} of {len(draws)} draws")
    return [d for d in draws if d.number in runs], [runs[d.number] for d in draws if d.number in runs]


def _least_costs(
    case: Case,
    asked: StressOptions,
    own: dict[str, OperationResult],
    on_status: Callable[[str], None],
    interrupt: Interrupt | None,
) -> dict[str, LeastCost]:
    """The least cost of each scenario with builds free, where it was asked for."""
    if not asked.regret or (interrupt is not None and interrupt.requested):
        return {}
    on_status(
        f"the least cost of each of {len(case.scenarios)} scenarios, foreseen and with builds free, within"
        f" {asked.regret:g} s each (0: none)"
    )
    with WorkerPool(asked.workers, asked.cluster) as crew:
        return least_costs(case, own, Options(case.gap, asked.regret, seed=asked.seed), crew, on_status, interrupt)


def _job(
    case: Case, held: dict[str, FixedInvestments], found: list[Range], myopic: bool, seed: int, numbers: range
) -> list[OperationResult]:
    """Some draws, on a model of this process. Every draw starts from the basis of its scenario, so it comes out the
    same anywhere."""
    bench = StressRunner(case, held, found, myopic)
    return [bench.drawn(draw(case, found, seed, k)) for k in numbers]

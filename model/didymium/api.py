"""Didymium from Python: each command as a function.

`inputs = read(path); plan = solve(inputs); plan.investments; plan.save(folder)`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from didymium.case.build import build_case
from didymium.case_inputs import CaseInputs, check, examine, read
from didymium.comparison import compare
from didymium.engine.branches import solve_by_branches
from didymium.engine.control import Interrupt, Progress
from didymium.engine.parallel import ParallelContext
from didymium.holding import hold
from didymium.interrupts import interruptible
from didymium.jobs import WorkerPool
from didymium.logs import logged_status
from didymium.options import SolveOptions, refuse_inputs, refuse_levels, refuse_margin, refuse_stress_options
from didymium.plan.answer import Answer
from didymium.plan.frames import TableFrames
from didymium.plans import Plan, load, part_of
from didymium.reports import verify as verification
from didymium.reports.files import save_stress
from didymium.reports.page.pdf import print_page
from didymium.reports.result_reader import read_answer
from didymium.reports.study import StudyReport
from didymium.reports.verify import Statement
from didymium.results import STRESS_TABLES, Record, by_name
from didymium.solving import SolveCallbacks, by_branches, checked_plan, save_reasons, size, start_of, tree_for
from didymium.stress_test.stress import Stress, StressOptions
from didymium.stress_test.stress import stress as run_stress
from didymium.studies.alternatives import add_scenarios, find_alternatives
from didymium.studies.alternatives_report import alternatives_report, read_frontier
from didymium.studies.explain import find_reasons
from didymium.studies.explain_report import explain_report
from didymium.studies.frontier import WIDER_BETWEEN, find_frontier, levels_between
from didymium.studies.frontier_report import frontier_report
from didymium.studies.repair import find_repairs
from didymium.studies.repair_report import repair_report
from didymium.studies.sensitivity import find_sensitivity
from didymium.studies.sensitivity_report import sensitivity_report
from didymium.value import value
from didymium.workbooks import annotate, export, new, upgrade

__all__ = [
    "CaseInputs",
    "Plan",
    "SolveOptions",
    "StressOptions",
    "Stressed",
    "alternatives",
    "annotate",
    "brief",
    "check",
    "compare",
    "examine",
    "explain",
    "explain_input",
    "export",
    "frontier",
    "hold",
    "information_value",
    "load",
    "new",
    "read",
    "report",
    "save_reasons",
    "sensitivity",
    "size",
    "solve",
    "stress",
    "upgrade",
    "verify",
]
OnStatus = Callable[[str], None]
OnProgress = Callable[[Progress], None]


def solve(
    inputs: CaseInputs,
    scenario: str | None = None,
    *,
    stochastic: bool = False,
    start: Answer | str | Path | None = None,
    options: SolveOptions | None = None,
    pin: Answer | str | Path | None = None,
    force: Sequence[str] = (),
    forbid: Sequence[str] = (),
    hold_until: int | None = None,
    route: str | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    gap_percent: float | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    seed: int | None = None,
    on_status: OnStatus | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
) -> Plan:
    """Find the least-cost plan of one scenario, known from the start (default: the base), or, `stochastic`, of all
    scenarios at once when nobody knows which it will be; re-checked without the optimiser.

    Options are those of `SolveOptions`, as one object or by name; a name overrides the object. `route`: how a tree is
    solved: whole, as one model; branches, scenario by scenario after shared decisions, on `workers` processes or a
    dask.distributed `cluster`; auto, by its size. `time_limit` is in seconds. `start`: a plan, or where its result is,
    whose decisions are tried first: last year's, or that of a neighbouring case; the answer is proven all the same.
    `pin`, `force`, `forbid` and `hold_until` hold decisions, as `hold` says.
    `on_status` is called with each stage in words (also logged to the logger `didymium`), `on_progress` with the
    solver's best plan and bound. `interrupt`, or Ctrl-C, ends the search with the best plan so far.
    Raises BadWorkbook (an option that cannot be), NoPlan (targets or limits cannot be met), Unfinished (no plan in
    time), BrokenPlan (a fault of ours). `save_reasons` writes what NoPlan holds.
    """
    if pin is not None or force or forbid or hold_until is not None:
        inputs = hold(inputs, pin=pin, force=force, forbid=forbid, hold_until=hold_until)
    tree = tree_for(inputs, scenario, stochastic)
    options = _merged(
        options,
        route=route,
        workers=workers,
        cluster=cluster,
        gap_percent=gap_percent,
        time_limit=time_limit,
        threads=threads,
        seed=seed,
    )
    settings, status = options.for_solver(inputs.case), logged_status(on_status)
    apart = stochastic and by_branches(inputs.case, options.route, status)
    known = None if start is None else start_of(inputs, _plan_of(start), status)
    with (
        interruptible(interrupt, status, "the best plan so far") as stop,
        WorkerPool(options.workers, options.cluster) as pool,
    ):
        parallel = ParallelContext(pool, status, on_progress, stop)
        plan, _ = checked_plan(
            inputs,
            tree,
            settings,
            SolveCallbacks(status, on_progress, stop),
            (lambda log: solve_by_branches(inputs.case, settings, log, parallel, known)) if apart else None,
            known,
        )
    if stochastic:
        part_of(plan.summary, "options")["route"] = "branches" if apart else "whole"
    return plan


def information_value(
    inputs: CaseInputs,
    plan: Plan,
    *,
    options: SolveOptions | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    gap_percent: float | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    seed: int | None = None,
    on_status: OnStatus | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
) -> Record:
    """Work out what it is worth to know the future, and to plan for not knowing it (`didymium solve --stochastic
    --value`), M USD, each from least to most, for solves stop at a gap.

    Planning for all scenarios is measured against planning for the base alone, and for each other scenario alone
    (`planned_for`, the cheapest of them `by_rule`). `plan` is the plan of all scenarios; the values are also put into
    its summary, so that `plan.save` writes them.
    None stands for what has no plan or was not found in time. Options as of `solve`. Raises BadWorkbook where the plan
    minimises more than the expected cost.
    """
    options = _merged(
        options,
        workers=workers,
        cluster=cluster,
        gap_percent=gap_percent,
        time_limit=time_limit,
        threads=threads,
        seed=seed,
    )
    status = logged_status(on_status)
    with interruptible(interrupt, status, "what is known so far") as stop:
        callbacks = SolveCallbacks(status, on_progress, stop)
        values = value(inputs, plan, options.for_solver(inputs.case), callbacks, options.workers, options.cluster)
    plan.summary["value"] = values
    return values


def frontier(
    inputs: CaseInputs,
    targets: Sequence[str] = (),
    *,
    steps: int = 11,
    low: float = 0.0,
    high: float = 100.0,
    scenario: str | None = None,
    options: SolveOptions | None = None,
    on_status: OnStatus | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
) -> StudyReport:
    """Find what each of `steps` levels of the targets costs, from `low` to `high` percent of what they require in full:
    all of them scaled together, or only `targets`.

    Each level is a case of its own, solved to the gap from its neighbour's plan; the time limit is that of a level. The
    strictest and the laxest are re-checked as `solve` does; of a large model those between are held against every row
    of the model alone. Without a gap in `options` the levels between are solved to one and a half times the case's own
    gap: the other two give the price of all. Where a level cannot be reached, how far one can go is narrowed
    to one percent. The report's `headline` is the answer, `tables` are its rows, `record` is frontier.json, and
    `save(folder)` writes frontier.xlsx, frontier.html and frontier.json. An `interrupt`, or Ctrl-C, ends it with the
    levels so far.
    Raises BadWorkbook for an unknown target or levels that cannot be, Unfinished where no level has a plan in time.
    """
    started = time.monotonic()
    refuse_levels(steps, low, high)
    status = logged_status(on_status)
    settings = (options or SolveOptions()).for_solver(inputs.case)
    with interruptible(interrupt, status, "the levels so far") as stop:
        callbacks = SolveCallbacks(status, on_progress, stop)
        wider = WIDER_BETWEEN if options is None or options.gap_percent is None else 1.0
        found = find_frontier(inputs, targets, levels_between(low, high, steps), scenario, settings, callbacks, wider)
    return frontier_report(found, settings, time.monotonic() - started)


def alternatives(
    inputs: CaseInputs,
    *,
    within_percent: float = 1.0,
    plans: int = 8,
    scenarios: bool = False,
    frontier: str | Path | None = None,
    scenario: str | None = None,
    start: Answer | str | Path | None = None,
    options: SolveOptions | None = None,
    on_status: OnStatus | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
) -> StudyReport:
    """Find which projects every good plan builds, which some do, which none does, and what it costs to force each in
    or to forbid it; and so many `plans` as unlike as possible.

    A good plan costs at most `within_percent` more than the best one found. Costs are intervals against the least cost:
    at least is proven, at most is by a plan that was found. With `scenarios` every scenario is solved too, and a
    `frontier` (the folder of one of the same case) is taken over: how often each project is built. `start` and options
    are those of `solve`. The report's `tables` are its rows, `record` is alternatives.json: `projects` (`class`,
    `cost_in_musd` and `cost_out_musd` as [at least, at most], null where no such plan exists), `plans` and `elsewhere`.
    `save(folder)` writes alternatives.xlsx, alternatives.html and alternatives.json. An `interrupt`, or Ctrl-C, ends it
    with what is known.
    Raises as `solve`.
    """
    started = time.monotonic()
    refuse_margin(within_percent, plans)
    status = logged_status(on_status)
    settings = (options or SolveOptions()).for_solver(inputs.case)
    known = None if start is None else _plan_of(start)
    with interruptible(interrupt, status, "what is known so far") as stop:
        callbacks = SolveCallbacks(status, on_progress, stop)
        found = find_alternatives(inputs, within_percent / 100, plans, scenario, known, settings, callbacks)
        if scenarios:
            add_scenarios(found, settings, callbacks)
    if frontier is not None:
        read_frontier(Path(frontier) / "frontier.json", found)
    return alternatives_report(found, settings, time.monotonic() - started)


def explain(
    result: Answer | str | Path,
    projects: Sequence[str] = (),
    *,
    options: SolveOptions | None = None,
    on_status: OnStatus | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
) -> StudyReport:
    """Explain why each project is in a plan or not: what the other way costs, from a plan or where its result is.

    For each that is not in the plan also at which cut of its capex (or grant a module), and at which premium on each
    tonne, it enters; what it would replace; and the rules around it that bind. All are intervals: at least is proven,
    at most is by a plan that was found. Of a small case, or for the `projects` named (by id or name), searches narrow
    them, and solves on both sides verify the prices. `record` is explain.json: of every project the
    `sentence`, the costs as in alternatives.json, `entry` (capex_cut_percent, grant_musd_per_module, premium_usd_per_t
    as [at least, at most]), what `leaves`, `enters` and is `bought_t` the other way, and `binding`. `save(folder)`
    writes explain.xlsx, explain.html and explain.json. An `interrupt`, or Ctrl-C, ends it with what is known.
    Raises BadWorkbook for a plan of several scenarios or an unknown project; else as `solve`.
    """
    started = time.monotonic()
    status = logged_status(on_status)
    answer = _plan_of(result)
    settings = (options or SolveOptions()).for_solver(build_case(answer.source))
    with interruptible(interrupt, status, "what is known so far") as stop:
        found = find_reasons(answer, projects, settings, SolveCallbacks(status, on_progress, stop))
    return explain_report(found, settings, time.monotonic() - started)


def explain_input(
    inputs: CaseInputs,
    scenario: str | None = None,
    *,
    options: SolveOptions | None = None,
    on_status: OnStatus | None = None,
    interrupt: Interrupt | None = None,
) -> StudyReport:
    """Find out why no plan meets every hard rule: the least relaxation (fewest rules, then amounts), how far one can
    go, and single cells whose change restores a plan, each verified by a solve of the changed case.

    Where every hard rule can be met, the report's `record["feasible"]` is True and that is all. The time limit is that
    of all together; an `interrupt`, or Ctrl-C, ends it with what is found so far. `record` is explain.json, and
    `save(folder)` writes explain.xlsx, explain.html and explain.json. Raises BadWorkbook for an unknown scenario.
    """
    started = time.monotonic()
    status = logged_status(on_status)
    settings = (options or SolveOptions()).for_solver(inputs.case)
    with interruptible(interrupt, status, "what is found so far") as stop:
        found = find_repairs(inputs, scenario, settings, SolveCallbacks(status, None, stop))
    return repair_report(found, settings, time.monotonic() - started)


def sensitivity(
    inputs: CaseInputs,
    number: int = 10,
    *,
    scenario: str | None = None,
    options: SolveOptions | None = None,
    on_status: OnStatus | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
) -> StudyReport:
    """Find what the least cost is at both ends of the `number` inputs whose ranges are widest, the plan optimised anew
    each time, and which of them is worth researching first: that of the largest swing beyond the gaps.

    Ranges are those of a stress test: the sheet Uncertainty, else by the confidence of each figure's source. The widest
    are those that move the cost most while the builds are fixed. Each end starts from the plan of the input as it is;
    what is not proven is an interval. The time limit is that of each solve. The report's `headline` is the answer,
    `record` is sensitivity.json, and `save(folder)` writes sensitivity.xlsx, sensitivity.html and sensitivity.json. An
    `interrupt`, or Ctrl-C, ends it with the inputs so far. Raises as `solve` where the input as it is has no plan.
    """
    started = time.monotonic()
    refuse_inputs(number)
    status = logged_status(on_status)
    settings = (options or SolveOptions()).for_solver(inputs.case)
    with interruptible(interrupt, status, "the inputs so far") as stop:
        found = find_sensitivity(inputs, number, scenario, settings, SolveCallbacks(status, on_progress, stop))
    return sensitivity_report(found, settings, time.monotonic() - started)


def _plan_of(start: Answer | str | Path) -> Answer:
    """A plan, read from its result where it is not one yet."""
    return start if isinstance(start, Answer) else read_answer(Path(start))


def _merged(options: SolveOptions | None, **named: object) -> SolveOptions:
    """Return the options with those replaced that were given by name."""
    changes = {name: value for name, value in named.items() if value is not None}
    return replace(options or SolveOptions(), **changes)  # type: ignore[arg-type]


class Stressed(TableFrames, Stress):
    """A plan under stress. `stressed.losses` and `stressed["losses"]` are DataFrames (scenarios, losses, percentiles,
    years, drivers, short, regret, draws, ranges), `stressed.rows` the same as plain rows."""

    def tables_by_name(self) -> dict[str, list[Record]]:
        """Return the rows of every table by its name."""
        return by_name(self.rows)

    def columns_by_name(self) -> dict[str, list[str]]:
        """Return the columns of every table without rows; of the others those of their rows."""
        return {name: table.names for name, table in STRESS_TABLES.items() if not by_name(self.rows)[name]}

    def __repr__(self) -> str:
        """One line: the plan, and how much was run."""
        counts = ", ".join(f"{len(self.rows[name])} {name}" for name in ("scenarios", "losses", "draws"))
        return f"<Stressed {self.plan!r}: {counts}, {self.rechecked} runs re-checked>"

    def save(self, folder: str | Path) -> list[Path]:
        """Write stress.xlsx, stress.html and stress.json into a folder; returns where they are. Raises OutputInUse when
        it cannot be written."""
        return save_stress(self, Path(folder))


def stress(
    result: str | Path,
    *,
    options: StressOptions | None = None,
    draws: int | None = None,
    seed: int | None = None,
    myopic: bool | None = None,
    regret: float | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    on_status: OnStatus | None = None,
    interrupt: Interrupt | None = None,
) -> Stressed:
    """Fix the builds of a result (a workbook, or the folder that holds it) and operate it through scenarios, losses and
    random draws.

    Options are those of `StressOptions`, as one object or by name; a name overrides the object. `regret`: seconds to
    look for the least cost of each scenario, which the plan's is compared with (0: none). An `interrupt`, or Ctrl-C,
    ends the draws. Raises BadWorkbook when it is no result with a plan, BrokenPlan when a run breaks a rule.
    """
    started = time.monotonic()
    named = {"draws": draws, "seed": seed, "myopic": myopic, "regret": regret, "workers": workers, "cluster": cluster}
    options = replace(options or StressOptions(), **{k: v for k, v in named.items() if v is not None})  # type: ignore[arg-type]
    refuse_stress_options(options.draws, options.seed, options.workers)
    status = logged_status(on_status)
    plan = read_answer(Path(result))
    with interruptible(interrupt, status, "what the draws so far show") as stop:
        done = run_stress(plan.source, build_case(plan.source), plan, options, status, stop)
    seconds = {"total": time.monotonic() - started}
    return Stressed(options, plan, done.rows, done.largest_violation, done.rechecked, seconds)


def verify(result: str | Path) -> Statement:
    """Hold a result workbook, or the folder that holds it, against its checksums, itself written again, and every rule,
    without the optimiser.

    `statement.holds` is the verdict. Raises BadWorkbook when it cannot be read or is no result with a plan.
    """
    return verification.verify(Path(result))


def report(result: str | Path, pdf: bool = False) -> Path:
    """Write the HTML report of a result again, beside its workbook, with what stress tests found since; with `pdf` it
    is printed to report.pdf too. Returns where the report, or the PDF, is.

    Raises BadWorkbook when it is no result with a plan, OutputInUse when the report cannot be written, or no browser
    that prints is installed.
    """
    path = Path(result)
    page = load(path).save_report(path if path.is_dir() else path.parent)
    if not pdf:
        return page
    print_page(page, page.with_suffix(".pdf"))
    return page.with_suffix(".pdf")


def brief(result: str | Path) -> Path:
    """Write page one of a result as slides, brief.pptx beside its workbook: the same sentences, and native charts;
    returns where it is.

    Raises BadWorkbook when it is no result with a plan, or where python-pptx (the extra `slides`) is not installed,
    OutputInUse when it cannot be written.
    """
    path = Path(result)
    return load(path).save_slides(path if path.is_dir() else path.parent)

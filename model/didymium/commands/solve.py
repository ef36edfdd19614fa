"""`didymium solve`: the least-cost plan of a scenario, of each scenario alone, or of all as one tree."""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from didymium import api
from didymium.case_inputs import CaseInputs
from didymium.commands.output import print_result
from didymium.commands.stopping import stop_by_hand
from didymium.console import ConsoleProgress
from didymium.endings import STOPPED_WITH_PLAN, print_error
from didymium.engine.control import Interrupt
from didymium.errors import BadWorkbook, DidymiumError, NoPlan, Problem, Unfinished
from didymium.jobs import WorkerPool
from didymium.memory import expected_memory_mb
from didymium.options import SolveOptions, refuse_folder
from didymium.plan.decisions import decisions
from didymium.plans import Plan
from didymium.reports.idle_plants import idle_warnings
from didymium.reports.numbers import expected
from didymium.reports.sentences import information_value, status_in_words
from didymium.result_folder import locked
from didymium.solving import scenario_for
from didymium.statuses import Status
from didymium.value import NEEDS_NO_TAIL


@dataclass(frozen=True, slots=True)
class Job:
    """A workbook that was read, and how it is to be solved."""

    path: Path
    inputs: CaseInputs
    arguments: argparse.Namespace
    options: SolveOptions
    progress: ConsoleProgress


def run_solve(arguments: argparse.Namespace) -> int:
    """Solve every workbook in turn; one that fails does not stop the others. Returns the worst code."""
    options = _options(arguments)
    if not arguments.dry_run:
        refuse_folder("--out", arguments.out or Path("outputs"))
        _refuse_same_folders(arguments)
    codes = []
    several = len(arguments.workbooks) > 1
    for path in arguments.workbooks:
        if several and path.name.startswith("~$"):
            print(f"passed over {path.name}, Excel's lock file", file=sys.stderr)
            continue
        try:
            codes.append(_solve_workbook(path, arguments, options))
        except DidymiumError as error:
            codes.append(print_error(error))
        if several and not arguments.quiet:
            print(f"{path}: exit code {codes[-1]}", file=sys.stderr)
    return max(codes, default=BadWorkbook.exit_code)


def _refuse_same_folders(arguments: argparse.Namespace) -> None:
    """Raise BadWorkbook, before anything is solved, where results of several workbooks would go into one folder."""
    by_folder: dict[Path, list[Path]] = defaultdict(list)
    for path in arguments.workbooks:
        by_folder[output_folder(path, "", arguments).resolve()].append(path)
    problems = [
        Problem(
            ", ".join(map(str, paths)),
            f"have one name, so that their results would go into one folder, {folder}; rename all but one, or solve"
            " them in calls of their own with --out",
        )
        for folder, paths in by_folder.items()
        if len(paths) > 1
    ]
    if problems:
        raise BadWorkbook(problems)


def _options(arguments: argparse.Namespace) -> SolveOptions:
    return SolveOptions(
        gap_percent=arguments.gap,
        time_limit=arguments.time_limit,
        threads=arguments.threads,
        seed=arguments.seed,
        route=arguments.route,
        workers=arguments.workers,
        cluster=arguments.cluster,
    )


def _solve_workbook(path: Path, arguments: argparse.Namespace, options: SolveOptions) -> int:
    """Every job of a workbook in turn: one scenario, each of them alone, or all as one tree. Returns the worst code."""
    progress = ConsoleProgress(arguments.quiet)
    progress.stage(f"reading {path}")
    with progress.attached():
        return _solve_jobs(path, arguments, options, progress)


def _solve_jobs(path: Path, arguments: argparse.Namespace, options: SolveOptions, progress: ConsoleProgress) -> int:
    """Read a workbook and solve it, while progress is shown."""
    inputs = _inputs(path, arguments)
    for problem in (p for p in inputs.warnings if p.code == "answers_that_change"):
        progress.stage(str(problem))
    if inputs.warnings:
        progress.stage(f"{len(inputs.warnings)} warnings; `didymium check {path}` tells them")
    if arguments.value:
        _refuse_value(inputs, arguments.stochastic)
    job = Job(path, inputs, arguments, options, progress)
    if not arguments.each_scenario:
        return _solve_one(job, scenario_for(inputs, arguments.scenario), arguments.stochastic)
    if arguments.dry_run or (options.workers < 2 and options.cluster is None):
        return max(_solve_scenario(job, name) for name in inputs.case.scenarios)
    return _solve_in_parallel(job)


def _inputs(path: Path, arguments: argparse.Namespace) -> CaseInputs:
    """The case of a workbook, with the decisions held that the options name."""
    inputs = api.read(path)
    pin, force, forbid, until = arguments.pin, arguments.force, arguments.forbid, arguments.hold_until
    if pin is None and until is None and not force and not forbid:
        return inputs
    return api.hold(inputs, pin=pin, force=force or (), forbid=forbid or (), hold_until=until)


def _refuse_value(inputs: CaseInputs, stochastic: bool) -> None:
    """Refuse before a long solve, not after it, values that cannot be had."""
    if not stochastic:
        text = "goes with --stochastic: it tells what the plan of all scenarios is worth"
        raise BadWorkbook([Problem("--value", text)])
    if inputs.case.risk_weight:
        raise BadWorkbook([Problem("Settings", NEEDS_NO_TAIL)])


def _solve_in_parallel(job: Job) -> int:
    """Each scenario as a job of its own, on several processes or a cluster. Returns the worst code."""
    names, progress = list(job.inputs.case.scenarios), job.progress
    outs = [output_folder(job.path, name, job.arguments).resolve() for name in names]
    alone = {
        "workbooks": [job.path],
        "each_scenario": False,
        "quiet": True,
        "json": False,
        "workers": 1,
        "cluster": None,
    }
    jobs = [
        (job.path.resolve(), argparse.Namespace(**{**vars(job.arguments), **alone, "out": out}), name)
        for name, out in zip(names, outs, strict=True)
    ]
    progress.stage(f"{len(names)} scenarios as jobs of their own")
    then = "no other scenario is begun, and those under way write their best plan"
    with stop_by_hand(progress, then) as interrupt, WorkerPool(job.options.workers, job.options.cluster) as pool:
        codes = pool.run(
            _solve_apart,
            jobs,
            lambda k, code: progress.stage(f"scenario {names[k]}: exit code {code}; see {outs[k]}"),
            lambda: interrupt.requested,
        )
    return max(Unfinished.exit_code if code is None else int(code) for code in codes)


def _solve_apart(path: Path, arguments: argparse.Namespace, scenario: str) -> int:
    """One scenario in a process of its own, which prints nothing but errors."""
    job = Job(path, _inputs(path, arguments), arguments, _options(arguments), ConsoleProgress(quiet=True))
    return _solve_scenario(job, scenario)


def _solve_scenario(job: Job, scenario: str) -> int:
    """One of several scenarios: a failure is printed and does not stop the others."""
    job.progress.stage(f"scenario {scenario}")
    try:
        return _solve_one(job, scenario, False)
    except DidymiumError as error:
        return print_error(error)


def _solve_one(job: Job, scenario: str, stochastic: bool) -> int:
    """One plan, written and printed; returns its exit code."""
    arguments = job.arguments
    if arguments.dry_run:
        size = api.size(job.inputs, scenario, stochastic)
        memory = expected_memory_mb(size)
        text = ", ".join(f"{count:,} {what}" for what, count in size.items())
        print(json.dumps({**size, "memory_mb": memory}) if arguments.json else f"{text}; about {memory:,} MB of memory")
        return 0
    out = output_folder(job.path, "stochastic" if stochastic else scenario, arguments)
    with locked(out), stop_by_hand(job.progress) as interrupt:
        plan = _find_plan(job, scenario, stochastic, out, interrupt)
        job.progress.stage("writing the results")
        written = plan.save(out)
        if stochastic and arguments.value and _add_value(job, plan, interrupt):
            job.progress.stage("writing the results with their values of information")
            written = plan.save(out)
    print_result(arguments, written, _lines(plan, written))
    return STOPPED_WITH_PLAN if plan.status in (Status.TIME_LIMIT, Status.INTERRUPTED) else 0


def _find_plan(job: Job, scenario: str, stochastic: bool, out: Path, interrupt: Interrupt) -> Plan:
    """Solve; where there is no plan, write why before the refusal goes on."""
    try:
        return api.solve(
            job.inputs,
            scenario,
            stochastic=stochastic,
            start=job.arguments.start,
            options=job.options,
            on_progress=job.progress.progress,
            interrupt=interrupt,
        )
    except NoPlan as refusal:
        written = api.save_reasons(job.inputs, refusal, out, scenario, stochastic=stochastic, options=job.options)
        if job.arguments.json:
            print(written[-1].read_text(encoding="utf-8"))
        job.progress.stage(f"wrote why to {out}")
        raise


def _add_value(job: Job, plan: Plan, interrupt: Interrupt) -> bool:
    """Add the values of information to a plan that is written already: whatever goes wrong here costs the plan
    nothing."""
    try:
        api.information_value(
            job.inputs, plan, options=job.options, on_progress=job.progress.progress, interrupt=interrupt
        )
    except (DidymiumError, ArithmeticError, RuntimeError, MemoryError) as error:
        text = f"the values of information could not be worked out; the plan stands without them ({error})"
        print(text, file=sys.stderr)
        return False
    return True


def output_folder(path: Path, job: str, arguments: argparse.Namespace) -> Path:
    """Return --out for a single job; below it a folder a workbook where there are several, and a folder a scenario
    where each is solved."""
    name = path.resolve().stem
    if arguments.out is None:
        return Path("outputs") / name / job
    out: Path = arguments.out
    if len(arguments.workbooks) > 1:
        return out / name / job
    return out / job if arguments.each_scenario else out


def _lines(plan: Plan, written: Sequence[Path]) -> Iterator[str]:
    """What is printed of a plan: how it was proven, what it costs, warnings, its files, the time it took."""
    seconds = plan.summary["seconds"]
    assert isinstance(seconds, dict)
    yield status_in_words(plan.summary)
    built = plan.tables["investments"]
    yield (
        f"{plan.cost:,.0f} M USD discounted; {len(decisions(built))} decisions, {expected(built, 'capex_musd'):,.0f} M"
        " USD of capex"
    )
    yield from information_value(plan)
    if not plan.clean_labels:
        yield "exposure labels are not as clean as they could be: the labelling did not end in time"
    yield from (f"warning: {warning}" for warning in idle_warnings(plan.source, plan.tables))
    yield from (f"wrote {path}" for path in written)
    yield "seconds: " + ", ".join(f"{stage} {spent:.1f}" for stage, spent in seconds.items())

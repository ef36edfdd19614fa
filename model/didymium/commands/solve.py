"""`didymium solve`: the least-cost plan of a scenario, of each scenario alone, or of all as one tree."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from didymium import api
from didymium.arguments import command_line
from didymium.case_inputs import CaseInputs
from didymium.commands.batch import run_batch
from didymium.commands.output import print_result
from didymium.commands.recording import add_facts
from didymium.commands.stopping import stop_by_hand
from didymium.console import ConsoleProgress
from didymium.endings import STOPPED_WITH_PLAN
from didymium.engine.control import Interrupt
from didymium.engine.kept_plan import kept_plan
from didymium.engine.solve import NO_PRICES
from didymium.errors import BadWorkbook, DidymiumError, NoPlan, OutputInUse, Problem, Unfinished
from didymium.memory import expected_memory_mb
from didymium.options import SolveOptions, refuse_folder
from didymium.plan.decisions import decisions
from didymium.plans import Plan
from didymium.processes import died_before, overran
from didymium.reports.idle_plants import idle_warnings
from didymium.reports.numbers import expected, rounded
from didymium.reports.sentences import information_value, status_in_words
from didymium.result_folder import KeptParts, keep_run, locked, unwritten
from didymium.solving import SolveCallbacks, kept_for, scenario_for, solve_case
from didymium.statuses import Status
from didymium.supervised import finishing, report_to_parent
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
    """Solve a workbook, or run a batch: several workbooks, or each scenario; what one meets does not stop the others.
    Returns the worst exit code."""
    _options(arguments)  # what cannot be is refused before anything is read
    if not arguments.dry_run:
        refuse_folder("--out", arguments.out or Path("outputs"))
    if len(arguments.workbooks) > 1 or arguments.each_scenario:
        if not arguments.dry_run:
            return run_batch(arguments, output_folder)
        return max(_dry_runs(arguments), default=BadWorkbook.exit_code)
    code, _ = solve_one(arguments.workbooks[0], arguments, None)
    return code


def _dry_runs(arguments: argparse.Namespace) -> Iterator[int]:
    """Print the size of every solve of a batch."""
    for path in arguments.workbooks:
        inputs = _inputs(path, arguments)
        for name in inputs.case.scenarios if arguments.each_scenario else [arguments.scenario]:
            yield _print_size(inputs, scenario_for(inputs, name), arguments)


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


def solve_one(path: Path, arguments: argparse.Namespace, scenario: str | None) -> tuple[int, Path | None]:
    """Read a workbook and solve a scenario of it, or as the flags say; returns the exit code and the folder written."""
    progress = ConsoleProgress(arguments.quiet, arguments.progress)
    progress.stage(f"reading {path}" if scenario is None else f"reading {path}, scenario {scenario}")
    with progress.attached():
        inputs = _inputs(path, arguments)
        for problem in (p for p in inputs.warnings if p.code == "answers_that_change"):
            progress.stage(str(problem))
        if inputs.warnings:
            progress.stage(f"{len(inputs.warnings)} warnings; `didymium check {path}` tells them")
        if arguments.value:
            _refuse_value(inputs, arguments.stochastic)
        name = scenario_for(inputs, scenario or arguments.scenario)
        if arguments.dry_run:
            return _print_size(inputs, name, arguments), None
        out = output_folder(path, "stochastic" if arguments.stochastic else name, arguments)
        return _solve(Job(path, inputs, arguments, _options(arguments), progress), name, out), out


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


def _print_size(inputs: CaseInputs, scenario: str, arguments: argparse.Namespace) -> int:
    """Print the size of the model and the memory that its solve needs; returns the exit code."""
    size = api.size(inputs, scenario, arguments.stochastic)
    memory = expected_memory_mb(size)
    text = ", ".join(f"{count:,} {what}" for what, count in size.items())
    print(json.dumps({**size, "memory_mb": memory}) if arguments.json else f"{text}; about {memory:,} MB of memory")
    return 0


def _solve(job: Job, scenario: str, out: Path) -> int:
    """One plan, written and printed; returns its exit code."""
    arguments, stochastic, source = job.arguments, job.arguments.stochastic, job.inputs.source
    name = "stochastic" if stochastic else scenario
    add_facts(folder=out, scenario=name, input_sha256=source.sha256, content_sha256=source.content_sha256())
    with locked(out), stop_by_hand(job.progress) as interrupt:
        kept = _begun(job, scenario, out)
        plan = _find_plan(job, scenario, out, interrupt, kept)
        job.progress.stage("writing the results")
        written = _save(plan, out, kept)
        if stochastic and arguments.value and _add_value(job, plan, interrupt):
            job.progress.stage("writing the results with their values of information")
            written = plan.save(out)
        stopped = plan.status in (Status.TIME_LIMIT, Status.INTERRUPTED)
        if not stopped:
            kept.clear()
    print_result(arguments, written, _lines(plan, written))
    return STOPPED_WITH_PLAN if stopped else 0


def _save(plan: Plan, out: Path, kept: KeptParts) -> list[Path]:
    """Write the results; where they cannot be written, nor be kept elsewhere, say that the search need not be done
    again."""
    try:
        return plan.save(out)
    except OutputInUse as error:
        if unwritten(out) is not None or kept_plan(kept) is None:
            raise
        text = f"{error}. The plan is kept: `didymium resume {out}` writes it without a search, when it can be"
        raise OutputInUse(text) from error


def _begun(job: Job, scenario: str, out: Path) -> KeptParts:
    """Keep what a later run needs to go on with this one; returns where it keeps what it finds."""
    one = {"workbooks": [job.path], "out": out, "each_scenario": False, "again": False}
    if not job.arguments.stochastic:
        one["scenario"] = scenario
    kept = kept_for(job.inputs, scenario, job.arguments.stochastic, out)
    if (finishing() or overran()) and kept_plan(kept) is None:
        raise Unfinished(f"{overran() or finishing()}; no plan had been found, and nothing was written")
    words = command_line(argparse.Namespace(**{**vars(job.arguments), **one}))
    keep_run(kept, words, job.path, getattr(job.arguments, "request", ""))
    return kept


def _find_plan(job: Job, scenario: str, out: Path, interrupt: Interrupt, kept: KeptParts) -> Plan:
    """Solve, watched by the parent; where there is no plan, write why before the refusal goes on."""
    stochastic = job.arguments.stochastic
    limit = job.options.for_solver(job.inputs.case).time_limit

    def watched(stage: str) -> None:
        report_to_parent(kept.where, limit)

    callbacks = SolveCallbacks(watched, job.progress.progress, interrupt, kept)
    why_finished = finishing() or overran()
    if not why_finished and died_before() and kept_plan(kept) is not None:
        why_finished = "the process of this solve died, as where memory runs out"
    if why_finished:
        add_facts(reason=why_finished)
        interrupt.request()
    watched("begun")
    try:
        plan = solve_case(job.inputs, scenario, stochastic, job.arguments.start, job.options, callbacks)
        report_to_parent(kept.where, None)
        if why_finished:
            plan.warnings.append(f"this is the best plan that was kept: {why_finished}")
        return plan
    except BadWorkbook:
        kept.clear()
        raise
    except NoPlan as refusal:
        report_to_parent(kept.where, None)
        written = api.save_reasons(job.inputs, refusal, out, scenario, stochastic=stochastic, options=job.options)
        if job.arguments.json:
            print(written[-1].read_text(encoding="utf-8"))
        job.progress.stage(f"wrote why to {out}")
        kept.clear()
        refusal.folder = out
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
    return out / job if arguments.each_scenario or arguments.below else out


def _lines(plan: Plan, written: Sequence[Path]) -> Iterator[str]:
    """What is printed of a plan: how it was proven, what it costs, warnings, its files, the time it took."""
    seconds = plan.summary["seconds"]
    assert isinstance(seconds, dict)
    yield status_in_words(plan.summary)
    built = plan.tables["investments"]
    count = len(decisions(built))
    yield (
        f"{rounded(plan.cost)} M USD discounted; {count} decision{'s' * (count != 1)},"
        f" {rounded(expected(built, 'capex_musd'))} M USD of capex"
    )
    yield from information_value(plan)
    if not plan.clean_labels:
        yield "exposure labels are not as clean as they could be: the labelling did not end in time"
    if NO_PRICES in plan.warnings:
        yield NO_PRICES
    yield from (f"warning: {warning}" for warning in idle_warnings(plan.source, plan.tables))
    yield from (f"wrote {path}" for path in written)
    yield "seconds: " + ", ".join(f"{stage} {spent:.1f}" for stage, spent in seconds.items())

"""The command: parse, call, print, return a code. 0 solved, 1 our fault, 2 bad input, 3 no plan, 4 stopped with a
plan, 5 stopped without, 6 could not write."""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from didymium import api
from didymium.checks.checked import Checked
from didymium.comparison import compare
from didymium.console import ConsoleProgress, print_checked, print_statement
from didymium.endings import ended, told
from didymium.engine.highs import Interrupt
from didymium.errors import ERROR, BadWorkbook, DidymiumError, NoPlan, OutputInUse, Problem, Unfinished
from didymium.jobs import WorkerPool, interrupt_requested
from didymium.options import options_for, refuse_folder, refuse_solve_options
from didymium.plan.committed import idle_warnings
from didymium.plan.decisions import decisions
from didymium.reports.files import save_page
from didymium.reports.restore import read_answer
from didymium.reports.stress import headline
from didymium.reports.verify import verify
from didymium.reports.words import expected, status_in_words
from didymium.value import NEEDS_NO_TAIL, value

STOPPED_WITH_PLAN = 4


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = parser().parse_args(argv)
    return ended(lambda: int(arguments.run(arguments)))


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="didymium", description="Plans allied investment in rare earths.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    new = commands.add_parser("new", help="write a blank input workbook, or the default case filled in")
    new.add_argument("path", type=Path, metavar="PATH")
    new.add_argument("--example", action="store_true", help="fill in the default case")
    new.add_argument("--years", type=_years, metavar="A-B", help="the years of the plan (default: 2026-2040)")
    new.set_defaults(run=_new)
    look = commands.add_parser("check", help="report every problem of a workbook, by sheet and cell")
    look.add_argument("workbook", type=Path, metavar="WORKBOOK", help="an .xlsx file or a folder of CSV files")
    look.add_argument(
        "--mark", type=Path, metavar="COPY", help="write a copy of the workbook with the cells coloured and commented"
    )
    look.add_argument("--json", action="store_true", help="print the problems for machines")
    look.set_defaults(run=_check)
    _add_solve(commands)
    _add_stress(commands)
    again = commands.add_parser("verify", help="re-check a result workbook against every rule, without the optimiser")
    again.add_argument("result", type=Path, metavar="RESULT", help="a results.xlsx or the folder that holds it")
    again.set_defaults(run=_verify)
    held = commands.add_parser("compare", help="write one workbook of what differs between results, or between inputs")
    held.add_argument(
        "results",
        type=Path,
        nargs="+",
        metavar="RESULT",
        help=(
            "results.xlsx files or the folders that hold them, or input workbooks and CSV folders; the first is what"
            " the others are held against"
        ),
    )
    held.add_argument(
        "--out",
        type=Path,
        metavar="PATH",
        default=Path("outputs/comparison.xlsx"),
        help="where to write (default: outputs/comparison.xlsx)",
    )
    held.set_defaults(run=_compare)
    page = commands.add_parser("report", help="write the HTML report of a result again")
    page.add_argument("result", type=Path, metavar="RESULT", help="a results.xlsx or the folder that holds it")
    page.set_defaults(run=_report)
    out = commands.add_parser(
        "export", help="write the data of a workbook or result again, as a workbook or a folder of CSV files"
    )
    out.add_argument(
        "source", type=Path, metavar="SOURCE", help="an input workbook, a folder of CSV files, or a result"
    )
    out.add_argument("path", type=Path, metavar="PATH", help="a new .xlsx file, or a new folder for CSV files")
    out.set_defaults(run=_export)
    up = commands.add_parser(
        "upgrade", help="write an older workbook in the current template; the old file stays as it is"
    )
    up.add_argument("source", type=Path, metavar="OLD")
    up.add_argument("path", type=Path, metavar="NEW")
    up.set_defaults(run=_upgrade)
    return top


def _add_solve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    job = commands.add_parser("solve", help="find the least-cost plan, by default of the base scenario")
    job.add_argument("workbooks", type=Path, nargs="+", metavar="WORKBOOK", help=".xlsx files or folders of CSV files")
    which = job.add_mutually_exclusive_group()
    which.add_argument("--scenario", metavar="ID", help="solve this scenario, foreseen (default: the base)")
    which.add_argument(
        "--stochastic", action="store_true", help="one plan for all scenarios, when nobody knows which it will be"
    )
    which.add_argument(
        "--each-scenario", action="store_true", help="each scenario alone, foreseen, one after the other"
    )
    job.add_argument(
        "--route",
        choices=api.ROUTES,
        default="auto",
        help="with --stochastic: the tree as one model (whole), branch by branch, or by its size",
    )
    job.add_argument(
        "--value",
        action="store_true",
        help="with --stochastic: also what knowing the future, and planning for not knowing it, are worth",
    )
    _add_workers(job)
    job.add_argument("--out", type=Path, metavar="DIR", help="where to write (default: outputs/<workbook>/<scenario>)")
    job.add_argument("--gap", type=float, metavar="%", help="stop when the plan is proven this near to the least cost")
    job.add_argument(
        "--time-limit", type=float, metavar="S", help="stop after so many seconds with the best plan so far"
    )
    job.add_argument(
        "--threads", type=int, default=0, metavar="N", help="threads for the solver (default: its own choice)"
    )
    job.add_argument("--seed", type=int, default=0, metavar="N", help="random seed of the solver")
    job.add_argument("--dry-run", action="store_true", help="check and build, tell the size, do not solve")
    job.add_argument("--quiet", action="store_true", help="print errors only")
    job.add_argument("--json", action="store_true", help="print summary.json to standard output")
    job.set_defaults(run=_solve_all)


def _add_stress(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    job = commands.add_parser(
        "stress", help="hold a plan's builds and run it through scenarios, losses and random draws"
    )
    job.add_argument("result", type=Path, metavar="RESULT", help="a results.xlsx or the folder that holds it")
    job.add_argument(
        "--draws", type=_count, default=200, metavar="N", help="random draws of what is uncertain (default: 200)"
    )
    job.add_argument("--seed", type=_count, default=0, metavar="S", help="seed of the draws (default: 0)")
    job.add_argument(
        "--regret",
        type=_count,
        default=60,
        metavar="S",
        help="seconds to find the least cost of each scenario, builds free (default: 60; 0: no regret)",
    )
    job.add_argument("--myopic", action="store_true", help="operate each year without knowing the next")
    job.add_argument(
        "--out", type=Path, metavar="DIR", help="where to write (default: the folder stress beside the result)"
    )
    _add_workers(job)
    job.add_argument("--quiet", action="store_true", help="print errors only")
    job.add_argument("--json", action="store_true", help="print stress.json to standard output")
    job.set_defaults(run=_stress)


def _add_workers(job: argparse.ArgumentParser) -> None:
    job.add_argument(
        "--workers",
        type=_some,
        default=1,
        metavar="N",
        help="independent solves on so many processes at a time (default: 1)",
    )
    job.add_argument(
        "--cluster", metavar="ADDRESS", help="or on the dask.distributed cluster whose scheduler is at this address"
    )


def _count(text: str) -> int:
    """A whole number from 0 on."""
    if not re.fullmatch(r"[0-9]{1,9}", text.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 on")
    return int(text)


def _some(text: str) -> int:
    """A whole number from 1 on."""
    if _count(text) < 1:
        raise argparse.ArgumentTypeError("write 1 or more")
    return int(text)


def _new(arguments: argparse.Namespace) -> int:
    return _wrote(arguments.path, lambda: api.new(arguments.path, arguments.example, arguments.years))


def _export(arguments: argparse.Namespace) -> int:
    return _wrote(arguments.path, lambda: api.export(arguments.source, arguments.path))


def _upgrade(arguments: argparse.Namespace) -> int:
    if arguments.path.suffix.casefold() != ".xlsx":
        raise BadWorkbook(
            [Problem(arguments.path.name, "must end in .xlsx; `didymium export` writes folders of CSV files")]
        )
    return _wrote(arguments.path, lambda: api.export(arguments.source, arguments.path))


def _wrote(path: Path, write: Callable[[], Path]) -> int:
    """Run a writer that never replaces a file, and say where it wrote."""
    try:
        print(f"wrote {write()}")
    except FileExistsError:
        raise BadWorkbook(
            [Problem(path.name, "is there already and is not overwritten; choose another name")]
        ) from None
    except OSError as error:
        raise OutputInUse(f"{path} could not be written: {error.strerror or error}") from error
    return 0


def _years(text: str) -> range:
    """`2026-2040` as years."""
    match = re.fullmatch(r"((?:19|20|21)\d\d)-((?:19|20|21)\d\d)", text.strip())
    if not match or not 0 <= int(match[2]) - int(match[1]) < 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no span of years; write e.g. 2026-2040 (at most 100 years)")
    return range(int(match[1]), int(match[2]) + 1)


def _check(arguments: argparse.Namespace) -> int:
    """Print what was found first, so that a copy that cannot be written costs nobody the problems."""
    try:
        checked = api.examine(arguments.workbook)
    except BadWorkbook as error:  # the file as a whole cannot be read, so there is nothing to mark
        checked = Checked(error.problems)
    if arguments.json:
        print(json.dumps(checked.as_record(), indent=1))
    else:
        print_checked(checked, str(arguments.workbook))
    if arguments.mark and checked.counts:
        sys.stdout.flush()
        api.mark(arguments.workbook, checked.problems, arguments.mark)
        if not arguments.json:
            print(f"wrote {arguments.mark}")
    return BadWorkbook.exit_code if checked.count(ERROR) else 0


def _solve_all(arguments: argparse.Namespace) -> int:
    """Solve every workbook in turn; one that fails does not stop the others. Returns the worst code."""
    refuse_solve_options(arguments.gap, arguments.time_limit, arguments.threads, arguments.seed)
    if not arguments.dry_run:
        refuse_folder("--out", arguments.out or Path("outputs"))
    codes = []
    several = len(arguments.workbooks) > 1
    for path in arguments.workbooks:
        if several and path.name.startswith("~$"):
            print(f"passed over {path.name}, Excel's lock file", file=sys.stderr)
            continue
        try:
            codes.append(_solve(path, arguments))
        except DidymiumError as error:
            codes.append(told(error))
        if len(arguments.workbooks) > 1 and not arguments.quiet:
            print(f"{path}: exit code {codes[-1]}", file=sys.stderr)
    return max(codes, default=BadWorkbook.exit_code)


def _solve(path: Path, arguments: argparse.Namespace) -> int:
    """Every job of a workbook in turn: one scenario, each of them alone, or all as one tree. Returns the worst code."""
    teller = ConsoleProgress(arguments.quiet)
    teller.stage(f"reading {path}")
    asked = api.read(path)
    for problem in (p for p in asked.warnings if p.code == "answers_that_change"):
        teller.stage(str(problem))
    if asked.warnings:
        teller.stage(f"{len(asked.warnings)} warnings; `didymium check {path}` tells them")
    if arguments.value:
        _refuse_value(asked, arguments.stochastic)
    if not arguments.each_scenario:
        return _solve_one(
            path, asked, arguments, teller, api.scenario_for(asked, arguments.scenario), arguments.stochastic
        )
    names = list(asked.case.scenarios)
    if arguments.dry_run or (arguments.workers < 2 and arguments.cluster is None):
        return max(_solve_scenario(path, asked, arguments, teller, name) for name in names)
    outs = [output_folder(path, name, arguments).resolve() for name in names]
    keep = {name: getattr(arguments, name) for name in ("gap", "time_limit", "threads", "seed", "route")}
    alone = {
        "workbooks": [path],
        "each_scenario": False,
        "dry_run": False,
        "value": False,
        "quiet": True,
        "json": False,
        "workers": 1,
        "cluster": None,
    }
    jobs = [
        (path.resolve(), argparse.Namespace(**keep, **alone, out=out), name)
        for name, out in zip(names, outs, strict=True)
    ]
    teller.stage(f"{len(names)} scenarios as jobs of their own")
    then = "no other scenario is begun, and those under way write their best plan"
    with stop_on_signals(teller, then) as interrupt, WorkerPool(arguments.workers, arguments.cluster, own=True) as crew:
        told = crew.run(
            _solve_apart,
            jobs,
            lambda k, code: teller.stage(f"scenario {names[k]}: exit code {code}; see {outs[k]}"),
            lambda: interrupt.asked,
        )
    return max(Unfinished.exit_code if code is None else int(code) for code in told)


def _solve_scenario(
    path: Path, asked: api.CaseInputs, arguments: argparse.Namespace, teller: ConsoleProgress, scenario: str
) -> int:
    """One of several scenarios: a failure is told and does not stop the others."""
    teller.stage(f"scenario {scenario}")
    try:
        return _solve_one(path, asked, arguments, teller, scenario, False)
    except DidymiumError as error:
        return told(error)


def _solve_apart(path: Path, arguments: argparse.Namespace, scenario: str) -> int:
    """The same in a process of its own, which says nothing but errors."""
    return _solve_scenario(path, api.read(path), arguments, ConsoleProgress(quiet=True), scenario)


def _refuse_value(asked: api.CaseInputs, stochastic: bool) -> None:
    """Say before a long solve, not after it, that what --value asks for cannot be had."""
    if not stochastic:
        raise BadWorkbook(
            [Problem("--value", "goes with --stochastic: it tells what the plan of all scenarios is worth")]
        )
    if asked.case.risk_weight:
        raise BadWorkbook([Problem("Settings", NEEDS_NO_TAIL)])


def _solve_one(
    path: Path,
    asked: api.CaseInputs,
    arguments: argparse.Namespace,
    teller: ConsoleProgress,
    scenario: str,
    stochastic: bool,
) -> int:
    if arguments.dry_run:
        size = api.size(asked, scenario, stochastic)
        print(json.dumps(size) if arguments.json else ", ".join(f"{count:,} {what}" for what, count in size.items()))
        return 0
    out = output_folder(path, "stochastic" if stochastic else scenario, arguments)
    with stop_on_signals(teller) as interrupt:
        try:
            plan = api.solve(
                asked, scenario, stochastic=stochastic, route=arguments.route, workers=arguments.workers, cluster=arguments.cluster, gap_percent=arguments.gap, time_limit=arguments.time_limit, threads=arguments.threads,
                seed=arguments.seed, on_status=teller.stage, on_progress=teller.progress, interrupt=interrupt,
            )  # fmt: skip
        except NoPlan as refusal:
            options = options_for(asked.case, arguments.gap, arguments.time_limit, arguments.threads, arguments.seed)
            written = api.save_reasons(asked, refusal, scenario, options, out, stochastic)
            if arguments.json:
                print(written[-1].read_text(encoding="utf-8"))
            teller.stage(f"wrote why to {out}")
            raise
        teller.stage("writing the results")
        written = plan.save(out)
        if (
            stochastic
            and arguments.value
            and _add_value(asked, plan, arguments, api.SolveCallbacks(teller.stage, teller.progress, interrupt))
        ):
            teller.stage("writing the results with their values of information")
            written = plan.save(out)
    if arguments.json:
        print(written[-1].read_text(encoding="utf-8"))
    elif not arguments.quiet:
        _print_plan(plan, written)
    return STOPPED_WITH_PLAN if plan.status in ("time_limit", "interrupted") else 0


def _add_value(asked: api.CaseInputs, plan: api.Plan, arguments: argparse.Namespace, watch: api.SolveCallbacks) -> bool:
    """Add the values of information to a plan that is written already: whatever goes wrong here costs the plan
    nothing."""
    options = options_for(asked.case, arguments.gap, arguments.time_limit, arguments.threads, arguments.seed)
    try:
        plan.summary["value"] = value(asked, plan, options, watch, arguments.workers, arguments.cluster)
    except (DidymiumError, ArithmeticError, RuntimeError, MemoryError) as error:
        print(
            f"the values of information could not be worked out; the plan stands without them ({error})",
            file=sys.stderr,
        )
        return False
    return True


def output_folder(path: Path, job: str, arguments: argparse.Namespace) -> Path:
    """--out for a single job; below it a folder a workbook where there are several, and a folder a scenario where each
    is solved."""
    name = path.resolve().stem
    if arguments.out is None:
        return Path("outputs") / name / job
    out: Path = arguments.out
    if len(arguments.workbooks) > 1:
        return out / name / job
    return out / job if arguments.each_scenario else out


def _print_plan(plan: api.Plan, written: Sequence[Path]) -> None:
    seconds = plan.summary["seconds"]
    assert isinstance(seconds, dict)
    print(status_in_words(plan.summary))
    built = plan.tables["investments"]
    print(
        f"{plan.cost:,.0f} M USD discounted; {len(decisions(built))} decisions, {expected(built, 'capex_musd'):,.0f} M"
        " USD of capex"
    )
    if not plan.clean_labels:
        print("exposure labels are not as clean as they could be: the labelling did not end in time")
    for warning in idle_warnings(plan.tables):
        print(f"warning: {warning}")
    for path in written:
        print(f"wrote {path}")
    print("seconds: " + ", ".join(f"{stage} {spent:.1f}" for stage, spent in seconds.items()))


def _stress(arguments: argparse.Namespace) -> int:
    result: Path = arguments.result
    out: Path = arguments.out or (result if result.is_dir() else result.parent) / "stress"
    if result.exists():
        refuse_folder("--out", out)
    teller = ConsoleProgress(arguments.quiet)
    teller.stage(f"reading {result}")
    with stop_on_signals(teller, "the draws so far will be told") as interrupt:
        told = api.stress(
            arguments.result, draws=arguments.draws, seed=arguments.seed, myopic=arguments.myopic, regret=arguments.regret, workers=arguments.workers,
            cluster=arguments.cluster, on_status=teller.stage, interrupt=interrupt,
        )  # fmt: skip
    teller.stage("writing the results")
    written = told.save(out)
    if arguments.json:
        print(written[-1].read_text(encoding="utf-8"))
    elif not arguments.quiet:
        print("\n".join([*headline(told), *(f"wrote {path}" for path in written)]))
        if arguments.out is None:
            print(f"`didymium report {result}` puts what was found on the first page of report.html")
    return 0 if told.is_complete else STOPPED_WITH_PLAN


def _verify(arguments: argparse.Namespace) -> int:
    statement = verify(arguments.result)
    print_statement(statement)
    return 0 if statement.holds else BadWorkbook.exit_code


def _compare(arguments: argparse.Namespace) -> int:
    return _wrote(arguments.out, lambda: compare(arguments.results, arguments.out))


def _report(arguments: argparse.Namespace) -> int:
    result: Path = arguments.result
    print(f"wrote {save_page(read_answer(result), result if result.is_dir() else result.parent)}")
    return 0


@contextmanager
def stop_on_signals(teller: ConsoleProgress, then: str = "the best plan so far will be written") -> Iterator[Interrupt]:
    """Ctrl-C or SIGTERM asks to stop with what there is; a second one leaves at once. Only the main thread can listen
    for them."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if interrupt.asked:
            raise KeyboardInterrupt
        interrupt.ask()
        teller.stage(f"stopping; {then} (once more to leave at once)")

    if interrupt_requested():
        interrupt.ask()
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

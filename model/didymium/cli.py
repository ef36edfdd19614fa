"""The command: parse, call, print, return a code. 0 solved, 1 our fault, 2 bad input, 3 no plan, 4 stopped with a
plan, 5 stopped without, 6 could not write."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import FrameType

from didymium import api
from didymium.engine.highs import Interrupt, Progress
from didymium.errors import BadWorkbook, DidymiumError, NoPlan, Problem, Unfinished
from didymium.recheck import TOLERANCE
from didymium.report.summary_sheet import status_in_words
from didymium.report.verify import verify
from didymium.tables.write import write_input_workbook

STOPPED_WITH_PLAN = 4
OUR_FAULT = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except DidymiumError as error:
        return _told(error)
    except KeyboardInterrupt:
        print("stopped by hand; nothing was written", file=sys.stderr)
        return Unfinished.exit_code
    except Exception:  # noqa: BLE001 (the last stop: whatever is left is our fault)
        traceback.print_exc()
        print("\nThis is a fault of ours, not of your input; please report it with the lines above.", file=sys.stderr)
        return OUR_FAULT


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="didymium", description="Plans allied investment in rare earths.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    new = commands.add_parser("new", help="write a blank input workbook, or the default case filled in")
    new.add_argument("path", type=Path, metavar="PATH")
    new.add_argument("--example", action="store_true", help="fill in the default case")
    new.set_defaults(run=_new)
    look = commands.add_parser("check", help="report every problem of a workbook, by sheet and cell")
    look.add_argument("workbook", type=Path, metavar="WORKBOOK", help="an .xlsx file or a folder of CSV files")
    look.add_argument("--json", action="store_true", help="print the problems for machines")
    look.set_defaults(run=_check)
    _add_solve(commands)
    again = commands.add_parser("verify", help="re-check a result workbook against every rule, without the optimiser")
    again.add_argument("result", type=Path, metavar="RESULT", help="a results.xlsx or the folder that holds it")
    again.set_defaults(run=_verify)
    return top


def _add_solve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    job = commands.add_parser("solve", help="find the least-cost plan, by default of the base scenario")
    job.add_argument("workbooks", type=Path, nargs="+", metavar="WORKBOOK", help=".xlsx files or folders of CSV files")
    job.add_argument("--scenario", metavar="ID", help="solve this scenario, foreseen (default: the base)")
    job.add_argument("--out", type=Path, metavar="DIR", help="where to write (default: outputs/<workbook>/<scenario>)")
    job.add_argument("--gap", type=float, metavar="%", help="stop when the plan is proven this near to the least cost")
    job.add_argument("--time-limit", type=float, metavar="S", help="stop after so many seconds with the best plan so far")
    job.add_argument("--threads", type=int, default=0, metavar="N", help="threads for the solver (default: its own choice)")
    job.add_argument("--seed", type=int, default=0, metavar="N", help="random seed of the solver")
    job.add_argument("--dry-run", action="store_true", help="check and build, tell the size, do not solve")
    job.add_argument("--quiet", action="store_true", help="print errors only")
    job.add_argument("--json", action="store_true", help="print summary.json to standard output")
    job.set_defaults(run=_solve_all)


def _new(arguments: argparse.Namespace) -> int:
    path: Path = arguments.path.with_suffix(".xlsx") if not arguments.path.suffix else arguments.path
    try:
        write_input_workbook(path, example_case() if arguments.example else None)
    except FileExistsError:
        raise BadWorkbook([Problem(path.name, "is there already and is not overwritten; choose another name")]) from None
    except OSError as error:
        print(f"{path} could not be written: {error.strerror}", file=sys.stderr)
        return 6
    print(f"wrote {path}")
    return 0


def example_case() -> Path:
    """The default case: inside an installed package, or in inputs/ of a working tree."""
    here = Path(__file__).parent
    packed = here / "example"
    return packed if packed.is_dir() else here.parents[1] / "inputs" / "allied"


def _check(arguments: argparse.Namespace) -> int:
    try:
        problems = api.check(arguments.workbook)
    except BadWorkbook as error:
        problems = error.problems
    errors = [p for p in problems if not p.warning]
    if arguments.json:
        told = [{"place": p.place, "text": p.text, "severity": "warning" if p.warning else "error"} for p in problems]
        print(json.dumps({"errors": len(errors), "warnings": len(problems) - len(errors), "problems": told}, indent=1))
    else:
        print_problems(problems)
        print(f"{arguments.workbook}: {len(errors)} errors, {len(problems) - len(errors)} warnings")
    return BadWorkbook.exit_code if errors else 0


def print_problems(problems: Sequence[Problem], most: int = 200) -> None:
    """Problems by sheet, errors before warnings."""
    for sheet, rows in groupby(problems[:most], key=lambda p: p.sheet):
        print(sheet)
        for problem in rows:
            print(f"  {'warning' if problem.warning else 'ERROR'}  {problem}")
    if len(problems) > most:
        print(f"... and {len(problems) - most} more")


def _solve_all(arguments: argparse.Namespace) -> int:
    """Solve every workbook in turn; one that fails does not stop the others. Returns the worst code."""
    codes = []
    for path in arguments.workbooks:
        try:
            codes.append(_solve(path, arguments))
        except DidymiumError as error:
            codes.append(_told(error))
        if len(arguments.workbooks) > 1 and not arguments.quiet:
            print(f"{path}: exit code {codes[-1]}", file=sys.stderr)
    return max(codes)


def _solve(path: Path, arguments: argparse.Namespace) -> int:
    teller = Teller(arguments.quiet)
    teller.stage(f"reading {path}")
    asked = api.read(path)
    if asked.warnings:
        teller.stage(f"{len(asked.warnings)} warnings; `didymium check {path}` tells them")
    scenario = api.scenario_for(asked, arguments.scenario)
    if arguments.dry_run:
        size = api.size(asked, scenario)
        print(json.dumps(size) if arguments.json else ", ".join(f"{count:,} {what}" for what, count in size.items()))
        return 0
    out = output_folder(path, scenario, arguments)
    with stop_on_signals(teller) as interrupt:
        try:
            plan = api.solve(
                asked, scenario, gap_percent=arguments.gap, time_limit=arguments.time_limit, threads=arguments.threads,
                seed=arguments.seed, tell=teller.stage, listen=teller.progress, interrupt=interrupt,
            )  # fmt: skip
        except NoPlan as refusal:
            options = api.options_for(asked.case, arguments.gap, arguments.time_limit, arguments.threads, arguments.seed)
            written = api.save_reasons(asked, refusal, scenario, options, out)
            if arguments.json:
                print(written[-1].read_text(encoding="utf-8"))
            teller.stage(f"wrote why to {out}")
            raise
    teller.stage("writing the results")
    written = plan.save(out)
    if arguments.json:
        print(written[-1].read_text(encoding="utf-8"))
    elif not arguments.quiet:
        _print_plan(plan, written)
    return STOPPED_WITH_PLAN if plan.status in ("time_limit", "interrupted") else 0


def output_folder(path: Path, scenario: str, arguments: argparse.Namespace) -> Path:
    """--out for one workbook; a folder a workbook below it for several."""
    name = path.resolve().stem
    if arguments.out is None:
        return Path("outputs") / name / scenario
    out: Path = arguments.out
    return out if len(arguments.workbooks) == 1 else out / name / scenario


def _print_plan(plan: api.Plan, written: Sequence[Path]) -> None:
    built = plan.tables["investments"]
    seconds = plan.summary["seconds"]
    assert isinstance(seconds, dict)
    print(status_in_words(plan.summary))
    print(f"{plan.cost:,.0f} M USD discounted; {len(built)} decisions, {sum(float(str(r['capex_musd'])) for r in built):,.0f} M USD of capex")
    if not plan.clean_labels:
        print("exposure labels are not as clean as they could be: the labelling did not end in time")
    for path in written:
        print(f"wrote {path}")
    print("seconds: " + ", ".join(f"{stage} {spent:.1f}" for stage, spent in seconds.items()))


def _verify(arguments: argparse.Namespace) -> int:
    statement = verify(arguments.result)
    for fact in ("status", "scenario", "objective_musd", "input_sha256", "content_sha256", "versions.didymium", "versions.highspy"):
        print(f"{fact}: {statement.facts.get(fact)}")
    print(f"{'rule':22} largest breach  where")
    for rule, breach in statement.breaches.items():
        print(f"{rule:22} {breach.size:14.2e}  {breach.where if breach.size else ''}{'   FAIL' if breach.size > TOLERANCE else ''}")
    if not statement.same_input:
        print("FAIL: the sheet Inputs is not the input that was solved (its content hash differs)")
    print("everything holds" if statement.holds else "this result does NOT hold")
    return 0 if statement.holds else BadWorkbook.exit_code


def _told(error: DidymiumError) -> int:
    """Print what went wrong and what to do; returns the exit code."""
    if isinstance(error, BadWorkbook):
        print_problems([p for p in error.problems if not p.warning])
        print(f"{sum(not p.warning for p in error.problems)} errors; nothing was solved", file=sys.stderr)
    elif isinstance(error, NoPlan):
        print("No plan meets everything that was asked. The least that would have to give:", file=sys.stderr)
        for reason in error.reasons:
            print(f"  {reason['text']}", file=sys.stderr)
    else:
        print(error, file=sys.stderr)
    return error.exit_code


class Teller:
    """Progress on standard error: one line that moves on a terminal, plain lines in a pipe."""

    def __init__(self, quiet: bool) -> None:
        self.quiet, self.moving = quiet, sys.stderr.isatty()
        self.started = self.last = time.monotonic()
        self.open = False

    def stage(self, words: str) -> None:
        """A new stage, on a line of its own."""
        if not self.quiet:
            print(f"{chr(10) if self.open else ''}[{time.monotonic() - self.started:6.1f} s] {words}", file=sys.stderr, flush=True)
            self.open = False

    def progress(self, p: Progress) -> None:
        """The solver's best plan, bound and gap; in a pipe not more than once in five seconds."""
        now = time.monotonic()
        if self.quiet or (not self.moving and now - self.last < 5):
            return
        self.last = now
        best = "no plan yet" if p.best is None else f"best plan {p.best:,.0f} M USD"
        bound = "" if p.bound is None else f", at least {p.bound:,.0f}"
        gap = "" if p.gap is None else f", gap {100 * p.gap:.2f} %"
        line = f"[{now - self.started:6.1f} s] {best}{bound}{gap}"
        print(f"\r{line:<78}" if self.moving else line, end="" if self.moving else "\n", file=sys.stderr, flush=True)
        self.open = self.moving


@contextmanager
def stop_on_signals(teller: Teller) -> Iterator[Interrupt]:
    """Ctrl-C or SIGTERM asks the solver for its best plan; a second one leaves at once."""
    interrupt = Interrupt()

    def stop(number: int, frame: FrameType | None) -> None:
        if interrupt.asked:
            raise KeyboardInterrupt
        interrupt.ask()
        teller.stage("stopping; the best plan so far will be written (once more to leave at once)")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

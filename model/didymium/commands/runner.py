"""The one runner of many solves and studies: so many at a time, each in a process of its own, as memory allows.

What one of them meets stays with it. What an earlier call finished is passed over. A table, runs.csv, says how each
ended.
"""

from __future__ import annotations

import argparse
import io
import sys
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from didymium.board import Board
from didymium.commands import command
from didymium.commands.elsewhere import do_apart, folder_of, placed
from didymium.commands.foretold import Foretold, Need
from didymium.commands.parcel import pack
from didymium.commands.recording import Entry, facts_so_far, forget
from didymium.commands.runs_table import Row, ending_of_results, rows_of, unwritable, write_rows
from didymium.commands.stopping import stop_by_hand
from didymium.endings import OUR_FAULT, code_of, print_error, why
from didymium.errors import BadWorkbook, DidymiumError, LostJob, NoPlan, Unfinished
from didymium.jobs import Listener, WorkerPool
from didymium.registry import WROTE
from didymium.result_folder import is_complete

FINAL = tuple(str(code) for code in (0, BadWorkbook.exit_code, NoPlan.exit_code))  # endings that no more time changes


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One solve or study: the arguments of its command, as if it had been called alone, and what it is called.

    `request` is the hash of all that decides what it finds. `after` is the job whose result it reads, and `needs_it`
    whether it cannot do without.
    """

    arguments: argparse.Namespace
    label: str
    scenario: str
    request: str
    workbook: Path
    variant: str = ""
    after: Job | None = None
    needs_it: bool = False

    @property
    def need(self) -> Need:
        """What its need of memory depends on."""
        return self.workbook, bool(getattr(self.arguments, "stochastic", False))


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: its exit code, the folder written, why it has no plan, whether it was finished before, what it
    printed, and what the registry is to know of it."""

    code: int
    folder: Path | None = None
    reason: str = ""
    skipped: bool = False
    output: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Batch:
    """All runs of a call, and how each ended so far. `root` is where their table is."""

    root: Path
    arguments: argparse.Namespace
    jobs: Sequence[Job]
    board: Board
    endings: dict[Job, Ending] = field(default_factory=dict)
    entries: dict[Job, Entry] = field(default_factory=dict)
    stopped: bool = False

    def begin(self, job: Job) -> None:
        """Take that a run begins."""
        self.entries[job] = Entry.begin(
            job.arguments, {"request_sha256": job.request, "workbook": str(job.workbook.resolve())}
        )
        self.board.begin(id(job), job.label)

    def end(self, job: Job, ending: Ending) -> None:
        """Take how a run ended, and say it."""
        self.endings[job] = ending
        if not ending.skipped:
            if job not in self.entries:  # on a cluster nobody here sees when it begins
                self.begin(job)
            self.entries[job].end(ending.code, ending.reason, ending.folder, ending.facts)
            with suppress(OSError):  # told at the end, where it lasts
                _write_table(self.root, [_row(job, ending)])  # now: whoever kills this call loses no other row
        if ending.output:
            self.board.show_output(ending.output)
        what = "skipped, finished before" if ending.skipped else f"exit code {ending.code}"
        where = f"; see {ending.folder}" if ending.folder else ""
        self.board.end(id(job), f"{job.label}: {what}{where}", ending.code != 0, ending.skipped)


def run_jobs(
    jobs: Sequence[Job], refused: Mapping[Job, Ending], root: Path, arguments: argparse.Namespace
) -> tuple[int, list[Row]]:
    """Do every job that is not finished, write the table, list what failed; returns the worst exit code and the rows.

    `refused` are jobs that end before they begin, and how.
    """
    batch = Batch(root, arguments, jobs, Board(arguments.quiet, len(jobs), arguments.progress))
    with redirect_stdout(sys.stderr), batch.board.attached():  # with --json the list alone is on standard output
        known = {} if arguments.again else finished(jobs, refused, root)
        for job, ending in {**refused, **known}.items():
            batch.end(job, ending)
        for wave in (False, True):  # what reads a result comes after it
            _run_wave(batch, [job for job in jobs if (job.after is not None) == wave])
    rows = [_row(job, batch.endings[job]) for job in jobs]
    try:
        _write_table(root, rows)
    except OSError as error:
        print(unwritable(root, error), file=sys.stderr)
    _print_failures(batch)
    return max((ending.code for ending in batch.endings.values()), default=BadWorkbook.exit_code), rows


def finished(jobs: Sequence[Job], refused: Collection[Job], root: Path) -> dict[Job, Ending]:
    """Return the jobs that the table of an earlier call says are finished: of this very input, with these flags and
    this version, proven to their gap, proven to have no plan (the files of both as they were written), or refused."""
    known = {row.get("request_sha256"): row for row in rows_of(root)}
    found: dict[Job, Ending] = {}
    for job in jobs if known else ():
        row = None if job in refused else known.get(job.request)
        if row is None or row.get("exit_code") not in FINAL or (job.after is not None and job.after not in found):
            continue
        folder = Path(row["folder"]) if row["folder"] else None
        if folder is None or is_complete(folder):
            found[job] = Ending(int(row["exit_code"]), folder, row["reason"], skipped=True)
    return found


def _run_wave(batch: Batch, jobs: Sequence[Job]) -> None:
    """Do what is left of some jobs; once it is to stop, no other is begun."""
    for job in (job for job in jobs if job.needs_it and job not in batch.endings):
        assert job.after is not None
        read = batch.endings[job.after]
        if read.folder is None:
            batch.end(job, Ending(read.code, reason=f"has no result to read: {read.reason}"))
    left = [job for job in jobs if job not in batch.endings]
    if not left:
        return
    arguments, foretold = batch.arguments, Foretold()
    then = "no other is begun, and those under way write their best plan"
    listener = Listener(
        lambda k: batch.begin(left[k]),
        lambda k, report: batch.board.hear(id(left[k]), report),
        lambda k, others: foretold.fits(left[k].need, [left[other].need for other in others]),
    )
    batch.board.stage(f"{len(left)} jobs of their own" if len(left) > 1 else "one job of its own")
    with (
        stop_by_hand(batch.board, then) as interrupt,
        WorkerPool(arguments.workers, arguments.cluster, apart=True) as pool,
    ):
        work, calls = (end_of, [(job.arguments,) for job in left]) if arguments.cluster is None else _travelling(left)
        pool.run(
            work,
            calls,
            lambda k, ending: batch.end(left[k], _arrived(ending, left[k])),
            lambda: interrupt.requested or batch.stopped,
            _lost,
            listener,
        )
        batch.stopped = batch.stopped or interrupt.requested
    for job in left:
        if job not in batch.endings:
            batch.endings[job] = Ending(Unfinished.exit_code, reason="not begun: stopped by hand")


def _travelling(jobs: Sequence[Job]) -> tuple[Callable[..., object], list[tuple[object, ...]]]:
    """What a cluster runs of some jobs: each with its case in it, or, where that cannot be read, without."""
    calls: list[tuple[object, ...]] = []
    for job in jobs:
        try:
            calls.append((end_of, pack(job.arguments)))
        except (OSError, DidymiumError):
            calls.append((end_of, end_of(job.arguments)))
    return do_apart, calls


def _arrived(result: Ending | bytes | None, job: Job) -> Ending:
    """How a job ended; what came back from elsewhere is written into its folder."""
    if result is None:
        return Ending(Unfinished.exit_code, reason="not begun: stopped by hand")
    if isinstance(result, Ending):
        return result
    from didymium.commands.solve import output_folder

    back, where = placed(result, folder_of(job.arguments, output_folder))
    return Ending(back.code, where, back.reason, output=back.printed, facts={**back.facts, "folder": str(where or "")})


def _lost(error: LostJob) -> Ending:
    return Ending(error.exit_code, reason=str(error))


def end_of(arguments: argparse.Namespace) -> Ending:
    """Do one job, in a process of its own; returns how it ended, whatever it met: only being stopped by hand goes
    further."""
    output, started = io.StringIO(), monotonic()
    with redirect_stdout(output), redirect_stderr(output):
        try:
            forget()
            code = command(arguments.command)(arguments)
            reason, folder = str(facts_so_far().get("reason", "")), facts_so_far().get("folder")
        except DidymiumError as error:
            code, reason = print_error(error), why(error)
            folder = error.folder if isinstance(error, NoPlan) else None
        except Exception as error:  # noqa: BLE001 (a fault of ours costs its own case alone)
            code, reason, folder = code_of(error), why(error), None
            if code == OUR_FAULT:
                traceback.print_exc()
    where = Path(str(folder)) if folder is not None and code in WROTE else None
    facts = {**facts_so_far(), "seconds": round(monotonic() - started, 1)}
    return Ending(code, where, reason, output=output.getvalue() if code else "", facts=facts)


def _row(job: Job, ending: Ending) -> Row:
    """What the table says of a job."""
    found = ending_of_results(ending.folder, job.arguments.command)
    return {
        **found,
        "workbook": str(job.workbook),
        "scenario": job.scenario or found["scenario"],
        "variant": job.variant,
        "command": job.arguments.command,
        "folder": "" if ending.folder is None else str(ending.folder),
        "exit_code": ending.code,
        "skipped": ending.skipped,
        "seconds": ending.facts.get("seconds") if found["seconds"] is None else found["seconds"],
        "reason": ending.reason,
        "request_sha256": job.request,
    }


def _write_table(root: Path, rows: Sequence[Row]) -> None:
    """Write runs.csv: these jobs, after those of earlier calls that are none of these. Raises OSError."""
    ours = {row["request_sha256"] for row in rows} | {row["folder"] for row in rows if row["folder"]}
    earlier = [r for r in rows_of(root) if not {r.get("request_sha256"), r.get("folder")} & ours]
    write_rows(root, [*earlier, *rows])


def _print_failures(batch: Batch) -> None:
    """List, last, what has no plan, and why."""
    failed = [(job, batch.endings[job]) for job in batch.jobs if batch.endings[job].code]
    if failed and not batch.arguments.quiet:
        print(f"{len(failed)} of {len(batch.jobs)} did not end with a proven plan:", file=sys.stderr)
        for job, ending in failed:
            why = f", {ending.reason}" if ending.reason else ""
            print(f"  {job.label}: exit code {ending.code}{why}", file=sys.stderr)

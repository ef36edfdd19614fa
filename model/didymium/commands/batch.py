"""Many solves in one call: the scenarios of workbooks, or workbooks, one after the other or several at a time.

What one of them meets stays with it. What an earlier call finished is passed over. A table, runs.csv, says how each
ended.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
import traceback
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from didymium import api
from didymium.commands.stopping import stop_by_hand
from didymium.console import ConsoleProgress
from didymium.endings import OUR_FAULT, print_error
from didymium.errors import BadWorkbook, DidymiumError, NoPlan, Problem, Unfinished
from didymium.excel.files import part_of, put
from didymium.jobs import WorkerPool
from didymium.options import SolveOptions
from didymium.result_folder import is_complete
from didymium.statuses import Status

TABLE = "runs.csv"
FINAL = tuple(str(code) for code in (0, BadWorkbook.exit_code, NoPlan.exit_code))  # endings that no more time changes
COLUMNS = (
    "workbook",
    "scenario",
    "folder",
    "exit_code",
    "skipped",
    "status",
    "objective_musd",
    "bound_musd",
    "gap_percent",
    "seconds",
    "reason",
    "request_sha256",
)
# Flags that change where a solve runs or what is printed, not what it finds.
_NOT_REQUESTED = (
    "workbooks",
    "out",
    "quiet",
    "json",
    "progress",
    "workers",
    "cluster",
    "again",
    "command",
    "each_scenario",
    "dry_run",
)

Solver = Callable[[Path, argparse.Namespace, str | None], tuple[int, Path | None]]
"""Does one solve of a workbook, of a scenario or as the flags say; returns its exit code and the folder written."""
Folder = Callable[[Path, str, argparse.Namespace], Path]
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One solve of a batch: a workbook, and one of its scenarios (None: as the flags say)."""

    path: Path
    scenario: str | None

    @property
    def label(self) -> str:
        """Return what messages call it."""
        return str(self.path) if self.scenario is None else f"{self.path}, scenario {self.scenario}"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a solve ended: its exit code, the folder written, why it has no plan, and whether it was finished before."""

    code: int
    folder: Path | None = None
    reason: str = ""
    skipped: bool = False


@dataclass(slots=True)
class Batch:
    """All solves of a call, and how each ended so far."""

    arguments: argparse.Namespace
    options: SolveOptions
    runs: list[BatchJob] = field(default_factory=list)
    endings: dict[BatchJob, Ending] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """Return the folder in which the table of runs is."""
        out: Path | None = self.arguments.out
        return out or Path("outputs")

    def was_stopped(self) -> bool:
        """Return whether a person stopped one of the solves, and so all."""
        return any(_summary(ending.folder).get("status") == Status.INTERRUPTED for ending in self.endings.values())

    def end(self, run: BatchJob, ending: Ending) -> None:
        """Take how a solve ended, and say it."""
        self.endings[run] = ending
        if not self.arguments.quiet:
            what = "skipped, finished before" if ending.skipped else f"exit code {ending.code}"
            where = f"; see {ending.folder}" if ending.folder else ""
            print(f"{run.label}: {what}{where} ({len(self.endings)} of {len(self.runs)})", file=sys.stderr)


def run_batch(arguments: argparse.Namespace, options: SolveOptions, folder: Folder, solver: Solver) -> int:
    """BatchJob every solve that the flags ask for; `solver` does one. Returns the worst exit code.

    Raises BadWorkbook, before anything is solved, where results of several workbooks would go into one folder.
    """
    paths = [path for path in arguments.workbooks if not path.name.startswith("~$")]
    for path in (p for p in arguments.workbooks if p not in paths):
        print(f"passed over {path.name}, Excel's lock file", file=sys.stderr)
    _refuse_same_folders(paths, arguments, folder)
    batch = Batch(arguments, options)
    # With --json the list alone is on standard output
    with redirect_stdout(sys.stderr) if arguments.json else nullcontext():
        for run, ending in _find_runs(batch, paths).items():
            batch.end(run, ending)
        for run, ending in ({} if arguments.again else _finished(batch)).items():
            batch.end(run, ending)
        _solve_all(batch, solver)
    rows = [_row(run, batch) for run in batch.runs]
    _write_table(batch.root, rows)
    if arguments.json:
        print(json.dumps(rows, indent=1))
    _print_failures(batch)
    return max((ending.code for ending in batch.endings.values()), default=BadWorkbook.exit_code)


def _refuse_same_folders(paths: Sequence[Path], arguments: argparse.Namespace, folder: Folder) -> None:
    """Raise BadWorkbook where results of several workbooks would go into one folder."""
    by_folder: dict[Path, list[Path]] = defaultdict(list)
    for path in paths:
        by_folder[folder(path, "", arguments).resolve()].append(path)
    problems = [
        Problem(
            ", ".join(map(str, alike)),
            f"have one name, so that their results would go into one folder, {where}; rename all but one, or solve"
            " them in calls of their own with --out",
        )
        for where, alike in by_folder.items()
        if len(alike) > 1
    ]
    if problems:
        raise BadWorkbook(problems)


def _find_runs(batch: Batch, paths: Sequence[Path]) -> dict[BatchJob, Ending]:
    """Fill in the solves; return those of workbooks that cannot be read, and why."""
    unread = {}
    for path in paths:
        if not batch.arguments.each_scenario:
            batch.runs.append(BatchJob(path, None))
            continue
        try:
            batch.runs += [BatchJob(path, name) for name in api.read(path).case.scenarios]
        except DidymiumError as error:
            batch.runs.append(BatchJob(path, None))
            unread[batch.runs[-1]] = Ending(print_error(error), reason=_why(error))
    return unread


def _finished(batch: Batch) -> dict[BatchJob, Ending]:
    """Return the solves that the table of an earlier call says are finished: of this very input, with these flags and
    this version, proven to their gap, proven to have no plan (the files of both as they were written), or refused."""
    known = {row.get("request_sha256"): row for row in _earlier(batch.root)}
    found = {}
    for run in batch.runs if known else ():
        row = known.get(_requested(run, batch)) if run not in batch.endings else None
        if row is None or row.get("exit_code") not in FINAL:
            continue
        folder = Path(row["folder"]) if row["folder"] else None
        if folder is None or is_complete(folder):
            found[run] = Ending(int(row["exit_code"]), folder, row["reason"], skipped=True)
    return found


def _earlier(root: Path) -> list[dict[str, str]]:
    """The rows of the table of earlier calls; none where there is none that can be read."""
    try:
        with (root / TABLE).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, csv.Error, UnicodeDecodeError):
        return []


def _requested(run: BatchJob, batch: Batch) -> str:
    """Return the hash of all that decides what a solve finds: its input, scenario, flags and version."""
    flags = {name: str(value) for name, value in sorted(vars(batch.arguments).items()) if name not in _NOT_REQUESTED}
    found = hashlib.sha256(json.dumps([run.path.name, run.scenario, flags, version("didymium")]).encode())
    plans = [p / "results.xlsx" if p.is_dir() else p for p in (batch.arguments.pin, batch.arguments.start) if p]
    for path in [*(sorted(run.path.glob("*.csv")) if run.path.is_dir() else [run.path]), *plans]:
        found.update(path.name.encode())
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


def _solve_all(batch: Batch, solver: Solver) -> None:
    """BatchJob what is left, so many at a time; once it is to stop, no other is begun."""
    left = [run for run in batch.runs if run not in batch.endings]
    if not left:
        return
    quiet = {"quiet": True, "workers": 1, "cluster": None}
    alone = batch.options.workers < 2 and batch.options.cluster is None
    root = batch.root if batch.arguments.out or len(batch.arguments.workbooks) > 1 else batch.root / left[0].path.stem
    here = {"json": False, "out": root.resolve(), **({} if alone else quiet)}
    arguments = argparse.Namespace(**{**vars(batch.arguments), **here})
    jobs = [(solver, run.path.resolve(), arguments, run.scenario) for run in left]
    progress = ConsoleProgress(batch.arguments.quiet, batch.arguments.progress)
    if not alone:
        progress.stage(f"{len(left)} jobs of their own")
    then = "no other is begun, and those under way write their best plan"
    with stop_by_hand(progress, then) as interrupt, WorkerPool(batch.options.workers, batch.options.cluster) as pool:
        pool.run(
            end_of,
            jobs,
            lambda k, ending: batch.end(left[k], ending),
            lambda: interrupt.requested or batch.was_stopped(),
            lambda error: Ending(error.exit_code, reason=str(error)),
        )
    for run in left:
        if run not in batch.endings:
            batch.endings[run] = Ending(Unfinished.exit_code, reason="not begun: stopped by hand")


def end_of(solver: Solver, path: Path, arguments: argparse.Namespace, scenario: str | None) -> Ending:
    """Return how one solve ended, whatever it met: only being stopped by hand goes further."""
    try:
        code, folder = solver(path, arguments, scenario)
        return Ending(code, folder)
    except DidymiumError as error:
        return Ending(print_error(error), error.folder if isinstance(error, NoPlan) else None, _why(error))
    except MemoryError:
        return Ending(Unfinished.exit_code, reason="there was not enough memory")
    except Exception as error:  # noqa: BLE001 (a fault of ours costs its own case alone)
        traceback.print_exc()
        return Ending(OUR_FAULT, reason=f"a fault of ours: {type(error).__name__}: {error}")


def _why(error: DidymiumError) -> str:
    """What went wrong, in a line."""
    if isinstance(error, BadWorkbook):
        errors = [str(p) for p in error.problems if p.is_error]
        return errors[0] + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else "") if errors else str(error)
    if isinstance(error, NoPlan) and error.reasons:
        return str(error.reasons[0]["text"])
    return " ".join(str(error).split())


def _row(run: BatchJob, batch: Batch) -> Row:
    """What the table says of a solve."""
    ending = batch.endings[run]
    summary = _summary(ending.folder)
    seconds = summary.get("seconds")
    return {
        "workbook": str(run.path),
        "scenario": run.scenario or summary.get("scenario", ""),
        "folder": "" if ending.folder is None else str(ending.folder),
        "exit_code": ending.code,
        "skipped": ending.skipped,
        "status": summary.get("status", ""),
        "objective_musd": summary.get("objective_musd"),
        "bound_musd": summary.get("bound_musd"),
        "gap_percent": summary.get("gap_percent"),
        "seconds": seconds.get("total") if isinstance(seconds, Mapping) else None,
        "reason": ending.reason,
        "request_sha256": _requested(run, batch),
    }


def _summary(folder: Path | None) -> Mapping[str, object]:
    """summary.json of a folder; nothing where there is none."""
    try:
        found = json.loads((folder / "summary.json").read_text(encoding="utf-8")) if folder else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_table(root: Path, rows: Sequence[Row]) -> None:
    """Write runs.csv: these solves, after those of earlier calls that are none of these."""
    ours = {row["request_sha256"] for row in rows} | {row["folder"] for row in rows if row["folder"]}
    earlier = [r for r in _earlier(root) if not {r.get("request_sha256"), r.get("folder")} & ours]

    part = part_of(root / TABLE)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
            table.writeheader()
            table.writerows(earlier)
            table.writerows(rows)
        put(part, root / TABLE)
    except OSError as error:
        print(f"{root / TABLE} could not be written: {error.strerror or error}", file=sys.stderr)
    finally:
        part.unlink(missing_ok=True)


def _print_failures(batch: Batch) -> None:
    """List, last, what has no plan, and why."""
    failed = [(run, batch.endings[run]) for run in batch.runs if batch.endings[run].code]
    if failed and not batch.arguments.quiet:
        print(f"{len(failed)} of {len(batch.runs)} did not end with a proven plan:", file=sys.stderr)
        for run, ending in failed:
            print(
                f"  {run.label}: exit code {ending.code}{f', {ending.reason}' if ending.reason else ''}",
                file=sys.stderr,
            )

"""`didymium resume`: what was solved but not written is written; what was stopped or died goes on from the best plan
that it kept."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

from didymium.arguments import parser
from didymium.commands import command
from didymium.commands.output import print_result
from didymium.endings import STOPPED_WITH_PLAN
from didymium.errors import BadWorkbook, NoPlan, Problem
from didymium.result_folder import KeptRun, kept_run, recorded, unwritten, write_late
from didymium.statuses import Status

STOPPED = (Status.TIME_LIMIT, Status.INTERRUPTED)


def run_resume(arguments: argparse.Namespace) -> int:
    """Go on with the last run into a folder. Returns its exit code."""
    folder: Path = arguments.folder.resolve()
    solved, run = unwritten(folder), kept_run(folder)
    if solved is not None:
        return _write(solved, folder, run, arguments)
    if run is None:
        return _nothing_to_resume(folder)
    return _go_on(run, arguments)


def _write(solved: Path, folder: Path, run: KeptRun | None, arguments: argparse.Namespace) -> int:
    """Write what was solved before, without solving."""
    of_run = recorded(solved)
    words = of_run.get("command")
    if isinstance(words, list):  # the manifest says how the results were made
        sys.argv[1:] = [str(word) for word in words[1:]]
    written = write_late(solved, folder)
    status = of_run.get("status")
    if run is not None and status not in STOPPED:
        run.parts.clear()
    lines = [f"written from {solved}, where they were kept; nothing was solved", *(f"wrote {path}" for path in written)]
    print_result(arguments, written, lines)
    return STOPPED_WITH_PLAN if status in STOPPED else NoPlan.exit_code if status == Status.INFEASIBLE else 0


def _go_on(run: KeptRun, arguments: argparse.Namespace) -> int:
    """Run the same command on the same input again; it finds what was kept by itself."""
    words = " ".join(run.words)
    if not run.where.is_dir():
        text = f"was begun in {run.where}, which is gone: the files that it names are not found from elsewhere"
        raise BadWorkbook([Problem(f"didymium {words}", text)])
    os.chdir(run.where)
    again = parser().parse_args(run.words)
    if not arguments.quiet:
        print(f"going on with `didymium {words}`, begun {run.started:%Y-%m-%d %H:%M}", file=sys.stderr)
    if run.version != version("didymium"):
        print(f"that was didymium {run.version}: this version begins the search anew", file=sys.stderr)
    if not run.source_unchanged():
        _use_copy(run, again)
    for name in ("time_limit", "quiet", "json"):
        if hasattr(again, name) and getattr(arguments, name):
            setattr(again, name, getattr(arguments, name))
    sys.argv[1:] = run.words
    code = command(again.command)(again)
    if code == 0:  # what another version or another input kept, which this run could not use
        run.parts.clear()
    return code


def _use_copy(run: KeptRun, again: argparse.Namespace) -> None:
    """Let the command read the copy of its input: the workbook has changed since, or is gone."""
    if not run.copy_is_complete():
        text = "has changed since the run began, and there is no copy of what it was: solve it anew"
        raise BadWorkbook([Problem(str(run.where / run.source), text)])
    print(
        f"{run.source} has changed since: this run goes on with the copy of what it was; solve anew for the new one",
        file=sys.stderr,
    )
    for name, value in vars(again).items():
        if value == run.source:
            setattr(again, name, run.copy)
        elif isinstance(value, list):
            setattr(again, name, [run.copy if one == run.source else one for one in value])


def _nothing_to_resume(folder: Path) -> int:
    """Say why there is nothing to go on with. Raises BadWorkbook where that is no finished run."""
    try:
        status = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["status"]
    except (OSError, ValueError, KeyError, TypeError):
        text = "holds no result, and no run into it has kept anything: there is nothing to go on with"
        raise BadWorkbook([Problem(str(folder), text)]) from None
    if status in STOPPED:
        text = f"holds a run that was stopped ({status}), and nothing is kept of it: solve again with --start {folder}"
        raise BadWorkbook([Problem(str(folder), text)])
    ending = "no plan can exist" if status == Status.INFEASIBLE else f"its plan is proven ({status})"
    print(f"{folder} holds a finished run: {ending}; there is nothing to go on with")
    return 0

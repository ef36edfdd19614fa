"""`didymium resume`: what was solved but not written is written; what was stopped or died goes on from the best plan
that it kept."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.metadata import version
from pathlib import Path

from didymium.arguments import STUDIES, parser
from didymium.commands import command
from didymium.commands.output import print_result
from didymium.commands.recording import add_facts, summary_of
from didymium.commands.recording import recorded as in_registry
from didymium.commands.runs_table import note_resumed
from didymium.endings import STOPPED_WITH_PLAN
from didymium.errors import BadWorkbook, NoPlan, Problem
from didymium.registry import WROTE
from didymium.result_folder import KeptRun, kept_run, recorded, unwritten, write_late
from didymium.statuses import Status

STOPPED = (Status.TIME_LIMIT, Status.INTERRUPTED)


def run_resume(arguments: argparse.Namespace) -> int:
    """Go on with the last run into a folder. Returns its exit code."""
    folder: Path = arguments.folder.resolve()
    solved, run = unwritten(folder), kept_run(folder)
    request = "" if run is None else run.request
    try:
        if solved is not None:
            code = _write(solved, folder, run, arguments)
        elif run is not None:
            code = _go_on(run, arguments)
        else:
            return _nothing_to_resume(folder)
    except NoPlan:
        note_resumed(folder, request, NoPlan.exit_code)
        raise
    if code in WROTE:
        note_resumed(folder, request, code)
    return code


def _write(solved: Path, folder: Path, run: KeptRun | None, arguments: argparse.Namespace) -> int:
    """Write what was solved before, without solving."""
    of_run = recorded(solved)
    words = of_run.get("command")
    if isinstance(words, list):  # the manifest says how the results were made
        sys.argv[1:] = [str(word) for word in words[1:]]
    status, stopped = of_run.get("status"), of_run.get("status") in STOPPED or _is_unfinished_study(solved)

    def write(unused: argparse.Namespace) -> int:
        add_facts(folder=folder)
        written = write_late(solved, folder)
        if run is not None and not stopped:
            run.parts.clear()
        files = (f"wrote {path}" for path in written)
        print_result(arguments, written, [f"written from {solved}, where they were kept; nothing was solved", *files])
        return STOPPED_WITH_PLAN if stopped else NoPlan.exit_code if status == Status.INFEASIBLE else 0

    if run is None or not run.where.is_dir():
        return write(arguments)
    os.chdir(run.where)  # from which the words of the run name their files
    return in_registry(parser().parse_args(run.words), write)


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
    again.quiet, again.json = arguments.quiet, arguments.json
    if arguments.time_limit is not None:
        if again.command in STUDIES:
            text = f"cannot be changed: what this {again.command} has finished was solved with the limit it began with"
            raise BadWorkbook([Problem("--time-limit", text)])
        again.time_limit = arguments.time_limit
    sys.argv[1:] = run.words
    again.request = run.request
    code = in_registry(again, command(again.command))
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


def _is_unfinished_study(folder: Path) -> bool:
    return any(summary_of(folder, name).get("complete") is False for name in STUDIES)


def _nothing_to_resume(folder: Path) -> int:
    """Say why there is nothing to go on with. Raises BadWorkbook where that is no finished run."""
    study = next((name for name in STUDIES if summary_of(folder, name)), None)
    if study is not None:
        if _is_unfinished_study(folder):
            text = f"holds a study that was stopped, and nothing is kept of it: run `didymium {study}` again"
            raise BadWorkbook([Problem(str(folder), text)])
        print(f"{folder} holds a finished study ({study}); there is nothing to go on with")
        return 0
    status = summary_of(folder).get("status")
    if status is None:
        text = "holds no result, and no run into it has kept anything: there is nothing to go on with"
        raise BadWorkbook([Problem(str(folder), text)])
    if status in STOPPED:
        text = f"holds a run that was stopped ({status}), and nothing is kept of it: solve again with --start {folder}"
        raise BadWorkbook([Problem(str(folder), text)])
    ending = "no plan can exist" if status == Status.INFEASIBLE else f"its plan is proven ({status})"
    print(f"{folder} holds a finished run: {ending}; there is nothing to go on with")
    return 0

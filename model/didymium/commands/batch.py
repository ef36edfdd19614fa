"""Several solves in one call of `didymium solve`: the scenarios of workbooks, or workbooks."""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from didymium import api
from didymium.commands.recording import requested
from didymium.commands.runner import Ending, Job, run_jobs
from didymium.endings import print_error, why
from didymium.errors import BadWorkbook, DidymiumError, Problem

Folder = Callable[[Path, str, argparse.Namespace], Path]


def run_batch(arguments: argparse.Namespace, folder: Folder) -> int:
    """Do every solve that the flags ask for; `folder` says where each is written. Returns the worst exit code.

    Raises BadWorkbook, before anything is solved, where results of several workbooks would go into one folder.
    """
    paths = [path for path in arguments.workbooks if not path.name.startswith("~$")]
    for path in (p for p in arguments.workbooks if p not in paths):
        print(f"passed over {path.name}, Excel's lock file", file=sys.stderr)
    _refuse_same_folders(paths, arguments, folder)
    with redirect_stdout(sys.stderr):  # with --json the list alone is on standard output
        jobs, refused = _jobs(paths, arguments)
    code, rows = run_jobs(jobs, refused, arguments.out or Path("outputs"), arguments)
    if arguments.json:
        print(json.dumps(rows, indent=1))
    return code


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


def _jobs(paths: Sequence[Path], arguments: argparse.Namespace) -> tuple[list[Job], dict[Job, Ending]]:
    """The solves; and those of workbooks that cannot be read, and why."""
    jobs: list[Job] = []
    refused = {}
    for path in paths:
        if not arguments.each_scenario:
            jobs.append(_job(path, None, arguments))
            continue
        try:
            jobs += [_job(path, name, arguments) for name in api.read(path).case.scenarios]
        except DidymiumError as error:
            jobs.append(_job(path, None, arguments))
            refused[jobs[-1]] = Ending(print_error(error), reason=why(error))
    return jobs, refused


def _job(path: Path, scenario: str | None, arguments: argparse.Namespace) -> Job:
    """The solve of a workbook, of a scenario or as the flags say, as a call of its own."""
    out: Path | None = arguments.out
    if out is not None and len(arguments.workbooks) > 1:
        out = out / path.resolve().stem
    own = {"workbooks": [path], "each_scenario": False, "out": out, "below": True}
    quiet = {"quiet": True, "json": False, "workers": 1, "cluster": None}
    one = argparse.Namespace(**{**vars(arguments), **own, **quiet, "scenario": scenario or arguments.scenario})
    label = str(path) if scenario is None else f"{path}, scenario {scenario}"
    one.request = requested(one)
    return Job(one, label, one.scenario or "", one.request, path)

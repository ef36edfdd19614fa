"""`didymium run`: the jobs that a study file lists, workbooks x scenarios x variants, by the one runner."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from didymium.arguments import parser
from didymium.case_inputs import CaseInputs, read
from didymium.commands.recording import requested
from didymium.commands.runner import Ending, Job, finished, run_jobs
from didymium.commands.runs_table import Row
from didymium.commands.study_file import (
    BASE,
    EACH,
    STOCHASTIC,
    JobTable,
    Place,
    StudyFile,
    flags_for,
    flags_of,
    read_study_file,
)
from didymium.endings import print_error, why
from didymium.errors import BadWorkbook, OutputInUse, Problem
from didymium.options import refuse_folder
from didymium.result_folder import request_hash
from didymium.tables.cells import nearest
from didymium.variants import Variant, changed
from didymium.workbooks import export

CASES = "cases"  # the folder of the variants' inputs
READS = {"stress": "solve", "alternatives": "frontier"}  # whose result a command reads; a stress test must have it


def run_run(arguments: argparse.Namespace) -> int:
    """Do what a study file lists; returns the worst exit code."""
    code, rows = _run(arguments)
    if arguments.json:
        print(json.dumps(rows, indent=1))
    return code


def run(
    study: str | Path,
    *,
    out: str | Path | None = None,
    workers: int = 1,
    cluster: str | None = None,
    again: bool = False,
) -> list[Row]:
    """Do the jobs that a study file lists: workbooks x scenarios x variants, solves and studies (`didymium run`).

    Returns a row a job, as runs.csv has them: `workbook`, `scenario`, `variant`, `command`, `folder`, `exit_code`,
    `skipped` (finished before), `status`, `objective_musd`, `bound_musd`, `gap_percent`, `seconds`, `reason`,
    `request_sha256`. Each runs in a process of its own, `workers` at a time as memory allows; what one meets stays
    with it. `again`: also those that are finished. Raises BadWorkbook with everything that is wrong in the file, before
    anything is solved.
    """
    words = ["run", str(study), "--workers", str(workers), "--quiet"]
    arguments = parser().parse_args(words)
    arguments.out, arguments.cluster, arguments.again = None if out is None else Path(out), cluster, again
    return _run(arguments)[1]


def _run(arguments: argparse.Namespace) -> tuple[int, list[Row]]:
    study = read_study_file(arguments.study)
    root: Path = arguments.out or Path("outputs") / study.path.stem
    refuse_folder("--out", root)
    cases = _Cases(study, root)
    jobs = list(_jobs(study, cases, root))
    with redirect_stdout(sys.stderr):  # with --json the list alone is on standard output
        refused = cases.make(jobs, [] if arguments.again else finished(jobs, {}, root))
    if study.problems:
        raise BadWorkbook(study.problems)
    if arguments.dry_run:
        print("\n".join(f"{job.label}: {job.arguments.out}" for job in jobs), file=sys.stderr)
        return 0, []
    return run_jobs(jobs, refused, root, arguments)


def _jobs(study: StudyFile, cases: _Cases, root: Path) -> Iterator[Job]:
    """Every job of the file, after the one whose result it reads."""
    found: dict[tuple[Path, str, str, str], Job] = {}
    for table in sorted(study.jobs, key=lambda table: table.command in READS):
        for workbook in table.workbooks:
            for variant in table.variants:
                for scenario in cases.scenarios(workbook, table):
                    key = (workbook, variant, scenario)
                    after = found.get((*key, READS.get(table.command, "")))
                    if (*key, table.command) in found:
                        text = f"{table.command} of {workbook.name}, {variant}, {scenario} is listed twice"
                        study.refuse(table.place, text)
                    elif table.command == "stress" and after is None:
                        text = f"stress reads the result of a solve: list a solve of {variant}, {scenario} too"
                        study.refuse(table.place, text)
                    else:
                        job = _job(study, table, cases.input(workbook, variant), key, root, after)
                        found[*key, table.command] = job
                        yield job


def _job(
    study: StudyFile, table: JobTable, source: Path, key: tuple[Path, str, str], root: Path, after: Job | None
) -> Job:
    """One job of a table, as a call of its own command; it reads the result of the one `after` which it comes."""
    workbook, variant, scenario = key
    folder = root / workbook.stem / variant / scenario
    arguments = parser().parse_args([table.command, str(workbook), "--quiet"])
    known = flags_of(table.command)
    for name, value in flags_for(study, table, variant).items():
        setattr(arguments, known[name].dest, value)
    arguments.out = folder if table.command == "solve" else folder / table.command
    if table.command != "stress":
        arguments.scenario = None if scenario in (BASE, STOCHASTIC) else scenario
    if table.command == "solve":
        arguments.stochastic = scenario == STOCHASTIC
    request = requested(_with_variant(arguments, study.variants[variant]))
    if after is not None:
        request = request_hash(after.request, request)
    if table.command == "solve":
        arguments.workbooks = [source]
    elif table.command == "stress":
        arguments.result = folder
    else:
        arguments.workbook = source
    arguments.request = request
    label = ", ".join([workbook.stem, *([variant] if len(study.variants) > 1 else []), scenario, table.command])
    return Job(arguments, label, scenario, request, workbook, variant, after, table.command == "stress")


def _with_variant(arguments: argparse.Namespace, variant: Variant) -> argparse.Namespace:
    """Arguments by which a request is known: what is pinned is read, too."""
    return argparse.Namespace(**{**vars(arguments), "pin": variant.pin, "variant": variant})


class _Cases:
    """The inputs of jobs: workbooks as they are, and folders of CSV files with what the variants change."""

    def __init__(self, study: StudyFile, root: Path) -> None:
        self.study, self.root = study, root
        self._read: dict[Path, CaseInputs | BadWorkbook] = {}

    def input(self, workbook: Path, variant: str) -> Path:
        """Return where the input of a variant is, or will be: its folder is named by what it is made from."""
        wanted = self.study.variants[variant]
        if not wanted.changes:
            return workbook
        digest = requested(_with_variant(argparse.Namespace(command=CASES, workbook=workbook), wanted))
        return self.root / CASES / digest[:12] / f"{workbook.stem.replace('.', '_')}-{variant}"

    def scenarios(self, workbook: Path, table: JobTable) -> list[str]:
        """Return the scenarios of a table; of `each`, those that the workbook has, where it can be read."""
        if EACH not in table.scenarios:
            return table.scenarios
        case = self._case(workbook)
        every = list(case.case.scenarios) if isinstance(case, CaseInputs) else [BASE]
        return list(dict.fromkeys([*(name for name in table.scenarios if name != EACH), *every]))

    def make(self, jobs: Sequence[Job], known: Collection[Job]) -> dict[Job, Ending]:
        """Write the inputs that variants of jobs need, all but those of the `known` ones; what cannot be is noted as a
        problem of the file. Returns the jobs whose workbook cannot be read, and why."""
        refused = {}
        tried: set[tuple[Path, str]] = set()
        for job in jobs:
            variant = self.study.variants[job.variant]
            named = job.scenario not in (BASE, STOCHASTIC)
            if job in known or job.after is not None or not (variant.changes or named):
                continue
            case = self._case(job.workbook)
            if isinstance(case, BadWorkbook):
                refused[job] = Ending(print_error(case), reason=why(case))
                continue
            if named and job.scenario not in case.case.scenarios:
                text = f"{job.workbook.name} has no scenario {job.scenario!r}"
                self._refuse(("scenarios",), f"{text}{nearest(job.scenario, [BASE, EACH, *case.case.scenarios])}")
            if variant.changes and (job.workbook, job.variant) not in tried:
                tried.add((job.workbook, job.variant))
                self._make(case, job.workbook, variant)
        return refused

    def _make(self, case: CaseInputs, workbook: Path, variant: Variant) -> None:
        """Write the input of a variant, or note why it cannot be."""
        folder = self.input(workbook, variant.name)
        if folder.exists():
            return
        try:
            other = changed(case, variant)
        except BadWorkbook as error:
            for problem in error.problems:
                flag = re.match(r"--([a-z-]+)", problem.text)
                key = flag[1].replace("-", "_") if flag else problem.place.split()[0]
                place = (*self.study.places[variant.name], *(() if key == "hold" else (key,)))
                self._refuse(place, f"{workbook.name}: {problem.text}")
            return
        part = folder.parent.with_name(f".{folder.parent.name}.{os.getpid()}")
        try:
            shutil.rmtree(part, ignore_errors=True)
            export(other, part / folder.name)
            os.replace(part, folder.parent)
        except OSError as error:
            raise OutputInUse(f"{folder} could not be written: {error.strerror or error}") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _refuse(self, place: Place, text: str) -> None:
        if Problem(self.study.words(place), text) not in self.study.problems:
            self.study.refuse(place, text)

    def _case(self, workbook: Path) -> CaseInputs | BadWorkbook:
        """A workbook as read once, or why it cannot be."""
        if workbook not in self._read:
            try:
                self._read[workbook] = read(workbook)
            except BadWorkbook as error:
                self._read[workbook] = error
        return self._read[workbook]

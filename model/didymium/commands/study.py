"""What the commands of all studies do: hold the folder, show progress, stop by hand, write files, print the answer."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from didymium.commands.output import print_result
from didymium.commands.recording import add_facts
from didymium.commands.stopping import stop_by_hand
from didymium.console import ConsoleProgress
from didymium.options import SolveOptions, refuse_folder
from didymium.reports.study import StudyReport
from didymium.result_folder import locked


def folder_of(arguments: argparse.Namespace, name: str) -> Path:
    """Return where the study of a workbook is written: --out, or a folder of its name under outputs/<workbook>."""
    out: Path | None = arguments.out
    return out or Path("outputs") / arguments.workbook.resolve().stem / name


def run_study(
    arguments: argparse.Namespace, source: Path, out: Path, then: str, study: Callable[..., StudyReport]
) -> StudyReport:
    """Run a study of an input or a result, write its files, print its answer; returns its report.

    `study` is called with `options`, `on_progress`, `interrupt` and `keep`, beside which it keeps what it has finished;
    `then` says what follows when it is stopped.
    """
    options = SolveOptions(arguments.gap, arguments.time_limit, arguments.threads, arguments.seed)
    refuse_folder("--out", out)
    add_facts(folder=out)
    progress = ConsoleProgress(arguments.quiet, arguments.progress)
    progress.stage(f"reading {source}")
    with locked(out), progress.attached(), stop_by_hand(progress, then) as interrupt:
        report = study(options=options, on_progress=progress.progress, interrupt=interrupt, keep=out)
        add_facts(**{name: report.facts.get(name) for name in ("scenario", "input_sha256", "content_sha256")})
        progress.stage("writing the results")
        written = report.save(out)
    print_result(arguments, written, [report.status, *report.headline, *(f"wrote {path}" for path in written)])
    return report

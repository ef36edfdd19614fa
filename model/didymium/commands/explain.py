"""`didymium explain`: why each project is in a plan or not, and at which price it would enter; of an input without a
plan, why there is none."""

from __future__ import annotations

import argparse
from pathlib import Path

from didymium import api
from didymium.commands.output import print_result
from didymium.commands.repair import explain_input
from didymium.commands.stopping import stop_by_hand
from didymium.console import ConsoleProgress
from didymium.endings import STOPPED_WITH_PLAN
from didymium.options import SolveOptions, refuse_folder
from didymium.template.source import holds_result


def run_explain(arguments: argparse.Namespace) -> int:
    """Explain a result, or an input; returns the exit code."""
    return explain_result(arguments) if holds_result(arguments.source) else explain_input(arguments)


def explain_result(arguments: argparse.Namespace) -> int:
    """Explain every candidate of a result, write the files, print the answer; returns 4 where it was stopped."""
    result: Path = arguments.source
    folder = result if result.is_dir() else result.parent
    out: Path = arguments.out or folder / "explain"
    refuse_folder("--out", out)
    options = SolveOptions(arguments.gap, arguments.time_limit, arguments.threads, arguments.seed)
    progress = ConsoleProgress(arguments.quiet)
    progress.stage(f"reading {result}")
    with progress.attached(), stop_by_hand(progress, "what is known so far will be written") as interrupt:
        report = api.explain(
            result,
            arguments.project or (),
            options=options,
            on_progress=progress.progress,
            interrupt=interrupt,
        )
        progress.stage("writing the results")
        written = report.save(out)
    print_result(arguments, written, [report.status, *report.headline, *(f"wrote {path}" for path in written)])
    return 0 if report.record["complete"] else STOPPED_WITH_PLAN

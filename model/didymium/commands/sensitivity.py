"""`didymium sensitivity`: what the least cost becomes at both ends of each uncertain input."""

from __future__ import annotations

import argparse
from pathlib import Path

from didymium import api
from didymium.commands.output import print_result
from didymium.commands.stopping import stop_by_hand
from didymium.console import ConsoleProgress
from didymium.endings import STOPPED_WITH_PLAN
from didymium.options import SolveOptions, refuse_folder


def run_sensitivity(arguments: argparse.Namespace) -> int:
    """Optimise the plan anew at both ends of the widest inputs, write the files, print the answer; returns 4 where it
    was stopped."""
    out: Path = arguments.out or Path("outputs") / arguments.workbook.resolve().stem / "sensitivity"
    options = SolveOptions(arguments.gap, arguments.time_limit, arguments.threads, arguments.seed)
    refuse_folder("--out", out)
    progress = ConsoleProgress(arguments.quiet)
    progress.stage(f"reading {arguments.workbook}")
    with progress.attached(), stop_by_hand(progress, "the inputs so far will be written") as interrupt:
        report = api.sensitivity(
            api.read(arguments.workbook),
            arguments.inputs,
            scenario=arguments.scenario,
            options=options,
            on_progress=progress.progress,
            interrupt=interrupt,
        )
        progress.stage("writing the results")
        written = report.save(out)
    print_result(arguments, written, [report.status, *report.headline, *(f"wrote {path}" for path in written)])
    return 0 if report.record["complete"] else STOPPED_WITH_PLAN

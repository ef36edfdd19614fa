"""`didymium frontier`: what each level of the targets costs."""

from __future__ import annotations

import argparse
from pathlib import Path

from didymium import api
from didymium.commands.output import print_result
from didymium.commands.stopping import stop_by_hand
from didymium.console import ConsoleProgress
from didymium.endings import STOPPED_WITH_PLAN
from didymium.errors import NoPlan
from didymium.options import SolveOptions, refuse_folder


def run_frontier(arguments: argparse.Namespace) -> int:
    """Solve every level, write the files, print the answer; returns 3 where no level can be reached, 4 where it was
    stopped or a level is not proven to the gap."""
    out: Path = arguments.out or Path("outputs") / arguments.workbook.resolve().stem / "frontier"
    options = SolveOptions(arguments.gap, arguments.time_limit, arguments.threads, arguments.seed)
    refuse_folder("--out", out)
    progress = ConsoleProgress(arguments.quiet)
    progress.stage(f"reading {arguments.workbook}")
    with progress.attached(), stop_by_hand(progress, "the levels so far will be written") as interrupt:
        report = api.frontier(
            api.read(arguments.workbook),
            arguments.target or [],
            steps=arguments.steps,
            low=arguments.low,
            high=arguments.high,
            scenario=arguments.scenario,
            options=options,
            on_progress=progress.progress,
            interrupt=interrupt,
        )
        progress.stage("writing the results")
        written = report.save(out)
    print_result(arguments, written, [report.status, *report.headline, *(f"wrote {path}" for path in written)])
    if not any(row["cost_musd"] is not None for row in report.tables[0].rows):
        return NoPlan.exit_code
    return 0 if report.proven else STOPPED_WITH_PLAN

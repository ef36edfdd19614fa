"""`didymium alternatives`: which projects every good plan builds, which some do, which none does."""

from __future__ import annotations

import argparse
from pathlib import Path

from didymium import api
from didymium.commands.output import print_result
from didymium.commands.stopping import stop_by_hand
from didymium.console import ConsoleProgress
from didymium.endings import STOPPED_WITH_PLAN
from didymium.options import SolveOptions, refuse_folder


def run_alternatives(arguments: argparse.Namespace) -> int:
    """Class every candidate, write the files, print the answer; returns 4 where it was stopped by hand."""
    out: Path = arguments.out or Path("outputs") / arguments.workbook.resolve().stem / "alternatives"
    options = SolveOptions(arguments.gap, arguments.time_limit, arguments.threads, arguments.seed)
    refuse_folder("--out", out)
    progress = ConsoleProgress(arguments.quiet)
    progress.stage(f"reading {arguments.workbook}")
    with progress.attached(), stop_by_hand(progress, "what is known so far will be written") as interrupt:
        report = api.alternatives(
            api.read(arguments.workbook),
            within_percent=arguments.within,
            plans=arguments.plans,
            scenarios=arguments.scenarios,
            frontier=arguments.frontier or out.parent / "frontier",
            scenario=arguments.scenario,
            start=arguments.start,
            options=options,
            on_progress=progress.progress,
            interrupt=interrupt,
        )
        progress.stage("writing the results")
        written = report.save(out)
    print_result(arguments, written, [report.status, *report.headline, *(f"wrote {path}" for path in written)])
    return 0 if report.record["complete"] else STOPPED_WITH_PLAN

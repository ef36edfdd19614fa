"""`didymium explain INPUT`: what stands in the way of a plan."""

from __future__ import annotations

import argparse
from pathlib import Path

from didymium import api
from didymium.commands.output import print_result
from didymium.commands.stopping import stop_by_hand
from didymium.console import ConsoleProgress
from didymium.endings import STOPPED_WITH_PLAN
from didymium.errors import NoPlan, Unfinished
from didymium.options import SolveOptions, refuse_folder


def explain_input(arguments: argparse.Namespace) -> int:
    """Find what stands in the way of a plan, write the files, print the answer.

    Returns 0 where every hard rule can be met, 3 where none has a plan, 4 where that was stopped before its end, 5
    where neither is known.
    """
    out: Path = arguments.out or Path("outputs") / arguments.source.resolve().stem / "explain"
    options = SolveOptions(None, arguments.time_limit, arguments.threads, arguments.seed)
    refuse_folder("--out", out)
    progress = ConsoleProgress(arguments.quiet)
    progress.stage(f"reading {arguments.source}")
    with progress.attached(), stop_by_hand(progress, "what is found so far will be written") as interrupt:
        report = api.explain_input(
            api.read(arguments.source), scenario=arguments.scenario, options=options, interrupt=interrupt
        )
        progress.stage("writing the results")
        written = report.save(out)
    print_result(arguments, written, [report.status, *report.headline, *(f"wrote {path}" for path in written)])
    feasible = report.record["feasible"]
    if feasible is not False:
        return 0 if feasible else Unfinished.exit_code
    return NoPlan.exit_code if report.record["complete"] else STOPPED_WITH_PLAN

"""`didymium stress`: a plan's builds fixed, and operated through scenarios, losses and random draws."""

from __future__ import annotations

import argparse
from pathlib import Path

from didymium.api import stress
from didymium.commands.output import print_result
from didymium.commands.recording import add_facts
from didymium.commands.stopping import stop_by_hand
from didymium.commands.study import resumable
from didymium.console import ConsoleProgress
from didymium.endings import STOPPED_WITH_PLAN
from didymium.options import refuse_folder
from didymium.reports.stress import headline
from didymium.result_folder import locked


def run_stress(arguments: argparse.Namespace) -> int:
    """Run the stress test, write its files, print what was found; returns 4 where it was stopped."""
    result: Path = arguments.result
    out: Path = arguments.out or (result if result.is_dir() else result.parent) / "stress"
    if result.exists():
        refuse_folder("--out", out)
    add_facts(folder=out)
    progress = ConsoleProgress(arguments.quiet, arguments.progress)
    progress.stage(f"reading {result}")
    with (
        locked(out),
        resumable(arguments, result, out) as forget,
        progress.attached(),
        stop_by_hand(progress, "the draws so far will be written") as interrupt,
    ):
        stressed = stress(
            result,
            draws=arguments.draws,
            seed=arguments.seed,
            myopic=arguments.myopic,
            regret=arguments.regret,
            workers=arguments.workers,
            cluster=arguments.cluster,
            interrupt=interrupt,
            keep=out,
        )
        add_facts(content_sha256=stressed.plan.source.content_sha256())
        progress.stage("writing the results")
        written = stressed.save(out)
        if stressed.is_complete:
            forget()
    page = f"`didymium report {result}` puts what was found on the first page of report.html"
    lines = [*headline(stressed), *(f"wrote {path}" for path in written), *([page] if arguments.out is None else [])]
    print_result(arguments, written, lines)
    return 0 if stressed.is_complete else STOPPED_WITH_PLAN

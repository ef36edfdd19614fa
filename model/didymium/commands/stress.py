"""`didymium stress`: a plan's builds fixed, and operated through scenarios, losses and random draws."""

from __future__ import annotations

import argparse
from pathlib import Path

from didymium.api import stress
from didymium.commands.output import print_result
from didymium.commands.recording import add_facts
from didymium.commands.study import under_way
from didymium.endings import STOPPED_WITH_PLAN
from didymium.options import refuse_folder
from didymium.reports.stress import headline


def run_stress(arguments: argparse.Namespace) -> int:
    """Run the stress test, write its files, print what was found; returns 4 where it was stopped."""
    result: Path = arguments.result
    out: Path = arguments.out or (result if result.is_dir() else result.parent) / "stress"
    if result.exists():
        refuse_folder("--out", out)
    with under_way(arguments, result, out, "the draws so far will be written") as run:
        stressed = stress(
            result,
            draws=arguments.draws,
            seed=arguments.seed,
            myopic=arguments.myopic,
            regret=arguments.regret,
            workers=arguments.workers,
            cluster=arguments.cluster,
            interrupt=run.interrupt,
            keep=out,
        )
        add_facts(content_sha256=stressed.plan.source.content_sha256())
        run.progress.stage("writing the results")
        written = stressed.save(out)
        if stressed.is_complete:
            run.forget()
    page = f"`didymium report {result}` puts what was found on the first page of report.html"
    lines = [*headline(stressed), *(f"wrote {path}" for path in written), *([page] if arguments.out is None else [])]
    print_result(arguments, written, lines)
    return 0 if stressed.is_complete else STOPPED_WITH_PLAN

"""`didymium frontier`: what each level of the targets costs."""

from __future__ import annotations

import argparse

from didymium import api
from didymium.commands.study import folder_of, run_study
from didymium.endings import STOPPED_WITH_PLAN
from didymium.errors import NoPlan
from didymium.reports.study import StudyReport


def run_frontier(arguments: argparse.Namespace) -> int:
    """Solve every level, write the files, print the answer; returns 3 where no level can be reached, 4 where it was
    stopped or a level is not proven to the gap."""

    def study(**search: object) -> StudyReport:
        return api.frontier(
            api.read(arguments.workbook),
            arguments.target or [],
            steps=arguments.steps,
            low=arguments.low,
            high=arguments.high,
            scenario=arguments.scenario,
            **search,  # type: ignore[arg-type]
        )

    out = folder_of(arguments, "frontier")
    report = run_study(arguments, arguments.workbook, out, "the levels so far will be written", study)
    if not any(row["cost_musd"] is not None for row in report.tables[0].rows):
        return NoPlan.exit_code
    return 0 if report.proven else STOPPED_WITH_PLAN

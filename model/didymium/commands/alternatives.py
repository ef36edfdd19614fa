"""`didymium alternatives`: which projects every good plan builds, which some do, which none does."""

from __future__ import annotations

import argparse

from didymium import api
from didymium.commands.study import folder_of, run_study
from didymium.endings import STOPPED_WITH_PLAN
from didymium.reports.study import StudyReport


def run_alternatives(arguments: argparse.Namespace) -> int:
    """Class every candidate, write the files, print the answer; returns 4 where it was stopped by hand."""
    out = folder_of(arguments, "alternatives")

    def study(**search: object) -> StudyReport:
        return api.alternatives(
            api.read(arguments.workbook),
            within_percent=arguments.within,
            plans=arguments.plans,
            scenarios=arguments.scenarios,
            frontier=arguments.frontier or out.parent / "frontier",
            scenario=arguments.scenario,
            start=arguments.start,
            **search,  # type: ignore[arg-type]
        )

    report = run_study(arguments, arguments.workbook, out, "what is known so far will be written", study)
    return 0 if report.record["complete"] else STOPPED_WITH_PLAN

"""`didymium sensitivity`: what the least cost becomes at both ends of each uncertain input."""

from __future__ import annotations

import argparse

from didymium import api
from didymium.commands.study import folder_of, run_study
from didymium.endings import STOPPED_WITH_PLAN
from didymium.reports.study import StudyReport


def run_sensitivity(arguments: argparse.Namespace) -> int:
    """Optimise the plan anew at both ends of the widest inputs, write the files, print the answer; returns 4 where it
    was stopped."""

    def study(**search: object) -> StudyReport:
        inputs = api.read(arguments.workbook)
        return api.sensitivity(inputs, arguments.inputs, scenario=arguments.scenario, **search)  # type: ignore[arg-type]

    out = folder_of(arguments, "sensitivity")
    report = run_study(arguments, arguments.workbook, out, "the inputs so far will be written", study)
    return 0 if report.record["complete"] else STOPPED_WITH_PLAN

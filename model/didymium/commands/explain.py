"""`didymium explain`: why each project is in a plan or not, and at which price it would enter; of an input without a
plan, why there is none."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from didymium import api
from didymium.commands.study import run_study
from didymium.endings import STOPPED_WITH_PLAN
from didymium.engine.control import Interrupt
from didymium.errors import NoPlan, Unfinished
from didymium.options import SolveOptions
from didymium.reports.study import StudyReport
from didymium.template.source import holds_result


def run_explain(arguments: argparse.Namespace) -> int:
    """Explain a result, or an input; returns the exit code."""
    return explain_result(arguments) if holds_result(arguments.source) else explain_input(arguments)


def explain_result(arguments: argparse.Namespace) -> int:
    """Explain every candidate of a result, write the files, print the answer; returns 4 where it was stopped."""
    result: Path = arguments.source
    out: Path = arguments.out or (result if result.is_dir() else result.parent) / "explain"

    def study(**search: object) -> StudyReport:
        return api.explain(result, arguments.project or (), **search)  # type: ignore[arg-type]

    report = run_study(arguments, result, out, "what is known so far will be written", study)
    return 0 if report.record["complete"] else STOPPED_WITH_PLAN


def explain_input(arguments: argparse.Namespace) -> int:
    """Find what stands in the way of a plan, write the files, print the answer.

    Returns 0 where every hard rule can be met, 3 where none has a plan, 4 where that was stopped before its end, 5
    where neither is known.
    """
    out: Path = arguments.out or Path("outputs") / arguments.source.resolve().stem / "explain"

    def study(options: SolveOptions, on_progress: object, interrupt: Interrupt, keep: Path) -> StudyReport:
        any_plan = replace(options, gap_percent=None)  # whether there is one is all that is looked for
        inputs = api.read(arguments.source)
        return api.explain_input(inputs, scenario=arguments.scenario, options=any_plan, interrupt=interrupt, keep=keep)

    report = run_study(arguments, arguments.source, out, "what is found so far will be written", study)
    feasible = report.record["feasible"]
    if feasible is not False:
        return 0 if feasible else Unfinished.exit_code
    return NoPlan.exit_code if report.record["complete"] else STOPPED_WITH_PLAN

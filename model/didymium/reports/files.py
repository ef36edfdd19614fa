"""Result files on disk: written completely or not at all, and never over a file that is open or incomplete."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from didymium.errors import BrokenPlan
from didymium.plan.answer import Answer
from didymium.reports import stress
from didymium.reports.later_studies import refresh_studies
from didymium.reports.page import write_page
from didymium.reports.refusal_page import write_refusal_page
from didymium.reports.sheets import write_refusal, write_workbook
from didymium.reports.slides import write_slides
from didymium.result_folder import replace_files
from didymium.results import Record
from didymium.stress_test.stress import Stress
from didymium.tables.rows import Tables

IN_MANIFEST = ("input_sha256", "scenario", "status", "objective_musd", "bound_musd", "options", "versions", "seconds")
BROKEN = "broken-"  # prefix of the names of files that are no result


def save_plan(plan: Answer, folder: Path, timed: Callable[[], None] = lambda: None) -> list[Path]:
    """Write results.xlsx, report.html, solver.log and summary.json; return their paths.

    `timed` is called when the workbook is written, so that summary.json can contain its seconds. Raises OutputInUse
    when the folder cannot be written; BrokenPlan when the workbook's own Checks show FAIL: the files are then kept for
    examination, as broken-results.xlsx and so on, and an older result stays as it is.
    """
    passed: list[bool] = []

    refresh_studies(plan, folder)

    def page(path: Path) -> None:
        write_page(plan, path)
        timed()

    files: dict[str, Callable[[Path], None]] = {
        "results.xlsx": lambda path: passed.append(write_workbook(plan, path)),
        "report.html": page,
        "solver.log": lambda path: _text(path, plan.log),
        "summary.json": lambda path: _json(path, plan.summary),
    }
    written = replace_files(folder, files, facts(plan.summary), lambda: "" if all(passed) else BROKEN)
    if not all(passed):
        raise BrokenPlan(
            "the result's own checks fail, so it is not a result: its numbers do not add up. "
            f"This is a fault of ours, not of your input; please send us {written[0]}, whose sheet Checks shows which"
        )
    return written


def save_refusal(tables: Tables, summary: Record, log: str, folder: Path) -> list[Path]:
    """Write the files of a case without a plan: the reasons, the input and the run. Returns their paths; raises
    OutputInUse when the folder cannot be written."""
    return replace_files(
        folder,
        {
            "results.xlsx": lambda path: write_refusal(path, tables, summary, log),
            "report.html": lambda path: write_refusal_page(path, tables, summary),
            "solver.log": lambda path: _text(path, log),
            "summary.json": lambda path: _json(path, summary),
        },
        facts(summary),
    )


def save_stress(s: Stress, folder: Path) -> list[Path]:
    """Write stress.xlsx, stress.html and stress.json; return their paths. Raises OutputInUse when the folder cannot be
    written."""
    return replace_files(
        folder,
        {
            "stress.xlsx": lambda path: stress.write_workbook(s, path),
            "stress.html": lambda path: stress.write_page(s, path),
            "stress.json": lambda path: _json(path, stress.summary(s)),
        },
    )


def facts(summary: Record) -> Record:
    """Return what the manifest says of a run: its input, scenario, options, versions, and how it ended."""
    return {name: summary[name] for name in IN_MANIFEST if name in summary}


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _json(path: Path, record: Record) -> None:
    path.write_text(json.dumps(record, indent=1, allow_nan=False), encoding="utf-8")


def save_page(plan: Answer, folder: Path) -> Path:
    """Write report.html of a plan into a folder, with the results of a stress run since; return its path. Raises
    OutputInUse when it cannot be written."""
    refresh_studies(plan, folder)
    return replace_files(folder, {"report.html": lambda path: write_page(plan, path)}, facts(plan.summary))[0]


def save_brief(plan: Answer, folder: Path) -> Path:
    """Write brief.pptx of a plan into a folder, with what studies beside it found since; return its path. Raises
    BadWorkbook where python-pptx is not installed, OutputInUse when it cannot be written."""
    refresh_studies(plan, folder)
    return replace_files(folder, {"brief.pptx": lambda path: write_slides(plan, path)})[0]

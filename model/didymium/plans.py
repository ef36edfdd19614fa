"""A plan: its tables as DataFrames, its result files, and the same plan read back from them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from didymium.plan.answer import Answer
from didymium.plan.tables import Record
from didymium.recheck import AS_SOLVED
from didymium.reports.files import save_brief, save_page, save_plan
from didymium.reports.result_reader import read_answer, workbook_of


class Plan(Answer):
    """The plan of a case. `plan.trade` and `plan["trade"]` are DataFrames, `plan.summary` is summary.json,
    `plan.save(folder)` writes the result files."""

    as_written: Record | None = None  # of a plan that was loaded: the facts of its workbook, which was written first

    def save(self, folder: str | Path) -> list[Path]:
        """Write results.xlsx, report.html, solver.log and summary.json into a folder; returns where they are.

        A loaded plan is written as it was. Raises OutputInUse when the folder cannot be written, BrokenPlan when the
        workbook's own checks fail (the files are then kept as broken-results.xlsx and so on).
        """
        if self.as_written is not None:
            return self._save_again(Path(folder))
        started = time.monotonic()
        seconds: dict[str, float] = part_of(self.summary, "seconds")  # type: ignore[assignment]

        def timed() -> None:
            spent = time.monotonic() - started
            seconds["total"] += spent - seconds.get("write", 0.0)
            seconds["write"] = spent

        return save_plan(self, Path(folder), timed)

    def save_report(self, folder: str | Path) -> Path:
        """Write report.html into a folder, with what a stress test beside it found since; returns where it is. Raises
        OutputInUse when it cannot be written."""
        with self._as_it_was():
            return save_page(self, Path(folder))

    def save_slides(self, folder: str | Path) -> Path:
        """Write brief.pptx into a folder, with what studies beside it found since; returns where it is. Raises
        BadWorkbook where python-pptx is not installed, OutputInUse when it cannot be written."""
        with self._as_it_was():
            return save_brief(self, Path(folder))

    def _save_again(self, folder: Path) -> list[Path]:
        """Write a loaded plan: the workbook from its own facts, and summary.json, which also counts the writing, as it
        was."""
        summary = self.summary

        def workbook_is_written() -> None:
            self.summary = summary

        with self._as_it_was():
            return save_plan(self, folder, workbook_is_written)

    @contextmanager
    def _as_it_was(self) -> Iterator[None]:
        """Let the summary be that of the workbook while it and the report are written."""
        summary = self.summary
        self.summary = summary if self.as_written is None else self.as_written
        try:
            yield
        finally:
            self.summary = summary


def load(result: str | Path) -> Plan:
    """Read a plan back from a results.xlsx, or from the folder that holds it, without solving again.

    The summary.json and solver.log beside the workbook are read where they belong to it; a workbook alone holds the
    same facts but for the time of writing, and the end of the log. Raises BadWorkbook when it is no result with a plan.
    """
    path = workbook_of(Path(result))
    answer = read_answer(path)
    plan = Plan(**{f.name: getattr(answer, f.name) for f in fields(Answer)})
    plan.clean_labels = part_of(plan.summary, "options").get("labels") != AS_SOLVED
    summary = _summary_beside(path, plan.summary) or plan.summary
    plan.as_written = {**plan.summary, **{name: summary[name] for name in plan.summary if name != "seconds"}}
    plan.summary = summary
    plan.log = _log_beside(path, plan.log) or plan.log
    return plan


def _summary_beside(path: Path, facts: Record) -> Record | None:
    """summary.json, if it is of the same run: all that the workbook also states is the same, but for the seconds."""
    try:
        summary: Record = json.loads(path.with_name("summary.json").read_text(encoding="utf-8"))
        same = all(summary[name] == value for name, value in facts.items() if name != "seconds")
    except (OSError, ValueError, KeyError, TypeError):  # none, or not one of ours
        return None
    return summary if same else None


def _log_beside(path: Path, tail: str) -> str | None:
    """solver.log, if it ends as the workbook states, which keeps its last lines without their indents."""
    try:
        log = path.with_name("solver.log").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    kept = [line.strip() for line in tail.rstrip().splitlines()]
    return log if [line.strip() for line in log.rstrip().splitlines()[-len(kept) :]] == kept else None


def part_of(summary: Record, name: str) -> Record:
    """Return a part of summary.json that is itself made of parts."""
    part = summary[name]
    assert isinstance(part, dict)
    return part

"""Result files on disk: whole or not at all, and never over something that is open or half done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from didymium.errors import OutputInUse
from didymium.office.files import clear_parts, part_of, probe, put, whole_name
from didymium.plan.answer import Answer
from didymium.plan.tables import Record
from didymium.report.page import write_page
from didymium.report.sheets import write_refusal, write_workbook
from didymium.tables.rows import Tables


def save_plan(plan: Answer, folder: Path, timed: Callable[[], None] = lambda: None) -> list[Path]:
    """Write results.xlsx, report.html, solver.log and summary.json; returns where they are.

    `timed` is called when the workbook is written, so that its seconds can stand in summary.json. Raises OutputInUse
    when the folder cannot be written.
    """
    return _write_all(folder, lambda path: write_workbook(plan, path), plan.log, plan.summary, timed, lambda path: write_page(plan, path))


def save_refusal(tables: Tables, summary: Record, log: str, folder: Path) -> list[Path]:
    """Write why there is no plan, the input and the run: the same three files."""
    return _write_all(folder, lambda path: write_refusal(path, tables, summary, log), log, summary, lambda: None)


def _write_all(
    folder: Path, workbook: Callable[[Path], None], log: str, summary: Record, timed: Callable[[], None], page: Callable[[Path], None] | None = None
) -> list[Path]:
    parts: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        clear_parts(folder)
        parts.append(part_of(folder / "results.xlsx"))
        workbook(parts[-1])
        probe(parts[-1])
        if page is not None:
            parts.append(part_of(folder / "report.html"))
            page(parts[-1])
        timed()
        parts.append(part_of(folder / "solver.log"))
        parts[-1].write_text(log, encoding="utf-8")
        parts.append(part_of(folder / "summary.json"))
        parts[-1].write_text(json.dumps(summary, indent=1, allow_nan=False), encoding="utf-8")
        return [put(part, folder / whole_name(part)) for part in parts]
    except OSError as error:
        raise OutputInUse(f"the results could not be written to {folder}: {error.strerror or error}") from error
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def save_page(plan: Answer, folder: Path) -> Path:
    """Write report.html of a plan into a folder; returns where it is. Raises OutputInUse when it cannot be written."""
    part = part_of(folder / "report.html")
    try:
        write_page(plan, part)
        return put(part, folder / "report.html")
    except OSError as error:
        raise OutputInUse(f"the report could not be written to {folder}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)

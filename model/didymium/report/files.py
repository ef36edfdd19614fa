"""Result files on disk: whole or not at all, and never over something that is open or half done."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

from didymium.errors import OutputInUse
from didymium.plan.answer import Answer
from didymium.plan.tables import Record
from didymium.report.sheets import write_refusal, write_workbook
from didymium.tables.rows import Tables


def save_plan(plan: Answer, folder: Path, timed: Callable[[], None] = lambda: None) -> list[Path]:
    """Write results.xlsx, solver.log and summary.json; returns where they are.

    `timed` is called when the workbook is written, so that its seconds can stand in summary.json. Raises OutputInUse
    when the folder cannot be written.
    """
    return _write_all(folder, lambda path: write_workbook(plan, path), plan.log, plan.summary, timed)


def save_refusal(tables: Tables, summary: Record, log: str, folder: Path) -> list[Path]:
    """Write why there is no plan, the input and the run: the same three files."""
    return _write_all(folder, lambda path: write_refusal(path, tables, summary, log), log, summary, lambda: None)


def _write_all(folder: Path, workbook: Callable[[Path], None], log: str, summary: Record, timed: Callable[[], None]) -> list[Path]:
    parts: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear_parts(folder)
        parts.append(_part(folder / "results.xlsx"))
        workbook(parts[-1])
        _probe(parts[-1])
        timed()
        parts.append(_part(folder / "solver.log"))
        parts[-1].write_text(log, encoding="utf-8")
        parts.append(_part(folder / "summary.json"))
        parts[-1].write_text(json.dumps(summary, indent=1, allow_nan=False), encoding="utf-8")
        return [_put(part, folder / _whole_name(part)) for part in parts]
    except OSError as error:
        raise OutputInUse(f"the results could not be written to {folder}: {error.strerror or error}") from error
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")


def _whole_name(part: Path) -> str:
    return part.name[1:].split(".")[0] + part.suffix


def _clear_parts(folder: Path) -> None:
    """Remove what a killed run left half written."""
    for left in folder.glob(".*.part.*"):
        pid = left.name.split(".")[2]
        if not (pid.isdigit() and _alive(int(pid))):
            left.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _probe(path: Path) -> None:
    """Read a workbook's archive through: a damaged one must not replace a good one."""
    with zipfile.ZipFile(path) as archive:
        broken = archive.testzip()
    if broken:
        raise OSError(f"{broken} is damaged")


def _put(part: Path, path: Path) -> Path:
    """Move a finished file into place; where the old one cannot be replaced (open in Excel, read-only), beside it."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    target = path.resolve()
    if not target.exists() or os.access(target, os.W_OK):
        try:
            os.replace(part, target)
            return path
        except PermissionError:
            pass
    free = next(p for k in range(2, 10_000) if not (p := path.with_name(f"{path.stem} ({k}){path.suffix}")).exists())
    os.replace(part, free)
    return free

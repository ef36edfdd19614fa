"""runs.csv, the table of a batch: a row a job, which says how it ended."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from didymium.commands.recording import summary_of
from didymium.excel.files import part_of, put

TABLE = "runs.csv"
COLUMNS = (
    "workbook",
    "scenario",
    "variant",
    "command",
    "folder",
    "exit_code",
    "skipped",
    "status",
    "objective_musd",
    "bound_musd",
    "gap_percent",
    "seconds",
    "reason",
    "request_sha256",
)
Row = dict[str, object]


def ending_of_results(folder: Path | None, command: str) -> Row:
    """Return what the results in a folder say of a job: the columns `status` to `seconds`, and its scenario; without a
    folder nothing."""
    summary = summary_of(folder, command)
    seconds = summary.get("seconds")
    return {
        "scenario": summary.get("scenario", ""),
        "status": summary.get("status", ""),
        "objective_musd": summary.get("objective_musd"),
        "bound_musd": summary.get("bound_musd"),
        "gap_percent": summary.get("gap_percent"),
        "seconds": seconds.get("total") if isinstance(seconds, Mapping) else None,
    }


def rows_of(root: Path) -> list[dict[str, str]]:
    """Return the rows of the table in a folder; none where there is none that can be read."""
    try:
        with (root / TABLE).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, csv.Error, UnicodeDecodeError):
        return []


def write_rows(root: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write the table into a folder, in the place of an older one. Raises OSError where that cannot be."""
    part = part_of(root / TABLE)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
            table.writeheader()
            table.writerows(rows)
        put(part, root / TABLE)
    finally:
        part.unlink(missing_ok=True)


def note_resumed(folder: Path, request: str, code: int) -> None:
    """Let the tables above a folder say how the job that was resumed has ended, whose results are in the folder now. It
    is known there by its folder, or, where it had written none, by its `request`: the hash of all that decides what it
    finds."""
    for root in folder.parents:
        rows = rows_of(root)
        ours = [row for row in rows if _is_of(row, folder, request)]
        for row in ours:
            now = {**ending_of_results(folder, row["command"]), "exit_code": code, "skipped": False, "reason": ""}
            now |= {"scenario": row["scenario"] or now["scenario"], "folder": row["folder"] or folder}
            row |= {name: "" if value is None else str(value) for name, value in now.items()}
        if ours:
            try:
                write_rows(root, rows)
            except OSError as error:
                print(unwritable(root, error), file=sys.stderr)


def unwritable(root: Path, error: OSError) -> str:
    """Return a sentence on a table that could not be written."""
    return f"{root / TABLE} could not be written: {error.strerror or error}"


def _is_of(row: Mapping[str, str], folder: Path, request: str) -> bool:
    if row.get("folder"):
        return Path(row["folder"]).resolve() == folder
    return bool(request) and row.get("request_sha256") == request

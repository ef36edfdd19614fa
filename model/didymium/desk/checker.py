"""The desk's checker: a process of its own that checks one workbook after the other, so that no page waits for it and
no workbook can take the desk along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from didymium.case_inputs import examine_tables
from didymium.checks.checked import Checked
from didymium.desk.helper import serve
from didymium.errors import BadWorkbook, DidymiumError, Problem
from didymium.input_frames import rows_of
from didymium.reports.input_differences import input_differences
from didymium.reports.names import row_name
from didymium.tables.columns import Sheet
from didymium.tables.read import read_tables
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS
from didymium.variants import YEARS

MAX_CHANGES = 2000  # that are told of a save


def main() -> None:
    """Answer requests until there are no more: what the process runs."""
    serve(lambda r: checked(Path(r["workbook"]), Path(r["before"]) if r["before"] else None))


def checked(workbook: Path, before: Path | None = None) -> dict[str, Any]:
    """Return all that a check finds, as `didymium check --json`, with `facts` (what there is to choose from) and
    `changes` (what differs from the version `before`)."""
    try:
        tables, problems = read_tables(workbook)
    except BadWorkbook as error:
        return unread(error.problems)
    except (DidymiumError, OSError, MemoryError) as error:
        return unread([Problem(workbook.name, str(error) or "there is not enough memory to read it")])
    found = examine_tables(tables, problems).as_record()
    return {**found, "facts": _facts(tables), "changes": _changes(tables, before)}


def unread(problems: list[Problem]) -> dict[str, Any]:
    """Return the same of a workbook that cannot be read."""
    return {**Checked(problems).as_record(), "facts": {}, "changes": []}


def _facts(tables: Tables) -> dict[str, Any]:
    """What can be chosen from: ids and names of scenarios, projects that can be built, and targets."""
    built = [r for r in tables["Projects"] if r.values.get("max_modules")]
    return {
        "title": str(tables.setting("title") or ""),
        "scenario": _named(tables["Scenarios"], "scenario"),
        "projects": _named(built, "project"),
        "targets": _named(tables["Targets"], "target"),
        "column": [each for sheet in SHEETS.values() for each in _columns(tables, sheet)],
    }


def _columns(tables: Tables, sheet: Sheet) -> Iterator[list[str]]:
    """The columns of a sheet that hold amounts, as `sheet|column` with words; all of its years are one."""
    rows = rows_of(tables, sheet)
    if any(value is not None for row in rows for value in row.years.values()):
        yield [f"{sheet.name}|{YEARS}", f"{sheet.name}: every year"]
    for column in sheet.columns:
        if column.kind == "number" and any(isinstance(row.values.get(column.name), (int, float)) for row in rows):
            yield [f"{sheet.name}|{column.name}", f"{sheet.name}: {column.name}"]


def _named(rows: list[Row], column: str) -> list[list[str]]:
    """Each id once, with its name."""
    found = {str(r.values[column]): row_name(r) for r in rows if r.values.get(column)}
    return [[key, name] for key, name in found.items()]


def _changes(tables: Tables, before: Path | None) -> list[dict[str, object]]:
    """The cells that differ from an earlier version; none where that does not read."""
    if before is None:
        return []
    try:
        old, _ = read_tables(before)
    except (DidymiumError, OSError):
        return []
    rows = input_differences({"before": old, "after": tables})
    return [{k: v if isinstance(v, (int, float)) else str(v or "") for k, v in r.items()} for r in rows[:MAX_CHANGES]]


if __name__ == "__main__":
    main()

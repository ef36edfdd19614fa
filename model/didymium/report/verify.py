"""A result workbook read back: the input it answers and the plan's tables, for the independent re-check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from didymium.errors import BadWorkbook, Problem
from didymium.office.book import HEADER_ROW
from didymium.plan.tables import Record
from didymium.recheck import TOLERANCE, recheck
from didymium.recheck.world import Breach
from didymium.report import inputs
from didymium.tables.rows import Tables

SHEETS = {
    "investments": "Investments",
    "production": "Production",
    "trade": "Trade",
    "demand": "Demand",
    "targets": "Targets",
    "stockpiles": "Stockpiles",
    "finance": "Finance",
    "costs": "Costs",
}


@dataclass(slots=True)
class Statement:
    """What a reviewer is told of a result: facts of the run, the breaches, and whether all holds."""

    facts: dict[str, object]
    breaches: dict[str, Breach]
    same_input: bool

    @property
    def holds(self) -> bool:
        return self.same_input and all(b.size <= TOLERANCE for b in self.breaches.values())


def verify(path: Path) -> Statement:
    """Re-check a result workbook (or the folder that holds it) against every rule, without the optimiser.

    Raises BadWorkbook when the file is no result with a plan, or its sheets no longer read.
    """
    path = path / "results.xlsx" if path.is_dir() else path
    tables, plan, facts = read_result(path)
    same = facts.get("content_sha256") == tables.content_sha256()
    return Statement(facts, recheck(tables, plan, str(facts["scenario"]).split(";")), same)


def read_result(path: Path) -> tuple[Tables, dict[str, list[Record]], dict[str, object]]:
    """The input tables, the plan's tables and the facts of the run that a result workbook holds."""
    if not path.exists():
        raise BadWorkbook([Problem(path.name, f"there is no file {str(path)!r}")])
    try:
        book = load_workbook(path, data_only=True)
        facts = {str(row["fact"]): row["value"] for row in read_table(book["Run"])}
        plan = {name: read_table(book[sheet]) for name, sheet in SHEETS.items()}
        tables = inputs.read(path)
    except Exception as error:  # openpyxl leaks many exception types on damaged files
        raise BadWorkbook([Problem(path.name, f"is not a result workbook with a plan ({type(error).__name__}: {error})")]) from error
    plan["headline"] = [{"objective_musd": facts.get("objective_musd")}]
    return tables, plan, facts


def read_table(page: Worksheet) -> list[Record]:
    """The table of a sheet: headed in the fourth row, up to the first blank heading, down to the first blank row."""
    rows = list(page.iter_rows(min_row=HEADER_ROW + 1, values_only=True))
    heading = rows[0] if rows else ()
    columns = [str(c) for c in heading[: next((k for k, c in enumerate(heading) if c is None), len(heading))]]
    found: list[Record] = []
    for row in rows[1:]:
        if row[0] is None:
            break
        found.append(dict(zip(columns, row, strict=False)))
    return found

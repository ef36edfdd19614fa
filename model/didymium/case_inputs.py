"""An input workbook, or a folder of CSV files, read and checked."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from didymium.case.build import build_case
from didymium.case.case import Case
from didymium.checks import check_tables, look_ahead
from didymium.checks.checked import Checked
from didymium.errors import BadWorkbook, Problem
from didymium.tables.read import read_tables
from didymium.tables.rows import Tables
from didymium.tables.schema import SHEETS


@dataclass(slots=True)
class CaseInputs:
    """A case that was read and found sound: its tables, the case they make, and the warnings.

    `seconds` are what reading and checking took.
    """

    tables: Tables
    case: Case
    warnings: list[Problem]
    seconds: dict[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        """One line: file, years, scenarios, and how much was read."""
        rows = {sheet: len(rows) for sheet, rows in self.tables.rows.items() if rows}
        return (
            f"<CaseInputs {self.tables.source.name}, {self.case.first_year}-{self.case.last_year}:"
            f" {sum(rows.values()):,} rows on {len(rows)} sheets, {len(self.case.projects)} projects,"
            f" {len(self.case.scenarios)} scenarios, {len(self.warnings)} warnings>"
        )


def check(path: str | Path) -> list[Problem]:
    """Return every problem of a workbook or CSV folder, by sheet, errors before warnings.

    Raises BadWorkbook only when the source cannot be read at all.
    """
    return examine(path).problems


def examine(path: str | Path) -> Checked:
    """Return all that a check finds: every problem, what became of every row, and targets against what could be on
    line by then, in tonnes.

    Raises BadWorkbook only when the source cannot be read at all.
    """
    tables, problems = read_tables(path)
    problems = check_tables(tables, problems)
    screen = look_ahead(tables, problems)
    order = [name for name in SHEETS if name in tables.counts]
    return Checked(problems, {name: tables.counts[name] for name in order}, screen)


def read(path: str | Path) -> CaseInputs:
    """Read and check a workbook or a folder of CSV files. Raises BadWorkbook with every problem when there is an
    error."""
    started = time.monotonic()
    tables, problems = read_tables(path)
    middle = time.monotonic()
    problems = check_tables(tables, problems)
    if any(p.is_error for p in problems):
        raise BadWorkbook(problems)
    case = build_case(tables)
    return CaseInputs(tables, case, problems, {"read": middle - started, "check": time.monotonic() - middle})

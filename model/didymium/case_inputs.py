"""An input workbook, or a folder of CSV files, read and checked; and changed in memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from didymium.case.build import build_case
from didymium.case.case import Case
from didymium.checks import check_tables, look_ahead
from didymium.checks.checked import Checked
from didymium.errors import BadWorkbook, Problem
from didymium.tables.read import read_tables
from didymium.tables.rows import Tables
from didymium.tables.schema import SHEETS

if TYPE_CHECKING:  # what needs pandas is imported when it is used
    import pandas as pd

    from didymium.changes import Key
    from didymium.input_frames import InputFrames


@dataclass(slots=True)
class CaseInputs:
    """A case that was read and found sound: its rows (`source`), the case they make, and the warnings.

    `tables` are the same as DataFrames; `with_tables` and `with_cell` give a changed case. `seconds` are what reading
    and checking took.
    """

    source: Tables
    case: Case
    warnings: list[Problem]
    seconds: dict[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        """One line: file, years, scenarios, and how much was read."""
        rows = {sheet: len(rows) for sheet, rows in self.source.rows.items() if rows}
        return (
            f"<CaseInputs {self.source.source.name}, {self.case.first_year}-{self.case.last_year}:"
            f" {sum(rows.values()):,} rows on {len(rows)} sheets, {len(self.case.projects)} projects,"
            f" {len(self.case.scenarios)} scenarios, {len(self.warnings)} warnings>"
        )

    @property
    def tables(self) -> InputFrames:
        """The input tables as DataFrames, by the name of the sheet in any case: `inputs.tables["demand"]`."""
        from didymium.input_frames import InputFrames

        return InputFrames(self.source)

    def with_tables(self, **frames: pd.DataFrame) -> CaseInputs:
        """Return the case with some tables replaced, checked and hashed anew: `with_tables(demand=frame)`.

        Columns are those of the sheet; an index of row numbers of the sheet is kept. Raises BadWorkbook with every
        problem, each with its sheet, row (as the index of the frame calls it) and column.
        """
        from didymium.changes import changed_tables

        started = time.monotonic()
        return checked_inputs(*changed_tables(self.source, frames), started)

    def with_cell(self, sheet: str, row: Key, column: str | int, value: object) -> CaseInputs:
        """Return the case with one cell changed, checked and hashed anew.

        `row` is its number in the sheet or its key: an id, or a tuple of the key columns. Raises BadWorkbook as
        `with_tables` does, and for an unknown sheet, row or column.
        """
        from didymium.changes import frame_with_cell

        name, frame = frame_with_cell(self.source, sheet, row, column, value)
        return self.with_tables(**{name: frame})


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
    return examine_tables(*read_tables(path))


def examine_tables(tables: Tables, problems: list[Problem]) -> Checked:
    """Return all that a check finds of rows that were read with these problems."""
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
    inputs = checked_inputs(tables, check_tables(tables, problems), middle)
    inputs.seconds["read"] = middle - started
    return inputs


def checked_inputs(tables: Tables, problems: list[Problem], started: float) -> CaseInputs:
    """Return the case of checked tables; `started` is when the check began.

    Raises BadWorkbook with every problem when there is an error.
    """
    if any(p.is_error for p in problems):
        raise BadWorkbook(problems)
    case = build_case(tables)
    return CaseInputs(tables, case, problems, {"read": 0.0, "check": time.monotonic() - started})

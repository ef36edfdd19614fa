"""What a result holds: every table and column of a plan, written down once.

The rows that mypy knows, the sheets of the workbook, their headings and number formats, what is read back and
re-checked, the tables of the HTML page and docs/results.md are all made from these declarations: a new column is one
new field of its row, and a new kind of cost one new field of `CostRow`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

from didymium.results.alternatives import ALTERNATIVES_SHEETS, AlternativesTables
from didymium.results.calibration import CalibrationRow
from didymium.results.columns import KINDS, Column, Record, ResultSheet, Table, columns_of, tables_of
from didymium.results.evidence import REPORT_ROWS
from didymium.results.explain import EXPLAIN_SHEETS, ExplainTables
from didymium.results.frontier import FRONTIER_SHEETS, FrontierTables
from didymium.results.money import CostRow
from didymium.results.plan import SHEETS, PlanTables, as_plan, by_name
from didymium.results.repair import REPAIR_SHEETS, RepairTables
from didymium.results.sensitivity import SENSITIVITY_SHEETS, SensitivityTables
from didymium.results.shared import AddedColumns
from didymium.results.stress import STRESS_SHEETS, StressTables

TABLES: dict[str, Table] = tables_of(PlanTables)
STRESS_TABLES: dict[str, Table] = tables_of(StressTables)
FRONTIER_TABLES: dict[str, Table] = tables_of(FrontierTables)
ALTERNATIVES_TABLES: dict[str, Table] = tables_of(AlternativesTables)
EXPLAIN_TABLES: dict[str, Table] = tables_of(ExplainTables)
REPAIR_TABLES: dict[str, Table] = tables_of(RepairTables)
SENSITIVITY_TABLES: dict[str, Table] = tables_of(SensitivityTables)
_OTHERS = (STRESS_TABLES, FRONTIER_TABLES, ALTERNATIVES_TABLES, EXPLAIN_TABLES, REPAIR_TABLES, SENSITIVITY_TABLES)
ADDED = {c.name: c for c in columns_of(AddedColumns)}
CALIBRATION = columns_of(CalibrationRow)
_DECLARED = (
    *(c for tables in (TABLES, *_OTHERS) for table in tables.values() for c in table.columns),
    *ADDED.values(),
    *CALIBRATION,
    *(c for row in REPORT_ROWS for c in columns_of(row)),
)
COLUMNS: dict[str, Column] = {c.name: c for c in reversed(_DECLARED)}  # of several of one name the first
PER_YEAR = "_musd_per_year"  # how the column of a kind of cost ends
COST_KINDS = {c.name.removesuffix(PER_YEAR): c for c in columns_of(CostRow) if c.colour}


def tables_on(sheet: str) -> list[str]:
    """Return the tables that are on a sheet, from left to right."""
    return [name for name, table in TABLES.items() if table.sheet == sheet]


def notes(columns: Iterable[Column]) -> dict[str, str]:
    """Return the note on the heading of each column, and of those that sheets add: its meaning, as a sentence."""
    return {c.name: f"{c.meaning[:1].upper()}{c.meaning[1:]}." for c in (*ADDED.values(), *columns)}


Row = TypeVar("Row")


def as_row(row: type[Row], values: Mapping[str, object]) -> Row:
    """Return values as a row whose columns are named at run time. Raises KeyError where they are not those declared."""
    if list(values) != list(row.__annotations__):
        raise KeyError(f"{row.__name__} declares {list(row.__annotations__)}, not {list(values)}")
    return cast(Row, values)


def number_format(name: str) -> str:
    """Return the number format of a column: that of its kind, or of how its name ends; empty where it has none."""
    if name in COLUMNS:
        return COLUMNS[name].kind.shape
    endings = [kind for kind in KINDS if kind.ending and name.endswith(kind.ending)]
    return max(endings, key=lambda kind: len(kind.ending)).shape if endings else ""


__all__ = [
    "ADDED",
    "ALTERNATIVES_SHEETS",
    "ALTERNATIVES_TABLES",
    "CALIBRATION",
    "COLUMNS",
    "COST_KINDS",
    "EXPLAIN_SHEETS",
    "EXPLAIN_TABLES",
    "FRONTIER_SHEETS",
    "FRONTIER_TABLES",
    "KINDS",
    "PER_YEAR",
    "REPAIR_SHEETS",
    "REPAIR_TABLES",
    "SENSITIVITY_SHEETS",
    "SENSITIVITY_TABLES",
    "SHEETS",
    "STRESS_SHEETS",
    "STRESS_TABLES",
    "TABLES",
    "Column",
    "PlanTables",
    "Record",
    "ResultSheet",
    "StressTables",
    "Table",
    "as_plan",
    "as_row",
    "by_name",
    "columns_of",
    "notes",
    "number_format",
    "tables_on",
]

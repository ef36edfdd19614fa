"""Write a result again from its own tables and read it back: the expected content of every cell."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from didymium.plan.answer import Answer
from didymium.reports.result_reader import read_grids
from didymium.reports.sheets import write_workbook
from didymium.tables.grid import Grid
from didymium.tables.xlsx.drawings import Chart, charts_of


@dataclass(frozen=True, slots=True)
class RewrittenResult:
    """The sheets of the workbook that an answer produces, by name, and its charts."""

    grids: dict[str, Grid]
    charts: list[Chart]


def rewrite_result(plan: Answer) -> RewrittenResult:
    """Write the workbook of an answer and read it back. Raises what the writer raises for tables that do not fit
    together."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        path = Path(scratch) / "results.xlsx"
        write_workbook(plan, path)
        return RewrittenResult(read_grids(path), charts_of(path))

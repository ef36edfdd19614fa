"""A result written again from its own tables, by the code that writes results, and read back: what every cell should
say."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from didymium.plan.answer import Answer
from didymium.reports.readback import read_grids
from didymium.reports.sheets import write_workbook
from didymium.tables.grid import Grid
from didymium.tables.xlsx.drawings import Chart, charts_of


@dataclass(frozen=True, slots=True)
class Again:
    """Every sheet of the workbook that an answer makes, by name, and its charts."""

    grids: dict[str, Grid]
    charts: list[Chart]


def written_again(plan: Answer) -> Again:
    """Write the workbook of an answer and read it back. Raises whatever the writer does with tables that do not fit
    together."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        path = Path(scratch) / "results.xlsx"
        write_workbook(plan, path)
        return Again(read_grids(path), charts_of(path))

"""Where a template's rows come from: an input workbook, a folder of CSV files, or the inputs that a result was made
from."""

from __future__ import annotations

from pathlib import Path

from didymium.errors import BadWorkbook, Problem
from didymium.reports import inputs
from didymium.tables.read import is_result, read_tables
from didymium.tables.rows import Tables
from didymium.tables.typed import BLANK
from didymium.tables.xlsx import read_workbook


def tables_of(path: Path) -> Tables:
    """Return the rows of an input or of a result, to be written again; cells not yet filled stay blank.

    Raises BadWorkbook, with every problem, where a cell could not be read: writing the rest would lose it in silence.
    """
    result = _workbook_of(path)
    if holds_result(path):
        try:
            return inputs.read(result)
        except BadWorkbook:
            raise
        except Exception as error:  # whatever a damaged file leads to
            raise BadWorkbook([Problem(result.name, f"its sheet Inputs does not read ({error})")]) from error
    tables, problems = read_tables(path)
    lost = [p for p in problems if p.is_error and p.code != BLANK]
    if lost:
        raise BadWorkbook(lost)
    return tables


def holds_result(path: Path) -> bool:
    """Return whether a path is a result workbook, or a folder that holds one; False for inputs and for nothing."""
    result = _workbook_of(path)
    return result.suffix.casefold() == ".xlsx" and result.is_file() and is_result(read_workbook(result, frozenset()))


def _workbook_of(path: Path) -> Path:
    return path / "results.xlsx" if path.is_dir() and (path / "results.xlsx").exists() else path

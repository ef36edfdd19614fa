"""Changes to a case in memory: tables or cells replaced, then read, checked and hashed as a workbook is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
from openpyxl.utils import column_index_from_string

from didymium.checks import check_tables
from didymium.errors import BadWorkbook, Problem
from didymium.input_frames import cell_value, columns_of, frame_of, grid_of_frame, grid_of_rows, rows_of, sheet_named
from didymium.tables.cells import nearest
from didymium.tables.columns import Sheet
from didymium.tables.grid import Grid, Source
from didymium.tables.header import YEAR
from didymium.tables.read import tables_from_source
from didymium.tables.rows import Tables
from didymium.tables.schema import SHEETS

CHANGED = " (changed)"  # follows the name of the source in results
_CELL = re.compile(r"\b([A-Z][a-z]+)!([A-Z]{1,3})([0-9]+)\b")
Key = str | int | tuple[object, ...]
Labels = dict[str, dict[int, object]]  # by sheet: what the index of its frame calls each row


def changed_tables(tables: Tables, frames: Mapping[str, pd.DataFrame]) -> tuple[Tables, list[Problem]]:
    """Return the tables with some replaced, and every problem of the whole, errors before warnings by sheet.

    A problem's place is `Sheet!row R, column C`, with R from the index of the frame. The SHA-256 is that of the
    content. Nothing is written to disk.
    """
    replaced: dict[str, pd.DataFrame] = {}
    unknown: list[Problem] = []
    for name, frame in frames.items():
        try:
            replaced[sheet_named(name).name] = frame
        except BadWorkbook as error:
            unknown += error.problems
    grids, labels = _grids(tables, replaced)
    result, problems = tables_from_source(_named(tables.source), Source(grids, ""))
    result.sha256 = result.content_sha256()
    problems = [*unknown, *check_tables(result, problems)]
    headers = {grid.name: _header(grid) for grid in grids}
    return result, [_placed(problem, headers, labels) for problem in problems]


def _grids(tables: Tables, frames: Mapping[str, pd.DataFrame]) -> tuple[list[Grid], Labels]:
    """Return every sheet as a grid, those with a frame from it, and the labels of the frames' rows."""
    grids, labels = [], {}
    for name, sheet in SHEETS.items():
        if name in frames:
            grid, labels[name] = grid_of_frame(sheet, frames[name])
            grids.append(grid)
        elif name not in tables.missing:
            grids.append(grid_of_rows(tables, sheet))
    return grids, labels


def _named(source: Path) -> Path:
    """Return the source's path with a name that shows that it was changed."""
    return source if source.stem.endswith(CHANGED) else source.with_name(source.stem + CHANGED + source.suffix)


def _header(grid: Grid) -> tuple[int, list[object]]:
    """Return the row, from 1, and the headings of a grid made here: the first line that holds anything."""
    return next((number, line) for number, line in enumerate(grid.rows, 1) if line)


def _placed(problem: Problem, headers: Mapping[str, tuple[int, list[object]]], labels: Labels) -> Problem:
    """Return a problem whose places name rows and columns, for there is no sheet with letters to look at."""

    def words(match: re.Match[str]) -> str:
        sheet, letters, row = match[1], match[2], int(match[3])
        if sheet not in headers:
            return match[0]
        header, headings = headers[sheet]
        at = column_index_from_string(letters) - 1
        column = str(headings[at]) if at < len(headings) else letters
        if row == header:
            return f"{sheet}!column {column}"
        return f"{sheet}!row {labels.get(sheet, {}).get(row, row)}, column {column}"

    place, text = (_CELL.sub(words, part) for part in (problem.place, problem.text))
    return replace(problem, place=place, text=text, also=tuple(_CELL.sub(words, each) for each in problem.also))


def frame_with_cell(tables: Tables, name: str, row: Key, column: str | int, value: object) -> tuple[str, pd.DataFrame]:
    """Return a sheet's name and its DataFrame with one cell changed.

    `row` is a number in the sheet, or the key of the row: an id, or a tuple of the first few key columns (of the first
    columns, where the sheet has no key). A setting that the sheet does not have is added. Raises BadWorkbook for an
    unknown sheet, row or column, with the nearest known one.
    """
    sheet = sheet_named(name)
    frame = frame_of(tables, sheet)
    heading = _column_named(tables, sheet, column)
    if sheet.name == "Settings" and isinstance(row, str) and row not in set(frame["setting"]):
        frame.loc[max(frame.index, default=1) + 1, "setting"] = row
        number = int(frame.index[-1])
    else:
        number = _row_number(tables, sheet, row)
    yes_no = any(c.name == heading and c.kind == "yes_no" for c in sheet.columns)
    changed = frame[heading].astype(object) if heading in frame else pd.Series(None, frame.index, dtype=object)
    changed[number] = cell_value(value, yes_no)
    frame[heading] = changed
    return sheet.name, frame


def _column_named(tables: Tables, sheet: Sheet, column: str | int) -> str | int:
    """Return a column that the sheet has or may have; a year as an integer."""
    name = str(column)
    if sheet.years and YEAR.fullmatch(name):
        return int(name)
    known = dict.fromkeys([*(c.name for c in sheet.columns), *columns_of(tables, sheet), "source", "note"])
    if name not in known:
        raise _unknown(sheet, f"column {name!r}", name, list(known))
    return name


def _row_number(tables: Tables, sheet: Sheet, row: Key) -> int:
    """Return the number of the row that a number or a key stands for."""
    rows = rows_of(tables, sheet)
    if isinstance(row, int):
        if row not in {r.number for r in rows}:
            span = f"; its rows are {rows[0].number} to {rows[-1].number}" if rows else "; it has no rows"
            raise BadWorkbook([Problem(sheet.name, f"there is no row {row}{span}", code="row")])
        return row
    key = tuple(map(str, row)) if isinstance(row, tuple) else (str(row),)
    columns = (sheet.key or tuple(c.name for c in sheet.columns))[: len(key)]
    keys = {r.number: tuple(r.text(c) for c in columns) for r in rows}
    found = [number for number, each in keys.items() if each == key]
    if not found:
        raise _unknown(sheet, f"row with {', '.join(columns)} {', '.join(key)!r}", ", ".join(key), _joined(keys))
    if len(found) > 1:
        text = f"rows {', '.join(map(str, found[:5]))} have {', '.join(columns)} {', '.join(key)!r}; give a row number"
        raise BadWorkbook([Problem(sheet.name, text, code="row")])
    return found[0]


def _joined(keys: Mapping[int, tuple[str, ...]]) -> list[str]:
    return [", ".join(key) for key in keys.values()]


def _unknown(sheet: Sheet, what: str, name: str, known: list[str]) -> BadWorkbook:
    return BadWorkbook([Problem(sheet.name, f"there is no {what}{nearest(name, known)}", code="unknown")])

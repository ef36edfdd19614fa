"""Grids of raw cells to typed Tables, by the schema; every problem on the way is collected."""

from __future__ import annotations

from pathlib import Path

from didymium.errors import NOTICE, BadWorkbook, Problem
from didymium.tables import cells, read_counts
from didymium.tables.columns import Sheet
from didymium.tables.csv_folder import read_folder
from didymium.tables.grid import Grid, Source
from didymium.tables.read_counts import Count
from didymium.tables.references import resolve
from didymium.tables.rows import Tables
from didymium.tables.schema import OUR_SHEETS, SHEETS
from didymium.tables.settings import type_settings
from didymium.tables.sheet_names import unknown_sheet
from didymium.tables.sheet_reader import SheetReader
from didymium.tables.versions import version_problems
from didymium.tables.xlsx import read_workbook

_KNOWN = {name.casefold() for name in SHEETS}
_OURS = {name.casefold() for name in OUR_SHEETS}


def read_tables(path: str | Path) -> tuple[Tables, list[Problem]]:
    """Read a workbook or a folder of CSV files.

    Returns the tables and the problems met in single cells, sheets and headers. Raises BadWorkbook only
    when the source as a whole cannot be read.
    """
    path = Path(path)
    return tables_from_source(path, read_source(path))


def read_source(path: Path) -> Source:
    """Return the raw cells of a workbook or a folder of CSV files.

    Raises BadWorkbook where there is nothing that can be read, or where it is a result or of a newer version.
    """
    try:
        there, folder = path.exists(), path.is_dir()
    except OSError as error:
        raise _refused(path, f"cannot be reached: {error.strerror or error}") from error
    if not there:
        raise _refused(path, f"there is no file or folder {str(path)!r}{_neighbour(path)}")
    if not folder and not path.is_file():  # to read from a pipe could wait for ever
        raise _refused(path, "is neither a file nor a folder but a pipe or a device; save the workbook as a file first")
    source = read_folder(path) if folder else read_workbook(path, {name.casefold() for name in SHEETS})
    if is_result(source):
        export = f"`didymium export {path.name} CASE.xlsx` writes the inputs that it was made from"
        raise _refused(path, f"is a result workbook; {export}")
    refused = [p for p in version_problems(path, source.version) if p.is_error]
    if refused:
        raise BadWorkbook(refused)
    source.problems += version_problems(path, source.version)
    return source


def _refused(path: Path, text: str) -> BadWorkbook:
    return BadWorkbook([Problem(path.name or str(path), text, code="file")])


def _neighbour(path: Path) -> str:
    """Return `; did you mean 'x'?` where a file beside it has nearly the same name, else nothing."""
    try:
        return cells.alike(path.name, (each.name for each in path.parent.iterdir()))
    except OSError:
        return ""


def is_result(source: Source) -> bool:
    """Return whether a workbook holds a result, not inputs; some of its sheets have the names of input sheets."""
    names = {grid.name for grid in source.grids}
    return {"Inputs", "Run"} <= names and "Projects" not in names


def tables_from_source(path: Path, source: Source) -> tuple[Tables, list[Problem]]:
    """Return the typed tables of a source, and every problem met in its cells, headers and sheets.

    `path` is what the problems and results name as the source. Unknown sheets are a warning, hidden ones a notice.
    """
    problems = list(source.problems)
    tables = Tables(path, source.sha256, {})
    by_name = _by_name(source.grids, problems)
    elements: list[str] = []
    order = sorted(SHEETS.values(), key=lambda sheet: bool(sheet.elements))  # Elements before what its ids head
    for sheet in order:
        grid = by_name.get(sheet.name.casefold())
        if grid is None:
            tables.missing.add(sheet.name)
            if not sheet.optional:
                problems.append(_missing_sheet(sheet, source))
            continue
        _read_sheet(tables, sheet, grid, elements, problems, source.stale)
        if sheet.name == "Elements":
            elements = [str(r["element"]) for r in tables["Elements"] if r["element"]]
    settings = by_name.get("settings")
    type_settings(tables, settings is not None and settings.textual, problems)
    resolve(tables, problems)
    _set_years_aside(tables)
    return tables, problems


def _read_sheet(
    tables: Tables, sheet: Sheet, grid: Grid, elements: list[str], problems: list[Problem], stale: bool
) -> None:
    """Put the typed rows of one sheet, and the counts of its cells, into the tables."""
    count = tables.counts[sheet.name] = Count()
    reader = SheetReader(sheet, grid, elements, problems, count, stale)
    tables.rows[sheet.name] = reader.rows()
    if not reader.found:
        tables.broken.add(sheet.name)


def _missing_sheet(sheet: Sheet, source: Source) -> Problem:
    """Return the problem of a sheet that must be there and is not, with the one that is probably meant."""
    near = cells.nearest(sheet.name, [g.name for g in source.grids if g.name.strip().casefold() not in _KNOWN])
    return Problem(sheet.name, f"the sheet {sheet.name!r} is missing{near if 'mean' in near else ''}", code="sheet")


def _by_name(grids: list[Grid], problems: list[Problem]) -> dict[str, Grid]:
    """Return the grid of each known sheet by its name in lower case."""
    found: dict[str, Grid] = {}
    known = {name.casefold(): name for name in SHEETS}
    names = {grid.name.strip().casefold() for grid in grids}
    for grid in grids:
        name = grid.name.strip().casefold()
        if name in found:
            problems.append(Problem(grid.name, "there are two sheets of this name; remove one", code="sheet"))
        elif name in known:
            found[name] = grid
            if grid.name != known[name] and not grid.textual:
                problems.append(
                    Problem(known[name], f"the sheet {grid.name!r} is read as {known[name]}", NOTICE, "sheet")
                )
        elif name not in _OURS:
            problems.append(unknown_sheet(grid, {known[n] for n in names if n in known}))
    return found


def _set_years_aside(tables: Tables) -> None:
    """Cells of years outside the plan are read but not used."""
    if not tables.years:
        return
    for name, rows in tables.rows.items():
        count = tables.counts[name]
        for row in rows:
            beyond = sum(value is not None and year not in tables.years for year, value in row.years.items())
            count.cells_used -= beyond
            if beyond:
                count.cells_ignored[read_counts.OUTSIDE] += beyond

"""A folder of CSV files as grids of raw cells, and texts made safe for the spreadsheets that open such files."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from didymium.errors import NOTICE, BadWorkbook, Problem
from didymium.tables.cells import tidy
from didymium.tables.dialect import looks_separated, read_csv
from didymium.tables.grid import Grid, Source
from didymium.tables.numerals import PLAIN_NUMBER
from didymium.tables.schema import SHEETS

LARGEST_FILE = 100 * 2**20  # bytes
_FORMULA_STARTS = tuple("=+-@'")


def read_folder(folder: Path) -> Source:
    """Return every `<sheet>.csv` of a folder as grids, with one SHA-256 over them all.

    Raises BadWorkbook when the folder holds no table or cannot be looked into. A file that is no UTF-8 CSV is a problem
    of its sheet.
    """
    digest = hashlib.sha256()
    known = {name.casefold(): name for name in SHEETS}
    source = Source([], "")
    for path in csv_files(folder):
        grid = Grid(known.get(path.stem.strip().casefold(), path.stem), [], textual=True)
        source.grids.append(grid)
        try:
            raw = _content(path)
            digest.update(path.name.encode() + b"\0" + raw + b"\0")
            _fill(grid, raw, path.name)
        except (OSError, ValueError, csv.Error) as error:
            message = f"{path.name} cannot be read as UTF-8 CSV ({error}); save it as CSV UTF-8"
            grid.problems.append(Problem(grid.name, message, code="file"))
    if not source.grids:
        raise BadWorkbook(
            [Problem(folder.name, "the folder holds no CSV tables (settings.csv, regions.csv, ...)", code="file")]
        )
    source.sha256 = digest.hexdigest()
    return source


def csv_files(folder: Path) -> list[Path]:
    """Return the CSV files of a folder, without hidden ones and those that Excel has open."""
    try:
        files = list(folder.iterdir())
    except OSError as error:
        text = f"cannot be looked into: {error.strerror or error}"
        raise BadWorkbook([Problem(folder.name, text, code="file")]) from error
    return sorted(p for p in files if p.suffix.casefold() == ".csv" and not p.name.startswith((".", "~")))


def _content(path: Path) -> bytes:
    """The bytes of a file. Raises ValueError for what is none, such as a pipe, which may never end."""
    if not path.is_file():
        raise ValueError("it is no file")
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"it is larger than {LARGEST_FILE / 2**20:.0f} MB")
    return path.read_bytes()


def _fill(grid: Grid, raw: bytes, name: str) -> None:
    """Put the cells of a file into its grid; an unusual dialect is a notice."""
    sheet = SHEETS.get(grid.name)
    lines, dialect = read_csv(raw, [c.name for c in sheet.columns] if sheet else [])
    grid.rows = [_without_blank_end([_value(text) for text in line]) for line in lines]
    if dialect.unusual:
        grid.problems.append(Problem(grid.name, f"{name} is read {dialect.unusual}", NOTICE, "dialect"))
    elif sheet and (separator := looks_separated(lines)):
        raise ValueError(
            f"its cells seem to be separated by {separator}, and its headings are not those of {sheet.name}"
        )


def _value(text: str) -> object:
    """Return a text without the spaces around it, but a number with them: ` 12 ` must be reported, not guessed."""
    bare = tidy(text)
    if not isinstance(bare, str):
        return None
    if PLAIN_NUMBER.fullmatch(bare):
        return text
    return bare[1:] if bare.startswith("'") and bare[1:].startswith(_FORMULA_STARTS) else bare


def _without_blank_end(row: list[object]) -> list[object]:
    while row and row[-1] is None:
        row.pop()
    return row


def inert(value: object) -> object:
    """Return what to write for a value.

    A text that a spreadsheet would take for a formula gets an apostrophe, which reading takes off.
    """
    bare = tidy(value)
    if isinstance(bare, str) and bare.startswith(_FORMULA_STARTS) and not PLAIN_NUMBER.fullmatch(bare):
        return f"'{bare}"
    return bare

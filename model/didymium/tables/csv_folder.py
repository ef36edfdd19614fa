"""A folder of CSV files as grids of raw cells."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from didymium.errors import BadWorkbook, Problem
from didymium.tables.cells import PLAIN_NUMBER
from didymium.tables.schema import SHEETS
from didymium.tables.workbook import Grid


def read_grids(folder: Path) -> tuple[list[Grid], str]:
    """Every `<sheet>.csv` of a folder, and one SHA-256 over them all.

    Raises BadWorkbook when the folder holds no table, or a file is not UTF-8 text.
    """
    digest = hashlib.sha256()
    grids = []
    problems = []
    known = {name.casefold(): name for name in SHEETS}
    for path in sorted(folder.glob("*.csv")):
        raw = path.read_bytes()
        digest.update(path.name.encode() + b"\0" + raw + b"\0")
        try:
            lines = list(csv.reader(raw.decode("utf-8-sig").splitlines(keepends=True), strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            problems.append(Problem(path.name, f"cannot be read as UTF-8 CSV: {error}"))
            continue
        rows = [[_value(text) for text in line] for line in lines]
        grids.append(Grid(known.get(path.stem.casefold(), path.stem), rows, textual=True))
    if not grids and not problems:
        problems.append(Problem(folder.name, "the folder holds no CSV tables (settings.csv, regions.csv, ...)"))
    if problems:
        raise BadWorkbook(problems)
    return grids, digest.hexdigest()


def _value(text: str) -> object:
    """Drop the spaces around a text, but not around a number: ` 12 ` must be said, not guessed."""
    bare = text.strip()
    if not bare:
        return None
    return text if PLAIN_NUMBER.fullmatch(bare) else bare

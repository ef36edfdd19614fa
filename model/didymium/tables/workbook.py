"""An .xlsx file as grids of raw cells, behind a guard that refuses what is no healthy workbook."""

from __future__ import annotations

import hashlib
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from didymium.errors import BadWorkbook, Problem
from didymium.tables.cells import ErrorValue, NoStoredValue, tidy

LARGEST_FILE = 200 * 2**20  # bytes, packed
LARGEST_CONTENT = 2**30  # bytes, unpacked
LAST_ROW, LAST_COLUMN = 200_000, 500  # a cell beyond these is a stray one

_KINDS = (
    (b"\xd0\xcf\x11\xe0", "an old .xls file or one with a password; open it in Excel, take the password off and save it as .xlsx"),
    (b"%PDF", "a PDF"),
    (b"<", "an HTML or XML page; open it in Excel and save it as .xlsx"),
)


@dataclass(slots=True)
class Grid:
    """The cells of one sheet. `rows[0]` is row 1. `textual`: the source knows no types (CSV)."""

    name: str
    rows: list[list[object]]
    textual: bool = False


def read_grids(path: Path) -> tuple[list[Grid], str]:
    """Every sheet of a workbook, and the SHA-256 of its bytes.

    Raises BadWorkbook when the file is not an .xlsx that can be read whole.
    """
    _guard(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl's notices on styles and extensions that are not read
            stored = load_workbook(path, data_only=True, keep_links=False)
            typed = load_workbook(path, data_only=False, keep_links=False)
    except Exception as error:  # openpyxl leaks half a dozen exception types on damaged files
        raise _bad(path, f"the file is damaged or only partly copied ({type(error).__name__}: {error})") from error
    return [_grid(stored[s.title], s) for s in typed.worksheets], digest


def _guard(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise _bad(path, f"cannot be opened: {error.strerror}") from error
    if path.name.startswith("~$"):
        raise _bad(path, f"is Excel's lock file; the workbook itself is {path.name[2:]}, open in Excel")
    if not start:
        raise _bad(path, "is empty (0 bytes)")
    for magic, kind in _KINDS:
        if start.startswith(magic):
            raise _bad(path, f"is not an .xlsx workbook but {kind}")
    if not zipfile.is_zipfile(path):
        raise _bad(path, "is not an .xlsx workbook, or is damaged or only partly copied; open it in Excel and save it as .xlsx")
    with zipfile.ZipFile(path) as archive:
        size = sum(info.file_size for info in archive.infolist())
        if path.stat().st_size > LARGEST_FILE or size > LARGEST_CONTENT:
            raise _bad(path, f"unpacks to {size / 2**20:.0f} MB; workbooks up to {LARGEST_CONTENT / 2**20:.0f} MB are read")
        if "xl/workbook.xml" not in archive.namelist():
            raise _bad(path, "is not an .xlsx workbook; open it in Excel or LibreOffice and save it as .xlsx")


def _bad(path: Path, text: str) -> BadWorkbook:
    return BadWorkbook([Problem(path.name, text)])


def _grid(stored: Worksheet, typed: Worksheet) -> Grid:
    """Pair what each cell shows with what it is: errors and formulas never saved are told apart from blanks."""
    if typed.max_row > LAST_ROW or typed.max_column > LAST_COLUMN:
        stray = max((c for row in typed.iter_rows() for c in row if c.value is not None), key=lambda c: c.row + c.column, default=None)
        if stray is not None and (stray.row > LAST_ROW or stray.column > LAST_COLUMN):
            raise BadWorkbook([Problem(f"{typed.title}!{stray.coordinate}", "a stray cell far outside the table; clear it")])
    rows = []
    for shown, meant in zip(stored.iter_rows(), typed.iter_rows(), strict=True):
        rows.append([_value(s, m) for s, m in zip(shown, meant, strict=True)])
    return Grid(typed.title, rows)


def _value(shown: object, meant: object) -> object:
    value = shown.value  # type: ignore[attr-defined]
    if shown.data_type == "e":  # type: ignore[attr-defined]
        return ErrorValue(str(value))
    if value is None and meant.data_type == "f":  # type: ignore[attr-defined]
        return NoStoredValue(str(meant.value))  # type: ignore[attr-defined]
    return tidy(value)

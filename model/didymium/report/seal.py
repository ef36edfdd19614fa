"""A seal on every row that is written, so that a number changed by hand is found and its row named.

The seal of a row is a weighted sum over its cells that feels every one of them alike, however large or small: a change
by a ten-millionth shows, and the last digits that an office program drops do not. It guards against slips, not forgers.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence

from openpyxl.workbook import Workbook

from didymium.office.book import Book

SHEET = "Seal"
NEAR = 1e-8
_FIRST = 3  # 0-based row of the first seal
_GOLDEN = (1 + math.sqrt(5)) / 2


def seal(values: Sequence[object]) -> float:
    """The seal of a row's cells, in order."""
    return sum((1 + (k * _GOLDEN) % 1) * _felt(value) for k, value in enumerate(values, 1))


def _felt(value: object) -> float:
    """A number on a scale on which all relative changes are alike; a text by its checksum; a blank as 0."""
    if value is None or value == "":
        return 0.0
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, (int, float)):
        return math.asinh(float(value) * 1e6)
    return zlib.crc32(str(value).encode()) / 2**32


def write(book: Book) -> None:
    """A hidden sheet with a line for every row of every table: sheet, row, first column, how many columns, seal."""
    page = book.sheet(SHEET, "Seals of the rows of this workbook", "`didymium verify` tells the rows that no longer match")
    page.page.hide()
    for at, (sheet, row, column, values) in enumerate(book.rows_written, _FIRST):
        page.text(at, 0, sheet)
        for k, number in enumerate((row + 1, column + 1, len(values), seal(values)), 1):
            page.number(at, k, number)


def broken(book: Workbook) -> Iterator[tuple[str, int]]:
    """The sheets and rows of a workbook that no longer match their seal, or have none to match.

    Raises KeyError when the workbook has no seals.
    """
    for sheet, row, first, count, stored in book[SHEET].iter_rows(min_row=_FIRST + 1, max_col=5, values_only=True):
        if sheet is None:
            continue
        values: Sequence[object] = ()
        if sheet in book.sheetnames:
            values = next(book[sheet].iter_rows(min_row=int(row), max_row=int(row), min_col=int(first), max_col=int(first + count - 1), values_only=True))
        now = seal(values)
        if not abs(now - float(stored)) <= NEAR * max(1.0, abs(now)):
            yield str(sheet), int(row)

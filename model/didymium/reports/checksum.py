"""The hidden sheet Seal: a sum of checks for every row and every column of every table, so that a cell changed by hand
is found.

A seal is a weighted sum over cells that feels every one of them alike, however large or small: a change by a
    thousand-millionth
shows, and the last digits that an office program drops do not. Where a row's seal and a column's are off by the same
cell, that cell is named, and what stood in it can be worked out. Seals guard against slips, not forgers, who can make
new ones; against these stands what is written again from the tables (report/again.py) and the re-check of every rule.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from didymium.excel.book import Area, Book, Written
from didymium.tables.cells import tidy
from didymium.tables.grid import Grid

SHEET = "Seal"
NEAR = 1e-9  # by which a seal may differ; of one above 100,000 the same share of it
_FIRST = 3  # 0-based row of the first line
_ACROSS = 16  # seals in a line
_GOLDEN = (1 + math.sqrt(5)) / 2
_NUMBER, _TEXT = (
    50.0,
    100.0,
)  # what numbers (of up to 43 either way) and texts (of up to 1) are lifted by, so that a blank differs from both
_STRETCH = 1e6  # numbers below a millionth are felt by their size, those above by their ratio


def weight(k: int) -> float:
    """Of the k-th cell of a row or column, from 0; no two alike, so that cells that change places show."""
    return 1 + ((k + 1) * _GOLDEN) % 1


def felt(value: object) -> float:
    """A number on a scale on which all relative changes are alike; a text by its checksum; a blank as 0."""
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, (int, float)):
        return _NUMBER + math.asinh(float(value) * _STRETCH)
    text = None if value is None else tidy(str(value))
    return 0.0 if text is None else _TEXT + checksum(str(text)) / 2**32


def checksum(text: str) -> int:
    """32 bits that differ where texts do."""
    return zlib.crc32(text.encode("utf-8", "replace"))


def number_felt(size: float) -> float | None:
    """The number that is felt as `size`; None for a text or a blank."""
    if not 1 < size < _TEXT - 1:
        return None
    return float(f"{math.sinh(size - _NUMBER) / _STRETCH:.12g}")


def text_felt(size: float) -> int | None:
    """The checksum of the text that is felt as `size`; None for a number or a blank."""
    return round((size - _TEXT) * 2**32) if size > _TEXT - 1e-6 else None


def cells_checksum(values: Sequence[object]) -> float:
    """The seal of the cells of a row, or of a column, in order."""
    return math.fsum(weight(k) * felt(value) for k, value in enumerate(values))


def near(a: float, b: float) -> bool:
    """Is a seal as it was, but for the digits that programs drop?"""
    return abs(a - b) <= NEAR * max(1.0, abs(b) / 1e5)


@dataclass(slots=True)
class Block:
    """A table as the sheet Seal knows it. `own` are the plan's columns among its `columns`, which are those without
    formulas; `rows` and `sums` the seals of its rows and columns, None where they are not known.

    Header row and first column count from 1.
    """

    sheet: str
    name: str
    top: int
    left: int
    columns: list[str]
    count: int
    own: list[str] = field(default_factory=list)
    rows: list[float] | None = None
    sums: list[float] | None = None


def write(book: Book, areas: Mapping[str, Area], own: Mapping[str, Sequence[str]]) -> None:
    """Write the seals of all that has been written. `areas` says where the plan's tables stand, `own` which columns are
    theirs."""
    page = book.sheet(
        SHEET, "Seals of the tables of this workbook", "`didymium verify` finds the cells that no longer match"
    )
    page.page.hide()
    names = {(a.sheet, a.top, a.left): name for name, a in areas.items()}
    at = _FIRST
    for table in book.written.copy():
        name = names.get((table.sheet, table.top, table.left), "")
        for line in _lines(table, name, own.get(name, ())):
            for k, value in enumerate(line):
                page.cell(at, k, value) if value is not None else None
            at += 1


def _lines(table: Written, name: str, own: Sequence[str]) -> Iterator[list[object]]:
    """What stands on the sheet for one table: a line of what it is, one of its columns, one of the plan's own, then the
    seals."""
    yield ["table", table.sheet, table.top + 1, table.left + 1, len(table.rows), name or None]
    yield ["columns", *table.columns]
    if own:
        yield ["own", *own]
    sums = [cells_checksum([row[k] for row in table.rows]) for k in range(len(table.columns))]
    for kind, checksums in (("sums", sums), ("rows", [cells_checksum(row) for row in table.rows])):
        for k in range(0, len(checksums), _ACROSS):
            yield [kind, *checksums[k : k + _ACROSS]]


def blocks(grid: Grid) -> list[Block]:
    """The tables that the sheet Seal knows. Raises ValueError where it does not read."""
    found: list[Block] = []
    try:
        for line in grid.rows[_FIRST:]:
            kind, *rest = line or [None]
            if kind == "table":
                sheet, top, left, count, name = (*rest, None)[:5]
                found.append(
                    Block(str(sheet), str(name or ""), int(str(top)), int(str(left)), [], int(str(count)), [], [], [])
                )
            elif kind == "columns":
                found[-1].columns = [str(c) for c in rest]
            elif kind == "own":
                found[-1].own = [str(c) for c in rest]
            elif kind in ("rows", "sums"):
                getattr(found[-1], str(kind)).extend(float(str(v)) for v in rest)
            elif kind is not None:
                raise ValueError(f"a line begins with {kind!r}")
    except (IndexError, TypeError) as error:
        raise ValueError(str(error)) from error
    if not found or any(
        len(b.rows or ()) != b.count or len(b.sums or ()) != len(b.columns) or b.top < 1 or b.left < 1 for b in found
    ):
        raise ValueError("lines are missing")
    return found

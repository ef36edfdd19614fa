"""The hidden sheet Seal: a checksum for every row and every column of every table, so that a cell changed by hand is
found.

A checksum is a weighted sum over cells in which every cell counts on the same scale, however large or small its number:
a relative change of 1e-9 shows, and the last digits that an office program drops do not. Where the checksums of a row
and of a column are off by the same cell, that cell is named, and its value as written can be worked out. Checksums
protect against mistakes, not against forgers, who can make new ones; against forgers, the workbook is written again
from its tables (rewrite.py) and every rule is re-checked.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest
from operator import mul

from didymium.excel.book import Area, Book, Written
from didymium.plan.rows import as_number
from didymium.tables.cells import tidy
from didymium.tables.grid import Grid

SHEET = "Seal"
NEAR = 1e-9  # difference allowed between two checksums; above 100,000 a relative one
_FIRST = 3  # 0-based row of the first line
_ACROSS = 16  # checksums in a line
_GOLDEN = (1 + math.sqrt(5)) / 2
# Added to numbers (which come to at most 43 either way) and to texts (at most 1), so that a blank differs from both.
_NUMBER, _TEXT = 50.0, 100.0
_STRETCH = 1e6  # numbers below 1e-6 count by their size, those above by their ratio


def weight(k: int) -> float:
    """Return the weight of the k-th cell of a row or column, from 0; all differ, so that exchanged cells show."""
    return 1 + ((k + 1) * _GOLDEN) % 1


def cell_size(value: object) -> float:
    """Return how much a cell counts in a checksum: a number on a scale on which equal relative changes are equal, a
    text by its own checksum, a blank as 0."""
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, (int, float)):
        return _NUMBER + math.asinh(float(value) * _STRETCH)
    return 0.0 if value is None else _text_size(str(value))


@lru_cache(maxsize=100_000)
def _text_size(written: str) -> float:
    """How much a text counts: the same few stand in many cells."""
    text = tidy(written)
    return 0.0 if text is None else _TEXT + checksum(str(text)) / 2**32


def checksum(text: str) -> int:
    """Return a checksum of 32 bits of a text."""
    return zlib.crc32(text.encode("utf-8", "replace"))


def number_of_size(size: float) -> float | None:
    """Return the number that counts as `size` in a checksum; None for a text or a blank."""
    if not 1 < size < _TEXT - 1:
        return None
    return float(f"{math.sinh(size - _NUMBER) / _STRETCH:.12g}")


def text_of_size(size: float) -> int | None:
    """Return the checksum of the text that counts as `size`; None for a number or a blank."""
    return round((size - _TEXT) * 2**32) if size > _TEXT - 1e-6 else None


def cells_checksum(values: Sequence[object]) -> float:
    """Return the checksum of the cells of a row, or of a column, in order."""
    return _weighted(_sizes(values), _weights(len(values)))


def _sizes(values: Iterable[object]) -> list[float]:
    """How much each cell counts: nearly all hold a number or a text."""
    return [
        _NUMBER + math.asinh(value * _STRETCH)
        if type(value) is float
        else _text_size(value)
        if type(value) is str
        else cell_size(value)
        for value in values
    ]


def _weights(count: int) -> list[float]:
    return [weight(k) for k in range(count)]


def _weighted(sizes: Iterable[float], weights: Iterable[float]) -> float:
    return math.fsum(map(mul, weights, sizes))


def near(a: float, b: float) -> bool:
    """Return whether two checksums agree apart from the digits that programs drop."""
    return abs(a - b) <= NEAR * max(1.0, abs(b) / 1e5)


@dataclass(slots=True)
class Block:
    """A table as the sheet Seal records it: `columns` are those without formulas, `own` those of them that the plan
    has, `rows` and `sums` the checksums of its rows and columns, None where they are not known.

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
    """Write the checksums of every table written so far. `areas` are the positions of the plan's tables, `own` their
    columns."""
    page = book.sheet(
        SHEET, "Checksums of the tables of this workbook", "`didymium verify` finds the cells that no longer match"
    )
    page.page.hide()
    names = {(a.sheet, a.top, a.left): name for name, a in areas.items()}
    lines: list[list[object]] = []
    for table in book.written:
        name = names.get((table.sheet, table.top, table.left), "")
        lines += _lines(table, name, own.get(name, ()))
    for k, column in enumerate(zip_longest(*lines)):
        page.cells(_FIRST, k, column)


def _lines(table: Written, name: str, own: Sequence[str]) -> Iterator[list[object]]:
    """The lines of the sheet for one table: its name and position, its columns, those of the plan, then the
    checksums."""
    yield ["table", table.sheet, table.top + 1, table.left + 1, table.rows, name or None]
    yield ["columns", *table.cells]
    if own:
        yield ["own", *own]
    sizes = [_sizes(column) for column in table.cells.values()]
    across, down = _weights(len(sizes)), _weights(table.rows)
    sums, rows = (
        [_weighted(column, down) for column in sizes],
        [_weighted(row, across) for row in zip(*sizes, strict=True)],
    )
    for kind, checksums in (("sums", sums), ("rows", rows)):
        for k in range(0, len(checksums), _ACROSS):
            yield [kind, *checksums[k : k + _ACROSS]]


def blocks(grid: Grid) -> list[Block]:
    """Return the tables that the sheet Seal records. Raises ValueError where the sheet cannot be read."""
    found: list[Block] = []
    try:
        for line in grid.rows[_FIRST:]:
            kind, *rest = line or [None]
            if kind == "table":
                found.append(_block(rest))
            elif kind == "columns":
                found[-1].columns = [str(c) for c in rest]
            elif kind == "own":
                found[-1].own = [str(c) for c in rest]
            elif kind in ("rows", "sums"):
                getattr(found[-1], str(kind)).extend(as_number(v) for v in rest)
            elif kind is not None:
                raise ValueError(f"a line begins with {kind!r}")
    except (IndexError, TypeError) as error:
        raise ValueError(str(error)) from error
    if not found or not all(_is_complete(block) for block in found):
        raise ValueError("lines are missing")
    return found


def _block(line: Sequence[object]) -> Block:
    """A table from the line that names it; its columns and checksums follow on other lines."""
    sheet, top, left, count, name = (*line, None)[:5]
    top, left, count = (int(as_number(v)) for v in (top, left, count))
    return Block(str(sheet), str(name or ""), top, left, [], count, [], [], [])


def _is_complete(block: Block) -> bool:
    sizes = len(block.rows or ()), len(block.sums or ())
    return sizes == (block.count, len(block.columns)) and block.top > 0 and block.left > 0

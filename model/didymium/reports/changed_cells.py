"""The cells of a result that no longer match their checksums, and their values as written where these can be worked
out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from didymium.reports.checksum import (
    Block,
    cell_size,
    cells_checksum,
    checksum,
    near,
    number_of_size,
    text_of_size,
    weight,
)
from didymium.tables.grid import Grid

MAX_PAIRS = 250_000  # pairs of a row and a column that are examined in one table; beyond, only rows are named
SLACK = 16  # units by which the checksum of a text may be off: the checksum of a long column has few digits left


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A cell that was changed since it was written; row and column count from 1 (column 0: somewhere in the row).
    `known`: the value as written is known, and is `value`."""

    sheet: str
    row: int
    column: int
    known: bool
    value: object = None


Grids = Mapping[str, Grid]


def cell(grid: Grid | None, row: int, column: int) -> object:
    """Return the value of a cell, row and column counted from 1; None where it is blank."""
    if grid is None or row < 1 or column < 1 or row > len(grid.rows) or column > len(grid.rows[row - 1]):
        return None
    return grid.rows[row - 1][column - 1]


def set_cell(grid: Grid, row: int, column: int, value: object) -> None:
    """Set the value of a cell, row and column counted from 1."""
    grid.rows.extend([] for _ in range(row - len(grid.rows)))
    line = grid.rows[row - 1]
    line.extend([None] * (column - len(line)))
    line[column - 1] = value


def body_cells(grid: Grid | None, block: Block) -> list[list[object]]:
    """Return the cells of a table as found, row by row."""
    return [
        [cell(grid, block.top + 1 + i, block.left + k) for k in range(len(block.columns))] for i in range(block.count)
    ]


class Texts:
    """All texts of a workbook, to look one up by its checksum."""

    def __init__(self, grids: Grids) -> None:
        self.grids = grids
        self._by_checksum: dict[int, str] | None = None

    def of(self, size: float) -> str | None:
        """Return the text whose cell value counts as `size` in a checksum, if the workbook contains it."""
        wanted = text_of_size(size)
        if wanted is None:
            return None
        if self._by_checksum is None:
            self._by_checksum = {
                checksum(v): v for g in self.grids.values() for row in g.rows for v in row if isinstance(v, str)
            }
        around = (wanted + side * step for step in range(SLACK) for side in (1, -1))
        return next((self._by_checksum[k] for k in around if k in self._by_checksum), None)


def changed_cells(grids: Grids, blocks: Sequence[Block]) -> list[ChangedCell]:
    """Return every cell that differs from what was written, as far as the checksums show it."""
    texts = Texts(grids)
    return [
        change
        for block in blocks
        if block.rows is not None and block.sheet in grids
        for change in _fixes(grids[block.sheet], block, texts)
    ]


def _fixes(grid: Grid, block: Block, texts: Texts) -> Iterator[ChangedCell]:
    values = body_cells(grid, block)
    wrong_rows, wrong_columns = _off(values, block)
    if not wrong_rows or not wrong_columns:
        return  # the checksums themselves were changed, which is reported at their own cells
    if len(wrong_rows) * len(wrong_columns) > MAX_PAIRS:
        yield from (ChangedCell(block.sheet, block.top + 1 + i, 0, False) for i in wrong_rows)
        return
    found = _single(wrong_rows, wrong_columns)
    found |= _line(wrong_rows, wrong_columns)
    for (i, k), delta in sorted(found.items()):
        yield _fix(block, i, k, cell_size(values[i][k]) + delta, texts)
    for i in sorted(wrong_rows):  # rows that no single cell explains
        yield ChangedCell(block.sheet, block.top + 1 + i, 0, False)


def _off(values: list[list[object]], block: Block) -> tuple[dict[int, float], dict[int, float]]:
    """By how much the checksums of rows and of columns are off."""
    rows = {
        i: was - now
        for i, (was, row) in enumerate(zip(block.rows or (), values, strict=True))
        if not near(now := cells_checksum(row), was)
    }
    columns = enumerate(zip(block.sums or (), zip(*values, strict=True), strict=True)) if values else ()
    return rows, {k: was - now for k, (was, column) in columns if not near(now := cells_checksum(column), was)}


def _single(rows: dict[int, float], columns: dict[int, float]) -> dict[tuple[int, int], float]:
    """Cells that alone explain the difference of a row and of a column, removed one after the other: (row, column) ->
    change."""
    found: dict[tuple[int, int], float] = {}
    pairs = [(i, k) for i in rows for k in columns]
    progress = True
    while progress:
        progress = False
        for i, k in pairs:
            if i in rows and k in columns and abs(rows[i] / weight(k) - columns[k] / weight(i)) < 1e-7:
                found[i, k] = rows.pop(i) / weight(k)
                columns.pop(k)
                progress = True
    return found


def _line(rows: dict[int, float], columns: dict[int, float]) -> dict[tuple[int, int], float]:
    """Several changes in one row, or in one column: (row, column) -> change."""
    found: dict[tuple[int, int], float] = {}
    if len(rows) == 1 and columns:
        (i,) = rows
        found = {(i, k): off / weight(i) for k, off in columns.items()}
    elif len(columns) == 1 and rows:
        (k,) = columns
        found = {(i, k): off / weight(k) for i, off in rows.items()}
    if found:
        rows.clear()
        columns.clear()
    return found


def _fix(block: Block, i: int, k: int, size: float, texts: Texts) -> ChangedCell:
    """The value of a cell as written, from how much it counted in the checksum."""
    number = number_of_size(size)
    value = number if number is not None else texts.of(size)
    known = value is not None or abs(size) < 1e-6
    return ChangedCell(block.sheet, block.top + 1 + i, block.left + k, known, value)

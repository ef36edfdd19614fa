"""Cells that no longer match their seals: which they are, and what stood in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from didymium.reports.checksum import Block, cells_checksum, checksum, felt, near, number_felt, text_felt, weight
from didymium.tables.grid import Grid

MOST = 250_000  # pairs of a row and a column that are looked at in one table; beyond, the rows are named alone
SLACK = 16  # units by which a text's checksum may be off: a long column's seal has so few digits left


@dataclass(frozen=True, slots=True)
class Fix:
    """A cell that was changed since it was written; row and column from 1 (column 0: somewhere in the row). `known`:
    what stood there is known, and is `value`."""

    sheet: str
    row: int
    column: int
    known: bool
    value: object = None


Grids = Mapping[str, Grid]


def cell(grid: Grid | None, row: int, column: int) -> object:
    """What stands in a cell, counted from 1; None where nothing does."""
    if grid is None or row < 1 or column < 1 or row > len(grid.rows) or column > len(grid.rows[row - 1]):
        return None
    return grid.rows[row - 1][column - 1]


def put(grid: Grid, row: int, column: int, value: object) -> None:
    """Write a cell, counted from 1."""
    grid.rows.extend([] for _ in range(row - len(grid.rows)))
    line = grid.rows[row - 1]
    line.extend([None] * (column - len(line)))
    line[column - 1] = value


def body(grid: Grid | None, block: Block) -> list[list[object]]:
    """The cells of a table as they stand."""
    return [
        [cell(grid, block.top + 1 + i, block.left + k) for k in range(len(block.columns))] for i in range(block.count)
    ]


class Texts:
    """Every text of a workbook, to be found by its checksum."""

    def __init__(self, grids: Grids) -> None:
        self.grids = grids
        self._by_checksum: dict[int, str] | None = None

    def of(self, size: float) -> str | None:
        """The text that is felt as `size`, if it stands anywhere."""
        wanted = text_felt(size)
        if wanted is None:
            return None
        if self._by_checksum is None:
            self._by_checksum = {
                checksum(v): v for g in self.grids.values() for row in g.rows for v in row if isinstance(v, str)
            }
        around = (wanted + side * step for step in range(SLACK) for side in (1, -1))
        return next((self._by_checksum[k] for k in around if k in self._by_checksum), None)


def fixes(grids: Grids, blocks: Sequence[Block]) -> list[Fix]:
    """Every cell that differs from what was written, as far as seals tell."""
    texts = Texts(grids)
    return [
        fix
        for block in blocks
        if block.rows is not None and block.sheet in grids
        for fix in _fixes(grids[block.sheet], block, texts)
    ]


def _fixes(grid: Grid, block: Block, texts: Texts) -> Iterator[Fix]:
    values = body(grid, block)
    wrong_rows, wrong_columns = _off(values, block)
    if not wrong_rows or not wrong_columns:
        return  # the seals themselves were changed, which is told where they stand
    if len(wrong_rows) * len(wrong_columns) > MOST:
        yield from (Fix(block.sheet, block.top + 1 + i, 0, False) for i in wrong_rows)
        return
    found = _single(wrong_rows, wrong_columns)
    found |= _line(wrong_rows, wrong_columns)
    for (i, k), delta in sorted(found.items()):
        yield _fix(block, i, k, felt(values[i][k]) + delta, texts)
    for i in sorted(wrong_rows):  # those that no cell alone explains
        yield Fix(block.sheet, block.top + 1 + i, 0, False)


def _off(values: list[list[object]], block: Block) -> tuple[dict[int, float], dict[int, float]]:
    """By how much the seals of rows and of columns are off."""
    rows = {
        i: was - now
        for i, (was, row) in enumerate(zip(block.rows or (), values, strict=True))
        if not near(now := cells_checksum(row), was)
    }
    columns = enumerate(zip(block.sums or (), zip(*values, strict=True), strict=True)) if values else ()
    return rows, {k: was - now for k, (was, column) in columns if not near(now := cells_checksum(column), was)}


def _single(rows: dict[int, float], columns: dict[int, float]) -> dict[tuple[int, int], float]:
    """Cells that alone explain what is left of a row and of a column, taken away one after the other: (row, column) ->
    change."""
    found: dict[tuple[int, int], float] = {}
    pairs = [(i, k) for i in rows for k in columns]
    again = True
    while again:
        again = False
        for i, k in pairs:
            if i in rows and k in columns and abs(rows[i] / weight(k) - columns[k] / weight(i)) < 1e-7:
                found[i, k] = rows.pop(i) / weight(k)
                columns.pop(k)
                again = True
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


def _fix(block: Block, i: int, k: int, size: float, texts: Texts) -> Fix:
    """What stood in a cell, from how it was felt."""
    number = number_felt(size)
    value = number if number is not None else texts.of(size)
    known = value is not None or abs(size) < 1e-6
    return Fix(block.sheet, block.top + 1 + i, block.left + k, known, value)

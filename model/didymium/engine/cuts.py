"""Rows that every plan keeps and fractions of a plant break, for the search with integers (docs/reductions.md).

Where capacity far exceeds what one customer can take, the relaxation builds a tenth of a plant to serve him. If goods
x can only be there when one of the modules y is, and the rules let x be at most u, then x <= u x sum of y.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from didymium.engine.matrix import Floats, Matrix
from didymium.engine.sparse import coo_matrix, csc_matrix, csr_matrix, vstack

PASSES = 4  # over the rows: from modules to what a plant runs, to what it makes, to where that is shipped
MAX_MODULES = 15  # modules that goods may need one of (the years of a plant): with more, a cut says little
FAR = 0.9  # of what the modules could make: goods that may be nearly as much gain nothing by a cut
MIN_AMOUNT = 1e-6  # t/year: goods that can only be less than that are no matter of a cut
OUTWARD = 1 + 1e-9  # what the rules allow is rounded so that no plan is cut off

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row as: sum of a x (x >= 0) <= side + sum of b z, over the columns `left` (x) and `right` (z)."""

    left: Integers
    share: Floats  # 1 / a
    right: Integers
    amount: Floats  # b
    side: float


def with_cuts(matrix: Matrix) -> Matrix:
    """Return the same program with the cuts as further rows: the same plans, and fewer points between them."""
    rows = _rows(matrix)
    upper = _upper(matrix, rows)
    column, modules, capacity = _needed(matrix, rows)
    kept = [k for k, j in enumerate(column) if MIN_AMOUNT < upper[j] < FAR * capacity[k]]
    if not kept:
        return matrix
    entries = [(r, column[k], 1.0) for r, k in enumerate(kept)]
    entries += [(r, y, -OUTWARD * upper[column[k]]) for r, k in enumerate(kept) for y in modules[k]]
    at, of, value = zip(*entries, strict=True)
    cuts = coo_matrix((value, (at, of)), shape=(len(kept), len(matrix.cost)))
    return replace(
        matrix,
        a=csc_matrix(vstack([matrix.a, cuts])),
        low=np.concatenate([matrix.low, np.full(len(kept), -np.inf)]),
        high=np.concatenate([matrix.high, np.zeros(len(kept))]),
        rows=[*matrix.rows, *[("cut", (column[k],)) for k in kept]],
    )


def _rows(matrix: Matrix) -> list[_Row]:
    """Every row in the form of `_Row`, an equation twice; none where something on its left may be below 0."""
    a = csr_matrix(matrix.a)
    found = []
    for sign, side in ((1.0, matrix.high), (-1.0, -matrix.low)):
        for i in np.flatnonzero(np.isfinite(side)).tolist():
            columns, values = a.indices[a.indptr[i] : a.indptr[i + 1]], sign * a.data[a.indptr[i] : a.indptr[i + 1]]
            above = values > 0
            if above.any() and (matrix.lower[columns] >= 0).all():
                left, right = columns[above].astype(np.int64), columns[~above].astype(np.int64)
                found.append(_Row(left, 1 / values[above], right, -values[~above], float(side[i])))
    return found


def _upper(matrix: Matrix, rows: list[_Row]) -> Floats:
    """The most that each column can be, by its own bound and by rows."""
    upper = matrix.upper.copy()
    for _ in range(PASSES):
        before = upper.copy()
        for row in rows:
            given = row.side + float(row.amount @ upper[row.right]) if len(row.right) else row.side
            if given < np.inf:
                upper[row.left] = np.minimum(upper[row.left], max(0.0, given) * row.share)
        if (upper == before).all():
            break
    return upper


def _needed(matrix: Matrix, rows: list[_Row]) -> tuple[list[int], list[tuple[int, ...]], list[float]]:
    """Columns that are 0 unless one of some modules is built: the column, those modules, and what they allow at
    most."""
    needs: dict[int, frozenset[int]] = {k: frozenset([k]) for k in np.flatnonzero(matrix.integer).tolist()}
    capacity = np.where(matrix.integer, matrix.upper, np.inf)
    open_rows = [row for row in rows if row.side <= 0 and len(row.right)]
    for _ in range(PASSES):
        waiting = []
        for row in open_rows:
            right = row.right.tolist()
            if not all(z in needs for z in right):
                waiting.append(row)
                continue
            modules = frozenset[int]().union(*(needs[z] for z in right))
            if len(modules) > MAX_MODULES:
                continue
            allowed = row.side + float(row.amount @ capacity[row.right])
            for x, share in zip(row.left.tolist(), row.share.tolist(), strict=True):
                if x not in needs:
                    needs[x] = modules
                    capacity[x] = allowed * share
        if len(waiting) == len(open_rows):
            break
        open_rows = waiting
    columns = [x for x in needs if not matrix.integer[x]]
    return columns, [tuple(sorted(needs[x])) for x in columns], capacity[columns].tolist()

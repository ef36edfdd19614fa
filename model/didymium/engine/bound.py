"""A bound on the least cost that holds whatever the solver did: from any duals, by weak duality, rounding outward.

For min c.x + offset, low <= A x <= high, lower <= x <= upper, and any y:

    c.x = y.(A x) + d.x,  d = c - A'y
    c.x >= sum over i of min(y[i] low[i], y[i] high[i]) + sum over j of min(d[j] lower[j], d[j] upper[j])

Duals of a solver are nearly feasible, so d may be a shade below 0 where a column has no upper bound; there a bound
that the rows imply is used. Every product and sum is rounded to the side that makes the bound lower.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from didymium.engine.matrix import Floats, Matrix

EPSILON = float(np.finfo(float).eps)
PASSES = 3  # over the rows for bounds that they imply


def safe_bound(matrix: Matrix, row_duals: Floats) -> float | None:
    """Return a proven lower bound on the least cost, M USD, with or without integers; None if these duals prove none.

    Poor duals give a poor bound, never a wrong one.
    """
    lower, upper = _implied(matrix, csr_matrix(matrix.a))
    y = np.where(np.isfinite(row_duals), row_duals, 0.0)
    y = np.where((y > 0) & np.isinf(matrix.low), 0.0, np.where((y < 0) & np.isinf(matrix.high), 0.0, y))
    below, _ = _reduced_costs(matrix, y)
    y = y / (1.0 + _excess(matrix.cost, below, np.isinf(upper)))
    below, above = _reduced_costs(matrix, y)
    of_rows = np.where(y > 0, y * np.where(y > 0, matrix.low, 0.0), y * np.where(y < 0, matrix.high, 0.0))
    with np.errstate(invalid="ignore"):
        products = [np.where(side == 0, 0.0, side * bound) for side in (below, above) for bound in (lower, upper)]
    terms = np.concatenate([of_rows, np.min(products, axis=0)])
    if not np.isfinite(terms).all():
        return None
    slack = 4 * EPSILON * (math.fsum(np.abs(terms).tolist()) + abs(matrix.offset))
    return math.fsum(terms.tolist()) + matrix.offset - slack


def _reduced_costs(matrix: Matrix, y: Floats) -> tuple[Floats, Floats]:
    """The least and the most that every d[j] = c[j] - sum over i of a[i,j] y[i] can be, given rounding."""
    a = matrix.a.tocsc()
    column = np.repeat(np.arange(a.shape[1]), np.diff(a.indptr))
    terms = -a.data * y[a.indices]
    size = len(matrix.cost)
    d = matrix.cost + np.bincount(column, terms, minlength=size)
    absolute = np.abs(matrix.cost) + np.bincount(column, np.abs(terms), minlength=size)
    error = EPSILON * (np.diff(a.indptr) + 3) * absolute
    negative = (matrix.cost < 0) | (np.bincount(column, terms < 0, minlength=size) > 0)
    return np.where(negative, d - error, np.maximum(d - error, 0.0)), d + error  # a sum of no negative term is none


def _excess(cost: Floats, below: Floats, unbounded: NDArray[np.bool_]) -> float:
    """The least k for which d[j] >= 0 with duals y / (1 + k), in every column without upper bound that costs something.

    c - A'y / (1 + k) = (d + k c) / (1 + k): a shade of the duals is given up for the sign of d.
    """
    short = unbounded & (below < 0) & (cost > 0)
    if not short.any():
        return 0.0
    return 2.0 * float((-below[short] / cost[short]).max()) + 1e-14


def _implied(matrix: Matrix, entries: csr_matrix) -> tuple[Floats, Floats]:
    """Bounds of the columns, and where one is infinite the one that a row implies with the others' bounds."""
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    for _ in range(PASSES):
        if np.isfinite(lower).all() and np.isfinite(upper).all():
            break
        _tighten(matrix, entries, lower, upper)
    return lower, upper


def _tighten(matrix: Matrix, entries: csr_matrix, lower: Floats, upper: Floats) -> None:
    """One pass over all rows: where all other columns of a row are bounded on the side that counts, so is this one."""
    rows = np.repeat(np.arange(entries.shape[0]), np.diff(entries.indptr))
    columns, value = entries.indices, entries.data
    for sign in (1.0, -1.0):  # row <= high, then -row <= -low
        side = matrix.high if sign > 0 else -matrix.low
        a = sign * value
        with np.errstate(invalid="ignore"):
            minimum = np.where(a > 0, a * lower[columns], a * upper[columns])
        free = ~np.isfinite(minimum)
        known = np.bincount(rows, np.where(free, 0.0, minimum), minlength=len(side))
        size = np.bincount(rows, np.where(free, 0.0, np.abs(minimum)), minlength=len(side))
        unbounded = np.bincount(rows, free, minlength=len(side))
        usable = np.isfinite(side[rows]) & ((unbounded[rows] == 0) | ((unbounded[rows] == 1) & free))
        others = known[rows] - np.where(free, 0.0, minimum)
        room = side[rows] - others
        room += 1e-9 * (1.0 + np.abs(side[rows], where=usable, out=np.zeros(len(rows))) + size[rows])  # outward
        bound = np.divide(room, a, where=usable, out=np.full(len(rows), np.nan))
        up, down = usable & (a > 0), usable & (a < 0)
        high, low = np.full(len(upper), np.inf), np.full(len(lower), -np.inf)
        np.minimum.at(high, columns[up], bound[up])
        np.maximum.at(low, columns[down], bound[down])
        upper[:] = np.where(np.isinf(upper), high, upper)
        lower[:] = np.where(np.isinf(lower), low, lower)

"""A bound on the least cost that holds whatever the solver did: from any duals, by weak duality, rounding outward.

For min c.x + offset, low <= A x <= high, lower <= x <= upper, and any y:

    c.x = y.(A x) + d.x,  d = c - A'y
    c.x >= sum over i of min(y[i] low[i], y[i] high[i]) + sum over j of min(d[j] lower[j], d[j] upper[j])

Duals of a solver are nearly feasible, so d may be a shade below 0 where a column has no upper bound; there a bound
that the rows imply is used. Every product and sum is rounded to the side that makes the bound lower. The duals have
the digits with which a result keeps them, so that `recheck.bound` proves the same from those, exactly.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from didymium.engine.matrix import Floats, Matrix
from didymium.engine.sparse import csr_matrix
from didymium.results.proof import BITS, as_kept
from didymium.rules.risk import TAIL_VARIABLES

EPSILON = float(np.finfo(float).eps)
TINY = 1e-200  # of smaller duals the products would lose digits
PASSES = 3  # over the rows for bounds that they imply
ROUNDED = 2.0 ** (BITS - 52)  # by how much of itself a dual that a result keeps is smaller than it was, at most
Flags = NDArray[np.bool_]
Bounds = tuple[Floats, Floats]
"""The least and the most of each column."""


def safe_bound(matrix: Matrix, row_duals: Floats, implied: Bounds | None = None) -> float | None:
    """Return a proven lower bound on the least cost, M USD, with or without integers; None if these duals prove none.

    Poor duals give a poor bound, never a wrong one. `implied`: as in `as_proven`.
    """
    proven = as_proven(matrix, row_duals, implied)
    return None if proven is None else proven[0]


def in_row_order(matrix: Matrix, duals: Floats) -> Floats:
    """Return duals that a result keeps, in the order of the rows of the model."""
    found = np.zeros(len(duals))
    found[row_order(matrix)[1]] = duals
    return found


def model_checksum(matrix: Matrix, names: list[str] | None = None) -> str:
    """Return a checksum of the names of a model's rows (`names`, in order, where known) and columns, and of how many
    entries they have."""
    rows = row_order(matrix)[0] if names is None else names
    columns = sorted(f"{component}{index}" for component, index in matrix.columns)
    text = "\n".join([*rows, *columns, str(matrix.a.nnz)])
    return hashlib.sha256(text.encode()).hexdigest()


def row_order(matrix: Matrix) -> tuple[list[str], NDArray[np.int64]]:
    """Return the names of the rows in order, and where each stands in the model."""
    names = [f"{rule}{index}" for rule, index in matrix.rows]
    order = sorted(range(len(names)), key=names.__getitem__)
    return [names[k] for k in order], np.array(order, dtype=np.int64)


def as_proven(matrix: Matrix, row_duals: Floats, implied: Bounds | None = None) -> tuple[float, Floats] | None:
    """Return the same bound, and the duals that prove it as a result keeps them, in the order of the model's rows.

    `implied`: the `implied_bounds` of a model of which this one is a case, where they are known.
    """
    y = np.where(np.isfinite(row_duals) & (np.abs(row_duals) > TINY), row_duals, 0.0)
    y = np.where((y > 0) & np.isinf(matrix.low), 0.0, np.where((y < 0) & np.isinf(matrix.high), 0.0, y))
    plain, of_tail, error = without_tail(matrix, as_kept(y))
    y = np.where(of_tail, 0.0, y)
    lower, upper = _tighter(plain, implied_bounds(matrix) if implied is None else implied)
    kept, unbounded = as_kept(y), np.isinf(upper)
    below, above = _reduced_costs(plain, kept, error)
    if (priced := np.flatnonzero(unbounded & (below < 0) & (error == 0))).size:
        touched = np.unique(plain.a.tocsc()[:, priced].indices)
        kept[touched] = y[touched]  # all digits: a price that a column without bound must pay in full
        below, above = _reduced_costs(plain, kept, error)
        below[priced] = _exact_reduced_costs(plain, kept, priced)
    if _excess(plain.cost, below, unbounded):
        short, _ = _reduced_costs(plain, y, error + ROUNDED * _size(plain, y))
        kept = as_kept(y / (1.0 + _excess(plain.cost, short, unbounded)))
        below, above = _reduced_costs(plain, kept, error)
    of_rows = np.where(
        kept > 0, kept * np.where(kept > 0, matrix.low, 0.0), kept * np.where(kept < 0, matrix.high, 0.0)
    )
    with np.errstate(invalid="ignore"):
        products = [np.where(side == 0, 0.0, side * bound) for side in (below, above) for bound in (lower, upper)]
    terms = np.concatenate([of_rows, np.min(products, axis=0)])
    if not np.isfinite(terms).all():
        return None
    slack = 4 * EPSILON * (math.fsum(np.abs(terms).tolist()) + (1 + of_tail.sum()) * abs(plain.offset))
    return float(math.fsum(terms.tolist()) + plain.offset - slack), np.where(of_tail, as_kept(row_duals), kept)


def without_tail(matrix: Matrix, y: Floats) -> tuple[Matrix, Flags, Floats]:
    """Return the model whose cost is an expectation in which scenarios weigh as the duals of the tail say; which rows
    made up the tail; by how much rounding may have changed each cost.

    The tail's terms are the most over weights t with 0 <= t[s] <= risk weight x probability[s] / tail, summing to
    the risk weight, of the sum over s of t[s] x cost of s. So any such t gives a model that costs no more.
    """
    place = {column: k for k, column in enumerate(matrix.columns)}
    tail = place.get(("value_at_risk", ("tail",)))
    none = np.zeros(len(matrix.rows), dtype=bool), np.zeros(len(matrix.cost))
    if tail is None:
        return matrix, *none
    excess = [k for k, (rule, _) in enumerate(matrix.rows) if rule == "tail_excess"]
    nodes = [k for k, (rule, _) in enumerate(matrix.rows) if rule == "cost_of_node"]
    at = [place["node_cost", matrix.rows[k][1]] for k in nodes]
    limits = matrix.cost[[place["excess", matrix.rows[k][1]] for k in excess]]
    entries = csr_matrix(matrix.a)
    weight = -(entries[excess][:, at].T @ _weights(y[excess], limits, float(matrix.cost[tail])))
    terms = entries[nodes]
    cost, size = matrix.cost + terms.T @ weight, np.abs(matrix.cost) + abs(terms).T @ weight
    of_tail = none[0].copy()
    of_tail[[*excess, *nodes]] = True
    risk = np.array([component in TAIL_VARIABLES for component, _ in matrix.columns])
    plain = replace(matrix, cost=np.where(risk, 0.0, cost), offset=matrix.offset - float(weight @ matrix.low[nodes]))
    return plain, of_tail, np.where(risk, 0.0, EPSILON * (16 + len(excess)) * size)


def _weights(t: Floats, limits: Floats, total: float) -> Floats:
    """The weights t within 0 and their limits, changed no more than needed to sum to `total`, the first ones first."""
    found = np.clip(t, 0.0, limits)
    for k in range(len(found)):
        found[k] = min(max(found[k] + total - math.fsum(found.tolist()), 0.0), limits[k])
    return found


def _size(matrix: Matrix, y: Floats) -> Floats:
    """The sum of the sizes of the terms of every d[j]."""
    size: Floats = np.abs(matrix.cost) + abs(matrix.a).T @ np.abs(y)
    return size


def _reduced_costs(matrix: Matrix, y: Floats, cost_error: Floats) -> tuple[Floats, Floats]:
    """The least and the most that every d[j] = c[j] - sum over i of a[i,j] y[i] can be, given rounding, that of the
    costs included."""
    a = matrix.a.tocsc()
    column = np.repeat(np.arange(a.shape[1]), np.diff(a.indptr))
    terms = -a.data * y[a.indices]
    size = len(matrix.cost)
    d = matrix.cost + np.bincount(column, terms, minlength=size)
    absolute = np.abs(matrix.cost) + np.bincount(column, np.abs(terms), minlength=size)
    error = EPSILON * (np.diff(a.indptr) + 3) * absolute + cost_error
    negative = (matrix.cost < 0) | (cost_error > 0) | (np.bincount(column, terms < 0, minlength=size) > 0)
    return np.where(negative, d - error, np.maximum(d - error, 0.0)), d + error  # a sum of no negative term is none


def _exact_reduced_costs(matrix: Matrix, y: Floats, columns: NDArray[np.int64]) -> list[float]:
    """d[j] of some columns in exact arithmetic, rounded down."""
    entries = matrix.a.tocsc()[:, columns]
    high, low = _products(entries.data, y[entries.indices])
    terms = [[-of_entries[slice(*span)] for of_entries in (high, low)] for span in pairwise(entries.indptr.tolist())]
    return [
        _sum_rounded_down([cost, *above.tolist(), *below.tolist()])
        for cost, (above, below) in zip(matrix.cost[columns].tolist(), terms, strict=True)
    ]


def _products(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Numbers and what rounding took from them, whose sums are exactly a x b: both are split into halves of their
    digits, whose products are exact (Dekker 1971)."""
    products = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    return products, a_low * b_low - (((products - a_high * b_high) - a_low * b_high) - a_high * b_low)


def _halves(x: Floats) -> tuple[Floats, Floats]:
    """Two numbers of at most 26 digits each that sum to x."""
    shifted = 134217729.0 * x  # 2^27 + 1
    high = shifted - (shifted - x)
    return high, x - high


def _sum_rounded_down(terms: list[float]) -> float:
    """The sum of numbers, rounded down: fsum is the number nearest to it."""
    nearest = math.fsum(terms)
    return nearest if math.fsum([*terms, -nearest]) >= 0 else math.nextafter(nearest, -math.inf)


def _excess(cost: Floats, below: Floats, unbounded: NDArray[np.bool_]) -> float:
    """The least k for which d[j] >= 0 with duals y / (1 + k), in every column without upper bound that costs something.

    c - A'y / (1 + k) = (d + k c) / (1 + k): a shade of the duals is given up for the sign of d.
    """
    short = unbounded & (below < 0) & (cost > 0)
    if not short.any():
        return 0.0
    return 2.0 * float((-below[short] / cost[short]).max()) + 1e-14


def implied_bounds(matrix: Matrix) -> Bounds:
    """Return bounds of the columns, and where one is infinite the one that a row implies with the others' bounds. They
    hold in each case of the model too."""
    lower, upper, entries = matrix.lower.copy(), matrix.upper.copy(), csr_matrix(matrix.a)
    for _ in range(PASSES):
        if np.isfinite(lower).all() and np.isfinite(upper).all():
            break
        _tighten(matrix, entries, lower, upper)
    return lower, upper


def _tighter(case: Matrix, of_all: Bounds) -> Bounds:
    """The bounds of a case, and where one is infinite that of the model of which it is a case."""
    lower, upper = (
        np.where(np.isinf(own), known, own) for own, known in zip((case.lower, case.upper), of_all, strict=True)
    )
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

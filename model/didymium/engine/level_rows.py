"""The relaxation with fewer entries: balances level by level instead of up to each level.

A balance says that supply at levels up to l covers use at levels up to l, so a flow at the lowest level stands in the
rows of all levels. With s[l] >= 0, what is left over up to level l, the difference of two of these rows says the same
with the flows of level l alone:

    R[l] x - s[l] = low[l],  so  (R[l] - R[l-1]) x - s[l] + s[l-1] = low[l] - low[l-1]

Row by row this is the model multiplied by a matrix that can be inverted, with a name for what is left over. So points,
reduced costs and infeasibility stay; a dual of the model is y[l] = z[l] - z[l+1], z those of the differences, and the
cost of s[l] is 0, so that y[l] >= 0 (docs/reductions.md). On the default case 133,000 entries become 111,000 and the
relaxation takes a sixth less.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from didymium.engine.matrix import Floats, Matrix
from didymium.engine.sparse import coo_matrix, csc_matrix, hstack, identity

Integers = NDArray[np.int64]
BALANCE = "balance"  # the rule; its index is region, commodity, level, node


@dataclass(frozen=True, slots=True)
class LevelRows:
    """A model with its balances level by level, and the way back: `below` and `above` are rows that follow each other
    in level."""

    matrix: Matrix
    below: Integers
    above: Integers

    def duals(self, z: Floats) -> Floats:
        """Return the duals of the rows of the model from those of the rows level by level; rays likewise."""
        y = z.copy()
        y[self.below] -= z[self.above]
        return y


def level_rows(matrix: Matrix) -> LevelRows:
    """Return the same model with its balances level by level; its first columns are those of the model, in order."""
    below, above = _neighbours(matrix)
    rows, count = matrix.a.shape[0], len(below)
    ones, spare = np.ones(count), np.arange(count)
    taken = identity(rows) - coo_matrix((ones, (above, below)), (rows, rows))
    left = coo_matrix(
        (np.concatenate([-ones, ones]), (np.concatenate([below, above]), np.concatenate([spare, spare]))), (rows, count)
    )
    a = csc_matrix(hstack([csc_matrix(taken @ matrix.a), left]))
    a.eliminate_zeros()
    low, high = matrix.low.copy(), matrix.high.copy()
    low[above] -= matrix.low[below]
    high[above] -= matrix.low[below]
    high[below] = low[below]
    names = [("left_over", matrix.rows[k][1]) for k in below.tolist()]
    sparse = Matrix(
        cost=np.concatenate([matrix.cost, np.zeros(count)]),
        offset=matrix.offset,
        a=a,
        low=low,
        high=high,
        lower=np.concatenate([matrix.lower, np.zeros(count)]),
        upper=np.concatenate([matrix.upper, np.full(count, np.inf)]),
        integer=np.concatenate([matrix.integer, np.zeros(count, dtype=bool)]),
        columns=[*matrix.columns, *names],
        rows=matrix.rows,
    )
    return LevelRows(sparse, below, above)


def _neighbours(matrix: Matrix) -> tuple[Integers, Integers]:
    """Pairs of balances of the same commodity, region and node whose levels follow each other."""
    groups: dict[tuple[object, ...], list[tuple[int, int]]] = defaultdict(list)
    for k, (rule, index) in enumerate(matrix.rows):
        if rule == BALANCE:
            region, commodity, origin_level, node = index
            groups[region, commodity, node].append((int(str(origin_level)), k))
    pairs = [pair for group in groups.values() for pair in pairwise(k for _, k in sorted(group))]
    pairs = [(low, high) for low, high in pairs if np.isfinite(matrix.low[low]) and np.isinf(matrix.high[low])]
    below, above = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return below, above

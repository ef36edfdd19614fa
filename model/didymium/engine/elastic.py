"""Why no plan exists: by how much targets, limits and commitments would have to be relaxed at least, by name.

Each rule that a planner can relax gets a slack; the sum of slacks, each as a share of the rule's own side, is
minimised.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csc_matrix, hstack

from didymium.case.network import Network
from didymium.engine.highs import HighsSolve, Interrupt, Options
from didymium.engine.matrix import Floats, Matrix

# The rules that can be relaxed, and the sentence for a shortfall. A rule that is not listed stays as it is.
SENTENCES = {
    "min_china_free_share": "target {0} in {year}: {x:,.1f} t a year short of what is required",
    "max_region_share": "target {0} in {year}: the region does {x:,.1f} t a year more than its share",
    "max_china_import_share": "target {0} in {year}: {x:,.1f} t a year too much is bought from China",
    "max_supplier_share": "target {0} in {year}: {x:,.1f} t a year too much is bought from the supplier",
    "offtake": "contract {0} in {year}: {x:,.1f} t a year can neither be made nor paid for",
    "limits": "limit {0} in {year}: exceeded by {x:,.1f}",
    "committed": "project {0}: {x:,.1f} of its committed modules cannot be decided",
    "take_or_pay": "project {0} in {year}: {x:,.1f} t a year of its minimum utilisation have nothing to run on",
    "stock_minimum": "stockpile of {1} in {0} in {year}: {x:,.1f} t below its minimum",
    "stock_limit": "stockpile of {1} in {0} in {year}: {x:,.1f} t above its limit",
    "reserve": "project {0}: its minimum utilisation takes {x:,.1f} t more than its reserve",
}
_UNIT = {"limits": "as measured", "committed": "modules"}
TINY = 1e-6


def relaxations(
    matrix: Matrix, net: Network, options: Options, interrupt: Interrupt | None = None
) -> list[dict[str, object]] | None:
    """Return the smallest set of shortfalls with which a plan exists: {rule, name, year, short_by, unit, text} each.

    Empty when the model is feasible after all; None when nothing was found in time. Where integer modules take
    too long, modules may be split: the shortfalls are then a lower bound.
    """
    rows = [k for k, (rule, _) in enumerate(matrix.rows) if rule in SENTENCES]
    elastic = _with_slacks(matrix, rows)
    limit = Options(gap=0.01, time_limit=min(options.time_limit, 120.0), threads=options.threads, seed=options.seed)
    outcome = HighsSolve(elastic, limit).solve(interrupt=interrupt)
    if outcome.x is None:
        outcome = HighsSolve(elastic.relaxed(), limit).solve(interrupt=interrupt)
    if outcome.x is None:
        return None
    slack = outcome.x[len(matrix.cost) :]
    return [_shortfall(net, *matrix.rows[row], float(x)) for row, x in zip(rows, slack, strict=True) if x > TINY]


def _with_slacks(matrix: Matrix, rows: list[int]) -> Matrix:
    """One slack column on each of `rows`, in the direction that relaxes it; only slacks cost."""
    sign = np.where(np.isfinite(matrix.low[rows]), 1.0, -1.0)
    slacks = csc_matrix((sign, (rows, range(len(rows)))), shape=(len(matrix.rows), len(rows)))
    more = len(rows)
    return replace(
        matrix,
        cost=np.concatenate([np.zeros(len(matrix.cost)), 1 / _size(matrix, rows)]),
        offset=0.0,
        a=csc_matrix(hstack([matrix.a, slacks])),
        lower=np.concatenate([matrix.lower, np.zeros(more)]),
        upper=np.concatenate([matrix.upper, np.full(more, np.inf)]),
        integer=np.concatenate([matrix.integer, np.zeros(more, dtype=bool)]),
        columns=[*matrix.columns, *[("slack", (k,)) for k in rows]],
    )


def _size(matrix: Matrix, rows: list[int]) -> Floats:
    """The side of each row, at least 1: so that a hundredth of a big target weighs like a hundredth of a small
    one."""
    side = np.where(np.isfinite(matrix.low[rows]), matrix.low[rows], matrix.high[rows])
    return np.maximum(1.0, np.abs(side))


def _shortfall(net: Network, rule: str, index: tuple[object, ...], x: float) -> dict[str, object]:
    node = net.tree.nodes.get(str(index[-1]))
    year = None if node is None or rule in ("committed", "reserve") else node.year
    text = SENTENCES[rule].format(*index, year=year, x=x)
    return {
        "rule": rule,
        "name": str(index[0]),
        "year": year,
        "short_by": x,
        "unit": _UNIT.get(rule, "t"),
        "text": text,
    }

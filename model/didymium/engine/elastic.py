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
from didymium.rules import RULES

# The constraints that can be relaxed, as their rules say. One that is not listed stays as it is.
RELAXED = {name: way for rule in RULES for name, way in rule.relaxed.items()}
TINY = 1e-6


def relaxations(
    matrix: Matrix, net: Network, options: Options, interrupt: Interrupt | None = None
) -> list[dict[str, object]] | None:
    """Return the smallest set of shortfalls with which a plan exists: {rule, name, year, short_by, unit, text} each.

    Empty when the model is feasible after all; None when nothing was found in time. Where integer modules take
    too long, modules may be split: the shortfalls are then a lower bound.
    """
    rows = [k for k, (rule, _) in enumerate(matrix.rows) if rule in RELAXED]
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
    sentence, unit = RELAXED[rule]
    node = net.tree.nodes.get(str(index[-1]))
    year = None if node is None or "{year}" not in sentence else node.year  # a rule along a path has no year
    return {
        "rule": rule,
        "name": str(index[0]),
        "year": year,
        "short_by": x,
        "unit": unit,
        "text": sentence.format(*index, year=year, x=x),
    }

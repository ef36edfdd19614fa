"""Exposure labels as clean as the flows allow (MODEL.md section 8).

Clean material may stand in for tainted, so where no target binds the solver's labels are arbitrary. Here builds and
every physical amount (its sum over levels) are held, no target may be missed by more, and the labels are chosen anew.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from scipy.sparse import csc_matrix, vstack

from didymium.engine.highs import Options, Run
from didymium.engine.matrix import Floats, Matrix

# Where the level stands in the index of each labelled decision.
LEVEL_AT = {"run": 2, "ship": 3, "sell": 2, "stock": 2, "serve": 1}


def clean_labels(matrix: Matrix, x: Floats, options: Options) -> Floats | None:
    """Re-label a plan by an LP that minimises the sum of level x tonnes served.

    Returns a column vector with the same physical amounts, or None if the LP does not end in time.
    """
    groups = _groups(matrix)
    if not groups:
        return x
    free = np.zeros(len(x), dtype=bool)
    free[[column for columns in groups for column in columns]] = True
    free &= matrix.lower < matrix.upper  # what is held keeps its label: others have built on it
    lower, upper = np.where(free, 0.0, x), np.where(free, matrix.upper, x)
    for k, (component, _) in enumerate(matrix.columns):
        if component == "miss":
            lower[k] = 0.0  # a cleaner label may well end a miss; it never makes one
    cost = np.zeros(len(x))
    for k, (component, index) in enumerate(matrix.columns):
        if component == "serve":
            cost[k] = float(str(index[LEVEL_AT[component]]))
    held, amounts = _held_amounts(groups, x)
    relabel = Matrix(
        cost, 0.0, csc_matrix(vstack([matrix.a, held])),
        np.concatenate([_loosened(matrix.low, -1), amounts]), np.concatenate([_loosened(matrix.high, 1), amounts]),
        lower, upper, np.zeros_like(matrix.integer), matrix.columns, [*matrix.rows, *[("held", (k,)) for k in range(len(groups))]],
    )  # fmt: skip
    outcome = Run(relabel, Options(time_limit=options.time_limit, threads=options.threads)).solve()
    if outcome.stopped != "optimal" or outcome.x is None:
        return None
    return outcome.x


def _groups(matrix: Matrix) -> list[list[int]]:
    """The columns that are one physical amount at different levels, where there are two levels or more."""
    found: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for k, (component, index) in enumerate(matrix.columns):
        at = LEVEL_AT.get(component)
        if at is not None:
            found[component, *index[:at], *index[at + 1 :]].append(k)
    return [columns for columns in found.values() if len(columns) > 1]


def _held_amounts(groups: list[list[int]], x: Floats) -> tuple[csc_matrix, Floats]:
    """Rows that hold each amount, summed over its levels, at what it is in x."""
    rows = [row for row, columns in enumerate(groups) for _ in columns]
    columns = [column for group in groups for column in group]
    held = csc_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(groups), len(x)))
    return held, np.array([x[group].sum() for group in groups])


def _loosened(bounds: Floats, sign: int) -> Floats:
    """Row bounds with the room that the solver's own feasibility tolerance has taken."""
    return bounds + sign * 1e-7 * np.maximum(1.0, np.where(np.isfinite(bounds), np.abs(bounds), 0.0))

"""Exposure labels as clean as the flows allow (docs/model.md).

Clean material may stand in for tainted, so where no target binds the solver's labels are arbitrary. Here builds and
every physical amount (its sum over levels) are fixed, no target may fall shorter, and the labels are chosen anew in two
steps: first those of what is served, then, with these fixed, those of all that is run, shipped, stored and sold.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from didymium.engine.highs import HighsSolve, Options
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.sparse import csc_matrix, vstack

# The position of the level in the index of each labelled decision.
LEVEL_AT = {"run": 2, "pool_run": 2, "ship": 3, "sell": 2, "stock": 2, "serve": 1}
SERVED, ON_THE_WAY = ("serve",), ("run", "pool_run", "ship", "sell", "stock")
TOLERANCE = 1e-7  # of the solver: by so much it may break a rule
# Times the tolerance: tried one after the other, for room on a large target becomes labels of next to nothing
ROOMS = (
    0,
    1,
    10,
)


def clean_labels(matrix: Matrix, x: Floats, options: Options) -> Floats | None:
    """Re-label a plan by two LPs: the least sum of level x tonnes served, then of level x tonnes run, shipped, stored
    and sold.

    Returns a column vector with the same physical amounts, or None if they do not end within the time limit together.
    """
    until = time.monotonic() + options.time_limit
    groups = _groups(matrix)
    if not groups:
        return x
    for room in ROOMS:
        relabel = _relabelling(matrix, x, groups, room)
        served = _cheapest(relabel, options, until)
        found = None if served is None else _cheapest(_with_served_fixed(relabel, served, room), options, until)
        if found is not None:
            return found
    return None


def _relabelling(matrix: Matrix, x: Floats, groups: list[list[int]], room: int) -> Matrix:
    """The first LP: labels are free, every amount is what it is in x, rows have `room` times the solver's tolerance."""
    lower, upper = _bounds(matrix, x, groups)
    fixed_rows, amounts = _fixed_amounts(groups, x)
    return Matrix(
        _levels(matrix, SERVED), 0.0, csc_matrix(vstack([matrix.a, fixed_rows])),
        np.concatenate([_loosened(matrix.low, -room), amounts]),
        np.concatenate([_loosened(matrix.high, room), amounts]),
        lower, upper, np.zeros_like(matrix.integer), matrix.columns,
        [*matrix.rows, *[("fixed", (k,)) for k in range(len(groups))]],
    )  # fmt: skip


def _bounds(matrix: Matrix, x: Floats, groups: list[list[int]]) -> tuple[Floats, Floats]:
    """What may change: the labels, but for those fixed before, and target shortfalls, which a cleaner label may end and
    never make."""
    free = np.zeros(len(x), dtype=bool)
    free[[column for columns in groups for column in columns]] = True
    free &= matrix.lower < matrix.upper  # what is fixed keeps its label: other branches rest on it
    lower, upper = np.where(free, 0.0, x), np.where(free, matrix.upper, x)
    lower[_of(matrix, ("target_shortfall",))] = 0.0
    return lower, upper


def _of(matrix: Matrix, components: Iterable[str]) -> NDArray[np.bool_]:
    """Which columns belong to these components?"""
    wanted = set(components)
    return np.array([component in wanted for component, _ in matrix.columns], dtype=bool)


def _levels(matrix: Matrix, components: Iterable[str]) -> Floats:
    """The level of every column of these components; 0 elsewhere."""
    wanted = set(components)
    return np.array([float(str(i[LEVEL_AT[c]])) if c in wanted else 0.0 for c, i in matrix.columns])


def _with_served_fixed(relabel: Matrix, served: Floats, room: int) -> Matrix:
    """The second LP: what is served keeps its sum of level x tonnes, as one more row.

    Its room does not grow with the sum: 1e-7 of 200,000 t would let a small delivery keep a worse label than it needs.
    """
    max_sum = relabel.cost @ served + max(1, room) * TOLERANCE
    return replace(
        relabel,
        cost=_levels(relabel, ON_THE_WAY),
        a=csc_matrix(vstack([relabel.a, csc_matrix(relabel.cost)])),
        low=np.append(_loosened(relabel.low, -room), -np.inf),
        high=np.append(_loosened(relabel.high, room), max_sum),
        rows=[*relabel.rows, ("served", ())],
    )


def _cheapest(relabel: Matrix, options: Options, until: float) -> Floats | None:
    """The least-cost labels, where they are found before a time of time.monotonic; tried once more without presolve,
    which calls some sound LPs infeasible."""
    ways: tuple[dict[str, object], ...] = ({}, {"presolve": "off"})
    for way in ways:
        if (left := until - time.monotonic()) <= 0:
            break
        limit = Options(time_limit=left, threads=options.threads)
        outcome = HighsSolve(relabel, limit, None, **way).solve()
        if outcome.stopped == "optimal" and outcome.x is not None:
            return outcome.x
        if outcome.stopped in ("time_limit", "interrupted"):
            break
    return None


def _groups(matrix: Matrix) -> list[list[int]]:
    """The columns that are one physical amount at different levels, where there are two levels or more."""
    found: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for k, (component, index) in enumerate(matrix.columns):
        at = LEVEL_AT.get(component)
        if at is not None:
            found[component, *index[:at], *index[at + 1 :]].append(k)
    return [columns for columns in found.values() if len(columns) > 1]


def _fixed_amounts(groups: list[list[int]], x: Floats) -> tuple[csc_matrix, Floats]:
    """Rows that fix each amount, summed over its levels, at its value in x."""
    rows = [row for row, columns in enumerate(groups) for _ in columns]
    columns = [column for group in groups for column in group]
    fixed_rows = csc_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(groups), len(x)))
    return fixed_rows, np.array([x[group].sum() for group in groups])


def _loosened(bounds: Floats, times: int) -> Floats:
    """Row bounds with the room of so many times the solver's own feasibility tolerance, upwards (above 0) or
    downwards."""
    return bounds + times * TOLERANCE * np.maximum(1.0, np.where(np.isfinite(bounds), np.abs(bounds), 0.0))

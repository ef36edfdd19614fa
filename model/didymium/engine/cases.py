"""A bound proven case by case: a few cases that leave out no plan, each with duals of its own; the least of their
bounds holds for all.

Cases come from splits: of some number of modules, at most k in the first case, k + 1 or more in the second. Cases and
splits are told in the order of a walk: a split, all of its first case, then all of its second; None is a case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from didymium.engine.bound import as_proven, implied_bounds, in_row_order, model_checksum, row_order, safe_bound
from didymium.engine.matrix import Floats, Matrix
from didymium.results.proof import Proof

Split = tuple[int, int]
"""An integer column, and how many modules there are at most in the first of the two cases."""


@dataclass(frozen=True, slots=True)
class Cases:
    """Splits, None for a case, in the order of the walk; the duals of each case in that order, by row of the model."""

    splits: Sequence[Split | None]
    duals: Sequence[Floats]


def one_case(duals: Floats) -> Cases:
    """Return duals that are meant for all plans, as the only case."""
    return Cases([None], [duals])


def case_bounds(matrix: Matrix, splits: Sequence[Split | None]) -> Iterator[Matrix]:
    """Yield the model of each case: the same with other bounds of its columns."""
    left = [(matrix.lower, matrix.upper)]
    for split in splits:
        lower, upper = left.pop()
        if split is None:
            yield matrix.with_bounds(lower, upper)
            continue
        column, maximum = split
        fewer, more = upper.copy(), lower.copy()
        fewer[column], more[column] = min(fewer[column], maximum), max(more[column], maximum + 1)
        left += [(more, upper), (lower, fewer)]


def bound_of_cases(matrix: Matrix, cases: Cases) -> float | None:
    """Return the bound on the least cost that the cases prove, M USD; None if they prove none."""
    implied, parts = implied_bounds(matrix), case_bounds(matrix, cases.splits)
    bounds = [safe_bound(part, y, implied) for part, y in zip(parts, cases.duals, strict=True)]
    known = [bound for bound in bounds if bound is not None]
    return min(known) if len(known) == len(bounds) else None


def proof_of(matrix: Matrix, cases: Cases) -> Proof | None:
    """Return the same bound with all that proves it, as a result keeps it; None if they prove none."""
    names, order = row_order(matrix)
    implied = implied_bounds(matrix)
    bounds, kept = [], []
    for part, y in zip(case_bounds(matrix, cases.splits), cases.duals, strict=True):
        proven = as_proven(part, y, implied)
        if proven is None:
            return None
        bounds.append(proven[0])
        kept.append(proven[1][order])
    splits = [None if s is None else (_name(matrix, s[0]), s[1]) for s in cases.splits]
    return Proof(min(bounds), kept, model_checksum(matrix, names), splits)


def cases_of(matrix: Matrix, proof: Proof) -> Cases | None:
    """Return the cases that a result keeps, for this model; None where it is of another model."""
    if proof.model != model_checksum(matrix):
        return None
    columns = {_name(matrix, k): k for k in np.flatnonzero(matrix.integer).tolist()}
    splits = [None if s is None else (columns[s[0]], s[1]) for s in proof.splits]
    return Cases(splits, [in_row_order(matrix, y) for y in proof.duals])


def _name(matrix: Matrix, column: int) -> str:
    component, index = matrix.columns[column]
    return f"{component}{index}"

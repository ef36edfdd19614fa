"""The rest of a plan whose earlier decisions were taken elsewhere: what they hand over to the years that follow.

Past decisions reach later years through few rules: modules and their prerequisites, money spent, reserves dug, stocks.
The solver that took them kept its rules to a tolerance of 1e-7, so a reserve may be overdrawn by that much. What is
then left must not be a shade below nothing, and not a shade above it either: HiGHS's presolve calls models infeasible
whose sides lie within its own tolerance.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from didymium.case.network import Network
from didymium.engine.matrix import Floats, Matrix, Values
from didymium.engine.sparse import csc_matrix, csr_matrix

NOTHING = 1e-7  # t or M USD: an amount that is the solver's tolerance, not a decision
ROOM = 5e-7  # t or M USD: five times the solver's tolerance, and half of what the sheet Checks lets a balance be short

Flags = NDArray[np.bool_]


def continuing(matrix: Matrix, net: Network, fixed: Values, until: int) -> Matrix:
    """Return the model with every decision before the year `until` fixed as it was taken elsewhere.

    Modules are fixed at integers. Rules over past decisions alone are left out: they hold as far as the solver
    there made them. Rules that reach further have room where amounts (money, reserves, stocks) are handed over, none
    where only modules are.
    """
    nodes = {n.name for n in net.tree.nodes.values() if n.year < until}
    past = np.array([index[-1] in nodes for _, index in matrix.columns], dtype=bool)
    value = _handed_over(matrix, past, fixed)
    room = handover_room(matrix.a, matrix.integer, np.where(past, value, 0.0))
    over = _only_past(matrix, past)
    return replace(
        matrix,
        lower=np.where(past, value, matrix.lower),
        upper=np.where(past, value, matrix.upper),
        low=np.where(over, -np.inf, matrix.low - room),
        high=np.where(over, np.inf, matrix.high + room),
    )


def _handed_over(matrix: Matrix, past: Flags, fixed: Values) -> Floats:
    """The past columns' values within their bounds: modules integer, amounts without the solver's noise around 0."""
    value = np.zeros(len(past))
    for k in np.flatnonzero(past).tolist():
        component, index = matrix.columns[k]
        value[k] = fixed.get(component, {}).get(index, 0.0)
    return np.minimum(np.maximum(without_noise(matrix, value), matrix.lower), matrix.upper)


def without_noise(matrix: Matrix, value: Floats) -> Floats:
    """Return the values of columns with modules as integers and amounts without the solver's noise around 0."""
    amounts: Floats = np.where(np.abs(value) < NOTHING, 0.0, value)
    return np.where(matrix.integer, np.round(value), amounts)


def handover_room(entries: csr_matrix | csc_matrix, integer: Flags, handed_over: Floats) -> Floats:
    """Return the room of each row, given what every column hands over to it (0: nothing); none in a row that takes over
    modules alone, or nothing."""
    amounts = abs(entries) @ np.where(integer, 0.0, np.abs(handed_over))
    return np.where(amounts > 0, ROOM, 0.0)


def _only_past(matrix: Matrix, past: Flags) -> Flags:
    """Is each row over past decisions alone?"""
    entries = abs(matrix.a)
    over: Flags = (entries @ past.astype(float) > 0) & ~(entries @ (~past).astype(float) > 0)
    return over

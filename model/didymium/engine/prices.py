"""Prices: the duals of the LP that is left when the chosen build-out is fixed (docs/model.md).

Fixing at rounded integers is also a check: a plan that lives on 5e-7 of a plant does not survive it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from didymium.engine.highs import HighsSolve, Interrupt, Options, Outcome
from didymium.engine.matrix import Floats, Matrix

MIN_SECONDS = 5.0  # s that the LP is given at least: without it there are no prices


def fixed_integer_lp(matrix: Matrix, x: Floats) -> Matrix:
    """Return the LP with every integer fixed at its rounded value in x."""
    return fixed_modules_lp(matrix, np.round(x[matrix.integer]))


def fixed_modules_lp(matrix: Matrix, modules: Floats) -> Matrix:
    """Return the LP with the integer columns fixed at these values, which are in the order of these columns."""
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    lower[matrix.integer] = upper[matrix.integer] = modules
    return replace(matrix.relaxed(), lower=lower, upper=upper)


# What is tried when HiGHS does not solve the LP at once: its presolve calls some sound LPs infeasible, its dual simplex
# cycles on some; the last has the tolerance with which HiGHS's own search accepts a plan.
_AGAIN: tuple[dict[str, object], ...] = (
    {"presolve": "off", "solver": "simplex"},
    {"presolve": "off", "solver": "simplex", "simplex_strategy": 4},
    {"presolve": "off", "solver": "simplex", "primal_feasibility_tolerance": 1e-6, "dual_feasibility_tolerance": 1e-6},
)


def price_lp(matrix: Matrix, x: Floats, options: Options, interrupt: Interrupt | None = None) -> Outcome:
    """Solve the LP of a fixed build-out to a vertex: the plan itself, its cost, and the duals.

    An LP that is not solved is tried again in other ways before it is called infeasible: one failure of the solver is
    no proof.
    """
    limit = Options(time_limit=max(options.time_limit, MIN_SECONDS), threads=options.threads, seed=options.seed)
    fixed_lp = fixed_integer_lp(matrix, x)
    outcome = HighsSolve(fixed_lp, limit).solve(interrupt=interrupt)
    for way in _AGAIN:
        if outcome.stopped in ("optimal", "time_limit", "interrupted"):
            break
        outcome = HighsSolve(fixed_lp, limit, None, **way).solve(interrupt=interrupt)
    return outcome

"""Prices: the duals of the LP that is left when the chosen build-out is held (MODEL.md section 8).

Fixing at rounded integers is also a check: a plan that lives on 5e-7 of a plant does not survive it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from didymium.engine.highs import Interrupt, Options, Outcome, Run
from didymium.engine.matrix import Floats, Matrix


def held_build_out(matrix: Matrix, x: Floats) -> Matrix:
    """The LP with every integer fixed at its rounded value in x."""
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    whole = matrix.integer
    lower[whole] = upper[whole] = np.round(x[whole])
    return replace(matrix.relaxed(), lower=lower, upper=upper)


def price_lp(matrix: Matrix, x: Floats, options: Options, interrupt: Interrupt | None = None) -> Outcome:
    """Solve the LP of a held build-out to a vertex: the plan itself, its cost, and the duals."""
    limit = Options(time_limit=max(options.time_limit, 120.0), threads=options.threads, seed=options.seed)
    return Run(held_build_out(matrix, x), limit).solve(interrupt=interrupt)

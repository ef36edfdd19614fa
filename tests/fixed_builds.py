"""The planning model with a plan's investments as bounds: a separate solve of a stress run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from didymium.engine.matrix import Matrix
from didymium.stress_test.fixed_investments import FixedInvestments


def with_fixed_builds(matrix: Matrix, plan: FixedInvestments) -> Matrix:
    """Return the matrix with builds and public money as in the plan, and without the rules on decisions."""
    lower, upper, low, high = (a.copy() for a in (matrix.lower, matrix.upper, matrix.low, matrix.high))
    for k, (component, index) in enumerate(matrix.columns):
        year = int(str(index[-1])[1:5])
        if component == "build":
            lower[k] = upper[k] = plan.built.get((str(index[0]), year), 0)
        elif component == "support":
            lower[k] = upper[k] = plan.money.get((str(index[0]), str(index[1]), year), 0.0)
    decided = {"build_limit", "committed", "prerequisite", "exclusive", "instrument_share", "public_share", "budget"}
    for k, (rule, _) in enumerate(matrix.rows):
        if rule in decided:
            low[k], high[k] = -np.inf, np.inf
    return replace(matrix, lower=lower, upper=upper, low=low, high=high)

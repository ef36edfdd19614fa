"""Plants that a plan builds and never runs: within the gap such a plan is good enough, and nobody would build it."""

from __future__ import annotations

import numpy as np

from didymium.engine.matrix import Floats, Matrix
from didymium.engine.rounding import LegalModules

RUNS = ("run", "throughput")  # decisions of what a plant takes in; their index begins with the plant
NOTHING = 1e-6  # t/year


def without_idle(matrix: Matrix, legal: LegalModules, x: Floats) -> Floats | None:
    """Return the modules of a plan without those of plants that run in no node, as far as the rules over modules alone
    allow; None where there are none to leave out. Whether the plan then costs less is for a solve to say."""
    amounts = zip(matrix.columns, x.tolist(), strict=True)
    runs = {str(index[0]) for (decision, index), amount in amounts if decision in RUNS and amount > NOTHING}
    modules = np.round(x[legal.columns])
    plants = np.array([str(matrix.columns[k][1][0]) for k in legal.columns.tolist()])
    found = modules
    for plant in dict.fromkeys(plants[modules > legal.lower].tolist()):
        if plant not in runs:
            fewer = np.where(plants == plant, legal.lower, found)
            found = fewer if legal.keep(fewer) else found
    return None if found is modules else found

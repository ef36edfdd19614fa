"""Plans as unlike as possible, none dearer than a limit.

Each is sought where the candidates that earlier plans build cost, and those that they do not build earn: a number of
projects is minimised, under one row that limits the cost. Of a small model the integer program is solved; of a large
one its relaxation is rounded, as in a search.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, vstack

from didymium.engine.control import Interrupt, Options
from didymium.engine.entries import EntryModel, EntryRelaxation
from didymium.engine.highs import HighsSolve
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.rounding import rounded
from didymium.engine.search import FEW_INTEGERS
from didymium.statuses import StopReason

INSIDE = 1e-6  # of the margin that is not used, so that the solver's tolerance stays within the limit
FAILURES = 3  # searches that bring nothing new, after which it ends
SHAKEN = 0.5  # by how much the worth of each candidate is varied at random, so that searches differ


class UnlikePlans:
    """Plans that cost no more than `limit`, M USD, one after the other, each as unlike those before as can be found."""

    def __init__(self, model: EntryModel, limit: float, options: Options, interrupt: Interrupt | None) -> None:
        self.model, self.options, self.interrupt = model, options, interrupt
        self.few = len(model.modules) <= FEW_INTEGERS
        self._random = np.random.default_rng(options.seed)
        self._limited = EntryModel(_with_limit(model.matrix, limit), [])
        self._lp: EntryRelaxation | None = None

    def plans(self, first: Floats) -> Iterator[Floats]:
        """Yield numbers of modules, begun from those of the first plan; none twice."""
        found = [self.model.entered(first)]
        failures = 0
        while failures < FAILURES and not (self.interrupt is not None and self.interrupt.requested):
            share = np.mean(found, axis=0) if found else np.zeros(len(self.model.candidates))
            modules = self._sought(self._worth(share, failures))
            if modules is None:
                failures += 1
                continue
            entered = self.model.entered(modules)
            if any((entered == other).all() for other in found):
                failures += 1
                continue
            failures = 0
            found.append(entered)
            yield modules

    def _worth(self, share: Floats, failures: int) -> Floats:
        """What a module of each candidate costs: 1 where all plans so far build it, -1 where none does."""
        cost = np.zeros(len(self.model.matrix.cost))
        shaken = 1 + SHAKEN * (failures > 0 or not self.few) * self._random.uniform(-1, 1, len(share))
        for k, of in enumerate(self.model.of):
            worth = (2 * share[k] - 1) * shaken[k]
            cost[self.model.modules[of]] = worth / (self.model.candidates[k].largest if worth < 0 else 1)
        return cost

    def _sought(self, cost: Floats) -> Floats | None:
        matrix = replace(self._limited.matrix, cost=cost, offset=0.0)
        if self.few:
            found = HighsSolve(matrix, replace(self.options, gap=0.0)).solve(interrupt=self.interrupt)
            return None if found.x is None else np.round(found.x[self.model.modules])
        if self._lp is None:
            self._lp = EntryRelaxation(
                self._limited, self.options, None, lambda: self.options.time_limit, self.interrupt
            )
            if self._lp.relax().stopped != StopReason.OPTIMAL:
                return None
        self._lp.minimise(cost)
        legal = self._limited.legal({})
        if self._lp.solve(legal.lower, legal.upper) is None:
            return None
        plan = rounded(self._lp, legal)
        return None if plan is None or plan.x is None else np.round(plan.x[self.model.modules])

    def close(self) -> None:
        """Let go of the relaxation."""
        if self._lp is not None:
            self._lp.close()


def _with_limit(matrix: Matrix, limit: float) -> Matrix:
    """The matrix with a row by which a plan costs no more than a limit, M USD."""
    side = limit - matrix.offset
    return replace(
        matrix,
        a=csc_matrix(vstack([matrix.a, csr_matrix(matrix.cost)])),
        low=np.append(matrix.low, -np.inf),
        high=np.append(matrix.high, side - INSIDE * abs(limit) * 1e-2),
        rows=[*matrix.rows, ("cost_limit", ("all",))],
    )

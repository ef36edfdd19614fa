"""Plans as unlike as possible, none dearer than a limit.

Each is sought where the candidates that earlier plans build cost more, and those that they do not build cost less. Of a
small model the integer program is solved whose objective is that alone, under one row that limits the cost. Of a large
one the cost itself is changed by so much a candidate, the relaxation is solved and rounded as in a search, and by how
much is adjusted so that plans come near the limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from didymium.engine.control import Options
from didymium.engine.entries import EntryRelaxation
from didymium.engine.highs import HighsSolve
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.rounding import rounded
from didymium.engine.search import FEW_INTEGERS
from didymium.engine.sparse import csc_matrix, csr_matrix, vstack
from didymium.result_folder import Finished
from didymium.studies.entry_costs import EntryCosts, FoundPlan

FAILURES = 4  # searches that bring nothing new, after which it ends
SHAKEN = 0.5  # by how much the worth of each candidate is varied at random, so that searches differ
OF_THE_MARGIN = 0.1  # what a candidate more or fewer is worth at first, as a share of the margin
DEARER, CHEAPER = 0.6, 1.4  # by how much that is changed after a plan beyond the limit, and after one within
TINY = 1e-8  # share of the limit that is left, so that the solver's tolerance stays within it


class UnlikePlans:
    """Plans that cost no more than `limit`, M USD, one after the other, each as unlike those before as can be found."""

    def __init__(self, costs: EntryCosts, limit: float, options: Options, finished: Finished) -> None:
        self.costs, self.model, self.options, self.limit = costs, costs.model, options, limit
        self._finished, self._count = finished, 0
        self.few = len(self.model.modules) <= FEW_INTEGERS
        self._random = np.random.default_rng(options.seed)
        self._worth = OF_THE_MARGIN * (limit - costs.pool.best.cost)

    def plans(self) -> Iterator[FoundPlan]:
        """Yield plans, begun from the best one that is known; no two build the same candidates."""
        found = [self.model.entered(self.costs.pool.best.modules)]
        failures = 0
        while failures < FAILURES and not self.costs.stopped:
            plan = self._sought(self._worths(np.mean(found, axis=0), failures))
            failures += 1
            if plan is None or plan.cost > self.limit:
                continue
            entered = self.model.entered(plan.modules)
            if not any(np.array_equal(entered, other) for other in found):
                failures = 0
                found.append(entered)
                yield plan

    def _worths(self, share: Floats, failures: int) -> Floats:
        """What a module of each candidate costs more: 1 where all plans so far build it, -1 where none does."""
        cost = np.zeros(len(self.model.matrix.cost))
        shaken = 1 + SHAKEN * (failures > 0 or not self.few) * self._random.uniform(-1, 1, len(share))
        for k, of in enumerate(self.model.of):
            worth = (2 * share[k] - 1) * shaken[k]
            cost[self.model.modules[of]] = worth / (self.model.candidates[k].largest if worth < 0 else 1)
        return cost

    def _sought(self, worths: Floats) -> FoundPlan | None:
        self._count += 1
        plan = self._finished.remember(
            f"unlike plan {self._count}",
            lambda: self._made(worths),
            lambda plan: {"plan": None if plan is None else plan.to_json(), "worth": self._worth},
            self._kept,
        )
        if plan is not None:
            self.costs.pool.add(plan)
        return plan

    def _made(self, worths: Floats) -> FoundPlan | None:
        modules = self._by_integers(worths) if self.few else self._by_rounding(worths)
        return None if modules is None else self.costs.operate(modules)

    def _kept(self, value: dict[str, Any]) -> FoundPlan | None:
        """What an earlier run found; it also left what a candidate is worth next."""
        plan = None if value["plan"] is None else FoundPlan.from_json(value["plan"], len(self.model.matrix.cost))
        self._worth = float(value["worth"])
        return plan

    def _by_integers(self, worths: Floats) -> Floats | None:
        matrix = replace(_with_limit(self.model.matrix, self.limit), cost=worths, offset=0.0)
        found = HighsSolve(matrix, replace(self.options, gap=0.0)).solve(interrupt=self.costs.interrupt)
        return None if found.x is None else np.round(found.x[self.model.modules])

    def _by_rounding(self, worths: Floats) -> Floats | None:
        """The relaxation at changed costs, rounded; the next change is larger where the plan is within the limit."""
        lp: EntryRelaxation = self.costs.lp
        lp.minimise(self.model.matrix.cost + self._worth * worths)
        try:
            lp.bound({})
            plan = rounded(lp, self.model.legal({}))
        finally:
            lp.minimise(self.model.matrix.cost)
        if plan is None or plan.x is None:
            return None
        within = float(self.model.matrix.cost @ plan.x + self.model.matrix.offset) <= self.limit
        self._worth *= CHEAPER if within else DEARER
        return np.round(plan.x[self.model.modules])


def _with_limit(matrix: Matrix, limit: float) -> Matrix:
    """The matrix with a row by which a plan costs no more than a limit, M USD."""
    return replace(
        matrix,
        a=csc_matrix(vstack([matrix.a, csr_matrix(matrix.cost)])),
        low=np.append(matrix.low, -np.inf),
        high=np.append(matrix.high, limit - matrix.offset - TINY * abs(limit)),
        rows=[*matrix.rows, ("cost_limit", ("all",))],
    )

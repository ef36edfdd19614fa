"""What the relaxation, whose modules may be split, says of cells: which change at least restores a plan, or that none
does. Of cells that set rules, or what is on offer, this takes no solve of a changed case; of others, one of many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from didymium.case.network import Network
from didymium.case_inputs import CaseInputs
from didymium.engine.control import Interrupt, Options
from didymium.engine.elastic import ElasticModel, Rules, key_of
from didymium.engine.highs import HighsSolve
from didymium.engine.matrix import Matrix
from didymium.engine.solve import prepare
from didymium.solving import tree_for
from didymium.statuses import StopReason
from didymium.studies.relaxed_rules import changed, relaxed_rules
from didymium.studies.repair_cells import Lever

SECONDS = 60.0  # that the relaxation of a changed case may take: of the default case it takes 1 s


@dataclass(frozen=True, slots=True)
class MinimumChange:
    """A case without a plan, and its relaxation. `alone`: every rule that alone is enough; None where that is
    not known."""

    inputs: CaseInputs
    scenario: str | None
    net: Network
    matrix: Matrix
    model: ElasticModel
    alone: Rules | None
    options: Options
    interrupt: Interrupt | None

    def none_of(self, levers: Sequence[Lever]) -> bool:
        """Return whether it is proven that none of some cells, which can be ruled out in the same way, alone restores a
        plan: because none exists even where all of them are changed as far as can be."""
        screen = levers[0].screen
        if screen == "rows":
            rows = frozenset(row for lever in levers for row in lever.relaxes)
            helps = self.alone is None or any(key_of(self.matrix, row) in self.alone for row in rows)
            return not helps or not self.model.enough(rows)
        if screen == "offers":
            return self.model.minimum_total(frozenset(k for lever in levers for k in lever.buys)) == math.inf
        case = changed(self.inputs, {(e.row.sheet, e.row.number, e.column): e.end for e in levers})
        return case is not None and self._impossible(case)

    def _impossible(self, case: CaseInputs) -> bool:
        """Whether a case has no plan even with modules split."""
        _, matrix, _ = prepare(case.case, tree_for(case, self.scenario, stochastic=False))
        any_point = replace(matrix.relaxed(), cost=np.zeros(len(matrix.cost)))
        found = HighsSolve(any_point, self.options).solve(interrupt=self.interrupt, seconds=SECONDS)
        return found.stopped == StopReason.INFEASIBLE

    def of(self, lever: Lever) -> float | None:
        """Return the value of a cell nearest to the present one that may restore a plan; None where that is not known
        of the cell."""
        if lever.relaxes:
            return self._of_rule(lever)
        if lever.buys:
            total = self.model.minimum_total(lever.buys)
            return None if total in (None, math.inf) else self._of_offer(lever, total or 0.0)
        return None

    def _of_rule(self, lever: Lever) -> float | None:
        relaxation = self.model.minimum_slacks(lever.relaxes)
        if relaxation is None:
            return None
        rules = relaxed_rules(self.inputs.source, self.net, self.matrix, relaxation)
        cells = {key: value for rule in rules for key, value in rule.cells.items()}
        return cells.get((lever.row.sheet, lever.row.number, lever.column))

    def _of_offer(self, lever: Lever, total: float) -> float | None:
        """The limit of an offer with which so many t a year of it may be bought; of a year of several, about."""
        now = lever.number or 0.0
        limit = max((float(self.matrix.upper[k]) for k in lever.buys), default=0.0)
        if not math.isfinite(limit) or total <= limit:
            return None
        return now + (total - limit) * (now / limit if limit > 0 and now > 0 else 1.0)

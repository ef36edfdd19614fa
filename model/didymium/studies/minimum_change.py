"""What the relaxation, whose modules may be split, says of a cell: which change at least restores a plan, or that none
does. Of cells that set rules, or what is on offer, this takes no solve of a changed case."""

from __future__ import annotations

import math
from dataclasses import dataclass

from didymium.case.network import Network
from didymium.case_inputs import CaseInputs
from didymium.engine.elastic import ElasticModel
from didymium.engine.matrix import Matrix
from didymium.studies.relaxed_rules import relaxed_rules
from didymium.studies.repair_cells import Lever


@dataclass(frozen=True, slots=True)
class MinimumChange:
    """A case without a plan, and its relaxation."""

    inputs: CaseInputs
    net: Network
    matrix: Matrix
    model: ElasticModel

    def of(self, lever: Lever) -> tuple[bool, float | None]:
        """Return whether a cell alone may restore a plan, and the value nearest to the present one that may; None where
        that is not known of the cell."""
        if lever.relaxes:
            may = self.model.enough(lever.relaxes)
            return may, self._of_rule(lever) if may else None
        if lever.buys:
            total = self.model.minimum_total(lever.buys)
            return total != math.inf, None if total in (None, math.inf) else self._of_offer(lever, total or 0.0)
        return True, None

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

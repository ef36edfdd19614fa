"""In how many good plans a candidate is decided in a range of years: by the plans that were found, else by one bound.

No plan is searched for here. Where neither the plans that are known nor the relaxation with the modules of those years
held decide, it is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from didymium.engine.entries import Sides
from didymium.reports.names import project_name
from didymium.studies.entry_costs import ALWAYS, NEVER, OPEN, SAME, SOME

if TYPE_CHECKING:
    from didymium.studies.alternatives import Work

PARTS = 3  # ranges of the years in which something can be decided: early, middle and late
ONE, NONE = (1.0, np.inf), (-np.inf, 0.0)


@dataclass(frozen=True, slots=True)
class YearRange:
    """A range of decision years, and in how many good plans at least one module is decided in it."""

    first: int
    last: int
    kind: str

    @property
    def years(self) -> str:
        """Return the range in words: `2026-2030`, or one year."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def year_parts(years: Sequence[int]) -> list[tuple[int, int]]:
    """Return early, middle and late years, as (first, last); fewer where there are fewer years."""
    ordered = sorted(set(years))
    parts = np.array_split(np.array(ordered, dtype=int), min(PARTS, len(ordered))) if ordered else []
    return [(int(part[0]), int(part[-1])) for part in parts]


def class_years(work: Work) -> None:
    """Class every candidate in every range of years in which it can be decided."""
    model = work.costs.model
    year_of = {name: node.year for name, node in work.net.tree.nodes.items()}
    years = np.array([year_of[str(model.matrix.columns[j][1][1])] for j in model.modules.tolist()], dtype=int)
    parts = year_parts(years.tolist())
    for k in range(len(work.costs.entries)):
        found = []
        for first, last in parts:
            of = model.of[k]
            places = of[(years[of] >= first) & (years[of] <= last)]
            if len(places):
                found.append(YearRange(first, last, _kind(work, k, places, f"{first} to {last}")))
        work.found.by_years[k] = found


def _kind(work: Work, k: int, places: NDArray[np.int64], years: str) -> str:
    """The class of a candidate in some years, whose modules have these places."""
    found, candidate = work.found, work.costs.model.candidates[k]
    limit = found.limit + SAME * abs(found.cost)
    decided = [plan.modules[places].sum() > 0.5 for plan in work.costs.pool.plans if plan.cost <= limit]
    if any(decided) and not all(decided):
        return SOME
    if not any(decided) and not candidate.committed and found.class_of(work.costs.entries[k]) == NEVER:
        return NEVER
    if work.costs.stopped:
        return OPEN
    work.status(f"{project_name(found.inputs.source, candidate.name)}, {years}")
    sides, proven = (NONE, ALWAYS) if any(decided) else (ONE, NEVER)
    bound = _bound(work, k, places, sides, f"{candidate.name} {years}")
    return proven if bound > limit else OPEN


def _bound(work: Work, k: int, places: NDArray[np.int64], sides: Sides, name: str) -> float:
    """A bound on the plans with the modules of some years held, M USD; infinite where there is none."""

    def made() -> float:
        bound, impossible = work.costs.lp.bound_of_part(k, places, sides)
        return np.inf if impossible else -np.inf if bound is None else bound

    return work.finished.remember(name, made, float, float)

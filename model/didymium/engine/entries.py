"""Decisions held in a model that stays in HiGHS: a group of projects built, or not, from one solve to the next.

A matrix gets one row for every candidate, which counts its modules; free, the row changes nothing. To force the
candidate in, the row is given a lower side, to forbid it an upper one: what the plan may decide is smaller, so the
bound of the relaxation, proven from duals, is one on every plan in which the candidate is built, or is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from didymium.engine.bound import safe_bound
from didymium.engine.highs import Outcome
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.rounding import LegalModules, RelaxationLP
from didymium.engine.sparse import csc_matrix, csr_matrix, vstack
from didymium.statuses import StopReason

ROW = "entry"  # the name of the rows that count a candidate's modules
Sides = tuple[float, float]
FREE: Sides = (-np.inf, np.inf)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Projects of which more could be built than is committed: one, or several that are alike in everything.

    `committed` is the modules of all of them that are built in any plan, `largest` those that can be at most.
    """

    projects: tuple[str, ...]
    committed: int
    largest: int

    @property
    def name(self) -> str:
        """The first of its projects."""
        return self.projects[0]

    @property
    def forced(self) -> Sides:
        """The sides of its row where at least one module more than is committed is built."""
        return float(self.committed + 1), np.inf

    @property
    def forbidden(self) -> Sides:
        """The sides of its row where no more than what is committed is built."""
        return -np.inf, float(self.committed)


class EntryModel:
    """A matrix with a row for every candidate, in their order, behind its own rows.

    `modules` are the integer columns; `of[k]` says which of those, by place, are the modules of candidate k.
    """

    def __init__(self, matrix: Matrix, candidates: Sequence[Candidate]) -> None:
        self.candidates = list(candidates)
        self.modules: NDArray[np.int64] = np.flatnonzero(matrix.integer)
        owner = {p: k for k, candidate in enumerate(candidates) for p in candidate.projects}
        named = [str(matrix.columns[j][1][0]) for j in self.modules.tolist()]
        self.of = [np.flatnonzero([owner.get(p) == k for p in named]) for k in range(len(candidates))]
        rows = np.concatenate([np.full(len(of), k) for k, of in enumerate(self.of)] or [np.zeros(0, int)])
        columns = self.modules[np.concatenate(self.of)] if self.of else np.zeros(0, int)
        count, wide = len(candidates), matrix.a.shape[1]
        entries = csr_matrix((np.ones(len(rows)), (rows, columns)), (count, wide))
        self.first = len(matrix.low)
        self.matrix = replace(
            matrix,
            a=csc_matrix(vstack([matrix.a, entries])),
            low=np.concatenate([matrix.low, np.full(count, -np.inf)]),
            high=np.concatenate([matrix.high, np.full(count, np.inf)]),
            rows=[*matrix.rows, *((ROW, (candidate.name,)) for candidate in candidates)],
        )

    def with_sides(self, sides: Mapping[int, Sides]) -> Matrix:
        """Return the model with some candidates held between sides, in modules."""
        lows, highs = self.matrix.low.copy(), self.matrix.high.copy()
        for k, (low, high) in sides.items():
            lows[self.first + k], highs[self.first + k] = low, high
        return replace(self.matrix, low=lows, high=highs)

    def with_part(self, k: int, places: NDArray[np.int64], sides: Sides) -> Matrix:
        """Return the model with some of the modules of a candidate, by place, held between sides."""
        matrix, row = self.with_sides({k: sides}), self.first + k
        entries = csc_matrix(matrix.a).copy()
        for column in self.others(k, places):
            part = slice(*entries.indptr[column : column + 2].tolist())
            entries.data[part] = np.where(entries.indices[part] == row, 0.0, entries.data[part])
        entries.eliminate_zeros()
        return replace(matrix, a=entries)

    def others(self, k: int, places: NDArray[np.int64]) -> list[int]:
        """Return the columns of the modules of a candidate that are not at these places."""
        found: list[int] = self.modules[np.setdiff1d(self.of[k], places)].tolist()
        return found

    def legal(self, sides: Mapping[int, Sides]) -> LegalModules:
        """Return the rules over modules alone, with some candidates held."""
        return LegalModules(self.with_sides(sides))

    def entered(self, modules: Floats) -> NDArray[np.bool_]:
        """Return which candidates a plan builds more of than is committed."""
        counts = [modules[of].sum() for of in self.of]
        return np.array([count > c.committed + 0.5 for count, c in zip(counts, self.candidates, strict=True)], bool)


class EntryRelaxation(RelaxationLP):
    """The relaxation of a model with rows for candidates, kept in HiGHS: candidates are held, modules fixed and freed
    between solves.

    Solves for a bound start from the basis of the relaxation itself, whatever was solved in between.
    """

    def __init__(self, model: EntryModel, *arguments: object) -> None:
        super().__init__(model.matrix, model.modules, *arguments)  # type: ignore[arg-type]
        self.model = model
        self._basis: object = None
        self._tied: list[int] = []

    def relax(self) -> Outcome:
        """Solve the relaxation, and keep its basis."""
        found = super().relax()
        self._basis = self._solve.highs.getBasis()
        return found

    def hold(self, sides: Mapping[int, Sides]) -> None:
        """Hold some candidates between sides, and let go of all others."""
        for k in [k for k in self._tied if k not in sides]:
            self._solve.highs.changeRowBounds(self.model.first + k, *FREE)
        for k, (low, high) in sides.items():
            self._solve.highs.changeRowBounds(self.model.first + k, low, high)
        self._tied = list(sides)

    def bound(self, sides: Mapping[int, Sides]) -> tuple[float | None, bool]:
        """Return a proven bound on every plan with some candidates held, M USD (None: unknown), and whether there can
        be none; `modules` are then those of the relaxation."""
        self.hold(sides)
        return self._bound(self.model.with_sides(sides))

    def bound_of_part(self, k: int, places: NDArray[np.int64], sides: Sides) -> tuple[float | None, bool]:
        """Return the same with some of the modules of a candidate, by place, held between sides: those of some
        years."""
        self.hold({k: sides})
        row, others = self.model.first + k, self.model.others(k, places)
        for column in others:
            self._solve.highs.changeCoeff(row, column, 0.0)
        try:
            return self._bound(self.model.with_part(k, places, sides))
        finally:
            for column in others:
                self._solve.highs.changeCoeff(row, column, 1.0)

    def _bound(self, model: Matrix) -> tuple[float | None, bool]:
        """A bound on every plan of a model as it stands in HiGHS, and whether there can be none."""
        matrix = self.model.matrix
        if self.is_warm:
            self._solve.highs.setBasis(self._basis)
        modules = self.model.modules
        self._solve.change_bounds(modules, matrix.lower[modules], matrix.upper[modules])
        self._solve.set_options(objective_bound=np.inf)
        found = self._run()
        if found.stopped == StopReason.INFEASIBLE:
            return None, self.is_warm  # presolve, which a warm solve goes without, calls some sound LPs infeasible
        if found.stopped != StopReason.OPTIMAL or found.row_duals is None:
            return None, False
        return safe_bound(model, found.row_duals), False

    def minimise(self, cost: Floats) -> None:
        """Give the columns other costs; the next solve goes on from the last basis."""
        self._solve.highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)


def candidates_of(projects: Iterable[tuple[str, int, int, object]]) -> list[Candidate]:
    """Return the candidates among projects, given as (id, committed, largest, kind): those of which more can be built
    than is committed, those of the same kind as one."""
    alike: dict[object, list[tuple[str, int, int]]] = {}
    for name, committed, largest, kind in projects:
        if largest > committed:
            alike.setdefault(kind, []).append((name, committed, largest))
    return [
        Candidate(tuple(p for p, _, _ in group), sum(c for _, c, _ in group), sum(m for _, _, m in group))
        for group in alike.values()
    ]

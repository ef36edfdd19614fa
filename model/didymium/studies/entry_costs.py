"""What it costs that a candidate is built, or that it is not: bounds proven from duals, and plans that were found.

Both come from one model that stays in HiGHS. The relaxation with the candidate held gives a bound within a few tenths
of a second; the best plan's modules with the candidate added, or taken away, give a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from didymium.engine.control import Interrupt, Options
from didymium.engine.entries import Candidate, EntryModel, EntryRelaxation, Sides
from didymium.engine.highs import HighsSolve, Outcome
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.prices import price_lp
from didymium.engine.rounding import LegalModules, improved
from didymium.engine.search import Search
from didymium.statuses import StopReason

SAME = 1e-7  # share of the cost: a smaller difference is the solver's tolerance
ALWAYS, SOME, NEVER, OPEN = "always", "some", "never", "open"  # in how many good plans a candidate is
STRICT = 1e-9  # modules, or t/year: the tolerance of a second search
MOVES = 3  # of single modules that are tried on a plan with a candidate held

Flags = NDArray[np.bool_]


@dataclass(slots=True)
class Side:
    """What is known of the plans in which a candidate is built, or of those in which it is not: a bound and the
    cheapest found, M USD; `impossible` where there are none."""

    bound: float
    found: float | None = None
    impossible: bool = False
    searched: bool = False


@dataclass(slots=True)
class EntryCost:
    """A candidate: `built` in the best plan that is known; what is known of the plans with it and of those without."""

    candidate: Candidate
    built: bool
    inside: Side
    outside: Side

    def side(self, forced: bool) -> Side:
        """Return the plans with it, or those without."""
        return self.inside if forced else self.outside


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """A plan: what it costs, M USD, its numbers of modules, and all its decisions where they were kept."""

    cost: float
    modules: Floats
    x: Floats | None = None

    def to_json(self) -> dict[str, object]:
        """Return it as JSON holds it: of all decisions those that are not 0, by place."""
        places = [] if self.x is None else np.flatnonzero(self.x).tolist()
        x = None if self.x is None else [places, self.x[places].tolist()]
        return {"cost": self.cost, "modules": self.modules.tolist(), "x": x}

    @classmethod
    def from_json(cls, value: dict[str, Any], columns: int) -> FoundPlan:
        """Return what `to_json` gave, of a model of so many columns. Raises IndexError where it has fewer."""
        x = None
        if value["x"] is not None:
            x = np.zeros(columns)
            x[value["x"][0]] = value["x"][1]
        return cls(float(value["cost"]), np.array(value["modules"], dtype=float), x)


@dataclass(slots=True)
class Pool:
    """Every plan that was found."""

    model: EntryModel
    plans: list[FoundPlan] = field(default_factory=list)

    def add(self, plan: FoundPlan) -> None:
        """Keep a plan; with all its decisions it takes the place of the same one without them."""
        if plan.x is not None:
            same = (plan.modules == other.modules for other in self.plans)
            self.plans = [p for p, alike in zip(self.plans, same, strict=True) if p.x is not None or not alike.all()]
        self.plans.append(plan)

    @property
    def best(self) -> FoundPlan:
        """The cheapest plan."""
        return min(self.plans, key=lambda plan: plan.cost)

    def cheapest(self, k: int, entered: bool) -> FoundPlan | None:
        """Return the cheapest plan with a candidate, or without it; None where there is none."""
        plans = [plan for plan in self.plans if bool(self.model.entered(plan.modules)[k]) is entered]
        return min(plans, key=lambda plan: plan.cost, default=None)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look at a side brought: a bound, M USD, whether there is no plan, the best plan found, and whether
    everything was searched."""

    bound: float | None = None
    impossible: bool = False
    plan: FoundPlan | None = None
    searched: bool = False

    def to_json(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        plan = None if self.plan is None else self.plan.to_json()
        return {"bound": self.bound, "impossible": self.impossible, "plan": plan, "searched": self.searched}

    @classmethod
    def from_json(cls, value: dict[str, Any], columns: int) -> Finding:
        """Return what `to_json` gave, of a model of so many columns."""
        plan = None if value["plan"] is None else FoundPlan.from_json(value["plan"], columns)
        return cls(value["bound"], bool(value["impossible"]), plan, bool(value["searched"]))


class EntryCosts:
    """The costs of all candidates of one model, narrowed step by step: bounds, plans, then searches.

    `bound` is one on all plans, M USD; `best` the numbers of modules of a plan, and `cost` what it costs.
    """

    def __init__(
        self,
        model: EntryModel,
        best: Floats,
        cost: float,
        bound: float,
        options: Options,
        interrupt: Interrupt | None,
    ) -> None:
        self.model, self.options, self.interrupt, self.lowest = model, options, interrupt, bound
        self.pool = Pool(model)
        self.pool.add(FoundPlan(cost, np.round(best)))
        built = model.entered(best)
        self.entries = [EntryCost(c, bool(built[k]), Side(bound), Side(bound)) for k, c in enumerate(model.candidates)]
        self.lp = EntryRelaxation(model, options, None, lambda: options.time_limit, interrupt)
        self._projects: list[object] = [model.matrix.columns[j][1][0] for j in model.modules.tolist()]

    @property
    def stopped(self) -> bool:
        """Whether it was stopped by hand."""
        return self.interrupt is not None and self.interrupt.requested

    def relax(self) -> bool:
        """Solve the relaxation, from whose basis all bounds start; returns whether it could be."""
        if self.lp.relax().stopped != StopReason.OPTIMAL:
            return False
        best = self.pool.best.modules
        if (plan := self._plan(self.lp.solve(best, best))) is not None:
            self.pool.add(plan)
        return True

    def sides(self, k: int, forced: bool) -> dict[int, Sides]:
        """Return how a candidate is held."""
        candidate = self.model.candidates[k]
        return {k: candidate.forced if forced else candidate.forbidden}

    def probe(self, k: int) -> Finding:
        """Return a bound and a plan on the side of a candidate that the best plan is not on."""
        forced = not self.entries[k].built
        sides = self.sides(k, forced)
        bound, impossible = self.lp.bound(sides)
        if impossible:
            return Finding(impossible=True)
        return Finding(bound, plan=self._plan_near(k, forced, self.lp.modules.copy(), sides))

    def take(self, k: int, forced: bool, finding: Finding) -> None:
        """Take over what was found on a side of a candidate."""
        side = self.entries[k].side(forced)
        side.impossible = side.impossible or finding.impossible
        side.searched = side.searched or finding.searched
        if finding.bound is not None:
            side.bound = max(side.bound, finding.bound)
        if finding.plan is not None:
            self.pool.add(finding.plan)

    def _plan_near(self, k: int, forced: bool, relaxed: Floats, sides: Mapping[int, Sides]) -> FoundPlan | None:
        """A plan with the candidate held near the best one, improved by a few moves of single modules."""
        legal, target = self.model.legal(sides), self.pool.best.modules.copy()
        of = self.model.of[k]
        if forced:
            target[of[int(np.argmax(relaxed[of]))]] += 1
        else:
            target[of] = np.minimum(target[of], legal.lower[of])
        modules = legal.nearest(target, legal.lower, legal.upper)
        if modules is None:
            return None
        self.lp.hold({})
        found = self.lp.solve(modules, modules)
        if found is None or found.objective is None:
            return None
        for better in improved(self.lp, legal, self._projects, found, lambda plan: self.stopped, MOVES):
            found = better
        return self._plan(found)

    def _plan(self, found: Outcome | None) -> FoundPlan | None:
        if found is None or found.x is None or found.objective is None:
            return None
        return FoundPlan(found.objective, np.round(found.x[self.model.modules]), found.x)

    def operate(self, modules: Floats) -> FoundPlan | None:
        """Return the plan with these modules, operated at least cost; None where there is none."""
        found = self.operated(modules)
        return None if found is None else FoundPlan(found.cost, np.round(modules))

    def operated(self, modules: Floats) -> FoundPlan | None:
        """Return the same with all its decisions."""
        self.lp.hold({})
        return self._plan(self.lp.solve(modules, modules))

    def search(self, k: int, forced: bool, seconds: float) -> Finding:
        """Return what a search over all plans with a candidate held brings within so many seconds."""
        matrix = self.model.with_sides(self.sides(k, forced))
        part = replace(self.options, time_limit=max(1.0, seconds))
        found = searched(matrix, part, self.interrupt, self._start(k, forced))
        if found.stopped == StopReason.INFEASIBLE:
            return Finding(impossible=no_plan(matrix, part), searched=True)
        return Finding(found.bound, plan=self._plan(found), searched=True)

    def _start(self, k: int, forced: bool) -> Floats:
        """The cheapest plan that is known on a side; the best of all where there is none."""
        return (self.pool.cheapest(k, forced) or self.pool.best).modules

    def settle(self) -> None:
        """Take over from all plans found what is the cheapest with and without each candidate."""
        best = self.model.entered(self.pool.best.modules)
        for k, entry in enumerate(self.entries):
            entry.built = bool(best[k])
            for forced in (True, False):
                side = entry.side(forced)
                cheapest = self.pool.cheapest(k, forced)
                side.found = None if cheapest is None else cheapest.cost
                if side.found is not None:
                    side.impossible = False
                    side.bound = min(side.bound, side.found)

    def close(self) -> None:
        """Let go of the relaxation."""
        self.lp.close()


def searched(matrix: Matrix, options: Options, interrupt: Interrupt | None, start: Floats | None = None) -> Outcome:
    """Search over everything, and operate the plan found anew with its numbers of modules rounded: a search takes
    0.9999999 modules for one, and what a plan gains by that is no gain. Where the two differ it searches once more,
    with a thousandth of the tolerance."""
    found = Search(matrix, options, None, None, interrupt, start).run()
    if found.x is None:
        return found
    operated = _operated(matrix, found, options)
    off = operated is None or (operated.objective or 0.0) - (found.bound or -np.inf) > _allowed(found, options)
    if found.stopped != StopReason.OPTIMAL or not off:
        return operated or replace(found, x=None, objective=None)
    strict = HighsSolve(matrix, options, mip_feasibility_tolerance=STRICT, primal_feasibility_tolerance=STRICT)
    again = strict.solve(interrupt=interrupt)
    if again.x is None:
        return operated or replace(found, x=None, objective=None)
    again.bound = max((b for b in (found.bound, again.bound) if b is not None), default=None)
    better = _operated(matrix, again, options)
    if better is None or (operated is not None and (operated.objective or 0.0) < (better.objective or 0.0)):
        better = operated
    return replace(again, x=None, objective=None) if better is None else replace(better, bound=again.bound)


def _allowed(found: Outcome, options: Options) -> float:
    """By how much a plan that is proven may cost more than its bound, M USD."""
    return (options.gap + SAME) * max(1.0, abs(found.objective or 0.0))


def _operated(matrix: Matrix, found: Outcome, options: Options) -> Outcome | None:
    """The plan with its numbers of modules rounded, operated at least cost; None where there is none."""
    assert found.x is not None
    priced = price_lp(matrix, found.x, options)
    if priced.x is None or priced.stopped != StopReason.OPTIMAL:
        return None
    return replace(found, x=priced.x, objective=priced.objective)


def no_plan(matrix: Matrix, options: Options) -> bool:
    """Whether a model has no plan, without presolve, which calls some sound ones infeasible."""
    found = HighsSolve(matrix, options, presolve="off").solve()
    return found.stopped == StopReason.INFEASIBLE


def undecided(entries: list[EntryCost], limit: Callable[[], float]) -> Iterator[tuple[int, bool]]:
    """Yield (candidate, forced) for each side whose plans may or may not stay within the limit, M USD, the most
    promising first: those whose bound is nearest to it."""
    waiting = [
        (limit() - entry.side(forced).bound, k, forced)
        for k, entry in enumerate(entries)
        for forced in (True, False)
        if is_open(entry.side(forced), limit())
    ]
    for _, k, forced in sorted(waiting):
        yield k, forced


def is_open(side: Side, limit: float) -> bool:
    """Whether it is neither found nor refuted that some plan on a side costs no more than the limit, M USD."""
    return not side.impossible and side.bound <= limit and (side.found is None or side.found > limit)


__all__ = [
    "ALWAYS",
    "NEVER",
    "OPEN",
    "SAME",
    "SOME",
    "EntryCost",
    "EntryCosts",
    "Finding",
    "LegalModules",
    "Pool",
    "Side",
    "is_open",
    "no_plan",
    "searched",
    "undecided",
]

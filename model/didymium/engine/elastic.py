"""Why no plan exists: the fewest targets, limits and commitments that must be relaxed, and by how much, by name.

Each rule that a planner can relax gets a slack. A set of rules is enough when a plan exists with their slacks free and
all others 0. Where a set is not, the duals of the least sum of slacks name rules of which at least one more must be
relaxed; the smallest set that has one of each such group of rules is tried next. So the first set that is enough has
the fewest rules; of several such sets the one with the least amounts, each a share of its rule's own side, is taken.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from didymium.case.network import Network
from didymium.engine.highs import HighsSolve, Interrupt, Options, Outcome
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.sparse import csc_matrix, hstack
from didymium.rules import RULES
from didymium.statuses import StopReason

# The constraints that can be relaxed, as their rules say. One that is not listed stays as it is.
RELAXED = {name: way for rule in RULES for name, way in rule.relaxed.items()}
TINY = 1e-6
SECONDS = 120.0  # that the search for the fewest rules may take
ALTERNATIVES = 8  # sets of the fewest rules whose amounts are compared
MAX_SETS = 60  # sets of rules that are tried
PROOF_SECONDS = 10.0  # that a proof by the relaxation may take when the time is up
NO_PROOF = 1e-9  # a smaller dual is noise

RuleKey = tuple[str, tuple[object, ...]]
"""(constraint, index without its node): what planners call one rule, in all its years."""
Rules = frozenset[RuleKey]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The least relaxation: by how much each row of the model is relaxed (row -> t or as measured), and the point `x`
    that is so reached, the model's columns first.

    `fewest`: whether no smaller number of rules is enough, proven; `instead` are other sets of as few rules. `chosen`
    is the set of rules that is relaxed here; `every`: whether no set of as few rules beside it and `instead` is enough,
    proven.
    """

    by_row: dict[int, float]
    x: Floats
    fewest: bool
    instead: list[Rules]
    chosen: Rules = frozenset()
    every: bool = False

    def alone(self) -> Rules | None:
        """Return the rules each of which alone is enough, proven that no other is; None where that is not known."""
        if not (self.fewest and self.chosen):
            return None
        if len(self.chosen) > 1:
            return frozenset()
        return frozenset().union(self.chosen, *self.instead) if self.every else None

    def to_json(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        return {
            "by_row": list(self.by_row.items()),
            "x": self.x.tolist(),
            "fewest": self.fewest,
            "instead": [sorted(rules, key=str) for rules in self.instead],
            "chosen": sorted(self.chosen, key=str),
            "every": self.every,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Relaxation:
        """Return what `to_json` gave."""
        chosen, *instead = [
            frozenset((str(rule), tuple(index)) for rule, index in rules)
            for rules in [value["chosen"], *value["instead"]]
        ]
        by_row = {int(row): float(x) for row, x in value["by_row"]}
        x = np.array(value["x"], dtype=float)
        return cls(by_row, x, bool(value["fewest"]), instead, chosen, bool(value["every"]))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why no point keeps all rules: a proof by duals. `rows` and `columns` are those that it rests on, with their
    weights; a change that does not touch any of them cannot make a plan possible."""

    rows: dict[int, float]
    columns: dict[int, float]


class ElasticModel:
    """A model whose rules that can be relaxed have slacks, kept in HiGHS as a relaxation."""

    def __init__(
        self, matrix: Matrix, options: Options, interrupt: Interrupt | None = None, seconds: float = SECONDS
    ) -> None:
        self.matrix, self._interrupt = matrix, interrupt
        self._ends = time.monotonic() + min(options.time_limit, seconds)
        self._first: Outcome | None = None  # the least sum of all slacks
        self._options = Options(gap=1e-4, threads=options.threads, seed=options.seed)
        self.rows = [k for k, (rule, _) in enumerate(matrix.rows) if rule in RELAXED]
        self._key_of = [key_of(matrix, row) for row in self.rows]
        self.rules: Rules = frozenset(self._key_of)
        self._elastic = _with_slacks(matrix, self.rows)
        self._weights = 1 / _size(matrix, self.rows)
        self._lp: HighsSolve | None = None

    def fewest(self) -> Relaxation | None:
        """Return the fewest rules, then the least amounts, with which a plan exists; empty where nothing must be
        relaxed.

        None when nothing was found in time. Where integer modules take too long, modules may be split: the amounts
        are then a lower bound.
        """
        groups: list[Rules] = []
        found: list[tuple[float, Rules, Floats]] = []
        tried: list[Rules] = []
        every = False
        for _ in range(MAX_SETS if self._sum_of_all().stopped == StopReason.OPTIMAL else 0):
            if self._left() <= 0 or len(found) >= ALTERNATIVES:
                break
            chosen, proven = _smallest(self.rules, groups, tried)
            if chosen is None or (found and len(chosen) > len(found[0][1])):
                every = proven
                break
            if not proven:
                break
            more = self._missing(chosen)
            if more:
                groups.append(more)
                continue
            outcome = self._amounts(chosen)
            if outcome.x is None:
                if outcome.stopped not in (StopReason.INFEASIBLE, StopReason.INFEASIBLE_OR_UNBOUNDED):
                    break
                groups.append(self.rules - chosen)
                continue
            found.append((outcome.objective or 0.0, chosen, outcome.x))
            tried.append(chosen)
        if not found:
            return self._any_relaxation()
        found.sort(key=lambda one: one[0])
        (_, chosen, x), *others = found
        instead = [rules for _, rules, _ in others]
        return replace(self._relaxation(x), fewest=True, instead=instead, chosen=chosen, every=every)

    def conflict(self) -> Conflict | None:
        """Return a proof that no point keeps all rules, even with modules split; None where there is such a point, or
        no proof in time."""
        outcome = self._sum_of_all()
        if outcome.row_duals is None or outcome.column_duals is None or (outcome.objective or 0.0) <= TINY:
            return None
        rows, columns = outcome.row_duals, outcome.column_duals[: len(self.matrix.cost)]
        return Conflict(_weighty(rows), _weighty(columns))

    def enough(self, rows: frozenset[int]) -> bool:
        """Return whether it may be enough to relax these rows of the model alone: not where, even with modules split,
        no point then keeps all others, proven."""
        free = np.array([row in rows for row in self.rows], dtype=bool)
        outcome = self._sum_of_slacks(free)
        return outcome.stopped != StopReason.OPTIMAL or (outcome.objective or 0.0) <= TINY

    def minimum_slacks(self, rows: frozenset[int]) -> Relaxation | None:
        """Return the least amounts by which these rows alone must be relaxed where modules may be split; None where
        that is not enough, or in time not known. With whole modules they are no less."""
        free = np.array([row in rows for row in self.rows], dtype=bool)
        slacks = np.arange(len(self.matrix.cost), len(self._elastic.cost))
        lp = self._kept_lp()
        lp.change_bounds(slacks, np.zeros(len(slacks)), np.where(free, np.inf, 0.0))
        lp.change_costs(slacks, np.where(free, self._weights, 0.0))
        outcome = self._solved()
        lp.change_bounds(slacks, np.zeros(len(slacks)), np.full(len(slacks), np.inf))
        if outcome.x is None or outcome.stopped != StopReason.OPTIMAL:
            return None
        return self._relaxation(outcome.x)

    def minimum_total(self, columns: frozenset[int]) -> float | None:
        """Return the least sum of some columns, their limits lifted, with which all rules are kept where modules may be
        split; infinite where no sum is enough, proven; None where that is not known in time.

        The limits are the bounds of the columns and the rows that hold nothing but them.
        """
        chosen = np.array(sorted(columns), dtype=np.int64)
        own = self._rows_of(chosen)
        lp, free = self._kept_lp(), np.full(len(chosen), np.inf)
        lp.change_bounds(chosen, self.matrix.lower[chosen], free)
        lp.change_sides(own, self.matrix.low[own], np.full(len(own), np.inf))
        total = self._minimum_total(chosen)
        lp.change_bounds(chosen, self.matrix.lower[chosen], self.matrix.upper[chosen])
        lp.change_sides(own, self.matrix.low[own], self.matrix.high[own])
        return total

    def _minimum_total(self, chosen: NDArray[np.int64]) -> float | None:
        outcome = self._sum_of_slacks(np.zeros(len(self.rows), dtype=bool))
        if outcome.stopped != StopReason.OPTIMAL:
            return None
        if (outcome.objective or 0.0) > TINY:
            return np.inf
        lp, size = self._kept_lp(), len(self.matrix.cost)
        slacks = np.arange(size, len(self._elastic.cost))
        none = np.zeros(len(slacks))
        lp.change_bounds(slacks, none, none)
        lp.change_costs(np.concatenate([slacks, chosen]), np.concatenate([none, np.ones(len(chosen))]))
        outcome = self._solved()
        lp.change_bounds(slacks, none, np.full(len(slacks), np.inf))
        lp.change_costs(chosen, np.zeros(len(chosen)))
        return outcome.objective if outcome.stopped == StopReason.OPTIMAL else None

    def _rows_of(self, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows that hold nothing but these columns."""
        inside = np.zeros(len(self.matrix.cost), dtype=bool)
        inside[chosen] = True
        entries = self.matrix.a.astype(bool).astype(int)
        count, own = entries @ np.ones(len(inside)), entries @ inside.astype(float)
        return np.flatnonzero((own > 0) & (count == own))

    def _sum_of_all(self) -> Outcome:
        """The relaxation's least sum of all slacks, worked out once."""
        if self._first is None:
            self._first = self._smallest_sum(frozenset())
        return self._first

    def _missing(self, free: Rules) -> Rules:
        """Rules of which at least one must be relaxed besides those that are free; none where no more must be."""
        outcome = self._smallest_sum(free)
        if outcome.row_duals is None or (outcome.objective or 0.0) <= TINY:
            return frozenset()
        duals = outcome.row_duals[self.rows]
        return frozenset(
            key for key, dual in zip(self._key_of, duals, strict=True) if abs(dual) > NO_PROOF and key not in free
        )

    def _smallest_sum(self, free: Rules) -> Outcome:
        """The relaxation's least sum of the slacks of rules that are not free."""
        return self._sum_of_slacks(np.array([key in free for key in self._key_of], dtype=bool))

    def _sum_of_slacks(self, free: NDArray[np.bool_]) -> Outcome:
        """The same, of rows that are not free."""
        costs = np.where(free, 0.0, self._weights)
        self._kept_lp().change_costs(np.arange(len(self.matrix.cost), len(self._elastic.cost)), costs)
        return self._solved()

    def _solved(self) -> Outcome:
        """The kept relaxation solved from its beginning: of the default case 0.4 s, where the last basis, which is that
        of other costs, led to solves of 0.01 s to 9 s."""
        lp = self._kept_lp()
        lp.forget_basis()
        return lp.solve(interrupt=self._interrupt, seconds=max(PROOF_SECONDS, self._left()))

    def _kept_lp(self) -> HighsSolve:
        if self._lp is None:
            self._lp = HighsSolve(self._elastic.relaxed(), replace(self._options, time_limit=max(1.0, self._left())))
        return self._lp

    def _amounts(self, free: Rules) -> Outcome:
        """The least amounts with which a plan exists that relaxes these rules alone."""
        upper = self._elastic.upper.copy()
        upper[len(self.matrix.cost) :] = np.where([key in free for key in self._key_of], np.inf, 0.0)
        limit = replace(self._options, time_limit=max(1.0, self._left()))
        return HighsSolve(self._elastic.with_bounds(self._elastic.lower, upper), limit).solve(interrupt=self._interrupt)

    def _any_relaxation(self) -> Relaxation | None:
        """The least amounts where any rule may be relaxed: not the fewest rules."""
        limit = replace(self._options, gap=0.01, time_limit=SECONDS)
        outcome = HighsSolve(self._elastic, limit).solve(interrupt=self._interrupt)
        if outcome.x is None:
            outcome = HighsSolve(self._elastic.relaxed(), limit).solve(interrupt=self._interrupt)
        return None if outcome.x is None else self._relaxation(outcome.x)

    def _relaxation(self, x: Floats) -> Relaxation:
        """What is relaxed at a point: not said to be the fewest rules."""
        slack = x[len(self.matrix.cost) :].tolist()
        return Relaxation({r: s for r, s in zip(self.rows, slack, strict=True) if s > TINY}, x, False, [])

    def _left(self) -> float:
        by_hand = self._interrupt is not None and self._interrupt.requested
        return 0.0 if by_hand else self._ends - time.monotonic()


def relaxations(
    matrix: Matrix, net: Network, options: Options, interrupt: Interrupt | None = None
) -> list[dict[str, object]] | None:
    """Return the least relaxation as shortfalls: {rule, name, year, short_by, unit, text} each.

    Empty when the model is feasible after all; None when nothing was found in time.
    """
    found = ElasticModel(matrix, options, interrupt).fewest()
    return None if found is None else [shortfall(net, *matrix.rows[row], x) for row, x in found.by_row.items()]


def key_of(matrix: Matrix, row: int) -> RuleKey:
    """Return the rule that a row of the model belongs to."""
    rule, index = matrix.rows[row]
    return rule, index[:-1]


def _smallest(rules: Rules, groups: list[Rules], tried: list[Rules]) -> tuple[Rules | None, bool]:
    """The smallest set of rules that has one of each group and is none of those tried, None where there is none; and
    whether that is proven."""
    if not rules:
        return (None if tried else frozenset()), True
    order = sorted(rules, key=str)
    place = {key: k for k, key in enumerate(order)}
    entries = [(r, place[key], 1.0) for r, group in enumerate(groups) for key in group]
    low = [1.0] * len(groups)
    for r, chosen in enumerate(tried, len(groups)):  # not the same again: one left out, or one more
        entries += [(r, place[key], -1.0) for key in chosen]
        low.append(1.0 - len(chosen))
    size = len(order)
    at, of, value = zip(*entries, strict=True) if entries else ((), (), ())
    program = Matrix(
        cost=np.ones(size),
        offset=0.0,
        a=csc_matrix((value, (at, of)), shape=(len(low), size)),
        low=np.array(low),
        high=np.full(len(low), np.inf),
        lower=np.zeros(size),
        upper=np.ones(size),
        integer=np.ones(size, dtype=bool),
        columns=[("relaxed", (k,)) for k in range(size)],
        rows=[("group", (k,)) for k in range(len(low))],
    )
    outcome = HighsSolve(program, Options(gap=0, time_limit=10.0)).solve()
    if outcome.x is None:
        return None, outcome.stopped == StopReason.INFEASIBLE
    return frozenset(key for key, k in place.items() if outcome.x[k] > 0.5), outcome.stopped == StopReason.OPTIMAL


def _weighty(duals: Floats) -> dict[int, float]:
    return {int(k): float(duals[k]) for k in np.flatnonzero(np.abs(duals) > NO_PROOF)}


def _with_slacks(matrix: Matrix, rows: list[int]) -> Matrix:
    """One slack column on each of `rows`, in the direction that relaxes it; only slacks cost."""
    sign = np.where(np.isfinite(matrix.low[rows]), 1.0, -1.0)
    slacks = csc_matrix((sign, (rows, range(len(rows)))), shape=(len(matrix.rows), len(rows)))
    more = len(rows)
    return replace(
        matrix,
        cost=np.concatenate([np.zeros(len(matrix.cost)), 1 / _size(matrix, rows)]),
        offset=0.0,
        a=csc_matrix(hstack([matrix.a, slacks])),
        lower=np.concatenate([matrix.lower, np.zeros(more)]),
        upper=np.concatenate([matrix.upper, np.full(more, np.inf)]),
        integer=np.concatenate([matrix.integer, np.zeros(more, dtype=bool)]),
        columns=[*matrix.columns, *[("slack", (k,)) for k in rows]],
    )


def _size(matrix: Matrix, rows: list[int]) -> Floats:
    """The side of each row, at least 1: so that a hundredth of a big target weighs like a hundredth of a small
    one."""
    side = np.where(np.isfinite(matrix.low[rows]), matrix.low[rows], matrix.high[rows])
    return np.maximum(1.0, np.abs(side))


def shortfall(net: Network, rule: str, index: tuple[object, ...], x: float) -> dict[str, object]:
    """Return by how much a rule is relaxed, in words: {rule, name, year, short_by, unit, text}."""
    sentence, unit = RELAXED[rule]
    node = net.tree.nodes.get(str(index[-1]))
    year = None if node is None or "{year}" not in sentence else node.year  # a rule along a path has no year
    return {
        "rule": rule,
        "name": str(index[0]),
        "year": year,
        "short_by": x,
        "unit": unit,
        "text": sentence.format(*index, year=year, x=x),
    }

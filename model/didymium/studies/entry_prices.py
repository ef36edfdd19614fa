"""At which price a project enters the plan: how much less capex per module (a grant), or how much more for each tonne.

The least cost with the project, at a price changed by s, is the minimum of straight lines, one a plan: it falls, and
ever faster. So a line through the plan found meets the cost of the plans without it at or above the price of entry;
the next plan, found at that price, brings it nearer, and a search a little below it proves that there it does not pay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from didymium.case.case import Case, Project
from didymium.case.network import Network
from didymium.case.tree import Tree
from didymium.engine.control import Interrupt, Options
from didymium.engine.entries import Candidate, EntryModel
from didymium.engine.matrix import CostArrays, Floats, Matrix
from didymium.engine.solve import prepare
from didymium.studies.entry_costs import EntryCost, Side, searched

NEAR = 0.01  # share of a price on whose both sides two solves must differ, so that it is verified
HALF = NEAR / 2
NOTHING = 1e-9  # share of its capex below which a plant is given away: no model has such numbers
ROUNDS = 8  # plans at most from whose lines a price is found

CUT, PREMIUM = "cut", "premium"
Name = tuple[str, tuple[object, ...]]
"""A decision and its index."""


@dataclass(frozen=True, slots=True)
class Price:
    """The price at which a project enters lies between `low` and `high` (None: not known, or no such price): of a cut
    a share of capex, of a premium M USD/t. `verified`: a solve a little below builds none, one a little above does.
    At `found` the cheapest plan found with it costs as much as the best plan found; None where there is none."""

    low: float
    high: float | None
    verified: bool = False
    found: float | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """By what a price changed by 1 lowers the cost of plans with a project, M USD: that of a unit of each decision;
    `largest` is the sum over all that can be built."""

    decisions: Mapping[Name, float]
    largest: float

    def of(self, columns: Sequence[Name], x: Floats) -> float:
        """Return by what it lowers the cost of a plan, whose decisions have these names."""
        amounts = x.tolist()
        return float(sum(self.decisions.get(name, 0.0) * amount for name, amount in zip(columns, amounts, strict=True)))


def worth_of_cut(candidate: Candidate, net: Network, matrix: Matrix, arrays: CostArrays) -> Worth:
    """Return what a cut of all capex is worth: capital cost as it is paid, public money counted; at most as if all of
    it were private."""
    mine = set(candidate.projects)
    capital = _weighted(arrays, net, "capital", len(matrix.cost))
    of = np.array([c[0] in ("build", "support") and str(c[1][0]) in mine for c in matrix.columns])
    builds = np.array([c[0] == "build" for c in matrix.columns]) & of
    dearest = float(capital[builds].max(initial=0.0))
    return Worth(_named(matrix, np.where(of, capital, 0.0)), candidate.largest * dearest)


def worth_of_premium(candidate: Candidate, case: Case, net: Network, matrix: Matrix) -> Worth:
    """Return what a premium on each tonne that its plants run is worth: discounted tonnes; at most at full load from
    the first year on."""
    mine = set(candidate.projects)
    weight = {name: node.weight for name, node in net.tree.nodes.items()}
    columns = np.array(
        [
            weight[str(i[-1])] if name in ("run", "throughput") and str(i[0]) in mine else 0.0
            for name, i in matrix.columns
        ]
    )
    plants = [case.projects[p] for p in candidate.projects]
    capacity = sum((p.existing + p.max_modules * p.module) * p.max_use for p in plants)
    return Worth(_named(matrix, columns), capacity * sum(weight.values()))


def _named(matrix: Matrix, amounts: Floats) -> dict[Name, float]:
    return {matrix.columns[j]: float(amounts[j]) for j in np.flatnonzero(amounts).tolist()}


def _weighted(arrays: CostArrays, net: Network, kind: str, columns: int) -> Floats:
    """The discounted cost of one kind of a unit of each column, M USD."""
    weights = np.array([net.tree.nodes[n].weight for n in arrays.nodes])
    rows = arrays.kind == arrays.kinds.index(kind)
    found = np.zeros(columns)
    np.add.at(found, arrays.column[rows], arrays.rate[rows] * weights[arrays.node[rows]])
    return found


def first_price(entry: EntryCost, worth: Worth, gain: float, cost: float, bound: float, exact: bool) -> Price:
    """Return the price of entry as far as the costs that are known tell it. `gain` is what the
    price is worth to the cheapest plan found with it (0: not known); `exact` whether plans that can be at the case's
    own prices are all that can be: without it nothing is proven below."""
    side = entry.inside
    low = max(0.0, side.bound - cost) / worth.largest if exact and worth.largest > 0 else 0.0
    if side.found is None or gain <= 0:
        return Price(low, None)
    return Price(low, max(low, (side.found - bound) / gain), found=max(0.0, side.found - cost) / gain)


class Prices:
    """The price of entry of one candidate, found by solves of the case with that price in it."""

    def __init__(self, case: Case, tree: Tree, candidate: Candidate, options: Options, interrupt: Interrupt | None):
        self.case, self.tree, self.candidate = case, tree, candidate
        self.options, self.interrupt = options, interrupt

    def find(self, kind: str, first: float, outside: Side, worth: Worth) -> Price | None:
        """Return the price of entry from one at which a plan with the candidate is known to pay; `outside` is what is
        known of the plans without it, `worth` what a price is worth to them. None where no solve ends."""
        if outside.found is None:
            return None
        high = first
        for _ in range(ROUNDS):
            cost, _, gain = self.solve(kind, high, worth)
            if cost is None or gain <= 0:
                return None
            better = max(0.0, high + (cost - outside.found) / gain)
            if abs(better - high) <= HALF / 10 * high:
                break
            high = better
        return self._verified(kind, high, outside, worth)

    def _verified(self, kind: str, high: float, outside: Side, worth: Worth) -> Price:
        """Whether the candidate pays a little above a price, and does not a little below it."""
        _, below, _ = self.solve(kind, high * (1 - HALF), worth)
        above, _, _ = self.solve(kind, high * (1 + HALF), worth)
        assert outside.found is not None
        not_below = below is not None and below > outside.found
        pays = above is not None and above < outside.bound
        low = high * (1 - HALF) if not_below else 0.0
        return Price(low, high * (1 + HALF) if pays else None, not_below and pays)

    def solve(self, kind: str, price: float, worth: Worth) -> tuple[float | None, float | None, float]:
        """Return the least cost with the candidate built at a price, its bound, and what a price is worth there."""
        projects = {p: at_price(self.case.projects[p], kind, price) for p in self.candidate.projects}
        case = replace(self.case, projects={**self.case.projects, **projects})
        _, matrix, _ = prepare(case, self.tree)
        model = EntryModel(matrix, [self.candidate])
        matrix = model.with_sides({0: self.candidate.forced})
        found = searched(matrix, self.options, self.interrupt)
        if found.x is None:
            return None, found.bound, 0.0
        return found.objective, found.bound, worth.of(matrix.columns, found.x)


def at_price(project: Project, kind: str, price: float) -> Project:
    """Return a project with so much less capex, as a share of it, or with so much more for each tonne, M USD."""
    if kind == CUT:
        left = 1 - price
        return replace(project, overnight=project.overnight * left if abs(left) > NOTHING else 0.0)
    return replace(project, variable_opex=project.variable_opex - price)

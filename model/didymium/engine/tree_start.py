"""The first bound and the first plans of a large tree, branch by branch, long before its relaxation is solved.

The path of each scenario, as if it were certain, is a model of its own, a tenth as large. The duals of their
relaxations, put together, prove a bound of the tree (engine.tree_duals); the mean of what they build in a node, by
their probabilities, is what a plan should have there. With the decisions of a node's past fixed, a branch of the tree
is such a model too: its columns, and the rows that see nothing else still undecided. So modules near that mean are
fixed branch by branch, each operated after its past. Then all are operated at once: only so do the shared years keep
in stock what some branch will need. Then every branch is searched for itself.

In the years that branches share, a branch operated for itself has in stock what it needs itself. So it is to have there
what most scenarios that go on from there have, RESERVE of them: too little in stock costs more than too much.

Measured on the default tree (228,000 columns): the bound lies at most 0.2 % under the tree's relaxation; modules near
the mean are a plan at 2.2 % (3.0 % without that stock), operated at once at 1.3 %.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from didymium.case.tree import Tree
from didymium.engine.continued import handover_room, without_noise
from didymium.engine.highs import Outcome
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.prices import fixed_modules_lp
from didymium.engine.rounding import LegalModules
from didymium.engine.sparse import csc_matrix, csr_matrix
from didymium.engine.tree_duals import PathDuals, Weights, expected_weights, path_duals, tree_duals, worst_weights
from didymium.rules.risk import TAIL_RULES, TAIL_VARIABLES
from didymium.statuses import StopReason

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
SearchPart = Callable[[Matrix, float, Floats | None], Outcome]
"""Searches a plan of a part of the tree to a gap, near some modules where they are given."""
SolveLP = Callable[[Matrix], Outcome]
TOLERANCE = 1e-5  # t, M USD or modules, or share of a larger side: the room of what is handed over, many times over
RESERVE = 0.75  # of the probability of the scenarios that go on from a node: so many need no more in stock there
FIRST_GAP, BETTER_GAP = 0.01, 0.003  # of a branch that is searched for the first time, and again


@dataclass(frozen=True, slots=True)
class Part:
    """A branch or a path as a model of its own: `columns` and `rows` are its places in the tree's model."""

    matrix: Matrix
    columns: Places
    rows: Places


@dataclass(frozen=True, slots=True)
class _Aim:
    """What branches are to have, by column of the tree: modules, of the branch itself (`own`) or of the base in the
    same years, and stock, t."""

    modules: Floats
    own: bool
    stock: Floats


class BranchPlans:
    """Plans of a tree, put together from plans of its branches; each is a vector over the columns of the tree."""

    def __init__(
        self, matrix: Matrix, tree: Tree, search: SearchPart, operate: SolveLP, relax: SolveLP, workers: int = 1
    ) -> None:
        self.matrix, self.tree, self.workers = matrix, tree, workers
        self.search, self.operate, self.relax = search, operate, relax
        self.place = {name: k for k, name in enumerate(tree.nodes)}
        self._node = np.array([self._place_of(*column) for column in matrix.columns], dtype=np.int64)
        self._entries, self._pattern = csr_matrix(matrix.a), csr_matrix(matrix.a != 0, dtype=float)
        self._of_risk = np.array([component in TAIL_VARIABLES for component, _ in matrix.columns], dtype=bool)
        self._stock = np.array([component == "stock" for component, _ in matrix.columns], dtype=bool)
        self._rows = np.array([rule not in TAIL_RULES for rule, _ in matrix.rows], dtype=bool)
        certain = 1.0 - tree.case.risk_weight if self._of_risk.any() else 1.0
        probability = np.array([certain * node.probability for node in tree.nodes.values()])
        self._scale = np.where(self._node >= 0, 1.0 / np.maximum(probability[self._node], 1e-9), 1.0)
        self.branches = self._by_branch()
        self._base = next(iter(self.branches))
        self._column = {column: k for k, column in enumerate(matrix.columns)}
        self.duals: dict[str, PathDuals] = {}
        self.relaxing = 0.0  # s that the paths' relaxations took together; all branches at once take about as long
        self._foresight: dict[str, Floats] = {}  # of each scenario: its path's relaxation, over the columns of the tree
        self._of_base_path: Floats = np.zeros(0)
        self.x: Floats | None = None
        self._cost = np.inf

    def _place_of(self, component: str, index: tuple[object, ...]) -> int:
        return self.place.get(str(index[-1]), -1) if index and component not in TAIL_VARIABLES else -1

    def _by_branch(self) -> dict[str, list[str]]:
        """The nodes of the base, then of every branch, parents before children."""
        base = self.tree.case.base.name
        found: dict[str, list[str]] = {base: []}
        for name, node in self.tree.nodes.items():
            found.setdefault(node.scenario, []).append(name)
        return {s: nodes for s, nodes in found.items() if nodes}

    def prices(self) -> Floats:
        """Return duals of the tree's rows, from those of every scenario's path that is relaxed in time.

        Without some of them they prove little: what can be sold at most is worth more than all costs.
        """
        with ThreadPoolExecutor(self.workers) as pool:
            for s, solved, part in pool.map(self._relaxed, self.tree.leaves):
                if solved.row_duals is not None and solved.x is not None:
                    self.duals[s] = path_duals(part.matrix, self.tree, solved.row_duals)
                    self._foresight[s] = self._spread(part, solved.x)
        return self.together()

    def together(self) -> Floats:
        """Return the duals of the paths put together, weighted by the costs of the best plan where there is one."""
        duals = {s: self.duals.get(s, {}) for s in self.tree.leaves}
        return tree_duals(self.tree.case, self.tree, self.matrix, duals, self._weights())

    def _relaxed(self, scenario: str) -> tuple[str, Outcome, Part]:
        part, started = self._part(self._path(scenario), np.zeros(len(self.matrix.cost)), []), time.monotonic()
        found = self.relax(part.matrix.relaxed())
        self.relaxing += time.monotonic() - started
        return scenario, found, part

    def _path(self, scenario: str) -> list[str]:
        return list(self.tree.path(self.tree.leaves[scenario]))

    def _spread(self, part: Part, x: Floats) -> Floats:
        """The values of a part's columns in their places among all."""
        found = np.zeros(len(self.matrix.cost))
        found[part.columns] = x
        return found

    def perfect_foresight(self) -> Floats:
        """Return the mean, by probability, of what the scenarios that pass a node decide there in their relaxations;
        0 where none was solved."""
        total, weight = np.zeros(len(self.matrix.cost)), np.zeros(len(self.tree.nodes))
        for s, x in self._foresight.items():
            passed = [self.place[n] for n in self._path(s)]
            probability = self.tree.case.scenarios[s].probability
            weight[passed] += probability
            total += probability * x
        of_column = np.where(self._node >= 0, weight[self._node], 0.0)
        return np.divide(total, of_column, where=of_column > 0, out=np.zeros(len(total)))

    def stock_in_case(self) -> Floats:
        """Return what should be in stock, t, at the end of each node from which branches leave: so much that RESERVE of
        the scenarios that pass it have no more, by probability, in their relaxations. 0 where none was solved."""
        found = np.zeros(len(self.matrix.cost))
        for node in {self.tree.nodes[nodes[0]].parent for nodes in self.branches.values()} - {None}:
            passing = [s for s in self._foresight if node in self._path(s)]
            if passing:
                columns = np.flatnonzero(self._stock & (self._node == self.place[str(node)]))
                amounts = np.array([self._foresight[s][columns] for s in passing])
                probability = np.array([self.tree.case.scenarios[s].probability for s in passing])
                found[columns] = _quantile(amounts, probability, RESERVE)
        return found

    def of_base(self) -> Outcome | None:
        """Return a plan from the base's own, planned as if it were certain; None if there is none."""
        return self.first() if self.plan_base() else None

    def plan_base(self) -> bool:
        """Plan the base's path, as if it were certain; False if it has no plan."""
        part = self._part(self.branches[self._base], np.zeros(len(self.matrix.cost)), [])
        found = self.search(part.matrix, FIRST_GAP, None)
        if found.x is not None:
            self._of_base_path = self._spread(part, found.x)
        return found.x is not None

    def first(self) -> Outcome | None:
        """Return a plan from the base's own: its modules in every branch, what each can make of them; None if a branch
        finds none."""
        x = self._of_base_path.copy()
        others = [[s for s in generation if s != self._base] for generation in self._generations()]
        return self._continued(x, _Aim(x, False, np.zeros(len(x))), others)

    def near(self, modules: Floats) -> Outcome | None:
        """Return a plan whose modules are the legal ones nearest to those of a point of the tree, with the stock in
        case where it can be had; None if none is found so."""
        aim = _Aim(modules, True, self.stock_in_case())
        return self._continued(np.zeros(len(self.matrix.cost)), aim, self._generations())

    def _generations(self) -> list[list[str]]:
        """The branches: the base, then those that leave it, then those that leave these, and so on."""
        depth: dict[str, int] = {}
        for branch, nodes in self.branches.items():
            before = self.tree.nodes[nodes[0]].parent
            depth[branch] = 0 if before is None else depth[self.tree.nodes[before].scenario] + 1
        return [[s for s, d in depth.items() if d == k] for k in range(max(depth.values()) + 1)]

    def _continued(self, x: Floats, aim: _Aim, generations: list[list[str]]) -> Outcome | None:
        """The plan that goes on from x, branches of one generation side by side; None if a branch has none."""
        with ThreadPoolExecutor(self.workers) as pool:
            for generation in generations:
                if not all(pool.map(lambda branch: self._continue(branch, x, aim), generation)):
                    return None
        return self._complete(x)

    def at_once(self, solve: SolveLP) -> Outcome | None:
        """Return the best operation of the modules of the best plan in all branches at once; None if there is none, or
        not in time."""
        if self.x is None:
            return None
        found = solve(fixed_modules_lp(self.matrix, np.round(self.x[self.matrix.integer])))
        if found.x is None or found.stopped != StopReason.OPTIMAL:
            return None
        plan = self._complete(found.x)
        return None if plan is None else replace(plan, row_duals=found.row_duals)

    def better(self, gap: float, enough: Callable[[], bool], workers: int) -> Iterator[Outcome]:
        """Yield cheaper plans, with one more branch searched for itself each, until there is enough: first those that
        cost most more than they must; some side by side, for what they decide is seen by no other."""
        assert self.x is not None
        promise = {s: self._promise(s, self.x) for s in self.tree.leaves}
        with ThreadPoolExecutor(workers) as pool:
            ordered = sorted(promise, key=lambda s: -promise[s])
            searched: list[Future[tuple[Part, Outcome] | None]] = [
                pool.submit(self._searched, s, self.x, gap, enough) for s in ordered
            ]
            for future in as_completed(searched):
                found = future.result()
                if found is None or found[1].x is None:
                    continue
                part, outcome = found
                x = self.x.copy()
                x[part.columns] = outcome.x
                if part.matrix.cost @ x[part.columns] < part.matrix.cost @ self.x[part.columns]:
                    plan = self._complete(x)
                    if plan is not None:
                        yield plan

    def _promise(self, scenario: str, x: Floats) -> float:
        """By how much a scenario costs more than in its path's relaxation, M USD times its probability."""
        of_path = np.isin(self._node, [self.place[n] for n in self._path(scenario)])
        cost = (self.matrix.cost * self._scale)[of_path]
        foresight = self._foresight.get(scenario)
        more = cost @ (x[of_path] if foresight is None else x[of_path] - foresight[of_path])
        return self.tree.case.scenarios[scenario].probability * float(more)

    def _searched(
        self, scenario: str, x: Floats, gap: float, enough: Callable[[], bool]
    ) -> tuple[Part, Outcome] | None:
        """The nodes of a branch on which no other rests, searched for themselves; None where there is enough."""
        if enough():
            return None
        path = self._path(scenario)
        left = {self.tree.nodes[nodes[0]].parent for nodes in self.branches.values()}
        shared = max((k for k, n in enumerate(path) if n in left), default=-1)
        part = self._part(path[shared + 1 :], x, path[: shared + 1])
        return part, self.search(part.matrix, gap, x[part.columns][part.matrix.integer])

    def _weights(self) -> Weights:
        """The scenarios' weights in the cost of the plan; their probability where it counts no tail."""
        case = self.tree.case
        if self.x is None or not case.risk_weight:
            return expected_weights(case, list(self.tree.leaves))
        cost = {
            str(i[-1]): x for (c, i), x in zip(self.matrix.columns, self.x.tolist(), strict=True) if c == "node_cost"
        }
        return worst_weights(case, self.tree.path_costs(cost))

    def _past(self, branch: str) -> list[str]:
        return [n for n in self.tree.path(self.branches[branch][0]) if n not in self.branches[branch]]

    def _continue(self, branch: str, x: Floats, aim: _Aim) -> bool:
        """Plan a branch after its past, which `x` has, into `x`: with the modules and the stock that it is to have;
        without that stock; with what is committed; else searched. False if there is none."""
        part = self._part(self.branches[branch], x, self._past(branch))
        legal = LegalModules(part.matrix)
        wanted = aim.modules[part.columns[legal.columns]] if aim.own else self._of_base(part, legal, aim.modules)
        nearest = legal.nearest(wanted, legal.lower, legal.upper)
        in_case = np.minimum(aim.stock[part.columns], part.matrix.upper)
        stocked = part.matrix.with_bounds(np.maximum(part.matrix.lower, in_case), part.matrix.upper)
        ways = [(stocked, nearest)] if in_case.any() else []
        for matrix, target in (*ways, (part.matrix, nearest), (part.matrix, legal.cheapest())):
            if target is not None:
                found = self.operate(fixed_modules_lp(matrix, target))
                if found.stopped == StopReason.OPTIMAL and found.x is not None:
                    x[part.columns] = found.x
                    return True
        found = self.search(part.matrix, FIRST_GAP, None)
        if found.x is None:
            return False
        x[part.columns] = found.x
        return True

    def _of_base(self, part: Part, legal: LegalModules, modules: Floats) -> Floats:
        """What the base decides of every project in the year of each column."""
        base = {self.tree.nodes[n].year: n for n in self.branches[self._base]}
        found = np.zeros(len(legal.columns))
        for at, k in enumerate(legal.columns.tolist()):
            component, index = part.matrix.columns[k]
            same = self._column.get((component, (*index[:-1], base.get(self.tree.nodes[str(index[-1])].year))))
            found[at] = 0.0 if same is None else modules[same]
        return found

    def _part(self, nodes: list[str], x: Floats, past: list[str]) -> Part:
        """The model of some nodes, what is decided in `past` fixed as in x. Costs are those of a node as if certain."""
        own = np.isin(self._node, [self.place[n] for n in nodes])
        decided = np.isin(self._node, [self.place[n] for n in past])
        sees, others = self._pattern @ own.astype(float) > 0, self._pattern @ (~own & ~decided).astype(float) > 0
        rows, columns = np.flatnonzero(sees & ~others & self._rows), np.flatnonzero(own)
        value = np.where(decided, without_noise(self.matrix, x), 0.0)
        of_rows = self._entries[rows]
        handed, room = of_rows @ value, handover_room(of_rows, self.matrix.integer, value)
        m = self.matrix
        part = Matrix(
            (m.cost * self._scale)[columns], 0.0, csc_matrix(of_rows[:, columns]),
            m.low[rows] - handed - room, m.high[rows] - handed + room, m.lower[columns], m.upper[columns],
            m.integer[columns], [m.columns[k] for k in columns.tolist()], [m.rows[k] for k in rows.tolist()],
        )  # fmt: skip
        return Part(part, columns, rows)

    def _complete(self, x: Floats) -> Outcome | None:
        """The plan of the tree, with what only adds up costs; the cheapest is kept. None where a rule of the tree is
        broken."""
        if self._of_risk.any():
            fixed = replace(
                self.matrix.relaxed(),
                lower=np.where(self._of_risk, self.matrix.lower, x),
                upper=np.where(self._of_risk, self.matrix.upper, x),
                low=np.where(self._rows, -np.inf, self.matrix.low),
                high=np.where(self._rows, np.inf, self.matrix.high),
            )
            found = self.operate(fixed)
            if found.x is None:
                return None
            x = found.x
        used, m = self._entries @ x, self.matrix
        size = np.maximum(1.0, np.where(np.isfinite(m.low), np.abs(m.low), 0.0))
        if (np.maximum(m.low - used, used - m.high) > TOLERANCE * size).any():
            return None
        cost = float(self.matrix.cost @ x + self.matrix.offset)
        if cost < self._cost:
            self.x, self._cost = x, cost
        return Outcome(StopReason.OPTIMAL, x, cost, None)


def _quantile(amounts: Floats, weights: Floats, share: float) -> Floats:
    """The least amount of each column that this share of the rows, by weight, does not exceed."""
    order = amounts.argsort(axis=0, kind="stable")
    below = weights[order].cumsum(axis=0) >= (share - 1e-9) * weights.sum()
    ordered = np.take_along_axis(amounts, order, axis=0)
    found: Floats = np.take_along_axis(ordered, below.argmax(axis=0)[None, :], axis=0)[0]
    return found

"""The first plans of a large tree, branch by branch, long before its relaxation is solved.

With the decisions of a node's past fixed, a branch of the tree is a model of its own, a tenth as large: its columns,
and the rows that see nothing else still undecided. So the base's path is planned first, as if it were certain; every
other branch then goes on from what it shares with the one it leaves, first with the base's own modules, later with the
best it can find for itself. The duals of paths, put together, prove a bound meanwhile (engine.tree_duals).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from didymium.case.tree import Tree
from didymium.engine.continued import handover_room, without_noise
from didymium.engine.highs import Outcome
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.prices import fixed_modules_lp
from didymium.engine.rounding import LegalModules
from didymium.engine.tree_duals import PathDuals, Weights, expected_weights, path_duals, tree_duals, worst_weights
from didymium.rules.risk import TAIL_RULES, TAIL_VARIABLES
from didymium.statuses import StopReason

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
SearchPart = Callable[[Matrix, float, Floats | None], Outcome]
"""Searches a plan of a part of the tree to a gap, near some modules where they are given."""
SolveLP = Callable[[Matrix], Outcome]
TOLERANCE = 1e-5  # t, M USD or modules, or share of a larger side: the room of what is handed over, many times over
FIRST_GAP, BETTER_GAP = 0.01, 0.003  # of the base's path; of branches searched for themselves


@dataclass(frozen=True, slots=True)
class Part:
    """A branch or a path as a model of its own: `columns` and `rows` are its places in the tree's model."""

    matrix: Matrix
    columns: Places
    rows: Places


class BranchPlans:
    """Plans of a tree, put together from plans of its branches; each is a vector over the columns of the tree."""

    def __init__(self, matrix: Matrix, tree: Tree, search: SearchPart, operate: SolveLP, relax: SolveLP) -> None:
        self.matrix, self.tree = matrix, tree
        self.search, self.operate, self.relax = search, operate, relax
        self.place = {name: k for k, name in enumerate(tree.nodes)}
        self._node = np.array([self._place_of(*column) for column in matrix.columns], dtype=np.int64)
        self._entries, self._pattern = csr_matrix(matrix.a), csr_matrix(matrix.a != 0, dtype=float)
        self._of_risk = np.array([component in TAIL_VARIABLES for component, _ in matrix.columns], dtype=bool)
        self._rows = np.array([rule not in TAIL_RULES for rule, _ in matrix.rows], dtype=bool)
        probability = np.array([node.probability for node in tree.nodes.values()])
        self._scale = np.where(self._node >= 0, 1.0 / np.maximum(probability[self._node], 1e-9), 1.0)
        self.branches = self._by_branch()
        self._base = next(iter(self.branches))
        self._column = {column: k for k, column in enumerate(matrix.columns)}
        self.duals: dict[str, PathDuals] = {}
        self._of_base_path: Floats = np.zeros(0)
        self.x: Floats | None = None

    def _place_of(self, component: str, index: tuple[object, ...]) -> int:
        return self.place.get(str(index[-1]), -1) if index and component not in TAIL_VARIABLES else -1

    def _by_branch(self) -> dict[str, list[str]]:
        """The nodes of the base, then of every branch, parents before children."""
        base = self.tree.case.base.name
        found: dict[str, list[str]] = {base: []}
        for name, node in self.tree.nodes.items():
            found.setdefault(node.scenario, []).append(name)
        return {s: nodes for s, nodes in found.items() if nodes}

    def plan_base(self) -> bool:
        """Plan the base's path, as if it were certain; False if it has no plan."""
        x = np.zeros(len(self.matrix.cost))
        part = self._part(self.branches[self._base], x, [])
        found = self.search(part.matrix, FIRST_GAP, None)
        if found.x is None:
            return False
        if found.bound_duals is not None and self._base in self.tree.leaves:
            self.duals[self._base] = path_duals(part.matrix, self.tree, found.bound_duals)
        x[part.columns] = found.x
        self._of_base_path = x
        return True

    def first(self) -> Outcome | None:
        """Return a plan from the base's own: its modules in every branch, what each can make of them; None if a branch
        finds none."""
        x = self._of_base_path.copy()
        for branch in list(self.branches)[1:]:
            if not self._continue(branch, x, x):
                return None
        return self._complete(x)

    def near(self, modules: Floats) -> Outcome | None:
        """Return a plan whose modules are the legal ones nearest to those of a point of the tree; None if none is
        found so."""
        x = np.zeros(len(self.matrix.cost))
        for branch in self.branches:
            if not self._continue(branch, x, modules, own=True):
                return None
        return self._complete(x)

    def better(self) -> Iterator[Outcome]:
        """Yield cheaper plans, with one more branch searched for itself each; the most likely first."""
        weight = {s: self.tree.nodes[nodes[0]].probability for s, nodes in self.branches.items()}
        parents = {parent for s in self.branches if (parent := self._parent(s)) is not None}
        for branch in sorted(weight, key=lambda s: -weight[s]):
            if self.x is None or branch in parents:  # others rest on what this one decides
                continue
            x = self.x.copy()
            part = self._part(self.branches[branch], x, self._past(branch))
            found = self.search(part.matrix, BETTER_GAP, x[part.columns][part.matrix.integer])
            if found.x is not None and part.matrix.cost @ found.x < part.matrix.cost @ x[part.columns]:
                x[part.columns] = found.x
                plan = self._complete(x)
                if plan is not None:
                    yield plan

    def _parent(self, branch: str) -> str | None:
        """The branch that this one leaves."""
        before = self.tree.nodes[self.branches[branch][0]].parent
        return None if before is None else self.tree.nodes[before].scenario

    def prices(self) -> Floats:
        """Return duals of the tree's rows, from those of every scenario's path that is relaxed in time.

        Without some of them they prove little: what can be sold at most is worth more than all costs.
        """
        for s in self.tree.leaves:
            if s not in self.duals:
                path = self._part(list(self.tree.path(self.tree.leaves[s])), np.zeros(len(self.matrix.cost)), [])
                solved = self.relax(path.matrix.relaxed())
                if solved.row_duals is None:
                    break
                self.duals[s] = path_duals(path.matrix, self.tree, solved.row_duals)
        duals = {s: self.duals.get(s, {}) for s in self.tree.leaves}
        return tree_duals(self.tree.case, self.tree, self.matrix, duals, self._weights())

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

    def _continue(self, branch: str, x: Floats, modules: Floats, own: bool = False) -> bool:
        """Plan a branch after its past, which `x` has, into `x`: with the modules of the branch itself, `own`, or of
        the base in the same years; else with what is committed; else searched. False if there is none."""
        part = self._part(self.branches[branch], x, self._past(branch))
        legal = LegalModules(part.matrix)
        wanted = modules[part.columns[legal.columns]] if own else self._of_base(part, legal, modules)
        for target in (legal.nearest(wanted, legal.lower, legal.upper), legal.cheapest()):
            if target is not None:
                found = self.operate(fixed_modules_lp(part.matrix, target))
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
        """The plan of the tree, with what only adds up costs; it is kept. None where a rule of the tree is broken."""
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
        self.x = x
        return Outcome(StopReason.OPTIMAL, x, float(self.matrix.cost @ x + self.matrix.offset), None)

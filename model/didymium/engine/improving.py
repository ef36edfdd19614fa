"""How a plan is improved and its bound raised, in turn, on the relaxation that is kept in HiGHS."""

from __future__ import annotations

import math

from didymium.engine.bound_tree import BoundTree
from didymium.engine.idle import without_idle
from didymium.engine.rounding import LegalModules, RelaxationLP, improved
from didymium.engine.search_state import SearchState
from didymium.engine.steps import append_part

SPLITTING = 0.2  # of the solves that the last better plan took: those of splits take three times as long


class Improving(SearchState):
    """A search, and the relaxation from which it fixes and frees modules."""

    lp: RelaxationLP | None = None  # while it is kept in HiGHS

    def _improve(self, legal: LegalModules, tree: BoundTree | None) -> None:
        """Move single modules of the best plan and raise the bound, in turn."""
        assert self.lp is not None
        plan = self.best
        if plan is None or not self.lp.is_warm or self._done(plan):
            return
        self._begin("moving single modules, raising the bound")
        projects: list[object] = [self.matrix.columns[k][1][0] for k in legal.columns.tolist()]
        before = self.lp.solves
        for better in improved(self.lp, legal, projects, plan, self._done, self.options.tries):
            self._keep(better)
            if not self._over and tree is not None:
                self._raise_bound(tree, SPLITTING * (self.lp.solves - before))
            if self._over:
                return
            before = self.lp.solves
        if tree is not None:
            self._raise_bound(tree, math.inf)

    def _leave_out_idle(self, legal: LegalModules) -> None:
        """Leave out what the best plan builds and never runs, where it costs less without."""
        plan = self.best
        if plan is None or plan.x is None or self.lp is None or not self.lp.is_warm or self._stopped():
            return
        modules = without_idle(self.matrix, legal, plan.x)
        if modules is not None:
            self._begin("leaving out what never runs")
            self._keep(self.lp.solve(modules, modules))

    def _raise_bound(self, tree: BoundTree, solves: float) -> None:
        """Raise the bound towards the one that the best plan needs, by so many solves."""
        assert self.best is not None
        assert self.lp is not None
        cost, basis = self.best.objective or 0.0, self.lp.raw_basis()
        tree.raise_to(cost - self.options.gap * abs(cost), solves, self._stopped)
        self.lp.go_back(basis)
        self._keep(tree.plan)
        self._keep_bound(tree.bound if math.isfinite(tree.bound) else None, tree.cases())

    def _close_relaxation(self) -> None:
        if self.lp is not None:
            self.lp.close()
            self.lp = None
            append_part(self.log, self._part("relaxation"), "relaxation")

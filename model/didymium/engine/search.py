"""How a plan is searched for: small models go straight to HiGHS; large ones first get a good plan and a bound.

On the default case the relaxation's bound lies within 0.3 % of the least cost. So the relaxation is solved to a vertex,
whose duals prove the bound, and its modules are rounded to the nearest legal ones and moved one by one (rounding.py).
Where the plan found so comes within the gap of that bound, it is proven without branching. Before, of larger models
meanwhile on a second processor, the operation of what is committed is solved: the plan that there is from the first
seconds on.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from didymium.case.tree import Tree
from didymium.engine.basis import NamedBasis
from didymium.engine.bound import safe_bound
from didymium.engine.bound_tree import BoundTree
from didymium.engine.cases import Cases, one_case
from didymium.engine.control import Enough
from didymium.engine.cuts import with_cuts
from didymium.engine.highs import HighsSolve, Interrupt, Options, Outcome, Progress
from didymium.engine.idle import without_idle
from didymium.engine.improving import Improving
from didymium.engine.kept_plan import PlanKeeper
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.prices import fixed_modules_lp
from didymium.engine.rounding import NEAR, WARM_COLUMNS, LegalModules, RelaxationLP, rounded
from didymium.engine.search_state import OnProgress
from didymium.engine.tree_start import BETTER_GAP, FIRST_GAP, BranchPlans
from didymium.statuses import StopReason

FEW_INTEGERS = 150  # up to so many integer variables the plain search is the faster one
BUILT = 0.01  # modules; what the relaxation builds less of is left out of the restricted search
FIRST_PLAN = 60.0  # s that the plan of what is committed may take beyond the limit: it takes 1.5 s on the default case
OF_COMMITTED, OF_START = "operating what is committed", "operating the plan to start from"
SPLITS_CLOSE = 0.003  # of the cost: by about so much splits raise the bound
LARGE_TREE = 60_000  # columns from which a tree's first plans are made branch by branch


class Search(Improving):
    """One search under one time limit; logs of its parts go one after the other into `log`.

    `start`: numbers of modules, by integer column, near which a plan is wanted at once; they need not be legal.
    `start_cases`: duals that may prove a bound at once; any will do, poor ones prove little. `bound`: one that was
    proven before. `keeper` keeps better plans and bounds as they come.
    `basis`: that of a neighbour's relaxation, from which this one's takes a tenth of the time; the plan of `start` is
    then operated after it.
    """

    def __init__(
        self,
        matrix: Matrix,
        options: Options,
        log: Path | None,
        on_progress: OnProgress | None,
        interrupt: Interrupt | None,
        start: Floats | None = None,
        start_cases: Cases | None = None,
        tree: Tree | None = None,
        basis: NamedBasis | None = None,
        keeper: PlanKeeper | None = None,
        bound: float | None = None,
    ) -> None:
        super().__init__(matrix, options, log, on_progress, interrupt, keeper, bound)
        self.start, self.start_cases = start, start_cases
        self.basis, self.relaxed_basis = basis, basis
        self.plans: BranchPlans | None = None
        if tree is not None and len(tree.leaves) > 1 and matrix.a.shape[1] > LARGE_TREE:
            workers = 1 if options.threads else min(2, os.cpu_count() or 1)
            self.plans = BranchPlans(matrix, tree, self._search_part, self._operate, self._relax_part, workers)
        self.enough = Enough(interrupt)

    def run(self) -> Outcome:
        """Return the best plan within the gap, the time limit or an interrupt; `log` ends with a line a step."""
        found = self._found()
        self._run_all_that_is_built(found)
        found.proof, found.basis = self.proof, self.relaxed_basis
        if self.keeper is not None:
            self.keeper.bound(found.bound)
            if found.x is not None and found.objective is not None:
                self.keeper.plan(found.x, found.objective)
        self.steps.end(self.phase, found.objective, found.bound)
        if self.log is not None:
            self.steps.append_to(self.log)
        return found

    def _run_all_that_is_built(self, found: Outcome) -> None:
        """Leave out of a plan, in place, what it builds and never runs, where it costs less without."""
        if found.x is None or self.matrix.a.shape[1] > WARM_COLUMNS or self._stopped():
            return
        modules = without_idle(self.matrix, LegalModules(self.matrix), found.x)
        fewer = None if modules is None else self._operate(fixed_modules_lp(self.matrix, modules))
        if fewer is not None and fewer.stopped == StopReason.OPTIMAL and fewer.cheaper_than(found):
            found.x, found.objective, found.row_duals = fewer.x, fewer.objective, fewer.row_duals

    def _found(self) -> Outcome:
        if int(self.matrix.integer.sum()) <= FEW_INTEGERS:
            return self._small()
        if self.start_cases is not None:
            self._prove(self.start_cases)
        if self.plans is not None:
            self._by_branch(self.plans)
            if self._over:
                return self._ended()
        with ThreadPoolExecutor(1) as beside:
            legal = LegalModules(self.matrix)
            if self.basis is not None and self.start is not None and self.plans is None:
                return self._from_neighbour(legal)
            better = self.plans if self.best is not None else None
            known = (
                beside.submit(self._better, better, BETTER_GAP, 1) if better else beside.submit(self._known_plan, legal)
            )
            soon = self.start_cases is not None or self.matrix.a.shape[1] <= WARM_COLUMNS
            if soon and not better:  # a matter of a second, and sooner there than beside the relaxation
                self._begin(OF_COMMITTED if self.start is None else OF_START)
                self._keep(known.result())
                if self._over:
                    return self._ended()
            try:
                return self._rounded_or_searched(legal, known)
            finally:
                self.enough.request()
                self._close_relaxation()

    def _from_neighbour(self, legal: LegalModules) -> Outcome:
        """The same from a neighbour's basis and plan, one after the other: each is a matter of a second."""
        try:
            found = self._rounded_or_searched(legal, None)
        finally:
            self._close_relaxation()
        if found.x is None and found.stopped != StopReason.INFEASIBLE:
            self._known_plan(legal)
            return found if self.best is None else self._ended()
        return found

    def _by_branch(self, plans: BranchPlans) -> None:
        """The first bound and the first plans of a large tree, from the paths of its scenarios and its branches."""
        if self.start is not None:
            point = self.matrix.lower.copy()
            point[self.matrix.integer] = self.start
            self._plan_near(plans, point)
            if self._by_hand() and self.keeper is not None and self.keeper.goes_on:
                self._keep(plans.at_once(self._operate))  # or the plan would cost more than when it was kept
        if not self._over:
            self._begin("solving the relaxation of each scenario")
            self._prove(one_case(plans.prices()))
        if not self._over:
            self._plan_near(plans, plans.perfect_foresight())
        if self.best is not None and not self._over:
            self._begin("searching branch by branch")
            self._better(plans, FIRST_GAP, plans.workers)
            self.enough.withdraw()

    def _plan_near(self, plans: BranchPlans, point: Floats) -> None:
        """A plan near a point of the tree; the best plan's modules, operated in all branches at once."""
        self._begin("planning branch by branch")
        self._keep(plans.near(point) or plans.of_base())
        if self.best is not None and plans.duals:
            self._prove(one_case(plans.together()))
        if self.best is not None and not self._over and self._left() >= plans.relaxing:
            self._begin("operating all branches at once")
            self._keep(plans.at_once(self._operate_at_once))

    def _better(self, plans: BranchPlans, gap: float, workers: int) -> Outcome | None:
        """Better plans of a large tree, one branch after the other, until there are no more or none are needed."""
        for plan in plans.better(gap, lambda: self.enough.requested or self._stopped(), workers):
            self._keep(plan)
            if self._done(plan):
                self.enough.request()
        return self.best

    def _search_part(self, matrix: Matrix, gap: float, start: Floats | None) -> Outcome:
        part = replace(self.options, gap=max(gap, self.options.gap / 2), time_limit=self._left())
        return Search(matrix, part, None, None, self.enough, start).run()

    def _operate(self, matrix: Matrix) -> Outcome:
        """Solve an LP without which there may be no plan: as `_known_plan`, not stopped by hand. By interior point,
        which takes less of large ones, and by simplex where that fails."""
        found = self._relaxed(matrix, self._first_plan_left, None, vertex=True)
        if found.stopped in (StopReason.OPTIMAL, StopReason.INFEASIBLE, StopReason.TIME_LIMIT):
            return found
        return HighsSolve(matrix, replace(self.options, time_limit=self._first_plan_left())).solve()

    def _operate_at_once(self, matrix: Matrix) -> Outcome:
        """The operation of all branches together, where there is time for it. It ends at a vertex, which takes hardly
        longer where modules are fixed, so that its duals are the prices."""
        return self._relaxed(matrix, self._left, self.enough, vertex=True)

    def _relax_part(self, matrix: Matrix) -> Outcome:
        return self._relaxed(matrix, self._left, self.enough, vertex=False)

    def _relaxed(self, matrix: Matrix, left: Callable[[], float], interrupt: Interrupt | None, vertex: bool) -> Outcome:
        return RelaxationLP(
            matrix, np.flatnonzero(matrix.integer), self.options, None, left, interrupt, vertex=vertex
        ).relax()

    def _first_plan_left(self) -> float:
        return max(FIRST_PLAN, self._left())

    def _small(self) -> Outcome:
        """The plain search, with cuts; where it is stopped before it has a plan, the plan of what is committed."""
        known = None if self.start is None else self._known_plan(LegalModules(self.matrix))
        if self._over:
            return self._ended()
        self._begin("searching")
        strong = with_cuts(self.matrix)
        found = None if strong is self.matrix else self._integer_relaxation(strong)
        if found is None:
            start = None if known is None else known.x
            found = self._solve(strong, "search", start=start, report=self._report_all)
        ended_early = found.stopped in (StopReason.TIME_LIMIT, StopReason.INTERRUPTED)
        if found.x is None and ended_early and self.matrix.integer.any():
            known = known or self._known_plan(LegalModules(self.matrix))
        if known is not None and known.cheaper_than(found):
            found.x, found.objective, found.row_duals = known.x, known.objective, known.row_duals
        return self._with_bound(found)

    def _integer_relaxation(self, strong: Matrix) -> Outcome | None:
        """The relaxation with cuts, where its modules are whole: then no plan costs less. Else None."""
        found = self._solve(strong.relaxed(), "relaxation")
        if found.stopped != StopReason.OPTIMAL or found.x is None or found.row_duals is None:
            return None
        modules = found.x[strong.integer]
        if (np.abs(modules - np.round(modules)) > NEAR).any():
            return None
        bound = safe_bound(strong, found.row_duals)
        return Outcome(StopReason.OPTIMAL, found.x, found.objective, bound, warnings=found.warnings)

    def _rounded_or_searched(self, legal: LegalModules, known: Future[Outcome | None] | None) -> Outcome:
        """Relax, round, improve; search over everything where that does not prove the gap. `known`: the plan that is
        found meanwhile; None where that to start from is operated once the relaxation is solved."""
        relaxed = self._relax(legal)
        self.enough.request()
        if known is not None:
            self._keep(known.result())
        elif relaxed.stopped == StopReason.OPTIMAL:
            self._keep(self._fixed_start(legal))
        if relaxed.stopped == StopReason.INFEASIBLE and self.best is None:
            return Outcome(StopReason.INFEASIBLE, None, None, None, warnings=relaxed.warnings)
        if relaxed.row_duals is not None and relaxed.stopped == StopReason.OPTIMAL:
            self._prove(one_case(relaxed.row_duals))
            if not self._over:
                self._round(legal, relaxed)
            self._leave_out_idle(legal)
        if self._over:
            return self._ended()
        if self.best is not None and not self.options.branch:
            return self._ended()
        if self._stopped():
            return Outcome(self._reason(), None, None, self.bound, warnings=relaxed.warnings)
        self._close_relaxation()
        if relaxed.x is not None and self.bound is not None and not self._near():
            first = self._first_plan(relaxed.x)
            if first is not None:
                return first
        return self._full()

    def _relax(self, legal: LegalModules) -> Outcome:
        self._begin("solving the relaxation")
        part, log = replace(self.options, time_limit=self._left()), self._part("relaxation")
        self.lp = RelaxationLP(self.matrix, legal.columns, part, log, self._left, self.enough, self.basis)
        found = self.lp.relax()
        if found.stopped == StopReason.OPTIMAL:
            self.relaxed_basis = self.lp.basis()
        return found

    def _fixed_start(self, legal: LegalModules) -> Outcome | None:
        """The operation of the plan to start from, from the basis of the relaxation just solved."""
        assert self.lp is not None
        assert self.start is not None
        self._begin(OF_START)
        self.enough.withdraw()
        modules = legal.nearest(self.start, legal.lower, legal.upper)
        return None if modules is None else self.lp.solve(modules, modules)

    def _round(self, legal: LegalModules, relaxed: Outcome) -> None:
        """Round the relaxation's modules; improve the plan by moves of single ones and the bound by splits, in turn;
        those of a large tree branch by branch. Where there is a good plan to start from, that one is improved first."""
        assert self.lp is not None
        assert relaxed.x is not None
        self._begin("rounding the relaxation")
        self.enough.withdraw()
        self.lp.modules = relaxed.x[legal.columns]
        if self.plans is not None:
            self._plan_near(self.plans, relaxed.x)
            return
        basis = self.relaxed_basis
        tree = None if basis is None else BoundTree(self.matrix, self.lp, legal, relaxed, basis.basis)
        tried = None
        if self._is_near_start():
            self._improve(legal, tree)
            if self._over:
                return
            tried = self.best
            self._begin("rounding the relaxation")
            self.lp.modules = relaxed.x[legal.columns]
        self._keep(rounded(self.lp, legal))
        if self.best is not tried:
            self._improve(legal, tree)

    def _is_near_start(self) -> bool:
        """Whether the plan to start from is so good that moves and splits may close the gap without rounding."""
        cost, bound = self._cost, self.bound
        if self.start is None or cost is None or bound is None:
            return False
        return cost - bound <= (self.options.gap + SPLITS_CLOSE) * abs(cost)

    def _known_plan(self, legal: LegalModules) -> Outcome | None:
        """The plan that is known without a search: that of `start`, else of what is committed and no more.

        It is not stopped by hand, and has some seconds even where the limit is shorter: without it there may be none.
        """
        if self.start is not None:
            started = self._operated(legal.nearest(self.start, legal.lower, legal.upper))
            if started is not None:
                return started
        return self._operated(legal.cheapest())

    def _operated(self, modules: Floats | None) -> Outcome | None:
        """The best operation of legal modules, kept; None where there is none."""
        if modules is None:
            return None
        found = self._operate(fixed_modules_lp(self.matrix, modules))
        if found.stopped != StopReason.OPTIMAL:
            return None
        self._keep(found)
        return found

    def _ended(self) -> Outcome:
        """The best plan and why the search ended with it."""
        plan = self.best
        assert plan is not None
        at_vertex = self.plans is not None or self.matrix.a.shape[1] <= WARM_COLUMNS
        duals = plan.row_duals if at_vertex else None
        ended = Outcome(self._reason(), plan.x, plan.objective, self.bound, duals, warnings=plan.warnings)
        return _proven(ended) if self._settled(plan, self.bound) else ended

    def _first_plan(self, relaxed: Floats) -> Outcome | None:
        """Search over the modules that the relaxation builds or the best plan has; an outcome if that settles it."""
        assert self.bound is not None
        self._begin("searching over what the relaxation builds")
        start = None if self.best is None else self.best.x
        upper = self.matrix.upper.copy()
        idle = self.matrix.integer & (relaxed < BUILT) & (self.matrix.lower <= 0)
        if start is not None:
            idle &= start < BUILT
        upper[idle] = 0.0
        near_enough = self.bound / (1 - self.options.gap) if self.bound > 0 else self.bound / (1 + self.options.gap)
        part = replace(self.options, gap=min(self.options.gap, 0.5) / 4, time_limit=self._left() / 3)
        found = self._solve(
            self.matrix.with_bounds(self.matrix.lower, upper), "first plan", part, start, objective_target=near_enough
        )
        self._keep(found)
        return self._ended() if self._over else None

    def _full(self) -> Outcome:
        """Search over everything, from the best plan if there is one, until the bound proves that plan near enough.

        HiGHS may drop a plan that it is given to start from, so its bound is held against the best plan here.
        """
        self._begin("searching over everything")
        enough = Enough(self.interrupt)

        def report(progress: Progress) -> None:
            bound = max((b for b in (progress.bound, self.bound) if b is not None), default=None)
            if self.best is not None and self._settled(self.best, bound):
                enough.request()
            self._report_all(replace(progress, bound=bound))

        start = None if self.best is None else self.best.x
        found = self._solve(self.matrix, "search", start=start, report=report, interrupt=enough)
        if self.best is not None and self.best.cheaper_than(found):
            found.x, found.objective = self.best.x, self.best.objective
        return self._with_bound(found)

    def _with_bound(self, found: Outcome) -> Outcome:
        """What was found with the highest bound known, and proven where that settles it."""
        found.bound = max((b for b in (found.bound, self.bound) if b is not None), default=None)
        return _proven(found) if self._settled(found, found.bound) else found


def _proven(found: Outcome) -> Outcome:
    found.stopped = StopReason.OPTIMAL
    return found

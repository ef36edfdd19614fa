"""How a plan is searched for: small models go straight to HiGHS; large ones first get a good plan and a bound.

On the default case the relaxation's bound lies within 0.3 % of the least cost. So the relaxation is solved to a vertex,
whose duals prove the bound, and its modules are rounded to the nearest legal ones and moved one by one (rounding.py).
Where the plan found so comes within the gap of that bound, it is proven without branching. Meanwhile, on a second
processor, the operation of what is committed is solved: the plan that there is from the first seconds on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from didymium.engine.bound import safe_bound
from didymium.engine.cuts import with_cuts
from didymium.engine.highs import HighsSolve, Interrupt, Options, Outcome, Progress, relative_gap
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.prices import fixed_integer_lp
from didymium.engine.rounding import NEAR, LegalModules, RelaxationLP, improved, rounded
from didymium.statuses import StopReason

FEW_INTEGERS = 150  # up to so many integer variables the plain search is the faster one
BUILT = 0.01  # modules; what the relaxation builds less of is left out of the restricted search
FIRST_PLAN = 60.0  # s that the plan of what is committed may take beyond the limit: it takes 1.5 s on the default case
TRIES = 400  # moves of single modules before the full search
OnProgress = Callable[[Progress], None]


class Search:
    """One search under one time limit; logs of its parts go one after the other into `log`."""

    def __init__(
        self,
        matrix: Matrix,
        options: Options,
        log: Path | None,
        on_progress: OnProgress | None,
        interrupt: Interrupt | None,
    ) -> None:
        self.matrix, self.options, self.log, self.on_progress, self.interrupt = (
            matrix,
            options,
            log,
            on_progress,
            interrupt,
        )
        self.started = time.monotonic()
        self.bound: float | None = None
        self.best: Outcome | None = None
        self.lp: RelaxationLP | None = None

    def run(self) -> Outcome:
        """Return the best plan within the gap, the time limit or an interrupt."""
        if int(self.matrix.integer.sum()) <= FEW_INTEGERS:
            return self._small()
        with ThreadPoolExecutor(1) as beside:
            legal = LegalModules(self.matrix)
            committed = beside.submit(self._committed_only, legal)
            try:
                return self._rounded_or_searched(legal, committed)
            finally:
                self._close_relaxation()

    def _small(self) -> Outcome:
        """The plain search, with cuts; where it is stopped before it has a plan, the plan of what is committed."""
        strong = with_cuts(self.matrix)
        found = (None if strong is self.matrix else self._integer_relaxation(strong)) or self._solve(strong, "search")
        if (
            found.x is None
            and self.matrix.integer.any()
            and found.stopped in (StopReason.TIME_LIMIT, StopReason.INTERRUPTED)
        ):
            committed = self._committed_only(LegalModules(self.matrix))
            if committed is not None:
                found.x, found.objective, found.row_duals = committed.x, committed.objective, committed.row_duals
        return found

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

    def _rounded_or_searched(self, legal: LegalModules, committed: Future[Outcome | None]) -> Outcome:
        """Relax, round, improve; search over everything where that does not prove the gap."""
        relaxed = self._relax(legal)
        self._keep(committed.result())
        if relaxed.stopped == StopReason.INFEASIBLE:
            return Outcome(StopReason.INFEASIBLE, None, None, None, warnings=relaxed.warnings)
        if relaxed.row_duals is not None and relaxed.stopped == StopReason.OPTIMAL:
            self.bound = safe_bound(self.matrix, relaxed.row_duals)
            self._round(legal)
        if self.best is not None and self._done(self.best):
            return self._ended(self.best)
        if self._stopped():
            return Outcome(self._reason(), None, None, self.bound, warnings=relaxed.warnings)
        self._close_relaxation()
        if relaxed.x is not None and self.bound is not None:
            first = self._first_plan(relaxed.x)
            if first is not None:
                return first
        return self._full()

    def _relax(self, legal: LegalModules) -> Outcome:
        part, log = replace(self.options, time_limit=self._left()), self._part("relaxation")
        self.lp = RelaxationLP(self.matrix, legal.columns, part, log, self._left, self.interrupt)
        return self.lp.relax()

    def _round(self, legal: LegalModules) -> None:
        """Round the relaxation's modules, and improve the plan by moves of single ones."""
        assert self.lp is not None
        plan = rounded(self.lp, legal)
        self._keep(plan)
        if plan is None or plan is not self.best or not self.lp.is_warm or self._done(plan):
            return
        projects: list[object] = [self.matrix.columns[k][1][0] for k in legal.columns.tolist()]
        for better in improved(self.lp, legal, projects, plan, self._done, TRIES):
            self._keep(better)

    def _committed_only(self, legal: LegalModules) -> Outcome | None:
        """The plan that builds what is committed and no more: the operation of the cheapest legal modules.

        It is not stopped by hand, and has some seconds even where the limit is shorter: without it there may be none.
        """
        modules = legal.cheapest()
        if modules is None:
            return None
        x = self.matrix.lower.copy()
        x[legal.columns] = modules
        options = replace(self.options, time_limit=max(FIRST_PLAN, self._left()))
        found = HighsSolve(fixed_integer_lp(self.matrix, x), options).solve()
        if found.stopped != StopReason.OPTIMAL:
            return None
        self._keep(found)
        return found

    def _keep(self, plan: Outcome | None) -> None:
        """Keep a plan that is cheaper than all before, and show it."""
        if plan is None or plan.x is None or plan.objective is None:
            return
        if self.best is None or plan.objective < (self.best.objective or 0.0):
            self.best = plan
            if self.on_progress:
                self.on_progress(Progress(time.monotonic() - self.started, plan.objective, self.bound))

    def _by_hand(self) -> bool:
        return self.interrupt is not None and self.interrupt.requested

    def _stopped(self) -> bool:
        return self._by_hand() or time.monotonic() - self.started >= self.options.time_limit

    def _reason(self) -> StopReason:
        return StopReason.INTERRUPTED if self._by_hand() else StopReason.TIME_LIMIT

    def _done(self, plan: Outcome) -> bool:
        """Is the search over: near enough, out of time, or stopped by hand?"""
        return self._settled(plan, self.bound) or self._stopped()

    def _ended(self, plan: Outcome) -> Outcome:
        """The best plan and why the search ended with it."""
        ended = Outcome(self._reason(), plan.x, plan.objective, self.bound, warnings=plan.warnings)
        return _proven(ended) if self._settled(plan, self.bound) else ended

    def _first_plan(self, relaxed: Floats) -> Outcome | None:
        """Search over the modules that the relaxation builds or the best plan has; an outcome if that settles it."""
        assert self.bound is not None
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
        return self._ended(self.best) if self.best is not None and self._done(self.best) else None

    def _full(self) -> Outcome:
        """Search over everything, from the first plan if there is one."""
        found = self._solve(self.matrix, "search", start=None if self.best is None else self.best.x)
        if self.best is not None and (found.x is None or (self.best.objective or 0.0) < (found.objective or 0.0)):
            found.x, found.objective = self.best.x, self.best.objective
        found.bound = max((b for b in (found.bound, self.bound) if b is not None), default=None)
        return _proven(found) if self._settled(found, found.bound) else found

    def _settled(self, found: Outcome, bound: float | None) -> bool:
        gap = relative_gap(found.objective, bound)
        return gap is not None and gap <= self.options.gap

    def _left(self) -> float:
        return max(1.0, self.options.time_limit - (time.monotonic() - self.started))

    def _close_relaxation(self) -> None:
        if self.lp is not None:
            self.lp.close()
            self.lp = None
            _append(self.log, self._part("relaxation"), "relaxation")

    def _part(self, name: str) -> Path | None:
        """The log of a part of the search."""
        return None if self.log is None else self.log.with_name(f"{self.log.name}.{name.replace(' ', '_')}")

    def _solve(
        self, matrix: Matrix, name: str, options: Options | None = None, start: Floats | None = None, **highs: object
    ) -> Outcome:
        part = replace(options or self.options, time_limit=min((options or self.options).time_limit, self._left()))
        log = self._part(name)
        highs_solve = HighsSolve(matrix, part, log, **highs)
        if start is not None:
            highs_solve.start_from(start)
        try:
            return highs_solve.solve(self._report if self.on_progress else None, self.interrupt)
        finally:
            highs_solve.close()
            _append(self.log, log, name)

    def _report(self, progress: Progress) -> None:
        """Pass progress on in the time of the search as a whole, with the best plan and bound so far."""
        assert self.on_progress is not None
        incumbent = self.best.objective if self.best else None
        best = min((v for v in (progress.best, incumbent) if v is not None), default=None)
        bound = self.bound if self.bound is not None else progress.bound
        self.on_progress(Progress(time.monotonic() - self.started, best, bound))


def _proven(found: Outcome) -> Outcome:
    found.stopped = StopReason.OPTIMAL
    return found


def _append(log: Path | None, part: Path | None, name: str) -> None:
    if log is None or part is None or not part.exists():
        return
    with log.open("a", encoding="utf-8") as file:
        file.write(f"--- {name} ---\n{part.read_text(errors='replace')}\n")
    part.unlink()

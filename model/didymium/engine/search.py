"""How a plan is searched for: small models go straight to HiGHS; large ones first get a good plan and a bound.

On the default case the relaxation's bound lies within 0.3 % of the least cost and builds few of the modules that
could be built. So the problem is first solved over those modules alone (a few seconds), and when the plan found
so comes within the gap of the relaxation's bound, it is proven without the full search.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from didymium.engine.highs import HighsSolve, Interrupt, Options, Outcome, Progress, relative_gap
from didymium.engine.matrix import Floats, Matrix
from didymium.statuses import StopReason

FEW_INTEGERS = 150  # up to so many integer variables the plain search is the faster one
BUILT = 0.01  # modules; what the relaxation builds less of is left out of the first search
RELAXATION_ERROR = 1e-6  # share of the cost by which the relaxation's bound is lowered: interior point, no crossover
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

    def run(self) -> Outcome:
        """Return the best plan within the gap, the time limit or an interrupt."""
        if int(self.matrix.integer.sum()) <= FEW_INTEGERS:
            return self._solve(self.matrix, "search")
        relaxed = self._solve(self.matrix.relaxed(), "relaxation", solver="ipm", run_crossover="off")
        if relaxed.stopped in ("infeasible", "time_limit", "interrupted"):
            return replace_point(relaxed)
        if relaxed.x is not None and relaxed.objective is not None:
            self.bound = relaxed.objective - RELAXATION_ERROR * abs(relaxed.objective)
            first = self._first_plan(relaxed.x)
            if first is not None:
                return first
        return self._full()

    def _first_plan(self, relaxed: Floats) -> Outcome | None:
        """Search over the modules that the relaxation builds; an outcome if that settles it."""
        assert self.bound is not None
        upper = self.matrix.upper.copy()
        idle = self.matrix.integer & (relaxed < BUILT) & (self.matrix.lower <= 0)
        upper[idle] = 0.0
        near_enough = self.bound / (1 - self.options.gap) if self.bound > 0 else self.bound / (1 + self.options.gap)
        part = replace(self.options, gap=min(self.options.gap, 0.5) / 4, time_limit=self._left() / 3)
        found = self._solve(
            self.matrix.with_bounds(self.matrix.lower, upper), "first plan", part, objective_target=near_enough
        )
        if found.x is None and found.stopped != "interrupted":
            return None
        found.bound = self.bound
        self.best = found if found.x is not None else None
        if found.stopped == "interrupted" or self._settled(found, self.bound):
            return found if found.stopped == "interrupted" else _proven(found)
        return None

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

    def _solve(
        self, matrix: Matrix, name: str, options: Options | None = None, start: Floats | None = None, **highs: object
    ) -> Outcome:
        part = replace(options or self.options, time_limit=min((options or self.options).time_limit, self._left()))
        log = None if self.log is None else self.log.with_name(f"{self.log.name}.{name.replace(' ', '_')}")
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


def replace_point(relaxed: Outcome) -> Outcome:
    """Return an outcome without the relaxation's point, which is no plan."""
    return Outcome(relaxed.stopped, None, None, None, warnings=relaxed.warnings)


def _proven(found: Outcome) -> Outcome:
    found.stopped = StopReason.OPTIMAL
    return found


def _append(log: Path | None, part: Path | None, name: str) -> None:
    if log is None or part is None or not part.exists():
        return
    with log.open("a", encoding="utf-8") as file:
        file.write(f"--- {name} ---\n{part.read_text(errors='replace')}\n")
    part.unlink()

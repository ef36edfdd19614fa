"""What all parts of a search share: the time, the best plan and the bound so far, the log and the progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from didymium.engine.cases import Cases, bound_of_cases
from didymium.engine.highs import HighsSolve, Interrupt, Options, Outcome, Progress, relative_gap
from didymium.engine.kept_plan import PlanKeeper
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.steps import Steps, append_part
from didymium.statuses import StopReason

NEAR_THE_BOUND = 0.01  # of the cost: from there on the cuts of the full search prove more than better plans would
ROUNDING = 1e-9  # of the cost: a gap that is none
OnProgress = Callable[[Progress], None]


class SearchState:
    """A search under one time limit as far as it is; logs of its parts go one after the other into `log`.

    `keeper` keeps its better plans and bounds as they come; `bound` was proven before.
    """

    def __init__(
        self,
        matrix: Matrix,
        options: Options,
        log: Path | None,
        on_progress: OnProgress | None,
        interrupt: Interrupt | None,
        keeper: PlanKeeper | None = None,
        bound: float | None = None,
    ) -> None:
        self.matrix, self.options, self.log = matrix, options, log
        self.on_progress, self.interrupt, self.keeper = on_progress, interrupt, keeper
        self.started = time.monotonic()
        self.bound = bound
        self.proof: Cases | None = None
        self._proven: float | None = None  # the bound that it proves
        self.best: Outcome | None = None
        self.phase = ""
        self.steps = Steps()

    def _begin(self, phase: str) -> None:
        """Begin a phase of the search, and show it."""
        self.steps.end(self.phase, self._cost, self.bound)
        self.phase = phase
        self._show(self._cost, self.bound)

    @property
    def _cost(self) -> float | None:
        """The cost of the best plan, M USD; None while there is none."""
        return None if self.best is None else self.best.objective

    def _show(self, best: float | None, bound: float | None) -> None:
        if self.on_progress:
            elapsed = time.monotonic() - self.started
            left = max(0.0, self.options.time_limit - elapsed)
            self.on_progress(Progress(elapsed, best, bound, self.phase, left))

    def _by_hand(self) -> bool:
        return self.interrupt is not None and self.interrupt.requested

    def _stopped(self) -> bool:
        return self._by_hand() or time.monotonic() - self.started >= self.options.time_limit

    def _reason(self) -> StopReason:
        return StopReason.INTERRUPTED if self._by_hand() else StopReason.TIME_LIMIT

    @property
    def _over(self) -> bool:
        """Whether the best plan ends the search."""
        return self.best is not None and self._done(self.best)

    def _done(self, plan: Outcome) -> bool:
        """Is the search over: near enough, out of time, or stopped by hand?"""
        return self._settled(plan, self.bound) or self._stopped()

    def _settled(self, found: Outcome, bound: float | None) -> bool:
        gap = relative_gap(found.objective, bound)
        return gap is not None and gap <= max(self.options.gap, ROUNDING)

    def _near(self) -> bool:
        """Whether the best plan is so near to the bound that a better bound is wanted more than a better plan."""
        gap = relative_gap(self._cost, self.bound)
        return gap is not None and gap <= NEAR_THE_BOUND

    def _left(self) -> float:
        return max(1.0, self.options.time_limit - (time.monotonic() - self.started))

    def _part(self, name: str) -> Path | None:
        """The log of a part of the search."""
        return None if self.log is None else self.log.with_name(f"{self.log.name}.{name.replace(' ', '_')}")

    def _solve(
        self,
        matrix: Matrix,
        name: str,
        options: Options | None = None,
        start: Floats | None = None,
        report: OnProgress | None = None,
        interrupt: Interrupt | None = None,
        **highs: object,
    ) -> Outcome:
        part = replace(options or self.options, time_limit=min((options or self.options).time_limit, self._left()))
        log = self._part(name)
        highs_solve = HighsSolve(matrix, part, log, **highs)
        if start is not None:
            highs_solve.start_from(start)
        seen = None if self.keeper is None or not matrix.integer.any() else self.keeper.plan
        try:
            return highs_solve.solve(report or self._report_part, interrupt or self.interrupt, on_plan=seen)
        finally:
            highs_solve.close()
            append_part(self.log, log, name)

    def _report_part(self, progress: Progress) -> None:
        """Report a search whose bound may hold for a part of all plans only: where another is known, that is shown."""
        self._report(replace(progress, bound=self.bound if self.bound is not None else progress.bound))

    def _report_all(self, progress: Progress) -> None:
        """Report a search whose bound holds for all plans."""
        if self.keeper is not None:
            self.keeper.bound(progress.bound)
        self._report(progress)

    def _report(self, progress: Progress) -> None:
        """Pass progress on in the time of the search as a whole, with the best plan so far."""
        best = min((v for v in (progress.best, self._cost) if v is not None), default=None)
        self._show(best, progress.bound)

    def _keep(self, plan: Outcome | None) -> None:
        """Keep a plan that is cheaper than all before, and show it."""
        if plan is None or plan.x is None or plan.objective is None:
            return
        if self.best is None or plan.objective < (self.best.objective or 0.0):
            self.best = plan
            if self.keeper is not None:
                self.keeper.plan(plan.x, plan.objective)
            self._show(plan.objective, self.bound)

    def _prove(self, cases: Cases) -> None:
        """Keep the bound that some cases prove, and them, where it is higher than before."""
        self._keep_bound(bound_of_cases(self.matrix, cases), cases)

    def _keep_bound(self, bound: float | None, cases: Cases) -> None:
        """Keep a bound that is known to be what these cases prove, and them, where it is higher than before."""
        if bound is None or (self._proven is not None and bound <= self._proven):
            return
        self._proven, self.proof = bound, cases
        if self.keeper is not None:
            self.keeper.proof(cases)
            self.keeper.bound(bound)
        if self.bound is None or bound > self.bound:
            self.bound = bound
            self._show(self._cost, self.bound)

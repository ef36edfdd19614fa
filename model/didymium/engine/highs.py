"""Running HiGHS: options that are checked, progress, limits that are kept, and a plan that survives Ctrl-C.

HiGHS works in a thread of its own while the caller's waits; why it stopped and what it found are two facts.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import highspy
import numpy as np
from numpy.typing import NDArray

from didymium.engine.basis import NamedBasis
from didymium.engine.cases import Cases
from didymium.engine.control import Interrupt, Options, Progress, relative_gap
from didymium.engine.matrix import Floats, Matrix, load
from didymium.statuses import StopReason

OF_A_RELAXATION = "No semi-integer/integer variables"  # a warning that says of a relaxation what it is
GRACE = 30.0  # s that HiGHS may overrun its time limit before the best plan so far is taken without it
# For solves that start from a basis. Measured on the default case: half the time of HiGHS's own choices, which price
# every row of the basis anew. Where such a solve fails, CAREFUL_SIMPLEX takes away what is risky.
FAST_SIMPLEX: dict[str, object] = {
    "solver": "simplex",
    "simplex_dual_edge_weight_strategy": 1,
    "dual_simplex_cost_perturbation_multiplier": 0.0,
}
CAREFUL_SIMPLEX: dict[str, object] = {
    "solver": "simplex",
    "simplex_dual_edge_weight_strategy": -1,
    "dual_simplex_cost_perturbation_multiplier": 1.0,
}
_STATUS = highspy.HighsModelStatus
_ONE_BY_ONE = threading.Lock()  # or of two that silence standard output the later would take the silence for it
__all__ = [
    "CAREFUL_SIMPLEX",
    "FAST_SIMPLEX",
    "HighsSolve",
    "Interrupt",
    "Options",
    "Outcome",
    "Progress",
    "quiet_highs",
    "relative_gap",
    "set_option",
]


@dataclass(slots=True)
class Outcome:
    """Why HiGHS stopped (optimal, infeasible, unbounded, time_limit, interrupted, target, memory, failed) and what it
    found (`x`: the best point, None if there is none). `proof`: what proves a bound, case by case."""

    stopped: StopReason
    x: Floats | None
    objective: float | None
    bound: float | None
    row_duals: Floats | None = None
    column_duals: Floats | None = None
    proof: Cases | None = None
    basis: NamedBasis | None = None  # in which a relaxation ended
    warnings: list[str] = field(default_factory=list)

    def cheaper_than(self, other: Outcome) -> bool:
        """Return whether this plan costs less than another; also where there is no other."""
        return other.x is None or (self.objective or 0.0) < (other.objective or 0.0)


class HighsSolve:
    """One HiGHS model, one solve."""

    def __init__(self, matrix: Matrix, options: Options, log: Path | None = None, **highs_options: object) -> None:
        self.highs = quiet_highs()
        self.matrix, self.options, self.log = matrix, options, log
        settings: dict[str, object] = {
            "mip_rel_gap": options.gap,
            "random_seed": options.seed,
        }
        settings |= {"mip_min_logging_interval": 1.0, **highs_options}
        if options.threads:
            # Or a number other than the first of this process would end the run
            highspy.Highs.resetGlobalScheduler(True)
            settings["threads"] = options.threads
        if log is not None:
            settings["log_file"] = str(log)
        for name, value in settings.items():
            set_option(self.highs, name, value)
        load(self.highs, matrix)
        self._best: tuple[float, Floats] | None = None
        self._subscribed = False

    def set_options(self, **highs_options: object) -> None:
        """Set options for the solves that follow. Raises as `set_option`."""
        for name, value in highs_options.items():
            set_option(self.highs, name, value)

    def change_bounds(self, columns: NDArray[np.int64], lower: Floats, upper: Floats) -> None:
        """Give some columns other bounds; the next solve goes on from the last basis."""
        self.highs.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def change_costs(self, columns: NDArray[np.int64], costs: Floats) -> None:
        """Give some columns other costs; the next solve goes on from the last basis."""
        self.highs.changeColsCost(len(columns), columns.astype(np.int32), costs)

    def change_sides(self, rows: NDArray[np.int64], low: Floats, high: Floats) -> None:
        """Give some rows other sides; the next solve goes on from the last basis."""
        if len(rows):
            self.highs.changeRowsBounds(len(rows), rows.astype(np.int32), low, high)

    def start_from(self, x: Floats) -> None:
        """Offer a plan to start from; HiGHS drops one that breaks a rule, with a line in the log."""
        solution = highspy.HighsSolution()
        solution.col_value = np.where(self.matrix.integer, np.round(x), x).tolist()
        self.highs.setSolution(solution)

    def start_from_basis(self, basis: highspy.HighsBasis) -> None:
        """Let the next solve of a relaxation start from a basis; one that does not fit is dropped."""
        self.highs.setBasis(basis)

    def forget_basis(self) -> None:
        """Let the next solve begin anew, presolve included."""
        self.highs.clearSolver()

    def close(self) -> None:
        """Let go of the log file, so that it can be read and moved."""
        self.highs.setOptionValue("log_file", "")

    def solve(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        interrupt: Interrupt | None = None,
        seconds: float | None = None,
        on_plan: Callable[[Floats, float], None] | None = None,
    ) -> Outcome:
        """Run to the gap, the time limit or an interrupt. `on_plan` is called with the point and the cost of every
        better plan. `seconds` limits this solve of several; the callbacks of the first are those of all."""
        if not len(self.matrix.cost):  # nothing to decide: HiGHS calls the model empty and gives no point
            nothing = np.zeros(0)
            return Outcome(StopReason.OPTIMAL, nothing, self.matrix.offset, self.matrix.offset, nothing, nothing)
        started = time.monotonic()
        limit = self.options.time_limit if seconds is None else seconds
        self.set_options(time_limit=self.highs.getRunTime() + limit)  # HiGHS counts all its solves together
        if not self._subscribed:
            self._subscribe(started, on_progress, interrupt, on_plan)
            self._subscribed = True
        done = threading.Event()
        failure: list[BaseException] = []

        def work() -> None:
            try:
                self.highs.run()
            except BaseException as error:  # noqa: BLE001 (raised in the caller's thread)
                failure.append(error)
            finally:
                done.set()

        thread = threading.Thread(target=work, daemon=True, name="highs")
        thread.start()
        while not done.wait(0.2):
            over = time.monotonic() - started > limit + GRACE
            if over and self._best is not None:  # HiGHS does not always keep its limit: take what it has shown
                return Outcome(StopReason.TIME_LIMIT, self._best[1], self._best[0], None)
        thread.join()
        if failure:
            raise failure[0]
        return self._outcome(interrupt)

    def _subscribe(
        self,
        started: float,
        on_progress: Callable[[Progress], None] | None,
        interrupt: Interrupt | None,
        on_plan: Callable[[Floats, float], None] | None,
    ) -> None:
        if interrupt is not None:

            def stop(event: highspy.HighsCallbackEvent) -> None:
                if interrupt.requested:
                    event.interrupt()

            for callback in (self.highs.cbMipInterrupt, self.highs.cbSimplexInterrupt, self.highs.cbIpmInterrupt):
                callback.subscribe(stop)
        if self.matrix.integer.any():

            def improved(event: highspy.HighsCallbackEvent) -> None:
                cost, x = event.data_out.objective_function_value, np.array(event.data_out.mip_solution)
                self._best = (cost, x)
                if on_plan is not None:
                    on_plan(x, cost)

            self.highs.cbMipImprovingSolution.subscribe(improved)
        if on_progress is not None:

            def on_status(event: highspy.HighsCallbackEvent) -> None:
                out = event.data_out
                on_progress(
                    Progress(time.monotonic() - started, _finite(out.mip_primal_bound), _finite(out.mip_dual_bound))
                )

            self.highs.cbMipLogging.subscribe(on_status)

    def _outcome(self, interrupt: Interrupt | None) -> Outcome:
        info, solution = self.highs.getInfo(), self.highs.getSolution()
        stopped = _why(self.highs.getModelStatus())
        if stopped == StopReason.INTERRUPTED and not (interrupt and interrupt.requested):
            stopped = StopReason.FAILED
        mip = bool(self.matrix.integer.any())
        has_plan = (
            solution.value_valid and info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        )
        x = np.array(solution.col_value) if has_plan else None
        objective = float(info.objective_function_value) if has_plan else None
        bound = _finite(info.mip_dual_bound) if mip else objective
        outcome = Outcome(stopped, x, objective, bound, warnings=_warnings(self.log))
        if has_plan and solution.dual_valid and not mip:
            outcome.row_duals, outcome.column_duals = np.array(solution.row_dual), np.array(solution.col_dual)
        return outcome


def quiet_highs() -> highspy.Highs:
    """Return a new HiGHS that prints nothing. The first of a process prints a banner on standard output, where a caller
    may expect JSON."""
    with _ONE_BY_ONE:
        sys.stdout.flush()
        kept = os.dup(1)
        try:
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                highs = highspy.Highs()
        finally:
            os.dup2(kept, 1)
            os.close(kept)
    set_option(highs, "log_to_console", False)
    return highs


def set_option(highs: highspy.Highs, name: str, value: object) -> None:
    """Set an option. Raises ValueError where HiGHS does not know it or refuses the value (it would go on silently)."""
    if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
        raise ValueError(f"HiGHS does not take {value!r} for the option {name}")


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) and abs(value) < highspy.kHighsInf else None


def _why(status: highspy.HighsModelStatus) -> StopReason:
    names = {
        _STATUS.kOptimal: StopReason.OPTIMAL,
        _STATUS.kModelEmpty: StopReason.OPTIMAL,
        _STATUS.kInfeasible: StopReason.INFEASIBLE,
        _STATUS.kUnbounded: StopReason.UNBOUNDED,
        _STATUS.kUnboundedOrInfeasible: StopReason.INFEASIBLE_OR_UNBOUNDED,
        _STATUS.kTimeLimit: StopReason.TIME_LIMIT,
        _STATUS.kObjectiveTarget: StopReason.TARGET,
        _STATUS.kInterrupt: StopReason.INTERRUPTED,
        _STATUS.kMemoryLimit: StopReason.MEMORY,
    }
    return names.get(status, StopReason.FAILED)


def _warnings(log: Path | None) -> list[str]:
    """The warnings in HiGHS's log, each once: dropped entries and poor scaling are reported nowhere else.

    A search solves hundreds of times into one log, and its repeated warnings would not fit a cell of the result.
    """
    if log is None or not log.exists():
        return []
    lines = log.read_text(errors="replace").splitlines()
    warnings = dict.fromkeys(line.strip() for line in lines if line.startswith("WARNING"))
    return [warning for warning in warnings if OF_A_RELAXATION not in warning]

"""Which inputs are worth solving again: those whose range moves the cost most while the builds are fixed.

The operation of the fixed plan is an LP whose sides, bounds and prices a range changes. Its duals show, without a
solve, about how much: the ranges that promise most are then operated at both ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from didymium.case.case import Case
from didymium.engine.matrix import Floats
from didymium.engine.persistent import LPData
from didymium.plan.answer import Answer
from didymium.result_folder import Finished
from didymium.stress_test.draws import Draw
from didymium.stress_test.fixed_investments import fixed_investments
from didymium.stress_test.ranges import Range, ranges
from didymium.stress_test.runner import StressRunner

OPERATED = 3  # times as many ranges as are wanted are operated at both ends


@dataclass(frozen=True, slots=True)
class FixedSwing:
    """A range, and by how much the cost of a plan with its builds fixed changes at its ends, M USD. `operated`: whether
    both were operated; else they are what duals promise."""

    range: Range
    low: float
    high: float
    operated: bool

    @property
    def width(self) -> float:
        """Return the distance between the dearest and the cheapest of the two ends and the input as it is, M USD."""
        return max(self.low, self.high, 0.0) - min(self.low, self.high, 0.0)


def fixed_swings(
    case: Case, plan: Answer, scenario: str, wanted: int, finished: Finished, stopped: Callable[[], bool]
) -> list[FixedSwing]:
    """Return every range that has a width, that of the widest swing first; those operated before all others.

    Outages, which are no figure but an event, are left out. What was operated is kept in `finished`; `stopped` ends the
    operating with those that are done.
    """
    fixed = fixed_investments(case, plan)
    of_all = ranges(plan.source, case, {p for p, _ in fixed[scenario].built})
    found = [r for r in of_all if r.kind != "outage" and r.high > r.low]
    runner = StressRunner(case, {scenario: fixed[scenario]}, found)
    estimate = _Estimate(runner, scenario)
    promised = [FixedSwing(r, estimate.at(k, r.low), estimate.at(k, r.high), False) for k, r in enumerate(found)]
    order = sorted(range(len(found)), key=lambda k: -promised[k].width)
    operated: list[FixedSwing] = []
    for k in order[: OPERATED * wanted]:
        if stopped():
            break
        r = found[k]
        low, high = finished.remember(
            f"builds fixed, {r.name} {r.low:g} to {r.high:g}",
            partial(_both_ends, estimate, k, r),
            list,
            lambda ends: (float(ends[0]), float(ends[1])),
        )
        operated.append(FixedSwing(r, low, high, True))
    rest = [promised[k] for k in order[len(operated) :]]
    return [*sorted(operated, key=lambda swing: -swing.width), *rest]


def _both_ends(estimate: _Estimate, k: int, r: Range) -> tuple[float, float]:
    """By how much the cost changes at both ends of range k, operated, M USD."""
    return estimate.operated(k, r.low), estimate.operated(k, r.high)


class _Estimate:
    """The cost of the fixed plan by its operation as it is, and about what it becomes at other values."""

    def __init__(self, runner: StressRunner, scenario: str) -> None:
        self.runner, self.scenario = runner, scenario
        self.data = runner.scenario_data(scenario)
        self.operation = runner.operation_of(scenario)
        base = self.data.parameters
        self.x, self.y, self.d = runner.flows_and_duals(scenario, base)
        self.lp = self.operation.lp_data(base)
        self.cost = runner.result_of(scenario, base, self.x).cost

    def _draw(self, k: int, value: float) -> Draw:
        values = np.array([r.neutral for r in self.runner.ranges])
        values[k] = round(value) if self.runner.ranges[k].kind == "delay" else value
        return Draw(0, self.scenario, values)

    def at(self, k: int, value: float) -> float:
        """About the change of the cost when range k has a value: its duals times what changes, M USD."""
        parameters = self.data.drawn(self._draw(k, value))
        changed = self.operation.lp_data(parameters)
        of_plant = self.runner.result_of(self.scenario, parameters, self.x).cost - self.cost
        return of_plant + _by_duals(self.lp, changed, self.y, self.d)

    def operated(self, k: int, value: float) -> float:
        """The change of the cost when range k has a value, operated."""
        result = self.runner.run(self.scenario, self.data.drawn(self._draw(k, value)))
        return result.cost - self.cost


def _by_duals(base: LPData, changed: LPData, y: Floats, d: Floats) -> float:
    """By how much the sides and bounds that bind change the cost."""

    def moved(now: Floats, then: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(now) & np.isfinite(then), then - now, 0.0)

    sides = np.where(y > 0, moved(base.low, changed.low), moved(base.high, changed.high))
    bounds = np.where(d > 0, moved(base.lower, changed.lower), moved(base.upper, changed.upper))
    return float(y @ sides + d @ bounds)

"""Sensitivity: what the least cost becomes at both ends of each uncertain input, the plan optimised anew each time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from didymium.case.tree import Tree
from didymium.case_inputs import CaseInputs
from didymium.engine.control import Options
from didymium.engine.start import Start
from didymium.plans import Plan
from didymium.solving import SolveCallbacks, tree_for
from didymium.statuses import Status
from didymium.stress_test.draws import Draw, shocks_of
from didymium.stress_test.ranges import Range
from didymium.studies.first_plan import first_plan
from didymium.studies.neighbour import NearPlan, near_from_json, near_to_json, solve_near
from didymium.studies.swings import FixedSwing, fixed_swings

TRIES = 20  # moves of single modules at each end: later ones gain little, and the gap is stated
ENDS = ("low", "high")
NOTHING = 1e-7  # share of the cost: a smaller difference is the solver's tolerance


@dataclass(frozen=True, slots=True)
class Swing:
    """An input at both ends of its range, optimised anew."""

    fixed: FixedSwing
    low: NearPlan
    high: NearPlan

    @property
    def range(self) -> Range:
        """Return the input's range."""
        return self.fixed.range

    @property
    def found(self) -> float | None:
        """Return the distance between the best plans found at both ends, M USD; None where one has none."""
        costs = self._costs()
        return None if costs is None else abs(costs[1] - costs[0])

    @property
    def minimum(self) -> float | None:
        """Return what is proven of it: the bound of one end less the cost of the other, at least 0."""
        below, above = _difference(self.high, self.low), _difference(self.low, self.high)
        return None if below is None or above is None else max(0.0, below, above)

    @property
    def maximum(self) -> float | None:
        """Return the most it may be: the cost of one end less the bound of the other."""
        costs = self._costs()
        if costs is None or self.low.bound is None or self.high.bound is None:
            return None
        return max(costs[1] - self.low.bound, costs[0] - self.high.bound)

    def _costs(self) -> tuple[float, float] | None:
        low, high = self.low.cost, self.high.cost
        return None if low is None or high is None else (low, high)


def _difference(dear: NearPlan, cheap: NearPlan) -> float | None:
    """By how much one end costs more than the other at least."""
    return None if dear.bound is None or cheap.cost is None else dear.bound - cheap.cost


@dataclass(slots=True)
class Sensitivity:
    """The inputs that were optimised anew, the largest swing that is sure first, and all ranges as they were sieved.

    `plan` is that of the input as it is.
    """

    inputs: CaseInputs
    scenario: str
    plan: Plan
    bound: float | None
    swings: list[Swing] = field(default_factory=list)
    widths: list[FixedSwing] = field(default_factory=list)
    wanted: int = 0
    complete: bool = True


def find_sensitivity(
    inputs: CaseInputs, wanted: int, scenario: str | None, options: Options, callbacks: SolveCallbacks
) -> Sensitivity:
    """Optimise the plan anew at both ends of the `wanted` inputs with the widest ranges.

    The time limit is that of each solve. An interrupt ends it with the inputs so far. Raises BadWorkbook for an unknown
    scenario, and as `didymium.solve` where the input as it is has no plan.
    """
    status = callbacks.on_status or (lambda message: None)
    tree = tree_for(inputs, scenario, stochastic=False)
    name = next(iter(tree.leaves))
    status("the plan of the input as it is")
    first = first_plan(inputs, tree, options, callbacks)
    plan = first.plan
    found = Sensitivity(inputs, name, plan, first.bound, wanted=wanted)
    status("how far each range moves the cost while the builds are fixed")
    found.widths = fixed_swings(inputs.case, plan, name, wanted, callbacks.finished, lambda: callbacks.stopped)
    start = first.start(inputs)
    chosen = [swing for swing in found.widths if swing.width > NOTHING * abs(plan.cost)][:wanted]
    solver = _Ends(found, tree, start, replace(options, branch=False, tries=TRIES), callbacks, status, 2 * len(chosen))
    if message := callbacks.finished.message([name_of(fixed.range, end) for fixed in chosen for end in ENDS], "ends"):
        status(message)
    for fixed in chosen:
        ends = [solver.solve(fixed.range, end) for end in ENDS if not callbacks.stopped]
        if len(ends) < 2 or callbacks.stopped:
            found.complete = False
            break
        found.swings.append(Swing(fixed, *ends))
    found.swings.sort(key=lambda swing: (-(swing.minimum or 0.0), -(swing.found or 0.0)))
    return found


def name_of(r: Range, end: str) -> str:
    """Return the name under which an end of a range is kept."""
    return f"{r.name} {end} {getattr(r, end):g}"


class _Ends:
    """The solves at the ends of ranges, each a neighbour of the input as it is."""

    def __init__(
        self,
        found: Sensitivity,
        tree: Tree,
        start: Start,
        options: Options,
        callbacks: SolveCallbacks,
        status: Callable[[str], None],
        total: int,
    ) -> None:
        self.found, self.tree, self.start, self.options = found, tree, start, options
        self.callbacks, self.status, self.total = callbacks, status, total
        self.solved, self.started = 0, time.monotonic()

    def solve(self, r: Range, end: str) -> NearPlan:
        """The plan at one end of a range."""
        value = float(getattr(r, end))
        elapsed = time.monotonic() - self.started
        left = f"; about {elapsed / self.solved * (self.total - self.solved):,.0f} s left" if self.solved else ""
        self.status(f"solve {self.solved + 1} of {self.total}: {r.name} at {value:g}{left}")
        case, scenario = self.found.inputs.case, self.found.scenario
        if value == r.neutral:  # the input as it is
            near = self._as_it_is()
        else:
            drawn = Draw(0, scenario, np.array([round(value) if r.kind == "delay" else value]))
            changed = replace(case, shocks=(*case.shocks, *shocks_of(case, [r], drawn)))
            tree = tree_for(replace(self.found.inputs, case=changed), scenario, stochastic=False)
            near = self.callbacks.finished.remember(
                name_of(r, end),
                lambda: solve_near(changed, tree, self.start, self.options, self.callbacks.interrupt),
                near_to_json,
                near_from_json,
            )
        self.solved += 1
        return near

    def _as_it_is(self) -> NearPlan:
        plan = self.found.plan
        built: dict[tuple[str, int], int] = {}
        for row in plan.tables["investments"]:
            key = row["project"], row["decision_year"]
            built[key] = built.get(key, 0) + row["modules"]
        proven = plan.status in (Status.OPTIMAL, Status.GAP_REACHED)
        return NearPlan(plan.cost, self.found.bound, built, proven)

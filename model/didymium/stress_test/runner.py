"""One run after the other through the resident model: what each costs, what is short, and where supply comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from didymium.case.case import FREE_BELOW, Case
from didymium.engine.matrix import Floats
from didymium.engine.persistent import LPData, PersistentLP
from didymium.stress_test.draws import Draw, mean_draw
from didymium.stress_test.fixed_investments import FixedInvestments
from didymium.stress_test.operation import Operation
from didymium.stress_test.parameters import OperatingParameters, ScenarioData
from didymium.stress_test.ranges import Range
from didymium.stress_test.yearly import Yearly

STAGES = tuple(FREE_BELOW)


@dataclass(frozen=True, slots=True)
class OperationResult:
    """What one run came to. Years along the last axis; money is a year's, before weighting."""

    scenario: str
    costs: Floats  # kind x year, M USD/year
    wanted: Floats  # commodity x year, t/year
    short: Floats  # commodity x year, t/year
    segment_wanted: Floats  # segment x year, t/year
    segment_short: Floats  # segment x year, t/year
    free: Floats  # stage x year: t/year that is China-free at it, or designed out
    missed: Floats  # year: t short of targets
    gave: float  # t that take-or-pay and least stocks gave, all years
    cost: float  # M USD, discounted


class StressRunner:
    """Everything that runs of one plan share: the resident model and the world of each scenario."""

    def __init__(
        self, case: Case, held: dict[str, FixedInvestments], ranges: list[Range], myopic: bool = False
    ) -> None:
        self.case, self.held, self.ranges, self.myopic = case, held, ranges, myopic
        self._operations: dict[str, Operation] = {}
        self._solvers: dict[str, Yearly | PersistentLP] = {}
        self.operation = self.operation_of(case.base.name)  # years, spans and kinds of cost are the same in all
        self._scenario_data: dict[str, ScenarioData] = {}
        self.commodities = list(dict.fromkeys(d.commodity for d in case.demands.values()))
        self.segments = list(dict.fromkeys(d.segment for d in case.demands.values()))
        self._segment = np.array([self.segments.index(d.segment) for d in case.demands.values()], dtype=int)
        self._commodity = np.array([self.commodities.index(d.commodity) for d in case.demands.values()], dtype=int)

    def operation_of(self, scenario: str) -> Operation:
        """The LP of a scenario, made once."""
        if scenario not in self._operations:
            self._operations[scenario] = Operation(self.case, scenario, [h.built for h in self.held.values()])
        return self._operations[scenario]

    def scenario_data(self, scenario: str) -> ScenarioData:
        """The figures of a scenario, worked out once."""
        if scenario not in self._scenario_data:
            self._scenario_data[scenario] = ScenarioData(self.case, scenario, self.held[scenario], self.ranges)
        return self._scenario_data[scenario]

    def flows(self, scenario: str, figures: OperatingParameters) -> Floats:
        """The operation itself: a value for each column of the LP, found from the basis of the scenario's middling
        draw.

        From there draws take a fifth less time than from the basis of the scenario's own figures.
        """
        if scenario not in self._solvers:
            operation = self.operation_of(scenario)
            solver = Yearly(operation) if self.myopic else PersistentLP(operation.matrix)
            solver.solve(
                self._lp_data(scenario, self.scenario_data(scenario).drawn(mean_draw(self.ranges, scenario))),
                None,
                keep=scenario,
            )
            self._solvers[scenario] = solver
        return self._solvers[scenario].solve(self._lp_data(scenario, figures), scenario)

    def _lp_data(self, scenario: str, figures: OperatingParameters) -> LPData:
        return self.operation_of(scenario).lp_data(figures, self.held[scenario].stock if self.myopic else None)

    def run(self, scenario: str, figures: OperatingParameters) -> OperationResult:
        """Make the best of the plan under these figures."""
        return self.told(scenario, figures, self.flows(scenario, figures))

    def drawn(self, d: Draw) -> OperationResult:
        """Make the best of the plan under a draw."""
        return self.run(d.scenario, self.scenario_data(d.scenario).drawn(d))

    def told(self, scenario: str, f: OperatingParameters, x: Floats) -> OperationResult:
        """What an operation comes to."""
        op, size = self.operation_of(scenario), len(self.commodities)
        costs = op.costs(f, x)
        wanted, by_segment = np.zeros((size, len(op.years))), np.zeros((len(self.segments), len(op.years)))
        np.add.at(wanted, self._commodity, f.demand)
        np.add.at(by_segment, self._segment, f.demand)
        served = op.sums(op.serves, x, op.level, 5)
        designed = op.sums(op.designs, x, np.zeros(len(op.designs.at), dtype=int), 1)[0]
        return OperationResult(
            scenario=scenario,
            costs=costs,
            wanted=wanted,
            short=_clean(op.sums(op.shorts, x, self._commodity[op.shorts.item], size)),
            segment_wanted=by_segment,
            segment_short=_clean(op.sums(op.shorts, x, self._segment[op.shorts.item], len(self.segments))),
            free=np.array([served[:below].sum(axis=0) + designed for below in FREE_BELOW.values()]),
            missed=_clean(op.sums(op.misses, x, np.zeros(len(op.misses.at), dtype=int), 1)[0]),
            gave=float(x[op.gives].sum()),
            cost=float((costs.sum(axis=0) * op.discount).sum()),
        )


def _clean(tonnes: Floats) -> Floats:
    """Tonnages without the solver's noise around 0."""
    return np.where(np.abs(tonnes) > 1e-6, tonnes, 0.0)

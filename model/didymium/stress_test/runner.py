"""Runs of a plan, one after another on LPs kept in the solver: cost, shortage and origin of supply of each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from didymium.case.case import FREE_BELOW, Case
from didymium.engine.matrix import Floats
from didymium.engine.persistent import LPData, PersistentLP
from didymium.stress_test.draws import Draw, mean_draw
from didymium.stress_test.fixed_investments import FixedInvestments
from didymium.stress_test.operation import Integers, Operation
from didymium.stress_test.parameters import OperatingParameters, ScenarioData
from didymium.stress_test.ranges import Range
from didymium.stress_test.yearly import Yearly

STAGES = tuple(FREE_BELOW)


@dataclass(frozen=True, slots=True)
class OperationResult:
    """The result of one run. Years are the last axis; yearly money is before discounting."""

    scenario: str
    costs: Floats  # kind x year, M USD/year
    wanted: Floats  # commodity x year, t/year
    short: Floats  # commodity x year, t/year
    segment_wanted: Floats  # segment x year, t/year
    segment_short: Floats  # segment x year, t/year
    region_short: Floats  # segment x region x year, t/year
    free: Floats  # stage x year: t/year that is China-free at that stage, or designed out
    target_shortfall: Floats  # t/year short of targets, by year
    slack: float  # t by which take-or-pay, offtakes and minimum stocks are relaxed, all years
    cost: float  # M USD, discounted

    def to_json(self) -> dict[str, object]:
        """Return it as JSON holds it: an array as its shape and its numbers."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {n: [v.shape, v.ravel().tolist()] if isinstance(v, np.ndarray) else v for n, v in values.items()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> OperationResult:
        """Return what `to_json` gave. Raises TypeError, KeyError or ValueError for anything else."""
        values = {f.name: value[f.name] for f in fields(cls)}
        arrays = {n: np.reshape(np.array(v[1], dtype=float), v[0]) for n, v in values.items() if isinstance(v, list)}
        return cls(**{**values, **arrays})


class StressRunner:
    """What the runs of one plan share: the LP, its solver and the operating parameters of each scenario."""

    def __init__(
        self, case: Case, fixed: dict[str, FixedInvestments], ranges: list[Range], myopic: bool = False
    ) -> None:
        self.case, self.fixed, self.ranges, self.myopic = case, fixed, ranges, myopic
        self._operations: dict[str, Operation] = {}
        self._solvers: dict[str, Yearly | PersistentLP] = {}
        self.operation = self.operation_of(case.base.name)  # years, spans and kinds of cost are the same in all
        self._scenario_data: dict[str, ScenarioData] = {}
        self.commodities = list(dict.fromkeys(d.commodity for d in case.demands.values()))
        self.segments = list(dict.fromkeys(d.segment for d in case.demands.values()))
        self.regions = list(dict.fromkeys(d.region for d in case.demands.values()))
        self._segment = np.array([self.segments.index(d.segment) for d in case.demands.values()], dtype=int)
        region = np.array([self.regions.index(d.region) for d in case.demands.values()], dtype=int)
        self._segment_region = self._segment * len(self.regions) + region
        self._commodity = np.array([self.commodities.index(d.commodity) for d in case.demands.values()], dtype=int)

    def operation_of(self, scenario: str) -> Operation:
        """Return the LP of a scenario, built once."""
        if scenario not in self._operations:
            self._operations[scenario] = Operation(self.case, scenario, [f.built for f in self.fixed.values()])
        return self._operations[scenario]

    def scenario_data(self, scenario: str) -> ScenarioData:
        """Return the operating parameters of a scenario and how draws change them, worked out once."""
        if scenario not in self._scenario_data:
            self._scenario_data[scenario] = ScenarioData(self.case, scenario, self.fixed[scenario], self.ranges)
        return self._scenario_data[scenario]

    def flows(self, scenario: str, parameters: OperatingParameters) -> Floats:
        """Return the optimal operation: a value for each column of the LP.

        The simplex starts from the basis of the scenario's mean draw: from there draws take a fifth less time than from
        the basis of the scenario itself. Always the same start makes a run independent of those before it.
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
        return self._solvers[scenario].solve(self._lp_data(scenario, parameters), scenario)

    def flows_and_duals(self, scenario: str, parameters: OperatingParameters) -> tuple[Floats, Floats, Floats]:
        """Return the optimal operation under perfect foresight, the duals of its rows and the reduced costs of its
        columns."""
        x = self.flows(scenario, parameters)
        solver = self._solvers[scenario]
        if not isinstance(solver, PersistentLP):
            raise TypeError("an operation without foresight has no duals of all its years")
        return x, *solver.duals()

    def _lp_data(self, scenario: str, parameters: OperatingParameters) -> LPData:
        return self.operation_of(scenario).lp_data(parameters, self.fixed[scenario].stock if self.myopic else None)

    def run(self, scenario: str, parameters: OperatingParameters) -> OperationResult:
        """Return the result of operating the plan in a scenario under given parameters, at least cost."""
        return self.result_of(scenario, parameters, self.flows(scenario, parameters))

    def run_draw(self, d: Draw) -> OperationResult:
        """Return the result of operating the plan under a draw, at least cost."""
        return self.run(d.scenario, self.scenario_data(d.scenario).drawn(d))

    def result_of(self, scenario: str, f: OperatingParameters, x: Floats) -> OperationResult:
        """Return cost, demand, shortage, origin and slack of an operation `x` under parameters `f`."""
        op = self.operation_of(scenario)
        costs = op.costs(f, x)
        served = op.sums(op.serves, x, op.origin_level, 5)
        substituted = op.sums(op.substitutions, x, np.zeros(len(op.substitutions.at), dtype=int), 1)[0]
        pairs = len(self.segments), len(self.regions)
        region_short = self._short(op, x, self._segment_region, pairs[0] * pairs[1]).reshape(*pairs, -1)
        shortfall = op.sums(op.shortfalls, x, np.zeros(len(op.shortfalls.at), dtype=int), 1)[0]
        return OperationResult(
            scenario=scenario,
            costs=costs,
            wanted=_by_group(f.demand, self._commodity, len(self.commodities)),
            short=self._short(op, x, self._commodity, len(self.commodities)),
            segment_wanted=_by_group(f.demand, self._segment, len(self.segments)),
            segment_short=self._short(op, x, self._segment, len(self.segments)),
            region_short=region_short,
            free=np.array([served[:below].sum(axis=0) + substituted for below in FREE_BELOW.values()]),
            target_shortfall=_clean(shortfall),
            slack=float(x[op.slacks].sum()),
            cost=float((costs.sum(axis=0) * op.discount).sum()),
        )

    def _short(self, op: Operation, x: Floats, group: Integers, size: int) -> Floats:
        """Return the shortage of an operation by a group of the demands and year, t/year."""
        return _clean(op.sums(op.shortages, x, group[op.shortages.item], size))


def _by_group(rows: Floats, group: Integers, size: int) -> Floats:
    """Return the sums of rows by their group: group x year."""
    total = np.zeros((size, rows.shape[1]))
    np.add.at(total, group, rows)
    return total


def _clean(tonnes: Floats) -> Floats:
    """Return tonnages without the solver's noise around 0."""
    return np.where(np.abs(tonnes) > 1e-6, tonnes, 0.0)

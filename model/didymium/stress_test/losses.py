"""N-1 tests: each plant and each supplier lost in turn, what that costs, and the stock that would bridge it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import cast

import numpy as np

from didymium.engine.matrix import Floats
from didymium.results.stress import BridgeColumns, LossRow
from didymium.stress_test.parameters import OperatingParameters
from didymium.stress_test.runner import STAGES, OperationResult, StressRunner
from didymium.stress_test.tables import free_shares

NOISE = 1e-7  # share of what is compared: a smaller difference is the solver's tolerance


class LossKind(Enum):
    """Whether a plant or a supplier is lost; the values are those of the column `kind`."""

    PLANT = "plant"
    SUPPLIER = "supplier"


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost: a plant, or all offers of a supplier."""

    kind: LossKind
    name: str
    stage: str
    region: str


def losses(runner: StressRunner) -> list[Loss]:
    """Return every plant that exists or is built, and every supplier, in the order of the case."""
    case = runner.case
    built = {p for f in runner.fixed.values() for p, _ in f.built}
    plants = [
        Loss(LossKind.PLANT, p.name, p.stage, p.region)
        for p in case.projects.values()
        if p.existing > 0 or p.name in built
    ]
    suppliers = dict.fromkeys(o.supplier for o in case.offers.values())
    return [*plants, *(Loss(LossKind.SUPPLIER, s, "", "") for s in suppliers)]


def parameters_without(runner: StressRunner, scenario: str, loss: Loss) -> OperatingParameters:
    """Return the operating parameters of a scenario with the loss in every year."""
    scenario_data = runner.scenario_data(scenario)
    if loss.kind is LossKind.PLANT:
        return scenario_data.without_plant(loss.name)
    return scenario_data.without_supplier(loss.name)


def loss_rows(
    runner: StressRunner, found: list[tuple[Loss, OperationResult]], baseline: OperationResult
) -> list[LossRow]:
    """Return the cost, shortage and stock to bridge of each loss, against the run without it, the costliest first."""
    rows = [_loss_row(runner, loss, result, baseline) for loss, result in found]
    return sorted(rows, key=lambda r: (-r["cost_more_musd"], r["lost"]))


def _loss_row(runner: StressRunner, loss: Loss, result: OperationResult, baseline: OperationResult) -> LossRow:
    span, last = runner.operation.span, runner.operation.years[-1]
    free_change = free_shares(result) - free_shares(baseline)
    money = dict(zip(runner.operation.kinds, (result.costs - baseline.costs) @ runner.operation.discount, strict=True))

    def tonnes_more(now: Floats, before: Floats) -> float:
        return _without_noise(float(((now - before) * span).sum()), float(((now + before) * span).sum()))

    row = {
        "lost": loss.name,
        "kind": loss.kind.value,
        "stage": loss.stage or None,
        "region": loss.region or None,
        "cost_more_musd": _without_noise(result.cost - baseline.cost, baseline.cost),
        "shortage_more_musd": _without_noise(money["shortage"], baseline.cost),
        "target_penalty_more_musd": _without_noise(money["target_penalty"], baseline.cost),
        "short_more_t": tonnes_more(result.short.sum(axis=0), baseline.short.sum(axis=0)),
        "targets_missed_more_t": tonnes_more(result.target_shortfall, baseline.target_shortfall),
        f"china_free_magnets_{last}_change_points": 100
        * _without_noise(float(free_change[STAGES.index("magnet"), -1]), 1.0),
        **_bridge(runner, result, baseline),
    }
    return cast(LossRow, row)


def _without_noise(difference: float, size: float) -> float:
    """Return a difference between amounts of a size, or 0 where it is the solver's tolerance."""
    return difference if abs(difference) > NOISE * max(1.0, abs(size)) else 0.0


def _bridge(runner: StressRunner, result: OperationResult, baseline: OperationResult) -> BridgeColumns:
    """Return the stock that would cover the worst additional shortage of one commodity in one year.

    The worst is that of most months of demand; the stock is blank or 0 where no additional tonne goes short.
    """
    more = np.maximum(result.short - baseline.short, 0.0)
    months = 12 * np.divide(more, result.wanted, out=np.zeros_like(more), where=result.wanted > 0)
    c, y = np.unravel_index(int(months.argmax()), months.shape) if months.size else (0, 0)
    needed = bool(months.size) and months[c, y] > 1e-6
    return {
        "worst_year": runner.operation.years[int(y)] if needed else None,
        "stock_to_bridge_it_t": float(more[c, y]) if needed else 0.0,
        "of": runner.commodities[int(c)] if needed else None,
        "months_of_stock": float(months[c, y]) if needed else 0.0,
    }

"""N-1: each plant and each supplier gone in turn, what that costs, and the stock that would bridge a year of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from didymium.plan.tables import Record
from didymium.stress_test.parameters import OperatingParameters
from didymium.stress_test.runner import STAGES, OperationResult, StressRunner
from didymium.stress_test.tables import free_shares


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost: a plant, or all that a supplier offers."""

    kind: str  # plant or supplier
    name: str
    stage: str
    region: str


def losses(bench: StressRunner) -> list[Loss]:
    """Every plant that stands or is built, and every supplier, in the order of the case."""
    case = bench.case
    built = {p for h in bench.held.values() for p, _ in h.built}
    plants = [
        Loss("plant", p.name, p.stage, p.region) for p in case.projects.values() if p.existing > 0 or p.name in built
    ]
    suppliers = dict.fromkeys(o.supplier for o in case.offers.values())
    return [*plants, *(Loss("supplier", s, "", "") for s in suppliers)]


def figures_without(bench: StressRunner, scenario: str, loss: Loss) -> OperatingParameters:
    """The figures of a scenario with the loss in every year."""
    scenario_data = bench.scenario_data(scenario)
    return scenario_data.without_plant(loss.name) if loss.kind == "plant" else scenario_data.without_supplier(loss.name)


def loss_rows(bench: StressRunner, found: list[tuple[Loss, OperationResult]], whole: OperationResult) -> list[Record]:
    """What each loss comes to against the run without it, the costliest first."""
    span, last = bench.operation.span, bench.operation.years[-1]
    rows: list[Record] = []
    for loss, run in found:
        more = np.maximum(run.short - whole.short, 0.0)
        months = 12 * np.divide(more, run.wanted, out=np.zeros_like(more), where=run.wanted > 0)
        c, y = np.unravel_index(int(months.argmax()), months.shape) if months.size else (0, 0)
        bridge = bool(months.size) and months[c, y] > 1e-6
        rows.append(
            {
                "lost": loss.name,
                "kind": loss.kind,
                "stage": loss.stage or None,
                "region": loss.region or None,
                "cost_more_musd": run.cost - whole.cost,
                "short_more_t": float(((run.short - whole.short).sum(axis=0) * span).sum()),
                "targets_missed_more_t": float(((run.missed - whole.missed) * span).sum()),
                f"china_free_magnets_{last}_change_points": (
                    100 * float((free_shares(run) - free_shares(whole))[STAGES.index("magnet"), -1])
                ),
                "worst_year": bench.operation.years[int(y)] if bridge else None,
                "stock_to_bridge_it_t": float(more[c, y]) if bridge else 0.0,
                "of": bench.commodities[int(c)] if bridge else None,
                "months_of_stock": float(months[c, y]) if bridge else 0.0,
            }
        )
    return sorted(rows, key=lambda r: (-float(str(r["cost_more_musd"])), str(r["lost"])))

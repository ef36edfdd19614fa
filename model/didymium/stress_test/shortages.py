"""Who goes short: by scenario, year and segment, in the scenario itself and over the draws of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from didymium.plan.tables import Record
from didymium.stress_test.runner import OperationResult, StressRunner


def shortage_rows(
    bench: StressRunner, own: Mapping[str, OperationResult], runs: Sequence[OperationResult]
) -> list[Record]:
    """Every segment that goes short in a year of a scenario, in the scenario as it stands or in any draw of it; t a
    year.

    The model decides who goes short, by shortage costs and by the grades that are wanted.
    """
    rows: list[Record] = []
    for name, run in own.items():
        drawn = [r for r in runs if r.scenario == name]
        for y, year in enumerate(bench.operation.years):
            for k, segment in enumerate(bench.segments):
                short = np.array([r.segment_short[k, y] for r in drawn])
                if run.segment_short[k, y] > 0 or short.any():
                    rows.append(
                        {
                            "scenario": name,
                            "year": year,
                            "segment": segment,
                            **_in_scenario(run, k, y),
                            **_over(drawn, short, k, y),
                        }
                    )
    return rows


def _in_scenario(run: OperationResult, k: int, y: int) -> Record:
    wanted, short = float(run.segment_wanted[k, y]), float(run.segment_short[k, y])
    return {"wanted_t": wanted, "short_t": short, "short_percent": 100 * short / wanted if wanted else 0.0}


def _over(drawn: Sequence[OperationResult], short: np.ndarray, k: int, y: int) -> Record:  # type: ignore[type-arg]
    """How often the segment is short among the draws of the scenario, and by how much; blank where there are none."""
    if not drawn:
        return {"draws": 0, "draws_short_percent": None, "mean_short_percent": None, "worst_short_percent": None}
    wanted = np.array([r.segment_wanted[k, y] for r in drawn])
    share = 100 * np.divide(short, wanted, out=np.zeros_like(short), where=wanted > 0)
    often = 100 * float((short > 0).mean())
    return {
        "draws": len(drawn),
        "draws_short_percent": often,
        "mean_short_percent": float(share.mean()),
        "worst_short_percent": float(share.max()),
    }


def by_segment(rows: Sequence[Record], spans: Mapping[int, float]) -> dict[str, dict[str, float]]:
    """Scenario -> segment -> t short in all years of the scenario itself; `spans`: the years that each modelled year
    stands for."""
    found: dict[str, dict[str, float]] = {}
    for r in rows:
        short = float(str(r["short_t"])) * spans[int(str(r["year"]))]
        by_name = found.setdefault(str(r["scenario"]), {})
        by_name[str(r["segment"])] = by_name.get(str(r["segment"]), 0.0) + short
    return found

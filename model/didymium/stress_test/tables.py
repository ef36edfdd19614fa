"""Results of runs as plain rows: scenarios, percentiles, years, and every draw with its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from didymium.engine.matrix import Floats
from didymium.excel.headings import words_of
from didymium.plan.rows import number
from didymium.results.stress import DrawRow, PercentileRow, RangeRow, RunRow, StatisticColumns, StressYearRow
from didymium.stress_test.draws import Draw
from didymium.stress_test.ranges import Range
from didymium.stress_test.runner import STAGES, OperationResult, StressRunner


def result_row(runner: StressRunner, result: OperationResult) -> RunRow:
    """Return one run as a row: cost, shortage, China-free shares of the last year, targets missed, cost by kind."""
    op = runner.operation
    short = float((result.short.sum(axis=0) * op.span).sum())
    wanted = float((result.wanted.sum(axis=0) * op.span).sum())
    free = free_shares(result)
    last = op.years[-1]
    row = {
        "scenario": result.scenario,
        "cost_musd": result.cost,
        "short_t": short,
        "short_percent": 100 * short / wanted if wanted else 0.0,
        "worst_year_short_percent": 100
        * float(_share(result.short.sum(axis=0), result.wanted.sum(axis=0)).max(initial=0.0)),
        "targets_missed_t": float((result.target_shortfall * op.span).sum()),
        **{f"{stage}_china_free_in_{last}_percent": 100 * float(free[k, -1]) for k, stage in enumerate(STAGES)},
        "gave_t": result.slack,
        **{f"{kind}_musd": float((result.costs[k] * op.discount).sum()) for k, kind in enumerate(op.kinds)},
    }
    return cast(RunRow, row)


def free_shares(result: OperationResult) -> Floats:
    """Return the share of demand that is China-free or designed out: stage x year; 1 without demand."""
    return np.array([_share(free, result.wanted.sum(axis=0), 1.0) for free in result.free])


def _share(part: Floats, total: Floats, empty: float = 0.0) -> Floats:
    return np.divide(part, total, out=np.full_like(total, empty), where=total > 0)


def percentiles(rows: Sequence[Mapping[str, object]]) -> list[PercentileRow]:
    """Return mean, percentiles and the worst value of every measure of the draws.

    The worst is the minimum of China-free shares and the maximum of all else.
    """
    if not rows:
        return []
    found: list[PercentileRow] = []
    for name in rows[0]:
        if name in ("draw", "scenario", "gave_t"):
            continue
        values = np.array([number(r, name) for r in rows])
        found.append({"measure": name, **_statistics(values, lowest="china_free" in name)})
    return found


def _statistics(values: Floats, lowest: bool) -> StatisticColumns:
    """Return mean, percentiles and the worst value of the draws: the lowest, or else the highest."""
    p5, p25, p50, p75, p95 = (float(np.percentile(values, p)) for p in (5, 25, 50, 75, 95))
    worst = float(values.min() if lowest else values.max())
    return {"mean": float(values.mean()), "p5": p5, "p25": p25, "p50": p50, "p75": p75, "p95": p95, "worst": worst}


def years(runner: StressRunner, results: Sequence[OperationResult]) -> list[StressYearRow]:
    """Return percent of demand short, and China-free by stage, by year over the draws."""
    found: list[StressYearRow] = []
    for y, year in enumerate(runner.operation.years):
        measures = {"short": np.array([100 * _share(r.short.sum(axis=0), r.wanted.sum(axis=0))[y] for r in results])}
        measures |= {
            f"china_free_at_{stage}": np.array([100 * free_shares(r)[k, y] for r in results])
            for k, stage in enumerate(STAGES)
        }
        for name, values in measures.items():
            if len(values):
                statistics = _statistics(values, lowest=name != "short")
                found.append({"year": year, "percent_of_demand": name, **statistics})
    return found


def draw_rows(
    runner: StressRunner, draws: Sequence[Draw], results: Sequence[OperationResult]
) -> list[dict[str, object]]:
    """Return a row of results for every draw."""
    return [
        {"draw": d.number, **result_row(runner, r), "plants_out": len({p for p, _ in d.out})}
        for d, r in zip(draws, results, strict=True)
    ]


def with_values(rows: Sequence[Mapping[str, object]], ranges: Sequence[Range], draws: Sequence[Draw]) -> list[DrawRow]:
    """Return the rows of draws with their values: the plants out of service and when, then the value of every range."""
    names = headings(ranges)
    values = [
        {**row, "stood_still": _outages(d) or None, **dict(zip(names, d.values.tolist(), strict=True))}
        for row, d in zip(rows, draws, strict=True)
    ]
    return cast(list[DrawRow], values)


def headings(ranges: Sequence[Range]) -> list[str]:
    """Return the heading of each range, with its unit; ranges of the same name are distinguished by their origin."""
    names = [r.name for r in ranges]
    unique = [r.name if names.count(r.name) == 1 else f"{r.name} ({r.origin})" for r in ranges]
    return [
        f"{words_of(name).replace('|', ', ')} [{UNITS.get(r.kind, 'factor')}]"
        for name, r in zip(unique, ranges, strict=True)
    ]


def _outages(d: Draw) -> str:
    years: dict[str, list[int]] = {}
    for project, year in sorted(d.out):
        years.setdefault(project, []).append(year)
    return "; ".join(f"{project} {', '.join(map(str, out))}" for project, out in years.items())


UNITS = {"delay": "years", "outage": "% of years"}  # units of values drawn; all others are factors


def range_rows(ranges: Sequence[Range]) -> list[RangeRow]:
    """Return a row for every range, with its origin."""
    return [
        {"range": r.name, "kind": r.kind, "items": len(r.items), "low": r.low, "likely": r.likely, "high": r.high,
         "unit": UNITS.get(r.kind, "factor"), "origin": r.origin}
        for r in ranges
    ]  # fmt: skip

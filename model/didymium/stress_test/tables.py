"""What runs come to, as plain rows: scenarios, percentiles, years, and every draw with what was drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from didymium.engine.matrix import Floats
from didymium.plan.tables import Record
from didymium.stress_test.draws import Draw
from didymium.stress_test.ranges import Range
from didymium.stress_test.runner import STAGES, OperationResult, StressRunner

SHOWN = (5, 25, 50, 75, 95)  # percentiles


def run_row(bench: StressRunner, run: OperationResult) -> Record:
    """One run: cost, tonnes short in all years, China-free shares in the last, targets missed, cost by kind."""
    op = bench.operation
    short = float((run.short.sum(axis=0) * op.span).sum())
    wanted = float((run.wanted.sum(axis=0) * op.span).sum())
    free = free_shares(run)
    last = op.years[-1]
    return {
        "scenario": run.scenario,
        "cost_musd": run.cost,
        "short_t": short,
        "short_percent": 100 * short / wanted if wanted else 0.0,
        "worst_year_short_percent": 100 * float(_share(run.short.sum(axis=0), run.wanted.sum(axis=0)).max(initial=0.0)),
        "targets_missed_t": float((run.missed * op.span).sum()),
        **{f"{stage}_china_free_in_{last}_percent": 100 * float(free[k, -1]) for k, stage in enumerate(STAGES)},
        "gave_t": run.gave,
        **{f"{kind}_musd": float((run.costs[k] * op.discount).sum()) for k, kind in enumerate(op.kinds)},
    }


def free_shares(run: OperationResult) -> Floats:
    """Share of demand that is China-free or designed out: stage x year; 1 where nothing is wanted."""
    return np.array([_share(free, run.wanted.sum(axis=0), 1.0) for free in run.free])


def _share(part: Floats, whole: Floats, empty: float = 0.0) -> Floats:
    return np.divide(part, whole, out=np.full_like(whole, empty), where=whole > 0)


def percentiles(rows: Sequence[Record]) -> list[Record]:
    """Mean, percentiles and the worst of every measure of the draws. Worst: most for cost, short and missed, least for
    China-free."""
    if not rows:
        return []
    found: list[Record] = []
    for name in rows[0]:
        if name in ("draw", "scenario", "gave_t"):
            continue
        values = np.array([float(str(r[name])) for r in rows])
        worst = values.min() if "china_free" in name else values.max()
        found.append({"measure": name, "mean": float(values.mean()), **_told(values), "worst": float(worst)})
    return found


def _told(values: Floats) -> Record:
    return {f"p{p}": float(np.percentile(values, p)) for p in SHOWN}


def years(bench: StressRunner, runs: Sequence[OperationResult]) -> list[Record]:
    """Year by year: percent of demand short, and China-free by stage, over the draws."""
    found: list[Record] = []
    for y, year in enumerate(bench.operation.years):
        measures = {"short": np.array([100 * _share(r.short.sum(axis=0), r.wanted.sum(axis=0))[y] for r in runs])}
        measures |= {
            f"china_free_at_{stage}": np.array([100 * free_shares(r)[k, y] for r in runs])
            for k, stage in enumerate(STAGES)
        }
        for name, values in measures.items():
            if len(values):
                worst = values.max() if name == "short" else values.min()
                found.append(
                    {
                        "year": year,
                        "percent_of_demand": name,
                        "mean": float(values.mean()),
                        **_told(values),
                        "worst": float(worst),
                    }
                )
    return found


def draw_rows(bench: StressRunner, draws: Sequence[Draw], runs: Sequence[OperationResult]) -> list[Record]:
    """Every draw with what it came to."""
    return [
        {"draw": d.number, **run_row(bench, r), "plants_out": len({p for p, _ in d.out})}
        for d, r in zip(draws, runs, strict=True)
    ]


def with_values(rows: Sequence[Record], ranges: Sequence[Range], draws: Sequence[Draw]) -> list[Record]:
    """The rows of draws with what was drawn in each: the plants that stood still and when, then the value of every
    range."""
    names = headings(ranges)
    return [
        {**row, "stood_still": _still(d) or None, **dict(zip(names, d.values.tolist(), strict=True))}
        for row, d in zip(rows, draws, strict=True)
    ]


def headings(ranges: Sequence[Range]) -> list[str]:
    """What each range is called as a column, with its unit; ranges of one name are told apart by where they come
    from."""
    names = [r.name for r in ranges]
    told = [r.name if names.count(r.name) == 1 else f"{r.name} ({r.origin})" for r in ranges]
    return [f"{_in_words(name)} [{UNITS.get(r.kind, 'factor')}]" for name, r in zip(told, ranges, strict=True)]


def _in_words(name: str) -> str:
    return name.replace("_", " ").replace("|", ", ")


def _still(d: Draw) -> str:
    years: dict[str, list[int]] = {}
    for project, year in sorted(d.out):
        years.setdefault(project, []).append(year)
    return "; ".join(f"{project} {', '.join(map(str, out))}" for project, out in years.items())


UNITS = {"delay": "years", "outage": "% of years"}  # of what is drawn; all others are factors


def range_rows(ranges: Sequence[Range]) -> list[Record]:
    """Every range, and where it comes from."""
    return [
        {"range": r.name, "kind": r.kind, "items": len(r.items), "low": r.low, "likely": r.likely, "high": r.high, "unit": UNITS.get(r.kind, "factor"), "origin": r.origin}
        for r in ranges
    ]  # fmt: skip

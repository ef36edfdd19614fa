"""What runs come to, as plain rows: scenarios, percentiles, years, what drives the cost, and every draw."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from didymium.case.case import Case
from didymium.engine.matrix import Floats
from didymium.plan.tables import Record
from didymium.trials.draws import Draw
from didymium.trials.ranges import Range
from didymium.trials.runs import STAGES, Bench, Run

SHOWN = (5, 25, 50, 75, 95)  # percentiles


def run_row(bench: Bench, run: Run) -> Record:
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


def free_shares(run: Run) -> Floats:
    """Share of demand that is China-free or designed out: stage x year; 1 where nothing is wanted."""
    return np.array([_share(free, run.wanted.sum(axis=0), 1.0) for free in run.free])


def _share(part: Floats, whole: Floats, empty: float = 0.0) -> Floats:
    return np.divide(part, whole, out=np.full_like(whole, empty), where=whole > 0)


def percentiles(rows: Sequence[Record]) -> list[Record]:
    """Mean, percentiles and the worst of every measure of the draws. Worst: most for cost, short and missed, least for China-free."""
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


def years(bench: Bench, runs: Sequence[Run]) -> list[Record]:
    """Year by year: percent of demand short, and China-free by stage, over the draws."""
    found: list[Record] = []
    for y, year in enumerate(bench.operation.years):
        measures = {"short": np.array([100 * _share(r.short.sum(axis=0), r.wanted.sum(axis=0))[y] for r in runs])}
        measures |= {f"china_free_at_{stage}": np.array([100 * free_shares(r)[k, y] for r in runs]) for k, stage in enumerate(STAGES)}
        for name, values in measures.items():
            if len(values):
                worst = values.max() if name == "short" else values.min()
                found.append({"year": year, "percent_of_demand": name, "mean": float(values.mean()), **_told(values), "worst": float(worst)})
    return found


def drivers(case: Case, ranges: Sequence[Range], draws: Sequence[Draw], runs: Sequence[Run], own: dict[str, Run]) -> list[Record]:
    """Which uncertainties move the cost: rank correlation of what was drawn with the cost above the scenario's own, the strongest first.

    Ranges stand in groups (demand by segment, offers by commodity, plants by stage), each by the mean of its draws, outages by their
    number. Among many groups some correlate by chance: left out is what is weaker than the strongest that chance alone would show in
    one stress of twenty. `swing` is what one standard deviation of the group's mean moves.
    """
    if len(draws) < 10:
        return []
    above = np.array([r.cost - own[r.scenario].cost for r in runs])
    groups = _groups(case, ranges, draws)
    least = NormalDist().inv_cdf(1 - 0.05 / 2 / max(1, len(groups))) / np.sqrt(len(draws) - 1)
    found: list[Record] = []
    for (kind, name), (count, drawn) in groups.items():
        if drawn.std() < 1e-12 or above.std() < 1e-12:
            continue
        told = rank_correlation(drawn, above)
        if abs(told) >= least:
            swing = float(np.cov(drawn, above)[0, 1] / drawn.std(ddof=1))
            found.append({"uncertain": f"{kind} {name}", "kind": kind, "ranges": count, "rank_correlation": told, "swing_musd": swing})
    return sorted(found, key=lambda row: -abs(float(str(row["rank_correlation"]))))


def _groups(case: Case, ranges: Sequence[Range], draws: Sequence[Draw]) -> dict[tuple[str, str], tuple[int, Floats]]:
    """(kind, group) -> how many ranges it holds, and its value in each draw."""
    values = np.array([d.values for d in draws])
    members: dict[tuple[str, str], list[int]] = {}
    for k, r in enumerate(ranges):
        if r.kind != "outage":
            members.setdefault((r.kind, group_of(case, r)), []).append(k)
    found = {key: (len(ks), values[:, ks].mean(axis=1)) for key, ks in members.items()}
    still = [(r, group_of(case, r)) for r in ranges if r.kind == "outage"]
    for group in dict.fromkeys(g for _, g in still):
        plants = {p for r, g in still if g == group for (p,) in r.items}
        found["outage", group] = (len(plants), np.array([float(sum(p in plants for p, _ in d.out)) for d in draws]))
    return found


def group_of(case: Case, r: Range) -> str:
    """What a range is grouped by: the segment of a demand, the commodity of goods, the stage of a plant; itself where items move together."""
    if len(r.items) > 1:
        return r.name.removeprefix(f"{r.kind} ")
    if r.kind == "demand":
        return r.items[0][1]
    return case.projects[r.items[0][0]].stage if r.kind in ("capex", "delay", "outage") else r.items[0][0]


def rank_correlation(a: Floats, b: Floats) -> float:
    """Spearman's: the correlation of the ranks; equal values share their mean rank."""
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1])


def _ranks(values: Floats) -> Floats:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[place], dtype=float)


def draw_rows(bench: Bench, draws: Sequence[Draw], runs: Sequence[Run]) -> list[Record]:
    """Every draw with what it came to."""
    return [{"draw": d.number, **run_row(bench, r), "plants_out": len({p for p, _ in d.out})} for d, r in zip(draws, runs, strict=True)]


def range_rows(ranges: Sequence[Range]) -> list[Record]:
    """Every range, and where it comes from."""
    unit = {"delay": "years", "outage": "% of years"}
    return [
        {"range": r.name, "kind": r.kind, "items": len(r.items), "low": r.low, "likely": r.likely, "high": r.high, "unit": unit.get(r.kind, "factor"), "origin": r.origin}
        for r in ranges
    ]  # fmt: skip

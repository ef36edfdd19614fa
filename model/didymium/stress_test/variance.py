"""Why the cost differs from draw to draw: first which scenario came, then, within scenarios, what else was
uncertain."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from didymium.case.case import Case
from didymium.engine.matrix import Floats
from didymium.plan.tables import Record
from didymium.stress_test.draws import Draw
from didymium.stress_test.ranges import Range
from didymium.stress_test.runner import OperationResult

FEWEST = 10  # draws for which anything is said
RESAMPLES = 400  # of the draws, for the interval of the scenarios' share
SCENARIO, ELSE = "which scenario comes", "all else"


def drivers(
    case: Case, ranges: Sequence[Range], draws: Sequence[Draw], runs: Sequence[OperationResult]
) -> list[Record]:
    """The variance of the cost over the draws, split by the law of total variance; shares add up to 100 %.

    First the variance of the scenarios' means (less what chance alone would show of it), then what groups of ranges
    explain of the variance within scenarios by a straight line, then the rest. Ranges stand in groups (demand by
    segment, offers by commodity, plants by stage), each by the mean of its draws, outages by their number. Among many
    groups some correlate by chance: left out is what is weaker than the strongest that chance alone would show in one
    stress of twenty. `swing` is what one standard deviation moves.
    """
    came = np.array([r.scenario for r in runs])
    cost = np.array([r.cost for r in runs])
    names = list(dict.fromkeys(came.tolist()))
    if len(runs) < max(FEWEST, len(names) + 2) or cost.std() < 1e-12:
        return []
    between = share_between(cost, came)
    found = _within(_groups(case, ranges, draws), _centred(cost, came), came)
    within = 1 - between
    rest = within * (1 - sum(explained for _, explained, _, _ in found))
    rows: list[Record] = []
    if len(case.scenarios) > 1:
        low, high = _interval(cost, came)
        spread = {"from_percent": 100 * low, "to_percent": 100 * high}
        rows.append({**_row(SCENARIO, "scenario", None, between, cost), **spread})
    for (kind, name, count), explained, correlation, swing in found:
        rows.append(
            {
                **_row(f"{kind} {name}", kind, count, within * explained, cost),
                "rank_correlation": correlation,
                "swing_musd": swing,
            }
        )
    return [*rows, _row(ELSE, "rest", None, rest, cost)]


def _row(name: str, kind: str, ranges: int | None, share: float, cost: Floats) -> Record:
    return {
        "uncertain": name,
        "kind": kind,
        "ranges": ranges,
        "share_percent": 100 * share,
        "from_percent": None,
        "to_percent": None,
        "rank_correlation": None,
        "swing_musd": float(np.sqrt(max(share, 0.0) * cost.var())),
    }


def share_between(values: Floats, groups: np.ndarray) -> float:  # type: ignore[type-arg]
    """The share of the variance of values that lies between the means of their groups, less what chance alone would
    show; never below 0.

    1 - (within / (n - k)) / (all / (n - 1)), of sums of squares, n values in k groups (the adjusted R2 of the group
    means).
    """
    n, k = len(values), len(set(groups.tolist()))
    every = float(((values - values.mean()) ** 2).sum())
    if n <= k or every <= 0:
        return 0.0
    within = float((_centred(values, groups) ** 2).sum())
    return max(0.0, 1 - (within / (n - k)) / (every / (n - 1)))


def _centred(values: Floats, groups: np.ndarray) -> Floats:  # type: ignore[type-arg]
    """Every value less the mean of its group."""
    _, place = np.unique(groups, return_inverse=True)
    return np.asarray(values - (np.bincount(place, values) / np.bincount(place))[place], dtype=float)


def _interval(cost: Floats, came: np.ndarray) -> tuple[float, float]:  # type: ignore[type-arg]
    """The 5th and 95th percentile of the scenarios' share when draws are drawn anew from the draws (always in the same
    way)."""
    rng = np.random.default_rng(0)
    picks = (rng.integers(len(cost), size=len(cost)) for _ in range(RESAMPLES))
    low, high = np.percentile([share_between(cost[pick], came[pick]) for pick in picks], [5, 95])
    return float(low), float(high)


_Group = tuple[str, str, int]  # kind, name, how many ranges


def _within(groups: dict[_Group, Floats], above: Floats, came: np.ndarray) -> list[tuple[_Group, float, float, float]]:  # type: ignore[type-arg]
    """The groups that matter within scenarios: share of that variance, rank correlation, swing; the largest share
    first.

    One straight line through all of them: the shares are coefficient x covariance, so they add up to what it explains.
    """
    if above.std() < 1e-12:
        return []
    least = NormalDist().inv_cdf(1 - 0.05 / 2 / max(1, len(groups))) / np.sqrt(len(above) - 1)
    told: list[tuple[_Group, Floats, float]] = []
    for group, values in groups.items():
        own = _centred(values, came)
        if own.std() > 1e-12 and abs(correlation := rank_correlation(own, above)) >= least:
            told.append((group, own, correlation))
    if not told:
        return []
    columns = np.column_stack([own for _, own, _ in told])
    slopes = np.linalg.lstsq(columns, above, rcond=None)[0]
    shares = slopes * (columns * above[:, np.newaxis]).mean(axis=0) / above.var()
    found = [
        (g, float(share), c, float(slope * own.std()))
        for (g, own, c), share, slope in zip(told, shares, slopes, strict=True)
    ]
    return sorted(found, key=lambda row: -row[1])


def _groups(case: Case, ranges: Sequence[Range], draws: Sequence[Draw]) -> dict[_Group, Floats]:
    """Every group with its value in each draw."""
    values = np.array([d.values for d in draws])
    members: dict[tuple[str, str], list[int]] = {}
    for k, r in enumerate(ranges):
        if r.kind != "outage":
            members.setdefault((r.kind, group_of(case, r)), []).append(k)
    found = {(*key, len(ks)): values[:, ks].mean(axis=1) for key, ks in members.items()}
    still = [(r, group_of(case, r)) for r in ranges if r.kind == "outage"]
    for group in dict.fromkeys(g for _, g in still):
        plants = {p for r, g in still if g == group for (p,) in r.items}
        found["outage", group, len(plants)] = np.array([float(sum(p in plants for p, _ in d.out)) for d in draws])
    return found


def group_of(case: Case, r: Range) -> str:
    """What a range is grouped by: the segment of a demand, the commodity of goods, the stage of a plant; itself where
    items move together."""
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

"""Drivers of the variance of the cost over draws: first the scenario, then, within scenarios, groups of ranges."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from didymium.case.case import Case
from didymium.engine.matrix import Floats
from didymium.results.stress import DriverRow
from didymium.stress_test.draws import Draw
from didymium.stress_test.ranges import Range
from didymium.stress_test.runner import OperationResult

MIN_DRAWS = 10  # draws below which there are no drivers
RESAMPLES = 400  # bootstrap samples of the draws, for the interval of the scenarios' share
SCENARIO, OTHER = "which scenario comes", "all else"


def drivers(
    case: Case, ranges: Sequence[Range], draws: Sequence[Draw], results: Sequence[OperationResult]
) -> list[DriverRow]:
    """Return the variance of the cost over the draws, split by the law of total variance; shares add up to 100 %.

    First the variance of the scenarios' means (less what chance alone would show of it), then what groups of ranges
    explain of the variance within scenarios by linear regression, then the rest. Ranges are grouped (demand by segment,
    offers by commodity, plants by stage), each group by the mean of its values, outages by their number. Among many
    groups some correlate by chance: those weaker than the strongest that chance alone would show in one stress of
    twenty are left out. `swing` is the change of the cost by one standard deviation.
    """
    scenario = np.array([r.scenario for r in results])
    cost = np.array([r.cost for r in results])
    names = list(dict.fromkeys(scenario.tolist()))
    if len(results) < max(MIN_DRAWS, len(names) + 2) or cost.std() < 1e-12:
        return []
    between = share_between(cost, scenario)
    found = _within(_groups(case, ranges, draws), _centred(cost, scenario), scenario)
    within = 1 - between
    rest = within * (1 - sum(explained for _, explained, _, _ in found))
    rows: list[DriverRow] = []
    if len(case.scenarios) > 1:
        low, high = _interval(cost, scenario)
        rows.append(_row(SCENARIO, "scenario", None, between, cost))
        rows[-1]["from_percent"], rows[-1]["to_percent"] = 100 * low, 100 * high
    for (kind, name, count), explained, correlation, swing in found:
        rows.append(_row(f"{kind} {name}", kind, count, within * explained, cost))
        rows[-1]["rank_correlation"], rows[-1]["swing_musd"] = correlation, swing
    return [*rows, _row(OTHER, "rest", None, rest, cost)]


def _row(name: str, kind: str, ranges: int | None, share: float, cost: Floats) -> DriverRow:
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
    """Return the share of the variance of values that is between the means of their groups, at least 0.

    It is the adjusted R2 of the group means, 1 - (within / (n - k)) / (all / (n - 1)) of sums of squares for n values
    in k groups: without what chance alone would show.
    """
    n, k = len(values), len(set(groups.tolist()))
    every = float(((values - values.mean()) ** 2).sum())
    if n <= k or every <= 0:
        return 0.0
    within = float((_centred(values, groups) ** 2).sum())
    return max(0.0, 1 - (within / (n - k)) / (every / (n - 1)))


def _centred(values: Floats, groups: np.ndarray) -> Floats:  # type: ignore[type-arg]
    """Return every value less the mean of its group."""
    _, place = np.unique(groups, return_inverse=True)
    return np.asarray(values - (np.bincount(place, values) / np.bincount(place))[place], dtype=float)


def _interval(cost: Floats, scenario: np.ndarray) -> tuple[float, float]:  # type: ignore[type-arg]
    """Return the 5th and 95th percentile of the scenarios' share over bootstrap samples of the draws, of a fixed
    seed."""
    rng = np.random.default_rng(0)
    picks = (rng.integers(len(cost), size=len(cost)) for _ in range(RESAMPLES))
    low, high = np.percentile([share_between(cost[pick], scenario[pick]) for pick in picks], [5, 95])
    return float(low), float(high)


_Group = tuple[str, str, int]  # kind, name, how many ranges


def _within(
    groups: dict[_Group, Floats],
    deviation: Floats,
    scenario: np.ndarray,  # type: ignore[type-arg]
) -> list[tuple[_Group, float, float, float]]:
    """Return the groups that matter within scenarios: share of that variance, rank correlation, swing.

    The largest share comes first. One linear regression on all of them: the shares are coefficient x covariance, so
    they add up to what it explains.
    """
    if deviation.std() < 1e-12:
        return []
    threshold = NormalDist().inv_cdf(1 - 0.05 / 2 / max(1, len(groups))) / np.sqrt(len(deviation) - 1)
    related: list[tuple[_Group, Floats, float]] = []
    for group, values in groups.items():
        own = _centred(values, scenario)
        if own.std() > 1e-12 and abs(correlation := rank_correlation(own, deviation)) >= threshold:
            related.append((group, own, correlation))
    if not related:
        return []
    columns = np.column_stack([own for _, own, _ in related])
    coefficients = np.linalg.lstsq(columns, deviation, rcond=None)[0]
    shares = coefficients * (columns * deviation[:, np.newaxis]).mean(axis=0) / deviation.var()
    found = [
        (g, float(share), c, float(slope * own.std()))
        for (g, own, c), share, slope in zip(related, shares, coefficients, strict=True)
    ]
    return sorted(found, key=lambda row: -row[1])


def _groups(case: Case, ranges: Sequence[Range], draws: Sequence[Draw]) -> dict[_Group, Floats]:
    """Return every group with its value in each draw."""
    values = np.array([d.values for d in draws])
    members: dict[tuple[str, str], list[int]] = {}
    for k, r in enumerate(ranges):
        if r.kind != "outage":
            members.setdefault((r.kind, group_of(case, r)), []).append(k)
    found = {(*key, len(ks)): values[:, ks].mean(axis=1) for key, ks in members.items()}
    outages = [(r, group_of(case, r)) for r in ranges if r.kind == "outage"]
    for group in dict.fromkeys(g for _, g in outages):
        plants = {p for r, g in outages if g == group for (p,) in r.items}
        found["outage", group, len(plants)] = np.array([float(sum(p in plants for p, _ in d.out)) for d in draws])
    return found


def group_of(case: Case, r: Range) -> str:
    """Return the name of a range's group: the segment of a demand, the commodity of goods, the stage of a plant.

    A range of several items that move together is a group of its own.
    """
    if len(r.items) > 1:
        return r.name.removeprefix(f"{r.kind} ")
    if r.kind == "demand":
        return r.items[0][1]
    return case.projects[r.items[0][0]].stage if r.kind in ("capex", "delay", "outage") else r.items[0][0]


def rank_correlation(a: Floats, b: Floats) -> float:
    """Return Spearman's rank correlation; equal values share their mean rank."""
    from scipy.stats import spearmanr  # a second to import, and needed only here

    return float(spearmanr(a, b).statistic)

"""Draws: a scenario by its probability, and a value for every range.

The same seed and number give the same draw, on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from didymium.case.case import ALL, Case, Shock
from didymium.engine.matrix import Floats
from didymium.stress_test.ranges import Item, Range, shock_selectors


@dataclass(frozen=True, slots=True)
class Draw:
    """One random future. `values` are in the order of the ranges; `out` are (project, year) of outages."""

    number: int
    scenario: str
    values: Floats
    out: frozenset[tuple[str, int]] = frozenset()


def draw(case: Case, ranges: list[Range], seed: int, number: int) -> Draw:
    """Return the draw of a number, counted from 0."""
    rng = np.random.default_rng([seed, number])
    names = list(case.scenarios)
    probability = np.array([case.scenarios[s].probability for s in names])
    scenario = names[int(np.searchsorted(np.cumsum(probability) / probability.sum(), rng.random(), side="right"))]
    low, likely, high = (np.array([getattr(r, end) for r in ranges]) for end in ("low", "likely", "high"))
    values = _with_rounded_delays(ranges, triangular(low, likely, high, rng.random(len(ranges))))
    out: set[tuple[str, int]] = set()
    for r, percent in zip(ranges, values, strict=True):
        if r.kind == "outage":
            hit = rng.random(len(case.milestones)) < percent / 100
            out |= {(p, year) for (p,) in r.items for year, is_out in zip(case.milestones, hit, strict=True) if is_out}
    return Draw(number, scenario, values, frozenset(out))


def mean_draw(ranges: list[Range], scenario: str) -> Draw:
    """Return the mean of every range, without outages."""
    return Draw(
        -1,
        scenario,
        _with_rounded_delays(ranges, np.array([(r.low + r.likely + r.high) / 3 for r in ranges], dtype=float)),
    )


def _with_rounded_delays(ranges: list[Range], values: Floats) -> Floats:
    """Return the values with delays rounded to full years."""
    late = np.array([r.kind == "delay" for r in ranges], dtype=bool)
    return np.where(late, np.round(values), values)


def triangular(low: Floats, likely: Floats, high: Floats, u: Floats) -> Floats:
    """Return the quantile u of each triangular distribution; low where low and high are equal."""
    width = np.maximum(high - low, 1e-300)
    turn = (likely - low) / width
    rising = low + np.sqrt(u * width * (likely - low))
    falling = high - np.sqrt((1 - u) * width * (high - likely))
    return np.where(high <= low, low, np.where(u < turn, rising, falling))


def shocks_of(case: Case, ranges: list[Range], d: Draw) -> list[Shock]:
    """Return a draw as shocks on its scenario and on those before it on its path: the input of a separate solve."""
    acting = dict.fromkeys(case.acting(d.scenario, year) for year in case.milestones)
    ends = dict(zip(case.milestones, (*(y - 1 for y in case.milestones[1:]), case.last_year), strict=True))
    found: list[Shock] = []

    def add(kind: str, item: Item, value: float, start: int, end: int) -> None:
        everything = dict.fromkeys(("stage", "commodity", "region", "project", "segment", "item"), ALL)
        for selectors in shock_selectors(case, kind, item):
            chosen = {**everything, **selectors}
            found.extend(Shock(s, kind, **chosen, start=start, end=end, value=value) for s in acting)

    for r, value in zip(ranges, d.values, strict=True):
        if r.kind != "outage":
            for item in r.items:
                add(r.kind, item, float(value), case.first_year, case.last_year)
    for project, year in sorted(d.out):
        add("outage", (project,), 1.0, year, ends[year])
    return found

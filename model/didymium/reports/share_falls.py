"""Why the China-free share falls: the changes in the tables in a year in which it drops by more than five points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from didymium.case.case import FREE_BELOW
from didymium.plan.answer import Answer
from didymium.plan.rows import number
from didymium.reports.display import REGIONS, names
from didymium.reports.names import project_name
from didymium.reports.numbers import probability
from didymium.reports.rule_names import good_in_words
from didymium.results.shared import NodeColumns

LAST_IN_CHINA = ("", "mined in China", "refined in China", "reduced to metal in China", "made into magnets in China")
MIN_FALL = 5.0  # percentage points from one modelled year to the next; a larger fall is explained
MAX_EXPLAINED = 3  # falls with a sentence of their own
MAX_LISTED = 2  # items of one kind that a sentence names
MIN_RISE = 0.5  # percentage points of demand; a smaller rise is not named
MIN_CHANGE = 1.0  # t a year; a smaller change is not named
Change = tuple[str, float, float]
"""(name, t before, t after)."""


def share_falls(plan: Answer) -> list[str]:
    """Return a sentence for each of the three largest falls of a share by more than five points: by how much it falls,
    and what changed."""
    share = plan.summary["china_free_share"]
    assert isinstance(share, Mapping)
    years = sorted({int(y) for by_year in share.values() for y in by_year})
    found = {pair: fallen for pair in pairwise(years) if (fallen := _fallen(share, *pair))}
    deepest = sorted(found, key=lambda pair: -max(a - b for a, b in found[pair].values()))[:MAX_EXPLAINED]
    others = [str(after) for before, after in found if (before, after) not in deepest]
    more = (
        [f"A China-free share also falls by more than {MIN_FALL:.0f} points in {', '.join(others)}."] if others else []
    )
    return [*(_sentence(plan, *pair, found[pair]) for pair in sorted(deepest)), *more]


def _fallen(share: Mapping[str, Mapping[str, float]], before: int, after: int) -> dict[str, tuple[float, float]]:
    """The stages whose share falls by more than five points, with both shares, percent."""
    ends = {stage: (100 * by_year[str(before)], 100 * by_year[str(after)]) for stage, by_year in share.items()}
    return {stage: (a, b) for stage, (a, b) in ends.items() if a - b > MIN_FALL}


def _sentence(plan: Answer, before: int, after: int, fallen: Mapping[str, tuple[float, float]]) -> str:
    """One fall: by how much, also by content, what replaced the China-free goods, what else changed, and what targets
    require."""
    shares = ", ".join(f"{stage} {a:.0f} to {b:.0f} %" for stage, (a, b) in fallen.items())
    content = plan.summary["china_free_share_by_content"]
    assert isinstance(content, Mapping)
    by_content = ", ".join(
        f"{stage} {100 * content[stage][str(before)]:.0f} to {100 * content[stage][str(after)]:.0f} %"
        for stage in fallen
    )
    facts = [
        *_replaced(plan, before, after, min(FREE_BELOW[stage] for stage in fallen)),
        *_largest("demand", _demand(plan, before, after), 1),
        *_stock(plan, before, after, max(FREE_BELOW[stage] for stage in fallen)),
        *_largest("bought elsewhere", _bought(plan, before, after, None), -1),
        *_largest("runs less", _throughput(plan, before, after), -1),
    ]
    return (
        f"The China-free share falls from {before} to {after}: {shares} (by the mass of contained rare earths:"
        f" {by_content}). What changed, in t a year: {'; '.join(facts)}.{_targets(plan, after, fallen)}"
    )


def _replaced(plan: Answer, before: int, after: int, lowest: int) -> list[str]:
    """What replaced China-free goods, percent of demand: goods of an exposure level, with purchases of that level, or
    demand that is not met."""
    ((wanted, later),) = _by(plan, plan.tables["demand"], (), "wanted_t", before, after).values()
    found = []
    for column, words in [(f"level_{k}_t", LAST_IN_CHINA[k]) for k in range(lowest, 5)] + [
        ("short_t", "demand not met")
    ]:
        ((a, b),) = _by(plan, plan.tables["demand"], (), column, before, after).values()
        if 100 * (b / later - a / wanted) > MIN_RISE:
            bought = (
                _largest("bought from China", _bought(plan, before, after, int(column[6])), 1)
                if column.startswith("level")
                else []
            )
            found.append(
                f"{words} {100 * a / wanted:.0f} to {100 * b / later:.0f} % of demand"
                + "".join(f" ({text})" for text in bought)
            )
    return found


def _largest(kind: str, changes: list[Change], sign: int) -> list[str]:
    """The largest rises (sign 1) or falls (-1) of a kind."""
    largest = sorted((c for c in changes if sign * (c[2] - c[1]) > MIN_CHANGE), key=lambda c: sign * (c[1] - c[2]))[
        :MAX_LISTED
    ]
    return [f"{kind}: " + ", ".join(f"{name} {a:,.0f} to {b:,.0f}" for name, a, b in largest)] if largest else []


def _by(
    plan: Answer, rows: Sequence[NodeColumns], keys: tuple[str, ...], column: str, before: int, after: int
) -> dict[tuple[str, ...], tuple[float, float]]:
    """Expected tonnes of both years, by some columns."""
    chance = probability(plan)
    found: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for r in rows:
        texts: Mapping[str, object] = r
        if (year := r["year"]) in (before, after):
            found[tuple(str(texts[k]) for k in keys)][int(year == after)] += chance[r["branch"], r["year"]] * number(
                r, column
            )
    return {key: (a, b) for key, (a, b) in found.items()}


def _bought(plan: Answer, before: int, after: int, origin_level: int | None) -> list[Change]:
    """Purchases from China of an exposure level, or, for None, purchases from elsewhere, by commodity."""
    rows = [
        r
        for r in plan.tables["trade"]
        if r["kind"] == "buy" and (r["level"] == origin_level if r["china"] == "yes" else origin_level is None)
    ]
    return [
        (good_in_words(plan.source, c), a, b)
        for (c,), (a, b) in _by(plan, rows, ("commodity",), "tonnes_t", before, after).items()
    ]


def _demand(plan: Answer, before: int, after: int) -> list[Change]:
    return [("all", a, b) for a, b in _by(plan, plan.tables["demand"], (), "wanted_t", before, after).values()]


def _stock(plan: Answer, before: int, after: int, below: int) -> list[str]:
    """China-free stock that is not used: kept or increased at the end of the year."""
    rows = [r for r in plan.tables["stockpiles"] if r["level"] < below]
    by_place, regions = _by(plan, rows, ("commodity", "region"), "stock_t", before, after), names(plan.source, REGIONS)
    kept = sorted(
        (
            (f"{good_in_words(plan.source, c)} in {regions[r]}", a, b)
            for (c, r), (a, b) in by_place.items()
            if b > MIN_CHANGE and b >= a - MIN_CHANGE
        ),
        key=lambda k: -k[2],
    )[:MAX_LISTED]
    return (
        [
            "China-free stock kept: "
            + ", ".join(f"{name} {b:,.0f} t at the end of {after} ({a:,.0f} of {before})" for name, a, b in kept)
        ]
        if kept
        else []
    )


def _throughput(plan: Answer, before: int, after: int) -> list[Change]:
    """Throughput of plants outside regions counted as China."""
    china = {r.text("region") for r in plan.source["Regions"] if r["china"]}
    rows = [r for r in plan.tables["capacity"] if r["region"] not in china]
    return [
        (project_name(plan.source, p), a, b)
        for (p,), (a, b) in _by(plan, rows, ("project",), "throughput_t", before, after).items()
    ]


def _targets(plan: Answer, year: int, fallen: Mapping[str, tuple[float, float]]) -> str:
    """The targets over all regions and segments for the stages whose share fell."""
    rows = [
        r
        for r in plan.tables["targets"]
        if r["type"] == "min_china_free_share" and r["year"] == year and r["stage"] in fallen
    ]
    required = {r["stage"]: r["asked_percent"] for r in rows if (r["region"], r["segment"]) == ("*", "*")}
    if not required:
        return ""
    return (
        f" For all demand of {year} targets require "
        + ", ".join(f"{stage} {percent:.0f} %" for stage, percent in required.items())
        + "."
    )

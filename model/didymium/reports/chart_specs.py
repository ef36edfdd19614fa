"""The charts as plain tables, from which both the workbook and the HTML report draw them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from didymium.plan.answer import Answer
from didymium.plan.rows import as_number, number
from didymium.plan.tables import ORIGIN_LEVELS
from didymium.reports import palette
from didymium.reports.display import REGIONS, names
from didymium.reports.numbers import axis_format, probability
from didymium.results import Record
from didymium.results.deliveries import OriginRow

FURTHER = "further, within the gap"  # a series: what an interval may add to its least, on which it is stacked
SHOWN_YEARS = 4  # years that a chart by group shows


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """A chart's table: `rows` with the columns of `groups` (one or two, naming each column of the chart) and one for
    each series.

    `colours` are those of the series; `dashed` series are targets. Kinds: line; column, stacked; bar and stacked
    bar, from left to right; step, lines over the numbers in the last of `groups`, with `across` as their unit.
    """

    title: str
    unit: str
    kind: str  # line, column, bar, stacked bar or step
    groups: tuple[str, ...]
    colours: dict[str, str]
    rows: list[Record]
    dashed: tuple[str, ...] = ()
    across: str = ""
    fans: tuple[tuple[str, str], ...] = ()  # of lines: pairs of series, the area between which is filled on the page

    @property
    def stacked(self) -> bool:
        """Return whether the series of a group are stacked; one without values is then left out."""
        return self.kind in ("column", "stacked bar")

    @property
    def axis_format(self) -> str:
        """Return Excel's number format for the labels of the axis of values."""
        return axis_format(abs(as_number(row.get(name) or 0.0)) for row in self.rows for name in self.colours)

    def width(self, series: str) -> float:
        """Return the width of the line of a series, points: each is wider than those drawn over it, so that equal lines
        all show."""
        edges = {name for fan in self.fans for name in fan}
        if series in edges:
            return 1.0
        same_kind = [s for s in self.colours if (s in self.dashed) == (series in self.dashed) and s not in edges]
        over = len(same_kind) - 1 - same_kind.index(series)
        return 1 + 0.75 * over if series in self.dashed else 1.5 + 1.75 * over


def chart_specs(plan: Answer) -> dict[str, ChartSpec]:
    """Return every chart by name."""
    return {
        "share": china_free(plan),
        "timeline": timeline(plan),
        "supply": supply(plan),
        "origin": origin(plan),
        "capacity": capacity(plan),
        "spending": spending(plan),
    }


def years(plan: Answer) -> list[int]:
    """Return the modelled years."""
    return sorted({r["year"] for r in plan.tables["costs"]})


def some_years(plan: Answer) -> list[int]:
    """Return a few years at even distances, with the first and the last."""
    found = years(plan)
    if len(found) <= SHOWN_YEARS:
        return found
    return [found[round(k * (len(found) - 1) / (SHOWN_YEARS - 1))] for k in range(SHOWN_YEARS)]


def china_free(plan: Answer) -> ChartSpec:
    """Return the China-free share of demand by stage, with the targets for all regions and segments, percent."""
    share = plan.summary["china_free_share"]
    assert isinstance(share, dict)
    required = {
        (r["stage"], str(r["year"])): r["asked_percent"]
        for r in plan.tables["targets"]
        if r["type"] == "min_china_free_share" and r["region"] == "*" and r["segment"] == "*"
    }
    targeted = [stage for stage in share if any(key[0] == stage for key in required)]
    rows: list[Record] = []
    for year in sorted({y for by_year in share.values() for y in by_year}):
        reached: Record = {stage: 100 * by_year[year] for stage, by_year in share.items()}
        rows.append({"year": year, **reached, **{f"{stage} target": required.get((stage, year)) for stage in targeted}})
    colours = {stage: palette.STAGES[stage] for stage in share} | {
        f"{stage} target": palette.STAGES[stage] for stage in targeted
    }
    dashed = tuple(f"{stage} target" for stage in targeted)
    return ChartSpec("China-free share of demand (dashed: target)", "%", "line", ("year",), colours, rows, dashed)


def timeline(plan: Answer) -> ChartSpec:
    """Return overnight capex by year of decision and stage, M USD."""
    chance = probability(plan)
    total: dict[int, dict[str, float]] = {y: dict.fromkeys(palette.STAGES, 0.0) for y in years(plan)}
    for r in plan.tables["investments"]:
        total[r["decision_year"]][r["stage"]] += chance[r["branch"], r["decision_year"]] * number(r, "capex_musd")
    rows: list[Record] = [{"year": str(y), **by_stage} for y, by_stage in total.items()]
    return ChartSpec(
        "Investments by year of decision, overnight capex", "M USD", "column", ("year",), dict(palette.STAGES), rows
    )


def _by_origin(plan: Answer, row: OriginRow, chance: float) -> dict[str, float]:
    keys = {
        **{palette.LEVEL_WORDS[k]: f"level_{k}_percent" for k in ORIGIN_LEVELS},
        "designed out": "designed_out_percent",
        "not met": "short_percent",
    }
    return {word: chance * number(row, key) for word, key in keys.items()}


_LEVEL_COLOURS = {
    **dict(zip(palette.LEVEL_WORDS, palette.LEVELS, strict=True)),
    "designed out": palette.SUBSTITUTED,
    "not met": palette.SHORT,
}


def supply(plan: Answer) -> ChartSpec:
    """Return the origin of the supply of each region in a few years: percent of its demand by exposure level."""
    chance, shown, region_names = probability(plan), some_years(plan), names(plan.source, REGIONS)
    total: dict[tuple[str, int], dict[str, float]] = defaultdict(lambda: dict.fromkeys(_LEVEL_COLOURS, 0.0))
    for r in plan.tables["origin"]:
        if r["region"] != "*" and r["segment"] == "*" and r["year"] in shown:
            for word, percent in _by_origin(plan, r, chance[r["branch"], r["year"]]).items():
                total[region_names[r["region"]], r["year"]][word] += percent
    order = sorted(total, key=lambda key: (list(dict.fromkeys(k[0] for k in total)).index(key[0]), key[1]))
    rows: list[Record] = [{"region": region, "year": str(year), **total[region, year]} for region, year in order]
    return ChartSpec(
        "Where each region's supply comes from", "% of demand", "column", ("region", "year"), _LEVEL_COLOURS, rows
    )


def origin(plan: Answer) -> ChartSpec:
    """Return the origin of the supply of all regions by year: percent of demand by exposure level."""
    chance = probability(plan)
    total: dict[int, dict[str, float]] = {y: dict.fromkeys(_LEVEL_COLOURS, 0.0) for y in years(plan)}
    for r in plan.tables["origin"]:
        if r["region"] == "*" and r["segment"] == "*":
            for word, percent in _by_origin(plan, r, chance[r["branch"], r["year"]]).items():
                total[r["year"]][word] += percent
    rows: list[Record] = [{"year": str(y), **by_word} for y, by_word in total.items()]
    return ChartSpec("Where all supply comes from", "% of demand", "column", ("year",), _LEVEL_COLOURS, rows)


def capacity(plan: Answer) -> ChartSpec:
    """Return capacity on line by stage and region in a few years, thousand t/year."""
    chance, shown, region_names = probability(plan), some_years(plan), names(plan.source, REGIONS)
    regions = palette.regions(region_names[r.text("region")] for r in plan.source["Regions"])
    total: dict[tuple[str, int], dict[str, float]] = {
        (s, y): dict.fromkeys(regions, 0.0) for s in palette.STAGES for y in shown
    }
    for r in plan.tables["capacity"]:
        if r["year"] in shown:
            total[r["stage"], r["year"]][region_names[r["region"]]] += (
                chance[r["branch"], r["year"]] * r["online_t_per_year"] / 1000
            )
    rows: list[Record] = [
        {"stage": stage, "year": str(year), **by_region}
        for (stage, year), by_region in total.items()
        if any(total[stage, y] for y in shown)
    ]
    return ChartSpec(
        "Capacity on line by stage and region", "thousand t/year", "column", ("stage", "year"), regions, rows
    )


def spending(plan: Answer) -> ChartSpec:
    """Return the cost by kind in each year, M USD."""
    chance = probability(plan)
    total: dict[int, dict[str, float]] = {y: dict.fromkeys(palette.KINDS, 0.0) for y in years(plan)}
    for r in plan.tables["costs"]:
        for kind in palette.KINDS:
            total[r["year"]][kind] += chance[r["branch"], r["year"]] * number(r, f"{kind}_musd_per_year")
    rows: list[Record] = [
        {"year": str(y), **{palette.KIND_WORDS[kind]: money for kind, money in by_kind.items()}}
        for y, by_kind in total.items()
    ]
    return ChartSpec(
        "Spending by kind (sales below zero)",
        "M USD a year",
        "column",
        ("year",),
        palette.kind_colours(),
        rows,
    )

"""The charts of a stress run, as plain tables."""

from __future__ import annotations

import numpy as np

from didymium.excel.headings import words_of
from didymium.plan.rows import number
from didymium.reports import palette
from didymium.reports.chart_specs import FURTHER, ChartSpec
from didymium.reports.stress.names import lost_name
from didymium.results import Record
from didymium.results.stress import DrawRow, DriverRow
from didymium.stress_test.shortages import by_segment
from didymium.stress_test.stress import Stress

BINS = 20
MAX_BARS, MAX_PLANTS = 15, 10  # fewer plants, because their names are long
BAND = {
    "mean": "#888888",
    "p5": "#4477AA",
    "p25": "#77AACC",
    "p50": "#B07D00",
    "p75": "#DDAA99",
    "p95": "#CC6677",
    "worst": "#B2182B",
}
LINES = {
    "mean": "mean",
    "p5": "5th percentile",
    "p25": "25th percentile",
    "p50": "median",
    "p75": "75th percentile",
    "p95": "95th percentile",
    "worst": "worst",
}
FANS = (("p5", "p95"), ("p25", "p75"))  # between which the page fills the area


_FAN = ("p50", "p95", "p75", "p25", "p5", "worst")


def chart_specs(s: Stress) -> dict[str, ChartSpec]:
    """Return every chart by name."""
    return {
        "costs": distribution(s.rows["draws"], [words_of(r["scenario"]) for r in s.rows["scenarios"]]),
        "scenarios": by_kind(s),
        "free": band(s, "china_free_at_magnet", "China-free share of magnets over the draws", _FAN),
        "short": band(s, "short", "Demand not met over the draws", ("mean", *_FAN)),
        "losses": losses(s),
        "drivers": drivers(s),
        "who": short_by_segment(s),
        "regret": regret(s),
    }


def distribution(draws: list[DrawRow], scenarios: list[str]) -> ChartSpec:
    """Return how many draws cost how much, by scenario."""
    colours = palette.regions(scenarios)
    costs = np.array([r["cost_musd"] for r in draws])
    rows: list[Record] = []
    if len(costs):
        edges = np.linspace(costs.min(), costs.max() if costs.max() > costs.min() else costs.min() + 1, BINS + 1)
        place = np.clip(np.searchsorted(edges, costs, side="right") - 1, 0, BINS - 1)
        for k in range(BINS):
            inside = [words_of(r["scenario"]) for r, p in zip(draws, place.tolist(), strict=True) if p == k]
            rows.append(
                {"cost to": f"{edges[k + 1] / 1000:,.0f}", **{name: float(inside.count(name)) for name in scenarios}}
            )
    return ChartSpec("Cost of the draws, by scenario (thousand M USD)", "draws", "column", ("cost to",), colours, rows)


def by_kind(s: Stress) -> ChartSpec:
    """Return the cost of each scenario by kind, with the builds of the plan, M USD."""
    rows = [
        {"scenario": words_of(r["scenario"]), **{palette.KIND_WORDS[k]: number(r, f"{k}_musd") for k in palette.KINDS}}
        for r in s.rows["scenarios"]
    ]
    return ChartSpec(
        "Cost of each scenario by kind, builds fixed",
        "M USD",
        "column",
        ("scenario",),
        palette.kind_colours(),
        rows,
    )


def band(s: Stress, name: str, title: str, lines: tuple[str, ...]) -> ChartSpec:
    """Return percentiles of a yearly measure, percent of demand."""
    rows = [
        {"year": str(r["year"]), **{LINES[line]: number(r, line) for line in lines}}
        for r in s.rows["years"]
        if r["percent_of_demand"] == name
    ]
    colours, fans = {LINES[line]: BAND[line] for line in lines}, tuple((LINES[a], LINES[b]) for a, b in FANS)
    return ChartSpec(title, "% of demand", "line", ("year",), colours, rows, ("worst",), fans=fans)


def losses(s: Stress) -> ChartSpec:
    """Return the cost of the loss of a plant, M USD, the costliest first. Suppliers are much larger, and are only on
    the sheet Losses."""
    rows = [r for r in s.rows["losses"] if r["kind"] == "plant"][:MAX_PLANTS]
    bars = [
        {
            "plant": lost_name(s, r).split(" (")[0],
            **{stage: r["cost_more_musd"] if r["stage"] == stage else 0.0 for stage in palette.STAGES},
        }
        for r in rows
    ]
    return ChartSpec("What the loss of one plant costs", "M USD", "column", ("plant",), dict(palette.STAGES), bars)


def drivers(s: Stress) -> ChartSpec:
    """Return how much of the variance of the cost over the draws is due to the scenario, to each other uncertainty
    within scenarios, and to the rest, percent."""
    rows = s.rows["drivers"]
    largest = [r for r in rows if r["kind"] not in ("scenario", "rest")][: MAX_BARS - 2]
    listed = [r for r in rows if r["kind"] in ("scenario", "rest") or r in largest]
    named = [
        {
            "uncertain": words_of(r["uncertain"]),
            **{k: r["share_percent"] if k == _part(r) else 0.0 for k in PARTS},
        }
        for r in listed
    ]
    return ChartSpec(
        "Why the cost differs from draw to draw",
        "% of the variance of the cost",
        "column",
        ("uncertain",),
        dict(PARTS),
        named,
    )


PARTS = {"which scenario comes": "#B2182B", "numbers, within a scenario": "#4477AA", "all else": "#BBBBBB"}


def _part(row: DriverRow) -> str:
    """The series to which a driver belongs."""
    return list(PARTS)[{"scenario": 0, "rest": 2}.get(row["kind"], 1)]


def short_by_segment(s: Stress) -> ChartSpec:
    """Return demand not met by segment in each scenario itself, all years together, t."""
    segments = list(dict.fromkeys(r.text("segment") for r in s.plan.source["Demand"]))
    spans = {r["year"]: r["span_years"] for r in s.plan.tables["costs"]}
    by_name = by_segment(s.rows["short"], spans)
    rows: list[Record] = [
        {
            "scenario": words_of(r["scenario"]),
            **{words_of(g): by_name.get(r["scenario"], {}).get(g, 0.0) for g in segments},
        }
        for r in s.rows["scenarios"]
    ]
    return ChartSpec(
        "Demand not met in each scenario, all years",
        "t",
        "column",
        ("scenario",),
        palette.regions(map(words_of, segments)),
        rows,
    )


def regret(s: Stress) -> ChartSpec:
    """Return the extra cost of the plan in each scenario above the least possible cost there, M USD; the pale part is
    what the gap leaves undecided."""
    rows: list[Record] = []
    for r in s.rows["regret"]:
        low, high = number(r, "regret_at_least_musd"), number(r, "regret_at_most_musd")
        rows.append(
            {
                "scenario": words_of(r["scenario"]),
                "at least": max(0.0, low),
                FURTHER: max(0.0, high - max(0.0, low)),
            }
        )
    colours = {"at least": "#4477AA", FURTHER: "#BBCCEE"}
    return ChartSpec(
        "Regret: cost above the least possible cost of each scenario", "M USD", "column", ("scenario",), colours, rows
    )

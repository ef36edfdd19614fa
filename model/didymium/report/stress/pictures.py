"""What the charts of a stress show, as plain tables."""

from __future__ import annotations

import numpy as np

from didymium.plan.tables import Record
from didymium.report import palette
from didymium.report.pictures import Picture
from didymium.report.words import amount
from didymium.trials.stress import Stress

BINS = 20
MOST_BARS = 15
BAND = {"mean": "#888888", "p5": "#4477AA", "p50": "#222222", "p95": "#CC6677", "worst": "#B2182B"}


def pictures(s: Stress) -> dict[str, Picture]:
    """Every chart by name."""
    return {
        "costs": distribution(s.rows["draws"], list(dict.fromkeys(str(r["scenario"]) for r in s.rows["scenarios"]))),
        "scenarios": by_kind(s),
        "free": band(s, "china_free_at_magnet", "China-free share of magnets over the draws", ("p95", "p50", "p5", "worst")),
        "short": band(s, "short", "Demand not met over the draws", ("p50", "mean", "p95", "worst")),
        "losses": losses(s),
        "drivers": drivers(s),
    }


def distribution(draws: list[Record], scenarios: list[str]) -> Picture:
    """How many draws cost how much, by the scenario that came."""
    colours = palette.regions(scenarios)
    costs = np.array([amount(r, "cost_musd") for r in draws])
    rows: list[Record] = []
    if len(costs):
        edges = np.linspace(costs.min(), costs.max() if costs.max() > costs.min() else costs.min() + 1, BINS + 1)
        place = np.clip(np.searchsorted(edges, costs, side="right") - 1, 0, BINS - 1)
        for k in range(BINS):
            inside = [str(r["scenario"]) for r, p in zip(draws, place.tolist(), strict=True) if p == k]
            rows.append({"cost to": f"{edges[k + 1] / 1000:,.0f}", **{name: float(inside.count(name)) for name in scenarios}})
    return Picture("Cost of the draws, by the scenario that came (thousand M USD)", "draws", "column", ("cost to",), colours, rows)


def by_kind(s: Stress) -> Picture:
    """What each scenario costs, by kind, with the builds held."""
    named = {kind: kind.replace("_", " ") for kind in palette.KINDS}
    rows = [{"scenario": r["scenario"], **{named[k]: amount(r, f"{k}_musd") for k in palette.KINDS}} for r in s.rows["scenarios"]]
    return Picture("Cost of each scenario by kind, builds held", "M USD", "column", ("scenario",), {named[k]: c for k, c in palette.KINDS.items()}, rows)


def band(s: Stress, name: str, title: str, lines: tuple[str, ...]) -> Picture:
    """Percentiles of a yearly measure."""
    rows = [{"year": str(r["year"]), **{line: r[line] for line in lines}} for r in s.rows["years"] if r["percent_of_demand"] == name]
    return Picture(title, "% of demand", "line", ("year",), {line: BAND[line] for line in lines}, rows, ("worst",))


def losses(s: Stress) -> Picture:
    """What the loss of a plant costs, the costliest first. Suppliers are larger by far, and stand on the sheet Losses."""
    rows = [r for r in s.rows["losses"] if r["kind"] == "plant"][:MOST_BARS]
    shown = [{"plant": r["lost"], **{stage: amount(r, "cost_more_musd") if r["stage"] == stage else 0.0 for stage in palette.STAGES}} for r in rows]
    return Picture("What the loss of one plant costs", "M USD", "column", ("plant",), dict(palette.STAGES), shown)


def drivers(s: Stress) -> Picture:
    """What one standard deviation of each uncertainty moves the cost by, up or down."""
    rows = [{"uncertain": r["uncertain"], "moves the cost by": amount(r, "swing_musd")} for r in s.rows["drivers"][:MOST_BARS]]
    return Picture("What moves the cost of the draws (one standard deviation)", "M USD", "column", ("uncertain",), {"moves the cost by": "#4477AA"}, rows)

"""All that the page shows, as plain data. Every text of it is put on the page as text, never as markup."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from didymium.excel.headings import heading
from didymium.plan.answer import Answer
from didymium.plan.decisions import decisions
from didymium.plan.tables import Record
from didymium.reports import evidence, palette, tree_chart
from didymium.reports.chart_specs import ChartSpec, chart_specs
from didymium.reports.chart_specs import years as modelled
from didymium.reports.gantt import with_timeline
from didymium.reports.page.contained import GROUPS, MEANING
from didymium.reports.page.flows import chain, network
from didymium.reports.scenarios import side_by_side
from didymium.reports.shown import REGIONS, columns_shown, names, rows_shown
from didymium.reports.waiting import now_and_later
from didymium.reports.words import expected, front_page, status_in_words, targets_met

MOST_CELLS = 250_000  # of tables on the page; those beyond are in results.xlsx alone
_TABLES = (
    "investments",
    "targets",
    "costs",
    "demand",
    "capacity",
    "production",
    "trade",
    "finance",
    "stockpiles",
    "plants",
    "balance",
    "prices",
    "viability_of_plants",
    "viability",
)


def page_data(plan: Answer) -> dict[str, Any]:
    """The page's data: headline, figures, charts, network, chain, investments, targets, evidence, tables, and the
    run."""
    summary = plan.summary
    return {
        "title": str(plan.source.setting("title") or plan.source.source.stem),
        "status": status_in_words(summary),
        "proven": not status_in_words(summary).startswith("NOT"),
        "headline": front_page(plan),
        "figures": _figures(plan),
        "charts": {name: chart(picture) for name, picture in chart_specs(plan).items()},
        "network": network(plan),
        "chain": chain(plan),
        "contained": {"groups": list(GROUPS), "meaning": MEANING},
        "investments": _investments(plan),
        "targets": [
            {"target": m.target, "met_from": m.met_from, "years_missed": m.years_missed, "missed_t": m.missed_t}
            for m in targets_met(plan)
        ],
        "evidence": {
            "shares": evidence.shares(plan),
            "leaned_on": [
                {**row, "input": words_of(row["input"])} for row in _without(evidence.leaned_on(plan), "key")
            ],
        },
        "scenarios": side_by_side(plan),
        "decisions": _in_words(plan, rows_shown(plan, now_and_later(plan))),
        "scenario_charts": {name: chart(picture) for name, picture in tree_chart.chart_specs(plan).items()},
        "tree_years": modelled(plan),
        "tree": _timelines(plan),
        "tables": _tables(plan),
        "headings": _headings(plan),
        "years": list(plan.source.years),
        "colours": {
            "stages": palette.STAGES,
            "levels": list(palette.LEVELS),
            "level_words": list(palette.LEVEL_WORDS),
            "regions": palette.regions(names(plan.source, REGIONS)[r.text("region")] for r in plan.source["Regions"]),
            "confidence": palette.CONFIDENCE,
        },
        "run": {
            k: summary.get(k)
            for k in (
                "scenario",
                "status",
                "objective_musd",
                "bound_musd",
                "gap_percent",
                "input_sha256",
                "versions",
                "options",
                "model",
            )
        },
        "checks": {rule: breach.size for rule, breach in plan.breaches.items()},
    }


def _figures(plan: Answer) -> list[dict[str, Any]]:
    built, demand = plan.tables["investments"], plan.tables["demand"]
    wanted, short = (expected(demand, c) for c in ("wanted_t", "short_t"))
    return [
        {"name": "cost", "label": "Cost, discounted, M USD", "value": plan.expected_cost, "digits": 0},
        {"name": "investments", "label": "Investments", "value": len(decisions(built)), "digits": 0},
        {"name": "capex", "label": "Capex decided, M USD", "value": expected(built, "capex_musd"), "digits": 0},
        {"name": "public", "label": "Public money, M USD", "value": expected(built, "support_musd"), "digits": 0},
        {
            "name": "not_met",
            "label": "Demand not met, %",
            "value": 100 * short / wanted if wanted else 0.0,
            "digits": 2,
        },
    ]


def chart(picture: ChartSpec) -> dict[str, Any]:
    """A picture as the page draws it: labels, and a series for each colour that shows anything."""
    labels = [" ".join(str(row[g]) for g in picture.groups) for row in picture.rows]
    series = [
        {
            "name": name,
            "colour": colour,
            "dashed": name in picture.dashed,
            "width": picture.width(name),
            "values": [row.get(name) for row in picture.rows],
        }
        for name, colour in picture.colours.items()
        if picture.kind == "line" or any(row.get(name) for row in picture.rows)
    ]
    return {"title": picture.title, "unit": picture.unit, "kind": picture.kind, "labels": labels, "series": series}


def _investments(plan: Answer) -> list[Record]:
    keep = (
        "stage",
        "region",
        "decision_year",
        "online_year",
        "ends_year",
        "modules",
        "capacity_t_per_year",
        "capex_musd",
        "support_musd",
    )
    rows = rows_shown(plan, with_timeline(plan.tables["investments"], plan.source))
    shown = columns_shown(plan, ["project", "branch"])
    return _in_words(plan, [{key: row[key] for key in (*shown, *keep)} for row in rows])


def _without(rows: list[Record], column: str) -> list[Record]:
    return [{c: v for c, v in row.items() if c != column} for row in rows]


IDS = (
    "segment",
    "commodity",
    "target",
    "demand",
    "recipe",
    "instrument",
    "government",
    "from",
    "to",
    "branch",
    "type",
    "product",
)


def _in_words(plan: Answer, rows: list[Record]) -> list[Record]:
    """Rows with names and words for ids, but for those of projects, which stand beside their name."""
    regions = names(plan.source, REGIONS)

    def said(column: str, value: object) -> object:
        if column == "region" or value in regions:
            return regions.get(str(value), value)
        return words_of(value) if column in IDS else value

    return [{c: said(c, v) for c, v in row.items()} for row in rows]


def words_of(value: object) -> object:
    """Return a text with words for the ids in it."""
    return " ".join(part.replace("_", " ") for part in value.split(" ")) if isinstance(value, str) else value


def _timelines(plan: Answer) -> list[dict[str, Any]]:
    """The tree's lanes, their decisions by the names of projects."""
    called = names(plan.source)
    timelines = [asdict(timeline) for timeline in tree_chart.timelines(plan)]
    for timeline in timelines:
        timeline["decided"] = {
            y: (count, capex, [called.get(p, p) for p in projects])
            for y, (count, capex, projects) in timeline["decided"].items()
        }
    return timelines


def _headings(plan: Answer) -> dict[str, str]:
    """What stands above every column of the page's tables, and names the facts of the run."""
    columns = {
        c
        for rows in (
            *plan.tables.values(),
            side_by_side(plan),
            now_and_later(plan),
            evidence.shares(plan),
            evidence.leaned_on(plan),
        )
        for c in _first(rows)
    }
    facts = {str(k) for value in (plan.summary, *plan.summary.values()) if isinstance(value, dict) for k in value}
    return {c: heading(c) for c in sorted(columns | facts | {"project_name", "ends_year", *_TABLES})}


def _first(rows: list[Record]) -> Record:
    return rows[0] if rows else {}


def _tables(plan: Answer) -> list[dict[str, Any]]:
    """The plan's tables, each as its columns and rows of cells, until the page would grow too long."""
    found, cells = [], 0
    for name in _TABLES:
        rows = plan.tables[name]
        if not rows:
            continue
        columns = columns_shown(plan, list(rows[0]))
        cells += len(rows) * len(columns)
        shown = _in_words(plan, rows_shown(plan, rows)) if cells <= MOST_CELLS else []
        found.append(
            {
                "name": name,
                "columns": columns,
                "rows": [[_cell(row[c]) for c in columns] for row in shown],
                "left_out": len(rows) - len(shown),
            }
        )
    return found


def _cell(value: object) -> object:
    return float(f"{value:.7g}") if isinstance(value, float) else value

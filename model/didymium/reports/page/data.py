"""Everything that the page shows, as plain data. The page shows every text of it as text, never as markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from didymium.excel.headings import heading, words_of
from didymium.plan.answer import Answer
from didymium.plan.decisions import decisions
from didymium.reports import evidence, palette, tree_chart
from didymium.reports.brief import front_page
from didymium.reports.chart_specs import ChartSpec, chart_specs
from didymium.reports.chart_specs import years as modelled
from didymium.reports.decision_timing import now_and_later
from didymium.reports.display import GOVERNMENTS, REGIONS, display_columns, display_rows, names, rows_in_words
from didymium.reports.gantt import with_timeline
from didymium.reports.money_charts import money_charts
from didymium.reports.numbers import expected
from didymium.reports.page.contained import GROUPS, MEANING
from didymium.reports.page.flows import chain, network
from didymium.reports.page.geography import geography
from didymium.reports.page.projects import fact_sheets
from didymium.reports.page.suppliers import suppliers
from didymium.reports.scenarios import planned_for, side_by_side
from didymium.reports.sentences import status_in_words
from didymium.reports.target_sentences import target_names, targets_met
from didymium.results import TABLES, Record

MAX_CELLS = 250_000  # of tables on the page; further rows are only in results.xlsx
_SHOWN = sorted((name for name, table in TABLES.items() if table.page), key=lambda name: TABLES[name].page)


_OF_SCENARIOS = ("scenarios", "planned_for", "decisions")  # tables of a plan for several scenarios
_RUN_FACTS = (
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


def page_data(plan: Answer) -> dict[str, Any]:
    """Return the data of the page: headline, main numbers, charts, network, chain, investments, targets, evidence,
    tables, and the run."""
    status = status_in_words(plan.summary)
    scenarios, shares, weak = _scenarios(plan), evidence.shares(plan), evidence.weak_inputs(plan)
    return {
        "title": str(plan.source.setting("title") or plan.source.source.stem),
        "status": status,
        "proven": not status.startswith("NOT"),
        "headline": front_page(plan),
        "key_numbers": _key_numbers(plan),
        "charts": {name: chart(spec) for name, spec in chart_specs(plan).items()},
        "money_charts": {name: chart(spec) for name, spec in money_charts(plan).items() if spec.rows},
        "governments": _governments(plan),
        "network": network(plan),
        "chain": chain(plan),
        "suppliers": suppliers(plan),
        "map": geography(plan),
        "projects": fact_sheets(plan),
        "contained": {"groups": list(GROUPS), "meaning": MEANING},
        "investments": _investments(plan),
        "targets": _targets(plan),
        "evidence": {
            "shares": shares,
            "weak_inputs": [{**row, "input": words_of(str(row["input"]))} for row in _without(weak, "key")],
        },
        **scenarios,
        "tables": _tables(plan),
        "headings": _headings(plan, [shares, weak, *(scenarios[name] for name in _OF_SCENARIOS)]),
        "years": list(plan.source.years),
        "colours": _colours(plan),
        "run": {fact: plan.summary.get(fact) for fact in _RUN_FACTS},
        "checks": {rule: breach.size for rule, breach in plan.breaches.items()},
    }


def _targets(plan: Answer) -> list[Record]:
    """The result for every target, with its name in words."""
    by_id = target_names(plan)
    return [{**asdict(result), "name": by_id[result.target]} for result in targets_met(plan)]


def _governments(plan: Answer) -> list[Record]:
    """What each government gives, with the name of each."""
    by_id = names(plan.source, GOVERNMENTS)
    rows = [
        {**row, "government": by_id.get(row["government"], row["government"])} for row in plan.tables["governments"]
    ]
    return _in_words(plan, rows)


def _scenarios(plan: Answer) -> dict[str, Any]:
    """What the page shows of a plan for several scenarios."""
    return {
        "scenarios": side_by_side(plan),
        "planned_for": planned_for(plan),
        "decisions": _in_words(plan, display_rows(plan, now_and_later(plan))),
        "scenario_charts": {name: chart(spec) for name, spec in tree_chart.chart_specs(plan).items()},
        "tree_years": modelled(plan),
        "tree": _timelines(plan),
    }


def _colours(plan: Answer) -> dict[str, Any]:
    region_names = names(plan.source, REGIONS)
    return {
        "stages": palette.STAGES,
        "levels": list(palette.LEVELS),
        "level_words": list(palette.LEVEL_WORDS),
        "regions": palette.regions(region_names[r.text("region")] for r in plan.source["Regions"]),
        "confidence": palette.CONFIDENCE,
    }


def _key_numbers(plan: Answer) -> list[dict[str, Any]]:
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


def chart(spec: ChartSpec) -> dict[str, Any]:
    """Return a chart as the page draws it: labels, and a series for each colour that has values."""
    labels = [" ".join(str(row[g]) for g in spec.groups) for row in spec.rows]
    series = [
        {
            "name": name,
            "colour": colour,
            "dashed": name in spec.dashed,
            "width": spec.width(name),
            "values": [row.get(name) for row in spec.rows],
        }
        for name, colour in spec.colours.items()
        if not spec.stacked or any(row.get(name) for row in spec.rows)
    ]
    found = {"title": spec.title, "unit": spec.unit, "kind": spec.kind, "labels": labels, "series": series}
    if spec.fans:
        found["fans"] = [list(fan) for fan in spec.fans]
    if spec.kind != "step":
        return found
    outer, at = spec.groups
    return {
        **found,
        "labels": [row[outer] for row in spec.rows],
        "at": [row[at] for row in spec.rows],
        "across": spec.across,
    }


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
    rows = display_rows(plan, with_timeline(plan.tables["investments"], plan.source))
    shown = display_columns(plan, ["project", "branch"])
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
    "source_kind",
    "material",
    "user_segment",
)


def _in_words(plan: Answer, rows: Sequence[Record]) -> list[Record]:
    """Rows with names and words in place of ids, except the ids of projects, which are next to their names."""
    return rows_in_words(plan.source, rows, IDS)


def _timelines(plan: Answer) -> list[dict[str, Any]]:
    """The timelines of the tree, their decisions with the names of projects."""
    by_id = names(plan.source)
    timelines = [asdict(timeline) for timeline in tree_chart.timelines(plan)]
    for timeline in timelines:
        timeline["decided"] = {
            y: (count, capex, [by_id.get(p, p) for p in projects])
            for y, (count, capex, projects) in timeline["decided"].items()
        }
    return timelines


def _headings(plan: Answer, made: Iterable[Sequence[Record]]) -> dict[str, str]:
    """The heading of every column of the page's tables, those that were made for it among them, and of the facts of the
    run."""
    columns = {c for table in TABLES.values() for c in (*table.names, *display_columns(plan, table.names))}
    columns |= {c for rows in made for row in rows[:1] for c in row}
    facts = {str(k) for value in (plan.summary, *plan.summary.values()) if isinstance(value, dict) for k in value}
    return {c: heading(c) for c in sorted(columns | facts | {"project_name", "ends_year", *_SHOWN})}


def _tables(plan: Answer) -> list[dict[str, Any]]:
    """The plan's tables, each with its columns and rows of cells, as long as the page does not become too large."""
    found, cells = [], 0
    for name in _SHOWN:
        rows = plan.tables_by_name()[name]
        if not rows:
            continue
        columns = display_columns(plan, TABLES[name].names)
        cells += len(rows) * len(columns)
        shown = _in_words(plan, display_rows(plan, rows)) if cells <= MAX_CELLS else []
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

"""The scenario tree as a picture, and charts over the scenarios, for the workbook and the HTML report."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from didymium.case.build import scenarios_of
from didymium.case.case import FREE_BELOW, base_scenario
from didymium.excel.book import PAPER, Book, Sheet
from didymium.plan.answer import Answer
from didymium.plan.rows import number
from didymium.reports import charts, palette
from didymium.reports.chart_specs import ChartSpec, years
from didymium.reports.scenarios import along_path, free_columns, path_of, percent_of_wanted, side_by_side
from didymium.results import Record
from didymium.results.decisions import InvestmentRow
from didymium.results.deliveries import DemandRow


@dataclass(frozen=True, slots=True)
class ScenarioTimeline:
    """One scenario of the picture: on the line of the base until it is revealed, on its own line from then on.

    `decided` are the investments of its own nodes: year -> (count, M USD of capex, names).
    """

    scenario: str
    probability_percent: float
    reveal: int | None  # the first modelled year of its own; None: the base, or never revealed within the plan
    cost_musd: float
    not_met_t: float
    decided: dict[int, tuple[int, float, list[str]]]
    colour: str


def timelines(plan: Answer) -> list[ScenarioTimeline]:
    """Return the scenarios in the order of their reveal, the base first; empty for a plan for one scenario."""
    by_scenario = {str(r["scenario"]): r for r in side_by_side(plan)}
    colours = palette.regions(by_scenario)
    found = [
        ScenarioTimeline(
            name,
            number(row, "probability_percent"),
            _reveal(plan, name),
            number(row, "cost_musd"),
            number(row, "not_met_t"),
            _decided(plan, name),
            colours[name],
        )
        for name, row in by_scenario.items()
    ]
    return sorted(found, key=lambda timeline: timeline.reveal or 0)


def _reveal(plan: Answer, scenario: str) -> int | None:
    """The first modelled year of a scenario's own; None for the base, and where there is none."""
    if scenario == base_scenario(scenarios_of(plan.source)).name:
        return None
    return next((year for branch, year in path_of(plan, scenario) if branch == scenario), None)


def _decided(plan: Answer, scenario: str) -> dict[int, tuple[int, float, list[str]]]:
    """The investments of a scenario's own nodes: year -> (count, M USD of capex, names)."""
    decided: dict[int, list[InvestmentRow]] = defaultdict(list)
    for r in plan.tables["investments"]:
        if r["branch"] == scenario:
            decided[r["decision_year"]].append(r)
    return {
        year: (len(rows), sum(r["capex_musd"] for r in rows), sorted(r["project"] for r in rows))
        for year, rows in sorted(decided.items())
    }


def chart_specs(plan: Answer) -> dict[str, ChartSpec]:
    """Return the charts over the scenarios: cost by kind, the distribution of cost, and by year the demand not met and
    the China-free share."""
    rows = side_by_side(plan)
    if not rows:
        return {}
    colours = palette.regions(str(r["scenario"]) for r in rows)
    return {
        "scenario_costs": _costs(plan, rows),
        "scenario_distribution": _distribution(rows),
        "scenario_short": _by_year(plan, colours, "Demand not met in each scenario", None),
        "scenario_free": _by_year(plan, colours, "China-free share of magnets in each scenario", FREE_BELOW["magnet"]),
    }


def _costs(plan: Answer, scenarios: list[Record]) -> ChartSpec:
    """Discounted cost along each path by kind, as if it were certain, the cheapest first."""
    cost = along_path(plan)
    rows: list[Record] = [
        {
            "scenario": r["scenario"],
            **{palette.KIND_WORDS[k]: cost(str(r["scenario"]), f"{k}_musd_per_year") for k in palette.KINDS},
        }
        for r in sorted(scenarios, key=lambda r: number(r, "cost_musd"))
    ]
    return ChartSpec(
        "What each scenario costs",
        "M USD",
        "column",
        ("scenario",),
        palette.kind_colours(),
        rows,
    )


def _distribution(scenarios: list[Record]) -> ChartSpec:
    """The probability that the cost is at most that of each scenario: one column for each."""
    so_far, rows = 0.0, []
    for r in sorted(scenarios, key=lambda r: number(r, "cost_musd")):
        so_far += number(r, "probability_percent")
        label = f"{number(r, 'cost_musd'):,.0f} {r['scenario']}"
        rows.append({"cost up to, M USD": label, "probability, %": so_far})
    return ChartSpec(
        "The probability that the cost is at most this",
        "%",
        "column",
        ("cost up to, M USD",),
        {"probability, %": "#4477AA"},
        rows,
    )


def _by_year(plan: Answer, colours: dict[str, str], title: str, below: int | None) -> ChartSpec:
    """Percent of demand in each scenario and year: not met, or, with a level, delivered below it or designed out."""
    demand: dict[tuple[str, int], list[DemandRow]] = defaultdict(list)
    for r in plan.tables["demand"]:
        demand[r["branch"], r["year"]].append(r)
    counted = ["short_t"] if below is None else free_columns(below)
    paths = {name: {year: (branch, year) for branch, year in path_of(plan, name)} for name in colours}
    rows: list[Record] = [
        {"year": str(y), **{name: percent_of_wanted(demand[path[y]], counted) for name, path in paths.items()}}
        for y in years(plan)
    ]
    return ChartSpec(title, "% of demand", "line", ("year",), colours, rows)


_CHARTS = (("scenario_costs", "scenario_distribution"), ("scenario_short", "scenario_free"))
_SIZE, _RIGHT = (690, 425), 8  # of a chart, pixels; the first column of the right half


def write(book: Book, plan: Answer) -> None:
    """Write the sheet Tree: a row for each scenario, a cell for each year, in the colour of the base until it is
    revealed; and charts."""
    page = book.sheet(
        "Tree",
        "The tree of scenarios",
        "A coloured cell is a year of the scenario's own; before it, the decisions are those of the base. Numbers:"
        " investments decided",
    )
    found = timelines(plan)
    bottom = _cells(page, found, years(plan))
    charts.gallery(
        book, page, chart_specs(plan), _CHARTS, bottom + 2, (0, _RIGHT), _SIZE, max(_RIGHT + 9, 4 + len(years(plan)))
    )
    page.page.fit_to_pages(1, 0)


def _cells(page: Sheet, found: list[ScenarioTimeline], shown: list[int]) -> int:
    """Draw the tree in cells from the fourth row on; returns its last row."""
    page.page.set_column(0, 0, 30)
    page.page.set_column(1, 4 + len(shown), 10.5)
    heads = ["scenario", "probability, %", "revealed", *map(str, shown), "cost, M USD", "not met, t"]
    for k, head in enumerate(heads):
        page.text(3, k, head, bold=True, bottom=1, align="left" if k == 0 else "right")
    for row, timeline in enumerate(found, 4):
        page.text(row, 0, timeline.scenario)
        page.number(row, 1, timeline.probability_percent, num_format="0.0")
        page.cell(row, 2, timeline.reveal if timeline.reveal else "the base" if row == 4 else "never", align="right")
        for k, year in enumerate(shown, 3):
            own = row == 4 or (timeline.reveal is not None and year >= timeline.reveal)
            count = timeline.decided.get(year, (0, 0.0, []))[0]
            shape = {
                "bg_color": timeline.colour if own else PAPER,
                "align": "center",
                "border": 1,
                "border_color": "#FFFFFF",
                "bold": True,
            }
            page.cell(row, k, count or None, **shape)
        page.number(row, 3 + len(shown), timeline.cost_musd, num_format="#,##0")
        page.number(row, 4 + len(shown), timeline.not_met_t, num_format="#,##0")
    return 4 + len(found)

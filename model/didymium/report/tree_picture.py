"""The scenario tree as a picture, and what the scenarios come to as charts; drawn in the workbook and in the HTML report alike."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from didymium.case.case import FREE_BELOW
from didymium.office.book import INK, PAPER, Book, Sheet
from didymium.plan.answer import Answer
from didymium.plan.tables import Record
from didymium.report import charts, palette
from didymium.report.pictures import Picture, years
from didymium.report.scenarios import path_of, side_by_side
from didymium.report.words import amount


@dataclass(frozen=True, slots=True)
class Lane:
    """One scenario of the picture: on the base's lane until it is revealed, on its own from then on.

    `decided` are the investments of its own nodes: year -> (how many, M USD of capex, their names).
    """

    scenario: str
    odds_percent: float
    reveal: int | None  # the first modelled year of its own; None: the base, or one that is never revealed within the plan
    cost_musd: float
    not_met_t: float
    decided: dict[int, tuple[int, float, list[str]]]
    colour: str


def lanes(plan: Answer) -> list[Lane]:
    """The scenarios in the order of their reveal, the base first; empty where the plan answers one alone."""
    told = {str(r["scenario"]): r for r in side_by_side(plan)}
    colours = palette.regions(told)
    found = []
    for name, row in told.items():
        own = [year for branch, year in path_of(plan, name) if branch == name]
        base = plan.source.ids("Scenarios.scenario")[name]["reveal_year"] is None
        decided: dict[int, list[Record]] = defaultdict(list)
        for r in plan.tables["investments"]:
            if r["branch"] == name:
                decided[int(str(r["decision_year"]))].append(r)
        sums = {y: (len(rows), sum(amount(r, "capex_musd") for r in rows), sorted(str(r["project"]) for r in rows)) for y, rows in sorted(decided.items())}
        reveal = None if base or not own else own[0]
        found.append(Lane(name, amount(row, "probability_percent"), reveal, amount(row, "cost_musd"), amount(row, "not_met_t"), sums, colours[name]))
    return sorted(found, key=lambda lane: lane.reveal or 0)


def pictures(plan: Answer) -> dict[str, Picture]:
    """Charts over the scenarios: cost by kind, the distribution of cost, and year by year what is not met and what owes China nothing."""
    rows = side_by_side(plan)
    if not rows:
        return {}
    colours = palette.regions(str(r["scenario"]) for r in rows)
    return {
        "scenario_costs": _costs(plan, rows),
        "scenario_odds": _distribution(rows),
        "scenario_short": _by_year(plan, colours, "Demand not met in each scenario", None),
        "scenario_free": _by_year(plan, colours, "China-free share of magnets in each scenario", FREE_BELOW["magnet"]),
    }


def _costs(plan: Answer, told: list[Record]) -> Picture:
    """Discounted cost along each path by kind, as if it were certain, from cheap to dear."""
    costs = {(str(r["branch"]), int(str(r["year"]))): r for r in plan.tables["costs"]}
    discount = {year: amount(r, "weight") / amount(r, "probability") for (_, year), r in costs.items() if amount(r, "probability") > 0}
    named = {kind: kind.replace("_", " ") for kind in palette.KINDS}
    rows: list[Record] = []
    for r in sorted(told, key=lambda r: amount(r, "cost_musd")):
        path = path_of(plan, str(r["scenario"]))
        rows.append(
            {"scenario": r["scenario"], **{named[k]: sum(discount[p[1]] * amount(costs[p], f"{k}_musd_per_year") for p in path) for k in palette.KINDS}}
        )
    return Picture("What each scenario costs", "M USD", "column", ("scenario",), {named[k]: c for k, c in palette.KINDS.items()}, rows)


def _distribution(told: list[Record]) -> Picture:
    """The odds that the cost is at most that of each scenario."""
    so_far, rows = 0.0, []
    for r in sorted(told, key=lambda r: amount(r, "cost_musd")):
        so_far += amount(r, "probability_percent")
        label = f"{amount(r, 'cost_musd'):,.0f} {r['scenario']}"
        rows.append({"cost up to, M USD": label, "odds": so_far})
    return Picture("The odds that the cost is at most this", "%", "line", ("cost up to, M USD",), {"odds": "#4477AA"}, rows)


def _by_year(plan: Answer, colours: dict[str, str], title: str, below: int | None) -> Picture:
    """Percent of demand in each scenario and year: not met, or, given a level, delivered below it or designed out."""
    demand: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for r in plan.tables["demand"]:
        demand[str(r["branch"]), int(str(r["year"]))].append(r)

    def share(place: tuple[str, int]) -> float:
        rows = demand[place]
        wanted = sum(amount(r, "wanted_t") for r in rows)
        keys = ["short_t"] if below is None else ["designed_out_t", *(f"level_{k}_t" for k in range(below))]
        return 100 * sum(amount(r, k) for r in rows for k in keys) / wanted if wanted else 0.0

    paths = {name: {year: (branch, year) for branch, year in path_of(plan, name)} for name in colours}
    rows: list[Record] = [{"year": str(y), **{name: share(path[y]) for name, path in paths.items()}} for y in years(plan)]
    return Picture(title, "% of demand", "line", ("year",), colours, rows)


_CHARTS = (("scenario_costs", "scenario_odds"), ("scenario_short", "scenario_free"))
_WIDTH, _HEIGHT, _ROWS, _RIGHT = 690, 425, 22, 8  # pixels, the rows that a chart takes, and the first column of the right half


def write(book: Book, plan: Answer) -> None:
    """The sheet Tree: a row a scenario, a cell a year, in the base's colour until it is revealed; and charts."""
    page = book.sheet(
        "Tree", "The tree of scenarios", "A coloured cell is a year of the scenario's own; before, what is decided is the base's. Figures: investments decided"
    )
    found = lanes(plan)
    bottom = _cells(page, found, years(plan))
    shown = pictures(plan)
    top = bottom + 2
    data = top + _ROWS * len(_CHARTS) + 1
    page.text(data, 0, "What the charts show", bold=True, font_color=INK, font_size=12)
    stand = charts.tables(page, shown, data + 1)
    for row, names in enumerate(_CHARTS):
        for name, column in zip(names, (0, _RIGHT), strict=True):
            charts.draw(book, page, shown[name], stand[name], (top + row * _ROWS, column), (_WIDTH, _HEIGHT))
    page.page.fit_to_pages(1, 0)
    page.page.set_h_pagebreaks([data])
    page.page.print_area(0, 0, max(a.top + a.rows for a in stand.values()) + 1, max(_RIGHT + 9, 4 + len(years(plan))))


def _cells(page: Sheet, found: list[Lane], shown: list[int]) -> int:
    """Draw the tree in cells from the fourth row on; returns its last row."""
    page.page.set_column(0, 0, 30)
    page.page.set_column(1, 4 + len(shown), 10.5)
    heads = ["scenario", "odds, %", "revealed", *map(str, shown), "cost, M USD", "not met, t"]
    for k, head in enumerate(heads):
        page.text(3, k, head, bold=True, bottom=1, align="left" if k == 0 else "right")
    for row, lane in enumerate(found, 4):
        page.text(row, 0, lane.scenario)
        page.number(row, 1, lane.odds_percent, num_format="0.0")
        page.cell(row, 2, lane.reveal if lane.reveal else "the base" if row == 4 else "never", align="right")
        for k, year in enumerate(shown, 3):
            own = row == 4 or (lane.reveal is not None and year >= lane.reveal)
            count = lane.decided.get(year, (0, 0.0, []))[0]
            shape = {"bg_color": lane.colour if own else PAPER, "align": "center", "border": 1, "border_color": "#FFFFFF", "bold": True}
            page.cell(row, k, count or None, **shape)
        page.number(row, 3 + len(shown), lane.cost_musd, num_format="#,##0")
        page.number(row, 4 + len(shown), lane.not_met_t, num_format="#,##0")
    return 4 + len(found)

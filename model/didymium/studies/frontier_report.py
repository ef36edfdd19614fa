"""A frontier in sentences, charts and tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from didymium.engine.control import Options
from didymium.excel.headings import words_of
from didymium.plan.rows import number
from didymium.plan.summary import cost_by_kind
from didymium.reports import palette
from didymium.reports.chart_specs import FURTHER, ChartSpec
from didymium.reports.display import names, rows_in_words, with_names
from didymium.reports.names import listed
from didymium.reports.numbers import rounded
from didymium.reports.study import StudyReport, StudyTable
from didymium.results import FRONTIER_SHEETS, FRONTIER_TABLES, Record, by_name
from didymium.solving import run_facts
from didymium.statuses import Status
from didymium.studies.frontier import Frontier, Point
from didymium.studies.frontier_rows import difference, frontier_tables
from didymium.studies.levels import in_words

FOUND, BOUND = "best plan found", "at least"
MINIMUM = "at least"
NOTHING = 1e-7  # share of the cost: a smaller difference is the solver's tolerance
MAX_NAMES = 12  # projects that a sentence names at most


def frontier_report(frontier: Frontier, options: Options, seconds: float) -> StudyReport:
    """Return what the files of a frontier show."""
    tables = frontier_tables(frontier)
    source = frontier.inputs.source
    rows = by_name(tables)
    shown = {name: _in_words(frontier, rows[name]) for name in FRONTIER_TABLES}
    title = str(source.setting("title") or source.source.stem)
    price = price_of_independence(frontier)
    record: Record = {
        "points": [
            {
                "share_percent": row["share_percent"],
                "cost_musd": row["cost_musd"],
                "bound_musd": row["bound_musd"],
                "status": row["status"],
                "reached": row["reached"] == "yes",
            }
            for row in tables["points"]
        ],
        "targets": frontier.targets or list(frontier.inputs.case.targets),
        "scenario": frontier.scenario,
        "price_of_independence_musd": price,
        "most_that_can_be_reached_percent": _highest(frontier),
        "changes": rows["changes"],
        "builds": rows["builds"],
        "complete": frontier.complete,
        "content_sha256": source.content_sha256(),
    }
    return StudyReport(
        name="frontier",
        title=f"{title}: what independence costs",
        status=_status(frontier, options),
        proven=_proven(frontier),
        headline=headline(frontier),
        charts=chart_specs(frontier),
        tables=[
            StudyTable(table, sheet, shown[name])
            for (name, table), sheet in zip(FRONTIER_TABLES.items(), FRONTIER_SHEETS, strict=True)
        ],
        facts=_facts(frontier, options, seconds),
        record=record,
    )


def price_of_independence(frontier: Frontier) -> list[float | None] | None:
    """Return what the full targets cost more than none of them, M USD, at least and at most; None where the frontier
    does not hold both."""
    solved = frontier.solved
    if not solved or solved[0].percent != 0 or solved[-1].percent != 100:
        return None
    return list(difference(solved[-1], solved[0]))


def headline(frontier: Frontier) -> list[str]:
    """Return the answer in a few sentences: the price, how far one can go, where it becomes dear, what enters."""
    return [*_price(frontier), *_unreachable(frontier), *_paid_for(frontier), *_dearest(frontier), *_entering(frontier)]


def _which(frontier: Frontier) -> str:
    wanted = [words_of(target) for target in frontier.targets]
    if not wanted:
        return "the targets, all scaled together"
    return f"the target{'s' if len(wanted) > 1 else ''} {', '.join(wanted)}"


def _price(frontier: Frontier) -> list[str]:
    solved = frontier.solved
    if len(solved) < 2:
        return []
    low, high = solved[0], solved[-1]
    minimum, maximum = difference(high, low)
    span = f"from {in_words(low.percent)} to {in_words(high.percent)} of {_which(frontier)}"
    span += "" if frontier.targets else ","  # what they are is said in passing
    if minimum is None or maximum is None:
        return [f"What it costs to go {span} is not known: a bound was not found in time."]
    if maximum <= NOTHING * max(1.0, abs(low.cost or 0.0)):
        return [f"Going {span} costs nothing."]
    lowest, highest = f"{_money(minimum)} M USD", f"{_money(maximum)} M USD"
    if low.cost:
        lowest += f" ({_percent(minimum, low.cost)} of the cost at {in_words(low.percent)})"
        highest += f" ({_percent(maximum, low.cost)} of the cost at {in_words(low.percent)})"
    if minimum <= 0:
        return [f"Going {span} costs at most {highest}; it may cost nothing, for that is less than the gap decides."]
    return [f"Going {span} costs at least {lowest} and at most {highest}."]


def _money(amount: float) -> str:
    """An amount that proves something: never less than three digits of it."""
    return f"{amount:,.1f}" if abs(amount) >= 10 else f"{amount:.3g}"


def _percent(amount: float, of: float) -> str:
    return f"{100 * amount / abs(of):.2f} %"


def _unreachable(frontier: Frontier) -> list[str]:
    refused = [point.percent for point in frontier.levels if point.status == Status.INFEASIBLE]
    if not refused:
        return []
    solved = frontier.solved
    if not solved:
        return [f"No level that was tried can be reached; the lowest tried is {in_words(min(refused))}."]
    return [
        (
            f"No plan reaches {in_words(min(refused))} of {_which(frontier)}; {in_words(solved[-1].percent)} can be"
            f" reached, at {rounded(solved[-1].cost or 0.0)} M USD."
        )
    ]


def _highest(frontier: Frontier) -> list[float] | None:
    """From the highest level reached to the lowest that cannot be, percent; None where every level can be reached."""
    refused = [point.percent for point in frontier.levels if point.status == Status.INFEASIBLE]
    return [frontier.solved[-1].percent, min(refused)] if refused and frontier.solved else None


def _paid_for(frontier: Frontier) -> list[str]:
    missed = [point for point in frontier.solved if not point.reached]
    if not missed:
        return []
    return [
        (
            f"From {in_words(missed[0].percent)} on some target is missed in some year, for its penalty costs less than"
            " meeting it, or it cannot be met; the penalty is part of the cost (sheet Targets)."
        )
    ]


def _dearest(frontier: Frontier) -> list[str]:
    """The step on which a point costs most, where the gap decides that it costs anything."""
    steps = [
        (difference(point, below)[0] or 0.0, point, below)
        for below, point in zip(frontier.solved, frontier.solved[1:], strict=False)
    ]
    if not steps:
        return []
    cost, point, below = max(steps, key=lambda step: step[0] / (step[1].percent - step[2].percent))
    if all((difference(point, below)[1] or 0.0) <= NOTHING for _, point, below in steps):
        return []
    if cost <= 0:
        return ["No single step costs more than the gap leaves open; a smaller gap (--gap) may tell them apart."]
    points = point.percent - below.percent
    return [
        (
            f"The dearest step is from {in_words(below.percent)} to {in_words(point.percent)}: at least"
            f" {rounded(cost)} M USD, {_money(cost / points)} M USD a point."
        )
    ]


def _entering(frontier: Frontier) -> list[str]:
    """What only one end of the levels builds, told apart from what levels between build too."""
    solved = frontier.solved
    if len(solved) < 2:
        return []
    known, built = names(frontier.inputs.source), [_built(point) for point in solved]
    sentences = []
    for one, other, words in (
        (built[-1], built[0], ("strictest level", "laxest")),
        (built[0], built[-1], ("laxest level", "strictest")),
    ):
        between = set().union(*built[1:-1])
        here, not_there = f"at the {words[0]}", f"and not at the {words[1]}"
        for projects, where in (
            (one - other - between, f"{here} only"),
            ((one - other) & between, f"{here} and at some between, {not_there}"),
        ):
            if projects:
                verb = "is" if len(projects) == 1 else "are"
                named = sorted(known.get(p, p) for p in projects)
                sentences.append(f"{listed(named, MAX_NAMES)} {verb} built {where}.")
    chance = "Plans within the gap of the least cost may build other things, so what enters may be chance."
    return [*sentences, chance] if sentences and any(point.bound != point.cost for point in solved) else sentences


def _built(point: Point) -> set[str]:
    return set() if point.tables is None else {row["project"] for row in point.tables["investments"]}


def _proven(frontier: Frontier) -> bool:
    """Whether every level that was tried is proven to the gap, or proven to have no plan."""
    settled = (Status.OPTIMAL, Status.GAP_REACHED, Status.INFEASIBLE)
    return frontier.complete and all(point.status in settled for point in frontier.levels)


def _status(frontier: Frontier, options: Options) -> str:
    if not frontier.complete:
        return f"NOT complete: stopped by hand after {len(frontier.levels)} levels."
    if _proven(frontier):
        if frontier.gap_between > options.gap and len(frontier.levels) > 2:
            return (
                f"The strictest and the laxest level are proven within {100 * options.gap:g} % of their least cost,"
                f" those between within {100 * frontier.gap_between:g} %, or out of reach."
            )
        near = f"within {100 * options.gap:g} % of its least cost" if options.gap else "to be at its least cost"
        return f"Every level is proven {near}, or out of reach."
    return "NOT proven to the required gap at every level: see the sheet Frontier."


def chart_specs(frontier: Frontier) -> dict[str, ChartSpec]:
    """Return every chart by name."""
    return {"cost": _cost(frontier), "steps": _steps(frontier), "kinds": _kinds(frontier), "capex": _capex(frontier)}


def _cost(frontier: Frontier) -> ChartSpec:
    """Costs less that of the laxest level's plan: all levels cost much, and differ by little."""
    low = frontier.solved[0] if frontier.solved else None
    base = 0.0 if low is None or low.cost is None else low.cost
    rows: list[Record] = [
        {
            "percent of the targets": in_words(point.percent),
            FOUND: None if point.cost is None else point.cost - base,
            BOUND: None if point.bound is None else point.bound - base,
        }
        for point in frontier.solved
    ]
    colours = {FOUND: "#4477AA", BOUND: "#B07D00"}
    at = "" if low is None else f" at {in_words(low.percent)}"
    return ChartSpec(
        f"Cost of each level less that of the best plan found{at}: between the lines",
        "M USD",
        "line",
        ("percent of the targets",),
        colours,
        rows,
        (BOUND,),
    )


def _steps(frontier: Frontier) -> ChartSpec:
    rows: list[Record] = []
    for below, point in zip(frontier.solved, frontier.solved[1:], strict=False):
        minimum, maximum = difference(point, below)
        points = point.percent - below.percent
        if minimum is not None and maximum is not None:
            rows.append(
                {
                    "step": f"{in_words(below.percent)} to {in_words(point.percent)}",
                    MINIMUM: minimum / points,
                    FURTHER: max(0.0, maximum - minimum) / points,
                }
            )
    colours = {MINIMUM: "#4477AA", FURTHER: "#BBCCEE"}
    return ChartSpec("What a point costs, step by step", "M USD a point", "column", ("step",), colours, rows)


def _kinds(frontier: Frontier) -> ChartSpec:
    rows: list[Record] = []
    for point in frontier.solved:
        assert point.tables is not None
        costs = cost_by_kind(point.tables)
        kinds = {palette.KIND_WORDS[kind]: costs.get(kind, 0.0) for kind in palette.KINDS}
        rows.append({"percent of the targets": in_words(point.percent), **kinds})
    return ChartSpec(
        "Cost of the plan found at each level, by kind",
        "M USD",
        "column",
        ("percent of the targets",),
        palette.kind_colours(),
        rows,
    )


def _capex(frontier: Frontier) -> ChartSpec:
    rows: list[Record] = []
    for point in frontier.solved:
        assert point.tables is not None
        total: dict[str, float] = defaultdict(float)
        for row in point.tables["investments"]:
            total[row["stage"]] += number(row, "capex_musd")
        rows.append({"percent of the targets": in_words(point.percent), **{s: total[s] for s in palette.STAGES}})
    return ChartSpec(
        "Overnight capex of the plan found at each level",
        "M USD",
        "column",
        ("percent of the targets",),
        dict(palette.STAGES),
        rows,
    )


def _in_words(frontier: Frontier, rows: Sequence[Mapping[str, object]]) -> list[Record]:
    """Rows with a name before each project, and names and words in place of other ids."""
    source = frontier.inputs.source
    return with_names(source, rows_in_words(source, rows, ("target", "stage", "status")))


def _facts(frontier: Frontier, options: Options, seconds: float) -> Record:
    """What the sheet Run states, one fact a row."""
    rechecked = [point for point in frontier.solved if point.violation is not None]
    return {
        "scenario": frontier.scenario,
        "content_sha256": frontier.inputs.source.content_sha256(),
        **run_facts(frontier.inputs.source, options, {"total": seconds}),
        "largest_violation": max((point.violation or 0.0 for point in rechecked), default=0.0),
        "re_checked": f"{len(rechecked)} of {len(frontier.solved)} levels; the others hold every row of the model",
        "levels": len(frontier.levels),
    }

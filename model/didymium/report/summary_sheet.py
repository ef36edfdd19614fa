"""The sheet Summary: the answer in words, and four charts over small tables beside them."""

from __future__ import annotations

from collections import defaultdict

from didymium.office.book import INK, PAPER, Area, Book, Sheet
from didymium.plan.answer import Answer
from didymium.plan.tables import LEVELS, Record

STAGES = ("mine", "refinery", "heavy", "metal", "magnet", "recycler")
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999", "#332288", "#44AA99")  # told apart by all eyes
CHART_ROWS, CHART_WIDTH, CHART_HEIGHT = 18, 720, 345  # a chart takes so many rows, and so many pixels
_WORDS = {
    "optimal": "Proven least cost.",
    "gap_reached": "Proven within {gap:.2f} % of the least cost.",
    "time_limit": "NOT proven to the gap asked: stopped at the time limit with a plan within {gap:.2f} % of the least cost.",
    "interrupted": "NOT proven to the gap asked: stopped by hand with a plan within {gap:.2f} % of the least cost.",
}
_LEVEL_WORDS = ("never in China", "mined there", "refined there", "metal made there", "magnet made there")


def status_in_words(summary: Record) -> str:
    """What the status and the gap mean for a planner."""
    gap = summary["gap_percent"]
    if gap is None:
        return "NOT proven: stopped before any bound on the least cost was known."
    return _WORDS[str(summary["status"])].format(gap=float(str(gap)))


def write(book: Book, page: Sheet, plan: Answer, passed: bool) -> None:
    """Headline, decisions by stage, targets, charts."""
    page.page.set_column(0, 0, 34)
    page.page.set_column(1, 18, 14)
    page.text(2, 0, status_in_words(plan.summary), bold=True)
    for k, (label, value, shape) in enumerate(_headline(plan)):
        page.text(4, 2 * k, label, font_color="#555555", bg_color=PAPER)
        page.text(4, 2 * k + 1, "", bg_color=PAPER)
        page.text(5, 2 * k + 1, "", bg_color=PAPER)
        page.number(5, 2 * k, value, bold=True, font_size=14, num_format=shape, font_color=INK, bg_color=PAPER, align="left")
    page.text(7, 0, "All checks", font_color="#555555")
    page.text(7, 1, "pass" if passed else "FAIL", bold=True, font_color="#009E73" if passed else "#D55E00")
    page.page.write_url(7, 2, "internal:'Checks'!A1", book.style(font_color="#0072B2", underline=1), "see Checks")
    row = _targets(page, plan, _decided(page, plan, 9) + 2)
    _charts(book, page, plan, max(row, 24) + 2)


def _headline(plan: Answer) -> list[tuple[str, float, str]]:
    cost, built = plan.summary["cost_musd"], plan.tables["investments"]
    assert isinstance(cost, dict)
    short, wanted = (sum(float(str(r[c])) for r in plan.tables["demand"]) for c in ("short_t", "wanted_t"))
    return [
        ("Cost, discounted, M USD", plan.cost, "#,##0"),
        ("Decisions", float(len(built)), "0"),
        ("Capex decided, M USD", sum(float(str(r["capex_musd"])) for r in built), "#,##0"),
        ("Public money, M USD", sum(float(str(r["support_musd"])) for r in built), "#,##0"),
        ("Demand not met, %", 100 * short / wanted if wanted else 0.0, "0.00"),
    ]


def _decided(page: Sheet, plan: Answer, row: int) -> int:
    """Decisions by stage; returns the last row used."""
    for k, text in enumerate(("Decided", "decisions", "t/year", "M USD", "first", "last")):
        page.text(row, k, text, bold=True, bottom=1, align="right" if k else "left")
    for stage in STAGES:
        rows = [r for r in plan.tables["investments"] if r["stage"] == stage]
        row += 1
        page.text(row, 0, stage)
        page.number(row, 1, len(rows))
        page.number(row, 2, sum(float(str(r["capacity_t_per_year"])) for r in rows), num_format="#,##0")
        page.number(row, 3, sum(float(str(r["capex_musd"])) for r in rows), num_format="#,##0")
        if rows:
            years = [int(str(r["decision_year"])) for r in rows]
            page.number(row, 4, min(years))
            page.number(row, 5, max(years))
    return row


def _targets(page: Sheet, plan: Answer, row: int) -> int:
    """By when each target is met; returns the last row used."""
    for k, text in enumerate(("Target", "met from", "years missed", "t missed")):
        page.text(row, k, text, bold=True, bottom=1, align="right" if k else "left")
    by_target: dict[str, list[Record]] = defaultdict(list)
    for told in plan.tables["targets"]:
        by_target[str(told["target"])].append(told)
    for target, rows in by_target.items():
        row += 1
        missed = [r for r in rows if float(str(r["miss_t"])) > 0]
        last = max((int(str(r["year"])) for r in missed), default=0)
        after = [int(str(r["year"])) for r in rows if int(str(r["year"])) > last]
        page.text(row, 0, target)
        page.text(row, 1, str(min(after)) if after else "never", align="right")
        page.number(row, 2, len(missed))
        page.number(row, 3, sum(float(str(r["miss_t"])) for r in missed), num_format="#,##0")
    return row


def _charts(book: Book, page: Sheet, plan: Answer, row: int) -> None:
    """Four charts, two by two, over the tables that stand below them."""
    data = row + 2 * CHART_ROWS + 1
    page.page.set_h_pagebreaks([data - 1])
    page.text(data - 1, 0, "What the charts show", bold=True, font_color=INK)
    free = _china_free(page, plan, data)
    built = _by_stage_and_region(page, plan, free.top + free.rows + 3)
    spend = _spending(page, plan, built.top + built.rows + 3)
    supply = _supply(page, plan, spend.top + spend.rows + 3)
    _chart(book, page, "line", free, "China-free share of demand, % (dashed: target for all regions)", "%", (row, 0))
    _chart(book, page, "column", supply, "Where what is demanded comes from, % of demand", "%", (row, 6))
    _chart(book, page, "column", built, "Modules on line by stage and region, thousand t/year", "thousand t/year", (row + CHART_ROWS, 0))
    _chart(book, page, "column", spend, "Cost by kind, M USD a year", "M USD", (row + CHART_ROWS, 6))


def _china_free(page: Sheet, plan: Answer, row: int) -> Area:
    share = plan.summary["china_free_share"]
    assert isinstance(share, dict)
    asked: dict[tuple[str, str], float] = {
        (str(r["stage"]), str(r["year"])): float(str(r["asked_percent"]))
        for r in plan.tables["targets"]
        if r["type"] == "min_china_free_share" and r["region"] == "*" and r["segment"] == "*"
    }
    years = sorted({y for by_year in share.values() for y in by_year})
    rows: list[Record] = []
    for year in years:
        reached: Record = {stage: 100 * by_year[year] for stage, by_year in share.items()}
        rows.append({"year": year, **reached, **{f"{stage} target": asked.get((stage, year)) for stage in share}})
    columns = ["year", *share, *(f"{stage} target" for stage in share if any((stage, y) in asked for y in years))]
    return page.table(rows, columns, at=(row, 0), freeze=False, shape="#,##0.0")


def _expected(plan: Answer) -> dict[tuple[object, object], float]:
    return {(r["branch"], r["year"]): float(str(r["probability"])) for r in plan.tables["costs"]}


def _by_stage_and_region(page: Sheet, plan: Answer, row: int) -> Area:
    odds = _expected(plan)
    total: dict[int, dict[str, float]] = {int(str(r["year"])): defaultdict(float) for r in plan.tables["costs"]}
    for r in plan.tables["capacity"]:
        tonnes = odds[r["branch"], r["year"]] * float(str(r["modules_t_per_year"])) / 1000
        if tonnes > 0:
            total[int(str(r["year"]))][f"{r['stage']} {r['region']}"] += tonnes
    weight: dict[str, float] = defaultdict(float)
    for by_name in total.values():
        for name, tonnes in by_name.items():
            weight[name] += tonnes
    names = sorted(weight, key=lambda name: -weight[name])[:9]
    rows: list[Record] = [{"year": str(y), **{n: v[n] for n in names}, "others": sum(t for n, t in v.items() if n not in names)} for y, v in total.items()]
    return page.table(rows, ["year", *names, "others"], at=(row, 0), freeze=False, shape="#,##0.0")


def _spending(page: Sheet, plan: Answer, row: int) -> Area:
    odds = _expected(plan)
    columns = [c for c in plan.tables["costs"][0] if c.endswith("_musd_per_year") and not c.startswith("total")]
    total: dict[str, dict[str, float]] = {}
    for r in plan.tables["costs"]:
        into = total.setdefault(str(r["year"]), defaultdict(float))
        for c in columns:
            into[c.removesuffix("_musd_per_year").replace("_", " ")] += odds[r["branch"], r["year"]] * float(str(r[c]))
    names = [c.removesuffix("_musd_per_year").replace("_", " ") for c in columns]
    return page.table([{"year": y, **v} for y, v in total.items()], ["year", *names], at=(row, 0), freeze=False, shape="#,##0.0")


def _supply(page: Sheet, plan: Answer, row: int) -> Area:
    odds = _expected(plan)
    names = [*(_LEVEL_WORDS[k] for k in LEVELS), "designed out", "short"]
    keys = [*(f"level_{k}_percent" for k in LEVELS), "designed_out_percent", "short_percent"]
    total: dict[str, dict[str, float]] = {}
    for r in plan.tables["origin"]:
        if r["region"] == "*" and r["segment"] == "*":
            into = total.setdefault(str(r["year"]), defaultdict(float))
            for name, key in zip(names, keys, strict=True):
                into[name] += odds[r["branch"], r["year"]] * float(str(r[key]))
    return page.table([{"year": y, **v} for y, v in total.items()], ["year", *names], at=(row, 0), freeze=False, shape="#,##0.0")


def _chart(book: Book, page: Sheet, kind: str, area: Area, title: str, unit: str, at: tuple[int, int]) -> None:
    if area.rows == 0:
        return
    chart = book.file.add_chart({"type": kind} if kind == "line" else {"type": kind, "subtype": "stacked"})
    for k, name in enumerate(c for c in area.columns if c != "year"):
        dashed = name.endswith(" target")
        colour = COLOURS[(k - 4 if dashed else k) % len(COLOURS)]
        look = {"line": {"color": colour, "width": 1.25 if dashed else 2.25, **({"dash_type": "dash"} if dashed else {})}}
        chart.add_series({"name": name, "categories": area.series("year"), "values": area.series(name), **(look if kind == "line" else {"fill": {"color": colour}, "gap": 60})})  # fmt: skip
    chart.set_title({"name": title, "name_font": {"size": 11}})
    chart.set_y_axis(
        {
            "name": unit,
            "num_format": "#,##0",
            **({"max": 100, "min": 0} if unit == "%" else {}),
            "major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}},
        }
    )
    chart.set_x_axis({"num_font": {"rotation": -45}, "label_position": "low"})
    chart.set_legend({"position": "right", "font": {"size": 8}})
    chart.set_size({"width": CHART_WIDTH, "height": CHART_HEIGHT})
    page.page.insert_chart(*at, chart, {"description": title, "x_offset": 4, "y_offset": 4})

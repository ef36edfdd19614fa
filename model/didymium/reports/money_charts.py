"""Charts of plants at market prices and of public money, for the workbook and the HTML report."""

from __future__ import annotations

from collections import defaultdict

from didymium.excel.book import Book
from didymium.excel.headings import words_of
from didymium.plan.answer import Answer
from didymium.plan.public_money import OUTSIDE
from didymium.plan.rows import number
from didymium.reports import charts, palette
from didymium.reports.chart_specs import ChartSpec
from didymium.reports.display import GOVERNMENTS, REGIONS, names
from didymium.reports.scenarios import path_of
from didymium.results import Record
from didymium.results.money import PlantViabilityRow

BREAK_EVEN, MARKET = "break-even price", "market price"
SOLD_OUTSIDE, NO_USE = "sold outside", "nothing delivered"
_STAGES = {
    "mine": "mines",
    "refinery": "refineries",
    "heavy": "heavy separation",
    "metal": "metal plants",
    "magnet": "magnet plants",
    "recycler": "recyclers",
}
_MARKET = "#E08214"
_GIVEN = {"capital subsidy": "#4477AA", "floor payments": "#CC77BB"}
ALIKE = 2.0  # goods whose prices differ by more than this factor are not on one supply curve
SHEET = "Money charts"
_SIZE = 645, 425  # of a chart, pixels
_RIGHT = 6  # first column of the right half


def money_charts(plan: Answer) -> dict[str, ChartSpec]:
    """Return every chart by name: public money, then cost against price and the supply curve of each stage."""
    found = {"given": given(plan), "use": use(plan)}
    rows = producing(plan)
    for stage in (s for s in _STAGES if any(r["stage"] == s for r in rows)):
        of_stage = [r for r in rows if r["stage"] == stage]
        found[f"cost_{stage}"] = cost_against_price(plan, stage, of_stage)
        found[f"curve_{stage}"] = supply_curve(plan, stage, of_stage)
    return found


def write(book: Book, plan: Answer) -> None:
    """Write the sheet with the charts, and their numbers below."""
    page = book.sheet(
        SHEET,
        "Who gives what, for whose use; and what each plant costs against the market price",
        f"From the sheets Finance, Support and Viability. Prices and costs: scenario {words_of(plan.scenarios[0])}",
    )
    page.page.set_portrait()
    page.page.set_column(0, 0, 24)
    page.page.set_column(1, 20, 13)
    specs = money_charts(plan)
    shown = list(specs)
    pairs = [shown[k : k + 2] for k in range(0, len(shown), 2)]
    charts.gallery(book, page, specs, pairs, 3, (0, _RIGHT), _SIZE, _RIGHT + 6, numbers=False)


def producing(plan: Answer) -> list[PlantViabilityRow]:
    """Return the plants that make anything in the plan's first scenario."""
    rows = plan.tables["viability_of_plants"]
    return [r for r in rows if r["scenario"] == plan.scenarios[0] and r["break_even_usd_per_t"] is not None]


def given(plan: Answer) -> ChartSpec:
    """Return what each government gives in the plan's years, discounted, M USD: capital subsidy and floor payments."""
    by_id = names(plan.source, GOVERNMENTS)
    rows: list[Record] = [
        {
            "government": by_id.get(r["government"], words_of(r["government"])),
            "capital subsidy": r["capital_subsidy_in_plan_musd"],
            "floor payments": r["floor_payments_musd"],
        }
        for r in reversed(plan.tables["governments"])  # so that the largest is on top
    ]
    title = "Public money given in the plan's years, discounted"
    return ChartSpec(title, "M USD", "stacked bar", ("government",), _GIVEN, rows)


def use(plan: Answer) -> ChartSpec:
    """Return the same money by the region that uses what it supports, percent of what each government gives."""
    region_names, by_id = names(plan.source, REGIONS), names(plan.source, GOVERNMENTS)
    regions = palette.regions(region_names[r.text("region")] for r in plan.source["Regions"])
    colours = {**regions, SOLD_OUTSIDE: palette.SUBSTITUTED, NO_USE: "#6F6F6F"}
    total: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(colours, 0.0))
    for r in plan.tables["supported_use"]:
        where = r["use_region"]
        word = NO_USE if where is None else SOLD_OUTSIDE if where == OUTSIDE else region_names[where]
        total[r["government"]][word] += r["given_share_musd"]
    rows: list[Record] = [
        {
            "government": by_id.get(g, words_of(g)),
            **{word: 100 * money / sum(by_use.values()) for word, money in by_use.items()},
        }
        for g, by_use in reversed(total.items())
        if sum(by_use.values()) > 0
    ]
    return ChartSpec("Who uses what it supports", "% of what is given", "stacked bar", ("government",), colours, rows)


def cost_against_price(plan: Answer, stage: str, rows: list[PlantViabilityRow]) -> ChartSpec:
    """Return the break-even price of every plant of a stage beside the market price of its main product, USD/kg."""
    by_id = names(plan.source)
    ordered = sorted(rows, key=lambda r: number(r, "break_even_usd_per_t") / (number(r, "market_usd_per_t") or 1.0))
    table: list[Record] = [
        {
            "plant": _plant(by_id[r["project"]], r),
            BREAK_EVEN: number(r, "break_even_usd_per_t") / 1000,
            MARKET: number(r, "market_usd_per_t") / 1000,
        }
        for r in reversed(ordered)  # so that the cheapest is on top
    ]
    colours = {MARKET: _MARKET, BREAK_EVEN: palette.STAGES[stage]}
    return ChartSpec(f"Cost against price: {_STAGES[stage]}", "USD/kg", "bar", ("plant",), colours, table)


def _plant(name: str, row: PlantViabilityRow) -> str:
    """The name of a plant, with its main product where that is not its own ore."""
    return name if row["stage"] == "mine" else f"{name} ({words_of(str(row['product']))})"


def supply_curve(plan: Answer, stage: str, rows: list[PlantViabilityRow]) -> ChartSpec:
    """Return the supply curve of a stage: plants by break-even price, each as wide as what it makes of its main
    product, mean of all years, thousand t; and the market price of the same.

    Of goods of very different price only those like the one that brings most are on it.
    """
    tonnes, by_id, alike = _tonnes(plan), names(plan.source), _alike(stage, rows)
    table: list[Record] = []
    at = 0.0
    shown = [r for r in rows if r["product"] in alike]
    for r in sorted(shown, key=lambda r: number(r, "break_even_usd_per_t")):
        end = at + tonnes[r["project"]] / 1000
        table += [
            {
                "plant": by_id[r["project"]],
                "thousand t a year": x,
                BREAK_EVEN: number(r, "break_even_usd_per_t") / 1000,
                MARKET: number(r, "market_usd_per_t") / 1000,
            }
            for x in (at, end)
        ]
        at = end
    goods = "" if stage == "mine" else f" ({', '.join(map(words_of, alike))})"
    colours = {BREAK_EVEN: palette.STAGES[stage], MARKET: _MARKET}
    return ChartSpec(
        f"Supply curve: {_STAGES[stage]}{goods}",
        "USD/kg",
        "step",
        ("plant", "thousand t a year"),
        colours,
        table,
        (MARKET,),
        "thousand t a year, cumulative",
    )


def _alike(stage: str, rows: list[PlantViabilityRow]) -> list[str]:
    """Return the goods of a stage whose price is like that of the one that brings most; of mines all ores."""
    worth: dict[str, float] = defaultdict(float)
    price: dict[str, float] = {}
    for r in rows:
        good, market = str(r["product"]), number(r, "market_usd_per_t")
        worth[good] += market * r["product_discounted_t"]
        price[good] = market
    main = max(worth, key=lambda c: (worth[c], c))
    return sorted(c for c, p in price.items() if stage == "mine" or price[main] / ALIKE <= p <= price[main] * ALIKE)


def _tonnes(plan: Answer) -> dict[str, float]:
    """Return what each plant makes of its main product on the first scenario's path, mean of all years, t a year."""
    span = {(r["branch"], r["year"]): r["span_years"] for r in plan.tables["costs"]}
    path = _path(plan)
    years = sum(span[at] for at in path)
    found: dict[str, float] = defaultdict(float)
    for r in plan.tables["viability"]:
        if (r["branch"], r["year"]) in path:
            found[r["project"]] += span[r["branch"], r["year"]] * r["product_t"] / years
    return found


def _path(plan: Answer) -> set[tuple[str, int]]:
    """Return the nodes of the first scenario's path."""
    return set(path_of(plan, plan.scenarios[0]))

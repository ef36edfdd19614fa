"""results.xlsx: the content of each sheet, in the order in which a reviewer reads them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from didymium.excel.book import Area, Book, Written
from didymium.plan.answer import Answer
from didymium.plan.tables import Record
from didymium.reports import (
    balance,
    calibration_sheet,
    checks,
    checksum,
    evidence,
    inputs,
    summary_sheet,
    targets_sheet,
    tree_chart,
    viability_sheet,
)
from didymium.reports.decision_timing import now_and_later
from didymium.reports.display import display_columns, display_rows
from didymium.reports.gantt import timeline_cells, with_timeline
from didymium.reports.inputs import Places
from didymium.reports.investment_colours import coloured_cells
from didymium.reports.links import to_inputs
from didymium.reports.scenarios import side_by_side
from didymium.tables.rows import Tables

_NOTES = {
    "investments": (
        "Investments",
        "What is decided, when, how large, with whose money, and when it is on line",
        "Capex is overnight, with the cost overrun of the region. D decided, b permitted and built, ■ on line",
    ),
    "capacity": (
        "Capacity",
        "The capacity of every plant on line, and how much of it is used",
        "Modules count with their ramp-up; nothing is on line in an outage",
    ),
    "production": (
        "Production",
        "Throughput by plant, recipe and exposure level",
        (
            "In the capacity unit of the plant. Level: 0 never in China, 1 mined, 2 refined, 3 reduced to metal, 4"
            " made into magnets there"
        ),
    ),
    "trade": (
        "Trade",
        "Shipments, purchases and sales",
        "Kind ship: between regions; buy: from an offer; sell: outside the chain",
    ),
    "origin": (
        "Origin",
        "The exposure level of the supply of each region and segment",
        "Percent of demand; * is all. Level: the last stage in China; one Chinese input counts for the whole product",
    ),
    "targets": (
        "Targets",
        "What each target requires, what is reached, and the shortfall",
        "Recounted: by live formulas from the other sheets",
    ),
    "demand": (
        "Demand",
        "Demand: delivered by exposure level, designed out (removed by redesign), not met",
        "t a year",
    ),
    "stockpiles": ("Stockpiles", "Stock at the end of each year (or of the years that a milestone covers)", "t"),
    "contracts": (
        "Contracts",
        "The tonnes that each contract requires, the tonnes made, and the payments",
        (
            "Offtake: paid for tonnes not taken. Price floor: paid by the government; in the cost only through the"
            " cost of public funds"
        ),
    ),
    "disposal": ("Disposal", "What is thrown away, and the cost of it", "t a year"),
}
_DEFINED = {
    "investments": (
        "First what the plan chooses, then what is committed. Charges: capital and fixed opex over the plan, expected."
        " Smaller than gap: it is not proven that it belongs in the plan. Idle: years on line below 5 % of capacity;"
        " red where a committed plant is idle for two years or more"
    ),
    "origin": (
        "China-free by content: each tonne counts by the share of its rare earths, by mass (oxide that went in), that"
        " was not in China at the stage or later. Goods of one kind, level and region mix; cleaner ones can replace"
        " less clean ones; what is designed out counts in full"
    ),
    "targets": (
        "The marginal cost of a point is a dual with the build-out fixed. It is not the cost of raising the target by a"
        " point, for which other plants may be built: solve again for that"
    ),
}
LAYOUT = 4  # of the result workbook; increased when sheets or columns that are read back change
FACTS, LOG = "facts", "log"  # the two tables of the sheet Run


def write_workbook(plan: Answer, path: Path) -> bool:
    """Write a plan as a workbook; return whether all of its Checks pass. Raises OSError when the file cannot be
    written, RuntimeError if a cell is lost."""
    with Book(path) as book:
        front = book.sheet(
            "Summary",
            str(plan.source.setting("title") or plan.source.source.stem),
            "The answer on one page; the sheets behind have every number",
        )
        where = inputs.places(plan.source)
        areas = _plan_sheets(book, plan, where)
        areas["costs"], areas["plants"] = _costs(book, plan, where)
        areas["finance"], areas["budgets"] = _finance(book, plan, where)
        areas["prices"], areas["market_prices"] = _prices(book, plan)
        areas["viability_of_plants"], areas["viability"] = viability_sheet.write(
            book, plan, _as_displayed, to_inputs(where, ["project"], 1)
        )
        calibration_sheet.write(book, plan)
        if len(plan.scenarios) > 1:
            _scenarios(book, plan, where)
            tree_chart.write(book, plan)
        book.keep_place("Checks")  # which adds up Balance, behind it
        by_recipe = balance.throughput(plan.tables)
        areas["balance"], areas["recipe_flows"] = balance.write(
            book,
            plan.tables["balance"],
            plan.tables["recipe_flows"],
            areas["production"],
            by_recipe,
            display_columns(plan, balance.COLUMNS),
        )
        passed = checks.write(book, plan, areas, where)
        evidence.write(book, plan, where)
        inputs.write(book, plan.source, where)
        areas[FACTS], areas[LOG] = _write_run(book, plan)
        summary_sheet.write(book, front, plan, areas, passed)
        own = {
            name: [c for c in rows[0] if c in areas[name].columns] if rows else []
            for name, rows in plan.tables.items()
            if name in areas
        }
        checksum.write(book, areas, {**own, FACTS: areas[FACTS].columns, LOG: areas[LOG].columns})
    return passed


def _plan_sheets(book: Book, plan: Answer, where: Places) -> dict[str, Area]:
    """Write one sheet for each table of the plan: Investments with its timeline, Targets with its recount."""
    areas: dict[str, Area] = {}
    pages = {name: book.sheet(*_NOTES[name]) for name in _NOTES}
    for name, text in _DEFINED.items():
        pages[name].text(2, 0, text, italic=True, font_color="#555555")
    for name in sorted(_NOTES, key=lambda n: n == "targets"):  # Targets counts rows of Demand, so it comes last
        rows, columns = _as_displayed(plan, name)
        cells = to_inputs(where, columns, len(rows))
        if name == "investments":
            rows = [{**row, **mix} for row, mix in zip(with_timeline(rows, plan.source), _mixes(plan), strict=True)]
            coloured = coloured_cells()
            rest = [c for c in columns[4:] if c not in coloured]
            columns = [*columns[:4], *coloured, *map(str, plan.source.years), *rest, "public_percent", "instruments"]
            cells = {**cells, **timeline_cells(plan.source.years), **coloured}
        if name == "targets":
            columns = [*columns, targets_sheet.RECOUNTED, targets_sheet.HOLDS]
            cells = {**cells, **targets_sheet.cells(columns, areas)} if rows else cells
        computed = {targets_sheet.RECOUNTED, targets_sheet.HOLDS}
        areas[name] = pages[name].table(rows, columns, cells=cells, computed=computed)
    first = areas["investments"].columns.index(str(plan.source.years[0]))
    pages["investments"].width(first, first + len(plan.source.years) - 1, 5.5)
    return areas


def _mixes(plan: Answer) -> list[Record]:
    """The share of public money in each investment, and its instruments."""
    money: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for row in plan.tables["finance"]:
        money[row["branch"], row["decision_year"], row["project"]].append(
            f"{row['instrument']} {float(str(row['support_musd'])):,.0f}"
        )
    found: list[Record] = []
    for row in plan.tables["investments"]:
        capex, support = float(str(row["capex_musd"])), float(str(row["support_musd"]))
        instruments = money[row["branch"], row["decision_year"], row["project"]]
        found.append(
            {"public_percent": 100 * support / capex if capex else 0.0, "instruments": "; ".join(instruments) or None}
        )
    return found


def write_refusal(path: Path, source: Tables, summary: Record, log: str) -> None:
    """Write the workbook of a case that has no plan: the reasons, the input, the run."""
    with Book(path) as book:
        page = book.sheet(
            "Summary",
            "No plan meets all requirements",
            "The smallest changes that would allow a plan, by name; relax these cells and solve again",
        )
        reasons = summary["reasons"]
        assert isinstance(reasons, list)
        page.table(reasons, ["rule", "name", "year", "short_by", "unit", "text"], freeze=False)
        inputs.write(book, source, inputs.places(source))
        _facts_and_log(book, summary, log, {})


def _as_displayed(plan: Answer, name: str) -> tuple[list[Record], list[str]]:
    """The rows and columns of a table as people see them."""
    rows = plan.tables[name]
    return display_rows(plan, rows), display_columns(plan, _columns(name, rows))


def _columns(name: str, rows: list[Record]) -> list[str]:
    """The columns of a table; an empty one has those that reading and checking its sheet need."""
    return list(rows[0]) if rows else EMPTY[name]


_NODE = ["branch", "year"]
EMPTY: dict[str, list[str]] = {
    "investments": [
        "project",
        "stage",
        "region",
        "branch",
        "decision_year",
        "online_year",
        "modules",
        "capacity_t_per_year",
        "capex_musd",
        "support_musd",
        "committed",
        "committed_modules",
        "smaller_than_gap",
        "idle_years",
        "probability",
    ],
    "capacity": [*_NODE, "project", "stage", "region", "online_t_per_year", "idle_t_per_year", "throughput_t"],
    "production": [*_NODE, "project", "stage", "region", "recipe", "level", "throughput_t"],
    "trade": [
        *_NODE,
        "kind",
        "from",
        "to",
        "commodity",
        "stage",
        "level",
        "tonnes_t",
        "cost_usd_per_t",
        "cost_musd",
        "china",
        "supplier",
        "lands_in_china",
    ],
    "origin": _NODE,
    "targets": [*_NODE, "target", "type", "asked_percent", "base_t", "counted_t", "miss_t"],
    "demand": [
        *_NODE,
        "region",
        "segment",
        "commodity",
        "wanted_t",
        *(f"level_{k}_t" for k in range(5)),
        "designed_out_t",
        "short_t",
        "probability",
    ],
    "stockpiles": [*_NODE, "region", "commodity", "level", "stock_t"],
    "contracts": [*_NODE, "contract", "kind", "project", "owed_t", "made_t", "untaken_t", "paid_musd_per_year"],
    "disposal": [*_NODE, "region", "commodity", "dump_t", "cost_usd_per_t", "cost_musd"],
    "plants": [
        *_NODE,
        "project",
        "capital_musd_per_year",
        "fixed_opex_musd_per_year",
        "variable_opex_musd_per_year",
        "total_musd_per_year",
        "weighted_musd",
    ],
    "viability": [
        *_NODE,
        "project",
        "stage",
        "region",
        "product",
        "product_t",
        *(f"{m}_musd_per_year" for m in viability_sheet.MONEY),
    ],
    "viability_of_plants": ["scenario", "project", "stage", "region", "product", *viability_sheet.PLAN_COLUMNS],
    "prices": [*_NODE, "region", "commodity"],
    "market_prices": [*_NODE, "commodity", "market_usd_per_t"],
    "finance": ["branch", "decision_year", "project", "instrument", "government", "rate_percent", "support_musd"],
    "budgets": [*_NODE, "government", "available_musd", "spent_musd", "saving_of_one_more_musd"],
}


def _costs(book: Book, plan: Answer, where: Places) -> tuple[Area, Area]:
    """Write two tables side by side: cost by kind and node, cost by plant and node."""
    page = book.sheet(
        "Costs",
        "Cost by kind, and by plant",
        "M USD in each year; the weight turns it into expected discounted cost. Sales are negative",
    )
    area = page.table(*_as_displayed(plan, "costs"))
    plants, columns = _as_displayed(plan, "plants")
    other = page.table(
        plants,
        columns,
        at=(area.top, len(area.columns) + 1),
        freeze=False,
        cells=to_inputs(where, columns, len(plants)),
    )
    return area, other


def _finance(book: Book, plan: Answer, where: Places) -> tuple[Area, Area]:
    """Write two tables side by side: public money by decision, and by government."""
    page = book.sheet(
        "Finance",
        "Public money: by decision and instrument, and the budget of each government",
        "M USD; budgets and spending are cumulative",
    )
    (rows, columns), (budgets, other) = _as_displayed(plan, "finance"), _as_displayed(plan, "budgets")
    area = page.table(rows, columns, cells=to_inputs(where, columns, len(rows)))
    return area, page.table(
        budgets, other, at=(area.top, len(columns) + 1), freeze=False, cells=to_inputs(where, other, len(budgets))
    )


def _prices(book: Book, plan: Answer) -> tuple[Area, Area]:
    """Write two tables side by side: the cost of one more tonne in the plan, and the market prices of the input."""
    note = (
        "Left: duals of the LP with all modules fixed; they are valid for the chosen build-out only. Right: market"
        " prices of the input, after shocks"
    )
    page = book.sheet("Prices", "The cost of one more tonne, by region and year, and the market price", note)
    area = page.table(*_as_displayed(plan, "prices"))
    return area, page.table(*_as_displayed(plan, "market_prices"), at=(area.top, len(area.columns) + 1), freeze=False)


def _scenarios(book: Book, plan: Answer, where: Places) -> None:
    """Write two tables: the scenarios side by side, and the decisions taken now or later."""
    page = book.sheet(
        "Scenarios",
        "The result of each scenario, and the decisions to take now",
        "Cost along each scenario's path, discounted, as if it were certain",
    )
    rows = side_by_side(plan)
    area = page.table(rows, list(rows[0]))
    later = display_rows(plan, now_and_later(plan))
    columns = [
        "project_name",
        "project",
        "stage",
        "region",
        "decision_year",
        "modules",
        "capex_musd",
        "when",
        "odds_percent",
    ]
    page.table(
        later,
        columns,
        at=(area.top, len(area.columns) + 1),
        freeze=False,
        cells=to_inputs(where, ["project"], len(later)),
    )


def _write_run(book: Book, plan: Answer) -> tuple[Area, Area]:
    of_workbook = {
        "result_layout": LAYOUT,
        "content_sha256": plan.source.content_sha256(),
        "input_name": plan.source.source.name,
    }
    return _facts_and_log(book, plan.summary, plan.log, {**of_workbook, "warnings": "; ".join(plan.warnings)})


def _facts_and_log(book: Book, summary: Record, log: str, more: Record) -> tuple[Area, Area]:
    """Write how the answer was found: one fact in each row, then the end of the solver's log. Returns both
    positions."""
    facts: list[Record] = []
    for key, value in {**summary, **more}.items():
        if key in (
            "investments",
            "china_free_share",
            "china_free_share_by_content",
            "shortage_t",
            "target_miss_t",
            "reasons",
        ):
            continue
        if isinstance(value, dict):
            facts += [{"fact": f"{key}.{name}", "value": part} for name, part in value.items()]
        else:
            facts.append({"fact": key, "value": value})
    page = book.sheet(
        "Run",
        "Input, versions, options, time and the solver's log",
        "content_sha256 is recomputed from the sheet Inputs by `didymium verify`",
    )
    area = page.table(facts, ["fact", "value"])
    page.page.set_column(1, 1, 70)
    top, tail = area.top + area.rows + 2, log.rstrip().splitlines()[-60:]
    for k, line in enumerate(tail, top + 1):
        page.text(k, 0, line, font_name="Courier New", font_size=8)
    book.written.append(Written("Run", top, 0, ["log"], [[line] for line in tail]))
    return area, Area("Run", top, 0, ["log"], len(tail))

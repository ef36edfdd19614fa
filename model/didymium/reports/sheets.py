"""results.xlsx: what stands on each sheet, in the order in which a reviewer asks."""

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
from didymium.reports.gantt import timeline_cells, with_timeline
from didymium.reports.inputs import Places
from didymium.reports.investment_marks import marked_cells
from didymium.reports.links import to_inputs
from didymium.reports.scenarios import side_by_side
from didymium.reports.shown import columns_shown, rows_shown
from didymium.reports.waiting import now_and_later
from didymium.tables.rows import Tables

_NOTES = {
    "investments": ("Investments", "What is decided, when, how large, with whose money, and when it stands", "Capex is overnight, the region's overrun included. D decided, b permitted and built, ■ on line"),
    "capacity": ("Capacity", "What every plant has on line, and how much of it runs", "Modules at their ramp; nothing in an outage"),
    "production": ("Production", "Throughput by plant, recipe and exposure level", "In the plant's capacity unit. Level: 0 never in China, 1 mined, 2 refined, 3 reduced to metal, 4 made into magnets there"),
    "trade": ("Trade", "Shipments, purchases and sales", "Kind ship: between regions; buy: from an offer; sell: outside the chain"),
    "origin": ("Origin", "The exposure level of what each region and segment got", "Percent of what was wanted; * is all. Level: the last stage in China; one Chinese input taints a product"),
    "targets": ("Targets", "What was asked, what is reached, what is missed", "Recounted: by live formulas from the other sheets"),
    "demand": ("Demand", "What was wanted, at which level it was met, designed out, short", "t a year"),
    "stockpiles": ("Stockpiles", "Stock at the end of each year (or of the years a milestone stands for)", "t"),
    "contracts": ("Contracts", "What each contract asks for, what is made of it, and what is paid", "Offtake: paid for tonnes not taken. Price floor: paid by the government; no part of the cost but through the cost of public funds"),
    "disposal": ("Disposal", "What is thrown away, and what that costs", "t a year"),
}  # fmt: skip
_DEFINED = {
    "investments": (
        "First what the plan chooses, then what is committed. Charges: capital and fixed opex over the plan, expected."
        " Smaller than gap: the gap does not prove that it belongs in the plan. Idle: years on line below 5 % of"
        " capacity; red where committed, for two years or more"
    ),
    "origin": (
        "China-free by content: each tonne counts by the share of its rare earths, by mass (oxide that went in), that"
        " was not in China at the stage or later. Goods of one kind, level and region mix; cleaner ones fill in for"
        " less clean; what is designed out counts in full"
    ),
    "targets": (
        "The marginal cost of a point is a dual with the build-out fixed. It is not what raising the target by a point"
        " costs, for which other plants may be built: solve again to know that"
    ),
}
LAYOUT = 4  # of the result workbook; raised when sheets or columns that are read back change
FACTS, LOG = "facts", "log"  # the two tables of the sheet Run


def write_workbook(plan: Answer, path: Path) -> bool:
    """Write a plan as a workbook; returns whether all of its Checks pass. Raises OSError when the file cannot be
    written, RuntimeError if a cell is lost."""
    with Book(path) as book:
        front = book.sheet(
            "Summary",
            str(plan.source.setting("title") or plan.source.source.stem),
            "The answer on one page; the sheets behind hold every number",
        )
        where = inputs.places(plan.source)
        areas = _plan_sheets(book, plan, where)
        areas["costs"], areas["plants"] = _costs(book, plan, where)
        areas["finance"], areas["budgets"] = _finance(book, plan, where)
        areas["prices"], areas["market_prices"] = _prices(book, plan)
        areas["viability_of_plants"], areas["viability"] = viability_sheet.write(
            book, plan, _shown, to_inputs(where, ["project"], 1)
        )
        calibration_sheet.write(book, plan)
        if len(plan.scenarios) > 1:
            _scenarios(book, plan, where)
            tree_chart.write(book, plan)
        book.keep_place("Checks")  # which adds up Balance, behind it
        thrown = balance.throughput(plan.tables)
        areas["balance"], areas["recipe_flows"] = balance.write(
            book,
            plan.tables["balance"],
            plan.tables["recipe_flows"],
            areas["production"],
            thrown,
            columns_shown(plan, balance.COLUMNS),
        )
        passed = checks.write(book, plan, areas, where)
        evidence.write(book, plan, where)
        inputs.write(book, plan.source, where)
        areas[FACTS], areas[LOG] = _run(book, plan)
        summary_sheet.write(book, front, plan, areas, passed)
        own = {
            name: [c for c in rows[0] if c in areas[name].columns] if rows else []
            for name, rows in plan.tables.items()
            if name in areas
        }
        checksum.write(book, areas, {**own, FACTS: areas[FACTS].columns, LOG: areas[LOG].columns})
    return passed


def _plan_sheets(book: Book, plan: Answer, where: Places) -> dict[str, Area]:
    """One sheet a table of the plan; Investments with its timeline, Targets with its recount."""
    areas: dict[str, Area] = {}
    pages = {name: book.sheet(*_NOTES[name]) for name in _NOTES}
    for name, text in _DEFINED.items():
        pages[name].text(2, 0, text, italic=True, font_color="#555555")
    for name in sorted(_NOTES, key=lambda n: n == "targets"):  # Targets counts what stands on Demand
        rows, columns = _shown(plan, name)
        cells = to_inputs(where, columns, len(rows))
        if name == "investments":
            rows = [{**row, **mix} for row, mix in zip(with_timeline(rows, plan.source), _mixes(plan), strict=True)]
            marks = marked_cells()
            rest = [c for c in columns[4:] if c not in marks]
            columns = [*columns[:4], *marks, *map(str, plan.source.years), *rest, "public_percent", "instruments"]
            cells = {**cells, **timeline_cells(plan.source.years), **marks}
        if name == "targets":
            columns = [*columns, targets_sheet.RECOUNTED, targets_sheet.HOLDS]
            cells = {**cells, **targets_sheet.cells(columns, areas)} if rows else cells
        computed = {targets_sheet.RECOUNTED, targets_sheet.HOLDS}
        areas[name] = pages[name].table(rows, columns, cells=cells, computed=computed)
    first = areas["investments"].columns.index(str(plan.source.years[0]))
    pages["investments"].width(first, first + len(plan.source.years) - 1, 5.5)
    return areas


def _mixes(plan: Answer) -> list[Record]:
    """How much of each investment is public money, and through which instruments."""
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
    """Write the workbook of a case that has no plan: why, the input, the run."""
    with Book(path) as book:
        page = book.sheet(
            "Summary",
            "No plan meets everything that was asked",
            "The least that would have to give, by name; relax these cells and solve again",
        )
        reasons = summary["reasons"]
        assert isinstance(reasons, list)
        page.table(reasons, ["rule", "name", "year", "short_by", "unit", "text"], freeze=False)
        inputs.write(book, source, inputs.places(source))
        _run_sheet(book, summary, log, {})


def _shown(plan: Answer, name: str) -> tuple[list[Record], list[str]]:
    """The rows and columns of a table as they are shown."""
    rows = plan.tables[name]
    return rows_shown(plan, rows), columns_shown(plan, _columns(name, rows))


def _columns(name: str, rows: list[Record]) -> list[str]:
    """The columns of a table; those of an empty one are what its sheet is read back and added up by."""
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
    "viability_of_plants": ["scenario", "project", "stage", "region", "product", *viability_sheet.WHOLE],
    "prices": [*_NODE, "region", "commodity"],
    "market_prices": [*_NODE, "commodity", "market_usd_per_t"],
    "finance": ["branch", "decision_year", "project", "instrument", "government", "rate_percent", "support_musd"],
    "budgets": [*_NODE, "government", "available_musd", "spent_musd", "saving_of_one_more_musd"],
}


def _costs(book: Book, plan: Answer, where: Places) -> tuple[Area, Area]:
    """Two tables side by side: cost by kind and node, cost by plant and node."""
    page = book.sheet(
        "Costs",
        "Cost by kind, and by plant",
        "M USD in each year; the weight turns it into expected discounted cost. Sales are negative",
    )
    area = page.table(*_shown(plan, "costs"))
    plants, columns = _shown(plan, "plants")
    other = page.table(
        plants,
        columns,
        at=(area.top, len(area.columns) + 1),
        freeze=False,
        cells=to_inputs(where, columns, len(plants)),
    )
    return area, other


def _finance(book: Book, plan: Answer, where: Places) -> tuple[Area, Area]:
    """Two tables side by side: money by decision, money by government."""
    page = book.sheet(
        "Finance",
        "Public money: by decision and instrument, and each government's budget",
        "M USD; budgets and spending are cumulative",
    )
    (rows, columns), (budgets, other) = _shown(plan, "finance"), _shown(plan, "budgets")
    area = page.table(rows, columns, cells=to_inputs(where, columns, len(rows)))
    return area, page.table(
        budgets, other, at=(area.top, len(columns) + 1), freeze=False, cells=to_inputs(where, other, len(budgets))
    )


def _prices(book: Book, plan: Answer) -> tuple[Area, Area]:
    """Two tables side by side: what one more tonne costs in the plan, and the market prices that it takes from the
    input."""
    said = (
        "Left: duals of the LP with all modules held; they hold for the chosen build-out only. Right: market prices as"
        " the input gives them, after shocks"
    )
    page = book.sheet("Prices", "What one more tonne costs, by region and year, and what the market pays", said)
    area = page.table(*_shown(plan, "prices"))
    return area, page.table(*_shown(plan, "market_prices"), at=(area.top, len(area.columns) + 1), freeze=False)


def _scenarios(book: Book, plan: Answer, where: Places) -> None:
    """Two tables: the scenarios side by side, and what is decided now and what waits."""
    page = book.sheet(
        "Scenarios",
        "What each scenario comes to, and what has to be decided now",
        "Cost along each scenario's path, discounted, as if it were certain",
    )
    rows = side_by_side(plan)
    area = page.table(rows, list(rows[0]))
    later = rows_shown(plan, now_and_later(plan))
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


def _run(book: Book, plan: Answer) -> tuple[Area, Area]:
    of_the_workbook = {
        "result_layout": LAYOUT,
        "content_sha256": plan.source.content_sha256(),
        "input_name": plan.source.source.name,
    }
    return _run_sheet(book, plan.summary, plan.log, {**of_the_workbook, "warnings": "; ".join(plan.warnings)})


def _run_sheet(book: Book, summary: Record, log: str, more: Record) -> tuple[Area, Area]:
    """How the answer came about: one fact a row, then the end of the solver's log. Returns where both stand."""
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

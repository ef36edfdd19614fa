"""results.xlsx: the content of each sheet, in the order in which a reviewer reads them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from didymium.excel.book import HEADER_ROW, Area, Book, Cell, Sheet, Written
from didymium.plan.answer import Answer
from didymium.reports import (
    balance,
    calibration_sheet,
    checks,
    checksum,
    evidence,
    inputs,
    money_charts,
    money_totals,
    proof_sheet,
    summary_sheet,
    targets_sheet,
    tree_chart,
    viability_sheet,
)
from didymium.reports.decision_timing import now_and_later
from didymium.reports.display import display_columns, display_rows, names
from didymium.reports.facts import write_facts
from didymium.reports.gantt import timeline_cells, with_timeline
from didymium.reports.inputs import Places
from didymium.reports.investment_colours import coloured_cells
from didymium.reports.links import to_inputs
from didymium.reports.scenarios import PLANNED_FOR, planned_for, side_by_side
from didymium.reports.ties import Ties
from didymium.results import SHEETS, TABLES, Record, notes, tables_on
from didymium.tables.rows import Tables

ALONE = [name for name in SHEETS if len(tables_on(name)) == 1]  # sheets with one table
LAYOUT = 6  # of the result workbook; increased when sheets or columns that are read back change
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
        areas = _single_tables(book, plan, where)
        for sheet in ("Costs", "Finance", "Support", "Prices"):
            areas |= _tables_beside(book, plan, where, sheet)
        areas |= viability_sheet.write(book, plan, _as_displayed, to_inputs(where, ["project"], 1))
        money_charts.write(book, plan)
        calibration_sheet.write(book, plan)
        if len(plan.scenarios) > 1:
            _scenarios(book, plan, where)
            tree_chart.write(book, plan)
        book.keep_place("Checks")  # which adds up Balance, behind it
        by_recipe = balance.throughput(plan.tables)
        areas |= balance.write(book, plan, areas["production"], by_recipe, display_columns(plan, balance.COLUMNS))
        passed = checks.write(book, plan, areas, where)
        evidence.write(book, plan, where)
        inputs.write(book, plan.source, where)
        proof_sheet.write(book, plan)
        areas[FACTS], areas[LOG] = _write_run(book, plan)
        summary_sheet.write(book, front, plan, areas, passed, Ties(book, areas, where, areas[FACTS]))
        own = {name: [c for c in table.names if c in areas[name].columns] for name, table in TABLES.items()}
        checksum.write(book, areas, {**own, FACTS: areas[FACTS].columns, LOG: areas[LOG].columns})
    return passed


def _single_tables(book: Book, plan: Answer, where: Places) -> dict[str, Area]:
    """Write the sheets with one table of the plan: Investments with its timeline, Targets with its recount."""
    areas: dict[str, Area] = {}
    pages = {name: book.sheet_of(SHEETS[name]) for name in ALONE}
    for sheet in sorted(ALONE, key=lambda name: name == "Targets"):  # which counts rows of Demand, so it comes last
        (name,) = tables_on(sheet)
        rows, columns = _as_displayed(plan, name)
        cells, links = dict[str, Cell](), to_inputs(where, columns, len(rows))
        if name == "investments":
            rows = [{**row, **mix} for row, mix in zip(with_timeline(rows, plan.source), _mixes(plan), strict=True)]
            coloured = coloured_cells()
            rest = [c for c in columns[4:] if c not in coloured]
            columns = [*columns[:4], *coloured, *map(str, plan.source.years), *rest, "public_percent", "instruments"]
            cells = {**timeline_cells(plan.source.years), **coloured}
        if name == "targets":
            rows, columns = targets_sheet.in_words(plan, rows), targets_sheet.columns_shown(columns)
            cells = targets_sheet.cells(columns, areas)
        computed = {targets_sheet.RECOUNTED, targets_sheet.HOLDS}
        areas[name] = pages[sheet].table(
            rows, columns, cells=cells, links=links, computed=computed, notes=notes(TABLES[name].columns)
        )
    first = areas["investments"].columns.index(str(plan.source.years[0]))
    pages["Investments"].width(first, first + len(plan.source.years) - 1, 5.5)
    return areas


def _tables_beside(book: Book, plan: Answer, where: Places, sheet: str) -> dict[str, Area]:
    """Write a sheet whose tables are side by side."""
    page, areas, left = book.sheet_of(SHEETS[sheet]), {}, 0
    for name in tables_on(sheet):
        rows, columns = _as_displayed(plan, name)
        links = to_inputs(where, columns, len(rows)) if TABLES[name].linked else {}
        areas[name] = page.table(
            rows, columns, (HEADER_ROW, left), not left, links=links, notes=notes(TABLES[name].columns)
        )
        left += len(columns) + 1
    if sheet == "Finance":
        money_totals.write(page, plan, areas["governments"])
    page.reading(SHEETS[sheet].reading)  # in place of how much is printed, which is also at the foot of the page
    if sheet == "Support":  # its first tables say what the long ones behind add up to
        targets = areas["supported_targets"]
        page.print_columns(targets.left + len(targets.columns) - 1)
    return areas


def _mixes(plan: Answer) -> list[Record]:
    """The share of public money in each investment, and its instruments."""
    money: dict[tuple[object, ...], list[str]] = defaultdict(list)
    by_id = names(plan.source, "Finance.instrument")
    for share in plan.tables["finance"]:
        paid = f"{by_id.get(share['instrument'], share['instrument'])} {share['support_musd']:,.0f}"
        money[share["branch"], share["decision_year"], share["project"]].append(paid)
    found: list[Record] = []
    for row in plan.tables["investments"]:
        capex, support = row["capex_musd"], row["support_musd"]
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
    """The rows and columns of a table as people see them; one without rows has its columns too."""
    return display_rows(plan, plan.tables_by_name()[name]), display_columns(plan, TABLES[name].names)


def _scenarios(book: Book, plan: Answer, where: Places) -> None:
    """Write two tables: the scenarios side by side, and the decisions taken now or later."""
    page = book.sheet(
        "Scenarios",
        "The result of each scenario, and the decisions to take now",
        "Cost along each scenario's path, discounted, as if it were certain",
    )
    rows = side_by_side(plan)
    area = page.table(rows, list(rows[0]))
    _planned_for(page, planned_for(plan), area)
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
        links=to_inputs(where, ["project"], len(later)),
    )


def _planned_for(page: Sheet, rows: list[Record], above: Area) -> None:
    """Write what it would cost to plan for one scenario, below the table of scenarios, where that was worked out."""
    if rows:
        top = above.top + above.rows + 2
        page.text(top, 0, PLANNED_FOR, italic=True, font_color="#555555")
        page.table(rows, list(rows[0]), at=(top + 1, 0), freeze=False)


def _write_run(book: Book, plan: Answer) -> tuple[Area, Area]:
    of_workbook = {
        "result_layout": LAYOUT,
        "content_sha256": plan.source.content_sha256(),
        "input_name": plan.source.source.name,
    }
    return _facts_and_log(book, plan.summary, plan.log, {**of_workbook, "warnings": "; ".join(plan.warnings)})


# Entries of the summary that other sheets have.
_ELSEWHERE = (
    "investments",
    "china_free_share",
    "china_free_share_by_content",
    "shortage_t",
    "target_miss_t",
    "reasons",
)


def _facts_and_log(book: Book, summary: Record, log: str, more: Record) -> tuple[Area, Area]:
    """Write how the answer was found: one fact in each row, then the end of the solver's log. Returns both
    positions."""
    page = book.sheet(
        "Run",
        "Input, versions, options, time and the solver's log",
        "content_sha256 is recomputed from the sheet Inputs by `didymium verify`",
    )
    facts = {key: value for key, value in {**summary, **more}.items() if key not in _ELSEWHERE}
    area = write_facts(page, facts)
    top, tail = area.top + area.rows + 2, log.rstrip().splitlines()[-60:]
    for k, line in enumerate(tail, top + 1):
        page.text(k, 0, line, font_name="Courier New", font_size=8)
    book.written.append(Written("Run", top, 0, {"log": [*tail]}, len(tail)))
    return area, Area("Run", top, 0, ["log"], len(tail))

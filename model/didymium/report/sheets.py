"""results.xlsx: what stands on each sheet, in the order in which a reviewer asks."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from didymium.office.book import Area, Book
from didymium.plan.answer import Answer
from didymium.plan.tables import Record
from didymium.report import checks, inputs, summary_sheet
from didymium.tables.rows import Tables

_NOTES = {
    "investments": ("Investments", "What is decided, when, how large, and how much public money is in it", "Capex is overnight, the region's overrun included"),
    "capacity": ("Capacity", "What every plant has on line, and how much of it runs", "Modules at their ramp; nothing in an outage"),
    "production": ("Production", "Throughput by plant, recipe and exposure level", "In the plant's capacity unit. Level: 0 never in China, 1 mined, 2 refined, 3 reduced to metal, 4 made into magnets there"),
    "trade": ("Trade", "Shipments, purchases and sales", "Kind ship: between regions; buy: from an offer; sell: outside the chain"),
    "origin": ("Origin", "The exposure level of what each region and segment got", "Percent of what was wanted; * is all"),
    "targets": ("Targets", "What was asked, what is reached, what is missed, and what a point costs", "The cost of a point holds for the chosen build-out"),
    "demand": ("Demand", "What was wanted, at which level it was met, designed out, short", "t a year"),
    "stockpiles": ("Stockpiles", "Stock at the end of each year (or of the years a milestone stands for)", "t"),
    "costs": ("Costs", "Cost by kind, M USD in each year; weight turns it into expected discounted cost", "Sales are negative"),
}  # fmt: skip
ORDER = ("summary", *_NOTES, "finance", "prices", "checks", "inputs", "run")


def write_workbook(plan: Answer, path: Path) -> None:
    """Write a plan as a workbook. Raises OSError when the file cannot be written, RuntimeError if a cell is lost."""
    with Book(path) as book:
        front = book.sheet(
            "Summary", str(plan.source.setting("title") or plan.source.source.stem), "The answer on one page; the sheets behind hold every number"
        )
        areas: dict[str, Area] = {}
        for name, (title, heading, note) in _NOTES.items():
            rows = plan.tables[name]
            areas[name] = book.sheet(title, heading, note).table(rows, _columns(name, rows))
        areas["finance"] = _finance(book, plan)
        areas["prices"] = book.sheet("Prices", "What one more tonne costs, by region and year", "Duals of the LP with all modules held: they hold for the chosen build-out only").table(
            plan.tables["prices"], _columns("prices", plan.tables["prices"])
        )  # fmt: skip
        passed = checks.write(book, plan, areas)
        inputs.write(book, plan.source)
        _run(book, plan)
        summary_sheet.write(book, front, plan, passed)


def write_refusal(path: Path, source: Tables, summary: Record, log: str) -> None:
    """Write the workbook of a case that has no plan: why, the input, the run."""
    with Book(path) as book:
        page = book.sheet("Summary", "No plan meets everything that was asked", "The least that would have to give, by name; relax these cells and solve again")
        reasons = summary["reasons"]
        assert isinstance(reasons, list)
        page.table(reasons, ["rule", "name", "year", "short_by", "unit", "text"], freeze=False)
        inputs.write(book, source)
        _run_sheet(book, summary, log, {})


def _columns(name: str, rows: list[Record]) -> list[str]:
    """The columns of a table; those of an empty one are what its sheet is read back by."""
    return list(rows[0]) if rows else EMPTY[name]


EMPTY: dict[str, list[str]] = defaultdict(lambda: ["branch", "year"])
EMPTY |= {
    "investments": ["project", "stage", "region", "branch", "decision_year", "online_year", "modules", "capex_musd", "support_musd"],
    "finance": ["branch", "decision_year", "project", "instrument", "government", "rate_percent", "support_musd"],
    "budgets": ["branch", "year", "government", "available_musd", "spent_musd", "saving_of_one_more_musd"],
}


def _finance(book: Book, plan: Answer) -> Area:
    """Two tables side by side: money by decision, money by government."""
    page = book.sheet("Finance", "Public money: by decision and instrument, and each government's budget", "M USD; budgets and spending are cumulative")
    columns = _columns("finance", plan.tables["finance"])
    area = page.table(plan.tables["finance"], columns)
    page.table(plan.tables["budgets"], _columns("budgets", plan.tables["budgets"]), at=(area.top, len(columns) + 1), freeze=False)
    return area


def _run(book: Book, plan: Answer) -> None:
    _run_sheet(book, plan.summary, plan.log, {"content_sha256": plan.source.content_sha256(), "warnings": "; ".join(plan.warnings)})


def _run_sheet(book: Book, summary: Record, log: str, more: Record) -> None:
    """How the answer came about: one fact a row, then the end of the solver's log."""
    facts: list[Record] = []
    for key, value in {**summary, **more}.items():
        if key in ("investments", "china_free_share", "shortage_t", "target_miss_t", "reasons"):
            continue
        if isinstance(value, dict):
            facts += [{"fact": f"{key}.{name}", "value": part} for name, part in value.items()]
        else:
            facts.append({"fact": key, "value": value})
    page = book.sheet("Run", "Input, versions, options, time and the solver's log", "content_sha256 is recomputed from the sheet Inputs by `didymium verify`")
    area = page.table(facts, ["fact", "value"])
    page.page.set_column(1, 1, 70)
    for k, line in enumerate(log.splitlines()[-60:]):
        page.text(area.top + area.rows + 3 + k, 0, line, font_name="Courier New", font_size=8)

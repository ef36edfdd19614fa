"""docs/results.md, made from the schema of results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from didymium.excel.headings import heading
from didymium.results import (
    ADDED,
    CALIBRATION,
    FRONTIER_SHEETS,
    FRONTIER_TABLES,
    REPAIR_SHEETS,
    REPAIR_TABLES,
    SENSITIVITY_SHEETS,
    SENSITIVITY_TABLES,
    SHEETS,
    STRESS_SHEETS,
    STRESS_TABLES,
    TABLES,
    Column,
    Table,
    tables_on,
)
from didymium.results.columns import ResultSheet

_INTRODUCTION = """# The result workbook: every table and column

Made from the schema of results by `make docs`. `plan["trade"]` and the like are the same tables as DataFrames; a table
without rows has its columns too. People read the heading; `didymium.excel.headings.column_of` gives the name back.

A blank may stand where *may be blank* says so. *Adds up* says whether the sum of a column over rows has a meaning:
amounts a year are of one year of the node, so a sum over nodes is weighted by `span_years` of Costs.
"""
_KINDS = """## Kinds of cost

A kind of cost is declared once, as a column of `costs` with its colour; the rule of the same name in
`model/didymium/rules/cost.py` says what it comes to. Sheets, charts, page, comparison and stress show every kind.
"""
_JSON = """## Studies for machines

Each study also writes a JSON file; `--json` prints it. Its rows have the columns of the tables above. Intervals are
`[at least, at most]`; null is what is not known or does not exist. All have `scenario` and `content_sha256`, the hash
of the input.

- `frontier.json`: `points` (share_percent of the full targets, cost_musd, bound_musd, status, reached), the dearest
  last; `targets`; `price_of_independence_musd`; `most_that_can_be_reached_percent`; `changes`; `complete`.
- `alternatives.json`: `within_percent`, `cost_musd`, `bound_musd`; `projects` (project; `projects`, those alike; class:
  always, some, never or open; in_best_plan; cost_in_musd, cost_out_musd; `ranges` of years of decision: from_year,
  to_year, class); `plans` (cost_musd, projects, decisions), the best first; `elsewhere`: what is built in each scenario
  and level; `complete`.
- `explain.json` of a result: `projects` (project, in_plan, sentence, decided, cost_in_musd, cost_out_musd; `entry`:
  capex_cut_percent, grant_musd_per_module, premium_usd_per_t, `price_floor` with the good, the year and its market
  price, what was verified, and the prices against the best plan found; leaves, enters, bought_t, binding); `complete`.
- `sensitivity.json`: `cost_musd` and `bound_musd` of the input as it is; `inputs`, the one worth researching first at
  the beginning (rows of Swings); `changes`; `research_first`, null where no swing is larger than the gaps; `complete`.
- `explain.json` of an input: `feasible` (true: every hard rule can be met; null: not known); `least_relaxation`
  (`rules`, rows of Relaxed; `fewest`: proven that no smaller number of rules is enough; `instead`: other sets of as few
  rules; `verified`: a plan was found with its cells changed); `most_that_can_be_reached_percent` of all targets, from
  what is reached to what is not; `repairs` (rows of Repairs, `now` and `change_to` as cells hold them); `cells_tried`,
  `cells_ruled_out` (of those tried: the relaxation proves that none restores a plan alone), `cells_undecided` (of those
  tried, not known in time), `cells_known`; `complete`.
"""


def results_page() -> str:
    """Return docs/results.md: every sheet, its tables, and what each column holds."""
    lines = [_INTRODUCTION, "## The plan", ""]
    for name, sheet in SHEETS.items():
        lines += _sheet(sheet, {table: TABLES[table] for table in tables_on(name)})
    lines += ["### Calibration", "", *_columns(CALIBRATION), ""]
    lines += ["### Columns that sheets add for people", "", *_columns(tuple(ADDED.values())), ""]
    lines += [_KINDS]
    studies = (
        ("Stress", STRESS_SHEETS, STRESS_TABLES),
        ("Frontier", FRONTIER_SHEETS, FRONTIER_TABLES),
        ("Explain, where there is no plan", REPAIR_SHEETS, REPAIR_TABLES),
        ("Sensitivity", SENSITIVITY_SHEETS, SENSITIVITY_TABLES),
    )
    for study, sheets, tables in studies:
        lines += [f"## {study}", ""]
        for sheet in sheets:
            lines += _sheet(sheet, {name: table for name, table in tables.items() if table.sheet == sheet.name})
    lines += [_JSON]
    return "\n".join(lines).rstrip() + "\n"


def _sheet(sheet: ResultSheet, tables: Mapping[str, Table]) -> Iterator[str]:
    yield from (f"### {sheet.name}", "", f"{sheet.title}. {sheet.note}.", "")
    if sheet.reading:
        yield from (f"{sheet.reading}.", "")
    for name, table in tables.items():
        yield from (f"`{name}`: {table.meaning}", "")
        yield from (*_columns(table.columns), "")


def _columns(columns: tuple[Column, ...]) -> Iterator[str]:
    """The columns of a table, a line each."""
    yield "| column | heading | kind | unit | meaning | may be blank | adds up |"
    yield "|---|---|---|---|---|---|---|"
    for c in columns:
        blank, sums = ("yes" if c.optional else ""), ("yes" if c.adds_up else "")
        yield f"| {c.name} | {heading(c.name)} | {c.kind.name} | {c.kind.unit} | {c.meaning} | {blank} | {sums} |"

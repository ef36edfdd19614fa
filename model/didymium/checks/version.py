"""The notice for an input written for version 2 of the model, where a rule of version 3 changes its answer."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.errors import NOTICE, Problem
from didymium.tables.cells import Unreadable
from didymium.tables.horizon import modelled_years
from didymium.tables.rows import Row, Tables

# What version 3 brought: sheets, settings, and columns by sheet.
SHEETS = ("Prices", "Contracts", "Observed")
SETTINGS = (
    "scrap_origin",
    "tail_years",
    "cost_of_public_funds_percent",
    "concentrate_payable_percent",
    "mixed_payable_percent",
)
COLUMNS = {
    "Commodities": ("disposal_cost_usd_per_t",),
    "Projects": ("wacc_percent", "cost_overrun_percent", "mothball_percent"),
    "Routes": ("limit_t_per_year",),
    "Targets": ("supplier", "penalty_usd_per_t"),
    "Finance": ("projects", "repaid_percent"),
    "Scenarios": ("parent",),
    "Shocks": ("item",),
}


def answers_that_change(tables: Tables) -> Iterator[Problem]:
    """Yield one notice for an input in which nothing of version 3 stands, with the rules that now read it
    differently."""
    if _knows_version_3(tables) or not tables.years or any(row.unread for rows in tables.rows.values() for row in rows):
        return
    found = list(_changes(tables))
    if found:
        message = "was written for version 2; version 3 gives another answer where: "
        yield Problem(tables.source.name, message + "; ".join(found), NOTICE)


def _knows_version_3(tables: Tables) -> bool:
    """Does the input have a sheet, a setting or a heading that version 2 did not know?"""
    settings = {row.text("setting") for row in tables["Settings"] if row.number}
    headed = any(c in row.letters for sheet, columns in COLUMNS.items() for row in tables[sheet][:1] for c in columns)
    return headed or bool(settings & set(SETTINGS)) or any(sheet not in tables.missing for sheet in SHEETS)


def _changes(tables: Tables) -> Iterator[str]:
    """The rules that may change the answer of this input."""
    try:
        has_spans = len(modelled_years(tables)) < len(tables.years)
    except Unreadable:
        return
    if has_spans:
        yield "years between milestones count in full (limits, demand, targets and what comes on line)"
    if any(
        r["ramp"] is not None and r.num("fixed_opex_usd_per_t_capacity") and r.integer("max_modules")
        for r in tables["Projects"]
    ):
        yield "fixed opex is paid on whole modules from their first day on line"
    yield "concentrates, metals and magnets may not be thrown away"
    if any(r["type"] == "max_china_import_share" for r in tables["Targets"]):
        yield "max_china_import_share is of what is used, not of what is bought and made"
    if tables["Substitution"]:
        yield "demand that is substituted stays so"
    if any(_waits_longer(r, tables) for r in tables["Projects"]):
        yield "a required project must be planned on line no later than the one that requires it"
    if any(r.num("tariff_percent") for r in tables["Routes"]):
        yield "route tariffs are levied on market prices, of ore and mixed heavies too"
    if any(r.text("government") not in tables.ids("Budgets.government") for r in tables["Finance"]):
        yield "a government without a row in Budgets has no limit"
    if any(r.num("probability_percent") == 0 for r in tables["Scenarios"]):
        yield "scenarios of 0 % are not in the tree"


def _waits_longer(row: Row, tables: Tables) -> bool:
    """Does a project require one that takes longer to come on line?"""
    needed = tables.ids("Projects.project").get(row.text("requires"))
    return needed is not None and _lead_time(needed) > _lead_time(row)


def _lead_time(row: Row) -> int:
    return int(str(row["permitting_years"] or 0)) + int(str(row["construction_years"] or 0))


CHECKS = (answers_that_change,)

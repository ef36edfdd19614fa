"""Contracts and prices: what each kind must hold, and what can come of it."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.checks.chain import recipes
from didymium.checks.projects import can_run
from didymium.checks.reach import can_exist, ore_products
from didymium.errors import WARNING, Problem
from didymium.tables.cells import alike
from didymium.tables.rows import Row, Tables

# For each kind the cells that must be given, and those that it does not have.
_CELLS = {
    "offtake": (("tonnes_per_year",), ("commodity", "government")),
    "price_floor": (("commodity", "government", "price_usd_per_t"), ("tonnes_per_year",)),
}


def contracts_say_what_they_are(tables: Tables) -> Iterator[Problem]:
    """Each kind of contract gives its own cells; its years are in order and some lie in the plan."""
    for row in tables.sound("Contracts"):
        must, without = _CELLS[row.text("kind")]
        for column in must:
            if row[column] is None:
                yield row.problem(column, f"{column} is empty; a contract of kind {row['kind']} needs it")
        for column in without:
            if row[column] is not None:
                yield row.problem(column, f"a contract of kind {row['kind']} has no {column}; it is not read", WARNING)
        first, last = row.integer("from_year"), row.integer("to_year")
        if last < first:
            yield row.problem("to_year", f"{last} is before from_year, {first}")
        elif tables.years and (first > tables.years[-1] or last < tables.years[0]):
            yield row.problem(
                "from_year", f"in force in no year of the plan, {tables.years[0]} to {tables.years[-1]}", WARNING
            )


def contracts_can_be_kept(tables: Tables) -> Iterator[Problem]:
    """An offtake asks for no more than the plant can make; a floor is for something that it makes."""
    projects = tables.ids("Projects.project")
    for row in tables.sound("Contracts"):
        project = projects.get(row.text("project"))
        if project is None or project.unread:
            continue
        if not can_exist(project):
            yield row.problem(
                "project", f"{row['project']} neither exists nor can be built: the contract changes nothing", WARNING
            )
        elif row["kind"] == "offtake" and row["tonnes_per_year"] is not None:
            largest = _max_output(project)
            if row.num("tonnes_per_year") > largest:
                message = (
                    f"{row.num('tonnes_per_year'):,.12g} t a year are more than {row['project']} can make,"
                    f" {largest:,.12g}"
                )
                yield row.problem("tonnes_per_year", message, WARNING)
        elif (
            row["kind"] == "price_floor"
            and row["commodity"] is not None
            and row["commodity"] not in _products(project, tables)
        ):
            yield row.problem(
                "commodity", f"{row['project']} makes no {row['commodity']}: the floor is never paid", WARNING
            )


def _max_output(project: Row) -> float:
    """The most a plant can run by what its offtakes are measured against: what exists, else its modules, t/year."""
    full = project.num("existing_t_per_year")
    if not full and project["module_t_per_year"] is not None:
        full = project.num("module_t_per_year") * project.integer("max_modules")
    return full * project.num("max_utilisation_percent") / 100


def _products(project: Row, tables: Tables) -> set[str]:
    """What a plant can make."""
    if project["stage"] == "mine":
        return {project.text("project")}
    if project["stage"] == "refinery":
        ores = ore_products(tables)
        return {c for mine in can_run(project, tables) for c in ores.get(mine, {})}
    rows = recipes(tables)
    return {r.text("commodity") for q in can_run(project, tables) for r in rows.get(q, []) if r["direction"] == "out"}


def governments_are_known(tables: Tables) -> Iterator[Problem]:
    """A government that pays a floor has instruments or a budget too, or its name is probably misspelt."""
    known = {**tables.ids("Budgets.government"), **tables.ids("Finance.government")}
    for row in tables.sound("Contracts"):
        if known and row["government"] is not None and row["government"] not in known:
            name = row.text("government")
            hint = alike(name, known) or ": is it another one's name?"
            yield row.problem("government", f"{name} has no row in Budgets or Finance{hint}", WARNING)


def prices_are_given(tables: Tables) -> Iterator[Problem]:
    """A row of Prices gives a price in some year of the plan."""
    for row in tables.sound("Prices"):
        if tables.years and not any(row.years.get(y) is not None for y in tables.years):
            yield row.problem("commodity", "no year of the plan has a price: the reference price holds", WARNING)


def goods_have_a_use(tables: Tables) -> Iterator[Problem]:
    """A metal or magnet that nobody uses cannot be made, for it may not be thrown away."""
    run = {q for p in tables.sound("Projects") if can_exist(p) for q in can_run(p, tables)}
    rows = [r for r in tables.sound("Recipes") if r["recipe"] in run]
    used = {r.text("commodity") for r in rows if r["direction"] == "in"}
    used |= {r.text("commodity") for sheet in ("Demand", "Stockpiles") for r in tables[sheet]}
    made = {r.text("commodity"): r for r in rows if r["direction"] == "out"}
    for name, row in tables.ids("Commodities.commodity").items():
        kept = (
            row["stage"] in ("metal", "magnet")
            and row["disposal_cost_usd_per_t"] is None
            and row["sale_price_usd_per_t"] is None
        )
        if kept and name in made and name not in used:
            message = (
                f"nobody uses, wants, stores or buys {name}, and it may not be thrown away: the recipes that make it"
                " cannot run"
            )
            yield row.problem("commodity", f"{message}. Give disposal_cost_usd_per_t or a sale price", WARNING)


CHECKS = (contracts_say_what_they_are, contracts_can_be_kept, governments_are_known, prices_are_given, goods_have_a_use)

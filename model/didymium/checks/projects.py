"""Projects: sizes, windows, what they accept, and how they hang on one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.checks.guard import needs_all
from didymium.errors import WARNING, Problem
from didymium.tables.cells import Unreadable, nearest
from didymium.tables.horizon import modelled_years
from didymium.tables.rows import Row, Tables

_NEEDED_TO_BUILD = ("module_t_per_year", "capex_musd_per_module", "permitting_years", "construction_years")


def modules_are_described(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each project that can be built without its size, capex or lead time, or with bounds
    reversed."""
    for row in tables.sound("Projects"):
        if row.integer("max_modules") > 0:
            for column in _NEEDED_TO_BUILD:
                if row[column] is None:
                    yield row.problem(column, f"{column} is empty; {row['project']} can be built, so it must be given")
            if row["module_t_per_year"] == 0:
                yield row.problem(
                    "module_t_per_year", "a module of 0 t a year is none; give its size, or set max_modules to 0"
                )
        if row.integer("min_modules") > row.integer("max_modules"):
            yield row.problem(
                "min_modules", f"{row['min_modules']} committed modules are more than max_modules, {row['max_modules']}"
            )
        if row.num("min_utilisation_percent") > row.num("max_utilisation_percent"):
            yield row.problem(
                "min_utilisation_percent",
                f"{row['min_utilisation_percent']} is above max_utilisation_percent, {row['max_utilisation_percent']}",
            )


def decision_years(row: Row, tables: Tables) -> list[int]:
    """Return the modelled years in which a module can be decided and still come on line within the plan."""
    try:
        years = modelled_years(tables)
    except Unreadable:
        years = list(tables.years)
    lead_time = int(row["permitting_years"] or 0) + int(row["construction_years"] or 0)  # type: ignore[call-overload]
    first, last = row["first_decision_year"], row["last_decision_year"]
    return [
        y
        for y in years
        if (first is None or y >= first) and (last is None or y <= last) and y + lead_time <= tables.years[-1]  # type: ignore[operator]
    ]


def windows_are_not_upside_down(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each project whose last decision year is before its first."""
    for row in tables.sound("Projects"):
        first, last = row["first_decision_year"], row["last_decision_year"]
        if (
            first is not None
            and last is not None
            and row.integer("last_decision_year") < row.integer("first_decision_year")
        ):
            yield row.problem("last_decision_year", f"{last} is before first_decision_year, {first}")


def windows_are_open(tables: Tables) -> Iterator[Problem]:
    """Yield the projects of which nothing that can be decided comes on line within the plan."""
    for row in tables.sound("Projects"):
        if not tables.years or row.integer("max_modules") == 0 or decision_years(row, tables):
            continue
        if row.integer("min_modules"):
            yield row.problem(
                "min_modules",
                f"{row['project']} is committed, but no year of the plan lets it be decided and come on line",
            )
        else:
            yield row.problem(
                "first_decision_year",
                f"nothing decided in the window of {row['project']} comes on line by {tables.years[-1]}",
                WARNING,
            )


def accepts_are_right(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each plant that accepts what its stage cannot use.

    Refineries accept ore types or mines; heavy, metal, magnet and recycler plants recipes of their stage.
    """
    ores = {*tables.ids("Recoveries.ore_type"), *tables.ids("Concentrates")}
    stage_of = {name: row["stage"] for name, row in tables.ids("Recipes.recipe").items()}
    for row in tables.sound("Projects"):
        stage = row.text("stage")
        allowed = ores if stage == "refinery" else {r for r, s in stage_of.items() if s == stage}
        for name in row.list("accepts"):
            if name == "*" or (name not in ores and stage_of.get(name) is None):
                continue  # unknown names, and recipes whose stage does not read, are reported already
            if stage == "mine":
                yield row.problem("accepts", "a mine accepts nothing; clear the cell")
            elif name not in allowed:
                kind = "an ore type or a mine" if stage == "refinery" else f"a recipe of stage {stage}"
                yield row.problem("accepts", f"{name!r} is not {kind}{nearest(name, allowed)}")


def can_run(row: Row, tables: Tables) -> list[str]:
    """Return the recipes a plant can run: its own ore, the mines whose ore it accepts, or recipes of its stage."""
    stage, accepts = row["stage"], set(row.list("accepts"))
    if stage == "mine":
        return [row.text("project")]
    if stage == "refinery":
        mines = tables.ids("Concentrates")
        return [m for m, r in mines.items() if {"*", m, r.text("ore_type")} & accepts]
    return [name for name, r in tables.ids("Recipes.recipe").items() if r["stage"] == stage and {"*", name} & accepts]


@needs_all
def plants_have_work(tables: Tables) -> Iterator[Problem]:
    """Yield a warning for each plant without any recipe or ore that it can run."""
    for row in tables.sound("Projects"):
        if not can_run(row, tables):
            must = (
                "; min_utilisation_percent makes it run, so no plan may exist"
                if row.num("min_utilisation_percent")
                else ""
            )
            yield row.problem("accepts", f"{row['project']} has no recipe or ore that it could run{must}", WARNING)


def requirements_have_no_cycle(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each project that requires itself by way of others."""
    needs = {r.text("project"): r.text("requires") for r in tables["Projects"] if r["requires"]}
    rows = tables.ids("Projects.project")
    for start in needs:
        path = [start]
        while (step := needs.get(path[-1])) and step not in path:
            path.append(step)
        if step == start:
            yield rows[start].problem("requires", f"a circle of requirements: {' needs '.join([*path, start])}")


def requirements_can_be_met(tables: Tables) -> Iterator[Problem]:
    """Yield a warning for each project that requires one which neither exists nor can be built."""
    rows = tables.ids("Projects.project")
    for row in tables.sound("Projects"):
        needed = rows.get(row.text("requires"))
        if needed and not needed.unread and needed["max_modules"] == 0 and needed["existing_t_per_year"] == 0:
            yield row.problem(
                "requires", f"{row['requires']} neither exists nor can be built, so {row['project']} never can", WARNING
            )


def groups_are_single(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each exclusive group with two committed projects, or a project of several modules."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in tables.sound("Projects"):
        if row["exclusive_group"]:
            groups[row.text("exclusive_group")].append(row)
            if row.integer("max_modules") > 1:
                yield row.problem(
                    "max_modules",
                    f"{row['project']} is in the exclusive group {row['exclusive_group']!r}; such projects have one"
                    " module",
                )
    for name, rows in groups.items():
        committed = [row for row in rows if row.integer("min_modules")]
        for row in committed[1:]:
            yield row.problem(
                "min_modules",
                f"{row['project']} and {committed[0]['project']} are both committed, but only one of group {name!r} can"
                " be built",
            )


def mine_cells_are_for_mines(tables: Tables) -> Iterator[Problem]:
    """Yield a warning for each cell of a mine that a plant of another stage fills."""
    for row in tables.sound("Projects"):
        for column in ("reserve_t", "ore_type"):
            if row["stage"] != "mine" and row[column] is not None:
                yield row.problem(column, f"{column} is for mines; it is ignored for a {row['stage']}", WARNING)


CHECKS = (
    modules_are_described,
    windows_are_not_upside_down,
    windows_are_open,
    accepts_are_right,
    plants_have_work,
    requirements_have_no_cycle,
    requirements_can_be_met,
    groups_are_single,
    mine_cells_are_for_mines,
)

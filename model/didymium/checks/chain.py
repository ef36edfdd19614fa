"""The chain: elements, assays, recoveries and recipes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.errors import Problem
from didymium.tables.cells import alike
from didymium.tables.rows import Row, Tables


def assays_sum_to_100(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each assay that does not sum to 100 within 1."""
    for row in tables.sound("Assays"):
        total = sum(row.shares.values())
        if abs(total - 100) > 1:
            yield row.problem("mine", f"the assay of {row['mine']} sums to {total:g}; it must be 100 within 1")


def mines_are_described(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each mine without an assay or ore type, and for each assay that is not of a mine."""
    assays = tables.ids("Assays.mine")
    mines = tables.ids("Concentrates")
    unknown = bool({"Assays"} & (tables.missing | tables.broken)) or any(
        "mine" in row.unread for row in tables["Assays"]
    )
    for name, row in mines.items():
        if name not in assays and not unknown:
            yield row.problem("project", f"the mine {name} has no row in Assays")
        if row["ore_type"] is None and "ore_type" not in row.unread:
            yield row.problem("ore_type", f"the mine {name} has no ore_type")
    projects = tables.ids("Projects.project")
    for name, row in assays.items():
        if name in projects and name not in mines and "stage" not in projects[name].unread:
            yield row.problem("mine", f"{name} is a {projects[name]['stage']}, not a mine")


def elements_become_oxides(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each element whose commodity is not of stage refinery."""
    stages = {i: r["stage"] for i, r in tables.ids("Commodities.commodity").items()}
    for row in tables.sound("Elements"):
        stage = stages.get(row.text("commodity"))
        if stage not in (None, "refinery"):
            yield row.problem(
                "commodity", f"{row['commodity']} is of stage {stage}; an element becomes a commodity of stage refinery"
            )


def commodity_names_are_free(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each listed commodity that is implied (a concentrate or a mixed heavy)."""
    implied = {**tables.ids("Mixed"), **tables.ids("Concentrates")}
    for name, row in tables.ids("Commodities.commodity").items():
        if name in implied:
            yield row.problem(
                "commodity", f"{name!r} is implied (a mine's concentrate or a mixed heavy) and must not be listed"
            )


def recipes(tables: Tables) -> dict[str, list[Row]]:
    """Return the sound rows of each recipe."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in tables.sound("Recipes"):
        found[row.text("recipe")].append(row)
    return found


def recipes_are_whole(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each recipe of two stages, without inputs or outputs, or with the name of a mine."""
    # None where a row's recipe itself could not be read
    doubtful = {row["recipe"] for row in tables["Recipes"] if row.unread}
    for name, rows in recipes(tables).items():
        for row in rows[1:]:
            if row["stage"] != rows[0]["stage"]:
                yield row.problem(
                    "stage",
                    f"the recipe {name} is of stage {rows[0]['stage']} in row {rows[0].number} and {row['stage']} here",
                )
        if {row["direction"] for row in rows} != {"in", "out"} and not doubtful & {name, None}:
            message = f"the recipe {name} needs rows for what goes in and rows for what comes out"
            yield rows[0].problem("recipe", message + alike(name, recipes(tables)))
    project_ids = tables.ids("Projects.project")
    for name, rows in recipes(tables).items():
        if name in project_ids and project_ids[name]["stage"] == "mine":
            yield rows[0].problem("recipe", f"{name!r} is also a mine; give the recipe another name")


CHECKS = (assays_sum_to_100, mines_are_described, elements_become_oxides, commodity_names_are_free, recipes_are_whole)

"""Rows that are sound but change nothing: they are counted, so that nothing vanishes."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.checks.projects import can_run
from didymium.checks.reach import can_exist
from didymium.checks.shocks import hits_nothing
from didymium.tables.rows import Row, Tables


def unused(tables: Tables) -> Iterator[tuple[Row, str]]:
    """Yield each row that no plan can depend on, with the reason."""
    for row in tables.sound("Routes"):
        if row["from_region"] == row["to_region"]:
            yield row, "routes within one region"
    plants = [row for row in tables.sound("Projects") if can_exist(row)]
    for row in tables.sound("Projects"):
        if not can_exist(row):
            yield row, "neither stand nor can be built"
    ramps = {row.text("ramp") for row in plants if row.integer("max_modules")}
    run = {q for row in plants for q in can_run(row, tables)}
    ores = {row.text("ore_type") for row in tables.ids("Concentrates").values()}
    wanted = {row.text("segment") for row in tables["Demand"]}
    for sheet, column, used, reason in (
        ("Ramps", "ramp", ramps, "ramps of no project"),
        ("Recipes", "recipe", run, "recipes that no plant can run"),
        ("Recoveries", "ore_type", ores, "ores of no mine"),
        ("Segments", "segment", wanted, "segments without demand"),
        ("Substitution", "segment", wanted, "segments without demand"),
    ):
        for row in tables.sound(sheet):
            if row.text(column) not in used:
                yield row, reason
    for row in hits_nothing(tables):
        yield row, "hit nothing"


def all_unused(tables: Tables) -> list[tuple[Row, str]]:
    """Return the rows that no plan can depend on, with the reasons, at once."""
    return list(unused(tables))

"""What is legal but looks wrong: it solves all the same."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from didymium.checks.chain import recipes
from didymium.checks.projects import can_run
from didymium.errors import Problem
from didymium.tables.rows import Tables

FAR = 30  # times the stage's median capex per tonne


def ores_find_a_refinery(tables: Tables) -> Iterator[Problem]:
    taken = {m for row in tables.sound("Projects") if row["stage"] == "refinery" for m in can_run(row, tables)}
    for name, row in tables.ids("Concentrates").items():
        if name not in taken:
            yield row.problem("ore_type", f"no refinery accepts the ore of {name} ({row.text('ore_type')})", warning=True)


def demand_can_be_served(tables: Tables) -> Iterator[Problem]:
    made = {row.text("commodity") for row in tables.sound("Recipes") if row["direction"] == "out"}
    made |= {row.text("commodity") for row in tables.sound("Imports")} | {*tables.ids("Concentrates"), *tables.ids("Mixed")}
    made |= {row.text("commodity") for row in tables.sound("Elements")}
    for row in tables.sound("Demand"):
        if row.text("commodity") not in made:
            yield row.problem("commodity", f"nobody makes or offers {row['commodity']}", warning=True)


def demand_rows_differ(tables: Tables) -> Iterator[Problem]:
    seen: dict[tuple[str, ...], int] = {}
    for row in tables.sound("Demand"):
        key = (row.text("region"), row.text("segment"), row.text("commodity"))
        if key in seen:
            yield row.problem("region", f"the same region, segment and commodity as row {seen[key]}; the two are added", warning=True)
        seen.setdefault(key, row.number)


def recipes_make_nothing_from_nothing(tables: Tables) -> Iterator[Problem]:
    """Separation, reduction and recycling only lose mass; magnets gain iron and are not judged."""
    for name, rows in recipes(tables).items():
        mass = {way: sum(r.num("t_per_t") for r in rows if r["direction"] == way) for way in ("in", "out")}
        if rows[0]["stage"] != "magnet" and mass["out"] > mass["in"] * 1.001:
            yield rows[0].problem("t_per_t", f"{name} makes {mass['out']:g} t from {mass['in']:g} t", warning=True)


def capex_is_like_its_stage(tables: Tables) -> Iterator[Problem]:
    per_tonne: dict[str, dict[str, float]] = {}
    for row in tables.sound("Projects"):
        size, capex = row["module_t_per_year"], row["capex_musd_per_module"]
        if size and capex:
            per_tonne.setdefault(row.text("stage"), {})[row.text("project")] = row.num("capex_musd_per_module") / row.num("module_t_per_year")
    rows = tables.ids("Projects.project")
    for stage, values in per_tonne.items():
        middle = median(values.values())
        for name, value in values.items():
            if value > FAR * middle:
                text = f"{value:.3g} M USD per t/year; the middle of stage {stage} is {middle:.3g}: are the units right?"
                yield rows[name].problem("capex_musd_per_module", text, warning=True)


CHECKS = (ores_find_a_refinery, demand_can_be_served, demand_rows_differ, recipes_make_nothing_from_nothing, capex_is_like_its_stage)

"""What can get where: a first look along the chain, without tonnes, years or money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.checks.chain import recipes
from didymium.checks.guard import needs_all
from didymium.checks.projects import can_run
from didymium.errors import WARNING, Problem
from didymium.tables.rows import Row, Tables

Place = tuple[str, str]  # region, commodity
Conversion = tuple[str, tuple[str, ...], tuple[str, ...]]  # region, what goes in, what comes out


def can_exist(row: Row) -> bool:
    """Return whether the plant exists or could be built."""
    return row.num("existing_t_per_year") > 0 or row.integer("max_modules") > 0


def stage_of(tables: Tables) -> dict[str, str]:
    """Return the stage of every commodity, as routes and offers count it."""
    stages = {i: r.text("stage") for i, r in tables.ids("Commodities.commodity").items()}
    return {
        **stages,
        **dict.fromkeys(tables.ids("Concentrates"), "mine"),
        **dict.fromkeys(tables.ids("Mixed"), "refinery"),
    }


def ore_products(tables: Tables) -> dict[str, dict[str, float]]:
    """Return, for each mine, the tonnes of each commodity that a refinery makes of a tonne of its ore."""
    mines = tables.ids("Concentrates")
    recoveries = {row.text("ore_type"): row.shares for row in tables.sound("Recoveries")}
    becomes = {
        r.text("element"): ("mixed_" if r["circuit"] == "heavy" else "") + r.text("commodity")
        for r in tables.sound("Elements")
    }
    found: dict[str, dict[str, float]] = {}
    for row in tables.sound("Assays"):
        mine = row.text("mine")
        recovered = recoveries.get(mines[mine].text("ore_type"), {}) if mine in mines else {}
        yields: dict[str, float] = defaultdict(float)
        for element, share in row.shares.items():
            if element in becomes and share * recovered.get(element, 0.0) > 0:
                yields[becomes[element]] += share * recovered[element] / 10_000
        found[mine] = dict(yields)
    return found


def _conversions(
    row: Row, tables: Tables, sides: dict[str, Conversion], ores: dict[str, dict[str, float]]
) -> list[Conversion]:
    """What a plant can do where it stands, one entry a recipe or ore."""
    region = row.text("region")
    if row["stage"] == "mine":
        return [(region, (), (row.text("project"),))]
    if row["stage"] == "refinery":
        return [(region, (mine,), tuple(ores.get(mine, ()))) for mine in can_run(row, tables)]
    return [(region, sides[name][1], sides[name][2]) for name in can_run(row, tables) if name in sides]


def _sides(tables: Tables) -> dict[str, Conversion]:
    """Inputs and outputs of every recipe."""
    found = {}
    for name, rows in recipes(tables).items():
        way = {d: tuple(r.text("commodity") for r in rows if r["direction"] == d) for d in ("in", "out")}
        found[name] = ("", way["in"], way["out"])
    return found


def _supplied(tables: Tables) -> set[Place]:
    """What is there without being made: offers and opening stocks."""
    outside = [i for i, r in tables.ids("Regions.region").items() if not r["china"]]
    found: set[Place] = set()
    for row in tables.sound("Imports"):
        if row["measure"] == "limit_t" and any(row.years.values()):
            regions = outside if row["destination"] == "*" else [row.text("destination")]
            found |= {(region, row.text("commodity")) for region in regions}
    return found | {
        (r.text("region"), r.text("commodity")) for r in tables.sound("Stockpiles") if r.num("initial_t") > 0
    }


def reachable(tables: Tables) -> set[Place]:
    """Return every region and commodity that could come together: offered, made or shipped there.

    A fixed point over recipes and routes.
    """
    sides, ores, stages = _sides(tables), ore_products(tables), stage_of(tables)
    conversions = [
        conversion
        for row in tables.sound("Projects")
        if can_exist(row)
        for conversion in _conversions(row, tables, sides, ores)
    ]
    routes: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in tables.sound("Routes"):
        routes[row.text("from_region")].add((row.text("to_region"), row.text("stage")))
    found, before = _supplied(tables), -1
    while len(found) > before:
        before = len(found)
        found |= {(to, c) for region, c in found for to, stage in routes[region] if stage in ("*", stages.get(c))}
        found |= {
            (region, out) for region, ins, outs in conversions if all((region, c) in found for c in ins) for out in outs
        }
    return found


@needs_all
def demand_can_be_served(tables: Tables) -> Iterator[Problem]:
    """Yield a warning for each demand that nothing made, offered or shipped can serve."""
    there = reachable(tables)
    somewhere: dict[str, list[str]] = defaultdict(list)
    for region, commodity in sorted(there):
        somewhere[commodity].append(region)
    regions = tables.ids("Regions.region")
    for row in tables.sound("Demand"):
        region, commodity = row.text("region"), row.text("commodity")
        if region not in regions or not any(row.years.values()) or (region, commodity) in there:
            continue
        if commodity in somewhere:
            message = (
                f"nobody makes or offers {commodity} in {region}, and no route leads there from"
                f" {', '.join(somewhere[commodity])}"
            )
        else:
            message = f"nobody makes or offers {commodity}{_break(tables, commodity, there)}"
        yield row.problem("commodity", message, WARNING)


def _break(tables: Tables, commodity: str, there: set[Place]) -> str:
    """Where the chain to a commodity breaks: the inputs that its makers lack."""
    sides = {name: conversion for name, conversion in _sides(tables).items() if commodity in conversion[2]}
    plants = [
        r
        for r in tables.sound("Projects")
        if r["stage"] not in ("mine", "refinery") and can_exist(r) and set(can_run(r, tables)) & set(sides)
    ]
    if not plants:
        return f"; no plant can run {', '.join(sides)}" if sides else ""
    region = plants[0].text("region")
    lacking = sorted(
        {c for name in set(can_run(plants[0], tables)) & set(sides) for c in sides[name][1] if (region, c) not in there}
    )
    return f"; {plants[0]['project']} could, but has no {', '.join(lacking)}" if lacking else ""


@needs_all
def plants_are_fed(tables: Tables) -> Iterator[Problem]:
    """Yield a warning for each plant that no combination of inputs can reach."""
    there, sides, ores = reachable(tables), _sides(tables), ore_products(tables)
    for row in tables.sound("Projects"):
        conversions = _conversions(row, tables, sides, ores)
        if row["stage"] == "mine" or not can_exist(row) or not conversions:
            continue
        region = row.text("region")
        if not any(all((region, c) in there for c in ins) for _, ins, _ in conversions):
            lacking = sorted({c for _, ins, _ in conversions for c in ins if (region, c) not in there})
            shown = ", ".join(lacking[:4]) + (", ..." if len(lacking) > 4 else "")
            yield row.problem(
                "project",
                f"nothing can feed {row['project']}: {shown} cannot be made in, offered to or shipped to {region}",
                WARNING,
            )


CHECKS = (demand_can_be_served, plants_are_fed)

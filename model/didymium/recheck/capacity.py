"""Rules 2 to 4: throughput within what is on line, accepted recipes, reserves of mines."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.recheck.inputs import CHINA_STAGE, Breach, Place, RecheckInputs, excess, num
from didymium.recheck.online import on_line
from didymium.recheck.rule import rechecks
from didymium.tables.rows import Row


@rechecks("2-3 capacity")
def capacity(data: RecheckInputs) -> Iterator[Breach]:
    """Rules 2 and 3 (capacity, take_or_pay, mothball): throughput between take-or-pay and what is on line.

    What is mothballed is not on line; nothing is in an outage.
    """
    mothballed: dict[tuple[str, Place], float] = {
        (str(row["project"]), place): num(row, "idle_t_per_year") for place, row in data.rows("capacity")
    }
    for name, row in data.projects.items():
        max_use, min_use = row.num("max_utilisation_percent"), row.num("min_utilisation_percent")
        for place in data.places:
            online, idle = on_line(data, name, place), mothballed.get((name, place), 0.0)
            throughput = data.throughput.get((name, place), 0.0)
            allowed = online if row["mothball_percent"] is not None else 0.0
            where = f"{name} {place}"
            yield excess(f"{where} mothballed", max(idle - allowed, -idle), online)
            yield excess(where, throughput - (online - idle) * max_use / 100, online)
            yield excess(where, (online - idle) * min_use / 100 - throughput, online)


@rechecks("2 recipes and origin")
def recipes_accepted(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 2: plants run only recipes that they accept, at no lower origin level than their region allows."""
    for place, row in data.rows("production"):
        project, throughput = data.projects[str(row["project"])], num(row, "throughput_t")
        where = f"{row['project']} {place} {row['recipe']}"
        lowest = CHINA_STAGE[project.text("stage")] if data.in_china[project.text("region")] else 0
        yield excess(where, throughput * (num(row, "level") < lowest), throughput)
        accepted = accepts(data, str(row["project"]), project, str(row["recipe"]))
        yield excess(where, 0 if accepted else throughput, throughput)


def accepts(data: RecheckInputs, name: str, project: Row, recipe: str) -> bool:
    """Return whether a plant can run a recipe: a mine digs its ore, a refinery takes mines or types of ore."""
    stage, accepted = project.text("stage"), set(project.list("accepts"))
    if stage == "mine":
        return recipe == f"dig {name}"
    if stage == "refinery":
        mine = data.projects.get(recipe)
        return mine is not None and mine["stage"] == "mine" and bool({"*", recipe, mine.text("ore_type")} & accepted)
    return stage in data.recipe_stages.get(recipe, ()) and bool({"*", recipe} & accepted)


@rechecks("4 reserve")
def reserve(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 4: what a mine extracts along a path is within its reserve."""
    for name, row in data.projects.items():
        if row["stage"] == "mine" and row["reserve_t"] is not None:
            for scenario, path in data.paths.items():
                extracted = sum(data.span(place[1]) * data.throughput.get((name, place), 0.0) for place in path)
                yield excess(f"{name} {scenario}", extracted - row.num("reserve_t"), row.num("reserve_t"))

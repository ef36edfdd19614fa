"""Rules 1, 11 and 12: when projects are decided and how many modules, prerequisites, exclusive groups."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.recheck.inputs import Breach, RecheckInputs, excess
from didymium.recheck.rule import rechecks


@rechecks("1 build window")
def build_limit(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 1 (build_limit, committed): decided in the window, on line within the plan, integer, between the minimum and
    maximum of modules."""
    for name, builds in data.built.items():
        row = data.projects[name]
        first, last = row["first_decision_year"] or data.years[0], row["last_decision_year"] or data.tables.years[-1]
        for (_, year), modules in builds:
            late = year + data.lead_time(name) - data.tables.years[-1]
            outside = max(int(str(first)) - year, year - int(str(last)), late)
            yield excess(f"{name} {year}", max(outside, abs(modules - round(modules))), 1)
    for name, row in data.projects.items():
        for scenario, path in data.paths.items():
            total = sum(modules for decided, modules in data.built.get(name, []) if decided in path)
            outside_limits = max(row.integer("min_modules") - total, total - row.integer("max_modules"))
            yield excess(f"{name} {scenario}", outside_limits, 1)


@rechecks("11 prerequisite")
def prerequisite(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 11: what a project requires exists, or was decided by then and is planned on line no later."""
    for name, builds in data.built.items():
        required = data.projects[name].text("requires")
        if required and data.projects[required].num("existing_t_per_year") == 0:
            for decided, modules in builds:
                path, planned = data.before(decided), decided[1] + data.lead_time(name)
                in_time = sum(
                    count
                    for at, count in data.built.get(required, [])
                    if at in path and at[1] + data.lead_time(required) <= planned
                )
                yield excess(f"{name} {decided}", modules - data.projects[name].integer("max_modules") * in_time, 1)


@rechecks("12 alternatives")
def exclusive(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 12: at most one module of an exclusive group along a path."""
    groups = {row.text("exclusive_group") for row in data.projects.values() if row["exclusive_group"]}
    for group in groups:
        names = [p for p, row in data.projects.items() if row["exclusive_group"] == group]
        for scenario, path in data.paths.items():
            built = sum(modules for p in names for at, modules in data.built.get(p, []) if at in path)
            yield excess(f"{group} {scenario}", built - 1, 1)


@rechecks("16 holds")
def holds(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 16 (hold_minimum, hold_maximum): what a person holds is decided so."""
    for row in data.tables["Holds"]:
        project, kind = row.text("project"), row.text("kind")
        committed = data.projects[project].integer("min_modules")
        first = data.years[0] if row["from_year"] is None else row.integer("from_year")
        last = data.tables.years[-1] if row["to_year"] is None else row.integer("to_year")
        given = committed + (1 if kind == "force" else 0) if row["modules"] is None else row.integer("modules")
        for scenario, path in data.paths.items():
            if row["scenario"] not in (None, scenario):
                continue
            decided = data.built.get(project, [])
            total = sum(count for at, count in decided if at in path and first <= at[1] <= last)
            over = {"force": given - total, "forbid": total - committed, "pin": abs(total - given)}[kind]
            yield excess(f"{project} {scenario}", over, 1)

"""Holds: what a person fixes must be possible. The same sentences are given for rows of the sheet and for options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from didymium.checks.projects import decision_years
from didymium.errors import Problem
from didymium.tables.cells import Unreadable
from didymium.tables.horizon import modelled_years
from didymium.tables.rows import Row, Tables

Values = Mapping[str, object]
"""The cells of a hold: project, kind, modules, from_year, to_year, scenario; None where blank."""


def holds_are_possible(tables: Tables) -> Iterator[Problem]:
    """Each hold is of a project that can be built, in years in which that can be decided, and against no other hold."""
    rows = [row for row in tables.sound("Holds") if row["project"] in tables.ids("Projects.project")]
    for row in rows:
        for column, text in (
            *faults(tables, row.values),
            *contradictions(tables, row.values, [r.values for r in rows]),
        ):
            yield row.problem(column, text)


def faults(tables: Tables, hold: Values) -> Iterator[tuple[str, str]]:
    """Yield what cannot be about a hold of a known project, as (column, sentence)."""
    project = tables.ids("Projects.project")[str(hold["project"])]
    if project.unread or not tables.years:
        return
    name, largest, committed = project["project"], project.integer("max_modules"), project.integer("min_modules")
    if largest == 0:
        yield "project", f"{name} is no candidate: it cannot be built (max_modules is 0)"
        return
    if committed == largest and hold["kind"] != "pin":
        yield "project", f"all of {name} is committed: it is built in any case, and can be neither forced nor forbidden"
        return
    yield from _wrong_modules(hold, str(name), largest, committed)
    wrong = list(_wrong_years(tables, hold))
    yield from wrong
    if not wrong:
        yield from _cannot_be_decided(tables, hold, project)


def _wrong_modules(hold: Values, name: str, largest: int, committed: int) -> Iterator[tuple[str, str]]:
    kind, modules = hold["kind"], hold["modules"]
    if modules is None:
        if kind == "pin":
            yield "modules", f"modules is empty; a pin of {name} needs how many are decided, 0 for none"
        return
    if kind == "forbid":
        yield "modules", "a project that is forbidden has no modules; write pin for a number of them"
    elif int(str(modules)) > largest:
        yield "modules", f"{modules} modules of {name} are more than its max_modules, {largest}"
    elif kind == "force" and int(str(modules)) <= committed:
        yield "modules", f"{committed} modules of {name} are committed; to force {modules} changes nothing"


def _wrong_years(tables: Tables, hold: Values) -> Iterator[tuple[str, str]]:
    years = tables.years
    for column in ("from_year", "to_year"):
        if hold[column] is not None and int(str(hold[column])) not in years:
            yield column, f"{hold[column]} is outside the plan, {years[0]} to {years[-1]}"
    first, last = span(tables, hold)
    if last < first:
        yield "to_year", f"{last} is before from_year, {first}"


def _cannot_be_decided(tables: Tables, hold: Values, project: Row) -> Iterator[tuple[str, str]]:
    """What is to be built in years in which nothing of it can be decided."""
    wanted = project.integer("min_modules") + 1 if hold["modules"] is None else int(str(hold["modules"]))
    if hold["kind"] == "forbid" or wanted == 0:
        return
    possible, (first, last), name = decision_years(project, tables), span(tables, hold), project["project"]
    which = f"in {first}" if first == last else f"from {first} to {last}"
    if not possible:
        yield "project", f"{name} cannot be decided so that it comes on line by {tables.years[-1]}"
    elif not [y for y in possible if first <= y <= last]:
        years = _modelled(tables)
        if first == last and first not in years and possible[0] < first < possible[-1]:
            near = [y for y in possible if y < first][-1], next(y for y in possible if y > first)
            yield "from_year", f"no decision is taken {which}, which is no milestone; {near[0]} and {near[1]} are"
        else:
            span_ = f"in {possible[0]}" if len(possible) == 1 else f"from {possible[0]} to {possible[-1]}"
            yield "from_year", f"{name} cannot be decided {which}; it can {span_}"
    else:
        blocked = _limited(tables, project, [y for y in possible if first <= y <= last])
        if blocked:
            yield "project", f"{name} cannot be decided {which}: the limit {blocked} allows no decision there"


def _limited(tables: Tables, project: Row, years: Sequence[int]) -> str:
    """A limit that allows no decision on the project in any of some years; empty where there is none. A milestone year
    has the decisions of all years that it stands for."""
    starts = _modelled(tables)
    ends = dict(zip(starts, [*starts[1:], tables.years[-1] + 1], strict=True))
    for limit in tables.sound("Limits"):
        covered = all(limit[c] in (None, "*", project[c]) for c in ("region", "stage"))
        amounts = [[limit.years.get(y) for y in range(start, ends[start])] for start in years]
        sums = [sum(a for a in each if a is not None) for each in amounts if any(a is not None for a in each)]
        if covered and limit["measure"] == "decisions" and len(sums) == len(years) and all(s < 1 for s in sums):
            return limit.text("limit")
    return ""


def contradictions(tables: Tables, hold: Values, holds: Sequence[Values]) -> Iterator[tuple[str, str]]:
    """Yield why a forced project cannot be built beside the other holds, as (column, sentence)."""
    projects = tables.ids("Projects.project")
    project = projects[str(hold["project"])]
    if hold["kind"] != "force" or project.unread:
        return
    name, (first, last) = project["project"], span(tables, hold)
    for other in holds:
        start, end = span(tables, other)
        if other["kind"] == "forbid" and other["project"] == name and start <= first and last <= end:
            yield "project", f"{name} is forced and forbidden"
    required = projects.get(project.text("requires"))
    forbidden = {str(h["project"]) for h in holds if h["kind"] == "forbid" and h["from_year"] is h["to_year"] is None}
    if required is not None and not required.unread and not required["existing_t_per_year"]:
        needed = required.text("project")
        if required.integer("max_modules") == 0:
            yield "project", f"{name} requires {needed}, which cannot be built"
        elif needed in forbidden and required.integer("min_modules") == 0:
            yield "project", f"{name} requires {needed}, which is forbidden"
    yield from _against_its_group(tables, project, holds)


def _against_its_group(tables: Tables, project: Row, holds: Sequence[Values]) -> Iterator[tuple[str, str]]:
    group, name = project["exclusive_group"], project["project"]
    for other in tables.sound("Projects") if group else ():
        rival = other["project"]
        if other["exclusive_group"] != group or rival == name:
            continue
        if other.integer("min_modules"):
            yield "project", f"of the group {group} one is built at most, and {rival} is committed"
        elif any(h["kind"] == "force" and h["project"] == rival for h in holds):
            yield "project", f"of the group {group} one is built at most, and {rival} is forced too"


def span(tables: Tables, hold: Values) -> tuple[int, int]:
    """Return the first and last year of decision that a hold counts."""
    first, last = hold["from_year"], hold["to_year"]
    return (
        tables.years[0] if first is None else int(str(first)),
        tables.years[-1] if last is None else int(str(last)),
    )


def _modelled(tables: Tables) -> list[int]:
    try:
        return modelled_years(tables)
    except Unreadable:
        return list(tables.years)


CHECKS = (holds_are_possible,)

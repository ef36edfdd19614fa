"""What a plant has on line, and what of it pays fixed opex: existing capacity, and modules with ramp, delay and
outages."""

from __future__ import annotations

from functools import partial

from didymium.recheck.inputs import Place, RecheckInputs
from didymium.tables.rows import Row


def on_line(data: RecheckInputs, project: str, place: Place) -> float:
    """Return capacity on line with ramp, delay and outages: the mean over the node's years, t/year."""
    in_year = partial(_in_year, data, project, place)
    return float(data.once(("on line", project, place), lambda: data.mean(place, in_year)))


def _in_year(data: RecheckInputs, project: str, place: Place, year: int) -> float:
    return sum(on_line_in(data, project, place, year))


def on_line_in(data: RecheckInputs, project: str, place: Place, year: int) -> tuple[float, float]:
    """Return (existing, modules at their ramp) on line in a year, t/year; nothing in an outage."""
    if outage(data, project, place[0], year):
        return 0.0, 0.0
    row = data.projects[project]
    ramped = sum(k * ramp(data, row, age) for k, age in _modules(data, project, place, year))
    return _existing(row, year), ramped * (row.num("module_t_per_year") if ramped else 0.0)


def charged(data: RecheckInputs, project: str, place: Place, year: int) -> float:
    """Return the capacity on which fixed opex is paid in a year, t/year.

    It is that of what exists, and of modules in full from their first day.
    """
    row = data.projects[project]
    modules = sum(k for k, _ in _modules(data, project, place, year))
    return _existing(row, year) + (modules * row.num("module_t_per_year") if modules else 0.0)


def outage(data: RecheckInputs, project: str, scenario: str, year: int) -> bool:
    """Return whether a plant is in an outage in a year."""
    return bool(data.shocks("outage", scenario, year, **data.plant(project)))


def age_in(data: RecheckInputs, project: str, decided: Place, place: Place, year: int) -> int | None:
    """Return the years since a module decided in one node came on line, as seen in a year of another: 0 in the first.

    None where it is not decided on the path of that node, or is not within its life in the year.
    """
    if not data.is_known(decided, place):
        return None
    planned = decided[1] + data.lead_time(project)
    late = data.shocks("delay", data.acting(place[0], planned), planned, **data.plant(project))
    age = year - planned - int(sum(late))
    return age if 0 <= age < data.projects[project].integer("life_years") else None


def ramp(data: RecheckInputs, row: Row, age: int) -> float:
    """Return the share of its capacity that a module of a project offers at an age."""
    if row["ramp"] is None or age > 4:
        return 1.0
    return data.ids("Ramps.ramp")[row.text("ramp")].num(f"year_{age + 1}_percent") / 100


def _existing(row: Row, year: int) -> float:
    """Return the existing capacity of a project in a year, t/year; none once it has retired."""
    exists = row["retires_year"] is None or year < row.integer("retires_year")
    return row.num("existing_t_per_year") if exists else 0.0


def _modules(data: RecheckInputs, project: str, place: Place, year: int) -> list[tuple[float, int]]:
    """Return (modules, age) of what was decided on the path of a node and is within its life in one of its years."""
    ages = [(k, age_in(data, project, decided, place, year)) for decided, k in data.built.get(project, [])]
    return [(k, age) for k, age in ages if age is not None]

"""Rule 14: limits on decisions, capital, CO2, water and radioactive residue."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.recheck import yearly
from didymium.recheck.inputs import Breach, Place, RecheckInputs, excess
from didymium.recheck.rule import rechecks
from didymium.tables.rows import Row

INTENSITY = {"co2_t": "co2_t_per_t", "water_m3": "water_m3_per_t", "radioactive_t": "radioactive_t_per_t"}


@rechecks("14 limits")
def limits(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 14 (limits): decisions and capital of a node within the sum over its years, all else within the mean.

    Only years count in which the limit has a value.
    """
    for row in data.tables["Limits"]:
        for place in data.places:
            amounts = [
                (row.years[y] or 0.0) * data.factor("limit", place[0], y, item=row.text("limit"))
                for y in yearly.active_years(data, row, place)
            ]
            if amounts:
                of_decisions = row["measure"] in ("decisions", "capex_musd")
                maximum = sum(amounts) if of_decisions else sum(amounts) / len(amounts)
                yield excess(f"{row['limit']} {place}", _measured(data, row, place) - maximum, maximum)


def _measured(data: RecheckInputs, limit: Row, place: Place) -> float:
    """Return what a limit counts in a node: modules, M USD of overnight capex, or t or m3 a year."""
    measure = limit.text("measure")
    names = [
        p
        for p, r in data.projects.items()
        if limit["region"] in ("*", r["region"]) and limit["stage"] in ("*", r["stage"])
    ]
    if measure == "decisions":
        return sum(modules for p in names for at, modules in data.built.get(p, []) if at == place)
    if measure == "capex_musd":
        return sum(data.overnight_of(p, place) for p in names)
    return sum(data.throughput.get((p, place), 0.0) * data.projects[p].num(INTENSITY[measure]) for p in names)

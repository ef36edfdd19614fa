"""Rule 15: offtakes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from didymium.recheck import yearly
from didymium.recheck.inputs import Breach, Place, RecheckInputs, excess, num
from didymium.recheck.online import on_line_in
from didymium.recheck.rule import rechecks
from didymium.tables.rows import Row


@rechecks("15 contracts")
def offtake(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 15 (offtake): what is owed under an offtake is made, or paid for where it has a price."""
    untaken = {(str(row["contract"]), place): num(row, "untaken_t") for place, row in data.rows("contracts")}
    for row in data.tables["Contracts"]:
        for place in data.places if row["kind"] == "offtake" else ():
            years = yearly.in_force(row, place, data)
            owed = data.mean(place, partial(_owed, data, row, place), years) if years else 0.0
            paid = untaken.get((row.text("contract"), place), 0.0)
            made = data.throughput.get((row.text("project"), place), 0.0)
            yield excess(f"{row['contract']} {place}", owed - made - paid, owed)
            not_allowed = paid if row["price_usd_per_t"] is None else 0.0
            yield excess(f"{row['contract']} {place} not taken", max(-paid, not_allowed), owed)


def _owed(data: RecheckInputs, contract: Row, place: Place, year: int) -> float:
    """Return the tonnes owed in a year: those of the contract x the share of its plant that is on line.

    The share is of existing capacity where there is some, else of all modules that can be built.
    """
    project = data.projects[contract.text("project")]
    tonnes = 0.0 if contract["tonnes_per_year"] is None else contract.num("tonnes_per_year")
    existing, modules = on_line_in(data, contract.text("project"), place, year)
    if project.num("existing_t_per_year") > 0:
        return tonnes * existing / project.num("existing_t_per_year")
    full = project.integer("max_modules") * project.num("module_t_per_year") if project.integer("max_modules") else 0.0
    return tonnes * modules / full if full else 0.0

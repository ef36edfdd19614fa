"""What is legal but looks wrong: it solves all the same. A row whose note says `confirmed: why` is not questioned."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.checks.chain import recipes
from didymium.checks.guard import needs_all
from didymium.checks.projects import can_run
from didymium.errors import WARNING, Problem
from didymium.tables.rows import Tables


@needs_all
def ores_find_a_refinery(tables: Tables) -> Iterator[Problem]:
    """Yield a warning for each mine whose ore no refinery accepts."""
    taken = {m for row in tables.sound("Projects") if row["stage"] == "refinery" for m in can_run(row, tables)}
    for name, row in tables.ids("Concentrates").items():
        if name not in taken:
            yield row.problem("ore_type", f"no refinery accepts the ore of {name} ({row.text('ore_type')})", WARNING)


def demand_rows_differ(tables: Tables) -> Iterator[Problem]:
    """Yield a warning for each repeated region, segment and commodity of demand."""
    seen: dict[tuple[str, ...], int] = {}
    for row in tables.sound("Demand"):
        key = (row.text("region"), row.text("segment"), row.text("commodity"))
        if key in seen:
            yield row.problem(
                "region", f"the same region, segment and commodity as row {seen[key]}; the two are added", WARNING
            )
        seen.setdefault(key, row.number)


@needs_all
def recipes_make_nothing_from_nothing(tables: Tables) -> Iterator[Problem]:
    """Separation, reduction and recycling only lose mass; magnets gain iron and are not judged."""
    for name, rows in recipes(tables).items():
        mass = {way: sum(r.num("t_per_t") for r in rows if r["direction"] == way) for way in ("in", "out")}
        if rows[0]["stage"] != "magnet" and mass["out"] > mass["in"] * 1.001 and not rows[0].confirmed:
            yield rows[0].problem("t_per_t", f"{name} makes {mass['out']:g} t from {mass['in']:g} t", WARNING)


CHECKS = (ores_find_a_refinery, demand_rows_differ, recipes_make_nothing_from_nothing)

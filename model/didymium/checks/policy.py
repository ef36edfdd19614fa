"""Policy: targets, public money."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.checks.guard import needs_all
from didymium.errors import WARNING, Problem
from didymium.tables.rows import Tables

# For each type of target: the cells that must name something, and those that may.
_CELLS: dict[str, tuple[set[str], set[str]]] = {
    "min_china_free_share": ({"stage"}, {"region", "segment"}),
    "max_region_share": ({"region", "stage"}, set()),
    "max_china_import_share": ({"commodity"}, set()),
}


def targets_say_what_they_count(tables: Tables) -> Iterator[Problem]:
    for row in tables.sound("Targets"):
        kind = row.text("type")
        must, may = _CELLS[kind]
        for column in ("region", "segment", "stage", "commodity"):
            named = row[column] not in (None, "*")
            if column in must and not named:
                yield row.problem(column, f"a target of type {kind} must name its {column}")
            if named and column not in must | may:
                yield row.problem(column, f"a target of type {kind} has no {column}; clear the cell or write *")
        if kind == "min_china_free_share" and row["stage"] in {"heavy", "recycler"}:
            yield row.problem("stage", f"{row['stage']!r} is no stage of origin; write mine, refinery, metal or magnet")


@needs_all
def instruments_have_money(tables: Tables) -> Iterator[Problem]:
    budgets = tables.ids("Budgets.government")
    for row in tables.sound("Finance"):
        if row.text("government") not in budgets:
            yield row.problem("government", f"{row['government']} has no row in Budgets, so {row['instrument']} has no money", WARNING)


CHECKS = (targets_say_what_they_count, instruments_have_money)

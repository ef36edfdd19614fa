"""The sheet Settings: each row has a type, a range and a default of its own."""

from __future__ import annotations

import difflib
from dataclasses import replace

from didymium.errors import WARNING, Problem
from didymium.tables import cells, read_counts
from didymium.tables.columns import Column
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SETTINGS
from didymium.tables.typed import BLANK, read_cell


def type_settings(tables: Tables, textual: bool, problems: list[Problem]) -> None:
    """Type each row of Settings by its own column, and add a row with the default of each setting left out.

    `textual`: the source knows no types (CSV). What is wrong goes to `problems`.
    """
    columns = {c.name: c for c in SETTINGS}
    present = {row.text("setting") for row in tables["Settings"]}
    lost: set[str] = set()
    for row in tables["Settings"]:
        name = row.text("setting")
        if name in columns:
            _type_setting(row, columns[name], textual, problems)
        elif name:
            lost |= _unknown_setting(row, name, [c for c in columns if c not in present], problems)
            if not row.unread:
                tables.counts["Settings"].set_aside(read_counts.SETTING)
    if "Settings" in tables.missing | tables.broken:
        return
    for name, column in columns.items():
        if name not in present:
            if not column.optional and name not in lost:
                problems.append(Problem("Settings", f"the setting {name!r} is missing", code="setting"))
            tables.rows["Settings"].append(
                Row("Settings", 0, {"setting": name, "value": column.default}, blank={"value"})
            )


def _unknown_setting(row: Row, name: str, absent: list[str], problems: list[Problem]) -> set[str]:
    """Report an unknown setting; return the absent setting that it nearly spells.

    That is an error; any other unknown setting is ignored with a warning.
    """
    near = difflib.get_close_matches(name, absent, n=1, cutoff=0.85)
    if near:
        problems.append(
            row.problem("setting", f"unknown setting {name!r}; did you mean {near[0]!r}? The names are fixed")
        )
    else:
        problems.append(
            row.problem("setting", f"unknown setting {name!r}, ignored{cells.nearest(name, absent)}", WARNING)
        )
    return set(near)


def _type_setting(row: Row, column: Column, textual: bool, problems: list[Problem]) -> None:
    value = row.values["value"]
    if value is None:
        row.values["value"] = column.default
        if not column.optional:
            problems.append(
                replace(row.problem("value", f"the setting {column.name} is empty; it must be present"), code=BLANK)
            )
        return
    try:
        row.values["value"] = read_cell(column, value, textual)
    except cells.Unreadable as error:
        row.unread.add("value")
        row.values["value"] = None
        problems.append(row.problem("value", str(error)))

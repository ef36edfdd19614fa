"""The input cells that differ between several workbooks or results; rows are matched by their keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from didymium.results import Record
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS

_NAMES = ("id", "text", "choice", "ref", "refs")  # kinds of column that can tell one row from another
_FROM = "from_year"


def input_differences(inputs: Mapping[str, Tables]) -> list[Record]:
    """Return every input cell that is not the same in all inputs, rows matched by their key. None: there is no such
    cell or row."""
    rows: list[Record] = []
    for sheet, key, by_name in matched(inputs):
        cells = {name: {} if row is None else _cells(row) for name, row in by_name.items()}
        for column in dict.fromkeys(c for by_column in cells.values() for c in by_column):
            values = {name: by_column.get(column) for name, by_column in cells.items()}
            if len({_plain(v) for v in values.values()}) > 1:
                rows.append({"sheet": sheet, "input": " / ".join(key), "column": column, **values})
    return rows


def sheet_differences(inputs: Mapping[str, Tables]) -> list[Record]:
    """Return for each sheet that differs: how many rows each input has there, how many rows not all have, how many rows
    and cells differ."""
    differing = input_differences(inputs)
    cells = Counter(str(r["sheet"]) for r in differing)
    changed = {(str(r["sheet"]), str(r["input"])) for r in differing}
    missing, other = Counter[str](), Counter[str]()
    for sheet, key, by_name in matched(inputs):
        if (sheet, " / ".join(key)) in changed:
            (missing if None in by_name.values() else other)[sheet] += 1
    return [
        {
            "sheet": sheet,
            **{f"rows in {name}": len(tables[sheet]) for name, tables in inputs.items()},
            "rows not in all": missing[sheet],
            "rows in all that differ": other[sheet],
            "cells that differ": cells[sheet],
        }
        for sheet in SHEETS
        if cells[sheet]
    ]


def matched(inputs: Mapping[str, Tables]) -> Iterator[tuple[str, tuple[str, ...], dict[str, Row | None]]]:
    """Yield every row of every input as (sheet, key, input -> its row, None where it has no such row)."""
    for sheet in SHEETS:
        keyed = {name: _keyed(tables, sheet) for name, tables in inputs.items()}
        for key in dict.fromkeys(key for by_key in keyed.values() for key in by_key):
            yield sheet, key, {name: by_key.get(key) for name, by_key in keyed.items()}


def _keyed(tables: Tables, sheet: str) -> dict[tuple[str, ...], Row]:
    """The rows of a sheet by their key; where it has none, by all their names and their first year. Repeated keys get a
    number."""
    found: dict[tuple[str, ...], Row] = {}
    columns = SHEETS[sheet].key or tuple(c.name for c in SHEETS[sheet].columns if c.kind in _NAMES or c.name == _FROM)
    for row in tables[sheet]:
        key = tuple(row.text(c) for c in columns)
        number = 2
        while key in found:
            key = (*key[: len(columns)], f"no. {number}")
            number += 1
        found[key] = row
    return found


def _cells(row: Row) -> dict[str, object]:
    by_column = {
        **row.values,
        **{str(y): v for y, v in row.years.items()},
        **row.shares,
        **{c: v for c, v in row.extra.items() if c in ("source", "note")},
    }
    return {c: ";".join(v) if isinstance(v, tuple) else v for c, v in by_column.items()}


def _plain(value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:.12g}"
    return "" if value is None else str(value)

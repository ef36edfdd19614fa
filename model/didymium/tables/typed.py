"""One cell typed by its column: kind, choices and range."""

from __future__ import annotations

from collections.abc import Callable

from didymium.tables import cells
from didymium.tables.columns import Column

BLANK = "blank"  # the code of a problem that is only something not yet filled in
_READERS: dict[str, Callable[[object], object]] = {
    "id": cells.identifier,
    "text": cells.text,
    "choice": cells.text,
    "ref": cells.text,
    "refs": cells.names,
    "yes_no": cells.yes_no,
    "any": cells.whatever,
}


def read_cell(column: Column, value: object, textual: bool) -> object:
    """Return one cell typed by its column. Raises Unreadable with what is wrong and what is allowed."""
    if column.kind == "number":
        return in_range(column, cells.number(value, textual, column.unit))
    if column.kind == "integer":
        return int(in_range(column, cells.integer(value, textual, column.unit)))
    if column.kind == "any" and isinstance(value, cells.DateNumber):
        return value  # a setting, which is typed by its own column
    result = _READERS[column.kind](value)
    if column.choices:
        return (
            tuple(_chosen(column, name) for name in result)
            if isinstance(result, tuple)
            else _chosen(column, str(result))
        )
    return result


def _chosen(column: Column, name: str) -> str:
    """One of the words of a column, in any case and with spaces or underscores."""
    if name in column.choices or (column.star and name == "*"):
        return name
    if (alike := cells.as_id(name)) in column.choices:
        return alike
    listed = ", ".join(column.choices) + (", *" if column.star else "")
    raise cells.Unreadable(f"{name!r} is not one of {listed}{cells.alike(cells.as_id(name) or name, column.choices)}")


def in_range(column: Column, value: float) -> float:
    """Return the value itself. Raises Unreadable where it lies outside what the column allows."""
    if column.low is not None and value < column.low:
        raise cells.Unreadable(f"{value:g} is too small; at least {column.low:g} {column.unit}".rstrip())
    if column.above is not None and value <= column.above:
        raise cells.Unreadable(f"{value:g} is too small; it must be more than {column.above:g} {column.unit}".rstrip())
    if column.high is not None and value > column.high:
        raise cells.Unreadable(f"{value:g} is too large; at most {column.high:g} {column.unit}".rstrip())
    return value

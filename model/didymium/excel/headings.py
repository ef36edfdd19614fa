"""Headings of result columns, in words and with their unit, and the column's name back from its heading.

Tables have columns by name (`capex_musd`); people read headings (`Capex (M USD)`). A column has the heading that the
schema of results declares for it; without one, or where it is made at run time, the words of its name, the first with a
capital, and the unit that it ends in. What is not in the form of a name (a year, the title of a result) is its own
heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from didymium.results import COLUMNS, KINDS

# By how a column's name ends, the longest ending first
UNITS = {
    kind.ending[1:]: kind.unit
    for kind in sorted(KINDS, key=lambda kind: -len(kind.ending))
    if kind.ending.startswith("_")
}
HEADINGS = {c.name: c.heading for c in COLUMNS.values() if c.heading}
_COLUMNS = {heading: column for column, heading in HEADINGS.items()}
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_CHINA = re.compile(r"\bchina free\b", re.IGNORECASE)


def heading(column: str) -> str:
    """Return the heading of a column: `Capex (M USD)` for `capex_musd`."""
    if column in HEADINGS:
        return HEADINGS[column]
    return _by_rule(column) if _NAME.fullmatch(column) else column


def column_of(heading: str) -> str:
    """Return the name of the column that has this heading; a heading that belongs to none is returned as it is."""
    if heading in _COLUMNS:
        return _COLUMNS[heading]
    stem, _, unit = heading.partition(" (")
    words = stem.replace("-", " ").casefold().replace(" ", "_")
    ending = next((f"_{name}" for name, shown in UNITS.items() if unit == f"{shown})"), "")
    column = words + ending
    return column if _NAME.fullmatch(column) and _by_rule(column) == heading else heading


def headings(columns: Iterable[str]) -> list[str]:
    """Return the headings of some columns, in their order."""
    return [heading(column) for column in columns]


def words_of(identifier: str) -> str:
    """Return an id or the name of a column as words: `browns range` for `browns_range`."""
    return identifier.replace("_", " ")


def readable(identifier: str) -> str:
    """Return an id as words: `Browns range` for `browns_range`; what is no plain id is returned as it is."""
    return _capital(words_of(identifier)) if _NAME.fullmatch(identifier) else identifier


def _by_rule(column: str) -> str:
    """Return the words of a name, and the unit that it ends in."""
    ending = next((name for name in UNITS if column.endswith(f"_{name}")), "")
    words = column.removesuffix(f"_{ending}") if ending else column
    text = _CHINA.sub("China-free", _capital(words_of(words)))
    return f"{text} ({UNITS[ending]})" if ending else text


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]

"""Facts of a run as people see them: one in each row, the parts of an entry by their full names."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.excel.book import Area, Sheet
from didymium.results import Record

WIDTH = 70  # characters of the column of values


def write_facts(page: Sheet, facts: Record) -> Area:
    """Write one fact in each row of a sheet; return their place."""
    area = page.table([{"fact": name, "value": value} for name, value in flat(facts)], ["fact", "value"])
    page.page.set_column(1, 1, WIDTH)
    return area


def flat(facts: Record) -> Iterator[tuple[str, object]]:
    """Yield facts with the parts of an entry by their full names: `versions.pyomo`, of a list of records
    `list.0.name`."""
    for key, value in facts.items():
        if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
            value = {str(k): part for k, part in enumerate(value)}
        if isinstance(value, dict):
            yield from ((f"{key}.{name}", part) for name, part in flat(value))
        else:
            yield key, value

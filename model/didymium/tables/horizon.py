"""The years that are modelled, from the setting milestone_years."""

from __future__ import annotations

import re
from collections.abc import Iterable

from didymium.tables.cells import Unreadable
from didymium.tables.rows import Tables

_ENTRY = re.compile(r"(\d{4})(?:\s*-\s*(\d{4}))?")


def modelled_years(tables: Tables) -> list[int]:
    """Return the modelled years of a case: its milestones, its first year and every reveal year of a scenario.

    Raises Unreadable as `milestones` does.
    """
    reveals = [row.integer("reveal_year") for row in tables["Scenarios"] if isinstance(row["reveal_year"], int)]
    return milestones(tables.setting("milestone_years"), tables.years, reveals)


def milestones(text: object, years: range, reveals: Iterable[int] = ()) -> list[int]:
    """Return the modelled years, rising, for a text such as `2026-2032; 2034; 2037`; all of `years` for a blank.

    The first year and the reveals that fall into the plan are among them whether listed or not. Raises Unreadable where
    an entry is no year or range, lies outside the plan, or falls back.
    """
    if text is None:
        return list(years)
    found: list[int] = []
    for entry in str(text).split(";"):
        match = _ENTRY.fullmatch(entry.strip())
        if not match:
            raise Unreadable(
                f"{entry.strip()!r} is neither a year nor a range of years; write e.g. 2026-2032; 2034; 2037"
            )
        first = int(match[1])
        last = int(match[2] or first)
        if last < first or (found and first <= found[-1]):
            raise Unreadable(f"{entry.strip()!r} does not rise; milestones go from early to late, each year once")
        found += range(first, last + 1)
    outside = [y for y in found if y not in years]
    if outside:
        raise Unreadable(f"{outside[0]} lies outside the plan, {years[0]} to {years[-1]}")
    return sorted({years[0], *found, *(y for y in reveals if y in years)})

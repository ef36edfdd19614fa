"""The years that are modelled, from the setting milestone_years."""

from __future__ import annotations

import re

from didymium.tables.cells import Unreadable

_ENTRY = re.compile(r"(\d{4})(?:\s*-\s*(\d{4}))?")


def milestones(text: object, years: range) -> list[int]:
    """The modelled years, rising, from a text such as `2026-2032; 2034; 2037`; all of `years` for a blank.

    Raises Unreadable where an entry is no year or range, lies outside the plan, or falls back, and where the
    first year of the plan is not the first milestone (no milestone would stand for it).
    """
    if text is None:
        return list(years)
    found: list[int] = []
    for entry in str(text).split(";"):
        match = _ENTRY.fullmatch(entry.strip())
        if not match:
            raise Unreadable(f"{entry.strip()!r} is neither a year nor a range of years; write e.g. 2026-2032; 2034; 2037")
        first = int(match[1])
        last = int(match[2] or first)
        if last < first or (found and first <= found[-1]):
            raise Unreadable(f"{entry.strip()!r} does not rise; milestones go from early to late, each year once")
        found += range(first, last + 1)
    outside = [y for y in found if y not in years]
    if outside:
        raise Unreadable(f"{outside[0]} lies outside the plan, {years[0]} to {years[-1]}")
    if found[0] != years[0]:
        raise Unreadable(f"the first milestone is {found[0]}; it must be the first year, {years[0]}")
    return found

"""Which column a blank or unknown heading was probably meant for, so that its cells are not lost in silence.

A heading that was overtyped or cleared still stands between its neighbours. Where the sheet declares exactly one column
between these two that it does not have, and every cell below reads as that column's, it is that column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from didymium.tables.columns import Column, Sheet

Reads = Callable[[Column, object], bool]
LOOSE_YEAR = re.compile(r"\D*(?:\d{3,}|\d{2})\D*", re.ASCII)  # FY2027, 202x, '27


def meant(sheet: Sheet, known: Mapping[int, str], position: int, below: Sequence[object], reads: Reads) -> str:
    """Return the absent column or year that an unknown or blank heading probably is; empty where none fits.

    `known` are the names of the headings that are understood, by position; `below` the filled cells under the heading.
    """
    names = [c.name for c in sheet.columns]
    placed = {at: name for at, name in known.items() if name in names or name.isdecimal()}
    left = placed[max(before)] if (before := [at for at in placed if at < position]) else ""
    right = placed[min(after)] if (after := [at for at in placed if at > position]) else ""
    if left.isdecimal() and right.isdecimal():
        return str(int(left) + 1) if int(right) - int(left) == 2 else ""
    if left not in names or not below:
        return ""
    end = names.index(right) if right in names else len(names)
    absent = [name for name in names[names.index(left) + 1 : end] if name not in known.values()]
    fits = len(absent) == 1 and all(reads(sheet.column(absent[0]), value) for value in below)
    return absent[0] if fits else ""


def nearly_a_year(sheet: Sheet, heading: str) -> bool:
    """Return whether an unknown heading of a year sheet is a year written in another way, such as FY2027 or 202x."""
    return sheet.years is not None and len(heading) <= 8 and bool(LOOSE_YEAR.fullmatch(heading))

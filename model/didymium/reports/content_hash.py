"""One hash of all that the tables of a result hold, which stays the same when an office stores the workbook again.

Programs keep 15 to 17 digits of a number and round in ways of their own, so ten count. A number so near to the middle
between two of ten digits that it may fall to either side is noted with its side.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from didymium.reports.changed_cells import Grids, body_cells
from didymium.reports.checksum import Block
from didymium.tables.cells import tidy

DIGITS = 10
ROUNDED = 1e-14  # of itself: more than any program changes a number by


@dataclass(slots=True)
class Content:
    """The hash of all tables, and the sides of the numbers that lie between two of ten digits, by their place among all
    numbers."""

    sha256: str
    sides: dict[str, str] = field(default_factory=dict)


def content_of(grids: Grids, blocks: Sequence[Block], known: Mapping[str, str] | None = None) -> Content:
    """Return the hash of what all tables hold: all else in the workbook follows from them, and `verify` compares it.

    With the sides that are `known` of the workbook as it was signed, the hash is the same wherever no number changed.
    """
    digest, sides, place = hashlib.sha256(), dict[str, str](), 0

    def text_of(value: object) -> str | None:
        nonlocal place
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            text = tidy("yes" if value is True else "no" if value is False else value)
            return None if text is None else f"'{text}"
        place += 1
        number, near = float(value) + 0.0, ROUNDED if known is None else 2 * ROUNDED  # -0.0 is 0
        either = {f"{number * (1 + side * near):.{DIGITS}g}" for side in (-1, 1)}
        text = f"{number:.{DIGITS}g}"
        if known is not None and known.get(str(place)) in either:
            text = known[str(place)]
        if len(either) > 1:
            sides[str(place)] = text
        return text

    for block in blocks:
        cells = [[text_of(value) for value in row] for row in body_cells(grids.get(block.sheet), block)]
        digest.update(json.dumps([block.sheet, block.name, block.columns, block.own, cells]).encode())
    return Content(digest.hexdigest(), sides)

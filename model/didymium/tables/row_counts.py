"""What became of the cells of one row, for the counts of its sheet."""

from __future__ import annotations

from didymium.tables import read_counts
from didymium.tables.columns import Sheet
from didymium.tables.header import Header
from didymium.tables.read_counts import Count
from didymium.tables.rows import Row


def count_row(count: Count, sheet: Sheet, header: Header, row: Row, raw: list[object]) -> None:
    """Add a typed row to the counts of its sheet: every filled cell is used, or ignored for a reason."""
    reasons = {
        **header.unused,
        **dict.fromkeys(header.free.values(), read_counts.FREE),
        **dict.fromkeys(header.extras.values(), read_counts.UNKNOWN),
    }
    faulty = {row.letters[name] for name in row.unread if name in row.letters}
    used = {*header.columns.values(), *header.years.values(), *header.elements.values()}
    for position, value in enumerate(raw):
        if value is None:
            continue
        count.cells_read += 1
        if position in faulty:
            count.cells_ignored[read_counts.FAULTY] += 1
        elif position in used:
            count.cells_used += 1
        else:
            count.cells_ignored[reasons.get(position, read_counts.HEADLESS)] += 1
    if row.unread:
        count.rows_ignored[read_counts.FAULTY] += 1
    else:
        count.rows_used += 1
    count.defaults += sum(1 for c in sheet.columns if c.name in row.blank and c.default is not None)

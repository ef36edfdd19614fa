"""Figures in line with those beside them: year after year, and element after element."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from didymium.checks.magnitude.finding import Finding, shown, warnings
from didymium.errors import Problem
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS
from didymium.tables.schema.usual import LUMPY

JUMP = 5  # times the years on both sides
END = 20  # times the next year, at either end of a row or in rows that may well jump
PATTERN = 25  # times what the elements on both sides let expect
_FEW = 4  # mines that an element's usual share is taken from, at least

Series = list[tuple[int, float]]


def years_do_not_jump(tables: Tables) -> Iterator[Problem]:
    """A year that is far from the years on both sides, while these are alike, is probably a slip of the keyboard."""
    for sheet in SHEETS.values():
        times = END if sheet.name in LUMPY else JUMP
        yield from warnings(f for row in tables[sheet.name] if sheet.years for f in _jumps(row, times))


def _jumps(row: Row, times: float) -> Iterator[Finding]:
    filled = [(year, value) for year, value in sorted(row.years.items()) if value]
    for (_, before), (year, value), (_, after) in zip(filled, filled[1:], filled[2:], strict=False):
        if min(value / before, value / after) > times or max(value / before, value / after) < 1 / times:
            text = f"{value:,.12g} is between {before:,.12g} and {after:,.12g}: is a digit too many or too few?"
            yield Finding(row, str(year), text, f"{row.sheet} {year} jumps")
    if len(filled) >= 3:
        yield from _end(row, filled[0], filled[1:3], "before")
        yield from _end(row, filled[-1], filled[-2:-4:-1], "after")
    elif len(filled) == 2:
        yield from _end(row, filled[1], [filled[0], filled[0]], "after")


def _end(row: Row, end: tuple[int, float], beside: Series, side: str) -> Iterator[Finding]:
    """The first or last year far from the two next to it, which are alike."""
    (year, value), (near, nearer), (_, further) = end, *beside
    apart = max(value / nearer, nearer / value)
    if apart > END and max(nearer / further, further / nearer) < JUMP:
        text = f"{value:,.12g} is {side} {nearer:,.12g} of {near}: is a digit too many or too few?"
        yield Finding(row, str(year), text, f"{row.sheet} {year} jumps")


def assays_follow_their_pattern(tables: Tables) -> Iterator[Problem]:
    """Against what the other mines hold, an element's share changes little from one element of the row to the next.

    This is how assays are drawn: shares over those of an average ore. Single elements may be many times poorer than
    their neighbours (europium, cerium), so only a share that is far off both is questioned.
    """
    rows = list(tables.sound("Assays"))
    usual = {e: _middle(rows, e) for e in (rows[0].shares if rows else ())}
    yield from warnings(f for row in rows if len(rows) > _FEW for f in _off_pattern(row, usual))


def _middle(rows: list[Row], element: str) -> float:
    return median([row.shares.get(element, 0.0) for row in rows])


def _off_pattern(row: Row, usual: dict[str, float]) -> Iterator[Finding]:
    pattern = [(e, share / usual[e]) for e, share in row.shares.items() if share and usual.get(e)]
    for k, (element, rich) in enumerate(pattern if len(pattern) > 2 else ()):
        first = min(max(k - 1, 0), len(pattern) - 3)  # at either end the next two stand for both sides
        beside = [pattern[j] for j in range(first, first + 3) if j != k]
        if min(rich / other for _, other in beside) > PATTERN or max(rich / other for _, other in beside) < 1 / PATTERN:
            expected = usual[element] * median([other for _, other in beside])
            names = " and ".join(name for name, _ in beside)
            text = (
                f"{row.shares[element]:,.6g} % of {element}; beside {names}, and as the other mines go, some"
                f" {shown(expected)} % would be usual"
            )
            yield Finding(row, element, text, f"Assays {element}")


CHECKS = (years_do_not_jump, assays_follow_their_pattern)

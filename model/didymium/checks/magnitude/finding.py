"""A figure that looks off, and how many of a kind are reported as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from didymium.errors import WARNING, Problem
from didymium.tables.rows import Row

CONFIRM = " (`confirmed: why` in the note of the row silences this)"
APART = 3  # findings of one kind that are reported one by one; more are reported as one
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure that looks off. Those of the same `kind` have the same cause as a rule, such as a unit."""

    row: Row
    column: str
    text: str
    kind: str


def warnings(findings: Iterable[Finding]) -> Iterator[Problem]:
    """Yield a warning for each finding, or one for many of a kind; what a row's note confirms is left out."""
    kinds: dict[str, list[Finding]] = {}
    for finding in findings:
        if not finding.row.confirmed:
            kinds.setdefault(finding.kind, []).append(finding)
    for found in kinds.values():
        if len(found) > APART:
            yield _as_one(found)
        else:
            yield from (f.row.problem(f.column, f.text + CONFIRM, WARNING) for f in found)


def _as_one(found: list[Finding]) -> Problem:
    cells = [f.row.cell(f.column).partition("!")[2] for f in found[1:]]
    shown = ", ".join(cells[:_SHOWN]) + (", ..." if len(cells) > _SHOWN else "")
    first = found[0]
    return first.row.problem(first.column, f"{first.text}; alike in {len(cells)} more cells: {shown}{CONFIRM}", WARNING)


def shown(value: float) -> str:
    """Return a figure as people read it: four digits, thousands apart."""
    return f"{value:,.4g}" if abs(value) < 1_000 else f"{value:,.0f}"

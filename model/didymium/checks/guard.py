"""Checks run one by one: a fault in one is a problem and the others still report; consequences of errors are left out.

Some checks conclude from what is *not* there (no plant makes it, no shock hits it). Where a sheet that such a check
looks into has an error, its conclusion may only follow from that error, so it waits; `needs_all` marks these checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from typing import TypeVar

from didymium.errors import ERROR, NOTICE, Problem
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS

Check = Callable[[Tables], Iterable[Problem]]
C = TypeVar("C", bound=Check)
T = TypeVar("T")
_NEED_ALL: set[str] = set()


def needs_all(check: C) -> C:
    """Register a check that concludes from what is not there."""
    _NEED_ALL.add(check.__name__)
    return check


class Waits(Exception):
    """A sheet that must be free of errors has one."""


class TrackedTables(Tables):
    """Tables that note which sheets were looked into, and raise Waits for those that are closed."""

    looked_into: set[str]
    closed: set[str]

    def __getitem__(self, sheet: str) -> list[Row]:
        if sheet in self.closed:
            raise Waits
        self.looked_into.add(sheet)
        return Tables.__getitem__(self, sheet)


def tracked(tables: Tables, closed: set[str]) -> TrackedTables:
    """Return the same rows as tables that note which sheets are read."""
    seen = TrackedTables(**{each.name: getattr(tables, each.name) for each in fields(Tables)})
    seen.looked_into, seen.closed = set(), closed
    return seen


def run(checks: Sequence[Check], tables: Tables, read: Sequence[Problem]) -> list[Problem]:
    """Return the problems that checks find, with those that conclude from what is not there last.

    `read` are the problems met while reading.
    """
    found: list[Problem] = []
    waiting: set[str] = set()
    broken = with_errors(read) | tables.broken
    for check in sorted(checks, key=lambda check: check.__name__ in _NEED_ALL):
        result = _guarded(check, tables, broken)
        if result is None:
            waiting.add(check.__name__)
        else:
            found += result
            broken |= with_errors(result)
    if waiting:
        first = next(name for name in SHEETS if name in broken)
        subject = f"{len(waiting)} further checks wait" if len(waiting) > 1 else "a further check waits"
        message = f"{subject} until the errors are mended, for want of rows that could not be read"
        found.append(Problem(first, message, NOTICE, "waiting"))
    return found


def with_errors(problems: Iterable[Problem]) -> set[str]:
    """Return the sheets that have an error."""
    return {place.split("!")[0] for p in problems if p.is_error for place in (p.place, *p.also)}


def _guarded(check: Check, tables: Tables, broken: set[str]) -> list[Problem] | None:
    """What one check finds; None where that, or its fault, may only follow from errors in the sheets it looked into."""
    seen = tracked(tables, broken if check.__name__ in _NEED_ALL else set())
    try:
        return [replace(problem, code=check.__name__) for problem in check(seen)]
    except Waits:
        return None
    except Exception as fault:  # noqa: BLE001 (whatever a check meets must not cost the other checks)
        return None if seen.looked_into & broken else [_ours(check.__name__, tables, fault)]


def _ours(name: str, tables: Tables, fault: Exception) -> Problem:
    message = (
        f"the check `{name}` failed ({type(fault).__name__}: {fault}); this is a fault of ours: please report it with"
        " the workbook"
    )
    return Problem(tables.source.name, message, ERROR, "fault")


def attempt(
    work: Callable[[Tables], T], tables: Tables, problems: list[Problem], otherwise: T, waits: bool = True
) -> T:
    """Return the result of `work`; a fault in it is a problem, and `otherwise` is returned.

    Where it `waits`, it has no result when a sheet that it reads has errors.
    """
    broken = with_errors(problems) | tables.broken
    seen = tracked(tables, broken if waits else set())
    try:
        return work(seen)
    except Waits:
        return otherwise
    except Exception as fault:  # noqa: BLE001 (as above)
        if not seen.looked_into & broken:
            problems.append(_ours(work.__name__, tables, fault))
        return otherwise

"""What must hold across tables. Each check is a function that yields problems; it never repairs or prints."""

from __future__ import annotations

from dataclasses import replace

from didymium.checks import chain, ids, magnitude, market, oddities, policy, projects, reach, risk, screen, years
from didymium.errors import Problem, Severity
from didymium.tables.rows import Tables
from didymium.tables.schema import SHEETS

CHECKS = (
    *ids.CHECKS,
    *years.CHECKS,
    *chain.CHECKS,
    *projects.CHECKS,
    *market.CHECKS,
    *policy.CHECKS,
    *risk.CHECKS,
    *reach.CHECKS,
    *screen.CHECKS,
    *oddities.CHECKS,
    *magnitude.CHECKS,
)


def check_tables(tables: Tables, read: list[Problem]) -> list[Problem]:
    """All problems of an input, those met while reading included: by sheet, errors before warnings.

    Rows with a cell that could not be read are left out of the checks that need all their cells.
    """
    found = [*read, *(replace(problem, code=check.__name__) for check in CHECKS for problem in check(tables))]
    found = _once(found)
    order = {name: place for place, name in enumerate(SHEETS)}
    rank = {severity: place for place, severity in enumerate(Severity)}
    return sorted(dict.fromkeys(found), key=lambda p: (order.get(p.sheet, -1), rank[p.severity]))


def _once(found: list[Problem]) -> list[Problem]:
    """One question a cell: of those about the magnitude of a cell only the first, and none where the cell is at fault anyway."""
    asked = {p.place for p in found if p.is_error}
    kept = []
    for problem in found:
        if problem.code not in magnitude.CODES:
            kept.append(problem)
        elif problem.place not in asked:
            asked.add(problem.place)
            kept.append(problem)
    return kept

"""What must hold across tables. Each check is a function that yields problems; it never repairs or prints."""

from __future__ import annotations

from didymium.checks import (
    chain,
    contracts,
    guard,
    holds,
    ids,
    magnitude,
    market,
    plausibility,
    policy,
    projects,
    reach,
    risk,
    screen,
    shocks,
    spans,
    usage,
    version,
    years,
)
from didymium.errors import Problem, Severity
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS

CHECKS = (
    *ids.CHECKS,
    *years.CHECKS,
    *spans.CHECKS,
    *chain.CHECKS,
    *projects.CHECKS,
    *market.CHECKS,
    *policy.CHECKS,
    *contracts.CHECKS,
    *holds.CHECKS,
    *risk.CHECKS,
    *shocks.CHECKS,
    *reach.CHECKS,
    *screen.CHECKS,
    *plausibility.CHECKS,
    *version.CHECKS,
    *magnitude.CHECKS,
)


def check_tables(tables: Tables, read: list[Problem]) -> list[Problem]:
    """Return all problems of an input, with those met while reading: by sheet, errors before warnings.

    Rows with a cell that could not be read are left out of the checks that need all their cells.
    """
    return in_order(_once([*read, *guard.run(CHECKS, tables, read)]))


def _once(found: list[Problem]) -> list[Problem]:
    """Return the problems with at most one question about the magnitude of a cell, and none where the cell has an
    error."""
    settled = {p.place for p in found if p.is_error}
    kept = []
    for problem in found:
        if problem.code not in magnitude.CODES:
            kept.append(problem)
        elif problem.place not in settled:
            settled.add(problem.place)
            kept.append(problem)
    return kept


def in_order(problems: list[Problem]) -> list[Problem]:
    """Return each problem once: by sheet, errors before warnings before notices."""
    order = {name: place for place, name in enumerate(SHEETS)}
    rank = {severity: place for place, severity in enumerate(Severity)}
    return sorted(dict.fromkeys(problems), key=lambda p: (order.get(p.sheet, -1), rank[p.severity]))


def look_ahead(tables: Tables, problems: list[Problem]) -> list[screen.Screened]:
    """Return targets beside what could be on line; none where errors leave them open.

    Rows that no plan can depend on are set aside in the counts of `tables`.
    """
    unused: list[tuple[Row, str]] = guard.attempt(usage.all_unused, tables, problems, [], waits=False)
    for row, reason in unused:
        tables.counts[row.sheet].set_aside(reason)
    return guard.attempt(screen.screened, tables, problems, [])

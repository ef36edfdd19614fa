"""What must hold across tables. Each check is a function that yields problems; it never repairs or prints."""

from __future__ import annotations

from dataclasses import replace

from didymium.checks import chain, contracts, ids, market, oddities, policy, projects, reach, risk, screen, shocks, spans, version, years
from didymium.errors import Problem, Severity
from didymium.tables.rows import Tables
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
    *risk.CHECKS,
    *shocks.CHECKS,
    *reach.CHECKS,
    *screen.CHECKS,
    *oddities.CHECKS,
    *version.CHECKS,
)


def check_tables(tables: Tables, read: list[Problem]) -> list[Problem]:
    """All problems of an input, those met while reading included: by sheet, errors before warnings.

    Rows with a cell that could not be read are left out of the checks that need all their cells.
    """
    found = [*read, *(replace(problem, code=check.__name__) for check in CHECKS for problem in check(tables))]
    order = {name: place for place, name in enumerate(SHEETS)}
    rank = {severity: place for place, severity in enumerate(Severity)}
    return sorted(dict.fromkeys(found), key=lambda p: (order.get(p.sheet, -1), rank[p.severity]))

"""Names and words in place of ids."""

from __future__ import annotations

from collections.abc import Sequence

from didymium.excel.headings import words_of
from didymium.tables.rows import Row, Tables


def row_name(row: Row) -> str:
    """Return the name that a row has beside its id, in a declared column or not; empty where it has none."""
    return str(row.values.get("name") or row.extra.get("name") or "")


def project_name(tables: Tables, project: str) -> str:
    """Return the name of a project, or its id as words where it has none."""
    row = tables.ids("Projects.project").get(project)
    return (row and row_name(row)) or words_of(project)


def listed(named: Sequence[str], maximum: int, between: str = ", ") -> str:
    """Return names as a sentence lists them: so many at most, and how many more there are."""
    more = f" and {len(named) - maximum} more" if len(named) > maximum else ""
    return f"{between.join(named[:maximum])}{more}"

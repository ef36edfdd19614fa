"""What people read instead of ids."""

from __future__ import annotations

from didymium.tables.rows import Row, Tables


def spoken(name: str) -> str:
    """An id as words."""
    return name.replace("_", " ")


def given_name(row: Row) -> str:
    """The name that a row gives beside its id, declared or not; empty where it gives none."""
    return str(row.values.get("name") or row.extra.get("name") or "")


def project_name(tables: Tables, project: str) -> str:
    """The name of a project, or its id as words where it has none."""
    row = tables.ids("Projects.project").get(project)
    return (row and given_name(row)) or spoken(project)

"""The versions of the workbook's template, and the problem of one that is not the current.

Version 1 had no mark, as workbooks made by hand have none: both are read as they are, since no column has changed its
name since. Version 2 marks itself, has a Start sheet, lists, notes and computed columns. Version 3 adds columns and
sheets that may stay blank, and some of its rules give another answer (checks/version.py).
Whoever renames a column raises TEMPLATE_VERSION, and reads the old name where the mark is lower (tables/header.py).
"""

from __future__ import annotations

from pathlib import Path

from didymium.errors import ERROR, NOTICE, Problem

TEMPLATE_VERSION = 3


def version_problems(path: Path, version: int | None) -> list[Problem]:
    """Return the problem of a template's version: an error for a newer one, a notice with the upgrade for an older
    one."""
    if version is None or version == TEMPLATE_VERSION:
        return []
    if version > TEMPLATE_VERSION:
        message = (
            f"is of template version {version}; this didymium reads versions up to {TEMPLATE_VERSION}: install the"
            " newer one that wrote it"
        )
        return [Problem(path.name, message, ERROR, "version")]
    message = (
        f"is of template version {version}, which is read; `didymium upgrade {path.name} NEW.xlsx` writes it in version"
        f" {TEMPLATE_VERSION}"
    )
    return [Problem(path.name, message, NOTICE, "version")]

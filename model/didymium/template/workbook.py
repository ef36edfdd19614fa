"""The planner's workbook, whole: Start, one sheet a table, and the lists behind the drop-downs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from didymium.excel.book import Book
from didymium.excel.files import write_new
from didymium.tables.schema import GROUPS, SHEETS
from didymium.tables.versions import TEMPLATE_VERSION
from didymium.tables.xlsx.workbook import VERSION_PROPERTY
from didymium.template.content import Content
from didymium.template.layout import layout
from didymium.template.lists import Lists
from didymium.template.sheet import write_sheet
from didymium.template.start import write_start

_MADE = datetime(2026, 1, 1, tzinfo=UTC)  # the same rows give the same bytes


def write_workbook(path: Path, content: Content) -> None:
    """Write an input workbook.

    Raises FileExistsError rather than replace a file, OSError where it cannot be written.
    """
    write_new(path, lambda part: _write(part, content))


def _write(path: Path, content: Content) -> None:
    tables = layout(content, SHEETS)
    years = [c for c in content.columns["Demand"] if c.isdigit()]
    with Book(path) as book:
        book.file.set_properties({"title": "Didymium input workbook", "created": _MADE})
        book.file.set_custom_property(VERSION_PROPERTY, TEMPLATE_VERSION, "number")
        write_start(book, tables, years)
        for group, sheets in GROUPS.items():
            for sheet in sheets:
                write_sheet(book, tables[sheet.name], group)
        Lists(book, tables).write()

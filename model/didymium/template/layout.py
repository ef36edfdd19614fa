"""Where things stand in the workbook: the first row of every table, its last, and its ranges."""

from __future__ import annotations

from dataclasses import dataclass

from didymium.excel.book import letters
from didymium.tables.columns import Sheet
from didymium.template.content import Cells, Content

# 0-based rows: units, headings, first row of data; title, purpose and how-to stand above
UNITS, HEADER, FIRST = (
    3,
    4,
    5,
)
SPARE, ROOM = 10, 200  # blank rows inside the table, and rows below that still have their lists and ranges


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet as it will stand: its columns in order, its rows, and how far it reaches."""

    sheet: Sheet
    columns: list[str]
    rows: list[Cells]
    elements: list[str]

    @property
    def last(self) -> int:
        """Return the 0-based last row of the Excel table."""
        return HEADER + max(1, len(self.rows) + (0 if self.sheet.name == "Settings" else SPARE))

    @property
    def far(self) -> int:
        """Return the 0-based last row with lists and ranges."""
        return self.last + (0 if self.sheet.name == "Settings" else ROOM)

    @property
    def reach(self) -> int:
        """Rows from the first of data to the far one."""
        return self.far - FIRST + 1

    def column(self, name: str) -> int:
        """Return the 0-based position of a column."""
        return self.columns.index(name)

    def span(self, name: str) -> str:
        """Return a column from its first row to the far one: `Projects!$A$6:$A$305`."""
        letter = letters(self.column(name))
        return f"{self.sheet.name}!${letter}${FIRST + 1}:${letter}${self.far + 1}"

    @property
    def headings(self) -> str:
        """`Projects!$A$5:$AC$5`: the row of headings."""
        return f"{self.sheet.name}!$A${HEADER + 1}:${letters(len(self.columns) - 1)}${HEADER + 1}"

    def head(self, name: str) -> str:
        """Return the heading of a column: `Projects!$A$5`."""
        return f"{self.sheet.name}!${letters(self.column(name))}${HEADER + 1}"


def layout(content: Content, sheets: dict[str, Sheet]) -> dict[str, Table]:
    """Return every sheet with its computed columns in place."""
    elements = [str(row["element"]) for row in content.rows["Elements"] if "element" in row]
    found = {}
    for name, sheet in sheets.items():
        columns = list(content.columns[name])
        for computed in reversed(sheet.computed):
            at = columns.index(computed.after) + 1 if computed.after else len(columns)
            columns.insert(at, computed.name)
        own = [e for e in elements if e in columns] if sheet.elements else []
        found[name] = Table(sheet, columns, content.rows[name], own)
    return found

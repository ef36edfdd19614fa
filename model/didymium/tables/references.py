"""References written as people write them: `Japan` finds the id japan, and `Mount Weld` the plant of that name.

Capitals, accents, spaces and hyphens are passed over where exactly one id, or else exactly one name, is meant. What was
read is reported in a notice, once for each column and text; a reference that finds none, or two, stays as it is.
"""

from __future__ import annotations

from collections import defaultdict

from didymium.errors import NOTICE, Problem
from didymium.tables.cells import as_id
from didymium.tables.columns import SOURCE_COLUMNS, Column
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS

SOURCES = tuple(Column(name, "ref", refers_to=("Sources.source",)) for name in SOURCE_COLUMNS)
_ALL = "*"


def resolve(tables: Tables, problems: list[Problem]) -> None:
    """Put the id in place of every reference that finds exactly one; what was put goes to `problems`."""
    for sheet in SHEETS.values():
        for column in sheet.columns:
            if targets := points_to(column):
                _Lookup(tables, targets).put(tables[sheet.name], column, problems)
        for column in SOURCES if sheet.name != "Sources" else ():
            _Lookup(tables, column.refers_to).put(tables[sheet.name], column, problems)


def points_to(column: Column) -> tuple[str, ...]:
    """Return the tables whose ids may stand in a column, as `Sheet.column`.

    An id that is also another sheet's counts.
    """
    return column.refers_to or ((column.offers,) if column.kind == "id" and column.offers else ())


class _Lookup:
    """Finds the id that a text means in one or several tables."""

    def __init__(self, tables: Tables, targets: tuple[str, ...]) -> None:
        rows = [(where, i, row) for where in targets for i, row in tables.ids(where).items()]
        self.ids = {i for _, i, _ in rows}
        self.forms: dict[str, set[str]] = defaultdict(set)
        self.names: dict[str, set[str]] = defaultdict(set)
        for where, i, row in rows:
            self.forms[as_id(i)].add(i)
            # A mixed heavy is known by the row of an element, whose name is not its
            if where != "Mixed" and row.extra.get("name"):
                self.names[as_id(str(row.extra["name"]))].add(i)

    def find(self, text: str) -> str:
        """Return the id that is meant, or the text itself where none or several are."""
        if text in self.ids or text == _ALL:
            return text
        form = as_id(text)
        if not form:
            return text
        found = self.forms.get(form) or self.names.get(form) or set()
        return next(iter(found)) if len(found) == 1 else text

    def put(self, rows: list[Row], column: Column, problems: list[Problem]) -> None:
        """Resolve one column of a sheet."""
        replaced: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in rows:
            value = row.extra.get(column.name) if column in SOURCES else row.values.get(column.name)
            if value is None or column.name in row.blank:
                continue
            texts = value if isinstance(value, tuple) else (str(value),)
            found = tuple(self.find(text) for text in texts)
            for text, name in zip(texts, found, strict=True):
                if text != name:
                    replaced[text, name].append(row.cell(column.name))
            if found != texts:
                new = found if isinstance(value, tuple) else found[0]
                (row.extra if column in SOURCES else row.values)[column.name] = new
        problems += [read_as(text, name, places) for (text, name), places in replaced.items()]


def read_as(text: str, name: str, places: list[str]) -> Problem:
    """Return the notice that a text was read as an id or word, at the first cell where it was."""
    more = f", here and in {len(places) - 1} more cells of the column" if len(places) > 1 else ""
    return Problem(places[0], f"{text!r} is read as {name!r}{more}", NOTICE, "read_as", tuple(places[1:]))

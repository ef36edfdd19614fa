"""The lists behind the drop-downs. An id added on its own sheet can be picked on the others at once.

A list of one column's ids is a name over that column. A list that joins columns, leaves some rows out or offers `*` is
worked out on the hidden sheet Lists: beside each source a running count of the ids that belong, and from the counts
the k-th id.
"""

from __future__ import annotations

from dataclasses import dataclass

from didymium.excel.book import Book, Sheet, accepted, letters
from didymium.tables.columns import Column
from didymium.tables.schema import LISTS, SHEETS
from didymium.template.layout import Table

_COUNT, _FIRST = 1, 3  # 0-based rows of Lists: how many, and the first entry


@dataclass(frozen=True, slots=True)
class _Source:
    """A column of ids: `only` the rows where another column has a value, `once` where an id repeats; `prefix` goes
    before each."""

    table: Table
    column: str
    only: tuple[str, str] | None = None
    once: bool = False
    prefix: str = ""

    @property
    def plain(self) -> bool:
        return self.only is None and not self.once

    @property
    def span(self) -> str:
        return self.table.span(self.column)

    def formula(self, k: int) -> str:
        """Does the k-th row's id belong?"""
        x = f"INDEX({self.span},{k})"
        conditions = [f'{x}<>""']
        if self.only:
            conditions.append(f'INDEX({self.table.span(self.only[0])},{k})="{self.only[1]}"')
        if self.once:
            conditions.append(f"MATCH({x},{self.span},0)={k}")
        return f"AND({','.join(conditions)})"

    def belongs(self) -> list[bool]:
        """The same for the rows that the workbook is filled with."""
        ids = [row.get(self.column) for row in self.table.rows]
        return [
            i is not None
            and (self.only is None or row.get(self.only[0]) == self.only[1])
            and (not self.once or ids.index(i) == k)
            for k, (i, row) in enumerate(zip(ids, self.table.rows, strict=True))
        ]

    def ids(self) -> list[str]:
        return [
            f"{self.prefix}{row[self.column]}"
            for row, counted in zip(self.table.rows, self.belongs(), strict=True)
            if counted
        ]


@dataclass(frozen=True, slots=True)
class _Counted:
    """A source with its running count on Lists: the range of the counts, and the cell with their total."""

    source: _Source
    counts: str
    total: str


def list_of(column: Column) -> str | None:
    """Return the name of the list that a column's cells are picked from; None for a column without references."""
    tables = (column.offers,) if column.offers else column.refers_to
    return _name(tables, column.star) if tables else None


def _name(tables: tuple[str, ...], star: bool) -> str:
    return "list_" + "_or_".join(t.replace(".", "_").lower() for t in tables) + ("_or_all" if star else "")


SOURCES_LIST = _name(("Sources.source",), False)


class Lists:
    """Makes the names and the sheet Lists; `offered` is what each list shows."""

    def __init__(self, book: Book, tables: dict[str, Table]) -> None:
        self.tables, self.book = tables, book
        self.page: Sheet = book.sheet(LISTS, "", "")
        self.page.page.hide()
        self.offered: dict[str, list[str]] = {}
        self.counted: dict[str, _Counted] = {}
        self.next_column = 0

    def write(self) -> None:
        """Define every list that a column of the schema asks for, and that of the sources."""
        required = [
            ((c.offers,) if c.offers else c.refers_to, c.star)
            for sheet in SHEETS.values()
            for c in sheet.columns
            if list_of(c)
        ]
        for tables, star in dict.fromkeys([*required, (("Sources.source",), False)]):
            source = self._source(tables[0])
            if len(tables) == 1 and not star and source.plain:
                self._direct(_name(tables, star), source)
            else:
                self._joined(_name(tables, star), tables, star)
        self._lengths()

    def _source(self, where: str) -> _Source:
        if where == "Concentrates":
            return _Source(self.tables["Projects"], "project", only=("stage", "mine"))
        if where == "Mixed":
            return _Source(self.tables["Elements"], "commodity", only=("circuit", "heavy"), once=True, prefix="mixed_")
        sheet, column = where.split(".")
        return _Source(self.tables[sheet], column, once=SHEETS[sheet].key != (column,))

    def _direct(self, name: str, source: _Source) -> None:
        """A name from the first id of a column to the last."""
        span, head = source.span, source.table.head(source.column)
        last = f'SUMPRODUCT(MAX(({span}<>"")*ROW({span})))-ROW({head})'
        self.book.name(name, f"={span.split(':')[0]}:INDEX({span},MAX(1,{last}))")
        self.offered[name] = source.ids()

    def _count(self, where: str) -> _Counted:
        """The column of Lists that counts the ids of a source; made once."""
        if where not in self.counted:
            source, at = self._source(where), self.next_column
            self.next_column += 1
            letter, belongs = letters(at), source.belongs()
            counts = f"${letter}${_FIRST + 1}:${letter}${_FIRST + source.table.reach}"
            self.page.text(0, at, f"count of {where}")
            self.page.formula(_COUNT, at, f"=MAX({counts})", float(sum(belongs)))
            for k in range(1, source.table.reach + 1):
                above = f"{letter}{_FIRST + k - 1}" if k > 1 else "0"
                self.page.formula(
                    _FIRST + k - 1, at, f"={above}+IFERROR(IF({source.formula(k)},1,0),0)", float(sum(belongs[:k]))
                )
            self.counted[where] = _Counted(source, counts, f"${letter}${_COUNT + 1}")
        return self.counted[where]

    def _joined(self, name: str, tables: tuple[str, ...], star: bool) -> None:
        """A list on the sheet Lists, joined from one source after another, `*` first where it may stand."""
        counted = [self._count(where) for where in tables]
        at, letter = self.next_column, letters(self.next_column)
        self.next_column += 1
        offered = self.offered[name] = ["*"] * star + [i for c in counted for i in c.source.ids()]
        self.page.text(0, at, name)
        self.page.formula(_COUNT, at, f"={int(star)}+" + "+".join(c.total for c in counted), float(len(offered)))
        reach = star + sum(c.source.table.reach for c in counted)
        for j in range(1, reach + 1):
            self.page.formula(_FIRST + j - 1, at, _entry(j, star, counted), offered[j - 1] if j <= len(offered) else "")
        entries = f"{LISTS}!${letter}${_FIRST + 1}:${letter}${_FIRST + reach}"
        self.book.name(name, f"={entries.split(':')[0]}:INDEX({entries},MAX(1,{LISTS}!${letter}${_COUNT + 1}))")

    def _lengths(self) -> None:
        """Beside the lists, how many entries each has, counted through its name: what a drop-down would show."""
        at = self.next_column + 1
        for k, (name, offered) in enumerate(self.offered.items()):
            self.page.text(_FIRST + k, at, name)
            self.page.formula(_FIRST + k, at + 1, f"=ROWS({name})", float(max(1, len(offered))))
        accepted(self.page.page.set_column(0, at, 24))


def _entry(j: int, star: bool, counted: list[_Counted]) -> str:
    """The formula of the j-th entry of a joined list."""
    if star and j == 1:
        return '="*"'
    before, branches = str(int(star)), ""
    for c in counted:
        prefix = f'"{c.source.prefix}"&' if c.source.prefix else ""
        branches += f"IF({j}<={before}+{c.total},{prefix}INDEX({c.source.span},MATCH({j}-({before}),{c.counts},0)),"
        before += f"+{c.total}"
    return f'=IFERROR({branches}""{")" * len(counted)},"")'

"""Ids: unique within their sheet, and known where they are used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches

from didymium.errors import WARNING, Problem
from didymium.tables.cells import alike, nearest
from didymium.tables.columns import SOURCE_COLUMNS, Column
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS


def keys_are_unique(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each row whose key is that of an earlier row."""
    for sheet in SHEETS.values():
        seen: dict[tuple[str, ...], Row] = {}
        for row in tables[sheet.name]:
            key = tuple(row.text(column) for column in sheet.key)
            if not sheet.key or not any(key) or row.number == 0:
                continue
            if key in seen:
                key_values = ", ".join(f"{c} {k!r}" for c, k in zip(sheet.key, key, strict=True))
                yield row.problem(sheet.first, f"{key_values} is already in row {seen[key].number}; keep one")
            seen.setdefault(key, row)


def references_are_known(tables: Tables) -> Iterator[Problem]:
    """Yield one error for each unknown name, at its first cell, or at the id that was probably misspelt."""
    used = _used(tables)
    for (targets, name), cells in _unknown(tables).items():
        known = {i: row for where in targets for i, row in tables.ids(where).items()}
        if any(_lacks_ids(tables, where) for where in targets) and not alike(name, known):
            continue  # it may well be the id that could not be read
        if len(cells) > 1 and (renamed := _renamed(name, targets, tables, used)):
            yield _misspelt_id(name, cells, renamed)
            continue
        row, column = cells[0]
        more = f" (here and in {len(cells) - 1} more cells)" if len(cells) > 1 else ""
        absent = [SHEETS[s].name for where in targets if (s := _sheet(where)) in tables.missing]
        hint = f"; there is no sheet {absent[0]}" if absent and len(absent) == len(targets) else nearest(name, known)
        found = row.problem(column, f"{column} {name!r} is unknown{more}{hint}")
        yield replace(found, also=tuple(r.cell(c) for r, c in cells[1:]))


Cell = tuple[Row, str]


def _unknown(tables: Tables) -> dict[tuple[tuple[str, ...], str], list[Cell]]:
    """The cells that hold each unknown name, by the tables that should hold it."""
    found: dict[tuple[tuple[str, ...], str], list[Cell]] = defaultdict(list)
    for sheet in SHEETS.values():
        for column in sheet.columns:
            if column.refers_to and not _required_missing(tables, column):
                known = {i for where in column.refers_to for i in tables.ids(where)}
                for row, name in _named(tables, sheet.name, column):
                    if name not in known:
                        found[column.refers_to, name].append((row, column.name))
    return found


def _named(tables: Tables, sheet: str, column: Column) -> Iterator[tuple[Row, str]]:
    for row in tables[sheet]:
        if row[column.name] is not None and column.name not in row.unread:
            yield from ((row, name) for name in row.list(column.name) if not (column.star and name == "*"))


def _used(tables: Tables) -> set[tuple[str, str]]:
    """Every name that is referred to, with each table that may hold it."""
    return {
        (where, name)
        for sheet in SHEETS.values()
        for column in sheet.columns
        for where in column.refers_to
        for _, name in _named(tables, sheet.name, column)
    }


def _sheet(where: str) -> str:
    """The sheet that holds the ids of a table; those of Concentrates and Mixed are implied."""
    return {"Concentrates": "Projects", "Mixed": "Elements"}.get(where, where.partition(".")[0])


def _lacks_ids(tables: Tables, where: str) -> bool:
    """Is there an id of the table that could not be read?"""
    column = where.partition(".")[2] or SHEETS[_sheet(where)].first
    return _sheet(where) in tables.broken or any(column in row.unread for row in tables[_sheet(where)])


def _renamed(name: str, targets: tuple[str, ...], tables: Tables, used: set[tuple[str, str]]) -> Cell | None:
    """The id that is nearly the unknown name and that nothing refers to, where several cells agree on the other
    spelling."""
    for where in targets:
        if "." in where:
            idle = {i: row for i, row in tables.ids(where).items() if (where, i) not in used}
            if close := get_close_matches(name, sorted(idle), n=1, cutoff=0.75):
                return idle[close[0]], where.partition(".")[2]
    return None


def _misspelt_id(name: str, cells: list[Cell], at: Cell) -> Problem:
    row, column = at
    where = ", ".join(r.cell(c) for r, c in cells[:3]) + (", ..." if len(cells) > 3 else "")
    message = (
        f"{column} {row[column]!r} is used nowhere, and {name!r}, which is used {len(cells)} times ({where}), is"
        " unknown: give both one spelling"
    )
    return replace(row.problem(column, message), also=tuple(r.cell(c) for r, c in cells))


def _required_missing(tables: Tables, column: Column) -> bool:
    """Is a table that the column points to missing as a whole? Then that is the problem, not every id."""
    return any((s := _sheet(w)) in tables.missing and not SHEETS[s].optional for w in column.refers_to)


def sources_are_known(tables: Tables) -> Iterator[Problem]:
    """Yield a warning for each row whose source, or opex_source, is not in Sources."""
    known = tables.ids("Sources.source")
    for sheet in SHEETS.values():
        for row in tables[sheet.name] if sheet.name != "Sources" and known else ():
            for column in SOURCE_COLUMNS:
                source = row.extra.get(column)
                if source is not None and str(source) not in known:
                    message = f"{column} {source!r} is not in Sources{nearest(str(source), known)}"
                    yield row.problem(column, message, WARNING)


def figures_have_sources(tables: Tables) -> Iterator[Problem]:
    """Yield one warning a sheet with how many of its rows name no source."""
    for sheet in SHEETS.values():
        if not sheet.sourced:
            continue
        rows = tables[sheet.name]
        bare = [row for row in rows if row.extra.get("source") is None]
        if bare:
            yield Problem(sheet.name, f"{len(bare)} of {len(rows)} rows name no source", WARNING)


CHECKS = (keys_are_unique, references_are_known, sources_are_known, figures_have_sources)

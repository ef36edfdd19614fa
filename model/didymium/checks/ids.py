"""Ids: unique within their sheet, and known where they are used."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.errors import WARNING, Problem
from didymium.tables.cells import nearest
from didymium.tables.columns import Column
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS


def keys_are_unique(tables: Tables) -> Iterator[Problem]:
    for sheet in SHEETS.values():
        seen: dict[tuple[str, ...], Row] = {}
        for row in tables[sheet.name]:
            key = tuple(row.text(column) for column in sheet.key)
            if not sheet.key or not any(key) or row.number == 0:
                continue
            if key in seen:
                said = ", ".join(f"{c} {k!r}" for c, k in zip(sheet.key, key, strict=True))
                yield row.problem(sheet.first, f"{said} is already in row {seen[key].number}; keep one")
            seen.setdefault(key, row)


def references_are_known(tables: Tables) -> Iterator[Problem]:
    for sheet in SHEETS.values():
        for column in sheet.columns:
            if column.refers_to and not _required_missing(tables, column):
                known = {i for where in column.refers_to for i in tables.ids(where)}
                for row in tables[sheet.name]:
                    yield from _unknown(row, column, known)


def _required_missing(tables: Tables, column: Column) -> bool:
    """Is a table that the column points to missing as a whole? Then that is the problem, not every id."""
    return any("." in w and (s := w.split(".")[0]) in tables.missing and not SHEETS[s].optional for w in column.refers_to)


def _unknown(row: Row, column: Column, known: set[str]) -> Iterator[Problem]:
    if row[column.name] is None:
        return
    for name in row.list(column.name):
        if name not in known and not (column.star and name == "*"):
            yield row.problem(column.name, f"{column.name} {name!r} is unknown{nearest(name, known)}")


def sources_are_known(tables: Tables) -> Iterator[Problem]:
    known = tables.ids("Sources.source")
    for sheet in SHEETS.values():
        for row in tables[sheet.name] if sheet.name != "Sources" and known else ():
            source = row.extra.get("source")
            if source is not None and str(source) not in known:
                yield row.problem("source", f"source {source!r} is not in Sources{nearest(str(source), known)}", WARNING)


def figures_have_sources(tables: Tables) -> Iterator[Problem]:
    """One line a sheet: how many of its rows name no source."""
    for sheet in SHEETS.values():
        if not sheet.sourced:
            continue
        rows = tables[sheet.name]
        bare = [row for row in rows if row.extra.get("source") is None]
        if bare:
            yield Problem(sheet.name, f"{len(bare)} of {len(rows)} rows name no source", WARNING)


CHECKS = (keys_are_unique, references_are_known, sources_are_known, figures_have_sources)

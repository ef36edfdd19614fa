"""A part of a case: some regions, stages of plants, or elements that magnets are made with, and what goes with them.

What refers to a row that goes, goes too; lists of ids lose what is gone; recipes, ramps, recoveries, segments and
sources stay as far as they are used. Figures stay as they are: nothing is scaled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from didymium.errors import BadWorkbook, Problem
from didymium.tables.columns import SOURCE_COLUMNS, Column
from didymium.tables.references import points_to
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS
from didymium.tables.schema.words import STAGES

_ALL = "*"
_LIBRARY = {  # rows that are there to be used: those of the first goes where no row of the others needs it
    "Ramps.ramp": (("Projects", "ramp"),),
    "Recoveries.ore_type": (("Projects", "ore_type"),),
    "Segments.segment": (("Demand", "segment"),),
}
_SUMS = ("Observed",)  # sheets whose figures are of all that a list names: they are wrong of fewer
_MADE = ("metal", "magnet")  # stages whose goods need all that their recipes take
Gone = dict[str, set[str]]  # ids that are no more, by `Sheet.column`


@dataclass(frozen=True, slots=True)
class Parts:
    """What is kept of a case, by ids; nothing named: all of it. The regions of China always stay. Elements are those
    that metals and magnets may need; ores hold the others still."""

    regions: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()


def parts_of(tables: Tables) -> dict[str, list[str]]:
    """Return what there is to choose from: regions, stages of plants, and elements that recipes of metals take."""
    stages = {row.text("stage") for row in tables["Projects"]}
    taken = {r.text("commodity") for r in tables["Recipes"] if r["stage"] in _MADE and r["direction"] == "in"}
    return {
        "regions": [row.text("region") for row in tables["Regions"] if not row.values.get("china")],
        "stages": [stage for stage in STAGES if stage in stages],
        "elements": [row.text("element") for row in tables["Elements"] if row.text("commodity") in taken],
    }


def chosen(tables: Tables, parts: Parts) -> Tables:
    """Return the rows of a case that belong to some parts of it. Raises BadWorkbook for a part that it does not
    have."""
    known = parts_of(tables)
    for what, names in (("regions", parts.regions), ("stages", parts.stages), ("elements", parts.elements)):
        if unknown := [name for name in names if name not in known[what]]:
            text = f"{', '.join(unknown)}: the default case has {', '.join(known[what])}"
            raise BadWorkbook([Problem(f"--{what}", text)])
    rows = {sheet: list(found) for sheet, found in tables.rows.items()}
    if parts.regions:
        rows["Regions"] = [r for r in rows["Regions"] if r.text("region") in parts.regions or r.values.get("china")]
    if parts.stages:
        for sheet in ("Projects", "Targets", "Limits", "Shocks", "Uncertainty"):
            rows[sheet] = [r for r in rows.get(sheet, ()) if _any_of(r.values.get("stage"), parts.stages)]
        rows["Finance"] = [f for r in rows.get("Finance", ()) if (f := _of_stages(r, parts.stages))]
    if parts.elements:
        elements = [r for r in tables["Elements"] if r.text("element") in known["elements"]]
        kept = {r.text("commodity") for r in elements if r.text("element") in parts.elements}
        gone = _goods_with(tables, {r.text("commodity") for r in elements} - kept)
        rows["Commodities"] = [r for r in rows["Commodities"] if r.text("commodity") not in gone]
    return _settled(tables, rows)


def _any_of(value: object, stages: tuple[str, ...]) -> bool:
    return value is None or value == _ALL or value in stages


def _of_stages(row: Row, stages: tuple[str, ...]) -> Row | None:
    """A row for several stages, with those that are kept; None where none is."""
    named = row.list("stages")
    kept = tuple(s for s in named if s in stages)
    return row if named == (_ALL,) else replace(row, values={**row.values, "stages": kept}) if kept else None


def _goods_with(tables: Tables, oxides: set[str]) -> set[str]:
    """The metals and magnets that cannot be made without some oxides."""
    needs: dict[str, set[str]] = {}
    producers: dict[str, set[str]] = {}
    for row in tables["Recipes"]:
        if row["stage"] in _MADE:
            side = needs if row["direction"] == "in" else producers
            side.setdefault(row.text("recipe"), set()).add(row.text("commodity"))
    made = {row.text("commodity") for row in tables["Commodities"] if row["stage"] in _MADE}
    kept: set[str] = set()
    while True:
        able = [recipe for recipe, inputs in needs.items() if not inputs & oxides and not inputs & (made - kept)]
        more = {c for recipe in able for c in producers.get(recipe, ())} & made
        if more <= kept:
            return made - kept
        kept |= more


def _settled(tables: Tables, rows: dict[str, list[Row]]) -> Tables:
    """Take out what refers to what is gone, until nothing does."""
    while True:
        now = replace(tables, rows=rows)
        gone = {where: set(tables.ids(where)) - set(now.ids(where)) for where in _targets()}
        after = {sheet: [r for row in found if (r := _without(row, gone))] for sheet, found in rows.items()}
        after["Recipes"] = _complete_recipes(tables["Recipes"], after["Recipes"])
        for where, users in _LIBRARY.items():
            sheet, column = where.split(".")
            after[sheet] = [r for r in after[sheet] if r.text(column) in _used(after, users)]
        if {s: len(r) for s, r in after.items()} == {s: len(r) for s, r in rows.items()}:
            break
        rows = after
    sources = {str(r.extra[c]) for found in after.values() for r in found for c in SOURCE_COLUMNS if r.extra.get(c)}
    after["Sources"] = [r for r in after["Sources"] if r.text("source") in sources]
    return replace(tables, rows=after)


def _targets() -> set[str]:
    """All that columns refer to."""
    return {where for sheet in SHEETS.values() for column in sheet.columns for where in points_to(column)}


def _used(rows: Mapping[str, list[Row]], users: Iterable[tuple[str, str]]) -> set[str]:
    return {row.text(column) for sheet, column in users for row in rows.get(sheet, ())}


def _complete_recipes(before: list[Row], after: list[Row]) -> list[Row]:
    """The recipes that lost neither an input nor all that they make."""

    def sides(rows: Iterable[Row], way: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in rows:
            if row["direction"] == way:
                found[row.text("recipe")] = found.get(row.text("recipe"), 0) + 1
        return found

    inputs, outputs, needed = sides(after, "in"), sides(after, "out"), sides(before, "in")
    complete = {q for q in outputs if inputs.get(q, 0) == needed.get(q, 0)}
    return [row for row in after if row.text("recipe") in complete]


def _without(row: Row, gone: Gone) -> Row | None:
    """A row without the ids that are gone from its lists; None where it cannot be without them."""
    values = row.values
    for column in SHEETS[row.sheet].columns:
        targets = points_to(column)
        value = values.get(column.name)
        if not targets or value is None or value == _ALL:
            continue
        if isinstance(value, tuple):
            kept = tuple(v for v in value if v == _ALL or not _is_gone(v, column, gone))
            if not kept or (kept != value and row.sheet in _SUMS):
                return None
            values = {**values, column.name: kept}
        elif _is_gone(str(value), column, gone):
            return None
    return row if values is row.values else replace(row, values=values)


def _is_gone(value: str, column: Column, gone: Gone) -> bool:
    return any(value in gone[where] for where in points_to(column))

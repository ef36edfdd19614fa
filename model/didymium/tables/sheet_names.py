"""Sheets that are none of ours: nearly the name of one, or with the heading of one, or something else."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import SequenceMatcher

from didymium.errors import ERROR, WARNING, Problem
from didymium.tables import cells
from didymium.tables.columns import Sheet
from didymium.tables.grid import Grid
from didymium.tables.header import WITHIN, loose, words
from didymium.tables.schema import SHEETS

NEAR = 0.8  # alike enough to be the same word misspelt
_ENOUGH = 0.6  # of a sheet's columns, that a heading which is that sheet's has at least


def unknown_sheet(grid: Grid, present: Collection[str]) -> Problem:
    """Return the problem of a sheet that is not read. `present` are the input sheets that are there.

    Nearly the name of a sheet that is missing is an error, for else its whole table would be lost in silence; a copy of
    a sheet that is there, and all else, is a warning.
    """
    missing = [name for name in SHEETS if name not in present]
    near = max(missing, key=lambda name: _alike(grid.name, name), default="")
    if near and _alike(grid.name, near) >= NEAR and SHEETS[near].optional:
        message = (
            f"unknown sheet; did you mean {near!r}, which is missing? Rename it, or give a sheet of your own another"
            " name"
        )
        return Problem(grid.name, message, ERROR, "sheet")
    return Problem(grid.name, f"unknown sheet, ignored{_might_be(grid, present)}", WARNING, "sheet")


def _alike(name: str, known: str) -> float:
    """How like a name is to that of a sheet of ours, letters alone."""
    bare = re.sub(r"[^a-z]", "", name.casefold())
    return SequenceMatcher(None, bare, known.casefold()).ratio()


def _might_be(grid: Grid, present: Collection[str]) -> str:
    """What an ignored sheet might have been: by its heading, else by its name."""
    for sheet in SHEETS.values():
        if _headed_as(grid, sheet):
            rest = "is there too" if sheet.name in present else f"is missing: if this is it, rename it to {sheet.name}"
            return f"; its headings are those of {sheet.name}, which {rest}"
    near = cells.nearest(grid.name, SHEETS)
    return near if "mean" in near else ""


def _headed_as(grid: Grid, sheet: Sheet) -> bool:
    """Is one of the first rows a header of the sheet?"""
    columns = {c.name for c in sheet.columns}
    for raw in grid.rows[:WITHIN]:
        here = [loose(words(value)) for value in raw]
        if here and here[0] == sheet.first and len(columns & set(here)) >= max(2, _ENOUGH * len(columns)):
            return True
    return False

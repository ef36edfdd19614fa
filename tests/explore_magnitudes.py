"""Figures that are off by a factor: what share of such slips the check reports, and how many warnings a sound case has.

A slip multiplies one cell, one row of years, a whole column or all years of a table by 100, 1/100, 1000 or 1/1000, as a
wrong unit or a misplaced point does.

    python tests/explore_magnitudes.py SEED COUNT

Samples so many slips of each shipped case. Ends with code 1 where fewer than 95 of 100 are reported, or a sound case
has more than two warnings; the same seed and count show it again.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from didymium import checks
from didymium.checks import check_tables, screen
from didymium.errors import Problem
from didymium.tables.grid import Grid, Source
from didymium.tables.read import read_source, tables_from_source
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SETTINGS, SHEETS

INPUTS = Path(__file__).parents[1] / "inputs"
CASES = ("allied", "allied_plus")
FACTORS = (100.0, 0.01, 1000.0, 0.001)
BAR, FALSE_WARNINGS = 0.95, 2  # share of slips reported at least; warnings on a shipped case at most
ENOUGH = 100  # slips; a share of fewer says nothing
# A target out of reach says nothing of a figure's magnitude, and takes most of the time of a check.
_ASKED = tuple(check for check in checks.CHECKS if check not in screen.CHECKS)
_SETTINGS = {c.name for c in SETTINGS if c.kind in ("number", "integer")}

Place = tuple[str, int, int]  # sheet, 0-based row and column of the grid


@dataclass(frozen=True, slots=True)
class Slip:
    """Cells to be multiplied together, and what they are: a cell, a row, a column or a table."""

    sheet: str
    column: str
    scope: str
    cells: tuple[Place, ...]


class Case:
    """A shipped case as raw cells, what its check says, and every slip that can be made in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = read_source(folder)
        self.tables, problems = tables_from_source(folder, self.source)
        self.known = {(p.place, p.text) for p in _checked(self.tables, problems)}
        self.warnings = [f"{place}: {text}" for place, text in sorted(self.known)]
        self.slips = list(_slips(self.tables))

    def reported(self, slip: Slip, factor: float) -> list[str]:
        """What the check says of a slip beyond what it says of the case."""
        changed = Source([_copy(g, slip, factor) for g in self.source.grids], self.source.sha256)
        tables, problems = tables_from_source(self.folder, changed)
        found = _checked(tables, problems)
        return [f"{p.severity} {p}" for p in found if (p.place, p.text) not in self.known]


def _checked(tables: Tables, problems: list[Problem]) -> list[Problem]:
    with patch.object(checks, "CHECKS", _ASKED):
        return check_tables(tables, problems)


def _copy(grid: Grid, slip: Slip, factor: float) -> Grid:
    if grid.name != slip.sheet:
        return grid
    rows = [list(row) for row in grid.rows]
    for _, r, c in slip.cells:
        rows[r][c] = f"{float(str(rows[r][c])) * factor:.12g}"
    return Grid(grid.name, rows, textual=True)


def _slips(tables: Tables) -> Iterator[Slip]:
    """Every cell that holds a number other than 0, every column of such, every row of years, every table of years."""
    for sheet in SHEETS.values():
        columns: dict[str, list[tuple[Row, Place]]] = {}
        for row in tables[sheet.name]:
            for name in _numeric(row):
                columns.setdefault(name, []).append((row, (sheet.name, row.number - 1, row.letters[name])))
        for name, cells in columns.items():
            yield from (Slip(sheet.name, name, "cell", (cell,)) for _, cell in cells)
            yield from _columns(sheet.name, name, cells)
        if sheet.years:
            yield from _year_slips(sheet.name, columns)


def _numeric(row: Row) -> Iterator[str]:
    if row.sheet == "Settings":
        yield from ("value",) if row.text("setting") in _SETTINGS and row.number and row["value"] else ()
        return
    for column in SHEETS[row.sheet].columns:
        if column.kind in ("number", "integer") and row[column.name] and column.name not in row.blank:
            yield column.name
    yield from (str(year) for year, value in row.years.items() if value)
    yield from (element for element, share in row.shares.items() if share)


def _columns(sheet: str, name: str, cells: list[tuple[Row, Place]]) -> Iterator[Slip]:
    """A whole column; in Imports the tonnes and the prices apart, in Settings none."""
    kinds = {row.text("measure") for row, _ in cells} if sheet == "Imports" and name.isdigit() else {""}
    for kind in sorted(kinds) if sheet != "Settings" else ():
        yield Slip(sheet, name, "column", tuple(cell for row, cell in cells if not kind or row["measure"] == kind))


def _year_slips(sheet: str, columns: dict[str, list[tuple[Row, Place]]]) -> Iterator[Slip]:
    """All years of one row, and of all rows: in Imports and Limits those of one measure."""
    cells = [pair for name, pairs in columns.items() if name.isdigit() for pair in pairs]
    rows: dict[int, list[Place]] = {}
    kinds: dict[str, list[Place]] = {}
    for row, cell in cells:
        rows.setdefault(row.number, []).append(cell)
        kinds.setdefault(row.text("measure") if "measure" in row.values else "all", []).append(cell)
    yield from (Slip(sheet, "years", "row", tuple(places)) for places in rows.values())
    yield from (Slip(sheet, kind, "table", tuple(places)) for kind, places in kinds.items())


@dataclass(slots=True)
class Tally:
    """Slips tried and reported, by sheet, column and scope, and those of which nothing was said."""

    tried: Counter[tuple[str, str, str]]
    reported: Counter[tuple[str, str, str]]
    silent: list[str]

    @property
    def share(self) -> float:
        return self.reported.total() / max(1, self.tried.total())

    def lines(self) -> list[str]:
        """The share reported by sheet and column, the worst first."""
        worst = sorted(self.tried, key=lambda k: (self.reported[k] / self.tried[k], k))
        return [
            f"{self.reported[k]:5} of {self.tried[k]:5}  {' '.join(k)}"
            for k in worst
            if self.reported[k] < self.tried[k]
        ]


def _key(slip: Slip) -> tuple[str, str, str]:
    return slip.sheet, "years" if slip.column.isdigit() else slip.column, slip.scope


def sample(case: Case, rng: random.Random, enough: Callable[[int], bool]) -> Tally:
    """Slips drawn evenly over columns and scopes, until there are enough."""
    groups: dict[tuple[str, str, str], list[Slip]] = {}
    for slip in case.slips:
        groups.setdefault(_key(slip), []).append(slip)
    return _tally(case, rng, enough, [groups[key] for key in sorted(groups)])


def evenly(case: Case, rng: random.Random, enough: Callable[[int], bool]) -> Tally:
    """Slips drawn evenly over all cells, rows, columns and tables that there are."""
    return _tally(case, rng, enough, [case.slips])


def _tally(case: Case, rng: random.Random, enough: Callable[[int], bool], groups: list[list[Slip]]) -> Tally:
    """One slip of each group in turn, the groups in another order each time round."""
    tally, tried = Tally(Counter(), Counter(), []), 0
    while not enough(tried):
        if tried % len(groups) == 0:
            rng.shuffle(groups)
        slip, factor = rng.choice(groups[tried % len(groups)]), rng.choice(FACTORS)
        tried += 1
        tally.tried[_key(slip)] += 1
        if case.reported(slip, factor):
            tally.reported[_key(slip)] += 1
        else:
            _, r, c = slip.cells[0]
            tally.silent.append(f"{' '.join(_key(slip))} {slip.column} row {r + 1} column {c + 1} x {factor:g}")
    return tally


def explore(seed: int, count: int) -> list[str]:
    """Sample so many slips of each shipped case. Returns what falls short of the bar; empty is well."""
    faults = []
    for name in CASES:
        case = Case(INPUTS / name)
        if len(case.warnings) > FALSE_WARNINGS:
            faults.append(f"{name}: {len(case.warnings)} warnings on a sound case: {case.warnings[:5]}")
        tally = sample(case, random.Random(seed), lambda tried: tried >= count)
        print(
            f"factors of seed {seed} in {name}: {tally.reported.total()} of {tally.tried.total()} reported", flush=True
        )
        if count >= ENOUGH and tally.share < BAR:
            faults.append(f"{name}: {tally.share:.1%} of {tally.tried.total()} slips reported; silent: {tally.silent}")
    return faults


if __name__ == "__main__":
    found = explore(int(sys.argv[1]), int(sys.argv[2]))
    print("\n".join(found))
    sys.exit(1 if found else 0)

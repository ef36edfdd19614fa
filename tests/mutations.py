"""The default case with one or two cells or headings mistyped, in memory: what the check says of each, without a solve.

    python tests/mutations.py SEED COUNT

Tries so many single slips and pairs. Ends with code 1 where a check falls over, or where the cause of fewer than 95 of
100 such slips is among the first three errors; the same seed and count show it again.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from openpyxl.utils import get_column_letter

import didymium
from didymium.checks import check_tables, look_ahead
from didymium.tables.cells import PercentNumber
from didymium.tables.grid import Grid, Source
from didymium.tables.read import read_source, tables_from_source
from didymium.tables.schema import SHEETS

ALLIED = Path(__file__).parents[1] / "inputs" / "allied.xlsx"
FIRST_THREE = 3
BAR, ENOUGH = 0.95, 100  # share of slips with errors whose cause is named first; a share of fewer says nothing


@dataclass(frozen=True)
class Slip:
    """One cell of a sheet (row and column from 0), how it was mistyped, and what stood and stands there."""

    sheet: str
    row: int
    column: int
    kind: str
    old: object
    new: object

    @property
    def cell(self) -> str:
        return f"{get_column_letter(self.column + 1)}{self.row + 1}"

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell} {self.kind}: {self.old!r} -> {self.new!r}"


@cache
def default() -> Source:
    """The default case as it is stored; never changed."""
    return read_source(ALLIED)


@cache
def headers() -> dict[str, int]:
    """The row of each sheet's header, from 0."""
    return {
        g.name: next(k for k, raw in enumerate(g.rows) if raw and raw[0] == SHEETS[g.name].first)
        for g in default().grids
        if g.name in SHEETS
    }


def grids() -> list[Grid]:
    return [g for g in default().grids if g.name in SHEETS]


def columns(grid: Grid) -> Iterator[tuple[int, str]]:
    """Every column with a heading that the reader uses: computed ones and those of people hold nothing that could go
    wrong."""
    skipped = {c.name for c in SHEETS[grid.name].computed} | {
        "note",
        "source",
        "name",
        "owner",
        "country",
        "status",
        "unit",
    }
    for k, heading in enumerate(grid.rows[headers()[grid.name]]):
        if heading is not None and (str(heading) not in skipped or heading == SHEETS[grid.name].first):
            yield k, str(heading)


def misspelt(value: object, rng: random.Random) -> object:
    """A letter dropped, doubled or swapped with the next; a number gets a letter."""
    text = str(value)
    if isinstance(value, (int, float)):
        return f"{text}x"
    at = rng.randrange(max(1, len(text) - 1))
    swapped = text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    return rng.choice([text[:at] + text[at + 1 :], text[: at + 1] + text[at:], swapped])


def retyped(value: object) -> object:
    """Another type: a number where a text stood, a text where a number did."""
    return "tbc" if isinstance(value, (int, float)) else 12


def heading_slips(rng: random.Random) -> Iterator[Slip]:
    """Each heading blanked, misspelt and retyped."""
    for grid in grids():
        row = headers()[grid.name]
        for k, _ in columns(grid):
            old = grid.rows[row][k]
            for kind, new in (("blanked", None), ("misspelt", misspelt(old, rng)), ("retyped", retyped(old))):
                yield Slip(grid.name, row, k, kind, old, new)


def filled(grid: Grid, k: int) -> list[int]:
    start = headers()[grid.name] + 1
    return [r for r in range(start, len(grid.rows)) if k < len(grid.rows[r]) and grid.rows[r][k] is not None]


def cell_slips(rng: random.Random) -> Iterator[Slip]:
    """In each column one filled cell blanked, misspelt, retyped, negative or with a decimal comma, and in capitals or
    as a percentage."""
    for grid in grids():
        for k, _ in columns(grid):
            rows = filled(grid, k)
            for kind in ("blanked", "misspelt", "retyped", "comma", "percent") if rows else ():
                row = rng.choice(rows)
                old = grid.rows[row][k]
                yield Slip(grid.name, row, k, kind, old, spoilt(old, kind, rng))


def spoilt(old: object, kind: str, rng: random.Random) -> object:
    if kind == "blanked":
        return None
    if kind in ("misspelt", "retyped"):
        return misspelt(old, rng) if kind == "misspelt" else retyped(old)
    if not isinstance(old, (int, float)):
        return f"{old};" if kind == "comma" else f"{old} ?"
    return f"{old + 0.5:g}".replace(".", ",") if kind == "comma" else PercentNumber((old or 40) / 100)


def problems(*slips: Slip) -> list[didymium.Problem]:
    """What read and check say of the default case with these slips."""
    found = {g.name: g for g in default().grids}
    for slip in slips:
        grid = found[slip.sheet]
        grid = found[slip.sheet] = replace(grid, rows=[list(raw) for raw in grid.rows], problems=list(grid.problems))
        line = grid.rows[slip.row]
        line[slip.column] = slip.new
        while line and line[-1] is None:
            line.pop()
    tables, read = tables_from_source(ALLIED, replace(default(), grids=list(found.values()), problems=[]))
    told = check_tables(tables, read)
    look_ahead(tables, told)
    return told


def names(problem: didymium.Problem, slip: Slip) -> bool:
    """Does a problem name the slip: its cell or row, its heading, or the text that stood or stands there?"""
    here = f"{slip.sheet}!{slip.cell}"
    if here in (problem.place, *problem.also):
        return True
    heading = slip.row == headers()[slip.sheet]
    if (
        problem.sheet == slip.sheet
        and not heading
        and (
            problem.cell.endswith(f"{slip.row + 1}")
            and problem.cell.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == str(slip.row + 1)
        )
    ):
        return True
    texts = [repr(str(v)) for v in (slip.old, slip.new) if v is not None]
    return any(text in problem.text or f" {text[1:-1]} " in problem.text for text in texts)


@dataclass
class Count:
    """What became of many trials."""

    trials: int = 0
    errors: int = 0  # trials with errors
    named: int = 0  # of these, with the cause among the first three errors
    quiet: int = 0  # trials without a single error
    missed: list[str] | None = None

    def add(self, slips: tuple[Slip, ...]) -> None:
        """Try slips; count whether the causes are among the first errors."""
        told = problems(*slips)
        shown = [p for p in told if p.is_error]
        assert not any(p.code == "fault" for p in told), [str(p) for p in told if p.code == "fault"]
        self.trials += 1
        if not shown:
            self.quiet += 1
            return
        self.errors += 1
        if any(names(p, slip) for p in shown[:FIRST_THREE] for slip in slips):
            self.named += 1
        elif self.missed is not None:
            self.missed.append(f"{'; '.join(map(str, slips))} => {[str(p) for p in shown[:4]]}")

    @property
    def share(self) -> float:
        return self.named / self.errors if self.errors else 1.0


def singles(seed: int) -> list[tuple[Slip, ...]]:
    rng = random.Random(seed)
    return [(slip,) for slip in (*heading_slips(rng), *cell_slips(rng))]


def pairs(seed: int, count: int) -> Iterator[tuple[Slip, ...]]:
    rng = random.Random(seed)
    pool = [slip for (slip,) in singles(seed)]
    for _ in range(count):
        yield tuple(rng.sample(pool, 2))


def drawn(seed: int, count: int) -> Iterator[tuple[Slip, ...]]:
    """Single slips and pairs in turn."""
    rng = random.Random(seed)
    pool = [slip for (slip,) in singles(rng.randrange(10**9))]
    for k in range(count):
        yield tuple(rng.sample(pool, 1 + k % 2))


def explore(seed: int, count: int) -> list[str]:
    """Try so many single slips and pairs. Returns what is wrong: a check that fell over, or causes that are not named
    first; empty is well."""
    tally, wrong = Count(missed=[]), []
    for slips in drawn(seed, count):
        try:
            tally.add(slips)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is a finding)
            wrong.append(f"{'; '.join(map(str, slips))}: {type(error).__name__}: {error}")
    if tally.errors >= ENOUGH and tally.share < BAR:
        wrong += [f"the cause is named first in {tally.share:.1%} of {tally.errors}; not in:", *(tally.missed or [])]
    print(
        f"slips of seed {seed}: {tally.trials} tried, {tally.errors} with errors, {tally.named} of these name the cause"
        " first",
        flush=True,
    )
    return wrong


if __name__ == "__main__":
    found = explore(int(sys.argv[1]), int(sys.argv[2]))
    print("\n".join(found))
    sys.exit(1 if found else 0)

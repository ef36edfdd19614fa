"""A result held against itself: its seals, the same workbook written again from its own tables, and every rule
re-checked without the optimiser; report.html and summary.json beside it too."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from didymium.errors import BadWorkbook, Problem
from didymium.excel.book import HEADER_ROW
from didymium.plan.answer import Answer
from didymium.recheck import TOLERANCE, headline, recheck
from didymium.recheck.inputs import Breach
from didymium.reports import beside, checksum
from didymium.reports.again import Again, written_again
from didymium.reports.alike import Compared, Difference, compared, place, shown
from didymium.reports.mend import Fix, Grids, cell, fixes, put
from didymium.reports.readback import (
    OTHER_LAYOUT,
    SHEETS,
    Result,
    blocks_of,
    by_headings,
    read_grids,
    result_of,
    workbook_of,
)
from didymium.tables.grid import Grid
from didymium.tables.xlsx.drawings import charts_of

FEW = 100  # differences; where there are more, the workbook is read by its headings too, in case it is the seals that are wrong
_FAULTS = (Exception,)  # whatever a damaged workbook leads to in code that trusts tables


@dataclass(frozen=True, slots=True)
class Total:
    """A line of the sheet Checks, added up again from the tables: what is compared, both ways of adding, and whether
    they agree."""

    name: str
    row: int
    again: tuple[float, float]
    holds: bool


@dataclass(slots=True)
class Statement:
    """What a reviewer is told of a result: facts of the run, breaches of rules, totals, every difference by sheet and
    cell, and whether all holds. `notes` say what could not be looked at, and why."""

    facts: dict[str, object]
    breaches: dict[str, Breach] = field(default_factory=dict)
    same_input: bool = False
    differences: list[Difference] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        rules = bool(self.breaches) and all(b.size <= TOLERANCE for b in self.breaches.values())
        return self.same_input and rules and not self.differences and all(t.holds for t in self.totals)


def verify(path: Path) -> Statement:
    """Hold a result workbook (or the folder that holds it) against its seals, itself written again, and every rule.

    Raises BadWorkbook when the file cannot be read or is no result with a plan. Damage within it never raises: it is
    told.
    """
    path = workbook_of(path)
    grids = read_grids(path)
    blocks = blocks_of(grids)
    changed = fixes(grids, blocks)
    ways = [Way(grids, blocks), Way(_mended(grids, blocks, changed), blocks), Way(grids, by_headings(grids))]
    stands, mended, headed = (_result(path, way) for way in ways)
    unread = isinstance(stands, BadWorkbook) and isinstance(mended, BadWorkbook)
    if unread and isinstance(headed, BadWorkbook) and (_is_old(headed) or not _ours(grids)):
        raise headed
    statement = Statement({})
    for result in (stands, mended, headed):
        if isinstance(result, Result) and not statement.breaches:
            _recheck(result, statement)
    _hold(path, grids, [mended, headed], statement)
    _tell_changes(grids, changed, statement)
    return statement


@dataclass(frozen=True, slots=True)
class Way:
    """A way of reading: the cells, and where the tables stand."""

    grids: Grids
    blocks: Sequence[checksum.Block]


def _ours(grids: Grids) -> bool:
    """Was it a result with a plan, before it was damaged? One without has neither sheet."""
    return checksum.SHEET in grids or "Checks" in grids


def _is_old(error: BadWorkbook) -> bool:
    return any(p.code == OTHER_LAYOUT for p in error.problems)


def _result(path: Path, way: Way) -> Result | BadWorkbook:
    """What the workbook says, or why it does not read."""
    try:
        return result_of(path, way.grids, way.blocks)
    except BadWorkbook as error:
        return error
    except _FAULTS as error:
        return BadWorkbook([Problem(path.name, f"is not a result workbook with a plan, or is damaged ({_why(error)})")])


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _mended(grids: Grids, blocks: Sequence[checksum.Block], changed: Sequence[Fix]) -> dict[str, Grid]:
    """The sheets with every cell as it was written, as far as that is known, and the headings of Inputs, by which it is
    read."""
    found = dict(grids)
    for sheet in {fix.sheet for fix in changed} | ({"Inputs"} & grids.keys()):
        found[sheet] = copy.copy(grids[sheet])
        found[sheet].rows = [list(row) for row in grids[sheet].rows]
    for fix in changed:
        if fix.known and fix.column:
            put(found[fix.sheet], fix.row, fix.column, fix.value)
    for block in blocks:
        if block.sheet == "Inputs" and "Inputs" in found:
            for k, column in enumerate(block.columns):
                put(found["Inputs"], block.top, block.left + k, column)
    return found


def _recheck(result: Result, statement: Statement) -> None:
    """Every rule, and the input's hash, on the tables as they stand."""
    statement.facts = result.facts
    try:
        plan = {**result.plan, "headline": headline(result.facts)}
        statement.breaches = recheck(result.tables, plan, result.scenarios)
        statement.same_input = result.facts.get("content_sha256") == result.tables.content_sha256()
    except _FAULTS as error:
        statement.notes.append(f"The rules could not be re-checked on the tables as they stand ({_why(error)}).")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A result as written again, and how the workbook compares."""

    plan: Answer
    again: Again
    found: Compared


def _hold(path: Path, grids: Grids, results: Sequence[Result | BadWorkbook], statement: Statement) -> None:
    """The workbook against itself written again, and the files beside it: of several ways of reading it, the one with
    fewest differences."""
    held: Comparison | None = None
    why = ""
    for result in results:
        try:
            if isinstance(result, BadWorkbook):
                raise result
            one = _written_again(result, grids)
            held = one if held is None or len(one.found.differences) < len(held.found.differences) else held
        except _FAULTS as error:
            why = why or ("; ".join(p.text for p in error.problems) if isinstance(error, BadWorkbook) else _why(error))
        if held and len(held.found.differences) <= FEW:
            break
    if held is None:
        said = f"its tables do not fit together, so that it cannot be written again and compared ({why})"
        statement.differences += [*_unwritten(grids), Difference(path.name, said, "as it was solved")]
        return
    statement.differences += [*held.found.differences, *beside.charts_differ(charts_of(path), held.again.charts)]
    statement.totals = _totals(held.again.grids["Checks"])
    if held.found.unstored:
        statement.notes.append(
            f"{held.found.unstored:,} formulas: their values were not stored (by a program that does not calculate);"
            " the formulas themselves are as written."
        )
    if path.name == "results.xlsx":
        _beside(path, held.plan, statement)


def _written_again(result: Result, grids: Grids) -> Comparison:
    plan = result.answer()
    again = written_again(plan)
    return Comparison(plan, again, compared(grids, again.grids))


def _unwritten(grids: Grids) -> list[Difference]:
    """The sheets without which a result cannot be written again."""
    needed = [*SHEETS, "Calibration", "Inputs", "Summary", "Checks", "Evidence", checksum.SHEET]
    return [
        Difference(name, "the sheet is missing", "there, after renaming or restoring it")
        for name in needed
        if name not in grids
    ]


def _beside(path: Path, plan: Answer, statement: Statement) -> None:
    """The other files of the folder."""
    differences, notes = beside.differ(path.parent, plan)
    statement.differences += differences
    statement.notes += notes


def _tell_changes(grids: Grids, changed: Sequence[Fix], statement: Statement) -> None:
    """Cells that seals name and nothing else has named: what stood there may not be known."""
    told = {d.place for d in statement.differences}
    for fix in changed:
        where = place(fix.sheet, fix.row, fix.column)
        if where not in told:
            stands = shown(cell(grids[fix.sheet], fix.row, fix.column)) if fix.column else "not as it was written"
            should = shown(fix.value) if fix.known else "what was written, which is not known any more"
            statement.differences.append(Difference(where, stands, should))


def _totals(grid: Grid) -> list[Total]:
    """The lines of the sheet Checks as written again."""
    found = []
    for row in range(HEADER_ROW + 2, len(grid.rows) + 1):
        name, a, b, verdict = (cell(grid, row, column) for column in (1, 2, 3, 5))
        if name is None:
            break
        found.append(Total(str(name), row, (float(str(a)), float(str(b))), verdict == "pass"))
    return found

"""Verify a result workbook: its checksums, every cell against the workbook written again from its own tables, and every
rule re-checked without the optimiser; report.html, summary.json and solver.log of the same folder too."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from didymium.errors import BadWorkbook, Problem
from didymium.excel.book import HEADER_ROW
from didymium.plan.answer import Answer
from didymium.plan.rows import as_number
from didymium.recheck import TOLERANCE, headline, recheck
from didymium.recheck.inputs import Breach
from didymium.reports import checksum
from didymium.reports.changed_cells import ChangedCell, Grids, cell, changed_cells, set_cell
from didymium.reports.content_hash import content_of
from didymium.reports.file_differences import chart_differences, file_differences
from didymium.reports.grid_differences import Difference, GridComparison, cell_place, compare_grids, value_text
from didymium.reports.proof_sheet import SHEET
from didymium.reports.reprove import ProvenBound, reprove
from didymium.reports.result_reader import (
    OTHER_LAYOUT,
    Result,
    blocks_of,
    by_headings,
    read_grids,
    result_of,
    workbook_of,
)
from didymium.reports.rewrite import RewrittenResult, rewrite_result
from didymium.result_folder import SIGNATURE, signatures
from didymium.results import SHEETS, by_name
from didymium.tables.grid import Grid
from didymium.tables.xlsx.drawings import charts_of

if TYPE_CHECKING:  # needs the extra `sign`
    from didymium.result_folder.signature import SignatureFinding

# With more differences than this the workbook is also read by its headings, in case the checksums are what is wrong.
MAX_DIFFERENCES = 100
# A damaged workbook can raise anything in code that trusts its tables; each such error becomes a reported problem.
_FAULTS = (Exception,)


@dataclass(frozen=True, slots=True)
class Total:
    """A line of the sheet Checks, added up again from the tables: what is compared, the value of both sides, and
    whether they agree."""

    name: str
    row: int
    again: tuple[float, float]
    holds: bool


@dataclass(slots=True)
class Statement:
    """The findings about a result: facts of the run, breaches of rules, totals, every difference by sheet and cell, and
    whether everything holds; `bound` as its duals prove it. `notes` name what could not be checked, and why;
    `signature` what that of a key says, where one was given."""

    facts: dict[str, object]
    breaches: dict[str, Breach] = field(default_factory=dict)
    same_input: bool = False
    differences: list[Difference] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bound: ProvenBound | None = None
    signature: SignatureFinding | None = None

    @property
    def holds(self) -> bool:
        """Whether the result is as it was written, keeps to every rule and adds up."""
        rules = bool(self.breaches) and all(b.size <= TOLERANCE for b in self.breaches.values())
        signed = self.signature is None or not self.signature.faults
        return signed and self.same_input and rules and not self.differences and all(t.holds for t in self.totals)


def verify(path: Path, key: Path | None = None) -> Statement:
    """Return the findings about a result workbook, or about the one in a folder: checksums, cells and rules, and, with
    the file of a public key, its signature.

    Raises BadWorkbook when the file cannot be read or is no result with a plan. Damage within it never raises: it is
    reported.
    """
    path = workbook_of(path)
    check_key = _signature_check(key)
    grids = read_grids(path)
    blocks = blocks_of(grids)
    changed = changed_cells(grids, blocks)
    readings = [
        Reading(grids, blocks),
        Reading(_restored(grids, blocks, changed), blocks),
        Reading(grids, by_headings(grids)),
    ]
    as_found, restored, headed = (_result(path, reading) for reading in readings)
    unread = isinstance(as_found, BadWorkbook) and isinstance(restored, BadWorkbook)
    if unread and isinstance(headed, BadWorkbook) and (_is_old(headed) or not _was_result(grids)):
        raise headed
    statement = Statement({})
    for result in (as_found, restored, headed):
        if isinstance(result, Result) and not statement.breaches:
            _recheck(result, statement)
    _compare(path, grids, [restored, headed], statement)
    _add_changes(grids, changed, statement)
    statement.signature = check_key(path.parent, grids, blocks)
    if key is None and signatures(path.parent):
        statement.notes.append(f"{SIGNATURE} was not looked at: --key names the public key of who should have signed.")
    return statement


def _signature_check(key: Path | None) -> Callable[[Path, Grids, Sequence[checksum.Block]], SignatureFinding | None]:
    """Return what checks the signature by a key, which is read first; with no key, nothing is checked."""
    if key is None:
        return lambda folder, grids, blocks: None
    from didymium.result_folder.keys import public_key
    from didymium.result_folder.signature import check_signature

    known = public_key(key)

    def check(folder: Path, grids: Grids, blocks: Sequence[checksum.Block]) -> SignatureFinding:
        def is_content(signed: Mapping[str, Any]) -> bool:
            return content_of(grids, blocks, signed["sides"]).sha256 == str(signed["sha256"])

        return check_signature(folder, is_content, known)

    return check


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the workbook: its cells, and the position of each table."""

    grids: Grids
    blocks: Sequence[checksum.Block]


def _was_result(grids: Grids) -> bool:
    """Was it a result with a plan, before it was damaged? One without has neither sheet."""
    return checksum.SHEET in grids or "Checks" in grids


def _is_old(error: BadWorkbook) -> bool:
    return any(p.code == OTHER_LAYOUT for p in error.problems)


def _result(path: Path, reading: Reading) -> Result | BadWorkbook:
    """The result in the workbook, or the error for which it cannot be read."""
    try:
        return result_of(path, reading.grids, reading.blocks)
    except BadWorkbook as error:
        return error
    except _FAULTS as error:
        return BadWorkbook([Problem(path.name, f"is not a result workbook with a plan, or is damaged ({_why(error)})")])


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _restored(grids: Grids, blocks: Sequence[checksum.Block], changed: Sequence[ChangedCell]) -> dict[str, Grid]:
    """The sheets with every changed cell put back as it was written, as far as that is known, and with the headings of
    Inputs, by which that sheet is read."""
    found = dict(grids)
    for sheet in {change.sheet for change in changed} | ({"Inputs"} & grids.keys()):
        found[sheet] = copy.copy(grids[sheet])
        found[sheet].rows = [list(row) for row in grids[sheet].rows]
    for change in changed:
        if change.known and change.column:
            set_cell(found[change.sheet], change.row, change.column, change.value)
    for block in blocks:
        if block.sheet == "Inputs" and "Inputs" in found:
            for k, column in enumerate(block.columns):
                set_cell(found["Inputs"], block.top, block.left + k, column)
    return found


def _recheck(result: Result, statement: Statement) -> None:
    """Check every rule, and the hash of the input, on the tables as found."""
    statement.facts = result.facts
    try:
        plan = {**by_name(result.plan), "headline": headline(result.facts)}
        statement.breaches = recheck(result.tables, plan, result.scenarios)
        statement.same_input = result.facts.get("content_sha256") == result.tables.content_sha256()
    except _FAULTS as error:
        statement.notes.append(f"The rules could not be re-checked on the tables as they are ({_why(error)}).")
    _reprove(result, statement)


def _reprove(result: Result, statement: Statement) -> None:
    """Prove the bound again from the duals of the result."""
    try:
        bound = reprove(result.tables, result.scenarios, result.facts, result.proof)
    except _FAULTS as error:
        statement.differences.append(Difference(SHEET, f"proves no bound ({_why(error)})", "the proof as written"))
        return
    statement.bound = bound
    statement.differences += [bound.difference] if bound.difference else []
    statement.notes += [bound.note] if bound.note else []


@dataclass(frozen=True, slots=True)
class RewriteComparison:
    """A result, its workbook written again, and how the workbook found compares with that."""

    plan: Answer
    rewritten: RewrittenResult
    comparison: GridComparison


def _compare(path: Path, grids: Grids, results: Sequence[Result | BadWorkbook], statement: Statement) -> None:
    """Compare the workbook with itself written again, and the other files of its folder."""
    best, reason = _best_comparison(grids, results)
    if best is None:
        text = f"its tables do not fit together, so it cannot be written again and compared ({reason})"
        statement.differences += [*_unwritten(grids), Difference(path.name, text, "as it was solved")]
        return
    charts = chart_differences(charts_of(path), best.rewritten.charts)
    statement.differences += [*best.comparison.differences, *charts]
    statement.totals = _totals(best.rewritten.grids["Checks"])
    if best.comparison.unstored:
        statement.notes.append(
            f"{best.comparison.unstored:,} formulas: their values were not stored (by a program that does not"
            " calculate); the formulas themselves are as written."
        )
    if path.name == "results.xlsx":
        _compare_files(path, best.plan, statement)


def _best_comparison(grids: Grids, results: Sequence[Result | BadWorkbook]) -> tuple[RewriteComparison | None, str]:
    """Of several ways to read the workbook, the comparison with the fewest differences; None, and why, where it cannot
    be written again in any of them."""
    best: RewriteComparison | None = None
    reason = ""
    for result in results:
        try:
            if isinstance(result, BadWorkbook):
                raise result
            one = _rewritten(result, grids)
            best = one if best is None or _count(one) < _count(best) else best
        except BadWorkbook as error:
            reason = reason or "; ".join(p.text for p in error.problems)
        except _FAULTS as error:
            reason = reason or _why(error)
        if best and _count(best) <= MAX_DIFFERENCES:
            break
    return best, reason


def _rewritten(result: Result, grids: Grids) -> RewriteComparison:
    plan = result.answer()
    rewritten = rewrite_result(plan)
    return RewriteComparison(plan, rewritten, compare_grids(grids, rewritten.grids))


def _count(one: RewriteComparison) -> int:
    return len(one.comparison.differences)


def _unwritten(grids: Grids) -> list[Difference]:
    """The sheets without which a result cannot be written again."""
    needed = [*SHEETS, "Run", "Calibration", "Inputs", "Summary", "Checks", "Evidence", checksum.SHEET]
    return [
        Difference(name, "the sheet is missing", "there, after renaming or restoring it")
        for name in needed
        if name not in grids
    ]


def _compare_files(path: Path, plan: Answer, statement: Statement) -> None:
    """Compare the other files of the folder."""
    differences, notes = file_differences(path.parent, plan)
    statement.differences += differences
    statement.notes += notes


def _add_changes(grids: Grids, changed: Sequence[ChangedCell], statement: Statement) -> None:
    """Report the cells whose checksums differ and that no other difference names; their value as written may not be
    known."""
    named = {d.place for d in statement.differences}
    for change in changed:
        where = cell_place(change.sheet, change.row, change.column)
        if where not in named:
            found = (
                value_text(cell(grids[change.sheet], change.row, change.column))
                if change.column
                else "not as it was written"
            )
            expected = value_text(change.value) if change.known else "what was written, which is not known any more"
            statement.differences.append(Difference(where, found, expected))


def _totals(grid: Grid) -> list[Total]:
    """The lines of the sheet Checks as written again."""
    found = []
    for row in range(HEADER_ROW + 2, len(grid.rows) + 1):
        name, a, b, verdict = (cell(grid, row, column) for column in (1, 2, 3, 5))
        if name is None:
            break
        found.append(Total(str(name), row, (as_number(a), as_number(b)), verdict == "pass"))
    return found

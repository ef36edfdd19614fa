"""Variants of a case: cells set, tables scaled, targets put off, decisions held; as a study file lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from didymium.case_inputs import CaseInputs
from didymium.errors import BadWorkbook, Problem
from didymium.holding import hold
from didymium.input_frames import sheet_named
from didymium.tables.cells import nearest

YEARS = "years"  # as a column: every year that the sheet has


@dataclass(frozen=True, slots=True)
class SetCell:
    """One cell that gets a value; `row` is its number in the sheet or its key."""

    sheet: str
    row: str | int | tuple[object, ...]
    column: str | int
    value: object


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers of a sheet times `by`, plus `add`: of some columns (`years`: all of them), in rows where columns hold
    certain words."""

    sheet: str
    columns: tuple[str, ...]
    by: float = 1.0
    add: float = 0.0
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """A target that comes so many years later: earlier years require nothing; with a negative number it comes earlier,
    and the last year's requirement stays."""

    target: str
    years: int


@dataclass(frozen=True, slots=True)
class Variant:
    """What differs from the case as it is. `pin` is where a result, or a table of decisions, is."""

    name: str
    set: tuple[SetCell, ...] = ()
    scale: tuple[Scale, ...] = ()
    shift: tuple[Shift, ...] = ()
    force: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    pin: Path | None = None
    hold_until: int | None = None

    @property
    def changes(self) -> bool:
        """Whether anything differs."""
        return self != Variant(self.name)


def changed(inputs: CaseInputs, variant: Variant) -> CaseInputs:
    """Return the case with all that a variant changes, checked. Raises BadWorkbook with everything that cannot be; the
    place of each problem begins with the key of the variant: `set 1`, `scale 2`, `force`."""
    problems: list[Problem] = []
    steps: list[tuple[str, Any]] = [
        *((f"set {k}", lambda case, cell=cell: _with_cell(case, cell)) for k, cell in enumerate(variant.set, 1)),
        *((f"scale {k}", lambda case, scale=scale: _scaled(case, scale)) for k, scale in enumerate(variant.scale, 1)),
        *((f"shift {k}", lambda case, shift=shift: _shifted(case, shift)) for k, shift in enumerate(variant.shift, 1)),
        ("hold", lambda case: _with_holds(case, variant)),
    ]
    for key, step in steps:
        try:
            inputs = step(inputs)
        except BadWorkbook as error:
            problems += [Problem(key, str(p)) for p in error.problems if p.is_error]
    if problems:
        raise BadWorkbook(problems)
    return inputs


def _with_cell(inputs: CaseInputs, cell: SetCell) -> CaseInputs:
    return inputs.with_cell(cell.sheet, cell.row, cell.column, cell.value)


def _with_holds(inputs: CaseInputs, variant: Variant) -> CaseInputs:
    if variant.pin is None and variant.hold_until is None and not variant.force and not variant.forbid:
        return inputs
    return hold(inputs, pin=variant.pin, force=variant.force, forbid=variant.forbid, hold_until=variant.hold_until)


def _scaled(inputs: CaseInputs, scale: Scale) -> CaseInputs:
    """The case with numbers of a sheet scaled; blank cells stay blank."""
    sheet = sheet_named(scale.sheet)
    frame = inputs.tables[sheet.name]
    rows = _rows_where(sheet.name, frame, dict(scale.where))
    for column in _columns(sheet.name, frame, scale.columns):
        values, blank = frame[column].astype(object), frame[column].isna()
        for row in (row for row in rows if not blank[row]):
            if isinstance(values[row], bool) or not isinstance(values[row], (int, float)):
                raise _refusal(sheet.name, f"row {row}, column {column} holds {values[row]!r}, which is no number")
            values[row] = values[row] * scale.by + scale.add
        frame[column] = values
    return inputs.with_tables(**{sheet.name: frame})


def _rows_where(sheet: str, frame: Any, where: Mapping[str, str]) -> list[int]:
    """The rows in which every column of `where` holds its words."""
    for column in where:
        if column not in frame.columns:
            raise _refusal(sheet, f"there is no column {column!r}{nearest(column, [str(c) for c in frame.columns])}")
    rows = [row for row in frame.index if all(str(frame[c][row]) == value for c, value in where.items())]
    if not rows:
        words = " and ".join(f"{column} is {value!r}" for column, value in where.items())
        raise _refusal(sheet, f"there is no row in which {words}" if where else "has no rows")
    return rows


def _columns(sheet: str, frame: Any, wanted: Sequence[str]) -> list[str | int]:
    """The columns of a frame that are wanted; years are whole numbers."""
    known: dict[str, str | int] = {str(column): column for column in frame.columns}
    found: list[str | int] = []
    for name in wanted:
        if name == YEARS:
            found += [column for column in frame.columns if isinstance(column, int)]
        elif name in known:
            found.append(known[name])
        else:
            raise _refusal(sheet, f"there is no column {name!r}{nearest(name, [YEARS, *known])}")
    return found


def _shifted(inputs: CaseInputs, shift: Shift) -> CaseInputs:
    """The case with a target that comes earlier or later."""
    frame: Any = inputs.tables["targets"]
    rows = _rows_where("Targets", frame, {"target": shift.target})
    years = [column for column in frame.columns if isinstance(column, int)]
    before = {year: frame[year].astype(object) for year in years}
    for year in years:
        values = before[year].copy()
        source = min(year - shift.years, years[-1])
        for row in rows:
            values[row] = before[source][row] if source in before else None
        frame[year] = values
    return inputs.with_tables(targets=frame)


def _refusal(sheet: str, text: str) -> BadWorkbook:
    return BadWorkbook([Problem(sheet, text)])

"""What a plan with milestones cannot see: between two of them figures count in the mean and nothing is decided."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.errors import WARNING, Problem
from didymium.tables.cells import Unreadable
from didymium.tables.horizon import modelled_years
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS

FAR = 1.1  # times by which a figure may change within a span before it is reported
SHOWN = 3  # examples


def spans(tables: Tables) -> list[range]:
    """Return the years that each milestone stands for, where they are several."""
    years = modelled_years(tables)
    ends = [*years[1:], tables.years[-1] + 1]
    return [range(a, b) for a, b in zip(years, ends, strict=True) if b - a > 1]


def years_in_a_span_are_alike(tables: Tables) -> Iterator[Problem]:
    """Yield one warning for a plan with milestones in which something happens between them."""
    try:
        long_spans = spans(tables) if tables.years else []
    except Unreadable:
        return
    found = [event for span in long_spans for event in _events(tables, span)]
    setting = next((r for r in tables["Settings"] if r["setting"] == "milestone_years"), None)
    if found and setting is not None:
        some = "; ".join(found[:SHOWN]) + (f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else "")
        message = (
            "between milestones figures count in the mean and nothing is decided, so the answer may differ from that"
            f" of every year: {some}"
        )
        yield setting.problem("value", message, WARNING)


def _events(tables: Tables, span: range) -> Iterator[str]:
    """What happens within a span."""
    within = _text(span)
    for sheet in SHEETS.values():
        changing = [row for row in tables.sound(sheet.name) if sheet.years and _changes(row, span)]
        if changing:
            yield f"{len(changing)} rows of {sheet.name} change in {within}"
    acting = [
        r
        for r in tables.sound("Shocks")
        if any(isinstance(y, int) and y in span[1:] for y in (r["from_year"], _next(r["to_year"])))
    ]
    if acting:
        yield f"{len(acting)} shocks begin or end in {within}"
    plants = list(tables.sound("Projects"))
    retiring = [r for r in plants if r["retires_year"] in span[1:]]
    if retiring:
        yield f"{len(retiring)} plants retire in {within}"
    deciding = [r for r in plants if r.integer("max_modules") and _open(r, span, tables)]
    if deciding:
        yield f"{len(deciding)} projects could be decided in {_text(span[1:])}"


def _text(years: range) -> str:
    return str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"


def _next(year: object) -> int | None:
    return year + 1 if isinstance(year, int) else None


def _changes(row: Row, span: range) -> bool:
    """Return whether a row has figures in some years of a span only, or much larger ones in one year than in
    another."""
    values = [row.years.get(y) for y in span]
    filled = [v for v in values if v is not None]
    if len(filled) < len(values):
        return bool(filled)
    return max(filled) > FAR * min(filled)


def _open(row: Row, span: range, tables: Tables) -> bool:
    """Could a project be decided in a year of a span that is no milestone, and come on line within the plan?"""
    first, last = row["first_decision_year"] or tables.years[0], row["last_decision_year"] or tables.years[-1]
    lead_time = int(str(row["permitting_years"] or 0)) + int(str(row["construction_years"] or 0))
    return any(int(str(first)) <= y <= int(str(last)) and y + lead_time <= tables.years[-1] for y in span[1:])


CHECKS = (years_in_a_span_are_alike,)

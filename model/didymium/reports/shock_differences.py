"""The shocks that act in the scenario of one result and not in that of another: the difference between two scenarios of
one workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from itertools import groupby

from didymium.case.build import build_case
from didymium.case.case import Case, Shock
from didymium.case.shocks import combined
from didymium.plan.answer import Answer
from didymium.results import Record

SELECTORS = tuple(f.name for f in fields(Shock) if f.name not in ("scenario", "kind", "start", "end", "value"))
_What = tuple[str, ...]  # a kind, then its selectors


def shock_differences(answers: Mapping[str, Answer]) -> list[Record]:
    """Return every shock that does not act in the same way in all results, with the span of years in which it does not,
    and its value in each result.

    Of the base's shocks only the years before a scenario's reveal act in that scenario. A blank: no such shock acts in
    those years.
    """
    acting = {name: _acting(answer) for name, answer in answers.items()}
    rows: list[Record] = []
    for what in dict.fromkeys(what for by_what in acting.values() for what in by_what):
        years = sorted({year for by_what in acting.values() for year in by_what.get(what, {})})

        def values(year: int, what: _What = what) -> tuple[object, ...]:
            return tuple(by_what.get(what, {}).get(year) for by_what in acting.values())

        for _, group in groupby(enumerate(years), lambda at: (at[1] - at[0], values(at[1]))):
            span = [year for _, year in group]
            by_result = dict(zip(answers, values(span[0]), strict=True))
            if len(set(map(str, by_result.values()))) > 1:
                named = dict(zip(("kind", *SELECTORS), what, strict=True))
                rows.append({**named, "from_year": span[0], "to_year": span[-1], **by_result})
    return rows


def _acting(answer: Answer) -> dict[_What, dict[int, object]]:
    """Kind and selectors -> year -> value; where the scenarios of one plan differ, a text that names them."""
    case = build_case(answer.source)
    by_scenario = {name: _in_scenario(answer, case, name) for name in answer.scenarios}
    found: dict[_What, dict[int, object]] = {}
    for what in dict.fromkeys(what for by_what in by_scenario.values() for what in by_what):
        for year in answer.source.years:
            values = {name: by_what.get(what, {}).get(year) for name, by_what in by_scenario.items()}
            if any(v is not None for v in values.values()):
                found.setdefault(what, {})[year] = _together(values)
    return found


def _in_scenario(answer: Answer, case: Case, scenario: str) -> dict[_What, dict[int, float]]:
    """The shocks that act on the path of one scenario."""
    acts = {year: case.acting(scenario, year) for year in answer.source.years}
    values: dict[_What, dict[int, list[float]]] = {}
    for shock in case.shocks:
        what = (shock.kind, *(str(getattr(shock, s)) for s in SELECTORS))
        for year, branch in acts.items():
            if branch == shock.scenario and shock.start <= year <= shock.end:
                values.setdefault(what, {}).setdefault(year, []).append(shock.value)
    return {
        what: {year: combined(what[0], several) for year, several in by_year.items()}
        for what, by_year in values.items()
    }


def _together(values: Mapping[str, float | None]) -> object:
    """One value where all scenarios of a plan share it, else each with those that have it."""
    if len(set(values.values())) == 1:
        return next(iter(values.values()))
    among: dict[float, list[str]] = {}
    for name, value in values.items():
        if value is not None:
            among.setdefault(value, []).append(name)
    return "; ".join(f"{value:g} in {', '.join(names)}" for value, names in among.items())

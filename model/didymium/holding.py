"""What a person holds for a what-if, as rows of the sheet Holds: projects forced in or forbidden, decisions pinned to
those of a result or of a table."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from didymium.case_inputs import CaseInputs
from didymium.checks.holds import contradictions, faults
from didymium.checks.projects import decision_years
from didymium.errors import BadWorkbook, Problem
from didymium.plan.answer import Answer
from didymium.reports.names import row_name
from didymium.reports.result_reader import read_answer
from didymium.stress_test.fixed_investments import fixed_investments
from didymium.tables.cells import nearest
from didymium.tables.rows import Tables

COLUMNS = ("project", "kind", "modules", "from_year", "to_year", "scenario")
TABLE = ("project", "decision_year", "modules")  # the columns of a table of decisions
_AT = re.compile(r"(.+)@\s*(\d{4})\s*")
Decided = dict[str, dict[int, int]]
"""project -> decision year -> modules."""
Wanted = tuple[str, dict[str, object]]
"""The option that wants a hold, and its cells."""


def hold(
    inputs: CaseInputs,
    *,
    pin: Answer | str | Path | None = None,
    force: Sequence[str] = (),
    forbid: Sequence[str] = (),
    hold_until: int | None = None,
) -> CaseInputs:
    """Return the case with decisions held, as rows of its sheet Holds, checked and hashed anew (`didymium solve --pin
    --force --forbid --hold-until`).

    `force` and `forbid` name projects by id or name; `P@year` forces a decision in that year. `pin`: a plan, or where
    its result is, whose decisions are held, those to build nothing too; or a CSV file with the columns project,
    decision_year and modules, which holds the projects that it names. With `hold_until` only decisions up to that year
    are pinned. A project that is forced or forbidden is not pinned.
    Raises BadWorkbook with everything that cannot be held.
    """
    wanted, problems = _forced(inputs.source, force, forbid)
    if hold_until is not None:
        problems += list(_wrong_year(inputs.source, hold_until, pin is not None))
    if pin is not None and not problems:
        free = {str(cells["project"]) for _, cells in wanted}
        pins, wrong = _pinned(inputs, pin, hold_until)
        wanted += [one for one in pins if one[1]["project"] not in free]
        problems += wrong
    return _with_rows(inputs, wanted, problems)


def _with_rows(inputs: CaseInputs, wanted: Sequence[Wanted], problems: list[Problem]) -> CaseInputs:
    """The case with more rows of Holds. Raises BadWorkbook with what is wrong, in words of the options."""
    source = inputs.source
    others = [row.values for row in source["Holds"]]
    together = [*others, *(cells for _, cells in wanted)]
    for option, cells in wanted:
        found = [*faults(source, cells), *contradictions(source, cells, together)]
        problems += [Problem(option, text) for _, text in found]
    if problems:
        raise BadWorkbook(list(dict.fromkeys(problems)))
    if not wanted:
        return inputs
    frame = inputs.tables["holds"]
    rows = [*frame.to_dict("records"), *(cells for _, cells in wanted)]
    return inputs.with_tables(holds=frame.__class__(rows, dtype=object))


def _cells(project: str, kind: str, **more: object) -> dict[str, object]:
    return {**dict.fromkeys(COLUMNS), "project": project, "kind": kind, **more}


def _forced(tables: Tables, force: Sequence[str], forbid: Sequence[str]) -> tuple[list[Wanted], list[Problem]]:
    """The holds of projects forced in and forbidden, and what is wrong with their names."""
    wanted: list[Wanted] = []
    problems: list[Problem] = []
    for kind, names in (("force", force), ("forbid", forbid)):
        for text in names:
            match = _AT.fullmatch(text) if kind == "force" else None
            name = match[1] if match else text
            year = int(match[2]) if match else None
            project, wrong = project_of(tables, name.strip())
            problems += [Problem(f"--{kind} {text}", wrong)] if wrong else []
            if project:
                wanted.append((f"--{kind} {text}", _cells(project, kind, from_year=year, to_year=year)))
    return wanted, problems


def project_of(tables: Tables, text: str) -> tuple[str, str]:
    """Return the id of the project that an id or a name means, and a sentence where there is none, or are several."""
    rows = tables.ids("Projects.project")
    if text in rows:
        return text, ""
    folded = text.casefold()
    found = [p for p, row in rows.items() if folded in (p.casefold(), row_name(row).casefold())]
    if len(found) == 1:
        return found[0], ""
    if found:
        return "", f"{len(found)} projects have that name ({', '.join(found)}); give the id"
    known = [*rows, *(name for row in rows.values() if (name := row_name(row)))]
    return "", f"there is no project {text!r}{nearest(text, known)}"


def _wrong_year(tables: Tables, year: int, has_pin: bool) -> Iterator[Problem]:
    if not has_pin:
        yield Problem("--hold-until", "goes with --pin, which says whose decisions are held")
    if year not in tables.years:
        text = f"is {year}, and the plan is from {tables.years[0]} to {tables.years[-1]}"
        yield Problem("--hold-until", text)


def _pinned(inputs: CaseInputs, pin: Answer | str | Path, until: int | None) -> tuple[list[Wanted], list[Problem]]:
    """The holds that fix decisions as in a result, or in a table; and what is wrong with those."""
    projects = inputs.source.ids("Projects.project")
    last = inputs.source.years[-1] if until is None else until
    if not isinstance(pin, Answer) and Path(pin).suffix.lower() == ".csv":
        table, problems = _table(inputs.source, Path(pin))
        if problems:
            return [], problems
        return list(_rows("--pin", table, list(table), inputs, last, None)), []
    plan = pin if isinstance(pin, Answer) else read_answer(Path(pin))
    by_scenario: dict[str, Decided] = {}
    for scenario, fixed in fixed_investments(inputs.case, plan).items():
        decided = by_scenario.setdefault(scenario, {})
        for (project, year), modules in fixed.built.items():
            if year >= inputs.source.years[0]:  # earlier ones are what the case commits itself
                decided.setdefault(project, {})[year] = modules
    unknown = sorted({p for decided in by_scenario.values() for p in decided} - projects.keys())
    if unknown:
        text = f"decides on projects that the case does not have: {', '.join(unknown)}"
        return [], [Problem("--pin", text)]
    candidates = [p for p, row in projects.items() if row.integer("max_modules") > 0]
    found: list[Wanted] = []
    for p in candidates:
        each = {scenario: decided.get(p, {}) for scenario, decided in by_scenario.items()}
        same = all(years == next(iter(each.values())) for years in each.values())
        one: list[tuple[str | None, dict[int, int]]] = [(None, next(iter(each.values())))]
        for path_of, decided_in in one if same else [*each.items()]:
            found += _rows("--pin", {p: decided_in}, [p], inputs, last, path_of)
    return found, []


def _rows(
    option: str, decided: Decided, projects: Sequence[str], inputs: CaseInputs, last: int, scenario: str | None
) -> Iterator[Wanted]:
    """Holds that fix some projects up to a year: each decision, and in all no more than these."""
    until = None if last == inputs.source.years[-1] else last
    rows = inputs.source.ids("Projects.project")
    for p in projects:
        years = {year: modules for year, modules in sorted(decided.get(p, {}).items()) if year <= last and modules}
        for year, modules in years.items():
            cells = _cells(p, "pin", modules=modules, from_year=year, to_year=year, scenario=scenario)
            yield f"{option}: {modules} of {p} in {year}", cells
        total = sum(years.values())
        leaves_out = until is None and total < inputs.case.projects[p].min_modules  # what is committed is built anyway
        if not leaves_out and (total or any(y <= last for y in decision_years(rows[p], inputs.source))):
            yield f"{option}: {p}", _cells(p, "pin", modules=total, to_year=until, scenario=scenario)


def _table(tables: Tables, path: Path) -> tuple[Decided, list[Problem]]:
    """The decisions in a CSV file with the columns project, decision_year and modules, and what is wrong with it."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return {}, [Problem("--pin", f"{path} cannot be read ({error})")]
    lacking = [column for column in TABLE if not rows or column not in rows[0]]
    if lacking:
        return {}, [Problem(path.name, f"has no column {', '.join(lacking)}; it needs {', '.join(TABLE)}")]
    decided: Decided = {}
    problems: list[Problem] = []
    for number, row in enumerate(rows, 2):
        project, wrong = project_of(tables, str(row["project"] or "").strip())
        cells = [str(row[column] or "").strip() for column in TABLE[1:]]
        if not wrong and not all(re.fullmatch(r"\d+", cell) for cell in cells):
            wrong = "decision_year and modules are whole numbers"
        if wrong:
            problems.append(Problem(f"{path.name}, line {number}", wrong))
            continue
        years = decided.setdefault(project, {})
        years[int(cells[0])] = years.get(int(cells[0]), 0) + int(cells[1])
    return decided, problems

"""Study files: TOML that lists workbooks, scenarios, variants and jobs, read and holds against what is possible.

Every problem is named with its line, table and key, all at once.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from didymium.arguments import parser
from didymium.errors import BadWorkbook, Problem
from didymium.options import SolveOptions, refuse_inputs, refuse_levels, refuse_margin, refuse_stress_options
from didymium.tables.cells import nearest
from didymium.variants import Scale, SetCell, Shift, Variant

AS_IS = "as_is"  # the variant that changes nothing
BASE, EACH, STOCHASTIC = "base", "each", "stochastic"  # words that may stand where scenarios do
COMMANDS = ("solve", "frontier", "alternatives", "sensitivity", "stress")
# Flags that the file says otherwise, or that are for the whole call.
_OTHERWISE = {
    "scenario": "write scenarios",
    "stochastic": 'write scenarios = ["stochastic"]',
    "each_scenario": 'write scenarios = "each"',
    **dict.fromkeys(("force", "forbid", "pin", "hold_until"), "goes into a table of [[variants]]"),
    **dict.fromkeys(("out", "workers", "cluster", "again", "quiet", "json", "dry_run"), "is a flag of didymium run"),
    **dict.fromkeys(("start", "frontier"), "is not for study files"),
}
_VARIANT = {
    "name": str, "set": list, "scale": list, "shift": list, "force": list, "forbid": list, "pin": str,
    "hold_until": int, "options": dict,
}  # fmt: skip
_TOP = {"workbooks": list, "scenarios": (str, list), "options": dict, "variants": list, "jobs": list}
_CHANGE: dict[str, dict[str, Any]] = {
    "set": {"sheet": str, "row": (str, int, list), "column": (str, int), "value": (str, int, float, bool)},
    "scale": {"sheet": str, "columns": (str, int, list), "by": (int, float), "add": (int, float), "where": dict},
    "shift": {"target": str, "years": int},
}
_NEEDED = {"set": ("sheet", "row", "column", "value"), "scale": ("sheet", "columns"), "shift": ("target", "years")}
_WORDS = {str: "text", list: "a list", dict: "a table", int: "a whole number", float: "a number", bool: "true or false"}
Place = tuple[str | int, ...]
"""Keys and numbers of tables, from 1, that lead to a value: ("variants", 2, "scale")."""


@dataclass(slots=True)
class JobTable:
    """A table of [[jobs]]: a command, and of what; empty sequences stand for all."""

    command: str
    place: Place
    flags: dict[str, Any]
    workbooks: list[Path]
    scenarios: list[str]
    variants: list[str]


@dataclass(slots=True)
class StudyFile:
    """A study file as read. `problems` is everything wrong with it so far."""

    path: Path
    text: str
    workbooks: list[Path] = field(default_factory=list)
    scenarios: list[str] = field(default_factory=lambda: [BASE])
    variants: dict[str, Variant] = field(default_factory=dict)
    options: dict[str, dict[str, Any]] = field(default_factory=dict)  # by variant, AS_IS for all
    jobs: list[JobTable] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)  # of variants
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, place: Place, text: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(self.words(place), text))

    def words(self, place: Place) -> str:
        """Return a place in words: file, line, table, key."""
        line = line_of(self.text, place)
        where = " ".join(str(part) for part in place)
        return f"{self.path.name}{f', line {line}' if line else ''}{f', {where}' if where else ''}"


def line_of(text: str, place: Place) -> int | None:
    """Return the line at which a value stands, else that of the table it is in; None for the whole file."""
    lines = text.splitlines()
    names = [str(part) for part in place if isinstance(part, str)]
    if not names:
        return None
    number = next((part for part in place if isinstance(part, int)), 1)
    header = _header(lines, names[0], number)
    if header is None:  # a key at the top, or a table written after one
        return _key(lines, 0, names[0])
    return _key(lines, header + 1, names[-1]) or header + 1


def _key(lines: Sequence[str], start: int, key: str) -> int | None:
    """The number of the line of a key, from a line on and before the next table."""
    for number, line in enumerate(lines[start:], start + 1):
        if re.match(r"\s*\[+\s*\w", line):
            return None
        if re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line):
            return number
    return None


def _header(lines: Sequence[str], table: str, number: int) -> int | None:
    """The index of the line of the number-th [table] or [[table]]."""
    found = [k for k, line in enumerate(lines) if re.match(rf"\s*\[\[?\s*{re.escape(table)}\s*\]", line)]
    return found[number - 1] if len(found) >= number else None


def read_study_file(path: Path) -> StudyFile:
    """Read a study file. Raises BadWorkbook with everything that is wrong in it; its workbooks are not read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except OSError as error:
        raise BadWorkbook([Problem(str(path), f"cannot be read: {error.strerror or error}")]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadWorkbook([Problem(path.name, f"is no TOML: {error}")]) from error
    study = StudyFile(path, text)
    top = _checked(study, (), content, _TOP)
    study.workbooks = _workbooks(study, (), top.get("workbooks", []))
    if not study.workbooks and not study.problems:
        study.refuse((), 'names no workbook: write workbooks = ["my_case.xlsx"]')
    study.scenarios = _texts(study, ("scenarios",), top.get("scenarios", [BASE]))
    study.variants[AS_IS], study.places[AS_IS] = Variant(AS_IS), ("variants",)
    study.options[AS_IS] = _options(study, ("options",), top.get("options", {}))
    for k, table in enumerate(_tables(study, ("variants",), top.get("variants", [])), 1):
        _add_variant(study, ("variants", k), table)
    for k, table in enumerate(_tables(study, ("jobs",), top.get("jobs", [{"command": "solve"}])), 1):
        _add_job(study, ("jobs", k), table)
    if study.problems:
        raise BadWorkbook(study.problems)
    return study


def _checked(study: StudyFile, place: Place, table: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a table that are known and of their kind; the others are problems."""
    found = {}
    for key, value in table.items():
        kinds = known.get(key)
        if kinds is None:
            study.refuse((*place, key), f"is not known here{nearest(key, list(known))}")
        elif not _is(value, kinds):
            study.refuse((*place, key), f"is {value!r}, and must be {_in_words(kinds)}")
        else:
            found[key] = value
    return found


def _is(value: object, kinds: Any) -> bool:
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    return isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)


def _in_words(kinds: Any) -> str:
    return " or ".join(_WORDS[kind] for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))


def _tables(study: StudyFile, place: Place, value: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    for k, table in enumerate(value, 1):
        if isinstance(table, Mapping):
            yield table
        else:
            study.refuse((*place, k), f"is {table!r}, and must be a table: [[{place[-1]}]]")
            yield {}


def _texts(study: StudyFile, place: Place, value: object) -> list[str]:
    """Text, or a list of it."""
    values = value if isinstance(value, list) else [value]
    wrong = [one for one in values if not isinstance(one, str)]
    if wrong or not values:
        study.refuse(place, f"is {value!r}, and must be text or a list of text")
        return []
    return list(dict.fromkeys(values))


def _workbooks(study: StudyFile, place: Place, value: object) -> list[Path]:
    """The workbooks of a list, from the folder of the file; patterns such as cases/*.xlsx are filled in."""
    found: list[Path] = []
    for text in _texts(study, (*place, "workbooks"), value) if value else []:
        pattern = any(sign in text for sign in "*?[")
        paths = sorted(study.path.parent.glob(text)) if pattern else [study.path.parent / text]
        paths = [path for path in paths if path.exists() and not path.name.startswith("~$")]
        if not paths:
            study.refuse((*place, "workbooks"), f"there is no file or folder {text!r} in {study.path.resolve().parent}")
        found += paths
    names = [path.stem for path in dict.fromkeys(found)]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        study.refuse((*place, "workbooks"), f"several are called {name!r}, so that their results would mix; rename")
    return list(dict.fromkeys(found))


def _add_variant(study: StudyFile, place: Place, table: Mapping[str, Any]) -> None:
    given = _checked(study, place, table, _VARIANT)
    name = given.get("name", "")
    if not re.fullmatch(r"[\w-]+", name) or name in study.variants:
        text = "is taken already" if name in study.variants else "needs a name of letters, digits, _ or -, for a folder"
        study.refuse((*place, "name"), text)
        return
    changes = {kind: _changes(study, place, kind, given.get(kind, [])) for kind in _CHANGE}
    pin = study.path.parent / given["pin"] if "pin" in given else None
    if pin is not None and not pin.exists():
        study.refuse((*place, "pin"), f"there is no file or folder {given['pin']!r} in {study.path.resolve().parent}")
    holds = {key: tuple(_texts(study, (*place, key), given[key])) for key in ("force", "forbid") if key in given}
    study.variants[name] = Variant(name, pin=pin, hold_until=given.get("hold_until"), **changes, **holds)  # type: ignore[arg-type]
    study.places[name] = place
    study.options[name] = _options(study, (*place, "options"), given.get("options", {}))


def _changes(study: StudyFile, place: Place, kind: str, value: Sequence[Any]) -> tuple[Any, ...]:
    """The changes of one kind."""
    found: list[Any] = []
    for table in _tables(study, (*place, kind), value):
        given = _checked(study, (*place, kind), table, _CHANGE[kind])
        lacking = [key for key in _NEEDED[kind] if key not in table]
        if lacking:
            study.refuse((*place, kind), f"needs {', '.join(lacking)}")
        if lacking or len(given) < len(table):
            continue
        found.append(_change(kind, given))
    return tuple(found)


def _change(kind: str, given: Mapping[str, Any]) -> SetCell | Scale | Shift:
    if kind == "set":
        row = tuple(given["row"]) if isinstance(given["row"], list) else given["row"]
        return SetCell(given["sheet"], row, given["column"], given["value"])
    if kind == "shift":
        return Shift(given["target"], given["years"])
    columns = given["columns"] if isinstance(given["columns"], list) else [given["columns"]]
    where = tuple((column, str(value)) for column, value in given.get("where", {}).items())
    return Scale(given["sheet"], tuple(map(str, columns)), float(given.get("by", 1)), float(given.get("add", 0)), where)


@cache
def flags_of(command: str) -> dict[str, argparse.Action]:
    """Return the flags of a command by the key that stands for each in a file: time_limit for --time-limit."""
    top = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    actions = [action for action in top.choices[command]._actions if action.option_strings and action.dest != "help"]
    return {action.option_strings[-1].removeprefix("--").replace("-", "_"): action for action in actions}


def _options(study: StudyFile, place: Place, table: Mapping[str, Any]) -> dict[str, Any]:
    """Flags for all jobs whose command has them."""
    known = {key: action for command in reversed(COMMANDS) for key, action in flags_of(command).items()}
    return _flags(study, place, table, known)


def _flags(
    study: StudyFile, place: Place, table: Mapping[str, Any], known: Mapping[str, argparse.Action]
) -> dict[str, Any]:
    """The values of flags that can be, by key."""
    found = {}
    for key, value in table.items():
        action = known.get(key)
        if key in _OTHERWISE:
            study.refuse((*place, key), _OTHERWISE[key])
        elif action is None:
            study.refuse((*place, key), f"is no option here{nearest(key, [k for k in known if k not in _OTHERWISE])}")
        else:
            try:
                found[key] = _value(action, value)
            except (argparse.ArgumentTypeError, ValueError, TypeError) as error:
                study.refuse((*place, key), f"is {value!r}, which cannot be: {error}")
    return found


def _value(action: argparse.Action, value: object) -> object:
    """The value that a flag would have. Raises ValueError where it cannot be."""
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise ValueError("write true or false")
        return value
    if action.nargs == "+":
        if not isinstance(value, list) or not value:
            raise ValueError("write a list")
        return [str(one) for one in value]
    if isinstance(value, (bool, list, dict)):
        raise TypeError("write one value")
    kind = action.type
    found = kind(str(value)) if callable(kind) else value
    if action.choices is not None and found not in action.choices:
        raise ValueError(f"it is one of {', '.join(map(str, action.choices))}")
    return found


def _add_job(study: StudyFile, place: Place, table: Mapping[str, Any]) -> None:
    command = table.get("command", "solve")
    if command not in COMMANDS:
        known = f"{nearest(command, list(COMMANDS))}" if isinstance(command, str) else ""
        study.refuse((*place, "command"), f"is {command!r}, and must be one of {', '.join(COMMANDS)}{known}")
        return
    own = ("command", "workbooks", "scenarios", "variants")
    flags = _flags(study, place, {k: v for k, v in table.items() if k not in own}, flags_of(command))
    workbooks = _workbooks(study, place, table["workbooks"]) if "workbooks" in table else study.workbooks
    scenarios = _texts(study, (*place, "scenarios"), table.get("scenarios", study.scenarios))
    if command not in ("solve", "stress") and STOCHASTIC in scenarios:
        study.refuse((*place, "scenarios"), f"{command} is of one scenario, foreseen; stochastic goes with solve")
    variants = _texts(study, (*place, "variants"), table.get("variants", list(study.variants)))
    for name in variants:
        if name not in study.variants:
            study.refuse((*place, "variants"), f"there is no variant {name!r}{nearest(name, list(study.variants))}")
    job = JobTable(command, place, flags, workbooks, scenarios, [name for name in variants if name in study.variants])
    study.jobs.append(job)
    for name in job.variants:
        _refuse_values(study, job, name)


def _refuse_values(study: StudyFile, job: JobTable, variant: str) -> None:
    """Note values that cannot be, of the options that a job has for a variant."""
    given = {key: value for key, value in flags_for(study, job, variant).items() if value is not None}
    for check in _checks(job.command, given):
        try:
            check()
        except BadWorkbook as error:
            for problem in error.problems:
                key = problem.place.removeprefix("--").replace("-", "_")
                place = next((p for p in _places(study, job, variant, key)), job.place)
                if Problem(study.words(place), problem.text) not in study.problems:
                    study.refuse(place, problem.text)


def flags_for(study: StudyFile, job: JobTable, variant: str) -> dict[str, Any]:
    """Return the flags of a job for a variant: its own, else those of the variant, else those for all."""
    known = flags_of(job.command)
    together = {**study.options[AS_IS], **study.options[variant], **job.flags}
    return {key: value for key, value in together.items() if key in known}


def _places(study: StudyFile, job: JobTable, variant: str, key: str) -> Iterable[Place]:
    """Where an option comes from."""
    if key in job.flags:
        yield (*job.place, key)
    if key in study.options[variant] and variant != AS_IS:
        yield (*study.places[variant], "options", key)
    yield ("options", key)


def _checks(command: str, given: Mapping[str, Any]) -> list[Any]:
    """What refuses values of a command that cannot be."""
    solver = {"gap_percent": "gap", "time_limit": "time_limit", "threads": "threads", "seed": "seed", "route": "route"}
    if command == "stress":
        return [lambda: refuse_stress_options(given.get("draws", 200), given.get("seed", 0), 1)]
    checks: list[Any] = [lambda: SolveOptions(**{name: given[key] for name, key in solver.items() if key in given})]
    if command == "frontier":
        checks.append(lambda: refuse_levels(given.get("steps", 11), given.get("from", 0.0), given.get("to", 100.0)))
    if command == "alternatives":
        checks.append(lambda: refuse_margin(given.get("within", 1.0), given.get("plans", 8)))
    if command == "sensitivity":
        checks.append(lambda: refuse_inputs(given.get("inputs", 10)))
    return checks

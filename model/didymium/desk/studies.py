"""What can be run from a page: the fields of each form, and the command line that it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from didymium.desk.queue import PROGRESS_FILE

Of = Literal["book", "result"]
Kind = Literal["number", "count", "check", "text", "column", "scenario", "targets", "projects", "result"]
Form = Mapping[str, Sequence[str]]
Choices = Mapping[str, Sequence[Sequence[str]]]
OUT = "--out="
MAX_MINUTES = 7 * 24 * 60.0  # minutes


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form, and its flag; `factor` makes the flag's unit of the form's (minutes to seconds). The words
    beside it are those of its name in the strings."""

    name: str
    kind: Kind
    flag: str
    default: str = ""
    low: float = 0.0
    high: float = 1e6
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Study:
    """A form: the command it runs, its fixed flags, its fields; `of` what it is about; `writes` what the folder is
    called that it writes into where the planner gives no name, or None where the command says."""

    command: str
    of: Of
    fields: tuple[Field, ...]
    flags: tuple[str, ...] = ()
    writes: str | None = None
    progress: bool = True


class BadField(ValueError):
    """A field that cannot be: `field` is its name, `key` that of the sentence which says why."""

    def __init__(self, field: str, key: str, value: str) -> None:
        self.field, self.key, self.value = field, key, value
        super().__init__(f"{field}: {value}")


_SCENARIO = Field("scenario", "scenario", "--scenario")
_GAP = Field("gap", "number", "--gap", low=0, high=100)
_TIME = Field("minutes", "number", "--time-limit", low=0.01, high=MAX_MINUTES, factor=60)
_START = Field("start", "result", "--start")
_SEARCH = (_GAP, _TIME)
STUDIES: dict[str, Study] = {
    "solve": Study("solve", "book", (_SCENARIO, *_SEARCH, _START), (), "plan"),
    "tree": Study(
        "solve", "book", (Field("value", "check", "--value"), *_SEARCH, _START), ("--stochastic",), "stochastic"
    ),
    "each": Study("solve", "book", _SEARCH, ("--each-scenario",), "each scenario"),
    "what_if": Study(
        "solve",
        "book",
        (
            Field("force", "projects", "--force"),
            Field("forbid", "projects", "--forbid"),
            Field("pin", "result", "--pin"),
            Field("hold_until", "count", "--hold-until", low=1900, high=2200),
            _SCENARIO,
            *_SEARCH,
        ),
        (),
        "what if",
    ),
    "vary": Study(  # by a study file: the module `varied`
        "run",
        "book",
        (
            Field("column", "column", ""),
            Field("percent", "number", "", "110", 0, 10_000, 0.01),
            Field("rows", "text", ""),
            Field("moved", "targets", ""),
            Field("later", "count", "", "1", -50, 50),
            _SCENARIO,
            *_SEARCH,
        ),
        (),
        "changed inputs",
    ),
    "frontier": Study(
        "frontier",
        "book",
        (
            Field("steps", "count", "--steps", "6", 2, 101),
            Field("target", "targets", "--target"),
            Field("low", "number", "--from", "0", 0, 1000),
            Field("high", "number", "--to", "100", 0, 1000),
            _SCENARIO,
            *_SEARCH,
        ),
        (),
        "frontier",
    ),
    "alternatives": Study(
        "alternatives",
        "book",
        (
            Field("within", "number", "--within", "1", 0, 100),
            Field("plans", "count", "--plans", "8", 0, 100),
            Field("scenarios", "check", "--scenarios"),
            _SCENARIO,
            *_SEARCH,
            _START,
        ),
        (),
        "alternatives",
    ),
    "sensitivity": Study(
        "sensitivity",
        "book",
        (Field("inputs", "count", "--inputs", "10", 1, 1000), _SCENARIO, *_SEARCH),
        (),
        "sensitivity",
    ),
    "repair": Study("explain", "book", (_SCENARIO, _TIME), (), "explain"),
    "stress": Study(
        "stress",
        "result",
        (
            Field("draws", "count", "--draws", "200", 0, 100_000),
            Field("seed", "count", "--seed", "0", 0, 1e9),
            Field("regret", "count", "--regret", "60", 0, 86_400),
            Field("myopic", "check", "--myopic"),
        ),
    ),
    "explain": Study("explain", "result", (Field("project", "projects", "--project"), *_SEARCH)),
    "report": Study("report", "result", (), progress=False),
    "pdf": Study("report", "result", (), ("--pdf",), progress=False),
    "slides": Study("brief", "result", (), ("--pptx",), progress=False),
    "verify": Study("verify", "result", (), progress=False),
}


def studies_of(of: Of) -> dict[str, Study]:
    """Return the forms about a workbook, or about a result."""
    return {name: study for name, study in STUDIES.items() if study.of == of}


def arguments_of(study: Study, source: str, form: Form, choices: Choices, out: str | None) -> list[str]:
    """Return the command line of a form that was filled in: of a `source` in the folder, written into `out`.

    `choices` are the ids there are of each kind that is chosen from. Raises BadField for the first field that cannot
    be.
    """
    path = f"./{source}" if source.startswith("-") else source
    found = [study.command, path, *study.flags]
    for field in study.fields:
        found += _flags(field, [text.strip() for text in form.get(field.name, ()) if text.strip()], choices)
    if out is not None:
        found.append(f"{OUT}{out}")
    return [*found, *(["--quiet", "--progress", PROGRESS_FILE] if study.progress else [])]


def _flags(field: Field, texts: list[str], choices: Choices) -> list[str]:
    """What a field adds to the command line: nothing where it is blank."""
    if not texts:
        return []
    if field.kind == "check":
        return [field.flag]
    if field.kind in ("number", "count"):
        return [f"{field.flag}={number_of(field, texts[0])}"]
    known = {choice[0] for choice in choices.get(field.kind, ())}
    for text in texts:
        if text not in known:
            raise BadField(field.name, "unknown", text)
    if field.kind == "targets":
        return [field.flag, *texts]
    return [f"{field.flag}={text}" for text in texts]


def number_of(field: Field, text: str) -> str:
    """Return a typed number in the unit of the command. Raises BadField where it cannot be."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise BadField(field.name, "no_number", text) from None
    if not field.low <= value <= field.high:
        raise BadField(field.name, "out_of_range", text)
    if field.kind == "count" and value != int(value):
        raise BadField(field.name, "no_whole_number", text)
    return f"{value * field.factor:.10g}"

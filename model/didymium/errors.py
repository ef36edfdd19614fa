"""The ways a job can end short of a plan, each with its exit code and its remedy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    """How bad a problem is: an error stops the job, a warning looks wrong, a notice states what was taken for
    granted."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


ERROR, WARNING, NOTICE = Severity


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, or odd, in the input: where it is, what is wrong, what to do.

    `place` is `Sheet!Cell`, or the sheet's name where no one cell is at fault. `code` names the rule, for machines.
    `also` are further places of which the same is true.
    """

    place: str
    text: str
    severity: Severity = ERROR
    code: str = ""
    also: tuple[str, ...] = ()

    @property
    def sheet(self) -> str:
        """The name of the sheet."""
        return self.place.split("!")[0]

    @property
    def cell(self) -> str:
        """The cell alone, such as `C5`; empty where the problem is the whole sheet's or a whole row's."""
        cell = self.place.partition("!")[2]
        return cell if re.fullmatch(r"[A-Z]{1,3}[0-9]+", cell) else ""

    @property
    def is_error(self) -> bool:
        """Whether it stops the job."""
        return self.severity is ERROR

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class DidymiumError(Exception):
    """A job that ended without its result; `exit_code` is what the command returns."""

    exit_code = 1


class BadWorkbook(DidymiumError):
    """The input is wrong: mend the cells named. Nothing was solved."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        errors = [p for p in self.problems if p.is_error]
        super().__init__("\n".join(str(p) for p in errors))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """Travels between processes with its problems, not its words."""
        return type(self), (self.problems,)


class NoPlan(DidymiumError):
    """No plan can exist: relax one of the targets or limits named in `reasons`.

    Each reason is {rule, name, year, short_by, unit, text}.
    """

    exit_code = 3

    def __init__(self, reasons: Sequence[dict[str, object]]) -> None:
        self.reasons = list(reasons)
        self.log = ""  # the solver's log
        self.scenario = ""  # where earlier decisions were held: the scenario that has no plan after them
        self.folder: Path | None = None  # where the reasons are written, if they are
        super().__init__("\n".join(str(r["text"]) for r in self.reasons))

    def __reduce__(self) -> tuple[type, tuple[object, ...], dict[str, object]]:
        """Travels between processes with its reasons, log and scenario, not its words."""
        return type(self), (self.reasons,), {"log": self.log, "scenario": self.scenario}


class Unfinished(DidymiumError):
    """The search stopped at a limit, or by hand, before any plan was found: give it more time."""

    exit_code = 5


class OutputInUse(DidymiumError):
    """The result could not be written to its place; the message says why, and where it is kept if it is."""

    exit_code = 6


class BrokenPlan(DidymiumError):
    """The independent re-check found a rule that the plan breaks: a fault of ours, never shown as a plan."""


class LostJob(DidymiumError):
    """A job's process died every time that it was tried: give it more memory, or run fewer at a time."""

    exit_code = 5


class UnknownTable(DidymiumError, KeyError):
    """A plan or stress test has no table of this name; the message suggests the nearest."""

    def __str__(self) -> str:
        return str(self.args[0])

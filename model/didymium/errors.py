"""The ways a job can end short of a plan, each with its exit code and its remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, or odd, in the input: where it is, what it says, what to do.

    `place` is `Sheet!Cell`, or the sheet's name where no one cell is at fault.
    """

    place: str
    text: str
    warning: bool = False

    @property
    def sheet(self) -> str:
        return self.place.split("!")[0]

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class DidymiumError(Exception):
    """A job that ended without what was asked for; `exit_code` is what the command returns."""

    exit_code = 1


class BadWorkbook(DidymiumError):
    """The input is wrong: mend the cells named. Nothing was solved."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        errors = [p for p in self.problems if not p.warning]
        super().__init__("\n".join(str(p) for p in errors))


class NoPlan(DidymiumError):
    """No plan can exist: relax one of the targets or limits named in `reasons`.

    Each reason is {rule, name, year, short_by, unit, text}.
    """

    exit_code = 3

    def __init__(self, reasons: Sequence[dict[str, object]]) -> None:
        self.reasons = list(reasons)
        self.log = ""  # what the solver said
        super().__init__("\n".join(str(r["text"]) for r in self.reasons))


class Unfinished(DidymiumError):
    """Stopped at a limit, or by hand, before any plan was found: give it more time."""

    exit_code = 5


class OutputInUse(DidymiumError):
    """The result could not be written where it was asked for; the message says where it is kept."""

    exit_code = 6


class BrokenPlan(DidymiumError):
    """The independent re-check found a rule that the plan breaks: a fault of ours, never shown as a plan."""

"""The options of a job, checked before anything runs: what cannot be is refused with a sentence, all at once."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from didymium.case.case import Case
from didymium.engine.control import Options
from didymium.errors import BadWorkbook, Problem

MAX_SEED = 2**31 - 1  # the largest that HiGHS takes
MAX_WORKERS = 10_000


class Route(StrEnum):
    """How a tree of scenarios is solved: by its size, as one model, or branch by branch after shared decisions."""

    AUTO = "auto"
    WHOLE = "whole"
    BRANCHES = "branches"


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """How to solve. `gap_percent` and `time_limit` (seconds) are the workbook's own where None.

    `threads` 0 leaves the number to HiGHS. `route`, `workers` (processes) and `cluster` (address of a dask.distributed
    scheduler, or slurm or kubernetes) concern trees of scenarios. Raises BadWorkbook with a sentence for every value
    that cannot be.
    """

    gap_percent: float | None = None
    time_limit: float | None = None
    threads: int = 0
    seed: int = 0
    route: str = Route.AUTO
    workers: int = 1
    cluster: str | None = None

    def __post_init__(self) -> None:
        routes = ", ".join(Route)
        _refuse(
            [
                *_number("--gap", self.gap_percent, 0, 100, "a percentage from 0 to 100, such as 0.5"),
                *_number("--time-limit", self.time_limit, 1e-3, 1e9, "a number of seconds above 0, such as 600"),
                *_integer("--threads", self.threads, 0, max_threads(), "0 leaves the choice to the solver"),
                *_integer("--seed", self.seed, 0, MAX_SEED, "any of them will do"),
                *_integer("--workers", self.workers, 1, MAX_WORKERS, "1 solves in this process"),
                *([] if self.route in list(Route) else [Problem("--route", f"{self.route!r} is none of {routes}")]),
            ]
        )

    def for_solver(self, case: Case) -> Options:
        """Return the settings of HiGHS: these, and the case's own gap and time limit where none is given."""
        gap = case.gap if self.gap_percent is None else self.gap_percent / 100
        return Options(gap, case.time_limit if self.time_limit is None else self.time_limit, self.threads, self.seed)


def max_threads() -> int:
    """Return the highest number of solver threads: as many as the machine has processors, and 64 on any."""
    return max(64, os.cpu_count() or 1)


def refuse_stress_options(draws: int, seed: int, workers: int) -> None:
    """Raise BadWorkbook with a sentence for every option of a stress test that cannot be."""
    _refuse(
        [
            *_integer("--draws", draws, 0, 10**9, "200 are usual"),
            *_integer("--seed", seed, 0, 10**9, "any of them will do"),
            *_integer("--workers", workers, 1, MAX_WORKERS, "1 solves in this process"),
        ]
    )


def refuse_levels(steps: int, low: float, high: float) -> None:
    """Raise BadWorkbook with a sentence for every option of a frontier that cannot be."""
    _refuse(
        [
            *_integer("--steps", steps, 2, 1000, "11 are usual"),
            *_number("--from", low, 0, 100, "a percentage of the full targets from 0 to 100"),
            *_number("--to", high, 0, 100, "a percentage of the full targets from 0 to 100"),
            *([] if low < high else [Problem("--from", f"is {low:g}, and must be less than --to, which is {high:g}")]),
        ]
    )


def refuse_margin(within_percent: float, plans: int) -> None:
    """Raise BadWorkbook with a sentence for every option of the alternatives that cannot be."""
    _refuse(
        [
            *_number("--within", within_percent, 0, 100, "a percentage of the cost from 0 to 100; 1 is usual"),
            *_integer("--plans", plans, 0, 1000, "8 are usual"),
        ]
    )


def refuse_inputs(number: int) -> None:
    """Raise BadWorkbook with a sentence where so many inputs of a sensitivity cannot be."""
    _refuse(list(_integer("--inputs", number, 1, 1000, "10 are usual")))


def refuse_folder(option: str, folder: Path) -> None:
    """Raise BadWorkbook where no files can be written into a folder, which need not be there yet."""
    try:
        _try_to_write(folder)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadWorkbook(
            [Problem(option, f"nothing can be written to {folder} ({why}); name another folder")]
        ) from error


def _try_to_write(folder: Path) -> None:
    """Make and remove something in the folder, or in the nearest one above it that is there."""
    existing = folder
    while not existing.exists():
        existing = existing.parent if existing.parent != existing else Path()
    if not existing.is_dir():
        raise NotADirectoryError(20, f"{existing} is a file, not a folder")
    tempfile.TemporaryDirectory(prefix=".didymium-", dir=existing).cleanup()


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise BadWorkbook(problems)


def _number(option: str, value: float | None, low: float, high: float, words: str) -> Iterator[Problem]:
    if value is not None and not (isinstance(value, (int, float)) and math.isfinite(value) and low <= value <= high):
        yield Problem(option, f"is {value}, and must be {words}")


def _integer(option: str, value: object, low: int, high: int, words: str) -> Iterator[Problem]:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        yield Problem(option, f"is {value}, and must be a whole number from {low} to {high:,} ({words})")

"""The options of a job, looked at before anything runs: what cannot be is refused with a sentence, all at once."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from didymium.case.case import Case
from didymium.engine.highs import Options
from didymium.errors import BadWorkbook, Problem

MOST_SEED = 2**31 - 1  # the largest that HiGHS takes
MOST_WORKERS = 10_000


def most_threads() -> int:
    """Return the most solver threads that may be asked for: as many as the machine has processors, and 64 on any."""
    return max(64, os.cpu_count() or 1)


def options_for(case: Case, gap_percent: float | None, time_limit: float | None, threads: int, seed: int) -> Options:
    """Return the workbook's gap and time limit unless others are given. Raises BadWorkbook for an option that cannot
    be."""
    refuse_solve_options(gap_percent, time_limit, threads, seed)
    gap = case.gap if gap_percent is None else gap_percent / 100
    return Options(gap, case.time_limit if time_limit is None else time_limit, threads, seed)


def refuse_solve_options(gap_percent: float | None, time_limit: float | None, threads: int, seed: int) -> None:
    """Raise BadWorkbook with a sentence for every option of a solve that cannot be."""
    _refuse(
        [
            *_number("--gap", gap_percent, 0, 100, "a percentage from 0 to 100, such as 0.5"),
            *_number("--time-limit", time_limit, 1e-3, 1e9, "a number of seconds above 0, such as 600"),
            *_whole("--threads", threads, 0, most_threads(), "0 leaves the choice to the solver"),
            *_whole("--seed", seed, 0, MOST_SEED, "any of them will do"),
        ]
    )


def refuse_stress_options(draws: int, seed: int, workers: int) -> None:
    """Raise BadWorkbook with a sentence for every option of a stress that cannot be."""
    _refuse(
        [
            *_whole("--draws", draws, 0, 10**9, "200 are usual"),
            *_whole("--seed", seed, 0, 10**9, "any of them will do"),
            *_whole("--workers", workers, 1, MOST_WORKERS, "1 solves in this process"),
        ]
    )


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
    there = folder
    while not there.exists():
        there = there.parent if there.parent != there else Path()
    if not there.is_dir():
        raise NotADirectoryError(20, f"{there} is a file, not a folder")
    tempfile.TemporaryDirectory(prefix=".didymium-", dir=there).cleanup()


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise BadWorkbook(problems)


def _number(option: str, value: float | None, least: float, most: float, words: str) -> Iterator[Problem]:
    if value is not None and not (isinstance(value, (int, float)) and math.isfinite(value) and least <= value <= most):
        yield Problem(option, f"is {value}, and must be {words}")


def _whole(option: str, value: object, least: int, most: int, words: str) -> Iterator[Problem]:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        yield Problem(option, f"is {value}, and must be a whole number from {least} to {most:,} ({words})")

"""What every command prints: problems by sheet on standard output, progress on standard error."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from didymium.engine.control import Progress
from didymium.errors import Problem
from didymium.logs import LOGGER


def print_problems(problems: Sequence[Problem], maximum: int = 200) -> None:
    """Print problems by sheet, errors before warnings before notices; the first two hundred, and how many more there
    are."""
    for sheet, rows in groupby(problems[:maximum], key=lambda p: p.sheet):
        print(sheet)
        for problem in rows:
            print(f"  {'ERROR' if problem.is_error else problem.severity}  {problem}")
    if len(problems) > maximum:
        print(f"... and {len(problems) - maximum} more")


class ConsoleProgress(logging.Handler):
    """Progress on standard error: one line that moves on a terminal, plain lines in a pipe. As a handler of the logger
    `didymium` it shows what the library logs."""

    def __init__(self, quiet: bool) -> None:
        super().__init__(logging.WARNING if quiet else logging.INFO)
        self.quiet, self.moving = quiet, sys.stderr.isatty()
        self.started = self.last = time.monotonic()
        self.open = False

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Show what the library logs while the block runs."""
        level = LOGGER.level
        LOGGER.addHandler(self)
        LOGGER.setLevel(self.level)
        try:
            yield
        finally:
            LOGGER.removeHandler(self)
            LOGGER.setLevel(level)

    def emit(self, record: logging.LogRecord) -> None:
        """Show a message of the library."""
        self.stage(record.getMessage())

    def stage(self, words: str) -> None:
        """Show a new stage, on a line of its own."""
        if not self.quiet:
            print(
                f"{chr(10) if self.open else ''}[{time.monotonic() - self.started:6.1f} s] {words}",
                file=sys.stderr,
                flush=True,
            )
            self.open = False

    def progress(self, p: Progress) -> None:
        """Show the solver's best plan, bound and gap; in a pipe not more than once in five seconds."""
        now = time.monotonic()
        if self.quiet or (not self.moving and now - self.last < 5):
            return
        self.last = now
        best = "no plan yet" if p.best is None else f"best plan {p.best:,.0f} M USD"
        bound = "" if p.bound is None else f", at least {p.bound:,.0f}"
        gap = "" if p.gap is None else f", gap {100 * p.gap:.2f} %"
        line = f"[{now - self.started:6.1f} s] {best}{bound}{gap}"
        print(f"\r{line:<78}" if self.moving else line, end="" if self.moving else "\n", file=sys.stderr, flush=True)
        self.open = self.moving

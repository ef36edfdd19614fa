"""What every command prints: problems by sheet on standard output, progress on standard error."""

from __future__ import annotations

import json
import logging
import math
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path

from didymium.engine.control import Progress
from didymium.errors import Problem
from didymium.logs import LOGGER
from didymium.memory import memory_mb
from didymium.processes import has_job, report

TICK = 1.0  # s between two looks of the clock
SILENCE = 5.0  # s: the longest that a pipe gets no line
RATE = 0.25  # s between two lines of progress in a file for machines
REPORT = 0.5  # s between two reports of a job to the process that began it


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
    `didymium` it shows what the library logs.

    In a process that does a job for another one, that one is told too. While `attached`, its clock ticks: a terminal
    sees it every second, a pipe gets a line after five without one. Stages and progress are also added, a line of JSON
    each, to the `file` of --progress, whether it is quiet or not.
    """

    def __init__(self, quiet: bool, file: Path | None = None) -> None:
        super().__init__(logging.WARNING if quiet and file is None and not has_job() else logging.INFO)
        self.quiet, self.moving, self.file = quiet, sys.stderr.isatty(), file
        self.started = self.last = time.monotonic()
        self.open = False
        self._reported = 0.0
        self._words = ""
        self._progress: tuple[float, Progress] | None = None  # and when it came
        self._filed = 0.0  # when progress was last added to the file
        self._writing = threading.RLock()  # the solver's threads, the clock's and the command's write

    @contextmanager
    def attached(self, doing: str = "") -> Iterator[None]:
        """Show what the library logs while the block runs, and let the clock tick. `doing` is what it shows until there
        is a stage."""
        self._words = self._words or doing
        level, ended = LOGGER.level, threading.Event()
        LOGGER.addHandler(self)
        LOGGER.setLevel(self.level)
        clock = threading.Thread(target=self._tick, args=(ended,), daemon=True, name="clock")
        if not self.quiet:
            clock.start()
        try:
            yield
        finally:
            ended.set()
            LOGGER.removeHandler(self)
            LOGGER.setLevel(level)
            self._end_line()

    def emit(self, record: logging.LogRecord) -> None:
        """Show a message of the library."""
        self.stage(record.getMessage())

    def stage(self, words: str) -> None:
        """Show a new stage, on a line of its own."""
        report(words)
        with self._writing:
            self._words, self._progress, self._filed = words, None, 0.0
            self._add_to_file({"stage": words})
            if not self.quiet:
                self._end_line()
                print(f"{self._time()} {words}", file=sys.stderr, flush=True)
                self.last = time.monotonic()

    def progress(self, p: Progress) -> None:
        """Show the solver's best plan, bound and gap; in a pipe not more than once in five seconds."""
        with self._writing:
            if time.monotonic() - self._reported >= REPORT:
                self._reported = time.monotonic()
                report(p)
            self._progress = time.monotonic(), p
            if time.monotonic() - self._filed >= RATE:
                self._filed = time.monotonic()
                self._add_to_file(progress_record(p))
            if self.moving or time.monotonic() - self.last >= SILENCE:
                self._show()

    def _add_to_file(self, record: dict[str, object]) -> None:
        """Add a line to the file for machines; one that cannot be written (a full disk) stops no job."""
        if self.file is not None:
            line = json.dumps({"seconds": round(time.monotonic() - self.started, 2), **record})
            with suppress(OSError), self.file.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")

    def _tick(self, ended: threading.Event) -> None:
        """What the clock's thread does: show that time passes and the work goes on."""
        while not ended.wait(TICK):
            with self._writing:
                silence = time.monotonic() - self.last
                if not ended.is_set() and silence >= self._longest():
                    self._show()

    def _longest(self) -> float:
        """Seconds without a line after which the clock writes one."""
        return TICK if self.moving else SILENCE - TICK

    def _show(self) -> None:
        """Write the line of now: over the last one on a terminal, as a new line in a pipe."""
        if self.quiet:
            return
        self.last = time.monotonic()
        width = max(40, shutil.get_terminal_size().columns - 1) if self.moving else None
        line = _fitting(f"{self._time()} ", self._parts(), width)
        print(
            f"\r{line:<{width}}" if self.moving else line, end="" if self.moving else "\n", file=sys.stderr, flush=True
        )
        self.open = self.moving

    def _parts(self) -> list[str]:
        """What the line of now tells, the most wanted first: best plan, bound and gap, phase, time left, memory."""
        memory = memory_mb()
        used = [] if memory is None else [f"{memory:,.0f} MB of memory"]
        if self._progress is None:
            return [self._words or "working", *used]
        at, p = self._progress
        best = "no plan yet" if p.best is None else f"best plan {p.best:,.0f} M USD"
        bound = [] if p.bound is None else [f"at least {p.bound:,.0f}"]
        gap = [] if p.gap is None else [f"gap {100 * p.gap:.2f} %"]
        left = None if p.seconds_left is None else max(0.0, p.seconds_left - (time.monotonic() - at))
        time_left = [] if left is None else [f"{left:,.0f} s left"]
        return [best, *bound, *gap, *([p.phase] if p.phase else []), *time_left, *used]

    def _time(self) -> str:
        return f"[{time.monotonic() - self.started:6.1f} s]"

    def _end_line(self) -> None:
        """End a line that moves, so that what follows has a line of its own."""
        with self._writing:
            if self.open:
                print(file=sys.stderr, flush=True)
            self.open = False


def progress_record(p: Progress) -> dict[str, object]:
    """Return progress as plain data, in the words of summary.json."""
    gap = None if p.gap is None else 100 * p.gap
    costs = {"objective_musd": _finite(p.best), "bound_musd": _finite(p.bound), "gap_percent": gap}
    return {**costs, "phase": p.phase, "seconds_left": p.seconds_left}


def _finite(value: float | None) -> float | None:
    """The number, where JSON has it."""
    return value if value is not None and math.isfinite(value) else None


def _fitting(head: str, parts: list[str], width: int | None) -> str:
    """Head and parts in one line; on a terminal that is too narrow the last parts are left out."""
    kept = list(parts)
    while width is not None and len(kept) > 1 and len(head) + len(", ".join(kept)) > width:
        kept.pop()
    line = head + ", ".join(kept)
    return line if width is None else line[:width]

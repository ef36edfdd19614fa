"""The board of many runs: on a terminal a line a run that is under way and one of all, which move; in a pipe a plain
line now and then."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from didymium.console import ConsoleProgress, progress_record
from didymium.engine.control import Progress

BETWEEN = 30.0  # s: a pipe gets a line no more often than this
Report = Progress | str
"""What a run reports: how far its search is, or a stage in words."""


@dataclass(slots=True)
class _Line:
    """A run that is under way."""

    label: str
    began: float
    words: str = "starting"
    search: Progress | None = None
    heard: float = 0.0


class Board(ConsoleProgress):
    """Progress of so many runs on standard error. What is said of one is a line of its own above those that move."""

    def __init__(self, quiet: bool, total: int, file: Path | None = None) -> None:
        super().__init__(quiet, file)
        self.total, self.ended, self.skipped, self.failed = total, 0, 0, 0
        self.moving = self.moving and os.environ.get("TERM") != "dumb"
        self._lines: dict[int, _Line] = {}
        self._drawn = 0  # lines that stand on the terminal and move

    def begin(self, place: int, label: str) -> None:
        """Show a run that begins."""
        with self._writing:
            self._lines[place] = _Line(label, time.monotonic())

    def hear(self, place: int, report: Report) -> None:
        """Take what a run reports; it is shown at the next tick of the clock, and goes to the file of --progress."""
        with self._writing:
            line = self._lines.get(place)
            if line is None:
                return
            if isinstance(report, str):
                line.words, line.search = report, None
                self._add_to_file({"run": line.label, "stage": report})
            else:
                line.search, line.heard = report, time.monotonic()
                self._add_to_file({"run": line.label, **progress_record(report)})

    def end(self, place: int, words: str, failed: bool, skipped: bool) -> None:
        """Say how a run ended."""
        with self._writing:
            self._lines.pop(place, None)
            self.ended += 1
            self.failed += failed
            self.skipped += skipped
            self.stage(f"{words} ({self.ended} of {self.total})")

    def show_output(self, text: str) -> None:
        """Show what a run has to say of itself, also where only errors are shown."""
        with self._writing:
            self._clear()
            print(text.rstrip(), file=sys.stderr, flush=True)

    def stage(self, words: str) -> None:
        """Show a line that stays."""
        with self._writing:
            self._clear()
            super().stage(words)

    def _longest(self) -> float:
        return super()._longest() if self.moving else BETWEEN

    def _show(self) -> None:
        """Draw the board again; in a pipe, one line of all."""
        if self.quiet:
            return
        self.last = time.monotonic()
        if not self.moving:
            parts = [self._all(), *(f"{line.label}: {state_of(line)}" for line in self._lines.values())]
            print(f"{self._time()} {'; '.join(parts)}", file=sys.stderr, flush=True)
            return
        self._clear()
        width = max(40, shutil.get_terminal_size().columns - 1)
        lines = [f"  {line.label}: {state_of(line)}" for line in self._lines.values()]
        lines.append(f"{self._time()} {self._all()}")
        print("\n".join(line[:width] for line in lines), file=sys.stderr, flush=True)
        self._drawn = len(lines)

    def _clear(self) -> None:
        """Go back to where the board begins, and remove it."""
        if self._drawn:
            print(f"\x1b[{self._drawn}F\x1b[J", end="", file=sys.stderr)
        self._drawn = 0

    def _all(self) -> str:
        """How many ended, failed and run."""
        waiting = self.total - self.ended - len(self._lines)
        parts = [f"{self.ended} of {self.total} ended"]
        parts += [f"{self.skipped} of them skipped"] if self.skipped else []
        parts += [f"{self.failed} without a proven plan"] if self.failed else []
        return ", ".join([*parts, f"{len(self._lines)} under way", f"{waiting} waiting"])


def state_of(line: _Line) -> str:
    """Return what is known of a run that is under way: its phase, gap, time so far and left."""
    now = time.monotonic()
    if line.search is None:
        return f"{line.words}, {now - line.began:,.0f} s so far"
    gap, left = line.search.gap, line.search.seconds_left
    parts = ["no plan yet" if line.search.best is None else "" if gap is None else f"gap {100 * gap:.2f} %"]
    parts += [] if left is None else [f"{max(0.0, left - (now - line.heard)):,.0f} s left"]
    return ", ".join(filter(None, [*parts, line.search.phase, f"{now - line.began:,.0f} s so far"]))

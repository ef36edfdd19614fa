"""Whether a search in another process keeps its time limit, seen from the process that watches it."""

from __future__ import annotations

import time
from dataclasses import dataclass

LOOK = 0.25  # s between two looks at a process


@dataclass(frozen=True, slots=True)
class Search:
    """What a process tells of a search that it begins, in seconds: its limit, how long it may take in all, and how long
    it may go on when it is told to stop."""

    limit: float
    allowed: float
    to_stop: float

    def overrun(self, searched: float, stopping: float | None) -> str:
        """Return what a search does not keep that has gone on for so many seconds, and, if it was, was told to stop so
        many seconds ago; '' where it keeps all."""
        took = f"{searched:,.0f} s"
        if searched > self.allowed:
            return f"the solver did not keep its time limit of {self.limit:,.0f} s and was ended after {took}"
        if stopping is not None and min(stopping, searched) > self.to_stop:
            return f"the solver did not stop within {stopping:,.0f} s of being told to, and was ended"
        return ""


class Clock:
    """The seconds of time.monotonic, without those in which this process did not run: suspended by Ctrl-Z, asleep with
    the machine, or without a processor. A process that is not watched then has not taken too long."""

    def __init__(self) -> None:
        self._looked, self._lost = time.monotonic(), 0.0

    def look(self) -> float:
        """Return the time; to be called every LOOK seconds."""
        now = time.monotonic()
        self._lost += max(0.0, now - self._looked - 2 * LOOK)
        self._looked = now
        return now - self._lost

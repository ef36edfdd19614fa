"""How a solve is set, watched and stopped: options, progress and a flag, without importing the solver itself."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

OVER, SPARE = 1.1, 10.0  # times its limit that a run may take as a whole, and s more


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of one HiGHS run: `gap` is a share of the cost, `time_limit` in seconds, `threads` 0 leaves the
    choice to HiGHS. Without `branch` a large model is not searched by branching once it has a plan: what is then
    proven is the gap to the relaxation. `tries` are moves of single modules: on the default case later ones gain
    little."""

    gap: float = 0.005
    time_limit: float = 600.0
    threads: int = 0
    seed: int = 0
    branch: bool = True
    tries: int = 100


class Interrupt:
    """A flag by which another thread, or a signal handler, requests that a solve stops with the best plan so far."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def request(self) -> None:
        """Request the stop. The solve notices within about a second; requesting it again changes nothing."""
        self._event.set()

    @property
    def requested(self) -> bool:
        """Whether the stop was requested."""
        return self._event.is_set()


class Enough(Interrupt):
    """The stop of parts of a search: by hand, or because what they look for is not needed any more."""

    def __init__(self, by_hand: Interrupt | None) -> None:
        super().__init__()
        self._by_hand = by_hand

    @property
    def requested(self) -> bool:
        """Whether the parts are to stop."""
        return super().requested or (self._by_hand is not None and self._by_hand.requested)

    def withdraw(self) -> None:
        """Let further parts run; a stop by hand stays."""
        self._event.clear()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is: seconds since its start, the best plan's cost (None until there is one) and the bound, M
    USD; what it does now, in words, and how many seconds its limit leaves it (None where that is not known)."""

    elapsed: float
    best: float | None
    bound: float | None
    phase: str = ""
    seconds_left: float | None = None

    @property
    def gap(self) -> float | None:
        """The relative gap, as a share; None while either cost is unknown."""
        return relative_gap(self.best, self.bound)


def relative_gap(best: float | None, bound: float | None) -> float | None:
    """Return (best - bound) / |best|; None while either is unknown."""
    if best is None or bound is None or not math.isfinite(best) or not math.isfinite(bound):
        return None
    return 0.0 if best == bound else abs(best - bound) / max(abs(best), 1e-9)

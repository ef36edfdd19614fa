"""How the independent parts of one solve are shared out among workers, reported and interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from didymium.engine.highs import Interrupt, Progress
from didymium.errors import Unfinished
from didymium.jobs import WorkerPool
from didymium.result_folder import KeptParts


@dataclass(slots=True)
class ParallelContext:
    """The worker pool of a solve, its callbacks, its interrupt, where it keeps what it finds, and when it began
    (time.monotonic, s)."""

    pool: WorkerPool = field(default_factory=WorkerPool)
    on_status: Callable[[str], None] | None = None
    on_progress: Callable[[Progress], None] | None = None
    interrupt: Interrupt | None = None
    kept: KeptParts | None = None
    started: float = field(default_factory=time.monotonic)

    def report(self, message: str) -> None:
        """Pass a message on to whoever follows the solve."""
        if self.on_status:
            self.on_status(message)

    @property
    def interrupted(self) -> bool:
        """Whether somebody has requested that the solve stops."""
        return self.interrupt is not None and self.interrupt.requested

    def elapsed(self) -> float:
        """Return the seconds since the solve began."""
        return time.monotonic() - self.started

    def each(
        self,
        work: Callable[..., Any],
        jobs: list[tuple[Any, ...]],
        message: str,
        on_result: Callable[[int, Any], None] = lambda place, result: None,
    ) -> list[Any]:
        """Run `work` on every job and return the results in order; after each one `on_result` has its place and result,
        the message and how many have ended are reported.

        Raises Unfinished after an interrupt.
        """
        ended = 0

        def done(place: int, result: Any) -> None:
            nonlocal ended
            ended += 1
            on_result(place, result)
            self.report(f"{message}: {ended} of {len(jobs)}")
            if self.interrupted:
                raise Unfinished("stopped by hand before any plan of the whole tree was found")

        return self.pool.run(work, jobs, done)

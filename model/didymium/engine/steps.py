"""What each step of a search gained: a line a step at the end of solver.log."""

from __future__ import annotations

import time
from pathlib import Path

from didymium.engine.control import relative_gap

LINE = "{:45} {:>9} {:>16} {:>16} {:>10}"
HEAD = LINE.format("after", "seconds", "best, M USD", "at least, M USD", "gap")


class Steps:
    """The steps of a search so far, each with what was known at its end."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.lines: list[str] = []

    def end(self, phase: str, best: float | None, bound: float | None) -> None:
        """Keep what is known at the end of a phase, M USD; before the first phase, which has no name, nothing is."""
        gap = relative_gap(best, bound)
        cells = [
            f"{time.monotonic() - self.started:.1f}",
            "-" if best is None else f"{best:,.1f}",
            "-" if bound is None else f"{bound:,.1f}",
            "-" if gap is None else f"{100 * gap:.3f} %",
        ]
        if phase:
            self.lines.append(LINE.format(phase, *cells))

    def append_to(self, log: Path) -> None:
        """Write the steps at the end of a log."""
        with log.open("a", encoding="utf-8") as file:
            file.write("\n".join(["--- steps of the search ---", HEAD, *self.lines, ""]))


def append_part(log: Path | None, part: Path | None, name: str) -> None:
    """Move the log of a part of a search, where there is one, to the end of the whole search's."""
    if log is None or part is None or not part.exists():
        return
    with log.open("a", encoding="utf-8") as file:
        file.write(f"--- {name} ---\n{part.read_text(errors='replace')}\n")
    part.unlink()

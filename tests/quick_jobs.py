"""Jobs for tests whose processes start at once: nothing slow is imported here."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from didymium.errors import BadWorkbook, Problem


def square(x: int, folder: Path, deaths: int = 0) -> int:
    """A job whose process dies the first times that it is tried."""
    begun = len(list(folder.glob(f"{x}.*")))
    (folder / f"{x}.{begun}").touch()
    if begun < deaths:
        os._exit(9)
    return x * x


def refuse(x: int) -> int:
    raise BadWorkbook([Problem("Here!A1", f"{x} is no good")])


def slow_but_listening(folder: Path, k: int) -> str:
    """A job that ends early, with what it has, when it is asked to."""
    asked: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: asked.append(number))
    (folder / f"{k}.begun").touch()
    until = time.monotonic() + 60
    while not asked and time.monotonic() < until:
        time.sleep(0.05)
    return f"{k} asked {len(asked)} times"

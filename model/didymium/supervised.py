"""A command in a process of its own, as the process itself sees it: it ends with its parent, stops when that passes a
request on, and tells it until when it should have found its plan.

Signals are the parent's: what a terminal or a service manager sends to all processes at once must count once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from _thread import interrupt_main
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import IO

from didymium import processes
from didymium.engine.control import OVER, SPARE
from didymium.excel.files import part_of
from didymium.interrupts import drop_dead_streams
from didymium.processes import read_message, request_stop
from didymium.search_limits import Search

FAIR = 120.0  # s beyond what a run may take, for a machine that is busy
TO_STOP = 60.0  # s, and what it may take beyond its limit, in which a search may end once it is told to


@dataclass(slots=True)
class _Parent:
    """What this process was told when it began: the file in which it tells its parent how far it is, and why it only
    finishes what another process, which died, had kept ('' where it does not); and what was told there so far."""

    report: Path | None = None
    finishing: str = ""
    facts: dict[str, object] = field(default_factory=dict)


_parent = _Parent()


def obey_parent() -> None:
    """Take the parent's words from the arguments, and follow what it says on the standard input from now on."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    report, _parent.finishing, *words = sys.argv[1:]
    _parent.report = Path(report)
    sys.argv[:] = words
    if _parent.finishing:
        request_stop()
        with suppress(OSError, ValueError):
            _parent.facts = dict(json.loads(_parent.report.read_text(encoding="utf-8")))
    stream = os.fdopen(0, "rb", buffering=0, closefd=False)  # a buffer's lock would outlive the listening thread
    threading.Thread(target=_follow, args=(stream,), daemon=True, name="parent").start()


def _follow(stream: IO[bytes]) -> None:
    """Pass each request to stop on as Ctrl-C; end with the parent, which keeps the stream open while it lives."""
    while read_message(stream) is not None:
        drop_dead_streams()
        interrupt_main(signal.SIGINT)
    os._exit(1)


def finishing() -> str:
    """Return why this process only finishes what another one had kept; '' where it does not."""
    return _parent.finishing


def report_to_parent(kept: Path, limit: float | None) -> None:
    """Tell the parent where parts are kept, and that a search of `limit` seconds begins, or, None, that it has
    ended."""
    message_parent(kept=str(kept))
    _report_search(limit)


@contextmanager
def watched(limit: float) -> Iterator[None]:
    """Let whoever began this process, a parent or a runner of jobs, hold a search of `limit` seconds against them."""
    _report_search(limit)
    try:
        yield
    finally:
        _report_search(None)


def _report_search(limit: float | None) -> None:
    search = None if limit is None else Search(limit, OVER * limit + SPARE + FAIR, (OVER - 1) * limit + TO_STOP)
    processes.report(processes.Searching(search))
    message_parent(search=None if search is None else astuple(search), since=time.monotonic())


def message_parent(**facts: object) -> None:
    """Tell the parent, if there is one, facts beside those that it knows."""
    _parent.facts |= facts
    if _parent.report is None:
        return
    part = part_of(_parent.report)
    with suppress(OSError):  # a full disk: then nobody watches the limit
        part.write_text(json.dumps(_parent.facts), encoding="utf-8")
        os.replace(part, _parent.report)


def message_before() -> Mapping[str, object]:
    """Return what the process told whose plan this one finishes; nothing where it finishes none."""
    return _parent.facts if _parent.finishing else {}

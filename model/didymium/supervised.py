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
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from didymium.excel.files import part_of
from didymium.interrupts import drop_dead_streams
from didymium.processes import read_message, request_stop


@dataclass(slots=True)
class _Parent:
    """What this process was told when it began: the file in which it tells its parent how far it is, and why it only
    finishes what another process, which died, had kept ('' where it does not); and what was told there so far."""

    report: Path | None = None
    finishing: str = ""
    told: dict[str, object] = field(default_factory=dict)


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
            _parent.told = dict(json.loads(_parent.report.read_text(encoding="utf-8")))
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
    tell_parent(kept=str(kept), limit=limit, since=time.monotonic())


def tell_parent(**facts: object) -> None:
    """Tell the parent, if there is one, facts beside those that it knows."""
    _parent.told |= facts
    if _parent.report is None:
        return
    part = part_of(_parent.report)
    with suppress(OSError):  # a full disk: then nobody watches the limit
        part.write_text(json.dumps(_parent.told), encoding="utf-8")
        os.replace(part, _parent.report)


def told_before() -> Mapping[str, object]:
    """Return what the process told whose plan this one finishes; nothing where it finishes none."""
    return _parent.told if _parent.finishing else {}

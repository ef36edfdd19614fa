"""The queue of runs: several at a time, each a process of its own that goes on when the tab, or the desk, is closed.

All that is known of a run is on disk, in the store and in a folder of its own; a desk that starts again takes the runs
over that still go on, and begins those anew whose process is gone with the machine.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from didymium.desk import child
from didymium.desk.folder import STATE
from didymium.desk.store import QueuedRun, State, Store, now
from didymium.excel.files import alive

LOOK = 0.2  # s between two looks
SILENT = 300.0  # s: a process of this number that has shown no life for so long is another one
TRIES = 2  # how often a run is begun whose process was lost with the desk
ACTIVE = (State.RUNNING, State.STOPPING)


class RunQueue:
    """Begins waiting runs, so many at a time, and notes how each ends, in a thread of its own until `stop`."""

    def __init__(self, folder: Path, store: Store, at_once: int | None = None) -> None:
        self.folder, self.store = folder, store
        self.at_once = at_once or max(1, (os.cpu_count() or 1) // 2)
        self._ours: dict[int, subprocess.Popen[bytes]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go, daemon=True, name="desk queue")

    def start(self) -> None:
        """Take over what an earlier desk began, and begin to work."""
        for run in self.store.in_state(*ACTIVE):
            if self._word(run) is None and not self._lives(run):
                state = State.WAITING if run.tries < TRIES and run.state == State.RUNNING else State.DIED
                self.store.change(run.id, ACTIVE, {"state": state, "ended": None if state == State.WAITING else now()})
        self._thread.start()

    def stop(self) -> None:
        """End the thread; the processes go on."""
        self._ended.set()
        self._thread.join(timeout=5)

    def add(self, title: str, kind: str, source: str, folder: str, arguments: Sequence[str]) -> QueuedRun:
        """Add a run of a command; returns it."""
        return self.store.add(title, kind, source, folder, arguments)

    def request_stop(self, run: QueuedRun) -> None:
        """End a run with what it has, as Ctrl-C would; take back one that waits; the second time, end it at once."""
        if self.store.change(run.id, [State.WAITING], {"state": State.TAKEN_BACK, "ended": now()}):
            return
        if self.store.change(run.id, [State.RUNNING], {"state": State.STOPPING}):
            (self.where(run) / child.STOP).touch()
        elif self.store.change(run.id, [State.STOPPING], {"state": State.STOPPING}):
            (self.where(run) / child.KILL).touch()

    def where(self, run: QueuedRun) -> Path:
        """Return the folder of what a run says."""
        return self.folder / STATE / "runs" / str(run.id)

    def progress(self, run: QueuedRun) -> list[dict[str, Any]]:
        """Return the lines of progress so far: `seconds`, and a `stage` or costs and gap as `--progress` writes."""
        return _lines(self.where(run) / child.PROGRESS)

    def output(self, run: QueuedRun, maximum: int = 40) -> str:
        """Return the last lines of what a run printed, errors last."""
        texts = [_text(self.where(run) / name).strip() for name in (child.OUTPUT, child.ERRORS)]
        return "\n".join("\n".join(text.splitlines()[-maximum:]) for text in texts if text)

    def _go(self) -> None:
        while not self._ended.is_set():
            with suppress(OSError, sqlite3.Error):  # the folder is gone, full or read-only: the next look tries again
                self._look_around()
            self._ended.wait(LOOK)

    def _look_around(self) -> None:
        for run in self.store.in_state(*ACTIVE):
            self._look_at(run)
        free = self.at_once - len(self.store.in_state(*ACTIVE))
        for run in self.store.in_state(State.WAITING)[: max(0, free)]:
            self._begin(run)

    def _begin(self, run: QueuedRun) -> None:
        where = self.where(run)
        where.mkdir(parents=True, exist_ok=True)
        for name in (child.STOP, child.KILL, child.ENDED, child.PROGRESS):
            (where / name).unlink(missing_ok=True)
        (where / child.BEAT).touch()
        tries, words = run.tries + 1, [str(where / child.PROGRESS) if a == PROGRESS_FILE else a for a in run.arguments]
        if not self.store.change(run.id, [State.WAITING], {"state": State.RUNNING, "begun": now(), "tries": tries}):
            return
        group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows: as a session of its own elsewhere
        with (where / child.OUTPUT).open("wb") as out, (where / child.ERRORS).open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "didymium.desk.child", str(where), *words],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                start_new_session=True,
                creationflags=group,
            )
        self._ours[run.id] = process
        self.store.change(run.id, ACTIVE, {"pid": process.pid})

    def _look_at(self, run: QueuedRun) -> None:
        """Note how a run ended, if it has."""
        process = self._ours.get(run.id)
        gone = process.poll() is not None if process else not self._lives(run)
        code = self._word(run)  # looked for after the process: its word comes before its end
        if not gone and code is None:
            return
        state = State.DIED if code is None or code == child.KILLED else State.ENDED
        self.store.change(run.id, ACTIVE, {"state": state, "code": code, "ended": now()})
        if process is not None:
            del self._ours[run.id]
            threading.Thread(target=process.wait, daemon=True).start()

    def _word(self, run: QueuedRun) -> int | None:
        """The exit code that a run left; None where it has left none."""
        with suppress(OSError, ValueError, KeyError):
            return int(json.loads((self.where(run) / child.ENDED).read_text(encoding="utf-8"))["code"])
        return None

    def _lives(self, run: QueuedRun) -> bool:
        """Whether the process of a run that another desk began goes on."""
        if run.pid is None or not alive(run.pid):
            return False
        with suppress(OSError):
            return time.time() - (self.where(run) / child.BEAT).stat().st_mtime < SILENT
        return False


PROGRESS_FILE = "{progress}"  # stands in a run's arguments for the file of its progress


def _text(path: Path, maximum: int = 200_000) -> str:
    """The end of a file as text; empty where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - maximum))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def _lines(path: Path) -> list[dict[str, Any]]:
    """The records of a file of JSON lines; one that is being written is left out."""
    found = []
    for line in _text(path).splitlines():
        with suppress(ValueError):
            record = json.loads(line)
            if isinstance(record, dict):
                found.append(record)
    return found

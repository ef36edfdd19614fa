"""What the desk remembers between starts, in one SQLite file in the folder: its runs, and people's notes.

Runs of its queue are here: how a solve or study ended, and notes on results, are in the registry of runs that the
command line shares (the module `past`); a result that the registry does not know has its note here.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

_TABLES = """
create table if not exists runs (
  id integer primary key, title text not null, kind text not null, source text not null, folder text not null,
  arguments text not null, state text not null, pid integer, code integer, tries integer not null default 0,
  requested text not null, begun text, ended text);
create table if not exists notes (name text primary key, note text not null, written text not null);
"""


class State(StrEnum):
    """Where a run is."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPING = "stopping"
    ENDED = "ended"
    TAKEN_BACK = "taken_back"  # before it began
    DIED = "died"


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """A command that is to run, runs or has run. `source` and `folder` (its results) are names in the planner's folder;
    `code` is its exit code."""

    id: int
    title: str
    kind: str
    source: str
    folder: str
    arguments: tuple[str, ...]
    state: State
    pid: int | None
    code: int | None
    tries: int
    requested: str
    begun: str | None
    ended: str | None

    @property
    def is_active(self) -> bool:
        """Whether its process runs."""
        return self.state in (State.RUNNING, State.STOPPING)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return not self.is_active and self.state != State.WAITING


class Store:
    """Runs and notes on disk; each call is one transaction, from whatever thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._guard = threading.Lock()
        self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._file.row_factory = sqlite3.Row
        self._file.execute("pragma journal_mode = wal")
        self._file.executescript(_TABLES)

    def close(self) -> None:
        """Let go of the file."""
        with self._guard:
            self._file.close()

    def add(self, title: str, kind: str, source: str, folder: str, arguments: Sequence[str]) -> QueuedRun:
        """Add a run that waits; returns it."""
        with self._guard:
            done = self._file.execute(
                "insert into runs (title, kind, source, folder, arguments, state, requested)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                (title, kind, source, folder, json.dumps(list(arguments)), State.WAITING, now()),
            )
        found = self.run(int(done.lastrowid or 0))
        assert found is not None
        return found

    def run(self, number: int) -> QueuedRun | None:
        """Return a run, None where there is no such one."""
        return next(iter(self._select("where id = ?", number)), None)

    def runs(self, maximum: int = 200) -> list[QueuedRun]:
        """Return the latest runs, the newest first."""
        return self._select("order by id desc limit ?", maximum)

    def in_state(self, *states: State) -> list[QueuedRun]:
        """Return the runs in one of some states, the oldest first."""
        return self._select(f"where state in ({', '.join('?' * len(states))}) order by id", *states)

    def change(self, number: int, was: Sequence[State], changes: Mapping[str, object]) -> bool:
        """Change columns of a run that is in one of some states; return whether it was."""
        places = ", ".join(f"{column} = ?" for column in changes)
        marks = ", ".join("?" * len(was))
        with self._guard:
            done = self._file.execute(
                f"update runs set {places} where id = ? and state in ({marks})", (*changes.values(), number, *was)
            )
        return done.rowcount > 0

    def notes(self) -> dict[str, str]:
        """Return people's notes by the name of the result."""
        with self._guard:
            return {row["name"]: row["note"] for row in self._file.execute("select name, note from notes")}

    def note(self, name: str, text: str) -> None:
        """Keep a note on a result, in place of an older one."""
        with self._guard:
            self._file.execute("insert or replace into notes values (?, ?, ?)", (name, text, now()))

    def _select(self, which: str, *values: object) -> list[QueuedRun]:
        with self._guard:
            rows = self._file.execute(f"select * from runs {which}", values).fetchall()
        return [_run(row) for row in rows]


def _run(row: sqlite3.Row) -> QueuedRun:
    values = dict(row)
    return QueuedRun(**{**values, "arguments": tuple(json.loads(values["arguments"])), "state": State(values["state"])})


def now() -> str:
    """Return the time as it is kept: to the second, with its zone."""
    return datetime.now().astimezone().isoformat(timespec="seconds")

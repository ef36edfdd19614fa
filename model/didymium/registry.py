"""The registry of runs: one small SQLite file in the user's data folder, a row a solve or study.

A row is written when a run begins and filled in when it ends, so that one that was killed is there too. Writers may be
several at a time; the journal is SQLite's oldest one, which network folders bear as well.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from didymium.errors import BadWorkbook, Problem
from didymium.excel.files import alive
from didymium.result_folder import kept_of
from didymium.result_folder.lock import is_held, lock_of

FILE = "runs.sqlite"
BUSY = 2.0  # s to wait for another writer, whose turn takes a few milliseconds
COLUMNS = {  # of the table, with the kinds of SQLite
    "began": "TEXT",
    "seconds": "REAL",
    "kind": "TEXT",
    "status": "TEXT",
    "exit_code": "INTEGER",
    "cost_musd": "REAL",
    "bound_musd": "REAL",
    "gap_percent": "REAL",
    "workbook": "TEXT",
    "scenario": "TEXT",
    "folder": "TEXT",
    "reason": "TEXT",
    "notes": "TEXT",
    "input_sha256": "TEXT",
    "content_sha256": "TEXT",
    "request_sha256": "TEXT",
    "options": "TEXT",
    "command": "TEXT",
    "cwd": "TEXT",
    "host": "TEXT",
    "pid": "INTEGER",
    "user": "TEXT",
}
HASHES = ("input_sha256", "content_sha256", "request_sha256")
RUNNING = "running"
VANISHED = "ended without a word"  # its process is gone, and wrote no ending
ELSEWHERE = "not known"  # of a run on another machine that wrote no ending yet
STATUS = {  # of runs that wrote none of their own, by exit code
    0: "done",
    1: "fault of ours",
    2: "refused",
    3: "infeasible",
    4: "stopped with a result",
    5: "stopped without a result",
    6: "not written",
}
WROTE = (0, 3, 4)  # exit codes of runs that have written files into their folder
RunRecord = dict[str, object]
"""A row of the registry: `id`, and COLUMNS."""


def registry_file() -> Path:
    """Return where the registry is: DIDYMIUM_RUNS, or a file in the user's data folder."""
    named = os.environ.get("DIDYMIUM_RUNS")
    if named:
        return Path(named)
    if sys.platform == "win32":
        data = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        data = Path.home() / "Library" / "Application Support"
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data / "didymium" / FILE


def begin(facts: Mapping[str, object]) -> int:
    """Write the row of a run that begins; returns its id. Raises OSError or sqlite3.Error where that cannot be."""
    row = {
        "began": datetime.now().astimezone().isoformat(timespec="seconds"),
        "cwd": str(Path.cwd()),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        **facts,
    }
    names = ", ".join(row)
    with _opened() as db:
        marks = ", ".join("?" * len(row))
        return int(db.execute(f"INSERT INTO runs ({names}) VALUES ({marks})", [*row.values()]).lastrowid or 0)


def finish(run: int, facts: Mapping[str, object]) -> None:
    """Fill in how a run ended. Raises OSError or sqlite3.Error where that cannot be."""
    with _opened() as db:
        db.execute(f"UPDATE runs SET {', '.join(f'{name} = ?' for name in facts)} WHERE id = ?", [*facts.values(), run])


def runs(
    *,
    ids: Sequence[int] = (),
    workbook: str | None = None,
    hash: str | None = None,
    kind: str | None = None,
    status: str | None = None,
    since: str | date | None = None,
    limit: int | None = None,
) -> list[RunRecord]:
    """Return the runs of this user's commands, the latest first (`didymium runs`): all, or those that are looked for.

    Each is a dict: `id`, `began` (with the zone), `seconds`, `kind` (solve, frontier, ...), `status` (that of the plan;
    running, or ended without a word where its process is gone), `exit_code`, `cost_musd`, `bound_musd`, `gap_percent`,
    `workbook`, `scenario`, `folder`, `reason`, `notes`, the hashes of input, content and request, `options`, `command`,
    `cwd`, `host`, `pid`, `user`. `workbook` is part of a path, `hash` the start of any of the hashes, `status` part of
    a status, `since` a date as 2026-11-30. What is not known is None.
    Raises BadWorkbook where the file is no registry, or a value cannot be looked for.
    """
    words, values = ["1"], list[object]()
    if ids:
        words.append(f"id IN ({', '.join('?' * len(ids))})")
        values += ids
    if workbook is not None:
        words.append("instr(lower(workbook), ?)")
        values.append(workbook.lower())
    if hash is not None:
        words.append(f"({' OR '.join(f'substr({name}, 1, ?) = ?' for name in HASHES)})")
        values += [len(hash), hash.lower()] * len(HASHES)
    if kind is not None:
        words.append("kind = ?")
        values.append(kind)
    if since is not None:
        words.append("began >= ?")
        values.append(_day(since))
    rows = _selected(f"SELECT * FROM runs WHERE {' AND '.join(words)} ORDER BY id DESC", values)
    found = [row for row in rows if status is None or status.lower() in str(row["status"]).lower()]
    return found if limit is None else found[:limit]


def note(run: int, text: str) -> None:
    """Put a person's words to a run, in the place of earlier ones. Raises BadWorkbook for an unknown run."""
    if not runs(ids=[run]):
        raise BadWorkbook([Problem(f"run {run}", "is not in the registry; `didymium runs` lists what is")])
    finish(run, {"notes": text})


def prune(older_than_days: float | None = None, kept: bool = False) -> tuple[list[int], list[Path]]:
    """Forget runs whose results are gone from their folder, and those that began so many days ago or longer.

    Only rows go, never results. With `kept` also what those runs kept of a search that was not finished. Runs that are
    under way stay. Returns the ids of the runs, and the folders of kept parts that were removed.
    """
    before = None if older_than_days is None else datetime.now().astimezone() - timedelta(days=older_than_days)
    gone = [row for row in runs() if row["status"] != RUNNING and (_has_lost(row) or _is_older(row, before))]
    ids = [int(str(row["id"])) for row in gone]
    with _opened() as db:
        db.executemany("DELETE FROM runs WHERE id = ?", [(run,) for run in ids])
    folders = {Path(str(row["folder"])) for row in gone if kept and row["folder"]}
    others = {Path(str(row["folder"])) for row in runs() if row["folder"]}
    free = [folder for folder in folders - others if not is_held(folder)]
    left = {kept_of(folder): lock_of(folder) for folder in free if kept_of(folder).is_dir()}
    for path, lock in left.items():
        shutil.rmtree(path, ignore_errors=True)
        lock.unlink(missing_ok=True)  # of a run that was killed
    return ids, sorted(left)


def _has_lost(row: RunRecord) -> bool:
    """Whether a run wrote results that are not there any more."""
    return row["exit_code"] in WROTE and bool(row["folder"]) and not Path(str(row["folder"])).exists()


def _is_older(row: RunRecord, before: datetime | None) -> bool:
    return before is not None and datetime.fromisoformat(str(row["began"])) <= before


def _day(since: str | date) -> str:
    try:
        return (since if isinstance(since, date) else datetime.fromisoformat(since)).isoformat()
    except ValueError as error:
        raise BadWorkbook([Problem("--since", f"{since!r} is no date; write for example 2026-11-30")]) from error


def _selected(query: str, values: Sequence[object]) -> Iterator[RunRecord]:
    """The rows of a query, each with the status that it has by now. Raises BadWorkbook where the file is none."""
    path = registry_file()
    if not path.exists():
        return
    try:
        with _opened() as db:
            rows = [dict(row) for row in db.execute(query, [*values])]
    except (OSError, sqlite3.Error) as error:
        text = f"cannot be read as the registry of runs ({error}); move it away, and a new one is begun"
        raise BadWorkbook([Problem(str(path), text)]) from error
    for row in rows:
        yield row if row["exit_code"] is not None else {**row, "status": _without_ending(row)}


def _without_ending(row: RunRecord) -> str:
    if row["host"] != socket.gethostname():
        return ELSEWHERE
    return RUNNING if alive(int(str(row["pid"]))) else VANISHED


@contextmanager
def _opened() -> Iterator[sqlite3.Connection]:
    """The registry, made where there is none; what is changed in the block counts at its end, or not at all."""
    path = registry_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=BUSY)) as db, db:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA synchronous = NORMAL")
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        db.execute(f"CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY AUTOINCREMENT, {columns})")
        yield db

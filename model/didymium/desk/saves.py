"""The folder watched: each workbook that is saved is copied and checked at once, by a process of its own.

A copy is checked, not the file itself, so that a save in the middle of a check harms neither; the copy of the save
before stays, and what differs is told.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from didymium.desk.checker import unread
from didymium.desk.folder import STATE, name_of, workbooks
from didymium.desk.helper import Helper
from didymium.errors import Problem

LOOK = 0.3  # s between two looks at the folder
LONGEST_CHECK = (
    600.0  # s, after which a check is given up: 20,000 rows that are all wrong take a minute on a busy machine
)
LARGEST = 2**28  # bytes of a workbook that is copied; the check refuses less than that

Signature = tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class Book:
    """A workbook of the folder: the version last seen, and what its check found (`record`, as the checker answers)."""

    name: str
    signature: Signature = ()
    saved: str = ""  # when that version was saved, in words
    checking: bool = True
    version: int = 0  # counts checks
    record: Mapping[str, Any] = field(default_factory=dict)

    def count(self, severity: str) -> int:
        """Return how many problems are of a severity: error, warning or notice."""
        return int(self.record.get(f"{severity}s", 0))

    @property
    def is_sound(self) -> bool:
        """Whether it can be run: checked, and without an error."""
        return bool(self.record) and not self.count("error")


class FolderSaves:
    """The workbooks of a folder, checked as they are saved, in a thread of its own until `stop`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.books = folder, dict[str, Book]()
        self._checker = Helper("didymium.desk.checker", LONGEST_CHECK)
        self._ended, self._seen = threading.Event(), dict[str, Signature]()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._follow, daemon=True, name="desk saves")

    def start(self) -> None:
        """Begin; the first look is taken before this returns, so that a page lists what is there."""
        self._look()
        self._thread.start()

    def stop(self) -> None:
        """End the thread and the checker."""
        self._ended.set()
        self._checker.close()
        self._thread.join(timeout=5)

    def listed(self) -> list[Book]:
        """Return the workbooks in the order of their names."""
        with self._guard:
            return [self.books[name] for name in sorted(self.books, key=str.casefold)]

    def seen(self, name: str) -> None:
        """List a workbook that was just made, before the next look finds it."""
        with self._guard:
            self.books.setdefault(name, Book(name))

    def _follow(self) -> None:
        while not self._ended.is_set():
            for name in self._look():
                if self._ended.is_set():
                    return
                self._check(name)
            self._ended.wait(LOOK)

    def _look(self) -> list[str]:
        """Return the workbooks whose version is new and has not changed since the last look."""
        found = {name_of(self.folder, path): signature_of(path) for path in workbooks(self.folder)}
        with self._guard:
            for name in [name for name in self.books if name not in found]:
                del self.books[name]
            for name in found:
                self.books.setdefault(name, Book(name))
            steady = [name for name, signature in found.items() if signature and self._seen.get(name) == signature]
            new = [name for name in steady if self.books[name].signature != found[name]]
            for name in new:
                self.books[name].signature, self.books[name].checking = found[name], True
        self._seen = found
        return new

    def _check(self, name: str) -> None:
        book = self.books.get(name)
        if book is None:
            return
        saved = max((at for _, at, _ in book.signature), default=0)
        try:
            now, before = keep_version(self.folder, name)
            record = self._checker.ask({"workbook": str(now), "before": before and str(before)})
        except OSError as error:  # Excel holds it while it saves: the next look tries again
            with self._guard:
                book.signature = ()
            record = unread([Problem(name, f"cannot be read ({error.strerror or error}); it is tried again")])
            if book.record:
                return
        if record is None:
            text = f"the check ended without an answer (too little memory, or more than {LONGEST_CHECK:.0f} s)"
            record = unread([Problem(name, f"{text}; is this a workbook of Didymium?")])
        with self._guard:
            book.record, book.checking = record, False
            book.saved = datetime.fromtimestamp(saved / 1e9).strftime("%Y-%m-%d %H:%M:%S")
            book.version += 1


def signature_of(path: Path) -> Signature:
    """Return names, times and sizes of a workbook's file or a folder's CSV files; empty where one cannot be looked
    at."""
    try:
        files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
        return tuple((f.name, (s := f.stat()).st_mtime_ns, s.st_size) for f in files)
    except OSError:
        return ()


def keep_version(folder: Path, name: str) -> tuple[Path, Path | None]:
    """Copy a workbook as it is now into the desk's state; return the copy, and that of the save before, if there was
    one. Raises OSError where it cannot be copied."""
    source = folder / name
    where = folder / STATE / "saved" / hashlib.sha256(name.encode()).hexdigest()[:16]
    fresh, now, before = (where / part / source.name for part in ("fresh", "now", "before"))
    shutil.rmtree(fresh.parent, ignore_errors=True)
    fresh.parent.mkdir(parents=True)
    if source.is_dir():
        shutil.copytree(source, fresh, ignore=lambda _, names: [n for n in names if not n.casefold().endswith(".csv")])
    elif source.stat().st_size > LARGEST:
        raise OSError(0, f"larger than {LARGEST / 2**20:,.0f} MB")
    else:
        shutil.copyfile(source, fresh)
    if now.exists() and _digest(now) != _digest(fresh):
        shutil.rmtree(before.parent, ignore_errors=True)
        now.parent.rename(before.parent)
    shutil.rmtree(now.parent, ignore_errors=True)
    fresh.parent.rename(now.parent)
    return now, before if before.exists() else None


def _digest(path: Path) -> str:
    files = sorted(path.glob("*")) if path.is_dir() else [path]
    found = hashlib.sha256()
    for file in files:
        found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()

"""What a run keeps as it goes, so that its end, however it comes, loses nothing: named parts in a hidden folder.

The folder is beside that of the results (`.NAME.kept`), with a folder for each request: the same request finds its
parts again, another one does not see them. Parts are JSON, each replaced in one step.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote, unquote

from didymium.excel.files import part_of
from didymium.result_folder.lock import lock_of

SUFFIX = ".json"
SHORT = 16  # digits of a request's hash that name its folder


class KeptParts:
    """The parts that the run of a request keeps for a folder of results; `request` is the hash of all that decides what
    the run finds.

    Keeping never stops a run: where nothing can be written (a full disk), `put` returns False.
    """

    def __init__(self, folder: Path, request: str) -> None:
        self.where = kept_of(folder) / request[:SHORT]

    def get(self, name: str) -> object:
        """Return a part, as JSON gives it back; None where there is none, or it cannot be read."""
        with suppress(OSError, ValueError):
            return json.loads(self._path(name).read_text(encoding="utf-8"))
        return None

    def put(self, name: str, value: object) -> bool:
        """Keep a part, in the place of an older one of this name; return whether it could be."""
        path = self._path(name)
        part = part_of(path)
        try:
            self.where.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as file:
                json.dump(value, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            return False
        return True

    def names(self) -> list[str]:
        """Return the names of all parts, sorted."""
        return sorted(unquote(path.name.removesuffix(SUFFIX)) for path in self.where.glob(f"[!.]*{SUFFIX}"))

    def clear(self) -> None:
        """Remove the parts: what they were kept for is written."""
        shutil.rmtree(self.where, ignore_errors=True)
        with suppress(OSError):
            self.where.parent.rmdir()  # where no other request has parts

    def _path(self, name: str) -> Path:
        return self.where / f"{quote(name, safe=' ,')}{SUFFIX}"


def request_hash(*facts: object) -> str:
    """Return the SHA-256 of facts that decide what a run finds, and of the version that runs; dicts in any order."""
    text = json.dumps([facts, version("didymium")], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def kept_of(folder: Path) -> Path:
    """Return where runs that write into a folder keep their parts: beside it, as their lock."""
    lock = lock_of(folder)
    return lock.with_name(f"{lock.name.removesuffix('.lock')}.kept")

"""One run at a time writes into a folder: the others are told which run does."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from didymium.errors import OutputInUse
from didymium.excel.files import alive

_by_us: Counter[Path] = Counter()
_guard = threading.Lock()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this process, also while it is not there yet; within one process calls may be nested.

    The lock is a file beside the folder, inside it where there is no writing beside it, with process and machine.
    One whose process has ended on this machine is taken over. Raises OutputInUse when another run holds the folder.
    """
    path = lock_of(folder)
    with _guard:
        if not _by_us[path]:
            _take(path, folder)
        _by_us[path] += 1
    try:
        yield
    finally:
        with _guard:
            _by_us[path] -= 1
            if not _by_us[path]:
                del _by_us[path]
                path.unlink(missing_ok=True)


def lock_of(folder: Path) -> Path:
    """Return where the lock of a folder is: beside it, or inside where nothing can be written beside it."""
    folder = folder.resolve()
    beside = folder.parent
    while not beside.exists():
        beside = beside.parent
    if os.access(beside, os.W_OK) or not folder.is_dir():
        return folder.parent / f".{folder.name}.lock"
    return folder / ".lock"


def _take(path: Path, folder: Path) -> None:
    """Make the lock file. A second try follows when an old one was removed."""
    about = {"pid": os.getpid(), "host": socket.gethostname(), "since": datetime.now().isoformat(timespec="seconds")}
    for _ in range(2):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                json.dump(about, file)
            return
        except FileExistsError:
            _remove_old(path, folder)
        except OSError as error:
            why = error.strerror or error
            raise OutputInUse(f"the results could not be written to {folder}: {why}") from error
    raise OutputInUse(f"another run has just begun to write into {folder}; name another folder with --out")


def is_held(folder: Path) -> bool:
    """Return whether another run holds a folder, as far as can be known here."""
    path = lock_of(folder)
    return path.exists() and not _has_ended(*_holder(path)[:2])


def _holder(path: Path) -> tuple[int, str, str]:
    """The process that made a lock, its machine, and when; machine '' where the lock does not say."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        return int(about["pid"]), str(about["host"]), str(about["since"])
    except (OSError, ValueError, KeyError, TypeError):  # being written, or torn by a crash
        return 0, "", ""


def _has_ended(pid: int, host: str) -> bool:
    return host == socket.gethostname() and not (pid != os.getpid() and alive(pid))


def _remove_old(path: Path, folder: Path) -> None:
    """Remove a lock whose process has ended. Raises OutputInUse when it has not, or nobody here can know."""
    pid, host, since = _holder(path)
    if not path.exists():
        return
    if _has_ended(pid, host):
        mine = path.with_name(f"{path.name}.{os.getpid()}")
        with suppress(FileNotFoundError):  # another run was faster
            os.rename(path, mine)  # rather than removed: another run may have put its own there meanwhile
            if _holder(mine) != (pid, host, since):
                with suppress(FileExistsError):
                    os.link(mine, path)
            mine.unlink()
        return
    who = f"process {pid} on {host}, since {since.replace('T', ' ')}" if host else "a run that does not say which"
    raise OutputInUse(
        f"another run writes into {folder} ({who}): wait until it ends, or name another folder with --out. "
        f"If that run is gone, delete {path}"
    )

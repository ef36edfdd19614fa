"""Files that appear complete or not at all, and never over a file that is open or unfinished."""

from __future__ import annotations

import ctypes
import os
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = (0.1, 0.2, 0.4) if sys.platform == "win32" else ()  # seconds between tries to move a file that is open
_QUERY, _ACCESS_DENIED, _STILL_ACTIVE = 0x1000, 5, 259  # of the Windows kernel


def part_of(path: Path) -> Path:
    """Return where a file is written until it is complete."""
    return path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")


def clear_parts(folder: Path) -> None:
    """Remove unfinished files of runs that were killed."""
    for left in folder.glob(".*.part.*"):
        pid = left.name.split(".")[2]
        if not (pid.isdigit() and alive(int(pid))):
            left.unlink(missing_ok=True)


def alive(pid: int) -> bool:
    """Return whether a process of this machine runs, also one of another person."""
    if sys.platform == "win32":  # os.kill would end it
        return alive_on_windows(ctypes.WinDLL("kernel32", use_last_error=True), ctypes.get_last_error, pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def alive_on_windows(kernel: Any, last_error: Callable[[], int], pid: int) -> bool:
    """Return the same on Windows, by its `kernel`: an id stays known after the end of its process while another program
    looks at it, and a process of another person may not be asked."""
    process = kernel.OpenProcess(_QUERY, False, pid)
    if not process:
        return last_error() == _ACCESS_DENIED
    code = ctypes.c_ulong()
    known = kernel.GetExitCodeProcess(process, ctypes.byref(code))
    kernel.CloseHandle(process)
    return not known or code.value == _STILL_ACTIVE


def probe(path: Path) -> None:
    """Read a workbook's archive through. Raises OSError where it is damaged: it must not replace a good one."""
    with zipfile.ZipFile(path) as archive:
        broken = archive.testzip()
    if broken:
        raise OSError(f"{broken} is damaged")


def flush_to_disk(path: Path) -> None:
    """Let the system write a file out, so that it is complete even after a power cut."""
    with path.open("r+b") as file:  # Windows refuses this for a file that was opened only to be read
        os.fsync(file.fileno())


def move(source: Path, target: Path) -> None:
    """Move a file or folder, over a file that is there; on Windows several tries are made, because a virus scanner may
    keep new files open for a moment. Raises PermissionError where it stays open."""
    for seconds in PATIENCE:
        try:
            os.replace(source, target)
            return
        except PermissionError:
            time.sleep(seconds)
    os.replace(source, target)


def put(part: Path, path: Path) -> Path:
    """Move a finished file into place, and return where it is: beside the old one where that cannot be replaced (open
    in Excel, read-only)."""
    flush_to_disk(part)
    target = path.resolve()
    if not target.exists() or os.access(target, os.W_OK):
        try:
            move(part, target)
            return path
        except PermissionError:
            pass
    free = next(p for k in range(2, 10_000) if not (p := path.with_name(f"{path.stem} ({k}){path.suffix}")).exists())
    move(part, free)
    return free


def write_new(path: Path, write: Callable[[Path], None]) -> None:
    """Call `write` to make a workbook, and give it its name when it is complete. Raises FileExistsError rather than
    replace a file."""
    if path.exists() or path.is_symlink():
        raise FileExistsError(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(error.errno, f"{path.parent} is a file, not a folder") from error
    part = part_of(path)
    try:
        write(part)
        probe(part)
        try:
            os.link(part, path)  # unlike a renaming, this never replaces
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            if path.exists():
                raise FileExistsError(path) from None
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)

"""Files that appear complete or not at all, and never over a file that is open or unfinished."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path


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
        import ctypes

        process = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        return bool(process) and bool(ctypes.windll.kernel32.CloseHandle(process))
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def probe(path: Path) -> None:
    """Read a workbook's archive through. Raises OSError where it is damaged: it must not replace a good one."""
    with zipfile.ZipFile(path) as archive:
        broken = archive.testzip()
    if broken:
        raise OSError(f"{broken} is damaged")


def put(part: Path, path: Path) -> Path:
    """Move a finished file into place, and return where it is: beside the old one where that cannot be replaced (open
    in Excel, read-only)."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    target = path.resolve()
    if not target.exists() or os.access(target, os.W_OK):
        try:
            os.replace(part, target)
            return path
        except PermissionError:
            pass
    free = next(p for k in range(2, 10_000) if not (p := path.with_name(f"{path.stem} ({k}){path.suffix}")).exists())
    os.replace(part, free)
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

"""Which files of a planner's folder the desk may touch: paths that stay inside it, its workbooks, and its own state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

STATE = ".didymium-desk"  # what the desk keeps for itself, in the folder
RESULTS = "outputs"  # where the commands write
DEEPEST = 3  # folders below the planner's in which workbooks are looked for
LONGEST = 80  # characters of a name that is typed
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')  # in a name, by one system or another
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # by Windows


class OutsideFolder(Exception):
    """A path that leads out of the folder, into a hidden one, or nowhere."""


def inside(folder: Path, name: str) -> Path:
    """Return the file or folder of this name, resolved. Raises OutsideFolder where it is hidden, or where links or dots
    lead out of the folder."""
    parts = name.replace("\\", "/").split("/")
    if "\0" in name or any(part in ("", "..") or part.startswith(".") for part in parts):
        raise OutsideFolder(name)
    try:
        path = (folder / "/".join(parts)).resolve()
    except (OSError, RuntimeError) as error:
        raise OutsideFolder(name) from error
    root = folder.resolve()
    if not path.is_relative_to(root) or any(part.startswith(".") for part in path.relative_to(root).parts):
        raise OutsideFolder(name)
    return path


def name_of(folder: Path, path: Path) -> str:
    """Return what a path inside the folder is called, with `/` between its parts."""
    return path.resolve().relative_to(folder.resolve()).as_posix()


def plain_name(text: str) -> str:
    """Return a typed name as a file can bear it on any system; empty where nothing is left of it."""
    name = " ".join(_FORBIDDEN.sub(" ", text).split()).strip(". ")[:LONGEST].strip(". ")
    return f"{name} _" if _RESERVED.fullmatch(name) else name


def free_name(folder: Path, name: str, ending: str = "") -> Path:
    """Return a path in the folder that does not exist: of this name, or with a number behind it."""
    names = (f"{name}{'' if k == 1 else f' {k}'}{ending}" for k in range(1, 100_000))
    return next(path for each in names if not (path := folder / each).exists())


def workbooks(folder: Path) -> Iterator[Path]:
    """Yield the planner's workbooks and folders of CSV files, not those that commands wrote, nor what Excel or the
    system hides."""
    yield from _workbooks(folder, folder.resolve(), DEEPEST)


def _workbooks(here: Path, root: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(here.iterdir(), key=lambda path: path.name.casefold())
    except OSError:
        return
    for path in entries:
        if path.name.startswith((".", "~$")) or (here.resolve() == root and path.name == RESULTS):
            continue
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            continue
        is_book = path.suffix.casefold() == ".xlsx" and path.is_file()
        if is_book or (path / "settings.csv").is_file():
            yield path
        elif path.is_dir() and depth and not path.is_symlink():
            yield from _workbooks(path, root, depth - 1)

"""New result files are written into a folder of their own, beside the old one, and take its place as one.

Where the system can exchange two folders in one step (Linux), no moment shows a mixed set. Elsewhere, and in a folder
that holds other things or cannot be moved (the one a person works in, a mounted one), files are moved in one by one,
the manifest last; what a stop in between leaves is moved in by the next run, and `verify` names it until then.
"""

from __future__ import annotations

import ctypes
import errno
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path

from didymium.errors import OutputInUse
from didymium.excel.files import alive, clear_parts, probe, put
from didymium.result_folder.lock import locked
from didymium.result_folder.manifest import (
    MANIFEST,
    RESAVED,
    SIGNATURE,
    is_complete,
    listed,
    recorded,
    write_manifest,
)

Writers = Mapping[str, Callable[[Path], None]]
READY = ".ready"  # in a generation that is complete
FOR = ".for"  # in a folder of files that were kept elsewhere: the name of that in which they belong
_EXCHANGE, _HERE = 2, -100  # of renameat2


def replace_files(
    folder: Path,
    files: Writers,
    facts: Mapping[str, object] | None = None,
    prefix: Callable[[], str] = lambda: "",
    elsewhere: bool = True,
) -> list[Path]:
    """Let each writer make its file, and put all in place when all are complete; return their paths without that of the
    manifest.

    `prefix`, called when all are written, is put before each name. Raises OutputInUse when the folder is another run's
    or cannot be written; then the old files are as they were, and the new ones are kept where the message says, if
    anywhere; not where they are kept already (`elsewhere`).
    """
    with locked(folder):
        try:
            fresh = _begin(folder)
            try:
                return _write(folder, fresh, files, facts or {}, prefix)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        except OSError as error:
            kept = _kept_elsewhere(folder, files, facts or {}, prefix) if elsewhere else ""
            raise OutputInUse(
                f"the results could not be written to {folder}: {error.strerror or error}{kept}"
            ) from error


def _begin(folder: Path) -> Path:
    """Return an empty folder for the new files, when what runs that were killed left is done with."""
    where = folder.resolve()
    where.parent.mkdir(parents=True, exist_ok=True)
    if where.exists() and not where.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{where} is a file, not a folder")
    clear_parts(where)
    for left in (*where.parent.glob(f".{where.name}.*.new"), *where.glob(".*.new")):
        pid = left.name.split(".")[-2]
        if pid.isdigit() and not (int(pid) != os.getpid() and alive(int(pid))):
            if (left / READY).exists() and left.parent == where:
                _move_in(left, where)
            shutil.rmtree(left, ignore_errors=True)
    beside = os.access(where.parent, os.W_OK)
    fresh = where.parent / f".{where.name}.{os.getpid()}.new" if beside else where / f".{os.getpid()}.new"
    fresh.mkdir()
    return fresh


def _write(
    folder: Path,
    fresh: Path,
    files: Writers,
    facts: Mapping[str, object],
    prefix: Callable[[], str],
) -> list[Path]:
    """Write all files and their manifest into the new folder, and put them in place. A signature of an older
    workbook goes with it."""
    names = _fill(fresh, files, prefix)
    where = folder.resolve()
    if names == list(files):  # else kept for examination: no result, the older one stays
        write_manifest(fresh, names, where, facts)
    gone = {SIGNATURE} if any(name.endswith(RESAVED) for name in names) and names == list(files) else set()
    if _can_be_exchanged(where, fresh, names):
        replaced = {*(p.name for p in fresh.iterdir()), *gone}
        _carry_over(where, fresh, replaced)
        if _exchange(where, fresh):
            _sweep(fresh, where, replaced)
            return [folder / name for name in names]
        fresh, old = _apart(fresh, names), fresh
        shutil.rmtree(old, ignore_errors=True)
    where.mkdir(parents=True, exist_ok=True)
    if fresh.parent != where:
        inside = where / f".{os.getpid()}.new"
        os.rename(fresh, inside)
        fresh = inside
    (fresh / READY).touch()
    for name in gone:
        (where / name).unlink(missing_ok=True)
    placed = _move_in(fresh, where)
    shutil.rmtree(fresh, ignore_errors=True)
    return [folder / placed[name] for name in names]


def _fill(fresh: Path, files: Writers, prefix: Callable[[], str]) -> list[str]:
    """Write the files into a folder; return their names."""
    for name, write in files.items():
        write(fresh / name)
        if name.endswith(".xlsx"):
            probe(fresh / name)
        with (fresh / name).open("rb") as file:
            os.fsync(file.fileno())
    before = prefix()
    if before:
        for name in files:
            os.rename(fresh / name, fresh / f"{before}{name}")
    return [f"{before}{name}" for name in files]


def _can_be_exchanged(where: Path, fresh: Path, names: Collection[str]) -> bool:
    """Is the old folder one of results alone, that can be moved: not a person's own, nor one in which somebody is?"""
    if not where.exists():
        return fresh.parent == where.parent
    known = {*names, MANIFEST, SIGNATURE, *listed(where)}
    return (
        fresh.parent == where.parent
        and not os.path.ismount(where)
        and not Path.cwd().is_relative_to(where)
        and all(p.name in known or (p.is_dir() and listed(p)) for p in where.iterdir())
        and all(os.access(where / name, os.W_OK) for name in names if (where / name).exists())
    )


def _carry_over(where: Path, fresh: Path, without: Collection[str]) -> None:
    """Give the new folder what the old one holds besides: the same files, not copies, where the system has links."""
    if where.exists():
        for path in where.iterdir():
            if path.name not in without:
                if path.is_dir():
                    shutil.copytree(path, fresh / path.name, copy_function=_link)
                else:
                    _link(str(path), str(fresh / path.name))


def _sweep(old: Path, where: Path, without: Collection[str]) -> None:
    """Move what somebody put into the old folder just before it was exchanged."""
    for path in sorted(old.rglob("*")):
        inside = path.relative_to(old)
        if path.is_file() and inside.parts[0] not in without and not (where / inside).exists():
            (where / inside).parent.mkdir(parents=True, exist_ok=True)
            os.rename(path, where / inside)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _exchange(where: Path, fresh: Path) -> bool:
    """Put the new folder in the place of the old one in one step; return whether the system can. The old one is then
    where the new one was."""
    if not where.exists():
        os.rename(fresh, where)
        return True
    if not sys.platform.startswith("linux"):
        return False
    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return bool(exchange(_HERE, os.fsencode(fresh), _HERE, os.fsencode(where), _EXCHANGE) == 0)


def _apart(fresh: Path, names: Collection[str]) -> Path:
    """Return a folder with the new files alone, without what was carried over."""
    alone = fresh.with_name(f"{fresh.name.removesuffix('.new')}.{os.getpid()}.new")
    alone.mkdir()
    for name in (*names, MANIFEST):
        if (fresh / name).exists():
            os.rename(fresh / name, alone / name)
    return alone


def _move_in(fresh: Path, where: Path) -> dict[str, str]:
    """Move files into the old folder, the manifest last; return their names there, which differ where an old file
    cannot be replaced (open in Excel)."""
    names = sorted(p.name for p in fresh.iterdir() if p.name not in (MANIFEST, READY))
    placed = {name: put(fresh / name, where / name).name for name in names}
    if (fresh / MANIFEST).exists():
        put(fresh / MANIFEST, where / MANIFEST)
    return placed


def _kept_elsewhere(folder: Path, files: Writers, facts: Mapping[str, object], prefix: Callable[[], str]) -> str:
    """Write the files where there is room for them; return what the message says of it."""
    kept = None
    try:
        kept = Path(tempfile.mkdtemp(prefix=f"didymium-{folder.name}-"))
        names = _fill(kept, files, prefix)
        write_manifest(kept, names, kept, facts)
        (kept / FOR).write_text(str(folder.resolve()), encoding="utf-8")
    except OSError:
        if kept is not None:
            shutil.rmtree(kept, ignore_errors=True)
        return ""
    return f". `didymium resume {folder}` writes them there when it can be. They are kept in {kept}"


def unwritten(folder: Path) -> Path | None:
    """Return where complete files of a run are kept that could not be written to a folder; None where there are
    none."""
    for kept in sorted(Path(tempfile.gettempdir()).glob(f"didymium-{glob.escape(folder.resolve().name)}-*")):
        if _is_for(folder, kept) and is_complete(kept):
            return kept
    return None


def write_late(kept: Path, folder: Path) -> list[Path]:
    """Write the files that are kept elsewhere to the folder in which they belong, and remove them there; return where
    they are now. Raises OutputInUse where they can still not be written; then they stay."""
    names = [*listed(kept)]
    files = {name: partial(_copy, kept / name) for name in names}
    facts = {name: fact for name, fact in recorded(kept).items() if name != "files"}
    written = replace_files(folder, files, facts, elsewhere=False)
    shutil.rmtree(kept, ignore_errors=True)
    return written


def _is_for(folder: Path, kept: Path) -> bool:
    """Are these files for a folder, and written by us: others may write where temporary files are, too?"""
    try:
        ours = not hasattr(os, "getuid") or kept.stat().st_uid == os.getuid()
        return ours and (kept / FOR).read_text(encoding="utf-8") == str(folder.resolve())
    except (OSError, ValueError):
        return False


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)

"""manifest.json: which files of a folder belong together, by hash, and who made them, when and how."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import platform
import socket
import sys
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
RESAVED = (".xlsx",)  # people store workbooks again in their office: they are verified cell by cell instead


def write_manifest(fresh: Path, names: list[str], old: Path, facts: Mapping[str, object]) -> None:
    """Write the manifest of new files into their folder; `old` is where files that stay may be listed already."""
    stay = {n: h for n, h in listed(old).items() if n not in names and (old / n).is_file()}
    record: dict[str, object] = {
        **({} if facts else recorded(old)),  # what adds a file, such as slides, says nothing new of the run
        "files": {**stay, **{name: sha256(fresh / name) for name in names}},
        **facts,
        "written": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]] if sys.argv else [],
        "machine": {
            "host": socket.gethostname(),
            "user": user_name(),
            "system": platform.platform(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "didymium": version("didymium"),
        },
    }
    (fresh / MANIFEST).write_text(json.dumps(record, indent=1, default=str), encoding="utf-8")


def listed(folder: Path) -> dict[str, str]:
    """Return the files that the manifest of a folder lists, with their SHA-256; nothing where it has none."""
    files = recorded(folder).get("files")
    return {str(name): str(digest) for name, digest in files.items()} if isinstance(files, dict) else {}


def recorded(folder: Path) -> dict[str, object]:
    """Return what the manifest of a folder says; nothing where it has none."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def strangers(folder: Path) -> list[str]:
    """Return the files of a folder that are not those that its manifest lists; workbooks are not looked at."""
    return [
        name
        for name, digest in listed(folder).items()
        if not name.endswith(RESAVED) and (folder / name).is_file() and sha256(folder / name) != digest
    ]


def is_complete(folder: Path) -> bool:
    """Return whether a folder has a manifest, and every file that it lists, as it was written."""
    files = listed(folder)
    return bool(files) and all((folder / n).is_file() and sha256(folder / n) == digest for n, digest in files.items())


def signatures(folder: Path) -> list[dict[str, object]]:
    """Return the entries of the signature file of a folder, which nothing proves yet; none where it has none that can
    be read."""
    try:
        found = json.loads((folder / SIGNATURE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def sha256(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def user_name() -> str:
    """Return who runs this, as the system calls them; empty where it does not know."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container without names
        return ""

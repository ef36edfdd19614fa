"""Every solve and study of a command goes into the registry of runs: when it begins, and how it ended.

Whatever becomes of the registry, the run goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import sqlite3
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from time import monotonic

from didymium import registry
from didymium.arguments import STUDIES
from didymium.endings import code_of, why
from didymium.errors import NoPlan
from didymium.result_folder import input_files
from didymium.result_folder.manifest import user_name
from didymium.supervised import message_before, message_parent

KINDS = ("solve", *STUDIES)
# Flags that change where a run is done or what is printed, not what it finds.
NOT_REQUESTED = (
    "workbooks",
    "workbook",
    "source",
    "result",
    "out",
    "below",
    "quiet",
    "json",
    "progress",
    "workers",
    "cluster",
    "again",
    "each_scenario",
    "dry_run",
    "request",  # of a job of a batch: what it is known by there
)
Facts = dict[str, object]
_facts: Facts = {}
_lost: list[str] = []  # why the registry cannot be written, once that is known


def add_facts(**facts: object) -> None:
    """Tell the registry what a run knows only once its input is read: folder, scenario, hashes."""
    _facts.update({name: value if value is None else str(value) for name, value in facts.items()})


def forget() -> None:
    """Begin anew: what was told so far was of another run."""
    _facts.clear()


def facts_so_far() -> Facts:
    """Return what the run of this process has told."""
    return dict(_facts)


def is_recorded(arguments: argparse.Namespace) -> bool:
    """Return whether a command is one run; each solve of a batch is one of its own, and a dry run is none."""
    if arguments.command != "solve":
        return arguments.command in KINDS
    return len(arguments.workbooks) == 1 and not arguments.each_scenario and not arguments.dry_run


def recorded(arguments: argparse.Namespace, run: Callable[[argparse.Namespace], int]) -> int:
    """Run a command and return its exit code; where it is one run, it is in the registry."""
    if not is_recorded(arguments):
        return run(arguments)
    forget()
    entry = Entry.taken_over(arguments.command) or Entry.begin(arguments, {})
    message_parent(run=entry.number, began=entry.started)
    try:
        code = run(arguments)
    except BaseException as error:
        if isinstance(error, MemoryError):
            message_parent(out_of_memory=True)
        entry.end(code_of(error), why(error), error.folder if isinstance(error, NoPlan) else None, _facts)
        raise
    entry.end(code, "", None if "folder" not in _facts else Path(str(_facts["folder"])), _facts)
    return code


@dataclass(slots=True)
class Entry:
    """A run in the registry; `number` is None where it could not be written."""

    number: int | None
    kind: str
    started: float = field(default_factory=monotonic)

    @classmethod
    def begin(cls, arguments: argparse.Namespace, more: Mapping[str, object]) -> Entry:
        """Write the row of a run that begins; `more` is what is known of it besides its flags."""
        given = vars(arguments)
        source = source_of(arguments)
        options = {name: str(v) for name, v in sorted(given.items()) if name not in (*NOT_REQUESTED, "command") and v}
        out = given.get("out")
        facts = {
            "kind": arguments.command,
            "command": shlex.join(["didymium", *sys.argv[1:]]),
            "user": user_name(),
            "workbook": str(source.resolve()),
            "scenario": given.get("scenario"),
            "options": json.dumps(options),
            "folder": None if out is None else str(Path(out).resolve()),
            **({} if "request_sha256" in more else {"request_sha256": requested(arguments)}),
            **more,
        }
        return cls(_tried(lambda: registry.begin(facts)), arguments.command)

    @classmethod
    def taken_over(cls, kind: str) -> Entry | None:
        """Return the row of the run whose plan this process finishes, since the process that began it died."""
        number, began = message_before().get("run"), message_before().get("began")
        if not isinstance(number, int) or not isinstance(began, float):
            return None
        _tried(lambda: registry.finish(number, {"exit_code": None, "pid": os.getpid()}))
        return cls(number, kind, began)

    def end(self, code: int, reason: str, written: Path | None, more: Mapping[str, object]) -> None:
        """Fill in how the run ended; `written` is the folder of its files, if it wrote some."""
        number = self.number
        if number is None:
            return
        summary = summary_of(written, self.kind) if code in registry.WROTE else {}
        known = {name: summary[name] for name in ("input_sha256", "content_sha256", "scenario") if name in summary}
        facts = {
            "seconds": round(monotonic() - self.started, 1),
            **known,
            **more,
            "exit_code": code,
            "status": summary.get("status") or registry.STATUS.get(code),
            "cost_musd": summary.get("objective_musd"),
            "bound_musd": summary.get("bound_musd"),
            "gap_percent": summary.get("gap_percent"),
            "reason": reason or more.get("reason"),
        }
        if "folder" in facts:
            facts["folder"] = str(Path(str(facts["folder"])).resolve())
        _tried(lambda: registry.finish(number, facts))


def source_of(arguments: argparse.Namespace) -> Path:
    """Return the workbook or result that a command is about."""
    given = vars(arguments)
    found = given.get("workbook") or given.get("source") or given.get("result") or given["workbooks"][0]
    return Path(found)


def requested(arguments: argparse.Namespace) -> str:
    """Return the hash of all that decides what a run finds: its input, scenario, flags and version."""
    given = vars(arguments)
    flags = {name: str(value) for name, value in sorted(given.items()) if name not in NOT_REQUESTED}
    source = source_of(arguments)
    found = hashlib.sha256(json.dumps([source.name, flags, version("didymium")]).encode())
    others = [given.get(name) for name in ("pin", "start", "frontier")]
    for path in [source, *(other for other in others if other is not None)]:
        for file in input_files(path):
            found.update(file.name.encode())
            found.update(file.read_bytes() if file.is_file() else b"")
    return found.hexdigest()


def summary_of(folder: Path | None, kind: str = "solve") -> Mapping[str, object]:
    """Return what a run wrote for machines, summary.json or that of its study; nothing where there is none."""
    if folder is None:
        return {}
    path = folder / ("summary.json" if kind == "solve" else f"{kind}.json")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _tried(write: Callable[[], int | None]) -> int | None:
    """Write into the registry; after the first failure, which is told, this process leaves it."""
    if _lost:
        return None
    try:
        return write()
    except (OSError, sqlite3.Error) as error:
        _lost.append(str(error))
        print(f"the registry of runs ({registry.registry_file()}) cannot be written: {error}", file=sys.stderr)
        return None

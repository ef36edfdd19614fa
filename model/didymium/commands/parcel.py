"""A solve or study that travels: its input and its flags as one archive, and its results as another. Both are data, so
that a machine that shares no folder with ours can do it, and no sender can make it do anything else."""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import re
import socket
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import chdir
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Protocol

from didymium.arguments import parser
from didymium.commands.recording import KINDS
from didymium.errors import BadWorkbook, Problem
from didymium.result_folder import MANIFEST
from didymium.tables.csv_folder import csv_files
from didymium.tables.xlsx.package import LARGEST_FILE

JOB, ENDING = "job.json", "ending.json"
LARGEST = 2**30  # bytes, unpacked
MAX_FILES = 1_000
PLANS = ("pin", "start")  # flags that name a file, which travels too
STAY = ("out", "quiet", "json", "progress", "workers", "cluster", "again", "each_scenario", "dry_run", *PLANS)
RESULTS = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]*\.(xlsx|html|log|json)")  # names that a result file can have


class Ended(Protocol):
    """How a job ended."""

    @property
    def code(self) -> int:
        """Return its exit code."""

    @property
    def folder(self) -> Path | None:
        """Return the folder written."""

    @property
    def reason(self) -> str:
        """Return why it has no plan."""

    @property
    def output(self) -> str:
        """Return what it printed."""

    @property
    def facts(self) -> Mapping[str, object]:
        """Return what the registry knows of it."""


Do = Callable[[argparse.Namespace], Ended]


@dataclass(frozen=True, slots=True)
class Returned:
    """What comes back of a job: how it ended, what it printed, its result files, what their manifest says of the run
    and of the machine, and what the registry knows of it."""

    code: int
    reason: str
    printed: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    manifest: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)


def pack(arguments: argparse.Namespace) -> bytes:
    """Return the archive of a solve or study, by the arguments of its command. Raises OSError where its files cannot be
    read."""
    given = getattr(arguments, _positional(arguments.command).dest)
    path: Path = given[0] if isinstance(given, list) else given
    members, flags = _case(path), _flags(arguments)
    for name in PLANS:
        plan: Path | None = getattr(arguments, name, None)
        if plan is not None:
            plan = plan / "results.xlsx" if plan.is_dir() else plan
            members[f"{name}/{plan.name}"] = _content(plan)
            flags.append(f"--{name}={name}/{plan.name}")
    job = {"didymium": version("didymium"), "command": arguments.command, "case": f"case/{path.name}", "flags": flags}
    return _archive({JOB: json.dumps(job).encode(), **members})


def solve_packed(do: Do, content: bytes, folder: Path) -> bytes:
    """Do the job of an archive in a folder of its own; return the archive of its results. What it keeps is there, too:
    a process that dies is followed by one that goes on from that.

    For a process of its own, whose folder changes meanwhile. Raises BadWorkbook where the archive is none that `pack`
    of this version made.
    """
    try:
        members = _members(content)
        job = json.loads(members.pop(JOB))
        made_by, command, case = (str(job[name]) for name in ("didymium", "command", "case"))
        flags = [str(flag) for flag in job["flags"]]
        _unpack(members, folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadWorkbook([Problem("job", f"is not one that didymium packed ({error!r})")]) from error
    if made_by != version("didymium"):
        text = f"was packed by didymium {made_by}, and here is {version('didymium')}: install the same on both"
        raise BadWorkbook([Problem("job", text)])
    with chdir(folder):
        return _packed_results(do(_arguments(command, case, flags)))


def returned(content: bytes) -> Returned:
    """Return what an archive of results holds. Raises ValueError where it is none."""
    try:
        members = _members(content)
        ending = json.loads(members.pop(ENDING))
        code, manifest, facts = int(ending["code"]), dict(ending["manifest"]), dict(ending["facts"])
        reason, printed = _printable(ending["reason"]), _printable(ending["printed"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"the results that came back cannot be read ({error!r})") from error
    strangers = [name for name in members if not RESULTS.fullmatch(name)]
    if strangers:
        raise ValueError(f"among the results that came back is {strangers[0]!r}, which is no result file")
    return Returned(code, reason, printed, members, manifest, facts)


def _case(path: Path) -> dict[str, bytes]:
    """The files of a workbook, CSV folder or result by their places in the archive. Raises OSError where one cannot be
    read."""
    result = path / "results.xlsx"
    files = [path] if not path.is_dir() else [result] if result.is_file() else csv_files(path)
    if not files:
        raise FileNotFoundError(path)
    return {f"case/{path.name}{f'/{f.name}' if path.is_dir() else ''}": _content(f) for f in files}


def _content(path: Path) -> bytes:
    if not path.is_file() or path.stat().st_size > LARGEST_FILE:
        raise FileNotFoundError(path)
    return path.read_bytes()


def _flags(arguments: argparse.Namespace) -> list[str]:
    """The flags that say what to find, as they would be typed."""
    found = []
    actions = _options(arguments.command)
    known = {action.dest for action in (*actions, _positional(arguments.command))} | {
        "command",
        "below",
        "version",
        "request",
    }
    assert vars(arguments).keys() <= known, vars(arguments).keys() - known  # else something would not travel
    for action in actions:
        value = getattr(arguments, action.dest, action.default)
        if action.dest in STAY or value == action.default:
            continue
        flag = action.option_strings[-1]
        if action.nargs == 0:
            found.append(flag)
        else:
            found += [f"{flag}={one}" for one in (value if isinstance(value, list) else [value])]
    return found


def _actions(command: str) -> list[argparse.Action]:
    """The arguments of a command. Raises BadWorkbook for one that is no solve or study."""
    commands = next(action.choices for action in parser()._actions if action.dest == "command")
    assert isinstance(commands, dict)
    if command not in KINDS:
        raise BadWorkbook([Problem("job", f"asks for {command!r}, which a job cannot")])
    return [action for action in commands[command]._actions if action.dest != "help"]


def _options(command: str) -> list[argparse.Action]:
    return [action for action in _actions(command) if action.option_strings]


def _positional(command: str) -> argparse.Action:
    return next(action for action in _actions(command) if not action.option_strings)


def _arguments(command: str, case: str, flags: list[str]) -> argparse.Namespace:
    """The command line of a job. Raises BadWorkbook for a flag that `pack` does not write."""
    known = {action.option_strings[-1] for action in _options(command) if action.dest not in STAY}
    for flag in flags:
        name, _, value = flag.partition("=")
        packed = name in [f"--{plan}" for plan in PLANS] and re.fullmatch(r"(pin|start)/[^/\\]+", value)
        if name not in known and not packed:
            raise BadWorkbook([Problem("job", f"asks for {flag!r}, which a job cannot")])
    try:
        return parser().parse_args([command, case, *flags, "--out=out", "--quiet"])
    except SystemExit as error:
        raise BadWorkbook([Problem("job", f"has flags that cannot be: {' '.join(flags)}")]) from error


def _printable(text: object) -> str:
    """A text from another machine, without what would steer a terminal."""
    return "".join(c for c in str(text) if c.isprintable() or c == "\n")


def _packed_results(ended: Ended) -> bytes:
    """The archive of a folder of results, and of how its job ended."""
    out = ended.folder
    files = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} if out and out.is_dir() else {}
    listed = json.loads(files.pop(MANIFEST, b"{}"))
    manifest = {k: v for k, v in listed.items() if k not in ("files", "written", "command", "machine")}
    machine = {"host": socket.gethostname(), "system": platform.platform(), "cores": os.cpu_count()}
    manifest["solved_on"] = listed.get("machine", machine)
    ending = {"code": ended.code, "reason": ended.reason, "printed": ended.output, "facts": dict(ended.facts)}
    content = json.dumps({**ending, "manifest": manifest}, default=str).encode()
    return _archive({ENDING: content, **{n: c for n, c in files.items() if RESULTS.fullmatch(n)}})


def _archive(members: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return content.getvalue()


def _members(content: bytes) -> dict[str, bytes]:
    """The members of an archive. Raises ValueError for one that is damaged, or made to fill the memory."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            if len(infos) > MAX_FILES or sum(info.file_size for info in infos) > LARGEST:
                raise ValueError(f"it holds more than {MAX_FILES:,} files or {LARGEST / 2**20:,.0f} MB")
            return {info.filename: archive.read(info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"it is damaged ({error})") from error


def _unpack(members: Mapping[str, bytes], folder: Path) -> None:
    """Write the files of a job. Raises ValueError where one would go elsewhere."""
    for name, content in members.items():
        parts = PurePosixPath(name).parts
        path = folder.joinpath(*parts)
        inside = len(parts) in (2, 3) and parts[0] in ("case", *PLANS) and ".." not in parts
        if not inside or not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"{name!r} is no place in a job")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

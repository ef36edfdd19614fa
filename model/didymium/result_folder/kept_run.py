"""The run whose parts are kept: its command line and a copy of its input, so that `didymium resume` goes on with the
very same case, whatever became of the workbook meanwhile."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from didymium.result_folder.kept import SUFFIX, KeptParts, kept_of
from didymium.result_folder.manifest import sha256

RUN = "run"  # the part
INPUT = "input"  # the folder of the copy, among the parts


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run that did not end with a proven answer: its words after `didymium`, the folder in which they were given, and
    its input. `request` is what a batch knows it by, '' where it is none of a batch."""

    parts: KeptParts
    words: list[str]
    where: Path
    source: Path
    sha256: str
    started: datetime
    version: str
    request: str

    @property
    def copy(self) -> Path:
        """Return where the copy of the input is."""
        return self.parts.where / INPUT / self.source.name

    def source_unchanged(self) -> bool:
        """Return whether the input is still what it was when the run began."""
        return (self.where / self.source).exists() and _digest(self.where / self.source) == self.sha256

    def copy_is_complete(self) -> bool:
        """Return whether the copy of the input is what the run read."""
        return self.copy.exists() and _digest(self.copy) == self.sha256


def keep_run(parts: KeptParts, words: Sequence[str], source: Path, request: str = "") -> None:
    """Keep the words of a run and its input, a file or a folder of CSV files; where there is no room for them, it runs
    all the same, and cannot be resumed. Nor can an older run of another case into the same folder from now on: its
    results would take the place of these."""
    about = {"words": [*words], "where": str(Path.cwd()), "source": str(source), "version": version("didymium")}
    about["request"] = request
    copy = parts.where / INPUT / source.name
    with suppress(OSError):
        for older in parts.where.parent.glob("*"):
            (older / f"{RUN}{SUFFIX}").unlink(missing_ok=True)
            shutil.rmtree(older / INPUT, ignore_errors=True)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            copy.mkdir()
        for path in input_files(source):
            shutil.copyfile(path, copy / path.name if source.is_dir() else copy)
        started = datetime.now().isoformat(timespec="seconds")
        parts.put(RUN, {**about, "sha256": _digest(source), "started": started})


def kept_run(folder: Path) -> KeptRun | None:
    """Return the last run into a folder of results that has kept parts; None where there is none."""
    found = [run for path in kept_of(folder).glob("*") if (run := _run_in(KeptParts(folder, path.name))) is not None]
    return max(found, key=lambda run: run.started, default=None)


def _run_in(parts: KeptParts) -> KeptRun | None:
    about = parts.get(RUN)
    if not isinstance(about, dict):
        return None
    try:
        return KeptRun(
            parts,
            [str(word) for word in about["words"]],
            Path(about["where"]),
            Path(about["source"]),
            str(about["sha256"]),
            datetime.fromisoformat(about["started"]),
            str(about["version"]),
            str(about["request"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def input_files(source: Path) -> list[Path]:
    """Return the files that count of an input, a result or a study: the file itself; of a folder its results.xlsx, else
    its CSV and JSON files."""
    if not source.is_dir():
        return [source]
    result = source / "results.xlsx"
    tables = (p for p in source.iterdir() if p.suffix.lower() in (".csv", ".json") and p.name[0] not in ".~")
    return [result] if result.is_file() else sorted(tables)


def _digest(source: Path) -> str:
    files = ((path.name, sha256(path)) for path in input_files(source))
    return hashlib.sha256(repr(sorted(files)).encode()).hexdigest()

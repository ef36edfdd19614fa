"""The results in the folder: what the commands wrote below outputs/, known by their manifests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from didymium.desk.folder import RESULTS, name_of
from didymium.engine.control import relative_gap
from didymium.result_folder.manifest import MANIFEST

DEEPEST = 5  # folders below outputs/ in which results are looked for
COMPARISONS = "comparisons"  # the folder below outputs/ of comparisons
STUDIES = ("frontier", "alternatives", "sensitivity", "stress", "explain")


@dataclass(frozen=True, slots=True)
class Result:
    """A folder that a command wrote: `kind` is plan, no_plan, or the study; `page` its report, where it has one; `cost`
    in M USD; `gap` in percent."""

    name: str
    kind: str
    status: str
    scenario: str
    cost: float | None
    gap: float | None
    written: str
    page: str | None
    files: tuple[tuple[str, int], ...]

    @property
    def title(self) -> str:
        """What it is called: its folders below outputs/, each once."""
        return ", ".join(dict.fromkeys(self.name.removeprefix(f"{RESULTS}/").split("/")))

    @property
    def workbook(self) -> str:
        """The name of its workbook."""
        return f"{self.kind}.xlsx" if self.kind in STUDIES else "results.xlsx"

    @property
    def has_tables(self) -> bool:
        """Whether its workbook is there to be looked through."""
        return any(name == self.workbook for name, _ in self.files)

    @property
    def is_plan(self) -> bool:
        """Whether it holds a plan, which can be compared, stressed and explained."""
        return self.kind == "plan"


def results(folder: Path) -> list[Result]:
    """Return all results of a folder, the newest first."""
    root = folder / RESULTS
    found = [result for path in _folders(root, DEEPEST) if (result := result_of(folder, path))] if root.is_dir() else []
    return sorted(found, key=lambda result: result.written, reverse=True)


def _folders(here: Path, depth: int) -> Iterator[Path]:
    with suppress(OSError):
        for path in sorted(here.iterdir()):
            if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
                if (path / MANIFEST).is_file():
                    yield path
                if depth:
                    yield from _folders(path, depth - 1)


def result_of(folder: Path, path: Path) -> Result | None:
    """Return the result in a folder; None where there is none."""
    manifest = _read(path / MANIFEST)
    if manifest is None:
        return None
    names = [p.name for p in sorted(path.iterdir()) if p.is_file() and not p.name.startswith(".")]
    kind = _kind(names, manifest)
    pages = ["report.html"] if kind == "plan" else [f"{kind}.html"]
    written = str(manifest.get("written", ""))
    with suppress(ValueError):
        written = datetime.fromisoformat(written).strftime("%Y-%m-%d %H:%M:%S")
    return Result(
        name_of(folder, path),
        kind,
        str(manifest.get("status", "")),
        str(manifest.get("scenario", "")),
        _number(manifest.get("objective_musd")),
        _gap(_number(manifest.get("objective_musd")), _number(manifest.get("bound_musd"))),
        written,
        next((name for name in pages if name in names), None),
        tuple((name, (path / name).stat().st_size) for name in names if name != MANIFEST),
    )


def _kind(names: list[str], manifest: Mapping[str, Any]) -> str:
    if "results.xlsx" in names:
        return "no_plan" if manifest.get("status") == "infeasible" else "plan"
    return next((study for study in STUDIES if f"{study}.json" in names), "other")


def comparisons(folder: Path) -> list[str]:
    """Return the names of the comparisons in a folder, the newest first."""
    where = folder / RESULTS / COMPARISONS
    paths = sorted(where.glob("*.xlsx"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [name_of(folder, path) for path in paths if not path.name.startswith(("~$", "."))]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _gap(cost: float | None, bound: float | None) -> float | None:
    share = relative_gap(cost, bound)
    return None if share is None else 100 * share


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None

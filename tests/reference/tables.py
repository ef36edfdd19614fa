"""Tables as rows of text, read by hand from a folder of CSV files or taken from memory: no line of the package
helps."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

Row = Mapping[str, object]
Tables = dict[str, list[dict[str, str]]]

OPTIONAL = (
    "ramps", "substitution", "targets", "prices", "contracts", "holds", "stockpiles", "finance", "budgets", "limits",
    "scenarios", "shocks",
)  # fmt: skip


def load(source: Path | Mapping[str, list[dict[str, object]]]) -> Tables:
    """Return every table of a folder of CSV files, or of a mapping of rows, as rows of text;
    missing tables are empty.
    """
    if isinstance(source, Path):
        found = {path.stem.lower(): _rows(path) for path in source.glob("*.csv")}
    else:
        found = {name: [{str(k): _text(v) for k, v in row.items()} for row in rows] for name, rows in source.items()}
    required = ("settings", "regions", "elements", "commodities", "projects", "assays", "recoveries", "recipes")
    market = ("demand", "segments", "imports", "routes")
    return {name: [] for name in (*required, *market, *OPTIONAL)} | found


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [{k: _text(v) for k, v in row.items()} for row in csv.DictReader(file) if any(row.values())]


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def given(row: Row, name: str) -> bool:
    """Return whether a cell holds anything; a 0 is given, a blank is not."""
    return str(row.get(name, "")) != ""


def num(row: Row, name: str, default: float = 0.0) -> float:
    """Return the number in a cell, or the default of a blank."""
    return float(str(row[name])) if given(row, name) else default


def share(row: Row, name: str, default: float = 0.0) -> float:
    """Return a percent cell as a share of 1."""
    return num(row, name, default) / 100


def named(row: Row, name: str) -> str:
    """Return what a selector names; `*`, which is all, where it is blank."""
    return str(row.get(name) or "*")


def listed(row: Row, name: str) -> set[str]:
    """Return the names in a list cell; `*` where it is blank."""
    return {part.strip() for part in named(row, name).split(";")}


def yes(row: Row, name: str) -> bool:
    """Return whether a cell says yes, in any case."""
    return str(row.get(name, "")).lower() == "yes"


def settings(tables: Tables) -> dict[str, str]:
    """Return the settings by name."""
    return {row["setting"]: row["value"] for row in tables["settings"]}

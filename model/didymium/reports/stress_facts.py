"""The results of a stress run for a plan, where they are in the folder of the plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from didymium.plan.answer import Answer
from didymium.results import Record

SHORT = 1.0  # t in all years; with less, demand counts as met
_SAME = ("scenario", "objective_musd", "input_sha256")


def refresh_stress(plan: Answer, folder: Path) -> None:
    """Put the facts of a stress run into the plan's summary, under `stress`, if the folder has one of this same plan;
    otherwise remove them."""
    plan.summary.pop("stress", None)
    for path in (folder / "stress" / "stress.json", folder / "stress.json"):
        facts = _found(path, plan)
        if facts:
            plan.summary["stress"] = facts
            return


def _found(path: Path, plan: Answer) -> Record | None:
    """The facts of a stress.json; None where there is none, it is of another plan, or it cannot be understood."""
    found = _read(path)
    try:
        return stress_facts(found, plan.scenarios) if found and _of_this(found, plan) else None
    except (KeyError, TypeError, ValueError):
        return None


def _read(path: Path) -> Mapping[str, object] | None:
    """stress.json, or None where there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return (
        found
        if isinstance(found, dict) and isinstance(found.get("plan"), dict) and isinstance(found.get("scenarios"), list)
        else None
    )


def _of_this(found: Mapping[str, object], plan: Answer) -> bool:
    """Was the stress run for this plan: the same input, scenario and cost?"""
    stressed = found["plan"]
    assert isinstance(stressed, dict)
    return all(stressed.get(key) == plan.summary.get(key) for key in _SAME)


def stress_facts(found: Mapping[str, object], own: list[str]) -> Record:
    """Return how many scenarios were run (without the plan's own), in how many demand is not met, the worst one, and
    the draws."""
    rows = found["scenarios"]
    assert isinstance(rows, list)
    rows = [r for r in rows if [r["scenario"]] != own]
    worst = max(rows, key=lambda r: float(r["short_percent"]), default=None)
    facts: Record = {"scenarios": len(rows), "short_in": sum(float(r["short_t"]) > SHORT for r in rows)}
    if worst:
        facts |= {
            "worst": worst["scenario"],
            "worst_short_percent": worst["short_percent"],
            "worst_year_short_percent": worst["worst_year_short_percent"],
        }
    percentiles = found.get("percentiles")
    short = percentiles.get("short_percent") if isinstance(percentiles, dict) else None
    return {**facts, "draws_p95_short_percent": float(short["p95"]) if short else None}

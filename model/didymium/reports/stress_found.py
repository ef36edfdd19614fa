"""What `stress` found for a plan, where its result stands beside the plan's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from didymium.plan.answer import Answer
from didymium.plan.tables import Record

SHORT = 1.0  # t in all years; less is met
_SAME = ("scenario", "objective_musd", "input_sha256")


def refresh_stress(plan: Answer, folder: Path) -> None:
    """Put what stress found into the plan's summary, under `stress`, if its result in the folder is of this very plan;
    else take it out."""
    plan.summary.pop("stress", None)
    for path in (folder / "stress" / "stress.json", folder / "stress.json"):
        facts = _found(path, plan)
        if facts:
            plan.summary["stress"] = facts
            return


def _found(path: Path, plan: Answer) -> Record | None:
    """The facts of a stress.json; None where there is none, it is of another plan, or it cannot be made out."""
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
    """Was it this plan that was put under stress: the same input, scenario and cost?"""
    stressed = found["plan"]
    assert isinstance(stressed, dict)
    return all(stressed.get(key) == plan.summary.get(key) for key in _SAME)


def stress_facts(found: Mapping[str, object], own: list[str]) -> Record:
    """How many scenarios were run (the plan's own one aside), in how many demand goes short, which is worst, and the
    draws."""
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

"""What studies found about a plan since it was made, where their files are in its folder or beside it: a stress run of
the plan, a frontier of its case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from didymium.plan.answer import Answer
from didymium.results import Record

SHORT = 1.0  # t in all years; with less, demand counts as met
_SAME = ("scenario", "objective_musd", "input_sha256")


def refresh_studies(plan: Answer, folder: Path) -> None:
    """Put into the plan's summary what studies of this same plan, or case, found; remove what is no longer there."""
    refresh_stress(plan, folder)
    refresh_frontier(plan, folder)


def refresh_frontier(plan: Answer, folder: Path) -> None:
    """Put the price of independence into the plan's summary, under `price_of_independence`, if a frontier of this same
    case and scenario knows it; otherwise remove it."""
    plan.summary.pop("price_of_independence", None)
    for path in (folder / "frontier" / "frontier.json", folder.parent / "frontier" / "frontier.json"):
        price = _price(path, plan)
        if price:
            plan.summary["price_of_independence"] = price
            return


def _price(path: Path, plan: Answer) -> Record | None:
    """What the full targets cost more than none of them, M USD, in a frontier.json; None where it does not say, is of
    another case, or cannot be understood."""
    found = _read(path)
    if found is None or found.get("content_sha256") != plan.source.content_sha256():
        return None
    targets, price = found.get("targets"), found.get("price_of_independence_musd")
    every = sorted(row.text("target") for row in plan.source["Targets"])
    if (
        [found.get("scenario")] != plan.scenarios
        or not isinstance(targets, list)
        or sorted(set(every)) != sorted(targets)
    ):
        return None
    if not isinstance(price, list) or len(price) != 2 or not all(isinstance(amount, (int, float)) for amount in price):
        return None
    return {"at_least_musd": float(price[0]), "at_most_musd": float(price[1])}


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
    """A JSON file of a study, or None where there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _of_this(found: Mapping[str, object], plan: Answer) -> bool:
    """Was the stress run for this plan: the same input, scenario and cost?"""
    stressed = found.get("plan")
    if not isinstance(stressed, dict) or not isinstance(found.get("scenarios"), list):
        return False
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

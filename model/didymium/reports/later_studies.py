"""What studies found about a plan since it was made, where their files are in its folder or beside it: a stress run of
the plan, a frontier and the alternatives of its case."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from didymium.plan.answer import Answer
from didymium.plan.rows import as_number
from didymium.results import Record

SHORT = 1.0  # t in all years; with less, demand counts as met
CLASSES = ("always", "some", "never", "open")  # of a candidate, by whether good plans have it
RISKS = 3  # the costliest losses and scenarios that are kept
_SAME = ("scenario", "objective_musd", "input_sha256")


def refresh_studies(plan: Answer, folder: Path) -> None:
    """Put into the plan's summary what studies of this same plan, or case, found; remove what is no longer there."""
    refresh_stress(plan, folder)
    refresh_frontier(plan, folder)
    refresh_alternatives(plan, folder)


def refresh_alternatives(plan: Answer, folder: Path) -> None:
    """Put the candidates by class (always, some, never, open: the ids with ; between) into the plan's summary, under
    `alternatives`, if alternatives of this same case and scenario know them; otherwise remove them."""
    _refresh(plan, "alternatives", _of_study(folder, "alternatives"), _classes)


def _of_study(folder: Path, name: str) -> list[Path]:
    """Where the JSON file of a study of the case is looked for: below the result's folder, or beside it."""
    return [place / name / f"{name}.json" for place in (folder, folder.parent)]


def _refresh(plan: Answer, key: str, paths: Sequence[Path], facts_of: Callable[[Path, Answer], Record | None]) -> None:
    """Put what the first of some files says of this plan into its summary; remove what is no longer there."""
    plan.summary.pop(key, None)
    for path in paths:
        if facts := facts_of(path, plan):
            plan.summary[key] = facts
            return


def _classes(path: Path, plan: Answer) -> Record | None:
    """The candidates by class in an alternatives.json; None where there is none of this case that can be read."""
    found = _read(path)
    rows = found.get("projects") if found else None
    if found is None or not isinstance(rows, list) or not _of_case(found, plan):
        return None
    known = plan.source.ids("Projects.project")
    ids: dict[str, list[str]] = {name: [] for name in CLASSES}
    for row in rows:
        if not isinstance(row, dict) or row.get("class") not in CLASSES:
            return None
        several = row.get("projects")
        named = several if isinstance(several, list) and several else [row.get("project")]
        ids[str(row["class"])] += [str(p) for p in named if str(p) in known]
    facts = {name: found.get(name) for name in ("within_percent", "cost_musd")}
    known_facts = {name: float(value) for name, value in facts.items() if isinstance(value, (int, float))}
    return {**{name: ";".join(projects) for name, projects in ids.items()}, **known_facts}


def _of_case(found: Mapping[str, object], plan: Answer) -> bool:
    """Was the study made for the case and the scenario of the plan?"""
    same = found.get("content_sha256") == plan.source.content_sha256()
    return same and [found.get("scenario")] == plan.scenarios


def refresh_frontier(plan: Answer, folder: Path) -> None:
    """Put the price of independence into the plan's summary, under `price_of_independence`, if a frontier of this same
    case and scenario knows it; otherwise remove it."""
    _refresh(plan, "price_of_independence", _of_study(folder, "frontier"), _price)


def _price(path: Path, plan: Answer) -> Record | None:
    """What the full targets cost more than none of them, M USD, in a frontier.json; None where it does not say, is of
    another case, or cannot be understood."""
    found = _read(path)
    if found is None or not _of_case(found, plan):
        return None
    targets, price = found.get("targets"), found.get("price_of_independence_musd")
    every = sorted(row.text("target") for row in plan.source["Targets"])
    if not isinstance(targets, list) or sorted(set(every)) != sorted(targets):
        return None
    if not isinstance(price, list) or len(price) != 2 or not all(isinstance(amount, (int, float)) for amount in price):
        return None
    return {"at_least_musd": float(price[0]), "at_most_musd": float(price[1])}


def refresh_stress(plan: Answer, folder: Path) -> None:
    """Put the facts of a stress run into the plan's summary, under `stress`, if the folder has one of this same plan;
    otherwise remove them."""
    _refresh(plan, "stress", [folder / "stress" / "stress.json", folder / "stress.json"], _found)


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
    facts["draws_p95_short_percent"] = float(short["p95"]) if short else None
    risks = largest_risks(found, own)
    return {**facts, "largest_risks": risks} if risks else facts


def largest_risks(found: Mapping[str, object], own: list[str]) -> list[Record]:
    """Return the costliest losses of a plant or supplier, and scenarios against the plan's own, of a stress.json: kind,
    name, M USD and t not met more; only what costs more."""
    losses, scenarios = found.get("losses"), found.get("scenarios")
    rows: list[Record] = []
    for r in losses if isinstance(losses, list) else ():
        rows.append(
            {"kind": r["kind"], "name": r["lost"], **{c: float(r[c]) for c in ("cost_more_musd", "short_more_t")}}
        )
    assert isinstance(scenarios, list)
    scenarios = [r for r in scenarios if "cost_musd" in r]
    base = next((r for r in scenarios if [r["scenario"]] == own), None)
    for r in scenarios if base is not None else ():
        assert base is not None
        cost, short = (float(r[c]) - float(base[c]) for c in ("cost_musd", "short_t"))
        rows.append({"kind": "scenario", "name": r["scenario"], "cost_more_musd": cost, "short_more_t": short})
    costly = [r for r in rows if as_number(r["cost_more_musd"]) > 0]
    return sorted(costly, key=lambda r: -as_number(r["cost_more_musd"]))[:RISKS]

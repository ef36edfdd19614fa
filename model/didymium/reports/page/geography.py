"""The map of the page: plants at their longitude and latitude, and what passed from one to the next in a year."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from didymium.plan.answer import Answer
from didymium.reports.display import names
from didymium.reports.numbers import probability
from didymium.results.deliveries import PATH_STEP
from didymium.tables.rows import Row

LAND = Path(__file__).parent / "world.json"
FLOWS = 80  # lines between plants that a year shows, the widest


def geography(plan: Answer) -> dict[str, Any] | None:
    """Return the coasts, the plants with a place, and for each year the t delivered that passed each plant, expected,
    and from each plant to the next; None where no project has a longitude and latitude."""
    rows = plan.source.ids("Projects.project")
    places = {p: at for p, row in rows.items() if (at := longitude_and_latitude(row)) is not None}
    if not places:
        return None
    by_id, stages = names(plan.source), {p: row.text("stage") for p, row in rows.items()}
    chance = probability(plan)
    passed: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in plan.tables["reliance"]:
        passed[row["year"]][row["project"]] += chance[row["branch"], row["year"]] * row["passed_t"]
    online: dict[int, set[str]] = defaultdict(set)
    for plant in plan.tables["capacity"]:
        if plant["online_t_per_year"] > 0:
            online[plant["year"]].add(plant["project"])
    flows = _flows(plan)
    return {
        **json.loads(LAND.read_text(encoding="utf-8")),
        "places": {p: {"name": by_id[p], "stage": stages[p], "at": at} for p, at in places.items()},
        "without_place": sum(p not in places for p in set().union(*online.values())),
        "years": [
            {
                "year": year,
                "plants": {p: round(passed[year].get(p, 0.0), 2) for p in sorted(online[year]) if p in places},
                "flows": [
                    {"from": a, "to": b, "t": t}
                    for (a, b), t in sorted(flows[year].items(), key=lambda item: -item[1])
                    if a in places and b in places
                ][:FLOWS],
            }
            for year in sorted({r["year"] for r in plan.tables["costs"]})
        ],
    }


def longitude_and_latitude(row: Row) -> list[float] | None:
    """Return where a project is, degrees east and north; None where its columns do not say, or not on this globe."""
    try:
        found = [float(str(row.values.get(c) or row.extra.get(c))) for c in ("longitude", "latitude")]
    except ValueError:
        return None
    return found if abs(found[0]) <= 180 and abs(found[1]) <= 90 else None


def _flows(plan: Answer) -> dict[int, dict[tuple[str, str], float]]:
    """Return the expected t delivered that passed from one plant to the next, by year."""
    chance = probability(plan)
    found: dict[int, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for row in plan.tables["paths"]:
        for link in pairwise(str(row["path"] or "").split(PATH_STEP)):
            found[row["year"]][link] += chance[row["branch"], row["year"]] * row["tonnes_t"]
    return found

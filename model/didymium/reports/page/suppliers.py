"""Who supplied whom in a year, for the page: the flows from plant to plant to the users, and what relies on a plant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

from didymium.excel.headings import words_of
from didymium.plan.answer import Answer
from didymium.reports.display import REGIONS, STAGES, names, plants_by_stage
from didymium.reports.numbers import probability
from didymium.reports.page.flows import CHINA, OTHERS
from didymium.results import Record
from didymium.results.deliveries import PathRow

SHOWN = 8  # plants of a stage with a band of their own, in a year
USERS = 12  # users with a band of their own
RELIED_ON = 15  # plants in the table of a year
SOURCES = {"china_offer": CHINA, "other_offer": OTHERS, "stock": "Stock of earlier years", "small_paths": "Small paths"}
OTHER_PLANTS = {
    "mine": "Other mines",
    "recycler": "Other recyclers",
    "refinery": "Other refineries",
    "heavy": "Other heavy separation",
    "metal": "Other metal plants",
    "magnet": "Other magnet plants",
}
OTHER_USERS = "Other users"
Step = tuple[str, str]
"""(stage, name); of users the stage is `user`, of what is no plant `source`."""


def suppliers(plan: Answer) -> list[Record]:
    """Return for each year the links (from, to, exposure level, expected t delivered) from the sources by plant to the
    users, the plants of a stage beyond the largest together, and the plants on which most relies."""
    by_year: dict[int, dict[tuple[tuple[Step, ...], int], float]] = defaultdict(lambda: defaultdict(float))
    chance, steps = probability(plan), _steps(plan)
    for row in plan.tables["paths"]:
        by_year[row["year"]][steps(row), row["level"]] += chance[row["branch"], row["year"]] * row["tonnes_t"]
    relied_on = _relied_on(plan)
    return [
        {"year": year, "links": list(_links(by_year[year])), "relied_on": relied_on[year]}
        for year in sorted({r["year"] for r in plan.tables["costs"]})
    ]


def _steps(plan: Answer) -> Callable[[PathRow], tuple[Step, ...]]:
    """Return a function that gives the steps of a path: its source, its plants by stage, its user."""
    regions, of_path = names(plan.source, REGIONS), plants_by_stage(plan.source)

    def steps(row: PathRow) -> tuple[Step, ...]:
        found: list[Step] = []
        if row["source_kind"] in SOURCES:
            found.append(("source", SOURCES[row["source_kind"]]))
        plants = of_path(row["path"])
        found += [(stage, name) for stage in STAGES if (name := plants[f"{stage}_plant"])]
        return (*found, ("user", f"{words_of(row['segment'])}, {regions[row['region']]}"))

    return steps


def _links(paths: dict[tuple[tuple[Step, ...], int], float]) -> Iterator[Record]:
    """Yield the links of a year between the steps of its paths that follow each other."""
    through: dict[Step, float] = defaultdict(float)
    for (steps, _), tonnes in paths.items():
        for step in steps:
            through[step] += tonnes
    shown = _shown(through)
    links: dict[tuple[str, str, int], float] = defaultdict(float)
    for (steps, origin_level), tonnes in paths.items():
        for a, b in pairwise(steps):
            links[shown[a], shown[b], origin_level] += tonnes
    yield from ({"from": a, "to": b, "level": k, "t": t} for (a, b, k), t in links.items())


def _shown(through: dict[Step, float]) -> dict[Step, str]:
    """Return the name under which each step is drawn: its own, with its stage where another stage has one of that name,
    or that of all smaller ones of its stage."""
    stages: dict[str, set[str]] = defaultdict(set)
    for stage, name in through:
        stages[name].add(stage)
    found: dict[Step, str] = {}
    rank: dict[str, int] = defaultdict(int)
    for stage, name in sorted(through, key=lambda step: -through[step]):
        rank[stage] += 1
        limit = USERS if stage == "user" else SHOWN
        other = OTHER_USERS if stage == "user" else OTHER_PLANTS.get(stage, name)
        own = name if len(stages[name]) == 1 else f"{name} ({stage})"
        found[stage, name] = own if rank[stage] <= limit else other
    return found


def _relied_on(plan: Answer) -> dict[int, list[Record]]:
    """Return for each year the plants through which most passed, expected over the branches."""
    chance, by_id, regions = probability(plan), names(plan.source), names(plan.source, REGIONS)
    passed: dict[tuple[int, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    stage_of = {}
    for row in plan.tables["reliance"]:
        at, likely = passed[row["year"], row["project"]], chance[row["branch"], row["year"]]
        at[0] += likely * row["passed_t"]
        at[1] += likely * row["passed_percent"]
        stage_of[row["project"]] = row["stage"], regions[row["region"]]
    found: dict[int, list[Record]] = defaultdict(list)
    for (year, p), (tonnes, percent) in sorted(passed.items(), key=lambda item: -item[1][0]):
        if len(found[year]) < RELIED_ON:
            stage, region = stage_of[p]
            found[year].append(
                {
                    "project_name": by_id[p],
                    "stage": stage,
                    "region": region,
                    "passed_t": tonnes,
                    "passed_percent": percent,
                }
            )
    return found

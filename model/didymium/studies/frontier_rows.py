"""The tables of a frontier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from didymium.plan.decisions import decisions
from didymium.plan.rows import number
from didymium.results import PlanTables
from didymium.results.frontier import (
    FrontierBuildRow,
    FrontierChangeRow,
    FrontierPointRow,
    FrontierTables,
    FrontierTargetRow,
)
from didymium.studies.frontier import Frontier, Point
from didymium.studies.levels import in_words

SAME = 1e-6  # t/year, or a share: a smaller difference is none


def frontier_tables(frontier: Frontier) -> FrontierTables:
    """Return the rows of every table, the lowest level first."""
    return {
        "points": [_point(frontier, k) for k in range(len(frontier.levels))],
        "changes": _changes(frontier),
        "builds": _builds(frontier),
        "targets": _targets(frontier),
    }


def _point(frontier: Frontier, k: int) -> FrontierPointRow:
    point, solved = frontier.levels[k], frontier.solved
    lowest = solved[0] if solved else point
    below = next((other for other in reversed(frontier.levels[:k]) if other.tables is not None), None)
    minimum, maximum = difference(point, lowest)
    low, high = (None, None) if below is None else difference(point, below)
    points = 1.0 if below is None else point.percent - below.percent
    built = [] if point.tables is None else point.tables["investments"]
    return {
        "share_percent": point.percent,
        "cost_musd": point.cost,
        "bound_musd": point.bound,
        "gap_percent": None
        if point.cost is None or point.bound is None
        else 100 * (point.cost - point.bound) / max(abs(point.cost), 1e-9),
        "status": str(point.status),
        "reached": "yes" if point.reached else "no",
        "more_than_lowest_at_least_musd": minimum,
        "more_than_lowest_at_most_musd": maximum,
        "per_point_at_least_musd": None if low is None else low / points,
        "per_point_at_most_musd": None if high is None else high / points,
        "decisions": None if point.tables is None else len(decisions(built)),
        "capex_musd": None if point.tables is None else sum(row["capex_musd"] for row in built),
    }


def difference(point: Point, other: Point) -> tuple[float | None, float | None]:
    """Return by how much a level costs more than a laxer one, M USD, at least and at most; None where not known.

    It never costs less, for a plan that meets the stricter targets meets the laxer ones too.
    """
    if point is other:
        return (None, None) if point.cost is None else (0.0, 0.0)
    minimum = None if point.bound is None or other.cost is None else max(0.0, point.bound - other.cost)
    maximum = None if point.cost is None or other.bound is None else max(0.0, point.cost - other.bound)
    return minimum, maximum


def _capacity(tables: PlanTables) -> dict[str, dict[int, float]]:
    """t/year built of every project, by year of decision."""
    found: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in tables["investments"]:
        found[row["project"]][row["decision_year"]] += row["capacity_t_per_year"]
    return found


def _changes(frontier: Frontier) -> list[FrontierChangeRow]:
    """What each level builds otherwise than the level with a plan below it."""
    projects = frontier.inputs.case.projects
    rows: list[FrontierChangeRow] = []
    for below, point in zip(frontier.solved, frontier.solved[1:], strict=False):
        assert below.tables is not None
        assert point.tables is not None
        before, after = _capacity(below.tables), _capacity(point.tables)
        for p in sorted({*before, *after}, key=list(projects).index):
            was, now = before.get(p, {}), after.get(p, {})
            if was == now:
                continue
            rows.append(
                {
                    "share_percent": point.percent,
                    "project": p,
                    "stage": projects[p].stage,
                    "region": projects[p].region,
                    "change": change_of(sum(was.values()), sum(now.values())),
                    "below_years": years_of(was),
                    "here_years": years_of(now),
                    "below_t_per_year": sum(was.values()),
                    "here_t_per_year": sum(now.values()),
                }
            )
    return rows


def change_of(before: float, after: float) -> str:
    """Return what became of a project between two plans, t/year: enters, leaves, more, less, or in other years."""
    if before <= SAME or after <= SAME:
        return "enters" if before <= SAME else "leaves"
    if abs(after - before) <= SAME * before:
        return "in other years"
    return "more" if after > before else "less"


def years_of(built: Mapping[int, float]) -> str:
    """Return the years in which something is decided: `2027, 2030`."""
    return ", ".join(str(year) for year, amount in sorted(built.items()) if amount > SAME)


def _builds(frontier: Frontier) -> list[FrontierBuildRow]:
    """Every project that some level builds, with its capacity at each level."""
    projects = frontier.inputs.case.projects
    built = {in_words(point.percent): _capacity(point.tables) for point in frontier.solved if point.tables is not None}
    found = {p for by_project in built.values() for p in by_project}
    rows: list[FrontierBuildRow] = []
    for p in (name for name in projects if name in found):
        capacity = {name: sum(by_project.get(p, {}).values()) for name, by_project in built.items()}
        row: FrontierBuildRow = {
            "project": p,
            "stage": projects[p].stage,
            "region": projects[p].region,
            "levels": "all" if all(capacity.values()) else "some",
        }
        rows.append({**row, **capacity})  # type: ignore[typeddict-item]
    return rows


def _targets(frontier: Frontier) -> list[FrontierTargetRow]:
    rows: list[FrontierTargetRow] = []
    for point in frontier.solved:
        assert point.tables is not None
        for row in point.tables["targets"]:
            of_a_point = row["marginal_cost_of_a_point_with_build_out_fixed_musd_per_year"]
            tonnes = number(row, "base_t") / 100
            rows.append(
                {
                    "share_percent": point.percent,
                    "target": row["target"],
                    "stage": row["stage"],
                    "year": row["year"],
                    "required_percent": row["asked_percent"],
                    "reached_percent": row["reached_percent"],
                    "miss_t": row["miss_t"],
                    "point_musd_per_year": of_a_point,
                    "tonne_usd_per_t": None if of_a_point is None or tonnes <= 0 else 1e6 * of_a_point / tonnes,
                }
            )
    return rows

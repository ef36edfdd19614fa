"""The tables of the alternatives, and each candidate in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from didymium.reports.numbers import rounded
from didymium.results.alternatives import (
    AlternativeRow,
    AlternativesTables,
    OtherPlanRow,
    RobustnessRow,
    SharedRow,
)
from didymium.studies.alternatives import Alternatives
from didymium.studies.entry_costs import ALWAYS, NEVER, OPEN, SAME, SOME, EntryCost

BEST = "this case"  # the column of the best plan on the sheet Robustness
USUALLY = 0.5  # share of the plans from which on a project is built usually
BUILT = {True: "yes", False: ""}


def alternatives_tables(found: Alternatives) -> AlternativesTables:
    """Return the rows of every table, in the order of the projects in the input."""
    return {
        "projects": [_project(found, k) for k in range(len(found.entries))],
        "plans": [_plan(found, k) for k in range(len(found.plans))],
        "shared": _shared(found),
        "robustness": _robustness(found),
    }


def _project(found: Alternatives, k: int) -> AlternativeRow:
    entry = found.entries[k]
    inside, outside = (found.cost_of(entry, forced) or (None, None) for forced in (True, False))
    project = found.inputs.case.projects[entry.candidate.name]
    return {
        "project": project.name,
        "stage": project.stage,
        "region": project.region,
        "alike": len(entry.candidate.projects),
        "in_best_plan": "yes" if entry.built else "no",
        "in_good_plans": found.class_of(entry),
        "by_years": "; ".join(f"{one.years} {one.kind}" for one in found.by_years.get(k, [])),
        "cost_in_at_least_musd": inside[0],
        "cost_in_at_most_musd": inside[1],
        "cost_out_at_least_musd": outside[0],
        "cost_out_at_most_musd": outside[1],
        "found_in_musd": more_than_best(found, entry.inside.found),
        "found_out_musd": more_than_best(found, entry.outside.found),
        "reading": sentence(found, entry),
    }


def more_than_best(found: Alternatives, cost: float | None) -> float | None:
    """Return by how much a plan that was found costs more than the best one, M USD; None where there is none."""
    if cost is None:
        return None
    return cost - found.cost if cost - found.cost > _small(found) else 0.0


def sentence(found: Alternatives, entry: EntryCost) -> str:
    """Return in how many good plans a candidate is, and what the other way costs."""
    margin, kind = f"within {100 * found.within:g} % of the best plan", found.class_of(entry)
    forced = not entry.built
    if kind == ALWAYS:
        return f"Every plan {margin} builds it: {costs_in_words(found, entry, False)}."
    if kind == NEVER:
        return f"No plan {margin} builds it: {costs_in_words(found, entry, True)}."
    if kind == SOME:
        here = "the best plan found builds it" if entry.built else "the best plan found does not build it"
        return f"Some plans {margin} build it and some do not; {here}: {costs_in_words(found, entry, forced)}."
    assert kind == OPEN
    verb = "do without" if entry.built else "build"
    return f"Whether plans {margin} {verb} it is open: {costs_in_words(found, entry, forced)}."


def costs_in_words(found: Alternatives, entry: EntryCost, forced: bool) -> str:
    """What forcing it in, or forbidding it, costs, as far as it is known."""
    what = "to force it in" if forced else "to forbid it"
    costs = found.cost_of(entry, forced)
    if costs is None:
        return f"no plan {'builds it' if forced else 'does without it'}"
    low, high = costs
    if high is None:
        return (
            f"{what} costs at least {rounded(low)} M USD; no plan was found in time"
            if low > _small(found)
            else (f"what it costs {what} was not found in time")
        )
    if high <= _small(found):
        return f"{what} costs nothing"
    if low <= _small(found):
        return f"{what} costs at most {rounded(high)} M USD, and the gap does not decide whether it costs anything"
    if high - low <= _small(found):
        return f"{what} costs {rounded(high)} M USD"
    return f"{what} costs between {rounded(low)} and {rounded(high)} M USD"


def _small(found: Alternatives) -> float:
    return SAME * max(1.0, abs(found.cost))


def _plan(found: Alternatives, k: int) -> OtherPlanRow:
    plan, best = found.plans[k], found.plans[0]
    others = [len(plan.entered ^ other.entered) for j, other in enumerate(found.plans) if j != k]
    more = more_than_best(found, plan.cost) or 0.0
    return {
        "plan": k + 1,
        "cost_musd": plan.cost,
        "more_musd": more,
        "more_percent": 100 * more / max(abs(found.cost), 1e-9),
        "candidates_built": len(plan.entered),
        "unlike_best": len(plan.entered ^ best.entered),
        "unlike_nearest": min(others, default=None),
    }


def _shared(found: Alternatives) -> list[SharedRow]:
    rows: list[SharedRow] = []
    for k, entry in enumerate(found.entries):
        built = {f"plan {j}": BUILT[k in plan.entered] for j, plan in enumerate(found.plans, 1)}
        count = sum(map(bool, built.values()))
        if count:
            row: SharedRow = {
                **_named(found, entry),  # type: ignore[typeddict-item]
                "plans": count,
                "shared": "all" if count == len(built) else "some",
            }
            rows.append({**row, **built})  # type: ignore[typeddict-item]
    return rows


def _robustness(found: Alternatives) -> list[RobustnessRow]:
    rows: list[RobustnessRow] = []
    for entry in found.entries:
        built = {BEST: BUILT[entry.built]}
        for name, projects in found.elsewhere.items():
            built[name] = BUILT[any(p in projects for p in entry.candidate.projects)]
        count = sum(map(bool, built.values()))
        row: RobustnessRow = {
            **_named(found, entry),  # type: ignore[typeddict-item]
            "robustness": how_often(count, len(built)),
            "built_in": count,
            "of": len(built),
        }
        rows.append({**row, **built})  # type: ignore[typeddict-item]
    return rows if found.elsewhere else []


def how_often(count: int, of: int) -> str:
    """Return always, usually, sometimes or never."""
    if count in (0, of):
        return "always" if count else "never"
    return "usually" if count >= USUALLY * of else "sometimes"


def _named(found: Alternatives, entry: EntryCost) -> Mapping[str, str]:
    project = found.inputs.case.projects[entry.candidate.name]
    return {"project": project.name, "stage": project.stage, "region": project.region}

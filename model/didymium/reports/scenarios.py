"""The scenarios of a plan side by side: the cost of each along its path, demand not met, China-free shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from didymium.case.build import scenarios_of
from didymium.case.case import FREE_BELOW, acting_branch
from didymium.plan.answer import Answer
from didymium.plan.decisions import decisions
from didymium.plan.rows import as_number, number
from didymium.results import Record
from didymium.results.deliveries import DemandRow

Place = tuple[str, int]  # branch, year
NOISE = 1e-6  # of a cost: the solver's tolerance, no difference
PLANNED_FOR = (
    "Expected cost of planning for one scenario alone: its own plan is kept as long as it may still come. Saved: by"
    " this plan, which minds them all"
)


def side_by_side(plan: Answer) -> list[Record]:
    """Return for each scenario: discounted cost along its path as if it were certain, tonnes not met, China-free share
    in its last year by stage.

    Empty for a plan for one scenario.
    """
    if len(plan.scenarios) < 2:
        return []
    rows = plan.source.ids("Scenarios.scenario")
    spans = {(r["branch"], r["year"]): r["span_years"] for r in plan.tables["costs"]}
    cost = along_path(plan)
    found: list[Record] = []
    for name in plan.scenarios:
        path = path_of(plan, name)
        places = set(path)
        demand = [(place, r) for r in plan.tables["demand"] if (place := (r["branch"], r["year"])) in places]
        last = [r for place, r in demand if place == path[-1]]
        found.append(
            {
                "scenario": name,
                "probability_percent": rows[name].num("probability_percent"),
                "cost_musd": cost(name, "total_musd_per_year"),
                "not_met_t": sum(spans[place] * r["short_t"] for place, r in demand),
                "built": sum(name in d.scenarios for d in decisions(plan.tables["investments"])),
                **{
                    f"{stage}_china_free_in_{path[-1][1]}_percent": percent_of_wanted(last, free_columns(below))
                    for stage, below in FREE_BELOW.items()
                },
            }
        )
    return found


def planned_for(plan: Answer) -> list[Record]:
    """Return for each scenario the expected cost of planning for it alone, and what the plan saves against that, M USD,
    each from least to most. Empty where it was not worked out."""
    value = plan.summary.get("value")
    rows = value.get("planned_for", []) if isinstance(value, dict) else []
    return [
        {
            "planned_for": row["scenario"],
            "costs_at_least_musd": row["cost_bound_musd"],
            "costs_at_most_musd": row["cost_musd"],
            "saved_at_least_musd": row["saving_least_musd"],
            "saved_at_most_musd": row["saving_most_musd"],
            "finding": _finding(row),
        }
        for row in rows
    ]


def _finding(row: Record) -> str:
    """Whether the plan is cheaper than one for a single scenario, in words."""
    low, high = row["saving_least_musd"], row["saving_most_musd"]
    if low is None:
        return f"cannot be kept: {row['lacks']}"
    if high is None:
        return str(row["lacks"])
    noise = NOISE * max(1.0, abs(as_number(row["cost_musd"])))
    if as_number(low) > noise:
        return "dearer than this plan"
    return "undecided: the difference is smaller than the gaps" if as_number(high) > noise else "costs the same"


def path_of(plan: Answer, scenario: str) -> list[Place]:
    """Return the nodes of a scenario: those of its parent until it is revealed, its own from then on."""
    scenarios = scenarios_of(plan.source)
    years = sorted({r["year"] for r in plan.tables["costs"]})
    return [(acting_branch(scenarios, scenario, year), year) for year in years]


def along_path(plan: Answer) -> Callable[[str, str], float]:
    """Return a function of a scenario and a column of Costs: M USD along its path, discounted, as if it were
    certain."""
    costs = {(r["branch"], r["year"]): r for r in plan.tables["costs"]}
    discount = {year: r["weight"] / r["probability"] for (_, year), r in costs.items() if r["probability"] > 0}
    return lambda scenario, column: sum(
        discount[place[1]] * number(costs[place], column) for place in path_of(plan, scenario)
    )


def free_columns(below: int) -> list[str]:
    """Return the columns of Demand that count as China-free at a stage: deliveries below its level, and what is
    designed out."""
    return ["designed_out_t", *(f"level_{k}_t" for k in range(below))]


def percent_of_wanted(rows: Sequence[DemandRow], columns: list[str]) -> float:
    """Return the sum of some columns of Demand, percent of demand; 0 where there is none."""
    wanted = sum(r["wanted_t"] for r in rows)
    return 100 * sum(number(r, c) for r in rows for c in columns) / wanted if wanted else 0.0

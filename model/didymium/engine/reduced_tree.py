"""A smaller scenario tree with the same beginning, from which the decisions of the shared stage are taken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from didymium.case.case import Case

MAX_SCENARIOS = 16  # of the reduced tree
LATER_YEARS = 4  # milestones that the reduced tree keeps of all those after the last reveal


def shared_until(case: Case, scenario: str) -> int:
    """Return the first modelled year that is a scenario's own; of the base, the first after every other has left.

    `last_year + 1` where the scenario never has a year of its own.
    """
    reveals = [r for s in case.likely if (r := case.scenarios[s].reveal) is not None]
    reveal = case.scenarios[scenario].reveal
    year = max(reveals, default=case.first_year) if reveal is None else reveal
    return next((m for m in case.milestones if m >= year), case.last_year + 1)


def ancestors(case: Case, scenario: str) -> list[str]:
    """Return a scenario and those that it descends from, the base excepted."""
    parent = case.scenarios[scenario].parent
    found = [scenario, *(ancestors(case, parent) if parent else [])]
    return [s for s in found if s != case.base.name]


def reduced_tree(case: Case, costs: dict[str, float]) -> Case:
    """Return the case with the scenarios that move its cost most and, after the last reveal, few years.

    `costs` is each scenario's own cost, M USD. Kept are the base and the scenarios whose probability times distance
    from the base's cost is largest. The probability of each other goes to the scenario of the nearest cost among those
    revealed no later, or to the base.
    """
    base = case.base.name
    ranked = sorted(
        (s for s in costs if s != base), key=lambda s: -case.scenarios[s].probability * abs(costs[s] - costs[base])
    )
    probability = _merged_probabilities(case, costs, ranked)
    scenarios = {s: replace(case.scenarios[s], probability=p) for s, p in probability.items()}
    last = max((shared_until(case, s) for s in case.likely), default=case.first_year)
    early, later = [m for m in case.milestones if m <= last], [m for m in case.milestones if m > last]
    steps = sorted({round(k) for k in np.linspace(0, len(later) - 1, min(LATER_YEARS, len(later)))}) if later else []
    shocks = tuple(s for s in case.shocks if s.scenario in scenarios)
    return replace(case, scenarios=scenarios, shocks=shocks, milestones=(*early, *(later[k] for k in steps)))


def _merged_probabilities(case: Case, costs: dict[str, float], ranked: list[str]) -> dict[str, float]:
    """The probability of every scenario kept, those of the others added to the nearest."""
    base = case.base.name
    kept = {base, *(at for s in ranked[: MAX_SCENARIOS - 1] for at in ancestors(case, s))}
    probability = {s: case.scenarios[s].probability for s in case.scenarios if s in kept}
    for s in (s for s in ranked if s not in kept):
        reveal = case.scenarios[s].reveal or 0
        near = [k for k in kept if k == base or (case.scenarios[k].reveal or 0) <= reveal]
        probability[min(near, key=lambda k: abs(costs[k] - costs[s]))] += case.scenarios[s].probability
    return probability

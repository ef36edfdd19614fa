"""Random trees, one after the other: each must have a plan that passes the re-check, or reasons why there is none.

    python tests/explore_trees.py FIRST COUNT

Solved are the tree as one model, each scenario with perfect foresight, and the plan of each, followed as long as it may
still come: what it hands over meets every other scenario there. Ends with code 1 where a
tree fails; `python tests/explore_trees.py SEED 1` shows it again.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from random_cases import random_case, with_a_third_scenario, write_case

import didymium
from didymium.case.tree import full_tree, path_tree
from didymium.engine.branches import scenario_policy
from didymium.engine.highs import Options
from didymium.engine.parallel import ParallelContext
from didymium.engine.solve import Solution
from didymium.solving import SolveCallbacks, checked_plan

OPTIONS = Options(gap=1e-5, time_limit=60)
TOO_LITTLE = 1e-4  # t or modules: a rule short by so little is the solver's tolerance, not a reason


def tree(seed: int) -> didymium.CaseInputs | None:
    """Return the random tree of a seed; None where the case has one scenario."""
    tables = random_case(seed)
    if "scenarios" not in tables:
        return None
    with tempfile.TemporaryDirectory() as folder:
        case = with_a_third_scenario(tables, seed) if seed % 3 == 0 else tables
        return didymium.read(write_case(case, Path(folder) / "case"))


def outcome(inputs: didymium.CaseInputs) -> str:
    """Return what became of a tree: `plan`, `no plan` with reasons, or `plan, but none that ...` where plans for one
    scenario cannot be kept in all.

    Raises what must not be.
    """
    case = inputs.case
    try:
        plan, best = checked_plan(inputs, full_tree(case), OPTIONS, SolveCallbacks())
    except didymium.NoPlan as refusal:
        return reasoned(refusal, "no plan")
    lowest = plan.cost if best.bound is None else best.bound  # on a busy machine the time may end first
    kept = [policy_cost(inputs, scenario) for scenario in case.likely]
    cheapest = min((cost for cost in kept if cost is not None), default=lowest)
    if not case.risk_weight and cheapest < lowest - 2e-4 * max(1.0, abs(lowest)):
        raise AssertionError(f"the plan for one scenario costs {cheapest}, and no plan less than {lowest}")
    return "plan" if None not in kept else "plan, and one for a scenario alone that cannot be kept"


def policy_cost(inputs: didymium.CaseInputs, scenario: str) -> float | None:
    """Return the cost of planning for one scenario as long as it may still come; None where that cannot be kept."""
    case = inputs.case
    _, alone = checked_plan(inputs, path_tree(case, scenario), OPTIONS, SolveCallbacks())

    def policy(log: Path) -> Solution:
        return scenario_policy(case, scenario, alone, OPTIONS, log, ParallelContext())

    try:
        return checked_plan(inputs, full_tree(case), OPTIONS, SolveCallbacks(), policy)[0].cost
    except didymium.NoPlan as refusal:
        reasoned(refusal, f"no plan for {scenario} that can be kept")
        return None


def reasoned(refusal: didymium.NoPlan, words: str) -> str:
    """Return the words, if at least one reason is larger than the solver's tolerance."""
    if max(float(str(r["short_by"] or 0.0)) for r in refusal.reasons) < TOO_LITTLE:
        raise AssertionError(f"{words}, for want of next to nothing: {refusal}")
    return words


def explore(first: int, count: int) -> Counter[str]:
    """Return the outcomes of the trees of the seeds from `first` on, until `count` trees are solved; prints each that
    fails."""
    outcomes: Counter[str] = Counter()
    seed = first
    while outcomes.total() < count:
        inputs = tree(seed)
        if inputs is not None:
            try:
                outcomes[outcome(inputs)] += 1
            except Exception as error:  # noqa: BLE001 (whatever it is, it is a finding)
                outcomes["FAILED"] += 1
                print(
                    f"FAILED {type(error).__name__}: {error}\n  again: python tests/explore_trees.py {seed} 1",
                    flush=True,
                )
        seed += 1
    print(
        f"trees {first} to {seed - 1}: " + ", ".join(f"{n} {what}" for what, n in sorted(outcomes.items())), flush=True
    )
    return outcomes


if __name__ == "__main__":
    found = explore(int(sys.argv[1]), int(sys.argv[2]))
    sys.exit(1 if found["FAILED"] else 0)

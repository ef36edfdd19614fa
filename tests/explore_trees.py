"""Random trees, one after the other: each must have a plan that passes the re-check, or reasons why there is none.

    python tests/explore_trees.py FIRST COUNT

Solved are the tree as one model, as a large one (planned branch by branch first) and on the route by branches: each
finds a plan where there is one, with a bound that is not above the others' costs and that its duals prove again. Then
each scenario with perfect foresight, and the plan of each, followed as long as it may still come: what it hands over
meets every other scenario there. Ends with code 1 where a tree fails; `python tests/explore_trees.py SEED 1` shows it
again.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from random_cases import random_case, with_a_third_scenario, write_case

import didymium
from didymium.case.tree import full_tree, path_tree
from didymium.engine import search
from didymium.engine.branches import scenario_policy, solve_by_branches
from didymium.engine.highs import Options
from didymium.engine.parallel import ParallelContext
from didymium.engine.solve import Solution
from didymium.reports.reprove import reprove
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
    for way in (as_large, by_branches):
        agree(way(inputs), plan, way.__name__)
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


def as_large(inputs: didymium.CaseInputs) -> didymium.Plan:
    """Return the plan of a tree that counts as a large one."""
    kept = search.LARGE_TREE, search.FEW_INTEGERS
    search.LARGE_TREE, search.FEW_INTEGERS = 0, -1
    try:
        return checked_plan(inputs, full_tree(inputs.case), OPTIONS, SolveCallbacks())[0]
    finally:
        search.LARGE_TREE, search.FEW_INTEGERS = kept


def by_branches(inputs: didymium.CaseInputs) -> didymium.Plan:
    """Return the plan of a tree on the route by branches, with few steps for a better bound."""
    case, options = inputs.case, replace(OPTIONS, gap=1e-3, time_limit=5)
    return checked_plan(
        inputs,
        full_tree(case),
        options,
        SolveCallbacks(),
        lambda log: solve_by_branches(case, options, log, ParallelContext()),
    )[0]


def agree(plan: didymium.Plan, best: didymium.Plan, words: str) -> None:
    """Hold the cost and the bound of one plan against those of another, and its bound against its duals."""
    slack = 2e-4 * max(1.0, abs(best.cost))
    bounds = [float(str(p.summary["bound_musd"])) for p in (plan, best)]
    if bounds[0] > best.cost + slack or plan.cost < bounds[1] - slack:
        raise AssertionError(f"{words}: cost {plan.cost}, bound {bounds[0]}; as one model {best.cost}, {bounds[1]}")
    found = reprove(plan.source, plan.scenarios, plan.summary, plan.proof)
    if found.difference is not None or (found.stated is not None and found.proven is None):
        raise AssertionError(f"{words}: the bound is not proven again: {found}")


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

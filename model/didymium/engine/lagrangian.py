"""A lower bound on the cost of a whole tree: each scenario solved alone, with multipliers on what scenarios share.

Non-anticipativity (all scenarios decide alike until a reveal tells them apart) is relaxed and priced, for every
decision before a reveal that a rule after it sees: modules, public money that a budget adds up, stocks, reserves,
redesign. Without multipliers the bound is the wait-and-see cost; Polyak's subgradient steps raise it. Where the bad
tail has weight, scenarios weigh as in the cost of the plan. The duals of the best step, put together, prove the bound
of the tree itself (engine.tree_duals).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from didymium.case.case import Case
from didymium.case.tree import Tree, full_tree, path_tree
from didymium.engine.assembly import mean_cvar, scenario_costs
from didymium.engine.bound import safe_bound
from didymium.engine.cases import one_case, proof_of
from didymium.engine.highs import HighsSolve, Options, Outcome, relative_gap
from didymium.engine.matrix import Matrix
from didymium.engine.parallel import ParallelContext
from didymium.engine.search import FEW_INTEGERS
from didymium.engine.solve import Solution, prepare, solve_tree
from didymium.engine.tree_duals import PathDuals, Weights, path_duals, tree_duals, worst_weights
from didymium.errors import Unfinished
from didymium.statuses import Status

STEP = 0.7  # of Polyak's step, which would be right if the plan's cost were the least; halved where a step fails
SHORTEST = 0.05  # of Polyak's step: with shorter ones little is gained
PROVEN_UP_TO = 2_000_000  # variables of a tree up to which its model is built, so that duals prove the bound
SMALL = 5_000  # variables up to which a relaxation is solved to a vertex
Decision = tuple[object, ...]
"""(component, index without the node, node of the tree)"""
Multipliers = dict[Decision, float]
"""What a unit of a shared decision costs more in one scenario, M USD."""

# The interior point method does not always end, and presolve calls some sound LPs infeasible.
_ATTEMPTS: tuple[dict[str, object], ...] = (
    {"solver": "ipm", "run_crossover": "off"},
    {},
    {"presolve": "off", "solver": "simplex"},
)


@dataclass(frozen=True, slots=True)
class PerfectForesight:
    """One scenario under multipliers: its bound, M USD (of the relaxation; of a search, where there are few integers),
    the relaxation's duals, and what it decides before it parts from others: (amount, what a unit is worth, M USD) of
    every decision that a later rule sees."""

    bound: float
    duals: PathDuals
    shared: dict[Decision, tuple[float, float]]


def wait_and_see(case: Case, options: Options, context: ParallelContext) -> dict[str, PerfectForesight]:
    """Return the relaxation of every likely scenario under perfect foresight, without multipliers.

    Raises NoPlan, with the reasons, where a scenario has no plan even so; Unfinished where one did not end in time.
    """
    names = case.likely
    jobs: list[tuple[Any, ...]] = [
        (case, s, {}, replace(options, time_limit=max(60.0, options.time_limit))) for s in names
    ]
    found: list[PerfectForesight | None] = context.each(_relaxed, jobs, "scenarios foreseen, for a bound")
    for s, one in zip(names, found, strict=True):
        if one is None:
            solve_tree(case, path_tree(case, s), options, interrupt=context.interrupt)  # raises why
            raise Unfinished(f"the relaxation of {s} did not end in time; give it more time")
    return {s: one for s, one in zip(names, found, strict=True) if one is not None}


def _relaxed(case: Case, scenario: str, multipliers: Multipliers, options: Options) -> PerfectForesight | None:
    """The relaxation of one scenario under perfect foresight, with multipliers on what it shares; None where there is
    none, or not in time."""
    net, matrix, _ = prepare(case, path_tree(case, scenario))
    shared = _shared_decisions(case, net.tree, matrix, scenario)
    cost = matrix.cost.copy()
    for k, key in shared.items():
        cost[k] += multipliers.get(key, 0.0)
    relaxed = replace(matrix.relaxed(), cost=cost)
    outcome = _solved(relaxed, options)
    if outcome.stopped != "optimal" or outcome.x is None or outcome.row_duals is None:
        return None
    bound, x = safe_bound(relaxed, outcome.row_duals), outcome.x
    if 0 < matrix.integer.sum() <= FEW_INTEGERS:  # a short search, for a higher bound than the relaxation's
        searched = HighsSolve(replace(matrix, cost=cost), replace(options, gap=options.gap / 4)).solve()
        bound = max((b for b in (bound, searched.bound) if b is not None), default=None)
        x = x if searched.x is None else searched.x
    if bound is None:
        return None
    worth = np.abs(cost) + abs(matrix.a).T @ np.abs(outcome.row_duals)
    amounts = {key: (float(x[k]), float(worth[k])) for k, key in shared.items()}
    return PerfectForesight(bound, path_duals(matrix, net.tree, outcome.row_duals), amounts)


def _solved(relaxed: Matrix, options: Options) -> Outcome:
    """A small relaxation to a vertex, whose duals are exact; a large one by interior point."""
    for highs_options in _ATTEMPTS[1:] if len(relaxed.cost) < SMALL else _ATTEMPTS:
        outcome = HighsSolve(relaxed, options, None, **highs_options).solve()
        if outcome.stopped == "optimal" and outcome.x is not None:
            break
    return outcome


def _shared_decisions(case: Case, path: Tree, matrix: Matrix, scenario: str) -> dict[int, Decision]:
    """The columns of a path that other scenarios share and that a rule sees in a year that they do not share."""
    tree = full_tree(case)
    passed = [n for leaf in tree.leaves.values() for n in tree.path(leaf)]
    at = {tree.nodes[n].year: n for n in tree.path(tree.leaves[scenario])}
    node = {name: at[n.year] for name, n in path.nodes.items() if passed.count(at[n.year]) > 1}
    alone = np.array([not index or str(index[-1]) not in node for _, index in matrix.rows], dtype=float)
    seen = (abs(matrix.a).T @ alone) > 0
    return {
        k: (component, *index[:-1], node[str(index[-1])])
        for k, (component, index) in enumerate(matrix.columns)
        if seen[k] and index and str(index[-1]) in node
    }


def raise_bound(
    case: Case,
    solution: Solution,
    first: dict[str, PerfectForesight],
    options: Options,
    context: ParallelContext,
    known: float | None,
    on_bound: Callable[[], None],
) -> None:
    """Improve the multipliers by Polyak's steps until the gap or the time is reached; sets the solution's bound, the
    proof of it and the status. `known` is a bound that was proven before, M USD; `on_bound` is called after each
    better one.

    Multipliers on one decision sum to 0 over the scenarios that share it, by their weights, so that a plan of the tree
    pays nothing for them.
    """
    tree = solution.net.tree
    plan = worst_weights(case, scenario_costs(tree, solution.costs))
    alone = {s: f.bound for s, f in first.items()}
    solution.bound = max(mean_cvar(case, alone), _value(first, plan), -np.inf if known is None else known)
    prover = _Prover(case, solution)
    prover.take(first, plan)
    if case.risk_weight:
        prover.take(first, worst_weights(case, alone))
    best = _ascend(case, solution, first, plan, options, context, on_bound)
    if best is not first:
        prover.take(best, plan)
    solution.status = status_of(solution, options, Status.INTERRUPTED if context.interrupted else Status.TIME_LIMIT)


class _Prover:
    """The model of the whole tree, on which duals that are put together prove the bound."""

    def __init__(self, case: Case, solution: Solution) -> None:
        self.case, self.solution = case, solution
        self.matrix: Matrix | None = None
        if solution.size["variables"] <= PROVEN_UP_TO:
            self.matrix = prepare(case, solution.net.tree)[1]

    def take(self, found: dict[str, PerfectForesight], weights: Weights) -> None:
        """Keep the proof by these duals where it is better than the one before."""
        if self.matrix is None:
            return
        duals = {s: f.duals for s, f in found.items()}
        proven_by = tree_duals(self.case, self.solution.net.tree, self.matrix, duals, weights)
        proof = proof_of(self.matrix, one_case(proven_by))
        before = self.solution.proof
        if proof is not None and (before is None or proof.bound > before.bound):
            self.solution.proof = proof
            self.solution.bound = max(self.solution.bound or 0.0, proof.bound)


def _value(found: dict[str, PerfectForesight], weights: Weights) -> float:
    return sum(weights[s] * f.bound for s, f in found.items())


def _ascend(
    case: Case,
    solution: Solution,
    first: dict[str, PerfectForesight],
    weights: Weights,
    options: Options,
    context: ParallelContext,
    on_bound: Callable[[], None],
) -> dict[str, PerfectForesight]:
    """The scenarios' relaxations under the best multipliers found."""
    multipliers: dict[str, Multipliers] = {s: {} for s in first}
    found = best = first
    length, spent = STEP, 0.0
    while length >= SHORTEST:
        if within_gap(solution, options) or context.elapsed() + spent > options.time_limit or context.interrupted:
            break
        value = _value(found, weights)
        steps = _steps(found, weights, length * max(solution.objective - value, 1e-9))
        if not steps:
            break
        multipliers = {s: _sum(multipliers[s], steps[s]) for s in first}
        at = time.monotonic()
        again = _foresight_under(case, multipliers, options, context)
        if again is None:
            break
        found, spent = again, time.monotonic() - at
        if _value(found, weights) <= _value(best, weights):
            length /= 2
            continue
        best = found
        solution.bound = max(solution.bound or 0.0, _value(best, weights))
        on_bound()
        context.report(
            f"best plan {solution.objective:,.0f} M USD, at least {solution.bound:,.0f}, gap"
            f" {100 * (solution.gap or 0.0):.2f} %"
        )
    return best


def _sum(multipliers: Multipliers, steps: Multipliers) -> Multipliers:
    return {key: multipliers.get(key, 0.0) + step for key, step in steps.items()}


def _foresight_under(
    case: Case, multipliers: dict[str, Multipliers], options: Options, context: ParallelContext
) -> dict[str, PerfectForesight] | None:
    """Every scenario's relaxation under its multipliers; None where one did not end, or after an interrupt."""
    jobs: list[tuple[Any, ...]] = [(case, s, own, options) for s, own in multipliers.items()]
    try:
        found = context.each(_relaxed, jobs, "scenarios foreseen, for a better bound")
    except Unfinished:  # by hand: the plan stays, with the bound that it has
        return None
    return None if None in found else dict(zip(multipliers, found, strict=True))


def _steps(found: dict[str, PerfectForesight], weights: Weights, rise: float) -> dict[str, Multipliers]:
    """By how much each multiplier changes so that the bound rises by `rise`, M USD, if it goes on as it begins; nothing
    where all scenarios decide alike.

    A decision's subgradient is by how much a scenario decides more than the mean of those that share it, by their
    weights. Decisions of all kinds count alike: amounts as shares of the largest, multipliers of what a unit is worth.
    """
    amounts: dict[Decision, dict[str, tuple[float, float]]] = defaultdict(dict)
    for s, f in found.items():
        for key, amount in f.shared.items():
            amounts[key][s] = amount
    steps: dict[str, Multipliers] = {s: {} for s in found}
    size = 0.0
    for key, of in amounts.items():
        total = sum(weights[s] for s in of)
        largest = max(abs(x) for x, _ in of.values())
        if len(of) < 2 or total <= 0 or largest <= 0:
            continue
        mean = sum(weights[s] * x for s, (x, _) in of.items()) / total
        scale = max(worth for _, worth in of.values()) / largest
        for s, (x, _) in of.items():
            steps[s][key] = scale * (x - mean)
            size += weights[s] * scale * (x - mean) ** 2
    if size < 1e-9:
        return {}
    return {s: {key: step * rise / size for key, step in own.items()} for s, own in steps.items()}


def status_of(solution: Solution, options: Options, stopped: Status) -> Status:
    """Return `optimal` or `gap_reached` where the gap is reached; else `stopped`, why the solve ended."""
    if not within_gap(solution, options):
        return stopped
    return Status.OPTIMAL if solution.gap is not None and solution.gap <= 1e-6 else Status.GAP_REACHED


def within_gap(solution: Solution, options: Options) -> bool:
    """Has a plan the gap that was required?"""
    gap = relative_gap(solution.objective, solution.bound)
    return gap is not None and gap <= options.gap

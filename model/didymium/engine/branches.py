"""A tree too large for one model, solved branch by branch: the shared stage from a reduced tree, then each scenario
from its reveal on.

The plan is one of the whole tree, at full resolution. Its bound is a Lagrangian's (engine.lagrangian).
The plan of one who expects a single scenario is put together in the same way.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from didymium.case.case import Case
from didymium.case.network import Network
from didymium.case.tree import full_tree, path_tree
from didymium.engine.assembly import Branch, assembled, mean_cvar
from didymium.engine.highs import Interrupt, Options
from didymium.engine.kept_branch import KeptBranch, decisions_of
from didymium.engine.kept_plan import PLAN, KeptPlan, keep_plan, kept_plan, rows_of
from didymium.engine.lagrangian import PerfectForesight, raise_bound, status_of, wait_and_see, within_gap
from didymium.engine.matrix import Values
from didymium.engine.parallel import ParallelContext
from didymium.engine.reduced_tree import ancestors, reduced_tree, shared_until
from didymium.engine.solve import Solution, continue_from, solve_tree
from didymium.engine.start import Start
from didymium.errors import BrokenPlan, NoPlan, Unfinished
from didymium.rules import variable_counts
from didymium.statuses import Status

SHARED = "shared decisions"  # the part with the plan of the reduced tree
# Variables up to which one model is solved (measured: half as many take two to four minutes and 1.1 GB on two cores).
AT_ONCE = 500_000


def variables(case: Case) -> int:
    """Return about how many variables the full tree's model has: as many a node as the base's path."""
    path, tree = path_tree(case, case.base.name), full_tree(case)
    return variable_counts(Network(case, path))["variables"] * len(tree.nodes) // len(path.nodes)


def solve_by_branches(
    case: Case, options: Options, log: Path | None, context: ParallelContext, start: Start | None = None
) -> Solution:
    """Return a plan of the full tree with a proven bound. Raises as `solve_tree`.

    `start` is a plan to start from: held branch by branch it is the first plan, and the answer where it is near enough.
    A plan that an earlier run kept is put together again before anything, also where the solve is to stop.
    Where the shared decisions leave a scenario no plan, the tree is solved as one model after all.
    """
    known = kept_plan(context.kept)
    calm = context if known is None else replace(context, interrupt=None)
    foresight = wait_and_see(case, options, calm)
    bounds = {s: f.bound for s, f in foresight.items()}
    if known is not None:
        start, first = known.start, _kept_continued(case, known, bounds, options, log, calm)
    else:
        first = None if start is None else _start_continued(case, start, bounds, options, log, context)
    if first is not None and (within_gap(first, options) or context.interrupted):
        return _bounded(case, first, foresight, options, context)
    try:
        found = _from_shared_stage(case, bounds, options, log, context, start)
    except (NoPlan, Unfinished) as refusal:  # of a scenario after these decisions, or of fewer years; not of the tree
        if first is not None:
            return _bounded(case, first, foresight, options, context)
        if isinstance(refusal, Unfinished):
            raise
        context.report(f"the shared decisions found leave a scenario no plan ({refusal}); solving all as one model")
        left = replace(options, time_limit=max(60.0, options.time_limit - context.elapsed()))
        return solve_tree(case, full_tree(case), left, log, None, context.on_progress, context.interrupt, start)
    better = first if first is not None and first.objective < found.objective else found
    return _bounded(case, better, foresight, options, context)


def _from_shared_stage(
    case: Case,
    bounds: dict[str, float],
    options: Options,
    log: Path | None,
    context: ParallelContext,
    start: Start | None,
) -> Solution:
    """The plan that goes on from the shared decisions of a reduced tree, every scenario from its reveal on."""
    shared_stage = _shared_stage(case, bounds, options, log, context, start)
    return _after_shared_stage(case, shared_stage, bounds, options, log, context)


def _after_shared_stage(
    case: Case,
    shared_stage: Solution,
    bounds: dict[str, float],
    options: Options,
    log: Path | None,
    context: ParallelContext,
    fixed_start: Start | None = None,
) -> Solution:
    """The plan that goes on from shared decisions, with those of `fixed_start` where there is one."""
    tree, base = full_tree(case), case.base.name
    last = shared_until(case, base)
    branches = _continue(case, {base: last}, shared_stage.values, options, log, context, fixed_start)
    branches |= _continue_in_order(case, base, shared_stage.values, options, log, context, fixed_start)
    shared = {n.name: n.name for n in tree.nodes.values() if n.scenario == base and n.year < last}
    return assembled(case, tree, shared_stage, shared, branches, mean_cvar(case, bounds))


def _bounded(
    case: Case,
    solution: Solution,
    foresight: dict[str, PerfectForesight],
    options: Options,
    context: ParallelContext,
) -> Solution:
    """The plan with the best bound that there is time for."""
    known = kept_plan(context.kept)
    cost, decisions = solution.objective, decisions_of(solution)
    if known is not None and known.cost < cost:
        cost, decisions = known.cost, rows_of(known.start)

    def keep() -> None:
        if context.kept is not None:
            keep_plan(context.kept, PLAN, decisions, cost, solution.bound)

    keep()
    raise_bound(case, solution, foresight, options, context, None if known is None else known.start.bound, keep)
    keep()
    solution.seconds["solve"] = context.elapsed()
    return solution


def _kept_continued(
    case: Case,
    known: KeptPlan,
    bounds: dict[str, float],
    options: Options,
    log: Path | None,
    context: ParallelContext,
) -> Solution | None:
    """A plan that was kept, put together again: after its own shared decisions where they are kept too, and nothing is
    searched; else as a plan to start from."""
    context.report("the plan that was kept, branch by branch")
    if kept_plan(context.kept, SHARED) is not None:
        stopped = Interrupt()
        stopped.request()
        try:
            shared = replace(context, interrupt=stopped)
            stage = _shared_stage(case, bounds, options, log, shared, None)
            return _after_shared_stage(case, stage, bounds, options, log, context, Start(known.start.decisions))
        except (NoPlan, BrokenPlan, Unfinished) as refusal:
            context.report(f"the shared decisions that were kept leave a scenario no plan ({refusal})")
    return _start_continued(case, known.start, bounds, options, log, context)


def _start_continued(
    case: Case,
    start: Start,
    bounds: dict[str, float],
    options: Options,
    log: Path | None,
    context: ParallelContext,
) -> Solution | None:
    """The plan to start from: its decisions held, the base first, every other branch after what it shares; None where
    they leave a scenario no plan, or none in time."""
    context.report("the plan to start from, branch by branch")
    base, decisions = case.base.name, Start(start.decisions)
    try:
        first = continue_from(case, path_tree(case, base), {}, case.first_year, options, log, decisions)
        first = _put_together(case, base, first, bounds, options, log, context, decisions)
    except (NoPlan, BrokenPlan, Unfinished) as refusal:
        context.report(f"the decisions to start from leave a scenario no plan ({refusal}); they are not held")
        return None
    context.report(f"the plan to start from costs {first.objective:,.0f} M USD, at least {first.bound:,.0f}")
    return first


def _put_together(
    case: Case,
    expected: str,
    plan: Solution,
    bounds: dict[str, float] | None,
    options: Options,
    log: Path | None,
    context: ParallelContext,
    fixed_start: Start | None = None,
) -> Solution:
    """The plan of the full tree in which the expected scenario has its own `plan`, and every other branch goes on from
    that. `bounds` of the scenarios, M USD; where they are not known, those that these plans leave them."""
    tree = full_tree(case)
    branches = _continue_in_order(case, expected, plan.values, options, log, context, fixed_start)
    shared = dict(zip(plan.net.tree.nodes, tree.path(tree.leaves[expected]), strict=True))
    left = bounds or {expected: plan.objective, **{s: branches[s].bound for s in case.likely if s != expected}}
    return assembled(case, tree, plan, shared, branches, mean_cvar(case, left))


def scenario_policy(
    case: Case, expected: str, plan: Solution, options: Options, log: Path | None, context: ParallelContext
) -> Solution:
    """Return the plan of the full tree of one who expects a scenario: its own `plan` is held as long as it may still
    come, then the best is made of that for the branch under way, which is held until another parts from it.

    Its bound holds for plans that follow these plans so. Raises NoPlan where a scenario has none from there on,
    Unfinished as `solve_tree`.
    """
    solution = _put_together(case, expected, plan, None, options, log, context)
    solution.status = status_of(solution, options, Status.TIME_LIMIT)
    solution.seconds["solve"] = context.elapsed()
    return solution


def _shared_stage(
    case: Case,
    bounds: dict[str, float],
    options: Options,
    log: Path | None,
    context: ParallelContext,
    start: Start | None,
) -> Solution:
    """The decisions that all scenarios share: the plan of a reduced tree."""
    reduced = reduced_tree(case, bounds)
    context.report(
        f"shared decisions from a reduced tree: {len(reduced.scenarios)} of {len(case.likely)} scenarios,"
        f" {len(reduced.milestones)} of {len(case.milestones)} years"
    )
    part = replace(options, gap=max(options.gap, 0.01), time_limit=max(30.0, options.time_limit / 2))
    tree, keep = full_tree(reduced), (context.kept, SHARED)
    return solve_tree(reduced, tree, part, log, None, context.on_progress, context.interrupt, start, *keep)


def _continue(
    case: Case,
    own: dict[str, int],
    fixed: Values,
    options: Options,
    log: Path | None,
    context: ParallelContext,
    fixed_start: Start | None = None,
) -> dict[str, Branch]:
    """Every scenario from its `own` first year on, each with its share of the time that is left, with the decisions
    of `fixed_start` where there is one; their logs go one after the other into `log`."""
    left = max(10.0, options.time_limit - context.elapsed())
    part = replace(options, gap=options.gap / 2, time_limit=left / max(1, len(own)) * context.pool.workers)
    kept = {s: KeptBranch(context.kept, case, s, year, fixed) for s, year in own.items()}
    jobs = [(case, s, fixed, year, part, fixed_start or kept[s].start()) for s, year in own.items()]
    order = list(own)
    found = context.each(
        _continued, jobs, "scenarios from their reveal on", lambda place, branch: kept[order[place]].keep(branch)
    )
    branches = dict(zip(own, found, strict=True))
    for s, branch in branches.items():
        _append(log, f"{s} from {own[s]} on", branch.log)
    return branches


def _continue_in_order(
    case: Case,
    expected: str,
    fixed: Values,
    options: Options,
    log: Path | None,
    context: ParallelContext,
    fixed_start: Start | None = None,
) -> dict[str, Branch]:
    """Every branch of the tree but the expected one from where it parts from the plan that it follows, each after
    that."""
    found: dict[str, Branch] = {}
    descent = {at for s in case.likely if s != expected for at in ancestors(case, s)}
    needed = (descent | {case.base.name}) - {expected}
    follows = {s: _followed(case, s, expected) for s in case.scenarios if s in needed}
    while waiting := [s for s in follows if s not in found]:
        groups: dict[str, dict[str, int]] = {}
        for s in waiting:
            leader, until = follows[s]
            if leader not in waiting:
                groups.setdefault(leader, {})[s] = until
        for leader, own in groups.items():
            before = found[leader].values if leader in found else fixed
            found |= _continue(case, own, before, options, log, context, fixed_start)
    return found


def _followed(case: Case, branch: str, expected: str) -> tuple[str, int]:
    """Whose plan a branch follows, and before which year: the expected scenario's until the two part; that of the
    branch it leaves where that has parted from the expected one before."""
    parted = next((y for y in case.milestones if case.acting(branch, y) != case.acting(expected, y)), None)
    year = case.last_year + 1 if parted is None else parted
    if branch == case.base.name or year >= shared_until(case, branch):
        return expected, year
    return case.scenarios[branch].parent or case.base.name, shared_until(case, branch)


def _continued(
    case: Case, scenario: str, fixed: Values, until: int, options: Options, fixed_start: Start | None
) -> Branch:
    """One scenario from its reveal on, the decisions before the year `until` fixed, later ones those of `fixed_start`
    where there is one."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        log = Path(scratch) / "branch.log"
        try:
            s = continue_from(case, path_tree(case, scenario), fixed, until, options, log, fixed_start)
        except NoPlan as refusal:
            refusal.scenario = scenario
            raise
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return Branch(
        bound=s.objective if s.bound is None else min(s.bound, s.objective),
        values=s.values,
        duals=s.duals,
        costs=s.costs,
        years={node.name: node.year for node in s.net.tree.nodes.values()},
        clean=s.clean,
        size=s.size,
        log=text,
        warnings=s.warnings,
    )


def _append(log: Path | None, name: str, text: str) -> None:
    if log is not None:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"=== {name} ===\n{text}\n")

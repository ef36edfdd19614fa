"""From a case to a plan that was re-checked: the tree, the route, the solve, the second opinion, the facts of the
run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from didymium.case.case import Case
from didymium.case.tree import Tree, full_tree, path_tree
from didymium.case_inputs import CaseInputs
from didymium.engine.branches import AT_ONCE, solve_by_branches, variables
from didymium.engine.control import Interrupt, Options, Progress
from didymium.engine.kept_plan import kept_plan
from didymium.engine.parallel import ParallelContext
from didymium.engine.solve import Solution, model_size, prepare, solve_tree
from didymium.engine.start import Start
from didymium.errors import BadWorkbook, BrokenPlan, NoPlan, Problem
from didymium.interrupts import interruptible
from didymium.jobs import WorkerPool
from didymium.logs import logged_status
from didymium.memory import peak_memory_mb
from didymium.options import Route, SolveOptions
from didymium.plan.answer import Answer
from didymium.plan.holds import hold_facts
from didymium.plan.summary import summarise, versions
from didymium.plan.tables import plan_tables
from didymium.plans import Plan, part_of
from didymium.recheck import AS_SOLVED, TOLERANCE, recheck
from didymium.recheck.inputs import Breach
from didymium.reports.files import save_refusal
from didymium.reports.idle_plants import idle_warnings
from didymium.reports.result_reader import answer_of
from didymium.result_folder import Finished, KeptParts, request_hash
from didymium.results import Record, by_name
from didymium.statuses import Status
from didymium.stress_test.fixed_investments import fixed_investments
from didymium.supervised import watched
from didymium.tables.cells import nearest
from didymium.tables.rows import Tables


def start_of(inputs: CaseInputs, plan: Answer, on_status: Callable[[str], None]) -> Start:
    """Return a plan as one to start from; reports how many of its decisions the case can take."""
    fixed = fixed_investments(inputs.case, plan)
    start = Start({scenario: investments.built for scenario, investments in fixed.items()}, plan.proof)
    decided = {decision for decisions in start.decisions.values() for decision in decisions}
    known = [project for project, year in decided if project in inputs.case.projects and year >= inputs.source.years[0]]
    on_status(f"starting from {plan.source.source.name}: {len(known)} of its {len(decided)} decisions")
    return start


@dataclass(frozen=True, slots=True)
class SolveCallbacks:
    """Who is called during a solve, what can stop it, and where it keeps what it finds, so that no end loses it."""

    on_status: Callable[[str], None] | None = None
    on_progress: Callable[[Progress], None] | None = None
    interrupt: Interrupt | None = None
    kept: KeptParts | None = None

    @property
    def stopped(self) -> bool:
        """Whether it was stopped by hand."""
        return self.interrupt is not None and self.interrupt.requested

    @property
    def finished(self) -> Finished:
        """What was kept of an earlier run, and where this one keeps what it has finished."""
        return Finished(self.kept, lambda: self.stopped)

    @property
    def of_one_solve(self) -> SolveCallbacks:
        """Those of one of many solves: without a status of its own, and what it finds is kept by who asks for it."""
        return SolveCallbacks(None, self.on_progress, self.interrupt)


def scenario_for(inputs: CaseInputs, scenario: str | None) -> str:
    """Return the scenario required, by default the base. Raises BadWorkbook for an unknown one."""
    scenarios = inputs.case.scenarios
    if scenario is None:
        return inputs.case.base.name
    if scenario not in scenarios:
        text = f"there is no scenario {scenario!r}{nearest(scenario, scenarios)}"
        raise BadWorkbook([Problem("Scenarios", text)])
    return scenario


def tree_for(inputs: CaseInputs, scenario: str | None, stochastic: bool) -> Tree:
    """Return the path of one scenario, known from the start, or the tree of all. Raises BadWorkbook for an unknown
    scenario."""
    return full_tree(inputs.case) if stochastic else path_tree(inputs.case, scenario_for(inputs, scenario))


def size(inputs: CaseInputs, scenario: str | None = None, stochastic: bool = False) -> dict[str, int]:
    """Return what a solve would build: the number of variables, integers, constraints and nonzeros."""
    return model_size(prepare(inputs.case, tree_for(inputs, scenario, stochastic))[1])


def by_branches(case: Case, route: str, on_status: Callable[[str], None]) -> bool:
    """Return whether a tree is solved branch by branch: by its size, unless the route is given; reports which."""
    if route != Route.AUTO or len(case.likely) < 2:
        return route == Route.BRANCHES and len(case.likely) > 1
    size = variables(case)
    how = "branch by branch, for so many are too slow as one model" if size > AT_ONCE else "as one model"
    on_status(f"a tree of about {size:,} variables: solved {how}")
    return size > AT_ONCE


def solve_case(
    inputs: CaseInputs,
    scenario: str | None,
    stochastic: bool,
    start: Answer | str | Path | None,
    options: SolveOptions,
    callbacks: SolveCallbacks,
) -> Plan:
    """Find the least-cost plan as `didymium.solve` says, which has more words for it; what `callbacks.kept` has of an
    earlier run is gone on from."""
    tree = tree_for(inputs, scenario, stochastic)
    settings, status = options.for_solver(inputs.case), logged_status(callbacks.on_status)
    apart = stochastic and by_branches(inputs.case, options.route, status)
    known = None if start is None else start_of(inputs, answer_of(start), status)
    kept = kept_plan(callbacks.kept)
    if kept is not None:
        status(f"going on from the plan of {kept.cost:,.0f} M USD kept at {kept.kept:%H:%M on %Y-%m-%d}")
    with (
        interruptible(callbacks.interrupt, status, "the best plan so far") as stop,
        WorkerPool(options.workers, options.cluster) as pool,
    ):
        parallel = ParallelContext(pool, status, callbacks.on_progress, stop, callbacks.kept)
        plan, _ = checked_plan(
            inputs,
            tree,
            settings,
            SolveCallbacks(status, callbacks.on_progress, stop, callbacks.kept),
            (lambda log: solve_by_branches(inputs.case, settings, log, parallel, known)) if apart else None,
            known,
        )
    if stochastic:
        part_of(plan.summary, "options")["route"] = "branches" if apart else "whole"
    return plan


def kept_for(inputs: CaseInputs, scenario: str | None, stochastic: bool, folder: Path) -> KeptParts:
    """Return where solves of a case into a folder keep what they find. A plan and its bound are as good with another
    gap, time limit or seed, so the request is the input with what is held in it, and the scenario, or the tree."""
    named = None if stochastic else scenario_for(inputs, scenario)
    return KeptParts(folder, request_hash("solve", inputs.source.sha256, named))


def checked_plan(
    inputs: CaseInputs,
    tree: Tree,
    options: Options,
    callbacks: SolveCallbacks,
    by: Callable[[Path], Solution] | None = None,
    start: Start | None = None,
) -> tuple[Plan, Solution]:
    """Solve a tree, as one model or `by` another way (which is given the log), and have the plan re-checked without the
    optimiser. `start` is a plan to start from.

    Raises as `didymium.solve`.
    """
    started = time.monotonic()
    solution, log = _solved(inputs.case, tree, options, callbacks, by, start)
    seconds = {**inputs.seconds, **solution.seconds}
    if callbacks.on_status:
        callbacks.on_status("re-checking every rule without the optimiser")
    at = time.monotonic()
    names = list(tree.leaves)
    tables = plan_tables(solution)
    headline: list[Record] = [{"objective_musd": solution.objective, "clean_labels": solution.clean}]
    breaches = recheck(inputs.source, {**by_name(tables), "headline": headline}, names)
    seconds["verify"] = time.monotonic() - at
    seconds["total"] = time.monotonic() - started + sum(inputs.seconds.values())
    _refuse_breaches(breaches)
    summary = summarise(solution, tables)
    summary["largest_violation"] = max(b.size for b in breaches.values())
    summary |= run_facts(inputs.source, options, seconds)
    if not solution.clean:
        summary["options"] = {**part_of(summary, "options"), "labels": AS_SOLVED}
    warnings = [*solution.warnings, *idle_warnings(inputs.source, tables)]
    return Plan(
        inputs.source, names, tables, summary, breaches, solution.clean, log, warnings, solution.proof
    ), solution


def _solved(
    case: Case,
    tree: Tree,
    options: Options,
    callbacks: SolveCallbacks,
    by: Callable[[Path], Solution] | None,
    start: Start | None,
) -> tuple[Solution, str]:
    """Solve with a log in a folder that goes away; returns the solution and the text of the log."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        log = Path(scratch) / "solver.log"
        try:
            if by is not None:
                solution = by(log)
            else:
                with watched(options.time_limit):
                    solution = solve_tree(
                        case, tree, options, log, callbacks.on_status, callbacks.on_progress, callbacks.interrupt,
                        start, callbacks.kept,
                    )  # fmt: skip
        except NoPlan as refusal:
            refusal.log = _text(log)
            raise
        return solution, _text(log)


def _refuse_breaches(breaches: dict[str, Breach]) -> None:
    """Raise BrokenPlan where the plan breaks a rule by more than the tolerance."""
    broken = {rule: b for rule, b in breaches.items() if b.size > TOLERANCE}
    if broken:
        text = "; ".join(f"{rule} at {b.where} by {100 * b.size:.3g} %" for rule, b in broken.items())
        raise BrokenPlan(f"the plan breaks rules and was not written: {text}. This is a fault of ours")


def run_facts(tables: Tables, options: Options, seconds: dict[str, float]) -> Record:
    """Return what summary.json states of the run itself: seconds, memory, hash of the input, versions, options,
    and what a person held."""
    return {
        "seconds": seconds,
        "peak_memory_mb": peak_memory_mb(),
        "input_sha256": tables.sha256,
        "versions": versions(),
        "options": {
            "gap_percent": 100 * options.gap,
            "time_limit_s": options.time_limit,
            "threads": options.threads,
            "seed": options.seed,
        },
        **hold_facts(tables),
    }


def _refusal_summary(
    inputs: CaseInputs, refusal: NoPlan, scenario: str | None, stochastic: bool, options: Options
) -> Record:
    """summary.json of a case that has no plan: the fixed keys, empty where there is nothing, and the reasons."""
    nothing: Record = {
        "objective_musd": None,
        "bound_musd": None,
        "bound_by_duals_musd": None,
        "gap_percent": None,
        "gap_musd": None,
    }
    empty: Record = {
        "cost_musd": {},
        "investments": [],
        "china_free_share": {},
        "china_free_share_by_content": {},
        "shortage_t": {},
        "target_miss_t": {},
    }
    summary: Record = {
        "status": str(Status.INFEASIBLE),
        **nothing,
        "scenario": ";".join(inputs.case.likely) if stochastic else scenario_for(inputs, scenario),
        **empty,
        "model": size(inputs, scenario, stochastic),
        "largest_violation": None,
    }
    return {**summary, **run_facts(inputs.source, options, dict(inputs.seconds)), "reasons": refusal.reasons}


def save_reasons(
    inputs: CaseInputs,
    refusal: NoPlan,
    folder: str | Path,
    scenario: str | None = None,
    *,
    stochastic: bool = False,
    options: SolveOptions | None = None,
) -> list[Path]:
    """Write why there is no plan into a folder: results.xlsx, solver.log, summary.json; returns where they are.

    `refusal` is what `solve` raised; scenario and options are those it was called with. Raises OutputInUse when the
    folder cannot be written.
    """
    settings = (options or SolveOptions()).for_solver(inputs.case)
    summary = _refusal_summary(inputs, refusal, scenario, stochastic, settings)
    return save_refusal(inputs.source, summary, refusal.log, Path(folder))


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

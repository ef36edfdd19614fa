"""Didymium from Python: `case = read(path); plan = solve(case); plan.investments; plan.save(folder)`."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from didymium.annotations import annotate as annotate_copy
from didymium.case.build import build_case
from didymium.case.case import Case
from didymium.case.tree import Tree, full_tree, path_tree
from didymium.case_inputs import CaseInputs, check, examine, read
from didymium.engine.branches import AT_ONCE, ParallelContext, solve_by_branches, variables
from didymium.engine.highs import Interrupt, Options, Progress
from didymium.engine.solve import Solution, model_size, prepare, solve_tree
from didymium.errors import BadWorkbook, BrokenPlan, NoPlan, OutputInUse, Problem
from didymium.jobs import WorkerPool
from didymium.options import options_for, refuse_stress_options
from didymium.plan.answer import Answer
from didymium.plan.committed import idle_warnings
from didymium.plan.summary import summarise, versions
from didymium.plan.tables import Record, plan_tables
from didymium.recheck import AS_SOLVED, TOLERANCE, recheck
from didymium.reports.files import save_plan, save_refusal, save_stress
from didymium.reports.restore import read_answer
from didymium.stress_test.stress import Stress, StressOptions
from didymium.stress_test.stress import stress as run_stress
from didymium.tables.cells import nearest
from didymium.tables.rows import Tables
from didymium.template import blank, write_folder, write_workbook, written
from didymium.template.source import tables_of

__all__ = [
    "CaseInputs",
    "Plan",
    "Stressed",
    "check",
    "examine",
    "export",
    "mark",
    "new",
    "read",
    "size",
    "solve",
    "stress",
]


class Plan(Answer):
    """The answer to a case. `plan.investments` and `plan["trade"]` are DataFrames; `plan.save(folder)` writes the
    files."""

    def save(self, folder: str | Path) -> list[Path]:
        """Write results.xlsx, solver.log and summary.json into a folder; returns where they are.

        Raises OutputInUse when the folder cannot be written, BrokenPlan when the workbook's own checks fail (the files
        are then kept as broken-results.xlsx and so on).
        """
        started = time.monotonic()
        seconds: dict[str, float] = dict_of(self.summary, "seconds")  # type: ignore[assignment]

        def timed() -> None:
            spent = time.monotonic() - started
            seconds["total"] += spent - seconds.get("write", 0.0)
            seconds["write"] = spent

        return save_plan(self, Path(folder), timed)


def new(path: str | Path, example: bool = False, years: range | None = None) -> Path:
    """Write a blank input workbook, or the default case filled in, for the years given (default: 2026 to 2040).

    Returns where it is. Raises FileExistsError rather than replace a file, BadWorkbook for years that the default case
    does not hold.
    """
    path = Path(path)
    path = path if path.suffix else path.with_suffix(".xlsx")
    if example:
        tables = tables_of(example_case())
        if years and not set(years) <= set(tables.years):
            said = (
                f"{years[0]}-{years[-1]} reaches beyond the default case, which holds"
                f" {tables.years[0]}-{tables.years[-1]}"
            )
            raise BadWorkbook([Problem("--years", said)])
        content = written(tables, years)
    else:
        content = blank(years or range(2026, 2041))
    write_workbook(path, content)
    return path


def export(source: str | Path | CaseInputs, path: str | Path) -> Path:
    """Write the rows of a workbook, CSV folder, result or case in memory again: into a current workbook (`.xlsx`), else into a folder
    of CSV files.

    Returns where it is. Raises FileExistsError rather than replace anything, BadWorkbook where the source does not
    read.
    """
    path = Path(path)
    content = written(source.source if isinstance(source, CaseInputs) else tables_of(Path(source)))
    if path.suffix.casefold() == ".xlsx":
        write_workbook(path, content)
    elif path.suffix:
        raise BadWorkbook([Problem(path.name, "is neither a workbook (.xlsx) nor a folder, whose name has no ending")])
    else:
        write_folder(path, content)
    return path


def mark(path: str | Path, problems: Sequence[Problem], copy: str | Path) -> None:
    """Write a copy of the planner's own workbook in which each problem is coloured, noted and listed. The workbook
    stays as it is.

    Raises OutputInUse where the copy cannot be written or is there already, BadWorkbook where the workbook cannot be
    changed safely.
    """
    try:
        annotate_copy(Path(path), problems, Path(copy))
    except FileExistsError as error:
        raise OutputInUse(f"{copy} is there already and is not overwritten; choose another name") from error
    except OSError as error:
        raise OutputInUse(f"{copy} could not be written: {error.strerror or error}") from error


def example_case() -> Path:
    """The default case: inside an installed package, or in inputs/ of a working tree."""
    here = Path(__file__).parent
    packed = here / "example"
    return packed if packed.is_dir() else here.parents[1] / "inputs" / "allied"


def scenario_for(asked: CaseInputs, scenario: str | None) -> str:
    """The scenario asked for, by default the base. Raises BadWorkbook for an unknown one."""
    if scenario is None:
        return asked.case.base.name
    if scenario not in asked.case.scenarios:
        raise BadWorkbook(
            [Problem("Scenarios", f"there is no scenario {scenario!r}{nearest(scenario, asked.case.scenarios)}")]
        )
    return scenario


def tree_for(asked: CaseInputs, scenario: str | None, stochastic: bool) -> Tree:
    """The path of one scenario, foreseen, or the tree of all. Raises BadWorkbook for an unknown scenario."""
    return full_tree(asked.case) if stochastic else path_tree(asked.case, scenario_for(asked, scenario))


def size(asked: CaseInputs, scenario: str | None = None, stochastic: bool = False) -> dict[str, int]:
    """What a solve would build: variables, integers, constraints, nonzeros."""
    return model_size(prepare(asked.case, tree_for(asked, scenario, stochastic))[1])


def solve(
    asked: CaseInputs,
    scenario: str | None = None,
    *,
    stochastic: bool = False,
    route: str = "auto",
    workers: int = 1,
    cluster: str | None = None,
    gap_percent: float | None = None,
    time_limit: float | None = None,
    threads: int = 0,
    seed: int = 0,
    on_status: Callable[[str], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    interrupt: Interrupt | None = None,
) -> Plan:
    """The least-cost plan of one scenario, foreseen, or, `stochastic`, of all at once when nobody knows which it will
    be; re-checked without the optimiser.

    `route` says how a tree is solved: whole, as one model; branches, scenario by scenario after shared decisions, on
    `workers` processes or a `cluster`; auto, by its size. `tell` hears each stage in words, `listen` the solver's
    progress; `interrupt` stops it with the best plan so far. Raises BadWorkbook (an option that cannot be), NoPlan
    (targets or limits cannot be met), Unfinished (no plan in time), BrokenPlan (a fault of ours).
    """
    tree = tree_for(asked, scenario, stochastic)
    options = options_for(asked.case, gap_percent, time_limit, threads, seed)
    watch = SolveCallbacks(on_status, on_progress, interrupt)
    apart = stochastic and by_branches(asked.case, route, on_status)
    with WorkerPool(workers, cluster) as crew:
        many = ParallelContext(crew, on_status, on_progress, interrupt)
        plan = checked_plan(
            asked,
            tree,
            options,
            watch,
            (lambda log: solve_by_branches(asked.case, options, log, many)) if apart else None,
        )[0]
    if stochastic:
        dict_of(plan.summary, "options")["route"] = "branches" if apart else "whole"
    return plan


def dict_of(summary: Record, name: str) -> Record:
    """A part of summary.json that is itself made of parts."""
    part = summary[name]
    assert isinstance(part, dict)
    return part


ROUTES = ("auto", "whole", "branches")


def by_branches(case: Case, route: str, on_status: Callable[[str], None] | None) -> bool:
    """Is a tree to be solved branch by branch? By its size, unless the route is given; says so."""
    if route not in ROUTES:
        raise BadWorkbook([Problem("--route", f"{route!r} is none of {', '.join(ROUTES)}")])
    if case.nested:  # what branches of branches share before they part, no thinned tree decides for them all
        if route == "branches":
            raise BadWorkbook(
                [
                    Problem(
                        "--route",
                        "scenarios that leave other scenarios (column parent) are solved as one model; use whole or"
                        " auto",
                    )
                ]
            )
        return False
    if route != "auto" or len(case.likely) < 2:
        return route == "branches" and len(case.likely) > 1
    size = variables(case)
    if on_status:
        how = "branch by branch, for so many are too slow as one model" if size > AT_ONCE else "as one model"
        on_status(f"a tree of about {size:,} variables: solved {how}")
    return size > AT_ONCE


@dataclass(frozen=True, slots=True)
class SolveCallbacks:
    """Who hears of a solve, and what can stop it."""

    on_status: Callable[[str], None] | None = None
    on_progress: Callable[[Progress], None] | None = None
    interrupt: Interrupt | None = None


def checked_plan(
    asked: CaseInputs, tree: Tree, options: Options, watch: SolveCallbacks, by: Callable[[Path], Solution] | None = None
) -> tuple[Plan, Solution]:
    """Solve a tree, as one model or `by` another way (which is given the log), and have the plan re-checked without the
    optimiser.

    Raises as `solve`.
    """
    started = time.monotonic()
    names = list(tree.leaves)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        log = Path(scratch) / "solver.log"
        try:
            one = by or (
                lambda log: solve_tree(
                    asked.case, tree, options, log, watch.on_status, watch.on_progress, watch.interrupt
                )
            )
            solution = one(log)
        except NoPlan as refusal:
            refusal.log = _text(log)
            raise
        text = _text(log)
    seconds = {**asked.seconds, **solution.seconds}
    if watch.on_status:
        watch.on_status("re-checking every rule without the optimiser")
    at = time.monotonic()
    tables = plan_tables(solution)
    headline: list[Record] = [{"objective_musd": solution.objective, "clean_labels": solution.clean}]
    breaches = recheck(asked.source, {**tables, "headline": headline}, names)
    seconds["verify"] = time.monotonic() - at
    seconds["total"] = time.monotonic() - started + sum(asked.seconds.values())
    broken = {rule: b for rule, b in breaches.items() if b.size > TOLERANCE}
    if broken:
        said = "; ".join(f"{rule} at {b.where} by {100 * b.size:.3g} %" for rule, b in broken.items())
        raise BrokenPlan(f"the plan breaks rules and was not written: {said}. This is a fault of ours")
    summary = summarise(solution, tables)
    summary["largest_violation"] = max(b.size for b in breaches.values())
    summary |= run_facts(asked.source, options, seconds)
    if not solution.clean:
        summary["options"] = {**dict_of(summary, "options"), "labels": AS_SOLVED}
    warnings = [*solution.warnings, *idle_warnings(tables)]
    return Plan(asked.source, names, tables, summary, breaches, solution.clean, text, warnings), solution


def run_facts(tables: Tables, options: Options, seconds: dict[str, float]) -> Record:
    """What summary.json says of the run itself."""
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
    }


def peak_memory_mb() -> float | None:
    """Most memory this process has held, MB; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 1024


def refusal_summary(asked: CaseInputs, refusal: NoPlan, scenario: str, options: Options, stochastic: bool) -> Record:
    """summary.json of a case that has no plan: the fixed keys, empty where there is nothing, and the reasons."""
    nothing: Record = {"objective_musd": None, "bound_musd": None, "gap_percent": None, "gap_musd": None}
    empty: Record = {
        "cost_musd": {},
        "investments": [],
        "china_free_share": {},
        "china_free_share_by_content": {},
        "shortage_t": {},
        "target_miss_t": {},
    }
    names = ";".join(asked.case.likely) if stochastic else scenario
    told: Record = {
        "status": "infeasible",
        **nothing,
        "scenario": names,
        **empty,
        "model": size(asked, scenario, stochastic),
    }
    told["largest_violation"] = None
    return {**told, **run_facts(asked.source, options, dict(asked.seconds)), "reasons": refusal.reasons}


def save_reasons(
    asked: CaseInputs, refusal: NoPlan, scenario: str, options: Options, folder: str | Path, stochastic: bool = False
) -> list[Path]:
    """Write why there is no plan into a folder: results.xlsx, solver.log, summary.json."""
    return save_refusal(
        asked.source, refusal_summary(asked, refusal, scenario, options, stochastic), refusal.log, Path(folder)
    )


class Stressed(Stress):
    """A plan under stress. `rows` are its tables by name (scenarios, losses, percentiles, years, drivers, draws,
    ranges)."""

    def save(self, folder: str | Path) -> list[Path]:
        """Write stress.xlsx, stress.html and stress.json into a folder; returns where they are. Raises OutputInUse when
        it cannot be written."""
        return save_stress(self, Path(folder))


def stress(
    result: str | Path,
    *,
    draws: int = 200,
    seed: int = 0,
    myopic: bool = False,
    regret: float = 60.0,
    workers: int = 1,
    cluster: str | None = None,
    on_status: Callable[[str], None] | None = None,
    interrupt: Interrupt | None = None,
) -> Stressed:
    """Hold the builds of a result (a workbook, or the folder that holds it) and run it through scenarios, losses and
    draws.

    `regret`: seconds to look for the least cost of each scenario that the plan's is held against (0: none). An
    `interrupt` ends the draws. Raises BadWorkbook when it is no result with a plan, BrokenPlan when a run breaks a
    rule.
    """
    started = time.monotonic()
    refuse_stress_options(draws, seed, workers)
    plan = read_answer(Path(result))
    asked = StressOptions(draws, seed, myopic, workers, cluster, regret)
    told = run_stress(plan.source, build_case(plan.source), plan, asked, on_status, interrupt)
    return Stressed(
        asked, plan, told.rows, told.largest_violation, told.rechecked, {"total": time.monotonic() - started}
    )


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

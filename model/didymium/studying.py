"""Studies, as from Python: many solves of one case, in one report each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from didymium.case.build import build_case
from didymium.case_inputs import CaseInputs
from didymium.engine.control import Interrupt, Progress
from didymium.interrupts import interruptible
from didymium.logs import logged_status
from didymium.options import SolveOptions, refuse_inputs, refuse_levels, refuse_margin
from didymium.plan.answer import Answer
from didymium.reports.result_reader import answer_of
from didymium.reports.study import StudyReport
from didymium.result_folder import KeptParts, request_hash
from didymium.solving import SolveCallbacks
from didymium.studies.alternatives import add_scenarios, find_alternatives
from didymium.studies.alternatives_report import alternatives_report, read_frontier
from didymium.studies.explain import find_reasons
from didymium.studies.explain_report import explain_report
from didymium.studies.frontier import WIDER_BETWEEN, find_frontier, levels_between
from didymium.studies.frontier_report import frontier_report
from didymium.studies.repair import find_repairs
from didymium.studies.repair_report import repair_report
from didymium.studies.sensitivity import find_sensitivity
from didymium.studies.sensitivity_report import sensitivity_report
from didymium.tables.rows import Tables

OnStatus = Callable[[str], None]
OnProgress = Callable[[Progress], None]


def frontier(
    inputs: CaseInputs,
    targets: Sequence[str] = (),
    *,
    steps: int = 11,
    low: float = 0.0,
    high: float = 100.0,
    scenario: str | None = None,
    options: SolveOptions | None = None,
    on_status: OnStatus | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
    keep: str | Path | None = None,
) -> StudyReport:
    """Find what each of `steps` levels of the targets costs, from `low` to `high` percent of what they require in full:
    all of them scaled together, or only `targets`.

    Each level is a case of its own, solved to the gap from its neighbour's plan; the time limit is that of a level. The
    strictest and the laxest are re-checked as `solve` does; of a large model those between are held against every row
    of the model alone. Without a gap in `options` the levels between are solved to one and a half times the case's own
    gap: the other two give the price of all. Where a level cannot be reached, how far one can go is narrowed
    to one percent. The report's `headline` is the answer, `tables` are its rows, `record` is frontier.json, and
    `save(folder)` writes frontier.xlsx, frontier.html and frontier.json. An `interrupt`, or Ctrl-C, ends it with the
    levels so far. With `keep`, the folder that the files will be written to, what is finished is kept beside it until
    `save`: the same call again goes on from there.
    Raises BadWorkbook for an unknown target or levels that cannot be, Unfinished where no level has a plan in time.
    """
    started = time.monotonic()
    refuse_levels(steps, low, high)
    status = logged_status(on_status)
    settings = (options or SolveOptions()).for_solver(inputs.case)
    kept = kept_for(keep, "frontier", inputs.source, asdict(settings), list(targets), steps, low, high, scenario)
    with interruptible(interrupt, status, "the levels so far") as stop:
        callbacks = SolveCallbacks(status, on_progress, stop, kept)
        wider = WIDER_BETWEEN if options is None or options.gap_percent is None else 1.0
        found = find_frontier(inputs, targets, levels_between(low, high, steps), scenario, settings, callbacks, wider)
    return replace(frontier_report(found, settings, time.monotonic() - started), kept=kept)


def alternatives(
    inputs: CaseInputs,
    *,
    within_percent: float = 1.0,
    plans: int = 8,
    scenarios: bool = False,
    frontier: str | Path | None = None,
    scenario: str | None = None,
    start: Answer | str | Path | None = None,
    options: SolveOptions | None = None,
    on_status: OnStatus | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
    keep: str | Path | None = None,
) -> StudyReport:
    """Find which projects every good plan builds, which some do, which none does, and what it costs to force each in
    or to forbid it; and so many `plans` as unlike as possible.

    A good plan costs at most `within_percent` more than the best one found. Costs are intervals against the least cost:
    at least is proven, at most is by a plan that was found. With `scenarios` every scenario is solved too, and a
    `frontier` (the folder of one of the same case) is taken over: how often each project is built. `start` and options
    are those of `solve`. The report's `tables` are its rows, `record` is alternatives.json: `projects` (`class`,
    `cost_in_musd` and `cost_out_musd` as [at least, at most], null where no such plan exists), `plans` and `elsewhere`.
    `save(folder)` writes alternatives.xlsx, alternatives.html and alternatives.json. An `interrupt`, or Ctrl-C, ends it
    with what is known. `keep` is that of `frontier`.
    Raises as `solve`.
    """
    started = time.monotonic()
    refuse_margin(within_percent, plans)
    status = logged_status(on_status)
    settings = (options or SolveOptions()).for_solver(inputs.case)
    known = None if start is None else answer_of(start)
    request = within_percent, plans, scenario, facts_of(known)
    kept = kept_for(keep, "alternatives", inputs.source, asdict(settings), *request)
    with interruptible(interrupt, status, "what is known so far") as stop:
        callbacks = SolveCallbacks(status, on_progress, stop, kept)
        found = find_alternatives(inputs, within_percent / 100, plans, scenario, known, settings, callbacks)
        if scenarios:
            add_scenarios(found, settings, callbacks)
    if frontier is not None:
        read_frontier(Path(frontier) / "frontier.json", found)
    return replace(alternatives_report(found, settings, time.monotonic() - started), kept=kept)


def explain(
    result: Answer | str | Path,
    projects: Sequence[str] = (),
    *,
    options: SolveOptions | None = None,
    on_status: OnStatus | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
    keep: str | Path | None = None,
) -> StudyReport:
    """Explain why each project is in a plan or not: what the other way costs, from a plan or where its result is.

    In the plan means in that of the result. Where a cheaper plan is found on the way, the `headline` begins with it,
    costs are counted from it, and the sentences of projects whose place differs say so.
    For each that is not in the plan also at which cut of its capex (or grant a module), and at which premium on each
    tonne, it enters; what it would replace; and the rules around it that bind. All are intervals: at least is proven,
    at most is by a plan that was found. Of a small case, or for the `projects` named (by id or name), searches narrow
    them, and solves on both sides verify the prices. `record` is explain.json: of every project the
    `sentence`, the costs as in alternatives.json, `entry` (capex_cut_percent, grant_musd_per_module, premium_usd_per_t
    as [at least, at most]), what `leaves`, `enters` and is `bought_t` the other way, and `binding`. `save(folder)`
    writes explain.xlsx, explain.html and explain.json. An `interrupt`, or Ctrl-C, ends it with what is known.
    `keep` is that of `frontier`.
    Raises BadWorkbook for a plan of several scenarios or an unknown project; else as `solve`.
    """
    started = time.monotonic()
    status = logged_status(on_status)
    answer = answer_of(result)
    settings = (options or SolveOptions()).for_solver(build_case(answer.source))
    kept = kept_for(keep, "explain", answer.source, asdict(settings), list(projects), facts_of(answer))
    with interruptible(interrupt, status, "what is known so far") as stop:
        found = find_reasons(answer, projects, settings, SolveCallbacks(status, on_progress, stop, kept))
    return replace(explain_report(found, settings, time.monotonic() - started), kept=kept)


def explain_input(
    inputs: CaseInputs,
    scenario: str | None = None,
    *,
    options: SolveOptions | None = None,
    on_status: OnStatus | None = None,
    interrupt: Interrupt | None = None,
    keep: str | Path | None = None,
) -> StudyReport:
    """Find out why no plan meets every hard rule: the least relaxation (fewest rules, then amounts), how far one can
    go, and single cells whose change restores a plan, each verified by a solve of the changed case.

    Where every hard rule can be met, the report's `record["feasible"]` is True and that is all. The time limit is that
    of all together; an `interrupt`, or Ctrl-C, ends it with what is found so far. `record` is explain.json, and
    `save(folder)` writes explain.xlsx, explain.html and explain.json. `keep` is that of `frontier`. Raises BadWorkbook
    for an unknown scenario.
    """
    started = time.monotonic()
    status = logged_status(on_status)
    settings = (options or SolveOptions()).for_solver(inputs.case)
    kept = kept_for(keep, "explain input", inputs.source, asdict(settings), scenario)
    with interruptible(interrupt, status, "what is found so far") as stop:
        found = find_repairs(inputs, scenario, settings, SolveCallbacks(status, None, stop, kept))
    return replace(repair_report(found, settings, time.monotonic() - started), kept=kept)


def sensitivity(
    inputs: CaseInputs,
    number: int = 10,
    *,
    scenario: str | None = None,
    options: SolveOptions | None = None,
    on_status: OnStatus | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
    keep: str | Path | None = None,
) -> StudyReport:
    """Find what the least cost is at both ends of the `number` inputs whose ranges are widest, the plan optimised anew
    each time, and which of them is worth researching first: that of the largest swing beyond the gaps.

    Ranges are those of a stress test: the sheet Uncertainty, else by the confidence of each figure's source. The widest
    are those that move the cost most while the builds are fixed. Each end starts from the plan of the input as it is;
    what is not proven is an interval. The time limit is that of each solve. The report's `headline` is the answer,
    `record` is sensitivity.json, and `save(folder)` writes sensitivity.xlsx, sensitivity.html and sensitivity.json. An
    `interrupt`, or Ctrl-C, ends it with the inputs so far. `keep` is that of `frontier`. Raises as `solve` where the
    input as it is has no plan.
    """
    started = time.monotonic()
    refuse_inputs(number)
    status = logged_status(on_status)
    settings = (options or SolveOptions()).for_solver(inputs.case)
    kept = kept_for(keep, "sensitivity", inputs.source, asdict(settings), number, scenario)
    with interruptible(interrupt, status, "the inputs so far") as stop:
        found = find_sensitivity(inputs, number, scenario, settings, SolveCallbacks(status, on_progress, stop, kept))
    return replace(sensitivity_report(found, settings, time.monotonic() - started), kept=kept)


def kept_for(keep: str | Path | None, study: str, source: Tables, *facts: object) -> KeptParts | None:
    """Return where a study keeps what it has finished: beside a folder, for this input and these facts alone; None
    without a folder."""
    return None if keep is None else KeptParts(Path(keep), request_hash(study, source.content_sha256(), facts))


def facts_of(plan: Answer | None) -> object:
    """Return what identifies a plan that is given to a study: its decisions, their money, its cost and its bound."""
    if plan is None:
        return None
    costs = plan.summary.get("objective_musd"), plan.summary.get("bound_musd")
    return plan.tables["investments"], plan.tables["finance"], costs

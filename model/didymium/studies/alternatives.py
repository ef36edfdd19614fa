"""Alternatives: which projects every good plan builds, which some do, which none does; and what the good plans share.

A good plan costs at most a margin more than the best one found. Whether a candidate is in every good plan, or in none,
is proven by a bound on the plans without it, or with it; in some, by two plans that were found. All else is open.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from didymium.case.case import Case, Project
from didymium.case.network import Network
from didymium.case_inputs import CaseInputs
from didymium.engine.control import Options
from didymium.engine.entries import Candidate, EntryModel, candidates_of
from didymium.engine.matrix import CostArrays
from didymium.engine.search import FEW_INTEGERS
from didymium.engine.solve import prepare
from didymium.engine.start import start_modules
from didymium.errors import NoPlan, Unfinished
from didymium.plan.answer import Answer
from didymium.plans import Plan
from didymium.reports.names import project_name
from didymium.result_folder import Finished
from didymium.solving import SolveCallbacks, checked_plan, start_of, tree_for
from didymium.studies.entry_costs import (
    ALWAYS,
    NEVER,
    OPEN,
    SAME,
    SOME,
    EntryCost,
    EntryCosts,
    Finding,
    FoundPlan,
    is_open,
    undecided,
)
from didymium.studies.first_plan import first_plan
from didymium.studies.unlike import UnlikePlans
from didymium.studies.year_ranges import YearRange, class_years

SEARCHES = 3.0  # times the CPU time of the first solve that searches over open candidates may take in all


@dataclass(frozen=True, slots=True)
class OtherPlan:
    """A plan within the margin: its cost, M USD, and the candidates that it builds, by place."""

    cost: float
    entered: frozenset[int]
    modules: Mapping[tuple[str, int], int]
    """(project, decision year) -> modules."""


@dataclass(slots=True)
class Alternatives:
    """What was found: `plan` is the first plan solved, `cost` that of the best plan, `bound` one on all plans, M USD.

    `within` is the margin as a share of the cost. `elsewhere` has, by scenario or level of the targets, the projects
    that the plan found there builds.
    """

    inputs: CaseInputs
    scenario: str
    within: float
    plan: Plan
    cost: float
    bound: float
    entries: list[EntryCost] = field(default_factory=list)
    plans: list[OtherPlan] = field(default_factory=list)
    elsewhere: dict[str, set[str]] = field(default_factory=dict)
    by_years: dict[int, list[YearRange]] = field(default_factory=dict)  # of each candidate, by place
    complete: bool = True

    @property
    def limit(self) -> float:
        """The cost up to which a plan is a good one, M USD."""
        return self.cost + self.within * abs(self.cost)

    def class_of(self, entry: EntryCost) -> str:
        """Return always, some, never or open: in how many good plans a candidate is."""
        limit = self.limit + SAME * abs(self.cost)
        if entry.outside.impossible or entry.outside.bound > limit:
            return ALWAYS
        if entry.inside.impossible or entry.inside.bound > limit:
            return NEVER
        both = all(side.found is not None and side.found <= limit for side in (entry.inside, entry.outside))
        return SOME if both else OPEN

    def cost_of(self, entry: EntryCost, forced: bool) -> tuple[float, float | None] | None:
        """Return what it costs to force a candidate in, or to forbid it, against the least cost, M USD, at least and at
        most (None: no such plan was found); None where no such plan exists."""
        side = entry.side(forced)
        if side.impossible:
            return None
        small = SAME * max(1.0, abs(self.cost))
        low, high = side.bound - self.cost, None if side.found is None else side.found - self.bound
        return (low if low > small else 0.0, high if high is None or high > small else 0.0)


def candidates(case: Case, net: Network) -> list[Candidate]:
    """Return the candidates of a path: projects of which more can be decided than is committed, those that are alike in
    all but their names as one."""
    decidable = dict.fromkeys(p for p, _ in net.builds)
    return candidates_of(
        (p, case.projects[p].min_modules, case.projects[p].max_modules, _kind(case, case.projects[p]))
        for p in decidable
    )


def _kind(case: Case, project: Project) -> object:
    """What alike projects share; a project that other tables name is like no other."""
    named = {k.project for k in case.contracts.values()} | {s.project for s in case.shocks}
    named |= {h.project for h in case.holds} | {p.requires for p in case.projects.values() if p.requires}
    named |= {p for i in case.instruments.values() for p in i.projects}
    if project.name in named or project.name in case.commodities or project.group:
        return project.name
    return replace(project, name="")


@dataclass(slots=True)
class Work:
    """A study under way: what was found so far, the model on which it is found, and the CPU seconds of the first
    solve."""

    found: Alternatives
    costs: EntryCosts
    net: Network
    arrays: CostArrays
    spent: float
    status: Callable[[str], None]
    finished: Finished


def find_alternatives(
    inputs: CaseInputs,
    within: float,
    count: int,
    scenario: str | None,
    start: Answer | None,
    options: Options,
    callbacks: SolveCallbacks,
) -> Alternatives:
    """Solve the case, then class every candidate; `count` plans as unlike as possible.

    Raises as `didymium.solve`.
    """
    work = begin(inputs, within, scenario, start, options, callbacks)
    try:
        class_all(work)
        if count and not work.costs.stopped:
            _add_unlike(work, count)
        search_open(work)
        _keep_good(work, count)
        class_years(work)
    finally:
        work.costs.close()
    work.found.complete = not work.costs.stopped
    return work.found


def begin(
    inputs: CaseInputs,
    within: float,
    scenario: str | None,
    start: Answer | None,
    options: Options,
    callbacks: SolveCallbacks,
) -> Work:
    """Solve the case, from a plan where there is one, and make ready the model in which candidates are held."""
    status = callbacks.on_status or (lambda message: None)
    tree = tree_for(inputs, scenario, stochastic=False)
    known = None if start is None else start_of(inputs, start, status)
    status("solving the case")
    first = first_plan(inputs, tree, options, callbacks, known)
    plan = first.plan
    net, matrix, arrays = prepare(inputs.case, tree)
    model = EntryModel(matrix, candidates(inputs.case, net))
    best = start_modules(matrix, net, start_of(inputs, plan, lambda message: None).decisions)
    bound = -np.inf if first.bound is None else first.bound
    costs = EntryCosts(model, best, plan.cost, bound, options, callbacks.interrupt)
    found = Alternatives(inputs, next(iter(tree.leaves)), within, plan, plan.cost, bound, costs.entries)
    return Work(found, costs, net, arrays, first.spent, status, callbacks.finished)


def class_all(work: Work, only: Sequence[int] | None = None) -> None:
    """Work out a bound and a plan for every candidate, or for some, on the side that the best plan is not on."""
    costs = work.costs
    wanted = range(len(costs.entries)) if only is None else only
    work.status("solving the relaxation")
    names = [work.costs.entries[k].candidate.name for k in wanted]
    if message := work.finished.message([f"candidate {name}" for name in names], "candidates"):
        work.status(message)
    if costs.relax():
        for done, k in enumerate(wanted, 1):
            if costs.stopped:
                break
            work.status(f"candidate {done} of {len(wanted)}: {name_of(work, k)}")
            costs.take(k, not costs.entries[k].built, _remembered(work, k, "candidate", partial(costs.probe, k)))
    settle(work)


def _remembered(work: Work, k: int, what: str, make: Callable[[], Finding]) -> Finding:
    """What a look at a candidate brings, as an earlier run kept it or as it is made now."""
    columns = len(work.costs.model.matrix.cost)
    name = f"{what} {work.costs.entries[k].candidate.name}"
    return work.finished.remember(name, make, Finding.to_json, lambda value: Finding.from_json(value, columns))


def search_side(work: Work, k: int, forced: bool, seconds: float) -> None:
    """Search over the plans with a candidate, or over those without it, for so many seconds."""
    costs, what = work.costs, "search with" if forced else "search without"
    costs.take(k, forced, _remembered(work, k, what, lambda: costs.search(k, forced, seconds)))
    settle(work)


def settle(work: Work) -> None:
    """Take over what all plans found tell of each candidate, and the cheapest of them."""
    work.costs.settle()
    work.found.cost = work.costs.pool.best.cost
    sides = [(entry.inside, entry.outside) for entry in work.costs.entries]
    both = [min(np.inf if side.impossible else side.bound for side in pair) for pair in sides]  # every plan is in one
    work.found.bound = min(max([work.found.bound, *both]), work.found.cost)


def _add_unlike(work: Work, count: int) -> None:
    """Plans within the margin, as unlike as possible; the best one first."""
    found, costs = work.found, work.costs
    found.plans = [_other(work, costs.pool.best)]
    for plan in UnlikePlans(costs, found.limit, costs.options, work.finished).plans():
        found.plans.append(_other(work, plan))
        work.status(f"plan {len(found.plans)} of {count + 1} within the margin")
        if len(found.plans) > count:
            break
    settle(work)


def _keep_good(work: Work, count: int) -> None:
    """The best plan first, and of the others those that still are within the margin of it."""
    found, best = work.found, work.costs.pool.best
    if found.plans and best.cost < found.plans[0].cost:
        found.plans.insert(0, _other(work, best))
    found.plans = [plan for plan in found.plans if plan.cost <= found.limit][: count + 1]


def _other(work: Work, plan: FoundPlan) -> OtherPlan:
    model = work.costs.model
    entered = frozenset(np.flatnonzero(model.entered(plan.modules)).tolist())
    decided: dict[tuple[str, int], int] = {}
    for j, number in zip(model.modules.tolist(), plan.modules.tolist(), strict=True):
        if number > 0:
            p, n = model.matrix.columns[j][1]
            decided[str(p), work.net.tree.nodes[str(n)].year] = int(number)
    return OtherPlan(plan.cost, entered, decided)


def search_open(work: Work) -> None:
    """Search over plans with a candidate held where neither a bound nor a plan decides; of a small model also where a
    bound and the plan found differ."""
    found, costs, budget = work.found, work.costs, SEARCHES * work.spent
    small = is_small(work)
    begun = time.process_time()
    wanted = _inexact(costs) if small else list(undecided(costs.entries, lambda: found.limit))
    for done, (k, forced) in enumerate(wanted):
        if costs.stopped or (not small and time.process_time() - begun > budget):
            break
        side = costs.entries[k].side(forced)
        if side.searched or not (small or is_open(side, found.limit)):
            continue
        work.status(f"search {done + 1} of {len(wanted)}: {name_of(work, k)}")
        limit = costs.options.time_limit
        search_side(work, k, forced, limit if small else min(limit, max(5.0, budget / 4)))


def name_of(work: Work, k: int) -> str:
    """Return the name of a candidate, as a clock shows it."""
    return project_name(work.found.inputs.source, work.costs.entries[k].candidate.name)


def is_small(work: Work) -> bool:
    """Whether the model is so small that every question about it is searched to the end."""
    return len(work.costs.model.modules) <= FEW_INTEGERS


def _inexact(costs: EntryCosts) -> list[tuple[int, bool]]:
    return [
        (k, forced)
        for k, entry in enumerate(costs.entries)
        for forced in (True, False)
        if not (side := entry.side(forced)).impossible
        and (side.found is None or side.found - side.bound > SAME * abs(side.found))
    ]


def add_scenarios(found: Alternatives, options: Options, callbacks: SolveCallbacks) -> None:
    """Solve every other scenario, foreseen, from the best plan, and keep what each builds."""
    status = callbacks.on_status or (lambda message: None)
    for name in found.inputs.case.scenarios:
        if name == found.scenario or (callbacks.interrupt is not None and callbacks.interrupt.requested):
            continue
        status(f"scenario {name}")
        built = callbacks.finished.remember(
            f"scenario {name}",
            partial(_built_in, found, name, options, callbacks),
            lambda projects: {"projects": None if projects is None else sorted(projects)},
            lambda value: None if value["projects"] is None else set(value["projects"]),
        )
        if built is not None:
            found.elsewhere[f"scenario {name}"] = built


def _built_in(found: Alternatives, scenario: str, options: Options, callbacks: SolveCallbacks) -> set[str] | None:
    """The projects that a plan of a scenario builds; None where none was found."""
    start = start_of(found.inputs, found.plan, lambda message: None)
    tree = tree_for(found.inputs, scenario, stochastic=False)
    try:
        plan, _ = checked_plan(found.inputs, tree, options, callbacks.of_one_solve, start=start)
    except (NoPlan, Unfinished):
        return None
    return entered_projects(found.inputs.case, plan.tables["investments"])


def entered_projects(case: Case, rows: Sequence[Mapping[str, object]]) -> set[str]:
    """Return the projects of which rows of investments build more than is committed."""
    totals: dict[str, int] = {}
    for row in rows:
        project = str(row["project"])
        totals[project] = totals.get(project, 0) + int(str(row["modules"]))
    return {p for p, n in totals.items() if p in case.projects and n > case.projects[p].min_modules}

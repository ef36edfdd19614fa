"""Why each project is in a plan or not: what the other way costs, at which price it would enter, what it would replace,
and which rules around it bind.

In the plan means in that of the result. Costs are against the cheapest plan that is known, which may be another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from didymium.case.build import build_case
from didymium.case_inputs import CaseInputs
from didymium.engine.control import Options
from didymium.engine.matrix import Floats
from didymium.engine.start import start_modules
from didymium.errors import BadWorkbook, Problem
from didymium.holding import project_of
from didymium.plan.answer import Answer
from didymium.plan.rows import as_number
from didymium.reports.names import project_name
from didymium.solving import SolveCallbacks, start_of, tree_for
from didymium.studies.alternatives import Alternatives, Work, begin, class_all, is_small, name_of, search_side, settle
from didymium.studies.binding import binding_rules
from didymium.studies.entry_costs import SAME, EntryCost, FoundPlan
from didymium.studies.entry_floors import Floor, floor_of
from didymium.studies.entry_prices import (
    CUT,
    PREMIUM,
    Price,
    Prices,
    Worth,
    first_price,
    worth_of_cut,
    worth_of_premium,
)

EXACT = 1e-7  # gap to which a small model is searched, so that prices are known to one percent
TONNES = 1.0  # t over the plan: a smaller change in what is bought is none
MAX_CHANGES = 3  # of each kind that are named


@dataclass(frozen=True, slots=True)
class Changes:
    """What another plan does otherwise than that of the result."""

    leaves: list[str] = field(default_factory=list)
    enters: list[str] = field(default_factory=list)
    bought: list[tuple[str, float]] = field(default_factory=list)
    """(offer, t more over the whole plan; less than 0: fewer)"""
    runs: bool = True
    """Whether the project, where it is forced in, is ever run."""


@dataclass(slots=True)
class Reason:
    """A candidate explained: what is known of it, whether the plan of the result builds it, prices of entry where
    neither that nor the cheapest plan does (`floor`: on which good the premium is a price floor), what changes with it
    or without it, and rules around it that bind."""

    entry: EntryCost
    in_plan: bool
    cut: Price | None = None
    premium: Price | None = None
    floor: Floor | None = None
    changes: Changes | None = None
    binding: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Explanation:
    """Every candidate of a plan explained: what the result states that this plan costs, and as its bound (None: none),
    M USD; `cheaper` is what a plan found on the way, which costs less, builds otherwise (None: no plan does)."""

    found: Alternatives
    reasons: list[Reason]
    cost: float
    bound: float | None
    cheaper: Changes | None


def find_reasons(answer: Answer, projects: Sequence[str], options: Options, callbacks: SolveCallbacks) -> Explanation:
    """Explain every candidate of a result, or only some projects, for which also a search is made.

    Raises BadWorkbook for an unknown project, or a result of several scenarios; else as `didymium.solve`.
    """
    if len(answer.scenarios) > 1:
        text = "is a plan for several scenarios; explain takes that of one, so solve the base and explain it"
        raise BadWorkbook([Problem(answer.source.source.name, text)])
    inputs = CaseInputs(answer.source, build_case(answer.source), [])
    wanted = _wanted(inputs, projects)
    work = begin(inputs, 0.0, answer.scenarios[0], answer, options, callbacks)
    try:
        _take_over_bound(work, answer)
        small = is_small(work)
        if small:
            work.costs.options = replace(options, gap=min(options.gap, EXACT))
        chosen = _places(work, wanted)
        class_all(work, chosen)
        if small or wanted:
            _search(work, chosen)
        plan = _plan_of(work, answer)
        reasons = [_reason(work, k, plan, small or bool(wanted)) for k in chosen]
    finally:
        work.costs.close()
    work.found.complete = not work.costs.stopped
    saved = answer.cost - work.found.cost > SAME * max(1.0, abs(answer.cost))
    return Explanation(work.found, reasons, answer.cost, _stated_bound(answer), _cheaper(work, plan) if saved else None)


def _stated_bound(answer: Answer) -> float | None:
    stated = answer.summary.get("bound_musd")
    return None if stated is None else as_number(stated)


def _take_over_bound(work: Work, answer: Answer) -> None:
    """Take over the bound that the result states, which a search may have proven beyond what this run needed."""
    stated = _stated_bound(answer)
    if stated is None or stated > work.found.cost:
        return
    for entry in work.costs.entries:
        for side in (entry.inside, entry.outside):
            side.bound = max(side.bound, stated)
    work.found.bound = max(work.found.bound, stated)


def _plan_of(work: Work, answer: Answer) -> FoundPlan:
    """The plan of the result, operated at least cost; where no plan found costs less, it is the best one."""
    costs, found = work.costs, work.found
    start = start_of(found.inputs, answer, lambda message: None)
    modules = np.round(start_modules(costs.model.matrix, work.net, start.decisions))
    known = [p for p in costs.pool.plans if p.x is not None and np.array_equal(p.modules, modules)]
    plan = known[0] if known else costs.operated(modules) or FoundPlan(answer.cost, modules)
    if not known:
        costs.pool.add(plan)
        settle(work)
    if plan.cost - found.cost <= SAME * max(1.0, abs(found.cost)):
        for entry, built in zip(costs.entries, costs.model.entered(modules).tolist(), strict=True):
            entry.built = bool(built)
    return plan


def _cheaper(work: Work, plan: FoundPlan) -> Changes:
    """What the best plan found builds otherwise than the plan of the result."""
    before = work.costs.model.entered(plan.modules).tolist()
    both = [(entry.candidate.name, was, entry.built) for entry, was in zip(work.costs.entries, before, strict=True)]
    return Changes([p for p, was, now in both if was and not now], [p for p, was, now in both if now and not was])


def _wanted(inputs: CaseInputs, projects: Sequence[str]) -> list[str]:
    found, problems = [], []
    for text in projects:
        project, wrong = project_of(inputs.source, text)
        found.append(project)
        problems += [Problem(f"--project {text}", wrong)] if wrong else []
    if problems:
        raise BadWorkbook(problems)
    return found


def _places(work: Work, wanted: Sequence[str]) -> list[int]:
    """The candidates to explain. Raises BadWorkbook where a project is none."""
    owner = {p: k for k, entry in enumerate(work.costs.entries) for p in entry.candidate.projects}
    problems = [
        Problem(f"--project {p}", "is no candidate: the plan decides nothing about it")
        for p in wanted
        if p not in owner
    ]
    if problems:
        raise BadWorkbook(problems)
    return list(dict.fromkeys(owner[p] for p in wanted)) if wanted else list(range(len(work.costs.entries)))


def _search(work: Work, chosen: Sequence[int]) -> None:
    """Searches on both sides of every candidate whose costs are not known exactly."""
    costs = work.costs
    for done, k in enumerate(chosen, 1):
        for forced in (True, False):
            side = costs.entries[k].side(forced)
            known = side.found is not None and side.found - side.bound <= SAME * abs(side.found)
            if not (side.impossible or known or costs.stopped):
                work.status(f"search {done} of {len(chosen)}: {name_of(work, k)}")
                search_side(work, k, forced, costs.options.time_limit)


def _reason(work: Work, k: int, plan: FoundPlan, refine: bool) -> Reason:
    entry, matrix = work.costs.entries[k], work.costs.model.matrix
    in_plan = bool(work.costs.model.entered(plan.modules)[k])
    reason, other = Reason(entry, in_plan), work.costs.pool.cheapest(k, not in_plan)
    if plan.x is not None:
        reason.binding = binding_rules(work.found.inputs, work.net, matrix, plan.x, entry.candidate, in_plan)
        if other is not None and other.x is not None:
            reason.changes = _changes(work, k, plan.x, other.x)
    if in_plan or entry.built or entry.inside.impossible:
        return reason
    x = None if other is None else other.x
    if x is not None:
        reason.floor = floor_of(entry.candidate, work.net, matrix, x)
    reason.cut, reason.premium = (_price(work, entry, kind, x, refine) for kind in (CUT, PREMIUM))
    return reason


def _price(work: Work, entry: EntryCost, kind: str, x: Floats | None, refine: bool) -> Price | None:
    """A price of entry. None where plans without the candidate have some of it at that price too: modules that are
    committed, or a plant that stands and would have the premium."""
    candidate, case, matrix = entry.candidate, work.found.inputs.case, work.costs.model.matrix
    existing_capacity = any(case.projects[p].existing > 0 for p in candidate.projects)
    if candidate.committed or (kind == PREMIUM and existing_capacity):
        return None
    if kind == CUT:
        worth = worth_of_cut(candidate, work.net, matrix, work.arrays)
    else:
        worth = worth_of_premium(candidate, case, work.net, matrix)
    exact = kind == PREMIUM or not any(limit.measure == "capex_musd" for limit in case.limits.values())
    gain = 0.0 if x is None else worth.of(matrix.columns, x)
    price = first_price(entry, worth, gain, work.found.cost, work.found.bound, exact)
    return _refined(work, entry, kind, price, worth) if refine and not work.costs.stopped else price


def _refined(work: Work, entry: EntryCost, kind: str, price: Price, worth: Worth) -> Price:
    """A price found by solves of the case with that price in it; as it was where they tell no more."""
    undecided = entry.inside.bound <= work.found.cost and not is_small(work)
    if price.high is None or undecided or (kind == CUT and price.low > 1):
        return (
            price  # where the gap does not decide that it costs anything, no solve will tell at which price it enters
        )
    tree = tree_for(work.found.inputs, work.found.scenario, stochastic=False)
    search = Prices(work.found.inputs.case, tree, entry.candidate, work.costs.options, work.costs.interrupt)
    first = min(price.high, 1.0) if kind == CUT else price.high
    work.status(f"price of entry: {project_name(work.found.inputs.source, entry.candidate.name)}")
    found = work.finished.remember(
        f"price {kind} {entry.candidate.name}",
        lambda: search.find(kind, first, entry.outside, worth),
        lambda price: {"price": None if price is None else asdict(price)},
        lambda value: None if value["price"] is None else Price(**value["price"]),
    )
    if found is None:
        return price
    highs = [high for high in (price.high, found.high) if high is not None]
    return Price(max(price.low, found.low), min(highs), found.verified, price.found)


def _changes(work: Work, k: int, best: Floats, other: Floats) -> Changes:
    """What the other plan builds and buys otherwise."""
    model, case = work.costs.model, work.found.inputs.case
    before, after = (model.entered(np.round(x[model.modules])) for x in (best, other))
    named = [entry.candidate.name for entry in work.costs.entries]
    leaves = [named[j] for j in np.flatnonzero(before & ~after).tolist() if j != k]
    enters = [named[j] for j in np.flatnonzero(after & ~before).tolist() if j != k]
    span = {n: node.span for n, node in work.net.tree.nodes.items()}
    bought: dict[str, float] = dict.fromkeys(case.offers, 0.0)
    for j, (name, index) in enumerate(model.matrix.columns):
        if name == "buy":
            bought[str(index[0])] += span[str(index[-1])] * float(other[j] - best[j])
    largest = sorted(((o, t) for o, t in bought.items() if abs(t) >= TONNES), key=lambda pair: -abs(pair[1]))
    mine = set(work.costs.entries[k].candidate.projects)
    run = [
        other[j] > TONNES
        for j, (name, index) in enumerate(model.matrix.columns)
        if name in ("run", "throughput") and index[0] in mine
    ]
    return Changes(leaves, enters, largest[:MAX_CHANGES], bool(before[k]) or any(run))

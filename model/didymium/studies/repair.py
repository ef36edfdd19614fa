"""Where no plan meets every hard rule: the least relaxation, how far one can go, and single cells whose change restores
a plan, each verified by a solve of the changed case."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from didymium.case.tree import Tree
from didymium.case_inputs import CaseInputs
from didymium.engine.control import Options
from didymium.engine.elastic import ElasticModel, Relaxation, key_of
from didymium.engine.solve import prepare
from didymium.engine.start import Start
from didymium.errors import BadWorkbook, NoPlan, Unfinished
from didymium.solving import SolveCallbacks, checked_plan, tree_for
from didymium.studies.first_plan import start_from
from didymium.studies.levels import at_level, in_words
from didymium.studies.minimum_change import MinimumChange
from didymium.studies.neighbour import solve_near
from didymium.studies.relaxed_rules import RelaxedRule, relaxed_rules, with_cells
from didymium.studies.repair_cells import Lever, Levers
from didymium.studies.repair_order import RepairOrder

ANY_GAP = 1.0  # that there is a plan is enough
CASE_SECONDS = 120.0  # that one changed case may take: of the default case an easy one takes 7 s of one processor
WANTED = 5  # repairs that are looked for
ENOUGH = 3  # so many are, where each more takes many solves of a large model
SMALL = 5_000  # columns up to which a model is none
AT_ONE_KIND = 2  # repairs of one kind, while others may be found
DOUBLINGS = 12  # of a value that has no end, until it is called of no help
HALVINGS = 25
WIDEST = 1e4  # times the least change that may be enough: how far beyond it the end of a cell is thought to be
APART = 1.0  # percent of the full targets: how near the highest point reached and the lowest unreachable one come


@dataclass(frozen=True, slots=True)
class Repair:
    """A cell whose change restores a plan, the value it then has (None: a blank), and what a plan of the changed case
    costs, M USD: no least cost."""

    lever: Lever
    value: object
    cost: float


@dataclass(slots=True)
class Explained:
    """What stands in the way of a plan. `feasible`: whether every hard rule can be met after all; None: not known."""

    inputs: CaseInputs
    scenario: str
    feasible: bool | None = None
    rules: list[RelaxedRule] = field(default_factory=list)
    relaxation: Relaxation | None = None
    together: bool = False  # whether a plan was found when all of `rules` are relaxed by their cells
    repairs: list[Repair] = field(default_factory=list)
    tried: int = 0  # cells that were looked at, those ruled out together included
    ruled_out: int = 0  # cells of those tried of which the relaxation proves that none restores a plan alone
    undecided: int = 0  # cells of those tried of which it was not known in time whether one restores a plan
    of: int = 0
    columns: int = 0  # of its model
    reach: tuple[float, float] | None = None  # percent of all targets: reached, and not reached
    reach_proven: bool = True  # whether the latter is out of reach, proven
    complete: bool = True


class _Stopped(Exception):
    """The time is up, or the search was stopped by hand."""


class _Search:
    """The solves of one explanation, under one time limit."""

    def __init__(self, scenario: str | None, options: Options, callbacks: SolveCallbacks) -> None:
        self.scenario, self.options, self.interrupt = scenario, options, callbacks.interrupt
        self.finished = callbacks.finished
        self.ends = time.monotonic() + options.time_limit
        self.near: Start | None = None  # the last case with a plan: the next is its neighbour
        self.undecided = 0  # cases of which it is not known whether they have a plan

    @property
    def left(self) -> float:
        """The seconds that are left. Raises _Stopped where there are none."""
        left = self.ends - time.monotonic()
        if left <= 0 or (self.interrupt is not None and self.interrupt.requested):
            raise _Stopped
        return left

    def tree(self, inputs: CaseInputs) -> Tree:
        """The path of the scenario."""
        return tree_for(inputs, self.scenario, stochastic=False)

    def has_plan(self, inputs: CaseInputs, seconds: float = CASE_SECONDS) -> bool | None:
        """Whether a case has a plan; None where neither a plan nor a proof that there is none is found in time."""
        name = f"has a plan {inputs.source.content_sha256()}"
        answer = self.finished.remember(name, lambda: self._has_plan(inputs, seconds), lambda answer: answer, bool)
        self.undecided += answer is None
        return answer

    def _has_plan(self, inputs: CaseInputs, seconds: float) -> bool | None:
        tree = self.tree(inputs)
        found = solve_near(inputs.case, tree, self.near, self._part(seconds), self.interrupt)
        if found.cost is not None:
            self.near = found.start(tree)
            return True
        return False if found.infeasible else None

    def cost(self, inputs: CaseInputs) -> float | None:
        """The cost of a plan of a case, M USD, found and re-checked as `didymium solve` does, at any gap; None where
        there is none."""
        name = f"cost {inputs.source.content_sha256()}"
        return self.finished.remember(name, lambda: self._cost(inputs), lambda cost: cost, float)

    def _cost(self, inputs: CaseInputs) -> float | None:
        tree, callbacks = self.tree(inputs), SolveCallbacks(interrupt=self.interrupt)
        try:
            plan, solution = checked_plan(inputs, tree, self._part(CASE_SECONDS), callbacks, start=self.near)
        except NoPlan:
            return None
        except Unfinished:
            self.undecided += 1
            return None
        self.near = start_from(inputs, plan, solution.basis)
        return plan.cost

    def _part(self, seconds: float) -> Options:
        """The options of one solve: it ends with its first plan."""
        return replace(self.options, gap=ANY_GAP, time_limit=min(self.left, seconds))


def find_repairs(inputs: CaseInputs, scenario: str | None, options: Options, callbacks: SolveCallbacks) -> Explained:
    """Find out what stands in the way of a plan of one scenario, and which single cells would restore one.

    The time limit is that of all together; an interrupt ends it with what is found so far. Raises BadWorkbook for an
    unknown scenario.
    """
    search = _Search(scenario, options, callbacks)
    found = Explained(inputs, next(iter(search.tree(inputs).leaves)))
    status = callbacks.on_status or (lambda message: None)
    try:
        _explain(found, search, status)
    except _Stopped:
        found.complete = False
    return found


def _explain(found: Explained, search: _Search, status: Callable[[str], None]) -> None:
    inputs = found.inputs
    status("looking for a plan that meets every hard rule")
    found.feasible = search.has_plan(inputs, math.inf)
    if found.feasible is not False:
        return
    net, matrix, _ = prepare(inputs.case, search.tree(inputs))
    status("no plan meets every hard rule; looking for the fewest rules that must be relaxed")
    model = ElasticModel(matrix, search.options, search.interrupt, search.left / 3)
    found.relaxation = search.finished.remember(
        "least relaxation",
        model.fewest,
        lambda found: found.to_json() if found is not None and found.fewest else None,
        Relaxation.from_json,
    )
    rows = [] if found.relaxation is None else list(found.relaxation.by_row)
    if found.relaxation is not None:
        found.rules = relaxed_rules(inputs.source, net, matrix, found.relaxation)
        changed = with_cells(inputs, found.rules)
        found.together = changed is not None and search.cost(changed) is not None
    alone = None if found.relaxation is None else found.relaxation.alone()
    rows += [k for k, _ in enumerate(matrix.rows) if k not in rows and key_of(matrix, k) in (alone or ())]
    levers = Levers(inputs.source, net, matrix).found(rows, model.conflict())
    minimum = MinimumChange(inputs, search.scenario, net, matrix, model, alone, search.options, search.interrupt)
    found.of, found.columns = len(levers), len(matrix.cost)
    order = RepairOrder(levers, minimum.none_of)
    for repair in _repairs(found, order, minimum, search, status):
        found.repairs.append(repair)
        status(f"{repair.lever.place}: {_value(repair.value)} restores a plan")
    if any(rule.kind in {target.kind for target in inputs.case.targets.values()} for rule in found.rules):
        _reach(found, search, status)


def _reach(found: Explained, search: _Search, status: Callable[[str], None]) -> None:
    """How far all targets together can be reached, percent of what they require in full."""
    low, high = 0.0, 100.0
    status("how far all targets together can be reached")
    if not search.has_plan(at_level(found.inputs, 0.0, [])):
        return
    while high - low > APART:
        middle = round((low + high) / 2, 2)
        answer = search.has_plan(at_level(found.inputs, middle, []))
        low, high = (middle, high) if answer else (low, middle)
        found.reach_proven = answer is not None if not answer else found.reach_proven
        status(f"how far all targets together can be reached: at least {in_words(low)}")
    found.reach = low, high


def _repairs(
    found: Explained, order: RepairOrder, minimum: MinimumChange, search: _Search, status: Callable[[str], None]
) -> Iterator[Repair]:
    """Try one lever after the other until enough restore a plan; those of a kind that is known wait for the others."""
    while len(found.repairs) < WANTED:
        count = Counter(repair.lever.kind for repair in found.repairs)
        dear = len(found.repairs) < ENOUGH or found.columns <= SMALL
        lever = order.next([kind for kind, known in count.items() if known >= AT_ONE_KIND], dear)
        found.tried, found.ruled_out = order.taken, order.ruled_out
        if lever is None:
            return
        status(f"cell {found.tried} of {found.of}: {lever.place}, {lever.what}; {search.left:,.0f} s left")
        before = search.undecided
        repair = _repaired(found.inputs, lever, minimum.of(lever), search)
        if repair is not None:
            yield repair
        else:
            found.undecided += search.undecided > before


def _repaired(inputs: CaseInputs, lever: Lever, guess: float | None, search: _Search) -> Repair | None:
    """The least change of a cell that restores a plan, rounded as planners write it and verified; None where none
    does. `guess` is the nearest value that may be right, by the relaxation."""

    def case_with(value: object) -> CaseInputs | None:
        try:
            return inputs.with_cell(lever.row.sheet, lever.row.number, lever.column, value)
        except BadWorkbook:  # the other cells of the row do not allow it
            return None

    def restores(value: object) -> bool:
        case = case_with(value)
        return case is not None and search.has_plan(case) is True

    for value in _values(lever, guess, restores):
        case = case_with(value)
        cost = None if case is None else search.cost(case)
        if cost is not None:
            return Repair(lever, value, cost)
    return None


def _values(lever: Lever, guess: float | None, restores: Callable[[object], bool]) -> Iterator[object]:
    """Values that may restore a plan, the least change first: the last is the furthest that the cell can go."""
    if guess is not None and lever.number is not None and guess != lever.number:
        yield _rounded_once(lever, guess)
    far: float | None = None
    if lever.number is None or lever.end is None:
        if not restores(lever.end):
            return
        far = None if lever.number is None or lever.column == "retires_year" else _doubled(lever, restores)
    else:
        far = _far_end(lever, restores)
        if far is None:
            return
    if far is not None and lever.number is not None:
        bad, good = _halved(lever, *_around(lever, guess, far, restores), restores)
        yield from dict.fromkeys([*_inward(lever, bad, good, restores), *_rounded(lever, good, far)])
    if lever.end is None or isinstance(lever.end, str):
        yield lever.end


def _far_end(lever: Lever, restores: Callable[[object], bool]) -> float | None:
    """The furthest value that restores a plan, or one before it where the cells beside it allow no more."""
    assert isinstance(lever.end, (int, float))
    return float(lever.end) if restores(_typed(lever, float(lever.end))) else None


def _doubled(lever: Lever, restores: Callable[[object], bool]) -> float | None:
    """A value that restores a plan in a cell that has no end: the change doubled until it does."""
    now = float(lever.number or 0.0)
    for k in range(DOUBLINGS):
        value = now + max(1.0, abs(now)) * 2.0**k
        if restores(_typed(lever, value)):
            return value
    return None


def _around(lever: Lever, guess: float | None, far: float, restores: Callable[[object], bool]) -> tuple[float, float]:
    """A value that restores no plan and one that does: on both sides of a guess, near to it, where that is right."""
    assert lever.number is not None
    now = lever.number
    if guess is None or not min(now, far) < guess < max(now, far):
        return now, far
    if not restores(_typed(lever, guess)):
        return guess, far
    step = max(1.0, _step(guess - now)) if lever.integer else _step(guess - now)
    less = guess - math.copysign(step, guess - now)
    if abs(less - now) < step:
        return now, guess
    return (now, less) if restores(_typed(lever, less)) else (less, guess)


def _halved(lever: Lever, bad: float, good: float, restores: Callable[[object], bool]) -> tuple[float, float]:
    """Two values near one another: one that restores no plan, nearer to the present one, and one that does."""
    assert lever.number is not None
    start = lever.number
    for _ in range(HALVINGS):
        if abs(good - bad) <= (1.0 if lever.integer else _step(good - start) / 2):
            break
        middle = _between(start, bad, good)
        if lever.integer:
            middle = math.floor(middle) if good < bad else math.ceil(middle)
            if middle in (good, bad):
                break
        if restores(_typed(lever, middle)):
            good = middle
        else:
            bad = middle
    return bad, good


def _between(start: float, bad: float, good: float) -> float:
    """A value between two; where the changes are of other orders, one of an order between theirs."""
    size = abs(good - start)
    low = max(abs(bad - start), size / WIDEST)
    change = math.sqrt(low * size) if size > 4 * low else (abs(bad - start) + size) / 2
    return start + math.copysign(change, good - start)


def _inward(lever: Lever, bad: float, good: float, restores: Callable[[object], bool]) -> Iterator[object]:
    """A rounder value between the two, where there is one that restores a plan."""
    if lever.integer or lever.number is None:
        return
    step = _step(good - lever.number)
    for grid in (10 * step, step):
        near = math.floor(good / grid + 1e-9) if good > bad else math.ceil(good / grid - 1e-9)
        value = round(near * grid, 9)
        if min(bad, good) < value < max(bad, good) and restores(_typed(lever, value)):
            yield _typed(lever, value)
            return


def _step(change: float) -> float:
    """What the last digit of a value counts for that planners would write: two digits of the change."""
    return 10.0 ** (math.floor(math.log10(abs(change))) - 1) if change else 1.0


def _rounded_once(lever: Lever, guess: float) -> object:
    """The least change that may be enough, rounded away from the present value, but not beyond the cell's end."""
    assert lever.number is not None
    end = lever.end if isinstance(lever.end, (int, float)) else math.copysign(math.inf, guess - lever.number)
    return next(_rounded(lever, guess, float(end)))


def _rounded(lever: Lever, value: float, far: float) -> Iterator[object]:
    """A value rounded away from the present one, then further away."""
    if lever.integer:
        yield _typed(lever, value)
        return
    assert lever.number is not None
    step = _step(value - lever.number)
    for times in (1, 2, 10):
        grid = step * times
        up = math.ceil(value / grid - 1e-9) if far > lever.number else math.floor(value / grid + 1e-9)
        inside = min(up * grid, far) if far > lever.number else max(up * grid, far)
        yield _typed(lever, round(inside, 9))
    yield _typed(lever, far)


def _typed(lever: Lever, value: float) -> object:
    """A number as the cell holds it: of a whole one an integer."""
    return round(value) if lever.integer or value == round(value) else value


def _value(value: object) -> str:
    return "a blank" if value is None else f"{value:,}" if isinstance(value, float) else str(value)

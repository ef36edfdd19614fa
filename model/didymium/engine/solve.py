"""A case to a solution: build, hand over, solve, price, label; and the reasons when there is no plan."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from pyomo.common.gc_manager import PauseGC

from didymium.case.case import Case
from didymium.case.network import Network
from didymium.case.pools import apart, pooled, together
from didymium.case.tree import Tree
from didymium.engine.basis import NamedBasis
from didymium.engine.bound import safe_bound
from didymium.engine.cases import Cases, one_case, proof_of
from didymium.engine.continued import continuing
from didymium.engine.control import OVER, SPARE
from didymium.engine.elastic import relaxations
from didymium.engine.highs import HighsSolve, Interrupt, Options, Outcome, Progress, relative_gap
from didymium.engine.kept_plan import PLAN, PlanKeeper, kept_plan
from didymium.engine.labels import clean_labels
from didymium.engine.matrix import CostArrays, Floats, Matrix, Values, compile_matrix
from didymium.engine.prices import fixed_modules_lp, price_lp
from didymium.engine.rounding import WARM_COLUMNS, LegalModules
from didymium.engine.search import Search
from didymium.engine.start import Start, start_cases, start_modules
from didymium.errors import BrokenPlan, NoPlan, Unfinished
from didymium.result_folder import KeptParts
from didymium.results.proof import Proof
from didymium.rules import build_model
from didymium.statuses import Status, StopReason

Stage = Callable[[str], None]
# Of what a run may take beyond its limit (engine.control), measured: re-check and files take 3 s for the default case
# (842 integers), 11 s for five, 26 s for ten times its projects (8,420), 20 s for its tree of ten (7,979): their rows
# are of plants and nodes, as integers are. Where the machine is slower or shared the model's build takes longer too.
PROOF_SECONDS = 10.0
LARGE_PRICES_PER_COLUMN = 5e-5  # s that the LP of the prices of a large model takes at least: 25 s for that tree
RESERVED, RESERVED_PER_INTEGER, BUILD_PER_NONZERO = 1.0, 2.9e-3, 5.6e-6
SLOWEST = 4.0  # times as slow as measured, at most: a build may take long for other reasons
OnProgress = Callable[[Progress], None]


NO_PRICES = "what one more tonne costs (sheet Prices) is not known: it was not worked out"
UNEXPLAINED: dict[str, object] = {
    "rule": "", "name": "", "year": None, "short_by": None, "unit": "",
    "text": "no plan exists; what stands in its way was not found in the time allowed: give it more time",
}  # fmt: skip


@dataclass(slots=True)
class Solution:
    """What the solver found, without solver or Pyomo: values and duals by component and index.

    `status` is optimal, gap_reached, time_limit or interrupted; `gap` a share of the cost, None if no bound is known.
    """

    net: Network
    status: Status
    objective: float
    bound: float | None
    values: Values
    duals: Values
    costs: Floats  # kind x node, M USD a year before weighting
    kinds: tuple[str, ...]
    clean: bool  # labels as clean as the flows allow
    size: dict[str, int]
    seconds: dict[str, float]
    warnings: list[str] = field(default_factory=list)
    proof: Proof | None = None  # of a bound by duals; `bound` may be higher, by the solver's search
    basis: NamedBasis | None = None  # in which the relaxation of a large model ended

    @property
    def gap(self) -> float | None:
        """Return (cost - bound) / cost; None where no bound is known."""
        return relative_gap(self.objective, self.bound)


@dataclass(slots=True)
class _Clock:
    seconds: dict[str, float] = field(default_factory=dict)
    on_status: Stage | None = None
    started: float = field(default_factory=time.monotonic)

    def start(self, name: str, message: str) -> float:
        if self.on_status:
            self.on_status(message)
        return time.monotonic()

    def stop(self, name: str, started: float) -> None:
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - started


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How the time limit of a solve is shared out, in seconds: the run as a whole may take OVER of it and SPARE more.

    What follows the search (re-check and files) is reserved by the number of integers, and by how much longer the build
    of the model took than by its nonzeros.
    """

    limit: float
    started: float
    integers: int
    nonzeros: int
    build: float

    def search(self) -> float:
        """Return how long the search may take: the limit, less where what follows takes longer than may be spared."""
        return min(self.limit, max(1.0, self.left()))

    def left(self) -> float:
        """Return how long prices and labels may still take, at least 0."""
        slower = min(SLOWEST, max(1.0, self.build / (BUILD_PER_NONZERO * max(1, self.nonzeros))))
        reserved = RESERVED + RESERVED_PER_INTEGER * self.integers * slower
        return max(0.0, self.started + OVER * self.limit + SPARE - reserved - time.monotonic())


def prepare(case: Case, tree: Tree) -> tuple[Network, Matrix, CostArrays]:
    """Return the network of a tree and its model as arrays, in which plants that are alike run as one (case.pools)."""
    with PauseGC():
        net = Network(case, tree)
        model, terms = build_model(pooled(net))
        matrix, costs = compile_matrix(model, terms, list(tree.nodes))
    return net, matrix, costs


def model_size(matrix: Matrix) -> dict[str, int]:
    """Return what summary.json calls `model`: variables, integers, constraints, nonzeros."""
    rows, columns = matrix.a.shape
    return {
        "variables": columns,
        "integers": int(matrix.integer.sum()),
        "constraints": rows,
        "nonzeros": int(matrix.a.nnz),
    }


def solve_tree(
    case: Case,
    tree: Tree,
    options: Options,
    log: Path | None = None,
    on_status: Stage | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
    start: Start | None = None,
    kept: KeptParts | None = None,
    name: str = PLAN,
) -> Solution:
    """Return the least-cost plan over a tree; `start` is a plan to start from, where there is one.

    Better plans are `kept` under a name as they come; one that is kept already takes the place of `start`, and the
    answer is at least as good. Raises NoPlan when none exists, Unfinished when the solver was stopped before it had
    one, BrokenPlan when the plan does not survive rounding.
    """
    clock = _Clock(on_status=on_status)
    at = clock.start("build", "building the model")
    net, matrix, costs = prepare(case, tree)
    clock.stop("build", at)
    known = kept_plan(kept, name)
    keeper = None if kept is None else PlanKeeper(kept, name, net, matrix, known)
    start = start if known is None else known.start
    try:
        solution, cases = _solved(net, matrix, costs, options, log, clock, on_progress, interrupt, start, keeper)
    finally:
        if keeper is not None:
            keeper.close()
    if cases is not None or solution.status in (Status.OPTIMAL, Status.GAP_REACHED):  # not where time is up
        solution.proof = _proof(matrix, cases, options)
    if solution.proof is not None:
        solution.bound = max(solution.proof.bound, solution.bound or -math.inf)
    return solution


def continue_from(
    case: Case,
    tree: Tree,
    fixed: Values,
    until: int,
    options: Options,
    log: Path | None = None,
    fixed_start: Start | None = None,
) -> Solution:
    """Return the least-cost plan over a path whose decisions before the year `until` are fixed; later ones are those
    of `fixed_start` where there is one, or the nearest legal ones.

    Raises as `solve_tree`.
    """
    clock = _Clock()
    net, matrix, costs = prepare(case, tree)
    matrix = continuing(matrix, net, together(net, fixed), until)
    if fixed_start is not None:
        matrix = _with_modules(matrix, start_modules(matrix, net, fixed_start.decisions))
    return _solved(net, matrix, costs, options, log, clock, None, None)[0]


def _with_modules(matrix: Matrix, modules: Floats) -> Matrix:
    """The model with its modules fixed at the legal ones nearest to these. Raises NoPlan where there are none."""
    legal = LegalModules(matrix)
    nearest = legal.nearest(modules, legal.lower, legal.upper)
    if nearest is None:
        raise NoPlan([UNEXPLAINED])
    return fixed_modules_lp(matrix, nearest)


def _solved(
    net: Network,
    matrix: Matrix,
    costs: CostArrays,
    options: Options,
    log: Path | None,
    clock: _Clock,
    on_progress: OnProgress | None,
    interrupt: Interrupt | None,
    start: Start | None = None,
    keeper: PlanKeeper | None = None,
) -> tuple[Solution, Cases | None]:
    """Search, price and label one model; also what proves its bound, where that is known."""
    size = model_size(matrix)
    at = clock.start(
        "solve",
        f"solving {size['variables']:,} variables ({size['integers']:,} integer) in {size['constraints']:,} rules",
    )
    build = clock.seconds.get("build", 0.0)
    limits = TimeLimits(options.time_limit, clock.started, size["integers"], size["nonzeros"], build)
    search = replace(options, time_limit=limits.search())
    modules = None if start is None else start_modules(matrix, net, start.decisions)
    cases = None if start is None else start_cases(matrix, start)
    basis, bound = (None, None) if start is None else (start.basis, start.bound)
    found = Search(matrix, search, log, on_progress, interrupt, modules, cases, net.tree, basis, keeper, bound).run()
    if found.x is None:
        found = _explained(found, matrix, net, options, clock, interrupt)
    clock.stop("solve", at)
    at = clock.start("prices", "fixing what is built; prices and labels")
    priced, x = _priced(matrix, found, replace(options, time_limit=limits.left()))
    labelled = clean_labels(matrix, x, replace(options, time_limit=limits.left())) if limits.left() else None
    clock.stop("prices", at)
    final = x if labelled is None else labelled
    if not matrix.integer.any():
        found.proof = None if priced.row_duals is None else one_case(priced.row_duals)
    solution = Solution(
        net=net,
        status=_status(found, priced.objective),
        objective=float(matrix.cost @ final + matrix.offset),
        bound=found.bound if matrix.integer.any() or priced.row_duals is None else safe_bound(matrix, priced.row_duals),
        values=apart(net, matrix.values(final)),
        duals=duals_by_rule(matrix, priced),
        costs=costs.kinds_by_node(final),
        kinds=costs.kinds,
        clean=labelled is not None,
        size=size,
        seconds=clock.seconds,
        warnings=found.warnings if priced.row_duals is not None else [*found.warnings, NO_PRICES],
        basis=found.basis,
    )
    return solution, found.proof


def _explained(
    found: Outcome, matrix: Matrix, net: Network, options: Options, clock: _Clock, interrupt: Interrupt | None
) -> Outcome:
    """Raise what the lack of a plan means; where nothing stands in its way, search once more, without presolve."""
    if found.stopped in ("time_limit", "interrupted", "memory"):
        raise Unfinished(f"stopped ({found.stopped.replace('_', ' ')}) before any plan was found; give it more time")
    if found.stopped not in ("infeasible", "infeasible_or_unbounded"):
        raise BrokenPlan(f"HiGHS ended without a plan ({found.stopped}); this is a fault of ours")
    if clock.on_status:
        clock.on_status("no plan meets everything; looking for the least that must be relaxed")
    reasons = relaxations(matrix, net, options, interrupt)
    if reasons is None:
        raise NoPlan([UNEXPLAINED])
    if reasons:
        raise NoPlan(reasons)
    again = HighsSolve(matrix, options, presolve="off").solve(interrupt=interrupt)
    if again.x is None:
        raise BrokenPlan(
            "HiGHS finds no plan, yet nothing that can be relaxed stands in its way; this is a fault of ours"
        )
    return again


def _priced(matrix: Matrix, found: Outcome, options: Options) -> tuple[Outcome, Floats]:
    assert found.x is not None
    if found.row_duals is not None and matrix.integer.any():  # operated with its modules fixed: priced already
        return found, found.x
    if matrix.a.shape[1] > WARM_COLUMNS and options.time_limit < LARGE_PRICES_PER_COLUMN * matrix.a.shape[1]:
        return _unpriced(matrix, found.x)
    priced = price_lp(matrix, found.x, options)
    if priced.stopped in ("infeasible", "infeasible_or_unbounded"):
        raise BrokenPlan("the plan does not survive rounding its modules to integers; it was not written")
    if priced.x is None or priced.stopped != StopReason.OPTIMAL:
        return _unpriced(matrix, found.x)
    return priced, priced.x


def _unpriced(matrix: Matrix, x: Floats) -> tuple[Outcome, Floats]:
    """A plan for whose LP there is no time: it is sound, its prices are not known."""
    plan = np.where(matrix.integer, np.round(x), x)
    return Outcome(StopReason.TIME_LIMIT, plan, float(matrix.cost @ plan + matrix.offset), None), plan


def _proof(matrix: Matrix, cases: Cases | None, options: Options) -> Proof | None:
    """What proves a bound outside the solver: what the search found, of a small model the duals of one more LP."""
    if cases is None:
        limit = replace(options, time_limit=min(options.time_limit, PROOF_SECONDS))
        duals = HighsSolve(matrix.relaxed(), limit).solve().row_duals
        cases = None if duals is None else one_case(duals)
    return None if cases is None else proof_of(matrix, cases)


def _status(found: Outcome, objective: float | None) -> Status:
    if found.stopped != "optimal":
        return Status.INTERRUPTED if found.stopped == "interrupted" else Status.TIME_LIMIT
    gap = relative_gap(objective, found.bound)
    return Status.OPTIMAL if gap is not None and gap <= 1e-6 else Status.GAP_REACHED


def duals_by_rule(matrix: Matrix, priced: Outcome) -> Values:
    """Return duals by rule and index: by how much the cost rises when the right-hand side rises by one; empty where
    they are not known."""
    if priced.row_duals is None:
        return {}
    found: Values = {}
    for (rule, index), dual in zip(matrix.rows, priced.row_duals.tolist(), strict=True):
        found.setdefault(rule, {})[index] = dual
    return found

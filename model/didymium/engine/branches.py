"""A tree too large for one model, solved branch by branch: shared decisions from a thinned tree, then each scenario
from its reveal on.

The plan is one of the whole tree, at full resolution. Its bound is that of a Lagrangian: each scenario foreseen, with
prices on what all must decide alike; at no prices it is the wait-and-see cost. Prices are improved until the gap or the
time is reached.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from didymium.case.case import Case
from didymium.case.network import Network
from didymium.case.tree import Tree, full_tree, path_tree
from didymium.engine.highs import HighsSolve, Interrupt, Options, Progress, relative_gap
from didymium.engine.matrix import Floats, Values
from didymium.engine.search import RELAXATION_ERROR
from didymium.engine.solve import Solution, continue_from, prepare, solve_tree
from didymium.errors import NoPlan, Unfinished
from didymium.jobs import WorkerPool

AT_ONCE = 500_000  # variables up to which one model is solved (measured: half as many take two to four minutes and 1.1 GB on two cores)
MOST_BRANCHES = 16  # scenarios of the thinned tree
LATER = 4  # years after the last reveal that the thinned tree keeps of all that follow
Prices = dict[tuple[str, str], float]
"""(project, shared node) -> M USD that a module decided there costs more in the Lagrangian."""


@dataclass(frozen=True, slots=True)
class PerfectForesight:
    """One scenario's relaxation under prices: its bound, M USD, and the modules that it decides in shared nodes."""

    bound: float
    built: dict[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Branch:
    """One scenario from its reveal on: values, duals and costs at the nodes of its path, by the names of the path.

    `bound`: no plan of the path that shares what was held costs less, M USD.
    """

    bound: float
    values: Values
    duals: Values
    costs: Floats
    clean: bool
    size: dict[str, int]
    log: str
    warnings: list[str]


@dataclass(slots=True)
class ParallelContext:
    """How the independent parts of a solve are run, and who hears of them."""

    crew: WorkerPool = field(default_factory=WorkerPool)
    on_status: Callable[[str], None] | None = None
    on_progress: Callable[[Progress], None] | None = None
    interrupt: Interrupt | None = None
    started: float = field(default_factory=time.monotonic)

    def report(self, words: str) -> None:
        if self.on_status:
            self.on_status(words)

    def each(self, work: Callable[..., Any], jobs: list[tuple[Any, ...]], words: str) -> list[Any]:
        """Run jobs, telling how many have ended. Raises Unfinished when asked to stop."""
        ended = 0

        def done(place: int, result: Any) -> None:
            nonlocal ended
            ended += 1
            self.report(f"{words}: {ended} of {len(jobs)}")
            if self.interrupt is not None and self.interrupt.requested:
                raise Unfinished("stopped by hand before any plan of the whole tree was found")

        return self.crew.run(work, jobs, done)


def variables(case: Case) -> int:
    """About how many variables the full tree's model has: as many a node as the base's path."""
    path, tree = path_tree(case, case.base.name), full_tree(case)
    return len(prepare(case, path)[1].cost) * len(tree.nodes) // len(path.nodes)


def shared_until(case: Case, scenario: str) -> int:
    """The first modelled year that is a scenario's own; of the base, the first after every other has left."""
    reveals = [r for s in case.likely if (r := case.scenarios[s].reveal) is not None]
    reveal = case.scenarios[scenario].reveal
    year = max(reveals, default=case.first_year) if reveal is None else reveal
    return next((m for m in case.milestones if m >= year), case.last_year + 1)


def solve_by_branches(case: Case, options: Options, log: Path | None, many: ParallelContext) -> Solution:
    """A plan of the full tree with a proven bound. Raises as `solve_tree`."""
    tree = full_tree(case)
    names = case.likely
    foreseen = _foresee(case, names, options, many)
    bounds = {s: f.bound for s, f in zip(names, foreseen, strict=True)}
    trunk = _trunk(case, bounds, options, log, many)
    try:
        branches = _continue(case, names, trunk.values, options, log, many)
    except NoPlan as refusal:  # of a scenario after these decisions, not of the tree
        raise Unfinished(
            f"the shared decisions found leave a scenario no plan ({refusal}); solve the tree as one model: --route"
            " whole"
        ) from refusal
    last = shared_until(case, case.base.name)
    shared = [n.name for n in tree.nodes.values() if n.scenario == case.base.name and n.year < last]
    solution = _assembled(case, tree, trunk, shared, branches, mixed(case, bounds))
    _raise_bound(case, solution, foreseen, options, many)
    solution.seconds["solve"] = time.monotonic() - many.started
    return solution


def trusting(case: Case, base: Solution, options: Options, log: Path | None, many: ParallelContext) -> Solution:
    """The plan of the full tree that trusts the base: its own plan as long as it goes on, the best made of it in each
    other scenario.

    Its bound holds for plans that trust the base so. Raises NoPlan where a scenario has none from there on, Unfinished
    as `solve_tree`.
    """
    tree = full_tree(case)
    branches = _continue_in_order(case, base.values, options, log, many)
    shared = [n.name for n in tree.nodes.values() if n.scenario == case.base.name]
    bounds = {case.base.name: base.objective, **{s: branches[s].bound for s in case.likely if s != case.base.name}}
    solution = _assembled(case, tree, base, shared, branches, mixed(case, bounds))
    solution.status = _status(solution, options, "time_limit")
    solution.seconds["solve"] = time.monotonic() - many.started
    return solution


def mixed(case: Case, costs: dict[str, float]) -> float:
    """The objective of scenario costs: expected, and the mean of the worst as far as the tail reaches. It rises with
    each of them."""
    probability = {s: case.scenarios[s].probability for s in costs}
    expected = sum(probability[s] * cost for s, cost in costs.items())
    if not case.risk_weight or len(costs) < 2:
        return expected
    left, mean = case.risk_tail, 0.0
    for s, cost in sorted(costs.items(), key=lambda item: -item[1]):
        share = min(left, probability[s])
        mean += share / case.risk_tail * cost
        left -= share
    return (1 - case.risk_weight) * expected + case.risk_weight * mean


def _foresee(case: Case, names: list[str], options: Options, many: ParallelContext) -> list[PerfectForesight]:
    """Every scenario foreseen. Raises NoPlan, with the reasons, where one has no plan even so."""
    jobs: list[tuple[Any, ...]] = [
        (case, s, {}, replace(options, time_limit=max(60.0, options.time_limit))) for s in names
    ]
    found: list[PerfectForesight | None] = many.each(_relaxed, jobs, "scenarios foreseen, for a bound")
    for s, one in zip(names, found, strict=True):
        if one is None:
            solve_tree(case, path_tree(case, s), options, interrupt=many.interrupt)  # raises why
            raise Unfinished(f"the relaxation of {s} did not end in time; give it more time")
    return [one for one in found if one is not None]


def _relaxed(case: Case, scenario: str, prices: Prices, options: Options) -> PerfectForesight | None:
    """The relaxation of a scenario, foreseen, with prices on modules in shared nodes; None where there is none, or not
    in time."""
    _, matrix, _ = prepare(case, path_tree(case, scenario))
    until = shared_until(case, scenario)
    shared = {
        k: (str(i[0]), str(i[1]))
        for k, (c, i) in enumerate(matrix.columns)
        if c == "build" and int(str(i[1])[1:]) < until
    }
    cost = matrix.cost.copy()
    for k, key in shared.items():
        cost[k] += prices.get(key, 0.0)
    relaxed = replace(matrix.relaxed(), cost=cost)
    ways: tuple[dict[str, object], ...] = (
        {"solver": "ipm", "run_crossover": "off"},
        {},
        {"presolve": "off", "solver": "simplex"},
    )
    for way in ways:  # the interior point method does not always end, and presolve calls some sound LPs infeasible
        outcome = HighsSolve(relaxed, options, None, **way).solve()
        if outcome.stopped == "optimal" and outcome.x is not None:
            break
    if outcome.stopped != "optimal" or outcome.x is None or outcome.objective is None:
        return None
    bound = outcome.objective - RELAXATION_ERROR * abs(outcome.objective)
    return PerfectForesight(bound, {key: float(outcome.x[k]) for k, key in shared.items()})


def _trunk(case: Case, bounds: dict[str, float], options: Options, log: Path | None, many: ParallelContext) -> Solution:
    """The shared decisions: the plan of a thinned tree."""
    thin = thinned(case, bounds)
    many.report(
        f"shared decisions from a thinned tree: {len(thin.scenarios)} of {len(case.likely)} scenarios,"
        f" {len(thin.milestones)} of {len(case.milestones)} years"
    )
    part = replace(options, gap=max(options.gap, 0.01), time_limit=max(30.0, options.time_limit / 2))
    return solve_tree(thin, full_tree(thin), part, log, None, many.on_progress, many.interrupt)


def thinned(case: Case, costs: dict[str, float]) -> Case:
    """The case with its most telling scenarios and, after the last reveal, few years.

    Kept are the base and the scenarios whose odds times distance from the base's cost are largest; each other's odds go
    to the scenario of the nearest cost among those revealed no later, or to the base.
    """
    base = case.base.name
    telling = sorted(
        (s for s in costs if s != base), key=lambda s: -case.scenarios[s].probability * abs(costs[s] - costs[base])
    )
    kept = {base, *telling[: MOST_BRANCHES - 1]}
    probability = {s: case.scenarios[s].probability for s in case.scenarios if s in kept}
    for s in telling[MOST_BRANCHES - 1 :]:
        late = case.scenarios[s].reveal or 0
        near = [k for k in kept if k == base or (case.scenarios[k].reveal or 0) <= late]
        probability[min(near, key=lambda k: abs(costs[k] - costs[s]))] += case.scenarios[s].probability
    scenarios = {s: replace(case.scenarios[s], probability=p) for s, p in probability.items()}
    last = max((shared_until(case, s) for s in case.likely), default=case.first_year)
    early, later = [m for m in case.milestones if m <= last], [m for m in case.milestones if m > last]
    steps = sorted({round(k) for k in np.linspace(0, len(later) - 1, min(LATER, len(later)))}) if later else []
    shocks = tuple(s for s in case.shocks if s.scenario in scenarios)
    return replace(case, scenarios=scenarios, shocks=shocks, milestones=(*early, *(later[k] for k in steps)))


def _continue(
    case: Case, names: list[str], held: Values, options: Options, log: Path | None, many: ParallelContext
) -> dict[str, Branch]:
    """Every scenario from its reveal on, each with its share of the time that is left; their logs go one after the
    other into `log`."""
    left = max(10.0, options.time_limit - (time.monotonic() - many.started))
    part = replace(options, gap=options.gap / 2, time_limit=left / max(1, len(names)) * many.crew.workers)
    told = many.each(
        _continued, [(case, s, held, shared_until(case, s), part) for s in names], "scenarios from their reveal on"
    )
    branches = dict(zip(names, told, strict=True))
    for s, branch in branches.items():
        _append(log, f"{s} from {shared_until(case, s)} on", branch.log)
    return branches


def _continue_in_order(
    case: Case, held: Values, options: Options, log: Path | None, many: ParallelContext
) -> dict[str, Branch]:
    """Every scenario of the tree but the base from its reveal on, each after the one it leaves, whose decisions it
    shares until then."""
    found: dict[str, Branch] = {}
    waiting = {at for s in case.likely for at in _before(case, s)} - {case.base.name}
    while waiting:
        next_ones = {s for s in waiting if (case.scenarios[s].parent or case.base.name) not in waiting}
        groups: dict[str, list[str]] = {}
        for s in (name for name in case.scenarios if name in next_ones):
            groups.setdefault(case.scenarios[s].parent or case.base.name, []).append(s)
        for parent, names in groups.items():
            found |= _continue(case, names, found[parent].values if parent in found else held, options, log, many)
        waiting -= next_ones
    return found


def _before(case: Case, scenario: str) -> list[str]:
    """A scenario and those that it descends from."""
    parent = case.scenarios[scenario].parent
    return [scenario, *(_before(case, parent) if parent else [])]


def _continued(case: Case, scenario: str, held: Values, until: int, options: Options) -> Branch:
    """One scenario from its reveal on, what was shared being what it was."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        log = Path(scratch) / "branch.log"
        s = continue_from(case, path_tree(case, scenario), held, until, options, log)
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    bound = s.objective if s.bound is None else min(s.bound, s.objective)
    return Branch(bound, s.values, s.duals, s.costs, s.clean, s.size, text, s.warnings)


def _assembled(
    case: Case, tree: Tree, trunk: Solution, shared: list[str], branches: dict[str, Branch], bound: float
) -> Solution:
    """The plan of the whole tree: `shared` nodes from the trunk, every other from the branch whose it is."""
    values: Values = {}
    duals: Values = {}
    costs = np.zeros((len(trunk.kinds), len(tree.nodes)))
    column = {name: k for k, name in enumerate(tree.nodes)}
    thin_nodes = trunk.net.tree.nodes
    thin_column = {name: k for k, name in enumerate(thin_nodes)}

    def take(found: Values, into: Values, names: dict[str, str], weight: Callable[[str], float]) -> None:
        for component, entries in found.items():
            kept = into.setdefault(component, {})
            for index, value in entries.items():
                node = names.get(str(index[-1]))
                if node is not None:
                    kept[(*index[:-1], node)] = value * weight(node)

    same = {node: node for node in shared}
    take(trunk.values, values, same, lambda node: 1.0)
    take(
        trunk.duals,
        duals,
        same,
        lambda node: tree.nodes[node].weight / thin_nodes[node].weight if thin_nodes[node].weight else 0.0,
    )
    for node in shared:
        costs[:, column[node]] = trunk.costs[:, thin_column[node]]
    for s, branch in branches.items():
        own = {f"y{n.year}": n.name for n in tree.nodes.values() if n.scenario == s and n.name not in same}
        take(branch.values, values, own, lambda node: 1.0)
        take(branch.duals, duals, own, lambda node: tree.nodes[node].probability)
        for k, year in enumerate(case.milestones):
            if f"y{year}" in own:
                costs[:, column[own[f"y{year}"]]] = branch.costs[:, k]
    by_node = dict(zip(tree.nodes, costs.sum(axis=0).tolist(), strict=True))
    by_scenario = {
        s: sum(tree.nodes[n].discount * by_node[n] for n in tree.path(leaf)) for s, leaf in tree.leaves.items()
    }
    objective = mixed(case, by_scenario)
    size = {name: sum(b.size[name] for b in branches.values()) for name in trunk.size}
    net = Network(case, tree)
    _zeros(net, values)
    warnings = sorted({w for b in branches.values() for w in b.warnings} | set(trunk.warnings))
    clean = trunk.clean and all(b.clean for b in branches.values())
    return Solution(net, "gap_reached", objective, bound, values, duals, costs, trunk.kinds, clean, size, {}, warnings)


def _zeros(net: Network, values: Values) -> None:
    """What the whole tree's tables look up and a branch had no variable for."""
    for component, indices in (("build", net.builds), ("short", net.shorts)):
        found = values.setdefault(component, {})
        for index in indices:
            found.setdefault(index, 0.0)


def _raise_bound(
    case: Case, solution: Solution, first: list[PerfectForesight], options: Options, many: ParallelContext
) -> None:
    """Improve the Lagrangian's prices by Polyak's steps until the gap or the time is reached; sets the solution's bound
    and status.

    Prices on one module in one node sum to 0 over the scenarios that share it, so that a plan of the tree pays nothing
    for them. Where the tail has weight the wait-and-see bound stands: prices are of expected cost.
    """
    names = case.likely
    probability = {s: case.scenarios[s].probability for s in names}
    prices: dict[str, Prices] = {s: {} for s in names}
    found, spent = first, 0.0
    value = sum(probability[s] * f.bound for s, f in zip(names, found, strict=True))
    while not case.risk_weight:
        if (
            _near(solution, options)
            or time.monotonic() - many.started + spent > options.time_limit
            or (many.interrupt and many.interrupt.requested)
        ):
            break
        slopes = _slopes(case, dict(zip(names, found, strict=True)))
        size = sum(probability[s] * g * g for s in names for g in slopes[s].values() if probability[s])
        if size < 1e-9:
            break
        step = 0.7 * max(solution.objective - value, 1e-9) / size
        prices = {s: {key: prices[s].get(key, 0.0) + step * g for key, g in slopes[s].items()} for s in names}
        at = time.monotonic()
        try:
            told = many.each(
                _relaxed, [(case, s, prices[s], options) for s in names], "scenarios foreseen, for a better bound"
            )
        except Unfinished:  # by hand: the plan stands with the bound that it has
            break
        if None in told:
            break
        found, spent = told, time.monotonic() - at
        value = sum(probability[s] * f.bound for s, f in zip(names, found, strict=True))
        solution.bound = max(solution.bound or 0.0, value)
        many.report(
            f"best plan {solution.objective:,.0f} M USD, at least {solution.bound:,.0f}, gap"
            f" {100 * (solution.gap or 0.0):.2f} %"
        )
    solution.status = _status(
        solution, options, "interrupted" if many.interrupt and many.interrupt.requested else "time_limit"
    )


def _status(solution: Solution, options: Options, stopped: str) -> str:
    """optimal or gap_reached where the gap is; else why it stopped."""
    if not _near(solution, options):
        return stopped
    return "optimal" if solution.gap is not None and solution.gap <= 1e-6 else "gap_reached"


def _near(solution: Solution, options: Options) -> bool:
    gap = relative_gap(solution.objective, solution.bound)
    return gap is not None and gap <= options.gap


def _slopes(case: Case, found: dict[str, PerfectForesight]) -> dict[str, Prices]:
    """By how much each scenario decides more than the mean of those that share the node."""
    slopes: dict[str, Prices] = {s: {} for s in found}
    for key in dict.fromkeys(key for f in found.values() for key in f.built):
        sharing = [s for s, f in found.items() if key in f.built]
        total = sum(case.scenarios[s].probability for s in sharing)
        if len(sharing) > 1 and total > 0:
            mean = sum(case.scenarios[s].probability * found[s].built[key] for s in sharing) / total
            for s in sharing:
                slopes[s][key] = found[s].built[key] - mean
    return slopes


def _append(log: Path | None, name: str, text: str) -> None:
    if log is not None:
        with log.open("a", encoding="utf-8") as whole:
            whole.write(f"=== {name} ===\n{text}\n")

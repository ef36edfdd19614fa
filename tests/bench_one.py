"""One measured run of the bench in a process of its own: `python tests/bench_one.py WHO CASE`, a line of JSON.

WHO solves a case (didymium, highs, scip) or only builds its model (build-didymium, build-linopy,
build-pyoptinterface). The rest of a run is the same whoever searches: reading, building, prices, labels, re-check,
files. What is measured is what the whole process uses.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from bench_cases import CASES, TREES

import didymium
from didymium.case.tree import full_tree, path_tree
from didymium.engine import solve as engine
from didymium.engine.control import Interrupt, Options, Progress, relative_gap
from didymium.engine.highs import HighsSolve, Outcome
from didymium.engine.matrix import Floats, Matrix, load
from didymium.engine.search import Search
from didymium.errors import Unfinished
from didymium.memory import collect_seldom
from didymium.statuses import Status, StopReason

STARTED = time.monotonic()
WALL = 20  # times its limit of processor time that a search may take by the clock


def cpu_seconds() -> float:
    """The CPU time of this process so far, all threads, s."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class CpuLimit(Interrupt):
    """Stops a search that has used its processor time: the machines are shared, so a clock would be unfair."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.until = cpu_seconds() + seconds

    @property
    def requested(self) -> bool:
        """Whether the time is up."""
        return cpu_seconds() >= self.until


class HighsAlone(Search):
    """The search left to HiGHS as it comes."""

    def run(self) -> Outcome:
        """As `Search.run`."""
        return self._solve(self.matrix, "search")


class ScipAlone(Search):
    """The search left to SCIP as it comes."""

    def run(self) -> Outcome:
        """As `Search.run`."""
        import pyscipopt

        model = pyscipopt.Model()
        model.hideOutput()
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "model.mps")
            highs = HighsSolve(self.matrix, self.options).highs
            highs.writeModel(path)
            model.readProblem(path)
        model.setParam("limits/gap", self.options.gap)
        assert isinstance(self.interrupt, CpuLimit)
        model.setParam("timing/clocktype", 1)  # of the processor
        model.setParam("limits/time", max(0.0, self.interrupt.until - cpu_seconds()))
        model.setParam("randomization/randomseedshift", self.options.seed)
        model.optimize()
        x = None
        if model.getNSols():
            order = {v.name: model.getVal(v) for v in model.getVars()}
            x = np.array([order.get(f"c{k}", 0.0) for k in range(len(self.matrix.cost))])
        reached = model.getStatus() in ("optimal", "gaplimit")
        stopped = StopReason.OPTIMAL if reached else StopReason.TIME_LIMIT
        objective, bound = model.getObjVal() if x is not None else None, model.getDualbound()
        return Outcome(stopped, x, objective, None if model.isInfinity(abs(bound)) else bound)


SEARCHES: dict[str, type[Search]] = {"didymium": Search, "highs": HighsAlone, "scip": ScipAlone}


def solved(who: str, case: str, gap: float, limit: float, seed: int) -> dict[str, object]:
    """Solve a case and write its files; what it took, and when plans came."""
    collect_seldom()  # as the command does
    engine.Search = SEARCHES[who]  # type: ignore[misc]
    inputs = CASES[case]()
    seen: list[tuple[float, float, float | None]] = []  # CPU s, best plan, bound

    def shown(p: Progress) -> None:
        if p.best is not None and (not seen or p.best < seen[-1][1]):
            seen.append((cpu_seconds(), p.best, p.bound))

    begun = cpu_seconds(), time.monotonic()
    try:
        plan = didymium.solve(
            inputs,
            stochastic=case in TREES,
            route="whole" if case in TREES else None,
            gap_percent=gap,
            time_limit=WALL * limit,
            seed=seed,
            interrupt=CpuLimit(limit),
            on_progress=shown,
        )
    except Unfinished:
        nothing = {"cost": None, "bound": None, "gap_percent": None, "plans": []}
        return {**nothing, "reached": False, "before_cpu_s": begun[0], "limit_cpu_s": limit}
    with tempfile.TemporaryDirectory() as folder:
        plan.save(folder)
    summary = plan.summary
    bound = None if summary["bound_musd"] is None else float(str(summary["bound_musd"]))
    return {
        "cost": plan.cost,
        "bound": bound,
        "gap_percent": summary["gap_percent"],
        "reached": plan.status in (Status.OPTIMAL, Status.GAP_REACHED),
        "model": summary["model"],
        "seconds": summary["seconds"],
        # how far each plan was from the least cost at most, by the bound known at the end
        "plans": [(cpu, 100 * gap) for cpu, best, _ in seen if (gap := relative_gap(best, bound)) is not None],
        "before_cpu_s": begun[0],
        "limit_cpu_s": limit,
    }


def built(who: str, case: str, times: int = 3) -> dict[str, object]:
    """Build a model and hand it to HiGHS, best of some times, CPU s. Ours begins at the case; the peers are given every
    row's terms as lists, so that they only make variables, expressions and constraints of them."""
    inputs = CASES[case]()
    tree = full_tree(inputs.case) if case in TREES else path_tree(inputs.case, inputs.case.base.name)
    matrix = engine.prepare(inputs.case, tree)[1]
    work: dict[str, Callable[[], object]] = {
        "build-didymium": lambda: load(fresh_highs(matrix), engine.prepare(inputs.case, tree)[1]),
        "build-linopy": lambda: linopy_model(matrix),
        "build-pyoptinterface": lambda: poi_model(matrix, rows),
    }
    rows = rows_of(matrix)
    spent = []
    for _ in range(times):
        at = cpu_seconds()
        work[who]()
        spent.append(cpu_seconds() - at)
    return {"build_cpu_s": min(spent), "nonzeros": int(matrix.a.nnz)}


def fresh_highs(matrix: Matrix) -> object:
    return HighsSolve(matrix, Options()).highs


def rows_of(matrix: Matrix) -> list[tuple[list[int], list[float], float, float]]:
    """Every row as lists: columns, coefficients, sides."""
    a = matrix.a.tocsr()
    starts, columns, data = a.indptr.tolist(), a.indices.tolist(), a.data.tolist()
    sides = zip(matrix.low.tolist(), matrix.high.tolist(), strict=True)
    return [
        (columns[starts[k] : starts[k + 1]], data[starts[k] : starts[k + 1]], low, high)
        for k, (low, high) in enumerate(sides)
    ]


def poi_model(matrix: Matrix, rows: list[tuple[list[int], list[float], float, float]]) -> object:
    """The model written row by row in PyOptInterface."""
    import pyoptinterface as poi
    from pyoptinterface import highs

    model = highs.Model()
    columns = zip(matrix.lower.tolist(), matrix.upper.tolist(), matrix.integer.tolist(), strict=True)
    kinds = {True: poi.VariableDomain.Integer, False: poi.VariableDomain.Continuous}
    variables = [model.add_variable(lb=low, ub=high, domain=kinds[whole]) for low, high, whole in columns]
    for places, coefficients, low, high in rows:
        expression = poi.ExprBuilder()
        for place, coefficient in zip(places, coefficients, strict=True):
            expression += coefficient * variables[place]
        if low == high:
            model.add_linear_constraint(expression, poi.Eq, low)
        elif np.isinf(low):
            model.add_linear_constraint(expression, poi.Leq, high)
        elif np.isinf(high):
            model.add_linear_constraint(expression, poi.Geq, low)
        else:
            model.add_linear_constraint(expression, (low, high))
    cost = poi.ExprBuilder()
    for place, coefficient in enumerate(matrix.cost.tolist()):
        if coefficient:
            cost += coefficient * variables[place]
    model.set_objective(cost, poi.ObjectiveSense.Minimize)
    return model


def linopy_model(matrix: Matrix) -> object:
    """The model in linopy: one array of variables a component, one array of constraints a rule, then to HiGHS."""
    import linopy
    import pandas as pd
    import xarray as xr

    model = linopy.Model()
    groups = _blocks([component for component, _ in matrix.columns])
    place = np.empty(len(matrix.columns), dtype=int)
    for name, at in groups.items():
        whole = bool(matrix.integer[at[0]])
        index = [pd.RangeIndex(len(at), name="i")]
        variables = model.add_variables(
            xr.DataArray(matrix.lower[at], dims="i"), xr.DataArray(matrix.upper[at], dims="i"), index, name=name,
            integer=whole,
        )  # fmt: skip
        place[at] = variables.labels.values
    a = matrix.a.tocsr()
    for name, at in _blocks([rule for rule, _ in matrix.rows]).items():
        for sign, side in (("=", "low"), ("<=", "high"), (">=", "low")):
            chosen = at[_with_sign(matrix, sign)[at]]
            if len(chosen):
                expression = _expression(linopy, xr, model, a[chosen], place)
                sides = xr.DataArray(getattr(matrix, side)[chosen], dims="r")
                model.add_constraints(expression, sign, sides, name=f"{name} {sign}")
    cost = np.flatnonzero(matrix.cost)
    model.add_objective(_expression(linopy, xr, model, _row(matrix.cost[cost], cost, len(matrix.cost)), place))
    return model.to_highspy()


def _blocks(names: list[str]) -> dict[str, np.ndarray]:
    found: dict[str, list[int]] = {}
    for k, name in enumerate(names):
        found.setdefault(name, []).append(k)
    return {name: np.array(at) for name, at in found.items()}


def _with_sign(matrix: Matrix, sign: str) -> np.ndarray:
    equal = matrix.low == matrix.high
    return equal if sign == "=" else np.isfinite(matrix.high if sign == "<=" else matrix.low) & ~equal


def _row(data: Floats, columns: np.ndarray, size: int) -> object:
    from scipy.sparse import csr_matrix

    return csr_matrix((data, (np.zeros(len(columns), int), columns)), (1, size))


def _expression(linopy: object, xr: object, model: object, rows: object, place: np.ndarray) -> object:
    """Sparse rows as linopy's rectangular arrays of terms, padded with -1."""
    counts = np.diff(rows.indptr)  # type: ignore[attr-defined]
    width = max(1, int(counts.max(initial=0)))
    labels, data = np.full((len(counts), width), -1), np.full((len(counts), width), np.nan)
    inside = np.arange(width) < counts[:, None]
    labels[inside], data[inside] = place[rows.indices], rows.data  # type: ignore[attr-defined]
    terms = {"coeffs": (("r", "_term"), data), "vars": (("r", "_term"), labels), "const": ("r", np.zeros(len(counts)))}
    return linopy.LinearExpression(xr.Dataset(terms), model)  # type: ignore[attr-defined]


def main() -> int:
    """Run once and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("who")
    parser.add_argument("case", choices=sorted(CASES))
    parser.add_argument("--gap", type=float, default=0.5)
    parser.add_argument("--limit", type=float, default=600, help="processor time of the search, s")
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    if wanted.who in SEARCHES:
        found = solved(wanted.who, wanted.case, wanted.gap, wanted.limit, wanted.seed)
    else:
        found = built(wanted.who, wanted.case)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    whole = {"cpu_s": cpu_seconds(), "wall_s": time.monotonic() - STARTED, "peak_mb": peak}
    print(json.dumps({"who": wanted.who, "case": wanted.case, "seed": wanted.seed, **found, **whole}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The best plan of a search, and its bound, kept as they come: a run that is ended in any way loses no more than a
second of its search, and the next one goes on from there."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from didymium.case.network import Network
from didymium.engine.cases import Cases, proof_of
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.start import Start
from didymium.result_folder import KeptParts
from didymium.results.proof import Proof, from_cells, splits_of, to_cells

PLAN = "plan"  # the part with the plan of the case itself
EVERY = 1.0  # s between two writings: the first plan is written at once, and the last one always
PROOF_EVERY = 10.0  # s, of what proves the bound, which takes a second of a large tree
Rows = Mapping[str, list[tuple[str, int, int]]]
"""scenario -> (project, decision year, modules)."""


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan that an earlier run of the same request kept: what to start from, its cost, M USD, and when it was
    kept."""

    start: Start
    cost: float
    kept: datetime


def kept_plan(parts: KeptParts | None, name: str = PLAN) -> KeptPlan | None:
    """Return the plan that is kept under a name; None where there is none that can be read."""
    if parts is None or not isinstance(found := parts.get(name), dict):
        return None
    try:
        decisions = {
            str(s): {(str(project), int(year)): int(modules) for project, year, modules in rows}
            for s, rows in found["decisions"].items()
        }
        bound = None if found["bound_musd"] is None else float(found["bound_musd"])
        start = Start(decisions, _kept_proof(parts, name), bound=bound)
        return KeptPlan(start, float(found["cost_musd"]), datetime.fromisoformat(found["kept"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def keep_plan(parts: KeptParts, name: str, decisions: Rows, cost: float, bound: float | None) -> bool:
    """Keep a plan under a name, in the place of an older one; return whether it could be."""
    kept = datetime.now().isoformat(timespec="seconds")
    return parts.put(name, {"cost_musd": cost, "bound_musd": bound, "kept": kept, "decisions": decisions})


def keep_proof(parts: KeptParts, name: str, proof: Proof) -> bool:
    """Keep what proves the bound of the plan of this name by duals; return whether it could be."""
    count = len(proof.duals[0])
    duals = {"model": proof.model, "count": count, "duals": [to_cells(y) for y in proof.duals], "splits": proof.splits}
    return parts.put(_proof_of(name), {"bound_musd": proof.bound, **duals})


def _kept_proof(parts: KeptParts, name: str) -> Proof | None:
    found = parts.get(_proof_of(name))
    if not isinstance(found, dict):
        return None
    try:
        duals = [from_cells(cells, int(found["count"])) for cells in found["duals"]]
        return Proof(float(found["bound_musd"]), duals, str(found["model"]), splits_of(found["splits"]))
    except (KeyError, TypeError, ValueError, IndexError):
        return None


def _proof_of(name: str) -> str:
    return f"{name}, duals"


class PlanKeeper:
    """Keeps the best plan and bound of one search under a name, in a thread of its own: the search never waits.

    `plan`, `bound` and `proof` may come from any thread. `close` writes what is not written yet. `goes_on`: the search
    began from a plan that was kept.
    """

    def __init__(self, parts: KeptParts, name: str, net: Network, matrix: Matrix, known: KeptPlan | None) -> None:
        self.parts, self.name, self.net, self.matrix = parts, name, net, matrix
        self._columns = np.flatnonzero(matrix.integer)
        self.goes_on = known is not None
        self._best = np.inf if known is None else known.cost
        self._decisions: Rows | None = None if known is None else rows_of(known.start)
        self._modules: Floats | None = None  # of the best plan, where it is not yet among the decisions
        self._bound = None if known is None else known.start.bound
        self._cases: Cases | None = None
        self._changed = threading.Condition()
        self._new = self._closed = False
        self._thread: threading.Thread | None = None

    def plan(self, x: Floats, cost: float) -> None:
        """Take a plan, as the values of all columns, where it costs less than all before."""
        with self._changed:
            if cost < self._best:
                self._best, self._modules = cost, np.round(x[self._columns])
                self._wake()

    def bound(self, bound: float | None) -> None:
        """Take a bound on the least cost, M USD, where it is higher than all before."""
        with self._changed:
            if bound is not None and np.isfinite(bound) and (self._bound is None or bound > self._bound):
                self._bound = bound
                self._wake()

    def proof(self, cases: Cases) -> None:
        """Take the cases that prove a higher bound than those before."""
        with self._changed:
            self._cases = cases
            self._wake()

    def close(self) -> None:
        """Write what is not written yet."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _wake(self) -> None:
        self._new = True
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, daemon=True, name="keeping")
            self._thread.start()
        self._changed.notify()

    def _write(self) -> None:
        """What the thread does: write what is new, until it is closed."""
        proof_due = time.monotonic()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._new or self._closed)
                modules, cost, bound, cases, closed = self._modules, self._best, self._bound, self._cases, self._closed
                self._modules, self._new = None, False
                if closed or time.monotonic() >= proof_due:
                    self._cases = None
                else:
                    cases = None
            if modules is not None:
                self._decisions = self._by_scenario(modules)
            if self._decisions is not None:
                keep_plan(self.parts, self.name, self._decisions, cost, bound)
            proof = None if cases is None else proof_of(self.matrix, cases)
            if proof is not None:
                keep_proof(self.parts, self.name, proof)
                proof_due = time.monotonic() + PROOF_EVERY
            if closed:
                return
            with self._changed:
                self._changed.wait_for(lambda: self._closed, timeout=EVERY)

    def _by_scenario(self, modules: Floats) -> Rows:
        """The decisions on the path of each scenario."""
        decided: dict[str, list[tuple[str, int]]] = {}  # by node
        for k, number in zip(self._columns.tolist(), modules.tolist(), strict=True):
            if number:
                project, node = self.matrix.columns[k][1]
                decided.setdefault(str(node), []).append((str(project), int(number)))
        tree = self.net.tree
        return {
            s: [(p, tree.nodes[n].year, number) for n in tree.path(leaf) for p, number in decided.get(n, [])]
            for s, leaf in tree.leaves.items()
        }


def rows_of(start: Start) -> Rows:
    """Return the decisions of a plan to start from, as they are kept."""
    return {
        s: [(project, year, modules) for (project, year), modules in decisions.items()]
        for s, decisions in start.decisions.items()
    }

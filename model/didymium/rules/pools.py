"""Plants that run as one: how much each runs, and what all run of each recipe (docs/reductions.md)."""

from __future__ import annotations

from collections import defaultdict

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.expressions.terms import Term
from didymium.rules.algebra import expression


def shared_runs(m: pyo.ConcreteModel, net: Network) -> None:
    """What the plants of a pool run is what is run of its recipes; no row where the network has no pools.

    sum over p in k of throughput[p,n] = sum over q, l of pool_run[k,q,l,n]
    """
    if not net.pool_runs:
        return
    terms: dict[tuple[str, str], list[Term]] = defaultdict(list)
    pool_of = {p: k for k, plants in net.pools.items() for p in plants}
    for p, n in net.throughputs:
        terms[pool_of[p], n].append((1.0, "throughput", (p, n)))
    for k, q, origin_level, n in net.pool_runs:
        terms[k, n].append((-1.0, "pool_run", (k, q, origin_level, n)))

    @m.Constraint(pyo.Set(initialize=list(terms), dimen=2), doc="run by the plants of a pool, less by recipe [t/year]")
    def pool(m: pyo.ConcreteModel, k: str, n: str) -> object:
        return expression(m, terms[k, n]) == 0.0

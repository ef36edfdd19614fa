"""Plants that run as one: those of one region and stage with the same recipes, and so the same exposure levels.

What a tonne on a recipe takes and gives does not depend on the plant that runs it, and what a tonne costs a plant, or
counts there, does not depend on the recipe. So the model decides how much each plant runs (`throughput`) and how much
all of them run of each recipe (`pool_run`): as many decisions as plants and recipes, not as their product. In a plan
each plant then runs its share of each recipe. Why no optimum changes: docs/reductions.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from didymium.case.case import NO_RECIPE, Case
from didymium.case.network import Network

Amounts = Mapping[str, Mapping[tuple[object, ...], float]]
"""decision -> index -> value."""
Values = dict[str, dict[tuple[object, ...], float]]


def pools_of(case: Case) -> dict[str, tuple[str, ...]]:
    """Return the plants of every pool, by the first of them: two or more, whether or not they are ever on line.

    A plant with a price floor stays alone: what it makes of each good is paid for. All nodes and scenarios of a case
    have the same pools.
    """
    alone = {k.project for k in case.contracts.values() if k.kind == "price_floor"}
    alike: dict[object, list[str]] = defaultdict(list)
    for p in case.projects.values():
        if p.recipes and p.name not in alone and NO_RECIPE not in p.recipes:
            alike[p.region, p.stage, p.floor, frozenset(p.recipes)].append(p.name)
    return {plants[0]: tuple(plants) for plants in alike.values() if len(plants) > 1}


def pooled(net: Network) -> Network:
    """Return the network with the runs of pools in two parts: each plant's throughput, and what all run of each
    recipe at each level."""
    pools = pools_of(net.case)
    pool_of = {p: k for k, plants in pools.items() for p in plants}
    shared = [(pool_of[p], p, q, origin_level, n) for p, q, origin_level, n in net.runs if p in pool_of]
    return net.replaced(
        pools=pools,
        runs=[index for index in net.runs if index[0] not in pool_of],
        throughputs=list(dict.fromkeys((p, n) for _, p, _, _, n in shared)),
        pool_runs=list(dict.fromkeys((k, q, origin_level, n) for k, _, q, origin_level, n in shared)),
    )


def apart(net: Network, values: Amounts) -> Values:
    """Return the values of a plan with what every plant runs of each recipe, t/year: its share of what its pool runs.

    Its share is that of its throughput, so the sums over plants, and over recipes, are those of the plan.
    """
    found = {
        decision: dict(entries) for decision, entries in values.items() if decision not in ("throughput", "pool_run")
    }
    if not values.get("pool_run"):
        return found
    runs, shares = found.setdefault("run", {}), _shares(net, values["throughput"])
    for (k, q, origin_level, n), tonnes in values["pool_run"].items():
        for p, share in shares[k, n] if tonnes > 0 else ():
            runs[p, q, origin_level, n] = share * tonnes
    return found


def _shares(net: Network, throughput: Mapping[tuple[object, ...], float]) -> dict[object, list[tuple[str, float]]]:
    """(pool, node) -> the plants that run, each with its share of the throughput of all."""
    found: dict[object, list[tuple[str, float]]] = {}
    for k, plants in pools_of(net.case).items():
        for n in net.tree.nodes:
            amounts = [(p, amount) for p in plants if (amount := throughput.get((p, n), 0.0)) > 0]
            total = sum(amount for _, amount in amounts)
            found[k, n] = [(p, amount / total) for p, amount in amounts]
    return found


def together(net: Network, values: Amounts) -> Values:
    """Return the values of a plan with the runs of the plants of pools added up: the reverse of `apart`."""
    pool_of = {p: k for k, plants in pools_of(net.case).items() for p in plants}
    found = {decision: dict(entries) for decision, entries in values.items()}
    alone: dict[tuple[object, ...], float] = {}
    throughput: dict[tuple[object, ...], float] = defaultdict(float)
    pool_run: dict[tuple[object, ...], float] = defaultdict(float)
    for index, tonnes in values.get("run", {}).items():
        p, q, origin_level, n = index
        if p in pool_of:
            throughput[p, n] += tonnes
            pool_run[pool_of[str(p)], q, origin_level, n] += tonnes
        else:
            alone[index] = tonnes
    return {**found, "run": alone, "throughput": dict(throughput), "pool_run": dict(pool_run)}

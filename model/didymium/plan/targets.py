"""The table Targets: what each target requires, what the plan reaches, and what a point more would cost."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.case.network import Network
from didymium.case.tree import Node
from didymium.engine.matrix import Values
from didymium.engine.solve import Solution
from didymium.expressions.targets import (
    bought,
    consumption,
    deliveries,
    required_demand,
    required_share,
    stage_throughput,
)
from didymium.expressions.terms import evaluate
from didymium.plan.rows import TINY, place_of, without_noise
from didymium.results.deliveries import TargetRow


def targets(s: Solution) -> Iterator[TargetRow]:
    """Yield what each target requires, what is reached, by how much it is missed, and its marginal cost with the
    build-out fixed."""
    for g, n in s.net.target_shortfalls:
        target, node = s.net.case.targets[g], s.net.tree.nodes[n]
        required, base, counted = measured(s.net, s.values, g, n)
        dual = next((v[g, n] for k, v in s.duals.items() if k == target.kind and (g, n) in v), 0.0)
        lower = target.kind != "min_china_free_share"
        yield {
            **place_of(node),
            "target": g,
            "type": target.kind,
            "region": target.region,
            "segment": target.segment,
            "stage": target.stage,
            "commodity": target.commodity,
            "supplier": target.supplier,
            "asked_percent": 100 * required,
            "reached_percent": 100 * counted / base if base > TINY else (0.0 if lower else 100.0),
            "base_t": base,
            "counted_t": counted,
            "miss_t": without_noise(s.values.get("target_shortfall", {}).get((g, n), 0.0)),
            "marginal_cost_of_a_point_with_build_out_fixed_musd_per_year": (
                None if not s.duals else 0.01 * base * abs(dual) / weight if (weight := _weight(s, g, node)) else 0.0
            ),
        }


def _weight(s: Solution, g: str, node: Node) -> float:
    """Return the weight of a tonne a year in the objective, over the years of a node in which a target holds."""
    return node.probability * sum(
        f for y, f in zip(node.years, node.factors, strict=True) if y in s.net.case.targets[g].share
    )


def measured(net: Network, values: Values, g: str, n: str) -> tuple[float, float, float]:
    """Return (required share, base, counted) of a target in a node: counted / base, both t/year, is compared with the
    required share."""
    target, node = net.case.targets[g], net.tree.nodes[n]
    share = required_share(net.tree, target, node)
    if target.kind == "min_china_free_share":
        needed, base = required_demand(net.tree, target, node)
        found = deliveries(net, g, n)
        served = evaluate((term for d in found for term in d.served), values)
        substituted = evaluate((term for d in found for term in d.substituted), values)
        return needed / base if base else share, base, served + substituted
    if target.kind == "max_region_share":
        runs = stage_throughput(net, target.stage, n)
        base = evaluate((term for region, term in runs if not net.case.regions[region].china), values)
        return share, base, evaluate((term for region, term in runs if region == target.region), values)
    return share, used(net, values, target.commodity, n), evaluate(bought(net, g, n), values)


def used(net: Network, values: Values, commodity: str, n: str) -> float:
    """Return what recipes use, demand receives and the outside buys of a commodity in a node, in regions not counted as
    China, t a year."""
    eaten, served, sold = (evaluate(terms, values) for terms in consumption(net, commodity, n))
    return eaten + sold + served

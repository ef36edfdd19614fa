"""The table Targets: what each target requires, what the plan reaches, and what a point more would cost."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.case.case import FREE_BELOW
from didymium.case.tree import Node
from didymium.engine.solve import Solution
from didymium.plan.rows import TINY, Record, place_of, without_noise
from didymium.rules.targets import base as target_base
from didymium.rules.targets import counted_demand, counted_offer, share


def targets(s: Solution) -> Iterator[Record]:
    """Yield what each target requires, what is reached, by how much it is missed, and its marginal cost with the
    build-out fixed."""
    for g, n in s.net.target_shortfalls:
        target, node = s.net.case.targets[g], s.net.tree.nodes[n]
        required, base, counted = _measured(s, g, n)
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


def _measured(s: Solution, g: str, n: str) -> tuple[float, float, float]:
    """Return (required share, base, counted) of a target in a node: counted / base, both t/year, is compared with the
    required share."""
    target, case, node = s.net.case.targets[g], s.net.case, s.net.tree.nodes[n]
    if target.kind == "min_china_free_share":
        names = [d for d in counted_demand(s.net, target) if (d, n) in s.values.get("short", {})]
        needed, base = target_base(s.net, target, node)
        free = sum(
            s.values.get("serve", {}).get((d, origin_level, n), 0.0)
            for d in names
            for origin_level in range(FREE_BELOW[target.stage])
        )
        return (
            needed / base if base else share(s.net.tree, target, node),
            base,
            free + sum(s.values.get("substitution", {}).get((d, n), 0.0) for d in names),
        )
    if target.kind == "max_region_share":
        runs = [(case.projects[str(p)], t) for (p, _, _, m), t in s.values.get("run", {}).items() if m == n]
        staged = [(p.region, t) for p, t in runs if p.stage == target.stage]
        base = sum(t for r, t in staged if not case.regions[r].china)
        return share(s.net.tree, target, node), base, sum(t for r, t in staged if r == target.region)
    counts = counted_offer(target)
    bought = [
        (case.offers[str(o)], t)
        for (o, r, m), t in s.values.get("buy", {}).items()
        if m == n and not case.regions[str(r)].china
    ]
    counted = sum(t for o, t in bought if o.commodity == target.commodity and counts(o))
    return share(s.net.tree, target, node), used(s, target.commodity, n), counted


def used(s: Solution, commodity: str, n: str) -> float:
    """Return what recipes use, demand receives and the outside buys of a commodity in a node, in regions not counted as
    China, t a year."""
    case, values = s.net.case, s.values
    outside = {r for r, region in case.regions.items() if not region.china}
    runs = [(case.projects[str(p)], str(q), t) for (p, q, _, m), t in values.get("run", {}).items() if m == n]
    consumed = sum(t * case.recipes[q].inputs.get(commodity, 0.0) for p, q, t in runs if p.region in outside)
    served = [(case.demands[str(d)], t) for (d, _, m), t in values.get("serve", {}).items() if m == n]
    sold = sum(t for (r, c, _, m), t in values.get("sell", {}).items() if m == n and c == commodity and r in outside)
    return consumed + sold + sum(t for d, t in served if d.commodity == commodity and d.region in outside)

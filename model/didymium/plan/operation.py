"""What runs and moves: the tables Capacity, Production, Trade and Stockpiles."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.case import rates
from didymium.engine.solve import Solution
from didymium.expressions.capacity import online, throughput
from didymium.expressions.cost import shipping_rate
from didymium.expressions.terms import evaluate
from didymium.plan.rows import TINY, above_noise, place_of, plant_in, positive_values, without_noise
from didymium.results.operation import CapacityRow, ProductionRow, StockRow, TradeRow


def capacity(s: Solution) -> Iterator[CapacityRow]:
    """Yield what every plant has on line, t/year, and how much of it runs."""
    values = above_noise(s, "run")
    for p, n in s.net.online:
        project, node = s.net.case.projects[p], s.net.tree.nodes[n]
        total = online_capacity(s, p, n)
        if total <= TINY:
            continue
        runs = evaluate(throughput(s.net, p, n), values)
        yield {
            **plant_in(node, project),
            "standing_t_per_year": s.net.online[p, n][0],
            "modules_t_per_year": total - s.net.online[p, n][0],
            "online_t_per_year": total,
            "idle_t_per_year": without_noise(s.values.get("idle", {}).get((p, n), 0.0)),
            "throughput_t": runs,
            "utilisation_percent": 100 * runs / total,
        }


def online_capacity(s: Solution, project: str, node: str) -> float:
    """Return existing capacity and modules on line in a node, t/year; 0 in an outage."""
    existing, modules = online(s.net, project, node)
    return evaluate(modules, s.values, existing)


def production(s: Solution) -> Iterator[ProductionRow]:
    """Yield throughput by plant, recipe and origin level, t a year."""
    for (p, q, origin_level, n), tonnes in positive_values(s, "run"):
        yield {
            **plant_in(s.net.tree.nodes[n], s.net.case.projects[p]),
            "recipe": q,
            "level": int(origin_level),
            "throughput_t": tonnes,
        }


def trade(s: Solution) -> Iterator[TradeRow]:
    """Yield shipments between regions, purchases from offers and sales outside, t a year."""
    case, tree = s.net.case, s.net.tree
    for (a, b, c, origin_level, n), tonnes in positive_values(s, "ship"):
        yield _traded(s, n, ("ship", a, b), c, int(origin_level), tonnes, shipping_rate(s.net, a, b, c, n))
    for (o, r, n), tonnes in positive_values(s, "buy"):
        offer = case.offers[o]
        price = rates.purchase(tree, offer, r, tree.nodes[n])
        row = _traded(s, n, ("buy", o, r), offer.commodity, s.net.offer_level(o), tonnes, price)
        row["china"], row["supplier"] = "yes" if offer.china else "no", offer.supplier
        row["lands_in_china"] = "yes" if case.regions[r].china else "no"
        yield row
    for (r, c, origin_level, n), tonnes in positive_values(s, "sell"):
        price = -rates.sale(tree, c, tree.nodes[n])
        yield _traded(s, n, ("sell", r, "outside"), c, int(origin_level), tonnes, price)


def _traded(
    s: Solution, n: str, move: tuple[str, str, str], commodity: str, origin_level: int, tonnes: float, price: float
) -> TradeRow:
    """Return a row of trade; `move` is its kind, its start and its end, `price` M USD a tonne."""
    kind, start, end = move
    return {
        **place_of(s.net.tree.nodes[n]),
        "kind": kind,
        "from": start,
        "to": end,
        "commodity": commodity,
        "stage": s.net.case.commodities[commodity].stage,
        "level": origin_level,
        "tonnes_t": tonnes,
        "cost_usd_per_t": price * 1e6,
        "cost_musd": price * tonnes,
        "china": "",
        "supplier": "",
        "lands_in_china": "",
    }


def stockpiles(s: Solution) -> Iterator[StockRow]:
    """Yield what every stockpile holds at the end of the years of a node, t."""
    for (r, c, origin_level, n), tonnes in positive_values(s, "stock"):
        yield {
            **place_of(s.net.tree.nodes[n]),
            "region": r,
            "commodity": c,
            "level": int(origin_level),
            "stock_t": tonnes,
        }

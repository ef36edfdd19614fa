"""Money beside the cost: contracts and what they pay, what is dumped, market prices, gifts of public money."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.case import rates
from didymium.case.case import Contract
from didymium.case.tree import Node
from didymium.engine.solve import Solution
from didymium.expressions.capacity import owed, production, throughput
from didymium.expressions.terms import evaluate
from didymium.plan.rows import TINY, place_of, without_noise
from didymium.results.money import MarketPriceRow
from didymium.results.operation import ContractRow, DisposalRow, PaymentColumns


def disposal(s: Solution) -> Iterator[DisposalRow]:
    """Yield what is dumped of each commodity, t a year, and what that costs, M USD a year."""
    for (r, c, n), tonnes in s.values.get("dump", {}).items():
        if tonnes > TINY:
            node, price = s.net.tree.nodes[str(n)], s.net.case.commodities[str(c)].disposal_cost or 0.0
            yield {
                **place_of(node),
                "region": str(r),
                "commodity": str(c),
                "dump_t": tonnes,
                "cost_usd_per_t": price * 1e6,
                "cost_musd": price * tonnes,
            }


def contracts(s: Solution) -> Iterator[ContractRow]:
    """Yield every contract in every node in which it is in force: what is owed, made, not taken and paid, a year.

    Offtake: tonnes in the plant's capacity unit, paid for what is not taken. Floor: tonnes of its commodity, paid by
    the government.
    """
    for k in s.net.case.contracts.values():
        for node in s.net.tree.nodes.values():
            if any(map(k.in_force, node.years)):
                amounts = _offtake(s, k, node) if k.kind == "offtake" else _floor(s, k, node)
                yield {
                    **place_of(node),
                    "contract": k.name,
                    "kind": k.kind,
                    "project": k.project,
                    "commodity": k.commodity or None,
                    "government": k.government or None,
                    **amounts,
                }


def _offtake(s: Solution, k: Contract, node: Node) -> PaymentColumns:
    existing, modules = owed(s.net, k.name, node.name)
    left = without_noise(s.values.get("untaken", {}).get((k.name, node.name), 0.0))
    price = None if k.price is None else rates.untaken(k, node)
    return {
        "owed_t": evaluate(modules, s.values, existing),
        "made_t": evaluate(throughput(s.net, k.project, node.name), s.values),
        "untaken_t": left,
        "price_usd_per_t": None if k.price is None else k.price * 1e6,
        "market_usd_per_t": None,
        "paid_musd_per_year": left * (price or 0.0),
    }


def _floor(s: Solution, k: Contract, node: Node) -> PaymentColumns:
    made = made_by(s, k.project, k.commodity, node.name)
    return {
        "owed_t": None,
        "made_t": made,
        "untaken_t": 0.0,
        "price_usd_per_t": (k.price or 0.0) * 1e6,
        "market_usd_per_t": rates.market(s.net.tree, k.commodity, node) * 1e6,
        "paid_musd_per_year": rates.floor_payment(s.net.tree, k, node) * made,
    }


def made_by(s: Solution, project: str, commodity: str, n: str) -> float:
    """Return what a plant makes of a commodity in a node, t a year."""
    return evaluate(production(s.net, project, commodity, n), s.values)


def market_prices(s: Solution) -> Iterator[MarketPriceRow]:
    """Yield the market price of every commodity in every node, USD a tonne."""
    for node in s.net.tree.nodes.values():
        for c in s.net.case.commodities:
            yield {
                "branch": node.scenario,
                "year": node.year,
                "commodity": c,
                "market_usd_per_t": rates.market(s.net.tree, c, node) * 1e6,
            }


def gifts(s: Solution) -> dict[tuple[str, str, str, str], float]:
    """Return what public money gives away, M USD a year: the saving in annuities against private money.

    The keys are (project, instrument, node of decision, node).
    """
    case, tree = s.net.case, s.net.tree
    found: dict[tuple[str, str, str, str], float] = {}
    for (p, i, b), money in s.values.get("support", {}).items():
        for n in tree.below[str(b)] if money > TINY else ():
            each = rates.gift(tree, case.projects[str(p)], case.instruments[str(i)], tree.nodes[str(b)], tree.nodes[n])
            if each:
                found[str(p), str(i), str(b), n] = money * each
    return found

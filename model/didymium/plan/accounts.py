"""Tables by which a plan can be re-added: cost by plant, the balance of every commodity, and what recipes use and
make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

from didymium.case.network import Network
from didymium.engine.solve import Solution
from didymium.expressions.balance import stock, supply, use
from didymium.expressions.cost import BY_PLANT, existing_opex, fixed_opex
from didymium.expressions.terms import amount, evaluate
from didymium.plan.rows import TINY, place_of, plant_in, without_noise
from didymium.results import PER_YEAR, as_row, columns_of
from didymium.results.money import PlantRow
from didymium.results.operation import BalanceRow, FlowColumns, RecipeFlowRow


def plants(s: Solution) -> Iterator[PlantRow]:
    """Yield what every plant costs in a year of a node, M USD: annuities, fixed and variable opex, and their sum.

    The weight of the node turns a year's cost into expected discounted cost.
    """
    for (p, n), by_kind in _by_plant(s).items():
        project, node = s.net.case.projects[p], s.net.tree.nodes[n]
        total = sum(by_kind.values())
        if abs(total) > TINY:
            kinds = {f"{kind}{PER_YEAR}": cost for kind, cost in by_kind.items()}
            sums = {"total_musd_per_year": total, "weighted_musd": node.weight * total}
            yield as_row(PlantRow, {**plant_in(node, project), **kinds, **sums})


def _by_plant(s: Solution) -> dict[tuple[str, str], dict[str, float]]:
    """Return (plant, node) -> kind of cost -> M USD a year, over the kinds that belong to one plant."""
    names = [kind.__name__ for kind in BY_PLANT]
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: dict.fromkeys(names, 0.0))
    net = _taken(s)
    for kind in BY_PLANT:
        if kind is fixed_opex:
            for key, cost in existing_opex(net).items():
                found[key][kind.__name__] += cost
        for n, rate, decision, index in kind(net):
            found[str(index[0]), n][kind.__name__] += rate * amount(s.values, decision, index)
    return found


def _taken(s: Solution) -> Network:
    """Return the network with only those decisions that are not 0."""
    return s.net.restricted(
        {
            decision: {index for index, value in values.items() if value and amount(s.values, decision, index)}
            for decision, values in s.values.items()
        }
    )


FLOWS = tuple(c.name for c in columns_of(FlowColumns))  # supply first, then use


def balance(s: Solution) -> Iterator[BalanceRow]:
    """Yield supply and use of every commodity by region and year, t a year, all origin levels together.

    What is dumped is the difference of the two, so that nothing is left over.
    """
    net, nodes = _taken(s), s.net.tree.nodes
    found: dict[tuple[str, str, str], dict[str, float]] = defaultdict(lambda: dict.fromkeys(FLOWS, 0.0))
    for flow in chain(supply(net), use(net)):
        if flow.name not in ("drawn", "stored"):  # the change of stock is added below
            coefficient, decision, index = flow.term
            place = flow.region, flow.commodity, flow.node
            found[place][f"{flow.name}_t"] += coefficient * amount(s.values, decision, index)
    for r, c, n in net.dumps:
        found[r, c, n]["dumped_t"] += amount(s.values, "dump", (r, c, n))
    _stock(s, found)
    for place, flows in sorted(found.items(), key=lambda item: (nodes[item[0][2]].year, item[0])):
        if any(abs(tonnes) > TINY for tonnes in flows.values()):
            where = {**place_of(nodes[place[2]]), "region": place[0], "commodity": place[1]}
            yield as_row(BalanceRow, {**where, **{flow: without_noise(tonnes) for flow, tonnes in flows.items()}})


def _stock(s: Solution, found: dict[tuple[str, str, str], dict[str, float]]) -> None:
    """Add what is put into stock less what is taken out, t per year of the node."""

    def stored(region: str, commodity: str, n: str) -> float:
        return evaluate(stock(s.net, region, commodity, n), s.values)

    for (region, commodity), pile in s.net.case.stockpiles.items():
        for node in s.net.tree.nodes.values():
            opening = stored(region, commodity, node.parent) if node.parent else pile.initial
            added = stored(region, commodity, node.name) - opening
            found[region, commodity, node.name]["stock_added_t"] += added / node.span


def recipe_flows(s: Solution) -> Iterator[RecipeFlowRow]:
    """Yield what a tonne of throughput uses and makes, t/t, for every recipe that runs."""
    recipes = sorted({str(q) for (_, q, _, _), tonnes in s.values.get("run", {}).items() if tonnes > TINY})
    for q in recipes:
        recipe = s.net.case.recipes[q]
        for direction, side in (("in", recipe.inputs), ("out", recipe.outputs)):
            for commodity, tonnes in side.items():
                yield {"recipe": q, "commodity": commodity, "direction": direction, "t_per_t": tonnes}

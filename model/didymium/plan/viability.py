"""Every plant as an investor would see it: revenue at market prices less what it pays, by year; and over the plan its
net present value, the price at which it breaks even, and the support that closes the gap.

Market prices, not duals. All goods that a plant makes or uses are valued at the market price of the year, also those
that the plan moves within a region. What was paid for existing plants before the plan is spent and not charged.
Payments for tonnes of an offtake that are not taken are on the sheet Contracts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from didymium.case import rates
from didymium.case.tree import Node
from didymium.engine.solve import Solution
from didymium.plan.money import gifts, made_by
from didymium.plan.rows import TINY, plant_in, positive_values
from didymium.results.money import PlantRow, PlantViabilityRow, SupportColumns, ValueColumns, ViabilityRow

PAID = ("inputs", "fixed_opex", "variable_opex", "private_capital", "public_capital")


@dataclass(slots=True)
class Year:
    """A plant in a node: M USD a year, and t a year of each good that it makes."""

    made: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    sold: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # good -> M USD at market prices
    throughput: float = 0.0
    inputs: float = 0.0
    fixed_opex: float = 0.0
    variable_opex: float = 0.0
    private_capital: float = 0.0
    public_capital: float = 0.0
    floors: float = 0.0
    # Government -> floors paid and interest or capital given up
    support: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def revenue(self) -> float:
        """Return what all goods made bring at market prices, M USD a year."""
        return sum(self.sold.values())

    @property
    def margin(self) -> float:
        """Return what is left of revenue and floor payments when all is paid, M USD a year."""
        paid: float = sum(getattr(self, name) for name in PAID)
        return self.revenue + self.floors - paid


Years = dict[tuple[str, str], Year]
"""By project and node."""


def years_of(s: Solution, costs: Iterable[PlantRow]) -> Years:
    """Return the year of every plant in every node in which it makes, pays or receives anything."""
    found: Years = defaultdict(Year)
    _trade(s, found)
    _charges(s, costs, found)
    _floors(s, found)
    for (p, i, _, n), gift in gifts(s).items():
        found[p, n].support[s.net.case.instruments[i].government] += gift
    order = {name: k for k, name in enumerate(s.net.case.projects)}
    return dict(sorted(found.items(), key=lambda item: (order[item[0][0]], s.net.tree.nodes[item[0][1]].year)))


def _trade(s: Solution, found: Years) -> None:
    """Add goods made and used, at the market price of the year."""
    tree = s.net.tree

    @cache
    def price(commodity: str, n: str) -> float:
        return rates.market(tree, commodity, tree.nodes[n])

    for (p, q, _, n), tonnes in positive_values(s, "run"):
        at, recipe = found[p, n], s.net.case.recipes[q]
        at.throughput += tonnes
        at.inputs += sum(tonnes * t * price(c, n) for c, t in recipe.inputs.items())
        for c, t in recipe.outputs.items():
            at.made[c] += tonnes * t
            at.sold[c] += tonnes * t * price(c, n)


def _charges(s: Solution, costs: Iterable[PlantRow], found: Years) -> None:
    """Add opex and capital as in the table Plants; capital is split into what private and public money is paid."""
    case, tree = s.net.case, s.net.tree
    node_at = {(n.scenario, n.year): n.name for n in tree.nodes.values()}
    for row in costs:
        at = found[row["project"], node_at[row["branch"], row["year"]]]
        at.fixed_opex, at.variable_opex = row["fixed_opex_musd_per_year"], row["variable_opex_musd_per_year"]
        at.private_capital = row["capital_musd_per_year"]
    for (p, i, b), money in s.values.get("support", {}).items():
        for n in tree.below[str(b)] if money > TINY else ():
            paid = money * rates.public_charge(
                tree, case.projects[str(p)], case.instruments[str(i)], tree.nodes[str(b)], tree.nodes[n]
            )
            if paid:
                found[str(p), n].private_capital -= paid
                found[str(p), n].public_capital += paid


def _floors(s: Solution, found: Years) -> None:
    """Add what governments pay on price floors."""
    for k in s.net.case.contracts.values():
        for node in s.net.tree.nodes.values() if k.kind == "price_floor" else ():
            if paid := rates.floor_payment(s.net.tree, k, node) * made_by(s, k.project, k.commodity, node.name):
                found[k.project, node.name].floors += paid
                found[k.project, node.name].support[k.government] += paid


def products(s: Solution, found: Years) -> dict[str, str]:
    """Return the main product of every plant that makes anything: the good that brings most over the plan, expected."""
    worth: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (p, n), at in found.items():
        for c, money in at.sold.items():
            worth[p][c] += s.net.tree.nodes[n].weight * money
    return {p: max(goods, key=lambda c: (goods[c], c)) for p, goods in worth.items()}


def viability_tables(s: Solution, costs: Iterable[PlantRow]) -> dict[str, Sequence[Mapping[str, object]]]:
    """Return the two tables of viability by name, from what plants cost: the rows of the table plants."""
    found = years_of(s, costs)
    main = products(s, found)
    return {
        "viability_of_plants": list(viability_of_plants(s, found, main)),
        "viability": list(viability(s, found, main)),
    }


def viability(s: Solution, found: Years, main: Mapping[str, str]) -> Iterator[ViabilityRow]:
    """Yield every plant by year at market prices, M USD a year: revenue and floor payments less inputs, opex and
    capital. `main` is the main product of each."""
    for (p, n), at in found.items():
        node, project, product = s.net.tree.nodes[n], s.net.case.projects[p], main.get(p, "")
        yield {
            **plant_in(node, project),
            "throughput_t": at.throughput,
            "product": product or None,
            "product_t": at.made.get(product, 0.0),
            "product_revenue_musd_per_year": at.sold.get(product, 0.0),
            "revenue_musd_per_year": at.revenue,
            "inputs_musd_per_year": at.inputs,
            "fixed_opex_musd_per_year": at.fixed_opex,
            "variable_opex_musd_per_year": at.variable_opex,
            "private_capital_musd_per_year": at.private_capital,
            "public_capital_musd_per_year": at.public_capital,
            "floor_payments_musd_per_year": at.floors,
            "margin_musd_per_year": at.margin,
        }


def viability_of_plants(s: Solution, found: Years, main: Mapping[str, str]) -> Iterator[PlantViabilityRow]:
    """Yield every plant along the path of every scenario: its value over the plan, discounted at its own cost of
    capital."""
    for scenario, leaf in s.net.tree.leaves.items():
        path = [s.net.tree.nodes[n] for n in s.net.tree.path(leaf)]
        for p in dict.fromkeys(p for p, _ in found):
            here = [(_worth(s, p, node), found[p, node.name]) for node in path if (p, node.name) in found]
            if here:
                project = s.net.case.projects[p]
                yield {
                    "scenario": scenario,
                    "project": p,
                    "stage": project.stage,
                    "region": project.region,
                    "wacc_percent": 100 * project.wacc,
                    **_over_plan(here, main.get(p, "")),
                    **_government_support(here),
                    "may_help": _may_help(s, p),
                }


def _may_help(s: Solution, project: str) -> str | None:
    """Return the governments whose instruments or price floors may help a plant; an instrument pays for new modules
    only."""
    case, plant = s.net.case, s.net.case.projects[project]
    able = [i.government for i in case.instruments.values() if plant.max_modules and i.covers(plant)]
    able += [k.government for k in case.contracts.values() if k.kind == "price_floor" and k.project == project]
    return "; ".join(sorted(set(able))) or None


def _worth(s: Solution, project: str, node: Node) -> float:
    """Return what a M USD in each year of a node is worth in the first year of the plan, at the plant's own cost of
    capital."""
    rate, first = s.net.case.projects[project].wacc, s.net.case.first_year
    return sum(float((1 + rate) ** (first - y)) for y in node.years)


def _over_plan(here: list[tuple[float, Year]], product: str) -> ValueColumns:
    """Return the net present value; and per tonne of the main product the price that breaks even, what market and
    floors bring, and the gap.

    Break even is the price a tonne, the same in every year, at which the plant pays all it must: without floors, its
    other goods at market prices, public money as the plan gives it.
    """
    value = sum(w * at.margin for w, at in here)
    tonnes = sum(w * at.made.get(product, 0.0) for w, at in here)
    sold, floors = (
        sum(w * x for w, x in of)
        for of in ([(w, at.sold.get(product, 0.0)) for w, at in here], [(w, at.floors) for w, at in here])
    )
    years = sum(w for w, at in here if at.throughput > TINY)
    some = tonnes > TINY
    return {
        "product": product or None,
        "product_discounted_t": tonnes,
        "npv_musd": value,
        "break_even_usd_per_t": 1e6 * (sold + floors - value) / tonnes if some else None,
        "market_usd_per_t": 1e6 * sold / tonnes if some else None,
        "floor_usd_per_t": 1e6 * floors / tonnes if some else None,
        "gap_usd_per_t": 1e6 * max(0.0, -value) / tonnes if some else None,
        "gap_musd_per_year": max(0.0, -value) / years if years else None,
    }


def _government_support(here: list[tuple[float, Year]]) -> SupportColumns:
    """Return what governments pay in the plan, discounted, M USD: floor payments, and what public money forgoes against
    private money."""
    by_government: dict[str, float] = defaultdict(float)
    for w, at in here:
        for government, money in at.support.items():
            by_government[government] += w * money
    amounts = "; ".join(f"{g} {money:,.1f}" for g, money in sorted(by_government.items(), key=lambda item: -item[1]))
    return {"given_musd": sum(by_government.values(), 0.0), "governments": amounts or None}

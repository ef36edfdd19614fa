"""Money beside money: prices of one commodity, what going without costs, and budgets beside what can be built."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from didymium.checks.magnitude.finding import Finding, shown, warnings
from didymium.errors import Problem
from didymium.tables.rows import Row, Tables

PRICE = 8  # times the reference price of the commodity, either way
DEAR = 100  # times the cost of substitution: the shortage cost at most
HOLDING = (0.0005, 1.0)  # of the reference price: the yearly cost of holding stock
ALL = 3  # times the capex of all that can be built: a government's money at most
ONE = 0.5  # of the capex of a middling module: a government's money at least


def _references(tables: Tables) -> dict[str, float]:
    """The reference price of each commodity that has one."""
    rows = tables.ids("Commodities.commodity").items()
    return {
        name: float(price)
        for name, row in rows
        if isinstance(price := row["reference_price_usd_per_t"], (int, float)) and price > 0
    }


def prices_are_like_the_reference(tables: Tables) -> Iterator[Problem]:
    """Offers, sales and the market outlook near the reference price of their commodity."""
    reference = _references(tables)
    offers = [row for row in tables["Imports"] if row["measure"] == "price_usd_per_t"]
    for rows in (offers, tables["Prices"]):
        yield from warnings(
            f
            for row in rows
            if row["commodity"] in reference
            for f in _years_beside(row, reference[row.text("commodity")])
        )
    sold = [row for row in tables["Commodities"] if row["commodity"] in reference and row["sale_price_usd_per_t"]]
    yield from warnings(
        f
        for row in sold
        for f in _price_beside(
            row, "sale_price_usd_per_t", row.num("sale_price_usd_per_t"), reference[row.text("commodity")]
        )
    )


def _years_beside(row: Row, reference: float) -> Iterator[Finding]:
    filled = sorted((value, year) for year, value in row.years.items() if value)
    if filled:
        price, year = filled[len(filled) // 2]
        yield from _price_beside(row, str(year), price, reference)


def _price_beside(row: Row, column: str, price: float, reference: float) -> Iterator[Finding]:
    if reference / PRICE <= price <= reference * PRICE:
        return
    text = (
        f"the price {shown(price)} is far from the reference price of {row['commodity']} in Commodities,"
        f" {shown(reference)} USD/t: are both in USD/t?"
    )
    side = "high" if price > reference else "low"
    yield Finding(row, column, text, f"{row.sheet} prices {side}")


def going_without_costs_more(tables: Tables) -> Iterator[Problem]:
    """Going without a tonne costs more than buying it, and more than substituting it, though not a hundred times
    more."""
    reference = _references(tables)
    wanted: dict[str, list[float]] = {}
    for row in tables.sound("Demand"):
        if row["commodity"] in reference:
            wanted.setdefault(row.text("segment"), []).append(reference[row.text("commodity")])
    redesign = {row.text("segment"): row.num("cost_usd_per_t") for row in tables.sound("Substitution")}
    rows = list(tables.sound("Segments"))
    yield from warnings(
        f for row in rows if (prices := wanted.get(row.text("segment"))) for f in _beside_price(row, max(prices))
    )
    yield from warnings(
        f for row in rows if (cost := redesign.get(row.text("segment"))) for f in _beside_redesign(row, cost)
    )


def _beside_price(row: Row, price: float) -> Iterator[Finding]:
    cost = row.num("shortage_cost_usd_per_t")
    if 0 < cost < price:
        text = (
            f"going without a tonne costs {shown(cost)} USD, less than a tonne's reference price in Commodities,"
            f" {shown(price)}: nobody would buy"
        )
        yield Finding(row, "shortage_cost_usd_per_t", text, "shortage below price")


def _beside_redesign(row: Row, redesign: float) -> Iterator[Finding]:
    cost = row.num("shortage_cost_usd_per_t")
    if redesign <= cost <= DEAR * redesign or not cost:
        return
    text = (
        f"going without a tonne of {row['segment']} costs {shown(cost)} USD, substituting it {shown(redesign)}"
        " (Substitution)"
    )
    odd = "nobody would substitute it" if cost < redesign else f"over {DEAR} times as much"
    yield Finding(row, "shortage_cost_usd_per_t", f"{text}: {odd}; are both in USD/t?", "shortage and substitution")


def holding_is_a_share_of_the_price(tables: Tables) -> Iterator[Problem]:
    """A year of storage costs more than 1/2000 of what is stored, and less than all of it."""
    reference = _references(tables)
    rows = (row for row in tables.sound("Stockpiles") if row["commodity"] in reference)
    yield from warnings(f for row in rows for f in _holding(row, reference[row.text("commodity")]))


def _holding(row: Row, price: float) -> Iterator[Finding]:
    cost = row.num("holding_usd_per_t_year")
    if cost and not HOLDING[0] <= cost / price <= HOLDING[1]:
        text = (
            f"holding a tonne for a year costs {shown(cost)} USD; its reference price in Commodities is {shown(price)}"
        )
        yield Finding(row, "holding_usd_per_t_year", text, "holding cost")


def budgets_are_like_what_can_be_built(tables: Tables) -> Iterator[Problem]:
    """What a government gives in all is no multiple of all that can be built, and not less than half of a middling
    module."""
    plants = [row for row in tables.sound("Projects") if row.integer("max_modules") and row["capex_musd_per_module"]]
    modules = [row.num("capex_musd_per_module") for row in plants]
    total = sum(row.num("capex_musd_per_module") * row.integer("max_modules") for row in plants)
    yield from warnings(f for row in tables.sound("Budgets") if modules for f in _budget(row, total, median(modules)))


def _budget(row: Row, total: float, mean_draw: float) -> Iterator[Finding]:
    filled = {year: value for year, value in row.years.items() if value}
    money = sum(filled.values())
    if not filled or ONE * mean_draw <= money <= ALL * total:
        return
    text = f"{row['government']} gives {shown(money)} M USD over all years; "
    high = f"all that can be built in Projects costs {shown(total)} M USD"
    low = f"a middling module in Projects costs {shown(mean_draw)} M USD"
    yield Finding(row, str(min(filled)), f"{text}{high if money > total else low}: is it in M USD?", "budgets")


CHECKS = (
    prices_are_like_the_reference,
    going_without_costs_more,
    holding_is_a_share_of_the_price,
    budgets_are_like_what_can_be_built,
)

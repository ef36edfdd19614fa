"""Market prices, and every plant's revenue, cost and net present value at them, recomputed from the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from didymium.recheck import yearly
from didymium.recheck.cost import (
    M,
    below_floor,
    capex_factor,
    fixed_opex,
    idle_saving,
    made_under,
    payment,
    running_cost,
)
from didymium.recheck.inputs import Breach, Place, RecheckInputs, excess, num

Amounts = dict[str, float]
CHARGES = ("inputs", "fixed_opex", "variable_opex", "private_capital", "public_capital")


def price(data: RecheckInputs, commodity: str, place: Place) -> float:
    """Return the market price of a commodity in a node, USD/t."""
    in_year = partial(yearly.market, data, commodity, place[0])
    return float(data.once(("market of", commodity, place), lambda: data.money(place, in_year)))


def recheck_market_prices(data: RecheckInputs) -> Iterator[Breach]:
    """Compare the market price of every commodity in every node."""
    reported = {
        (place, str(row["commodity"])): num(row, "market_usd_per_t") for place, row in data.rows("market_prices")
    }
    for place in data.places:
        for c in data.stage:
            right = price(data, c, place)
            yield excess(f"{c} {place}", abs(reported.get((place, c), -1.0) - right), right)


def recheck_viability(data: RecheckInputs) -> Iterator[Breach]:
    """Compare what every plant earns and pays in every node, and its totals along every path."""
    reported = {(str(row["project"]), place): row for place, row in data.rows("viability")}
    received: dict[tuple[str, Place], float] = defaultdict(float)
    for name in data.projects:
        for place in data.places:
            row = reported.get((name, place), {})
            right = {
                **_trade(data, name, place, str(row.get("product"))),
                **_operation(data, name, place),
                **_capital(data, name, place),
            }
            received[name, place] = right.pop("forgone") + right["floor_payments"]
            right["margin"] = right["revenue"] + right["floor_payments"] - sum(right[c] for c in CHARGES)
            scale, where = max(map(abs, right.values())), f"{name} {place}"
            for column, value in right.items():
                shown = num(row, column if column.endswith("_t") else f"{column}_musd_per_year")
                yield excess(f"{where} {column}", abs(shown - value), scale)
    yield from _paths(data, reported, received)


def _trade(data: RecheckInputs, name: str, place: Place, product: str) -> Amounts:
    """Return goods made and used, M USD a year at market prices; of the main product also the tonnes."""
    made: Amounts = defaultdict(float)
    used: Amounts = defaultdict(float)
    for row in data.rows_of("production", place, name):
        for side, sums in zip(data.recipes[str(row["recipe"])], (used, made), strict=True):
            for c, t in side.items():
                sums[c] += t * num(row, "throughput_t")
    revenue, inputs = (sum(M * t * price(data, c, place) for c, t in side.items()) for side in (made, used))
    of_product = M * made.get(product, 0.0) * price(data, product, place) if product in made else 0.0
    throughput = data.throughput.get((name, place), 0.0)
    return {
        "throughput_t": throughput,
        "product_t": made.get(product, 0.0),
        "product_revenue": of_product,
        "revenue": revenue,
        "inputs": inputs,
    }


def _operation(data: RecheckInputs, name: str, place: Place) -> Amounts:
    """Return fixed opex less what mothballing saves, variable opex with carbon, and floor payments, M USD a year."""
    fixed = fixed_opex(data, name, place)
    if idle := sum(num(row, "idle_t_per_year") for row in data.rows_of("capacity", place, name)):
        fixed -= idle_saving(data, name, place) * idle
    tonnes = data.throughput.get((name, place), 0.0)
    variable = tonnes * running_cost(data, name, place) if tonnes else 0.0
    floors = 0.0
    for row in data.price_floors.get(name, ()):
        if made := made_under(data, row, place):
            floors += made * data.money(place, partial(below_floor, data, row, place, row.num("price_usd_per_t")))
    return {"fixed_opex": M * fixed, "variable_opex": M * variable, "floor_payments": M * floors}


def _capital(data: RecheckInputs, name: str, place: Place) -> Amounts:
    """Return the annuities of private and public money, and what governments do not get back, M USD a year."""
    amounts = {"private_capital": 0.0, "public_capital": 0.0, "forgone": 0.0}
    life = data.projects[name].integer("life_years")
    for decided, modules in data.built.get(name, []):
        planned = decided[1] + data.lead_time(name)
        years = range(planned, planned + life)
        paying = data.part(place, years) if data.is_known(decided, place) else 0.0
        if not paying:
            continue
        private = payment(data, name, data.own(name, "wacc_percent") / 100)
        factor = data.money(place, partial(capex_factor, data, name, place, years))
        amounts["private_capital"] += modules * data.overnight(name) * private * factor
        for money, instrument in data.supports(name, decided):
            public = instrument.num("repaid_percent") / 100 * payment(data, name, instrument.num("rate_percent") / 100)
            amounts["private_capital"] -= money * private * paying
            amounts["public_capital"] += money * public * paying
            amounts["forgone"] += money * max(0.0, private - public) * paying
    return amounts


def _paths(
    data: RecheckInputs, reported: dict[tuple[str, Place], dict[str, object]], received: dict[tuple[str, Place], float]
) -> Iterator[Breach]:
    """Compare the totals of each plant along each path, discounted at its own cost of capital."""
    rows = {(str(row["scenario"]), str(row["project"])): row for row in data.plan["viability_of_plants"]}
    for scenario, path in data.paths.items():
        for name in data.projects:
            years = [
                (_discounted_years(data, name, place), reported[name, place], received[name, place])
                for place in path
                if (name, place) in reported
            ]
            row = rows.get((scenario, name), {})
            if bool(years) != bool(row):
                yield Breach(f"{name} in {scenario} stands in one table alone", 1.0)
            for column, value, scale in _totals(years) if years else ():
                yield excess(f"{name} {scenario} {column}", abs(num(row, column) - value), scale)


def _discounted_years(data: RecheckInputs, name: str, place: Place) -> float:
    """Return the sum of a plant's own discount factors over the years of a node."""
    rate = data.own(name, "wacc_percent") / 100
    return sum(float((1 + rate) ** (data.tables.years[0] - y)) for y in data.span_years(place))


def _totals(years: list[tuple[float, dict[str, object], float]]) -> Iterator[tuple[str, float, float]]:
    """Yield (column, its value, the amounts at stake) of a plant along a path."""

    def add(column: str) -> float:
        return sum(worth * num(row, column) for worth, row, _ in years)

    revenue, product, floors = (
        add("revenue_musd_per_year"),
        add("product_revenue_musd_per_year"),
        add("floor_payments_musd_per_year"),
    )
    paid, tonnes = sum(add(f"{c}_musd_per_year") for c in CHARGES), add("product_t")
    value, running = revenue + floors - paid, sum(worth for worth, row, _ in years if num(row, "throughput_t") > M)
    stake = revenue + paid + floors
    yield "npv_musd", value, stake
    yield "product_discounted_t", tonnes, tonnes
    yield "given_musd", sum(worth * money for worth, _, money in years), stake
    if running:
        yield "gap_musd_per_year", max(0.0, -value) / running, stake / running
    if tonnes > M:
        each = {"break_even": paid - (revenue - product), "market": product, "floor": floors, "gap": max(0.0, -value)}
        for column, money in each.items():
            yield f"{column}_usd_per_t", money / M / tonnes, stake / M / tonnes

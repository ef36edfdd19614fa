"""Market prices, and what every plant comes to at them, recomputed from the input and the rows of what runs, is built
and is lent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from didymium.recheck import yearly
from didymium.recheck.cost import (
    M,
    capex_factor,
    capital_recovery,
    fixed_opex,
    lacks_of_floor,
    made_under,
    opex,
    running_cost,
)
from didymium.recheck.inputs import Breach, Place, RecheckInputs, excess, num

Figures = dict[str, float]
CHARGES = ("inputs", "fixed_opex", "variable_opex", "private_capital", "public_capital")


def price(w: RecheckInputs, commodity: str, place: Place) -> float:
    """Market price in a node, USD a tonne."""
    return float(
        w.once(
            ("market of", commodity, place), lambda: w.money(place, lambda y: yearly.market(w, commodity, place[0], y))
        )
    )


def recheck_market_prices(w: RecheckInputs) -> Iterator[Breach]:
    """Every commodity has its market price in every node."""
    told = {(place, str(row["commodity"])): num(row, "market_usd_per_t") for place, row in w.rows("market_prices")}
    for place in w.places:
        for c in w.stage:
            right = price(w, c, place)
            yield excess(f"{c} {place}", abs(told.get((place, c), -1.0) - right), right)


def recheck_viability(w: RecheckInputs) -> Iterator[Breach]:
    """What every plant gets and pays in every node, and what it comes to along every path."""
    told = {(str(row["project"]), place): row for place, row in w.rows("viability")}
    given: dict[tuple[str, Place], float] = defaultdict(float)
    for name in w.projects:
        for place in w.places:
            row = told.get((name, place), {})
            right = {
                **_trade(w, name, place, str(row.get("product"))),
                **_operation(w, name, place),
                **_capital(w, name, place),
            }
            given[name, place] = right.pop("given") + right["floor_payments"]
            right["margin"] = right["revenue"] + right["floor_payments"] - sum(right[c] for c in CHARGES)
            scale = max(map(abs, right.values()))
            for column, value in right.items():
                shown = num(row, column if column.endswith("_t") else f"{column}_musd_per_year")
                yield excess(f"{name} {place} {column}", abs(shown - value), scale)
    yield from _paths(w, told, given)


def _trade(w: RecheckInputs, name: str, place: Place, product: str) -> Figures:
    """Goods made and used, M USD a year at market prices; of the main product also the tonnes."""
    made: Figures = defaultdict(float)
    used: Figures = defaultdict(float)
    for row in w.rows_at("production", place):
        if row["project"] == name:
            for side, sums in zip(w.recipes[str(row["recipe"])], (used, made), strict=True):
                for c, t in side.items():
                    sums[c] += t * num(row, "throughput_t")
    revenue, inputs = (sum(M * t * price(w, c, place) for c, t in side.items()) for side in (made, used))
    of_product = M * made.get(product, 0.0) * price(w, product, place) if product in made else 0.0
    ran = w.throughput.get((name, place), 0.0)
    return {
        "throughput_t": ran,
        "product_t": made.get(product, 0.0),
        "product_revenue": of_product,
        "revenue": revenue,
        "inputs": inputs,
    }


def _operation(w: RecheckInputs, name: str, place: Place) -> Figures:
    """Fixed opex less what mothballing saves, variable opex with carbon, and what governments pay on floors, M USD a
    year."""
    idle = sum(num(row, "idle_t_per_year") for row in w.rows_at("capacity", place) if row["project"] == name)
    fixed = w.money(place, partial(fixed_opex, w, name, place))
    if idle:
        each = w.money(place, partial(opex, w, "fixed_opex_usd_per_t_capacity", name, place))
        fixed -= (1 - w.projects[name].num("mothball_percent") / 100) * each * idle
    ran = w.throughput.get((name, place), 0.0)
    variable = ran * w.money(place, partial(running_cost, w, name, place)) if ran else 0.0
    floors = 0.0
    for row in w.tables["Contracts"]:
        if row["kind"] == "price_floor" and row["project"] == name and (made := made_under(w, row, place)):
            floors += made * w.money(place, partial(lacks_of_floor, w, row, place, row.num("price_usd_per_t")))
    return {"fixed_opex": M * fixed, "variable_opex": M * variable, "floor_payments": M * floors}


def _capital(w: RecheckInputs, name: str, place: Place) -> Figures:
    """What private and public money is paid, M USD a year, and what the latter forgoes."""
    row, found = w.projects[name], {"private_capital": 0.0, "public_capital": 0.0, "given": 0.0}
    for decided, modules in w.built.get(name, []):
        years = range(decided[1] + w.lead(name), decided[1] + w.lead(name) + row.integer("life_years"))
        paying = w.part(place, years) if decided in w.before(place) else 0.0
        if not paying:
            continue
        private = _payment(w, name, w.own(name, "wacc_percent"))
        found["private_capital"] += (
            modules * w.overnight(name) * private * w.money(place, partial(capex_factor, w, name, place, years))
        )
        for support in w.plan["finance"]:
            if support["project"] == name and (str(support["branch"]), int(num(support, "decision_year"))) == decided:
                lent, instrument = num(support, "support_musd"), w.ids("Finance.instrument")[str(support["instrument"])]
                public = instrument.num("repaid_percent") / 100 * _payment(w, name, instrument.num("rate_percent"))
                found["private_capital"] -= lent * private * paying
                found["public_capital"] += lent * public * paying
                found["given"] += lent * max(0.0, private - public) * paying
    return found


def _payment(w: RecheckInputs, name: str, percent: float) -> float:
    """What a M USD at so many percent is paid a year."""
    row, rate = w.projects[name], percent / 100
    return float((1 + rate) ** (row.integer("construction_years") / 2)) * capital_recovery(
        rate, row.integer("life_years")
    )


def _paths(
    w: RecheckInputs, told: dict[tuple[str, Place], dict[str, object]], given: dict[tuple[str, Place], float]
) -> Iterator[Breach]:
    """Each plant along each path, from its years, discounted at its own cost of capital."""
    rows = {(str(row["scenario"]), str(row["project"])): row for row in w.plan["viability_of_plants"]}
    for scenario, path in w.paths.items():
        for name in w.projects:
            years = [
                (_worth(w, name, place), told[name, place], given[name, place])
                for place in path
                if (name, place) in told
            ]
            row = rows.get((scenario, name), {})
            if bool(years) != bool(row):
                yield Breach(f"{name} in {scenario} stands in one table alone", 1.0)
            for column, value, scale in _whole(years) if years else ():
                yield excess(f"{name} {scenario} {column}", abs(num(row, column) - value), scale)


def _worth(w: RecheckInputs, name: str, place: Place) -> float:
    rate = w.own(name, "wacc_percent") / 100
    return sum(float((1 + rate) ** (w.tables.years[0] - y)) for y in w.span_years(place))


def _whole(years: list[tuple[float, dict[str, object], float]]) -> Iterator[tuple[str, float, float]]:
    """(column, what it should be, the amounts at stake)."""

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

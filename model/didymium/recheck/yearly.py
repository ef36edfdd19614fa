"""Figures of single years: those of the input rows times the shocks that act in the year."""

from __future__ import annotations

from didymium.recheck.inputs import Place, RecheckInputs
from didymium.tables.rows import Row


def demand(data: RecheckInputs, row: Row, scenario: str, year: int) -> float:
    """Return the demand of a row of Demand in a year, t."""
    return float(data.once(("demand", id(row), scenario, year), lambda: _demand(data, row, scenario, year)))


def _demand(data: RecheckInputs, row: Row, scenario: str, year: int) -> float:
    names = {c: row.text(c) for c in ("commodity", "region", "segment")}
    return (row.years[year] or 0.0) * data.factor("demand", scenario, year, **names, item=names["segment"])


def wanted(data: RecheckInputs, row: Row, place: Place) -> float:
    """Return the demand of a row of Demand in a node: the mean over its years, t/year."""
    return data.mean(place, lambda y: demand(data, row, place[0], y))


def redesign(data: RecheckInputs, row: Row, place: Place) -> float:
    """Return how much of a row of Demand can be designed out at most: the mean of share x demand, t/year."""
    swap = data.ids("Substitution.segment").get(row.text("segment")) if data.tables["Substitution"] else None
    if swap is None:
        return 0.0
    return data.mean(place, lambda y: (swap.years.get(y) or 0.0) / 100 * demand(data, row, place[0], y))


def offered(data: RecheckInputs, offer: str, what: str, scenario: str, year: int) -> float:
    """Return the tonnes (`limit`) or the USD/t before duty (`price`) of an offer in a year."""
    measure = "limit_t" if what == "limit" else "price_usd_per_t"
    row = data.offers[offer][measure]
    names = {
        "stage": data.stage[row.text("commodity")],
        "commodity": row.text("commodity"),
        "region": row.text("destination"),
        "item": offer,
    }
    factor = data.factor(f"import_{what}", scenario, year, **names)
    if row["china"]:
        factor *= data.factor(f"china_{what}", scenario, year, **names)
    return (row.years[year] or 0.0) * factor


def duty(
    data: RecheckInputs, percent: float, commodity: str, region: str, item: str, scenario: str, year: int
) -> float:
    """Return a tariff with the points that shocks add, as a share; `item` is the offer, blank for a route."""
    names = {"stage": data.stage[commodity], "commodity": commodity, "region": region, "item": item}
    return max(0.0, percent + sum(data.shocks("tariff", scenario, year, **names))) / 100


def landed(data: RecheckInputs, offer: str, region: str, scenario: str, year: int) -> float:
    """Return the price of an offer landed in a region, duty paid, USD/t."""
    row = data.offers[offer]["limit_t"]
    tax = duty(data, row.num("tariff_percent"), row.text("commodity"), region, offer, scenario, year)
    return offered(data, offer, "price", scenario, year) * (1 + tax)


def freight(data: RecheckInputs, route: Row, commodity: str, region: str, scenario: str, year: int) -> float:
    """Return the freight and tariff of a route to a region, USD/t."""
    names = {"stage": data.stage[commodity], "commodity": commodity, "region": region}
    cost = route.num("cost_usd_per_t") * data.factor("route_cost", scenario, year, **names)
    return cost + duty(data, route.num("tariff_percent"), commodity, region, "", scenario, year) * market(
        data, commodity, scenario, year
    )


def outlet(data: RecheckInputs, kind: str, commodity: str, scenario: str, year: int) -> float:
    """Return the factor of shocks on the sale price, sale limit or market price of a commodity."""
    return data.factor(kind, scenario, year, stage=data.stage[commodity], commodity=commodity)


def market(data: RecheckInputs, commodity: str, scenario: str, year: int) -> float:
    """Return the market price of a commodity in a year, USD/t."""
    return float(data.once(("market", commodity, scenario, year), lambda: _market(data, commodity, scenario, year)))


def _market(data: RecheckInputs, commodity: str, scenario: str, year: int) -> float:
    listed_price = _listed_price(data, commodity, year)
    if listed_price is None:
        heavy = {
            f"mixed_{r['commodity']}": r.text("commodity") for r in data.tables["Elements"] if r["circuit"] == "heavy"
        }
        if commodity in heavy:
            return data.number_setting("mixed_payable_percent") / 100 * market(data, heavy[commodity], scenario, year)
        if data.stage[commodity] == "mine":
            return data.number_setting("concentrate_payable_percent") / 100 * _in_ore(data, commodity, scenario, year)
        listed_price = data.ids("Commodities.commodity")[commodity].num("reference_price_usd_per_t")
    return listed_price * outlet(data, "market_price", commodity, scenario, year)


def _listed_price(data: RecheckInputs, commodity: str, year: int) -> float | None:
    """Return the price on the sheet Prices of a year, or of the last year before it that has one; None without."""
    row = data.ids("Prices.commodity").get(commodity) if data.tables["Prices"] else None
    years = [y for y in range(data.tables.years[0], year + 1) if row is not None and row.years.get(y) is not None]
    return None if row is None or not years else row.years[years[-1]]


def _in_ore(data: RecheckInputs, mine: str, scenario: str, year: int) -> float:
    """Return the market value of the oxides from a tonne of a mine's concentrate, USD/t."""
    assay = data.ids("Assays.mine")[mine].shares
    recovery = data.ids("Recoveries.ore_type")[data.projects[mine].text("ore_type")].shares
    elements = {r.text("element"): r.text("commodity") for r in data.tables["Elements"]}
    return sum(assay[e] / 100 * recovery[e] / 100 * market(data, c, scenario, year) for e, c in elements.items())


def target_share(data: RecheckInputs, row: Row, scenario: str, year: int) -> float | None:
    """Return the share that a target requires in a year; None where it is blank."""
    share = row.years.get(year)
    return None if share is None else share / 100 * data.factor("target", scenario, year, item=row.text("target"))


def active_years(data: RecheckInputs, row: Row, place: Place) -> list[int]:
    """Return the years of a node in which a target or limit has a value."""
    return [y for y in data.span_years(place) if row.years.get(y) is not None]


def available(data: RecheckInputs, government: str, place: Place) -> float | None:
    """Return what has become available to a government by a node, M USD; None: no limit."""
    row = data.ids("Budgets.government").get(government) if data.tables["Budgets"] else None
    if row is None:
        return None
    total = 0.0
    for year in range(data.tables.years[0], place[1] + 1):
        total += (row.years.get(year) or 0.0) * data.factor(
            "budget", data.acting(place[0], year), year, item=government
        )
    return total


def in_force(row: Row, place: Place, data: RecheckInputs) -> list[int]:
    """Return the years of a node in which a contract is in force."""
    return [y for y in data.span_years(place) if row.integer("from_year") <= y <= row.integer("to_year")]

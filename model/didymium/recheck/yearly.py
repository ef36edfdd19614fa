"""Figures of single years as the re-check reads them: the rows times the shocks that act in that year."""

from __future__ import annotations

from didymium.recheck.inputs import Place, RecheckInputs
from didymium.tables.rows import Row


def demand(w: RecheckInputs, row: Row, scenario: str, year: int) -> float:
    """Tonnes that a row of Demand wants."""
    names = {c: row.text(c) for c in ("commodity", "region", "segment")}
    return (row.years[year] or 0.0) * w.factor("demand", scenario, year, **names, item=names["segment"])


def wanted(w: RecheckInputs, row: Row, place: Place) -> float:
    """The same, mean over a node's years."""
    return w.mean(place, lambda y: demand(w, row, place[0], y))


def redesign(w: RecheckInputs, row: Row, place: Place) -> float:
    """Most tonnes a year of a row of Demand that can be designed out: the mean over a node's years of share x
    demand."""
    swap = w.ids("Substitution.segment").get(row.text("segment")) if w.tables["Substitution"] else None
    if swap is None:
        return 0.0
    return w.mean(place, lambda y: (swap.years.get(y) or 0.0) / 100 * demand(w, row, place[0], y))


def offered(w: RecheckInputs, offer: str, what: str, scenario: str, year: int) -> float:
    """Tonnes (`limit`) or USD a tonne before duty (`price`) of an offer."""
    measure = "limit_t" if what == "limit" else "price_usd_per_t"
    row = w.offers[offer][measure]
    names = {
        "stage": w.stage[row.text("commodity")],
        "commodity": row.text("commodity"),
        "region": row.text("destination"),
        "item": offer,
    }
    factor = w.factor(f"import_{what}", scenario, year, **names)
    if row["china"]:
        factor *= w.factor(f"china_{what}", scenario, year, **names)
    return (row.years[year] or 0.0) * factor


def duty(w: RecheckInputs, percent: float, commodity: str, region: str, item: str, scenario: str, year: int) -> float:
    """A tariff with what shocks add to it, as a share; `item` is the offer, blank for a route."""
    names = {"stage": w.stage[commodity], "commodity": commodity, "region": region, "item": item}
    return max(0.0, percent + sum(w.shocks("tariff", scenario, year, **names))) / 100


def landed(w: RecheckInputs, offer: str, region: str, scenario: str, year: int) -> float:
    """USD a tonne of an offer, landed in a region, duty paid."""
    row = w.offers[offer]["limit_t"]
    tax = duty(w, row.num("tariff_percent"), row.text("commodity"), region, offer, scenario, year)
    return offered(w, offer, "price", scenario, year) * (1 + tax)


def freight(w: RecheckInputs, route: Row, commodity: str, region: str, scenario: str, year: int) -> float:
    """USD a tonne moved to a region."""
    names = {"stage": w.stage[commodity], "commodity": commodity, "region": region}
    cost = route.num("cost_usd_per_t") * w.factor("route_cost", scenario, year, **names)
    return cost + duty(w, route.num("tariff_percent"), commodity, region, "", scenario, year) * market(
        w, commodity, scenario, year
    )


def outlet(w: RecheckInputs, kind: str, commodity: str, scenario: str, year: int) -> float:
    """The factor of sale_price, sale_limit or market_price on a commodity."""
    return w.factor(kind, scenario, year, stage=w.stage[commodity], commodity=commodity)


def market(w: RecheckInputs, commodity: str, scenario: str, year: int) -> float:
    """Market price, USD a tonne."""
    return float(w.once(("market", commodity, scenario, year), lambda: _market(w, commodity, scenario, year)))


def _market(w: RecheckInputs, commodity: str, scenario: str, year: int) -> float:
    given = _given_price(w, commodity, year)
    if given is None:
        heavy = {
            f"mixed_{r['commodity']}": r.text("commodity") for r in w.tables["Elements"] if r["circuit"] == "heavy"
        }
        if commodity in heavy:
            return w.number_setting("mixed_payable_percent") / 100 * market(w, heavy[commodity], scenario, year)
        if w.stage[commodity] == "mine":
            return w.number_setting("concentrate_payable_percent") / 100 * _in_ore(w, commodity, scenario, year)
        given = w.ids("Commodities.commodity")[commodity].num("reference_price_usd_per_t")
    return given * outlet(w, "market_price", commodity, scenario, year)


def _given_price(w: RecheckInputs, commodity: str, year: int) -> float | None:
    """What the sheet Prices says of a year, or of the last one before it."""
    row = w.ids("Prices.commodity").get(commodity) if w.tables["Prices"] else None
    years = [y for y in range(w.tables.years[0], year + 1) if row is not None and row.years.get(y) is not None]
    return None if row is None or not years else row.years[years[-1]]


def _in_ore(w: RecheckInputs, mine: str, scenario: str, year: int) -> float:
    """What the oxides are worth that a tonne of a mine's concentrate yields."""
    assay = w.ids("Assays.mine")[mine].shares
    recovery = w.ids("Recoveries.ore_type")[w.projects[mine].text("ore_type")].shares
    elements = {r.text("element"): r.text("commodity") for r in w.tables["Elements"]}
    return sum(assay[e] / 100 * recovery[e] / 100 * market(w, c, scenario, year) for e, c in elements.items())


def target_share(w: RecheckInputs, row: Row, scenario: str, year: int) -> float | None:
    """What a target asks in a year, as a share; None where it asks nothing."""
    asked = row.years.get(year)
    return None if asked is None else asked / 100 * w.factor("target", scenario, year, item=row.text("target"))


def asked_years(w: RecheckInputs, row: Row, place: Place) -> list[int]:
    """The years of a node in which a target or limit says something."""
    return [y for y in w.span_years(place) if row.years.get(y) is not None]


def available(w: RecheckInputs, government: str, place: Place) -> float | None:
    """M USD that have become available to a government by a node; None: no limit."""
    row = w.ids("Budgets.government").get(government) if w.tables["Budgets"] else None
    if row is None:
        return None
    total = 0.0
    for year in range(w.tables.years[0], place[1] + 1):
        total += (row.years.get(year) or 0.0) * w.factor("budget", w.acting(place[0], year), year, item=government)
    return total


def in_force(row: Row, place: Place, w: RecheckInputs) -> list[int]:
    """The years of a node in which a contract is in force."""
    return [y for y in w.span_years(place) if row.integer("from_year") <= y <= row.integer("to_year")]

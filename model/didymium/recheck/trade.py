"""Rules 6 to 8: where goods move, and the limits of routes, offers and sales."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from didymium.recheck import yearly
from didymium.recheck.capacity import accepts
from didymium.recheck.inputs import Breach, Place, RecheckInputs, excess, num
from didymium.recheck.rule import rechecks
from didymium.tables.rows import Row

Goods = set[tuple[str, str]]
"""(region, commodity)"""


@rechecks("6 shipping")
def shipping(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 6: goods move where a route covers them, from where they are made or stored to where they are used."""
    made, used = _made_and_used(data)
    available = made | {(r.text("region"), r.text("commodity")) for r in data.tables["Stockpiles"]}
    for place, row in data.rows("trade"):
        start, end, c = str(row["from"]), str(row["to"]), str(row["commodity"])
        allowed = True
        if row["kind"] == "ship":
            allowed = data.route(row) is not None and (start, c) in available and (end, c) in used
        elif row["kind"] == "sell":
            sold = data.ids("Commodities.commodity")[c]["sale_price_usd_per_t"] is not None
            allowed = (start, c) in available and sold
        elif row["kind"] == "buy":
            allowed = _may_be_bought(data, row, used)
        tonnes = num(row, "tonnes_t")
        yield excess(f"{row['kind']} {c} {start} to {end} {place}", 0 if allowed else tonnes, tonnes)


def _may_be_bought(data: RecheckInputs, row: dict[str, object], used: Goods) -> bool:
    """Return whether an offer is of the commodity and origin level of a purchase and can land in its region."""
    region, c = str(row["to"]), str(row["commodity"])
    offer = data.offers[str(row["from"])]["limit_t"]
    anywhere = offer["destination"] == "*" and not data.in_china[region] and (region, c) in used
    origin_level = data.china_level(c) if offer["china"] else 0
    lands = offer["destination"] == region or anywhere
    return lands and offer["commodity"] == c and num(row, "level") == origin_level


def _made_and_used(data: RecheckInputs) -> tuple[Goods, Goods]:
    """Return what plants can make in each region, and what plants, demand and stocks can use there."""
    made: Goods = set()
    used: Goods = set()
    for name, project in data.projects.items():
        region = project.text("region")
        for recipe, (inputs, outputs) in data.recipes.items():
            if accepts(data, name, project, recipe):
                made |= {(region, c) for c, tonnes in outputs.items() if tonnes > 0}
                used |= {(region, c) for c in inputs}
    used |= {(r.text("region"), r.text("commodity")) for sheet in ("Demand", "Stockpiles") for r in data.tables[sheet]}
    return made, used


@rechecks("6 route limits")
def route_limit(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 6 (route_limit): what moves under a row of Routes is within its limit.

    A row for all stages covers only what no row of a stage covers.
    """
    moved: dict[tuple[int, Place], float] = defaultdict(float)
    rows: dict[int, Row] = {}
    for place, row in data.rows("trade"):
        route = data.route(row) if row["kind"] == "ship" else None
        if route is not None:
            rows[id(route)] = route
            moved[id(route), place] += num(row, "tonnes_t")
    for (key, place), tonnes in moved.items():
        if (route := rows[key])["limit_t_per_year"] is not None:
            limit = route.num("limit_t_per_year")
            where = f"{route['from_region']} to {route['to_region']} {route['stage']} {place}"
            yield excess(where, tonnes - limit, limit)


@rechecks("7 offers")
def offer_limit(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 7: no more bought than offered."""
    bought: dict[tuple[str, Place], float] = defaultdict(float)
    for place, row in data.rows("trade"):
        if row["kind"] == "buy":
            bought[str(row["from"]), place] += num(row, "tonnes_t")
    for (offer, place), tonnes in bought.items():
        limit = data.mean(place, partial(yearly.offered, data, offer, "limit", place[0]))
        yield excess(f"{offer} {place}", tonnes - limit, limit)


@rechecks("8 sales")
def sale_limit(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 8: no more sold than the outside market buys."""
    sold: dict[tuple[str, Place], float] = defaultdict(float)
    for place, row in data.rows("trade"):
        if row["kind"] == "sell":
            sold[str(row["commodity"]), place] += num(row, "tonnes_t")
    for (c, place), tonnes in sold.items():
        if (good := data.ids("Commodities.commodity")[c])["sale_limit_t_per_year"] is not None:
            factor = data.mean(place, partial(yearly.outlet, data, "sale_limit", c, place[0]))
            limit = good.num("sale_limit_t_per_year") * factor
            yield excess(f"{c} {place}", tonnes - limit, limit)

"""Rule 5: the balance of every commodity at every origin level, and the bounds of stocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from didymium.recheck.inputs import LEVELS, Breach, Place, RecheckInputs, excess, num
from didymium.recheck.rule import rechecks

Tonnes = dict[tuple[str, str, Place], list[float]]
"""(region, commodity, node) -> t/year by origin level."""


def _by_origin() -> Tonnes:
    return defaultdict(lambda: [0.0] * len(LEVELS))


@dataclass(frozen=True, slots=True)
class Flows:
    """What is supplied and what is used in every region, commodity and node."""

    supply: Tonnes = field(default_factory=_by_origin)
    use: Tonnes = field(default_factory=_by_origin)


@rechecks("5 balance")
def balance(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 5 (balance): supply at origin levels up to l covers use at levels up to l.

    In all, supply is used, or discarded where that is allowed.
    """
    flows = Flows()
    _production(data, flows)
    _trade(data, flows)
    _stocks(data, flows)
    discarded = {
        (str(row["region"]), str(row["commodity"]), place): num(row, "dump_t") for place, row in data.rows("disposal")
    }
    for key in {**flows.supply, **flows.use, **discarded}:
        used, supplied, dumped = flows.use[key], flows.supply[key], discarded.get(key, 0.0)
        where, scale = f"{key[1]} in {key[0]} {key[2]}", max(sum(used), sum(supplied))
        for origin_level in LEVELS:
            lacking = sum(used[: origin_level + 1]) - sum(supplied[: origin_level + 1])
            yield excess(f"{where} level {origin_level}", lacking, scale)
        yield excess(f"{where} in all", abs(sum(supplied) - sum(used) - dumped), scale)
        yield excess(f"{where} thrown away", max(-dumped, 0.0 if _may_be_dumped(data, key[1]) else dumped), scale)


def _may_be_dumped(data: RecheckInputs, commodity: str) -> bool:
    """Return whether a commodity may be discarded.

    Oxides, mixed oxides and scrap may; metals and magnets where that has a cost; concentrates never.
    """
    listed = data.ids("Commodities.commodity").get(commodity)
    if listed is None:
        return data.stage[commodity] != "mine"
    return listed["stage"] in ("refinery", "scrap") or listed["disposal_cost_usd_per_t"] is not None


def _production(data: RecheckInputs, flows: Flows) -> None:
    """Add what plants make and use."""
    for place, row in data.rows("production"):
        region = data.projects[str(row["project"])].text("region")
        for c, origin_level, tonnes in data.made(row):
            flows.supply[region, c, place][origin_level] += tonnes
        for c, tonnes in data.recipes[str(row["recipe"])][0].items():
            flows.use[region, c, place][int(num(row, "level"))] += tonnes * num(row, "throughput_t")


def _trade(data: RecheckInputs, flows: Flows) -> None:
    """Add what is shipped, bought, sold and served."""
    for place, row in data.rows("trade"):
        origin_level, c, tonnes = int(num(row, "level")), str(row["commodity"]), num(row, "tonnes_t")
        if row["kind"] in ("ship", "sell"):
            flows.use[str(row["from"]), c, place][origin_level] += tonnes
        if row["kind"] in ("ship", "buy"):
            flows.supply[str(row["to"]), c, place][origin_level] += tonnes
    for place, row in data.rows("demand"):
        for origin_level in LEVELS:
            served = num(row, f"level_{origin_level}_t")
            flows.use[str(row["region"]), str(row["commodity"]), place][origin_level] += served


def _stocks(data: RecheckInputs, flows: Flows) -> None:
    """Add opening stocks as supply and closing stocks as use: a stock changes by the span times the yearly net flow."""
    for place, row in data.rows("stockpiles"):
        key = (str(row["region"]), str(row["commodity"]))
        origin_level, tonnes = int(num(row, "level")), num(row, "stock_t")
        flows.use[(*key, place)][origin_level] += tonnes / data.span(place[1])
        for after in data.places:
            path = data.before(after)
            if len(path) > 1 and path[-2] == place:
                flows.supply[(*key, after)][origin_level] += tonnes / data.span(after[1])
    for pile in data.tables["Stockpiles"]:
        origin_level = data.opening_level(pile)
        for first in data.first_places:
            opening = pile.num("initial_t") / data.span(first[1])
            flows.supply[pile.text("region"), pile.text("commodity"), first][origin_level] += opening


@rechecks("5 stock")
def stock_bounds(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 5 (stock_limit, stock_minimum): a stock between its minimum and its limit."""
    stock: dict[tuple[str, str, Place], float] = defaultdict(float)
    for place, row in data.rows("stockpiles"):
        stock[str(row["region"]), str(row["commodity"]), place] += num(row, "stock_t")
    known = {(r.text("region"), r.text("commodity")): r for r in data.tables["Stockpiles"]}
    for (region, commodity, place), tonnes in stock.items():
        if (region, commodity) not in known:
            yield excess(f"{commodity} in {region} {place}", tonnes, tonnes)
    for (region, commodity), pile in known.items():
        limit, minimum = pile.num("limit_t"), pile.num("minimum_t")
        for place in data.places:
            tonnes = stock[region, commodity, place]
            yield excess(f"{commodity} in {region} {place}", max(tonnes - limit, minimum - tonnes), limit)

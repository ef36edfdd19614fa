"""The flows of a year for the two charts of the network on the page: between regions, and from mine to magnet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from didymium.checks.reach import stage_of
from didymium.plan.answer import Answer
from didymium.plan.rows import number
from didymium.reports.display import REGIONS, names
from didymium.reports.numbers import probability
from didymium.reports.page.contained import GROUPS, Contents
from didymium.results import Record
from didymium.results.operation import ProductionRow, TradeRow
from didymium.results.shared import NodeColumns

TINY = 0.05  # t a year contained; thinner flows are not drawn
CHINA, OTHERS, OUTSIDE = "China (offers)", "Other offers", "Sold outside"
Link = tuple[str, str, int]
_POOLS = {
    "mine": "Concentrates",
    "refinery": "Oxides",
    "metal": "Metals",
    "magnet": "Magnets",
    "scrap": "Scrap and swarf",
}
MIXED = "Mixed heavies"
_PLANTS = {
    "mine": "Mines",
    "refinery": "Refineries",
    "heavy": "Heavy separation",
    "metal": "Metal plants",
    "magnet": "Magnet plants",
    "recycler": "Recyclers",
}


Sums = dict[int, dict[tuple[str, ...], dict[str, float]]]
"""Year -> place -> name of an amount -> its sum."""


def network(plan: Answer) -> list[Record]:
    """Return for each year: plants by region and stage, shipments between regions by stage, purchases by the region of
    import.

    Plants have their capacity on line and throughput, t/year in the unit of their stage; plants and trade links have
    the content of each group of elements in what they made or moved.
    """
    pools = {group: _Pools(plan, group) for group in GROUPS}
    plants, trade_links = _plants(plan, pools), _trade_links(plan, pools)
    return [
        {
            "year": year,
            "plants": [
                {"region": a, "stage": s, "online": 0.0, "ran": 0.0, **dict.fromkeys(GROUPS, 0.0), **t}
                for (a, s), t in sorted(plants[year].items())
            ],
            "trade_links": [
                {"from": a, "to": b, "stage": s, **t}
                for (a, b, s), t in sorted(trade_links[year].items())
                if max(t.values()) > TINY
            ],
        }
        for year in sorted(plants)
    ]


def _sums() -> Sums:
    return defaultdict(lambda: defaultdict(lambda: defaultdict(float)))


def _plants(plan: Answer, pools: Mapping[str, _Pools]) -> Sums:
    """Capacity, throughput and content of what plants made, by year, region and stage."""
    chance, regions, found = probability(plan), names(plan.source, REGIONS), _sums()
    for plant in plan.tables["capacity"]:
        sums = found[plant["year"]][regions[plant["region"]], plant["stage"]]
        for column, name in (("online_t_per_year", "online"), ("throughput_t", "ran")):
            sums[name] += chance[plant["branch"], plant["year"]] * number(plant, column)
    for group in GROUPS:
        for r, goods in pools[group].outputs():
            found[r["year"]][regions[r["region"]], r["stage"]][group] += sum(goods.values())
    return found


def _trade_links(plan: Answer, pools: Mapping[str, _Pools]) -> Sums:
    """Content of shipments and purchases, by year, origin, destination and stage."""
    regions, found = names(plan.source, REGIONS), _sums()
    for r in plan.tables["trade"]:
        if r["kind"] != "sell":
            start = regions[r["from"]] if r["kind"] == "ship" else supplier(r)
            sums = found[r["year"]][start, regions[r["to"]], r["stage"]]
            for group in GROUPS:
                sums[group] += pools[group].traded(r)
    return found


def supplier(row: TradeRow) -> str:
    """Return the name of the group of suppliers of a purchase: offers from China, or other offers."""
    return CHINA if row["china"] == "yes" else OTHERS


class _Pools:
    """The tonnes of a group of elements in what is made, moved and used; what leaves a pool of goods has the mean
    content of what came in during that year."""

    def __init__(self, plan: Answer, group: str) -> None:
        self.plan, self.contents, self.chance = plan, Contents(plan, group), probability(plan)
        self.out = {  # of each recipe and commodity, t a tonne of throughput and what a tonne contains
            recipe: {c: (t, self.contents.made(recipe, c)) for c, t in sides["out"].items()}
            for recipe, sides in self.contents.flows.items()
        }
        supplied: dict[tuple[object, object, str], list[float]] = defaultdict(lambda: [0.0, 0.0])  # t, t contained
        for run in plan.tables["production"]:
            for commodity, (tonnes, each) in self.out[run["recipe"]].items():
                _add(supplied[run["branch"], run["year"], commodity], tonnes * run["throughput_t"], each)
        for traded in plan.tables["trade"]:
            if traded["kind"] == "buy":
                _add(
                    supplied[traded["branch"], traded["year"], traded["commodity"]],
                    traded["tonnes_t"],
                    self.contents.of.get(traded["commodity"], 0.0),
                )
        self.mean = {place: contained / tonnes for place, (tonnes, contained) in supplied.items() if tonnes > 0}

    def share(self, r: NodeColumns, commodity: str) -> float:
        """Return the content of a tonne of a commodity in the branch and year of a row."""
        return self.mean.get((r["branch"], r["year"], commodity), self.contents.of.get(commodity, 0.0))

    def outputs(self) -> Iterator[tuple[ProductionRow, dict[str, float]]]:
        """Yield every row of production with the expected tonnes contained in its outputs, by commodity."""
        for r in self.plan.tables["production"]:
            ran = self.chance[r["branch"], r["year"]] * r["throughput_t"]
            made = self.out[r["recipe"]].items()
            yield r, {c: ran * t * each for c, (t, each) in made if self.contents.stages[c] != "scrap"}

    def inputs(self, r: ProductionRow) -> dict[str, float]:
        """Return the expected tonnes contained in the inputs of a row of production, by commodity."""
        ran = self.chance[r["branch"], r["year"]] * r["throughput_t"]
        return {c: ran * t * self.share(r, c) for c, t in self.contents.flows[r["recipe"]]["in"].items()}

    def traded(self, r: TradeRow) -> float:
        """Return the expected tonnes contained in a row of trade."""
        commodity = r["commodity"]
        each = self.contents.of.get(commodity, 0.0) if r["kind"] == "buy" else self.share(r, commodity)
        return self.chance[r["branch"], r["year"]] * r["tonnes_t"] * each


def _add(sums: list[float], tonnes: float, each: float) -> None:
    sums[0] += tonnes
    sums[1] += tonnes * each


def chain(plan: Answer) -> list[Record]:
    """Return for each year the links (from, to, exposure level, tonnes contained by group) from mines through pools of
    goods and plants to demand.

    The output of a plant goes into the pool of its goods, and its inputs come from their pools, each at the exposure
    level of the throughput. Swarf from magnet plants is not drawn, because it would make the chart a circle; the inputs
    of recyclers are.
    """
    found: dict[int, dict[Link, dict[str, float]]] = defaultdict(
        lambda: defaultdict(lambda: dict.fromkeys(GROUPS, 0.0))
    )
    for group in GROUPS:
        for year, link, tonnes in _links(plan, _Pools(plan, group)):
            found[year][link][group] += tonnes
    return [
        {
            "year": year,
            "links": [
                {"from": a, "to": b, "level": k, **t} for (a, b, k), t in links.items() if max(t.values()) > TINY
            ],
        }
        for year, links in sorted(found.items())
    ]


def _links(plan: Answer, pools: _Pools) -> Iterator[tuple[int, Link, float]]:
    """Every flow of a group of elements: year, link, tonnes contained."""
    place, regions = _pools(plan), names(plan.source, REGIONS)
    for r, goods in pools.outputs():
        plant, origin_level = f"{_PLANTS[str(r['stage'])]}, {regions[str(r['region'])]}", r["level"]
        yield from ((r["year"], (plant, place[c], origin_level), tonnes) for c, tonnes in goods.items())
        for c, tonnes in pools.inputs(r).items():
            yield r["year"], (place[c], plant, 0 if place[c] == _POOLS["scrap"] else origin_level), tonnes
    for traded in plan.tables["trade"]:
        pool, origin_level = place[traded["commodity"]], traded["level"]
        if traded["kind"] == "buy":
            yield traded["year"], (supplier(traded), pool, origin_level), pools.traded(traded)
        elif traded["kind"] == "sell":
            yield traded["year"], (pool, OUTSIDE, origin_level), pools.traded(traded)
    for wanted in plan.tables["demand"]:
        each = pools.chance[wanted["branch"], wanted["year"]] * pools.share(wanted, wanted["commodity"])
        for origin_level in range(5):
            yield (
                wanted["year"],
                (place[wanted["commodity"]], f"Demand, {regions[str(wanted['region'])]}", origin_level),
                each * number(wanted, f"level_{origin_level}_t"),
            )


def _pools(plan: Answer) -> dict[str, str]:
    """The pool of every commodity: its stage's, or that of the mixed heavies."""
    pools = {commodity: _POOLS[stage] for commodity, stage in stage_of(plan.source).items()}
    return pools | dict.fromkeys(plan.source.ids("Mixed"), MIXED)

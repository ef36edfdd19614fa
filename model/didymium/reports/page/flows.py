"""The flows of a year for the two charts of the network on the page: between regions, and from mine to magnet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.checks.reach import stage_of
from didymium.plan.answer import Answer
from didymium.plan.tables import Record
from didymium.reports.display import REGIONS, names
from didymium.reports.page.contained import GROUPS, Contents
from didymium.reports.sentences import amount, probability

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


def network(plan: Answer) -> list[Record]:
    """Return for each year: plants by region and stage, shipments between regions by stage, purchases by the region of
    import.

    Plants have their capacity on line and throughput, t/year in the unit of their stage; plants and trade links have
    the content of each group of elements in what they made or moved.
    """
    chance, regions = probability(plan), names(plan.source, REGIONS)
    plants: dict[int, dict[tuple[str, str], dict[str, float]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(float))
    )
    trade_links: dict[int, dict[tuple[str, str, str], dict[str, float]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(float))
    )
    for r in plan.tables["capacity"]:
        sums = plants[_year(r)][regions[str(r["region"])], str(r["stage"])]
        for column, name in (("online_t_per_year", "online"), ("throughput_t", "ran")):
            sums[name] += chance[r["branch"], r["year"]] * amount(r, column)
    for group in GROUPS:
        contents = _Pools(plan, group)
        for r, goods in contents.outputs():
            plants[_year(r)][regions[str(r["region"])], str(r["stage"])][group] += sum(goods.values())
        for r in plan.tables["trade"]:
            if r["kind"] != "sell":
                start = regions[str(r["from"])] if r["kind"] == "ship" else supplier(r)
                trade_links[_year(r)][start, regions[str(r["to"])], str(r["stage"])][group] += contents.traded(r)
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


def supplier(row: Record) -> str:
    """Return the name of the group of suppliers of a purchase: offers from China, or other offers."""
    return CHINA if row["china"] == "yes" else OTHERS


def _year(row: Record) -> int:
    return int(str(row["year"]))


class _Pools:
    """The tonnes of a group of elements in what is made, moved and used; what leaves a pool of goods has the mean
    content of what came in during that year."""

    def __init__(self, plan: Answer, group: str) -> None:
        self.plan, self.contents, self.chance = plan, Contents(plan, group), probability(plan)
        supplied: dict[tuple[object, object, str], list[float]] = defaultdict(lambda: [0.0, 0.0])  # t, t contained
        for r in plan.tables["production"]:
            for commodity, tonnes in self.contents.flows[str(r["recipe"])]["out"].items():
                _add(
                    supplied[r["branch"], r["year"], commodity],
                    tonnes * amount(r, "throughput_t"),
                    self.contents.made(str(r["recipe"]), commodity),
                )
        for r in plan.tables["trade"]:
            if r["kind"] == "buy":
                _add(
                    supplied[r["branch"], r["year"], str(r["commodity"])],
                    amount(r, "tonnes_t"),
                    self.contents.of.get(str(r["commodity"]), 0.0),
                )
        self.mean = {place: contained / tonnes for place, (tonnes, contained) in supplied.items() if tonnes > 0}

    def share(self, r: Record, commodity: str) -> float:
        """Return the content of a tonne of a commodity in the branch and year of a row."""
        return self.mean.get((r["branch"], r["year"], commodity), self.contents.of.get(commodity, 0.0))

    def outputs(self) -> Iterator[tuple[Record, dict[str, float]]]:
        """Yield every row of production with the expected tonnes contained in its outputs, by commodity."""
        for r in self.plan.tables["production"]:
            ran = self.chance[r["branch"], r["year"]] * amount(r, "throughput_t")
            sides = self.contents.flows[str(r["recipe"])]["out"]
            yield (
                r,
                {
                    c: ran * t * self.contents.made(str(r["recipe"]), c)
                    for c, t in sides.items()
                    if self.contents.stages[c] != "scrap"
                },
            )

    def inputs(self, r: Record) -> dict[str, float]:
        """Return the expected tonnes contained in the inputs of a row of production, by commodity."""
        ran = self.chance[r["branch"], r["year"]] * amount(r, "throughput_t")
        return {c: ran * t * self.share(r, c) for c, t in self.contents.flows[str(r["recipe"])]["in"].items()}

    def traded(self, r: Record) -> float:
        """Return the expected tonnes contained in a row of trade."""
        commodity = str(r["commodity"])
        each = self.contents.of.get(commodity, 0.0) if r["kind"] == "buy" else self.share(r, commodity)
        return self.chance[r["branch"], r["year"]] * amount(r, "tonnes_t") * each


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
        plant, origin_level = f"{_PLANTS[str(r['stage'])]}, {regions[str(r['region'])]}", int(str(r["level"]))
        yield from ((_year(r), (plant, place[c], origin_level), tonnes) for c, tonnes in goods.items())
        for c, tonnes in pools.inputs(r).items():
            yield _year(r), (place[c], plant, 0 if place[c] == _POOLS["scrap"] else origin_level), tonnes
    for r in plan.tables["trade"]:
        pool, origin_level = place[str(r["commodity"])], int(str(r["level"]))
        if r["kind"] == "buy":
            yield _year(r), (supplier(r), pool, origin_level), pools.traded(r)
        elif r["kind"] == "sell":
            yield _year(r), (pool, OUTSIDE, origin_level), pools.traded(r)
    for r in plan.tables["demand"]:
        each = pools.chance[r["branch"], r["year"]] * pools.share(r, str(r["commodity"]))
        for origin_level in range(5):
            yield (
                _year(r),
                (place[str(r["commodity"])], f"Demand, {regions[str(r['region'])]}", origin_level),
                each * amount(r, f"level_{origin_level}_t"),
            )


def _pools(plan: Answer) -> dict[str, str]:
    """The pool of every commodity: its stage's, or that of the mixed heavies."""
    pools = {commodity: _POOLS[stage] for commodity, stage in stage_of(plan.source).items()}
    return pools | dict.fromkeys(plan.source.ids("Mixed"), MIXED)

"""What moves in a year, for the page's two pictures of the network: between regions, and from mine to magnet."""

from __future__ import annotations

from collections import defaultdict

from didymium.checks.reach import stage_of
from didymium.plan.answer import Answer
from didymium.plan.tables import Record
from didymium.report.words import amount, odds

TINY = 0.05  # t a year; thinner flows are not drawn
Link = tuple[str, str, int]
_POOLS = {"mine": "concentrates", "refinery": "oxides", "metal": "metals", "magnet": "magnets", "scrap": "scrap and swarf"}
MIXED = "mixed heavies"


def network(plan: Answer) -> list[Record]:
    """For each year: capacity on line by region and stage, shipments between regions by stage, purchases by landing region."""
    chance = odds(plan)
    stand: dict[int, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    arcs: dict[int, dict[tuple[str, str, str], float]] = defaultdict(lambda: defaultdict(float))
    for r in plan.tables["capacity"]:
        stand[_year(r)][str(r["region"]), str(r["stage"])] += chance[r["branch"], r["year"]] * amount(r, "online_t_per_year")
    for r in plan.tables["trade"]:
        if r["kind"] != "sell":
            start = str(r["from"]) if r["kind"] == "ship" else supplier(r)
            arcs[_year(r)][start, str(r["to"]), str(r["stage"])] += chance[r["branch"], r["year"]] * amount(r, "tonnes_t")
    return [
        {
            "year": year,
            "plants": [{"region": a, "stage": s, "tonnes": t} for (a, s), t in sorted(stand[year].items())],
            "arcs": [{"from": a, "to": b, "stage": s, "tonnes": t} for (a, b, s), t in sorted(arcs[year].items()) if t > TINY],
        }
        for year in sorted(stand)
    ]


def supplier(row: Record) -> str:
    """Whether a purchase counts as Chinese."""
    return "China (offers)" if row["china"] == "yes" else "other offers"


def _year(row: Record) -> int:
    return int(str(row["year"]))


def chain(plan: Answer) -> list[Record]:
    """For each year, links (from, to, exposure level, tonnes) from mines through pools of goods and plants to demand.

    A plant's output goes into the pool of its goods, and its inputs come out of theirs, each at the level at which it ran. Swarf
    that magnet plants give off is not drawn, for it would turn the picture in a circle; what recyclers take is.
    """
    links: dict[int, dict[Link, float]] = defaultdict(lambda: defaultdict(float))
    chance = odds(plan)
    flows, pools = _recipes(plan), _pools(plan)
    for r in plan.tables["production"]:
        plant, level, run = f"{r['stage']} plants, {r['region']}", int(str(r["level"])), chance[r["branch"], r["year"]] * amount(r, "throughput_t")
        plant = plant.replace("mine plants", "mines").replace("recycler plants", "recyclers")
        for direction, pool, tonnes in flows[str(r["recipe"])]:
            if direction == "out" and pool != _POOLS["scrap"]:
                links[_year(r)][plant, pool, level] += run * tonnes
            elif direction == "in":
                links[_year(r)][pool, plant, 0 if pool == _POOLS["scrap"] else level] += run * tonnes
    for r in plan.tables["trade"]:
        if r["kind"] == "buy":
            links[_year(r)][supplier(r), pools[str(r["commodity"])], int(str(r["level"]))] += chance[r["branch"], r["year"]] * amount(r, "tonnes_t")
        elif r["kind"] == "sell":
            links[_year(r)][pools[str(r["commodity"])], "sold outside", int(str(r["level"]))] += chance[r["branch"], r["year"]] * amount(r, "tonnes_t")
    for r in plan.tables["demand"]:
        for level in range(5):
            tonnes = chance[r["branch"], r["year"]] * amount(r, f"level_{level}_t")
            links[_year(r)][pools[str(r["commodity"])], f"demand, {r['region']}", level] += tonnes
    return [
        {"year": year, "links": [{"from": a, "to": b, "level": level, "tonnes": t} for (a, b, level), t in links[year].items() if t > TINY]}
        for year in sorted(links)
    ]


def _pools(plan: Answer) -> dict[str, str]:
    """The pool of every commodity: its stage's, or that of the mixed heavies."""
    pools = {commodity: _POOLS[stage] for commodity, stage in stage_of(plan.source).items()}
    return pools | dict.fromkeys(plan.source.ids("Mixed"), MIXED)


def _recipes(plan: Answer) -> dict[str, list[tuple[str, str, float]]]:
    """What a tonne of each recipe takes from and gives to each pool."""
    pools = _pools(plan)
    found: dict[str, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for r in plan.tables["recipe_flows"]:
        found[str(r["recipe"])][str(r["direction"]), pools[str(r["commodity"])]] += amount(r, "t_per_t")
    return {q: [(direction, pool, tonnes) for (direction, pool), tonnes in sides.items()] for q, sides in found.items()}

"""The Mexican steel industry of 1979 as a case: furnaces in two stages, imports, exports, and a published least cost.

Steel works and markets are regions, furnaces plants: iron is of stage metal, steel of stage magnet. Materials are
bought where they are used. Exports go to a region abroad, where they change their name, because only there they are
sold. See tests/data/mexico_steel/README.md for the source.
"""

from __future__ import annotations

import csv
from pathlib import Path

from worlds import M, World, commodity, offer, plant, recipe, region, wants, world

FOLDER = Path(__file__).parent / "data" / "mexico_steel"
PUBLISHED = 538.8112  # M USD a year
WANTED = 5.209 * 1.4 * M  # t of raw steel: 5.209 Mt of products, 40 percent more steel goes into them
SHARES = {"mexico_city": 0.55, "monterrey": 0.30, "guadalajara": 0.15}
IMPORT_PRICE, EXPORT_PRICE, EXPORT_LIMIT = 150, 140, M  # USD/t, USD/t, t
PLENTY = 100 * M
IRON, STEEL = ("pig_iron", "sponge_iron"), "steel"


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of the case."""
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def freight(km: str) -> float:
    """Return the cost of rail freight, USD/t: nothing where no distance is given."""
    return 2.48 + 0.0084 * float(km) if km else 0.0


def case() -> World:
    """Return the case, whose least cost is PUBLISHED."""
    w = world(1979, 1979)
    units, distances = rows("units"), rows("distances")
    places = dict.fromkeys([*(u["works"] for u in units), *SHARES, "abroad"])
    w["regions"] = [region(name) for name in places]
    goods(w)
    for u in units:
        stage, capacity = stage_of(u["unit"]), float(u["capacity"]) * M
        w["projects"].append(
            plant(f"{u['unit']}_{u['works']}", stage, capacity, region=u["works"], accepts=f"run_{u['unit']}")
        )
    w["projects"].append(plant("port", "recycler", PLENTY, region="abroad"))
    for r in distances:
        if r["from"] == "abroad":
            offer(w, f"import_{r['to']}", STEEL, PLENTY, IMPORT_PRICE + freight(r["km"]), to=r["to"])
        else:
            way = {"from_region": r["from"], "to_region": r["to"], "stage": "magnet"}
            w["routes"].append({**way, "cost_usd_per_t": freight(r["km"])})
    for market, share in SHARES.items():
        wants(w, STEEL, WANTED * share, region=market)
    return w


def stage_of(unit: str) -> str:
    """Return the stage of a furnace: metal where it makes iron, magnet where it makes steel."""
    made = next(r["good"] for r in rows("processes") if r["unit"] == unit and float(r["amount"]) > 0)
    return "metal" if made in IRON else "magnet"


def goods(w: World) -> None:
    """Add what is bought, made and sold, and the processes of the furnaces."""
    for r in rows("prices"):
        commodity(w, r["good"], "refinery")
        for works in dict.fromkeys(u["works"] for u in rows("units")):
            offer(w, f"{r['good']}_{works}", r["good"], PLENTY, float(r["price"]), to=works)
    for name in IRON:
        commodity(w, name, "metal")
    commodity(w, STEEL, "magnet")
    commodity(w, "steel_sold", "magnet", sale_price_usd_per_t=EXPORT_PRICE, sale_limit_t_per_year=EXPORT_LIMIT)
    recipe(w, "export", "recycler", {STEEL: 1.0}, {"steel_sold": 1.0})
    processes = rows("processes")
    for unit in dict.fromkeys(r["unit"] for r in processes):
        amounts = {r["good"]: float(r["amount"]) for r in processes if r["unit"] == unit}
        ins, outs = ({g: abs(a) for g, a in amounts.items() if (a > 0) == out} for out in (False, True))
        recipe(w, f"run_{unit}", stage_of(unit), ins, outs)

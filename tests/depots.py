"""Williams' depots as a case: which to open, and whether to enlarge one, with the optimum that is published.

A factory makes goods of a free raw material within its capacity. A depot turns goods into delivered goods, one for
one, within its own; so does a factory with what it sends to customers itself. Opening costs capex for the one year of
the plan; at most two may be opened beside the two that stand. A limit counts the decisions of a stage, so the
enlargement is a plant of another one. 1 M USD stands for 1,000 of the book. See tests/data/depots/README.md for the
source.
"""

from __future__ import annotations

import csv
from pathlib import Path

from worlds import Row, World, commodity, offer, plant, recipe, region, wants, world

FOLDER = Path(__file__).parent / "data" / "depots"
SCALE = 1000  # of the book in a M USD
PUBLISHED = 174_000
SAVED = 15_000  # the book takes off what closing two depots would save, 10,000 and 5,000
OPENED = {"exeter", "northampton"}
TO_OPEN = 2  # four at most, of which two stand


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of the case."""
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def case() -> World:
    """Return the case; its least cost in M USD is (PUBLISHED + SAVED) / SCALE."""
    w = world(2026, 2026)
    places = rows("places")
    w["regions"] = [region(name) for name in dict.fromkeys(r["place"] for r in places)]
    commodity(w, "raw", "refinery")
    commodity(w, "goods", "metal")
    commodity(w, "delivered", "magnet")
    recipe(w, "make", "metal", {"raw": 1.0}, {"goods": 1.0})
    for name, stage in (("pass_through", "magnet"), ("pass_enlarged", "recycler")):
        recipe(w, name, stage, {"goods": 1.0}, {"delivered": 1.0})
    for place in places:
        settle(w, place)
    kinds = {r["place"]: r["kind"] for r in reversed(places)}
    for r in rows("costs"):
        stage = "magnet" if kinds[r["to"]] == "customer" else "metal"
        usd = float(r["cost_per_ton"]) * SCALE
        w["routes"].append({"from_region": r["from"], "to_region": r["to"], "stage": stage, "cost_usd_per_t": usd})
    w["limits"] = [{"limit": "at_most_four", "measure": "decisions", "region": "*", "stage": "magnet", 2026: TO_OPEN}]
    return w


def settle(w: World, place: dict[str, str]) -> None:
    """Add the factory, depot, enlargement or customer of a place."""
    name, kind, tons = place["place"], place["kind"], float(place["tons"])
    built: Row = {"module_t_per_year": tons, "max_modules": 1, "life_years": 1}
    if kind == "customer":
        wants(w, "delivered", tons, region=name)
    elif kind == "factory":
        offer(w, f"raw_{name}", "raw", tons, 0, to=name)
        w["projects"].append(plant(f"factory_{name}", "metal", tons, region=name))
        w["projects"].append(plant(f"direct_{name}", "magnet", tons, region=name))
    elif kind == "open":
        w["projects"].append(plant(f"depot_{name}", "magnet", tons, region=name))
    else:
        built["capex_musd_per_module"] = float(place["cost"]) / SCALE
        stage = "magnet" if kind == "choice" else "recycler"
        w["projects"].append(plant(name, stage, region=name, **built))

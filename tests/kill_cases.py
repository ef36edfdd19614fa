"""Small cases whose search is long: many plants of odd sizes, of which some together just meet a demand that grows."""

from __future__ import annotations

import random

from worlds import World, commodity, magnets, offer, plant, recipe, wants, world


def hard_path(seed: int, plants: int = 24, last: int = 2030, **settings: object) -> World:
    """Works of one module each, larger ones hardly cheaper by the tonne; to go without costs more than any of them."""
    rng = random.Random(seed)
    w = world(2026, last, discount_rate_percent=4, **settings)
    magnets(w)
    commodity(w, "ore", "refinery")
    recipe(w, "smelt", "metal", {"ore": 1.0}, {"metal": 1.0})
    offer(w, "ore_offer", "ore", 9999, 0)
    for k in range(plants):
        size = rng.randint(11, 60)
        capex = round(size * rng.uniform(1.5, 1.8) + 2, 3)
        more = {"life_years": rng.randint(3, 6), "variable_opex_usd_per_t": rng.randint(1, 9) * 1000}
        works = plant(f"works{k}", "metal", max_modules=1, accepts="smelt", capex_musd_per_module=capex, **more)
        w["projects"].append({**works, "module_t_per_year": size})
    wants(w, "metal", {year: 120 + 70 * k + rng.randint(0, 30) for k, year in enumerate(range(2026, last + 1))})
    return w


def hard_tree(seed: int, plants: int = 14) -> World:
    """The same in two futures, that differ from 2028 on."""
    w = hard_path(seed, plants, 2029)
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "boom", "probability_percent": 50, "reveal_year": 2028},
    ]
    w["shocks"] = [{"scenario": "boom", "kind": "demand", "from_year": 2028, "value": 1.4}]
    return w

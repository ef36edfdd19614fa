"""A thinned plan against every year: alike where nothing happens between milestones, else the check says what does."""

from __future__ import annotations

from pathlib import Path

from pytest import approx
from worlds import M, World, by_year, commodity, magnets, mine, offer, plant, solve, wants, world, write

import didymium


def still(**settings: object) -> World:
    """Seven years in which every figure stays as it is."""
    w = world(2026, 2032, discount_rate_percent=5, tail_years=4, **settings)
    magnets(w)
    commodity(w, "swarf", "scrap", disposal_cost_usd_per_t=1000)
    mine(w, existing=20, fixed_opex_usd_per_t_capacity=1000, mothball_percent=30)
    w["projects"] += [plant("works", "refinery", 15), plant("smelter", "metal", 8, variable_opex_usd_per_t=3000)]
    offer(w, "china", "metal", 10, 0.1 * M, china=True)
    wants(w, "metal", 20)
    w["targets"] = [
        {
            "target": "clean",
            "type": "min_china_free_share",
            "stage": "metal",
            **by_year(w, 60),
            "penalty_usd_per_t": 50_000,
        }
    ]
    w["contracts"] = [
        {
            "contract": "owed",
            "kind": "offtake",
            "project": "pit",
            "from_year": 2026,
            "to_year": 2032,
            "tonnes_per_year": 9,
            "price_usd_per_t": 100,
        }
    ]
    return w


def warned(w: World, folder: Path) -> list[str]:
    return [str(p) for p in didymium.check(write(w, folder)) if "between milestones" in p.text]


def test_where_nothing_changes_a_thinned_plan_costs_what_every_year_costs(tmp_path: Path) -> None:
    thin = still(milestone_years="2026; 2028; 2031")
    assert solve(thin).cost == approx(solve(still()).cost)
    assert not warned(thin, tmp_path / "thin")


def test_what_happens_between_milestones_is_told(tmp_path: Path) -> None:
    w = still(milestone_years="2026; 2028; 2031")
    assert not warned(still(), tmp_path / "whole")
    w["demand"][0][2029] = 40
    w["projects"][1]["retires_year"] = 2030
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = [{"scenario": "base", "kind": "demand", "from_year": 2029, "value": 1.1}]
    told = warned(w, tmp_path / "changes")
    assert len(told) == 1
    said = (
        "every year: 1 row of Demand changes in 2029-2030 (Demand!G2); 1 shock begins or ends in 2029 (Shocks!I2); 1"
        " plant retires in 2030 (Projects!E3). To see this in its years, write 2026; 2028-2031; for every year"
        " leave it blank"
    )
    assert said in told[0]

"""Contracts, market prices, and public money of version 3 (docs/model.md, rules 13 and 15)."""

from __future__ import annotations

import pytest
from pytest import approx
from worlds import M, World, ask, by_year, mine, plant, region, solution, solve, total, wants, world

import didymium
from didymium.case.tree import path_tree
from didymium.plan.fixed_cost import fixed_cost


def owing(first: int = 2026, last: int = 2026, **contract: object) -> World:
    """A mine of 10 t whose ore costs 0.1 to dig; 3 t are wanted; an offtake of 8 t."""
    w = world(first, last)
    mine(w, existing=10, variable_opex_usd_per_t=0.1 * M)
    w["projects"].append(plant("works", "refinery", 10))
    wants(w, "pit", 3)
    row = {
        "contract": "owed",
        "kind": "offtake",
        "project": "pit",
        "from_year": first,
        "to_year": last,
        "tonnes_per_year": 8,
    }
    w["contracts"] = [{**row, **contract}]
    return w


def test_what_is_not_taken_is_paid_for_or_made() -> None:
    # dig 8 t, 5 of them for nothing: 0.8; or pay 0.02 for each of 5 t not taken: 0.3 + 0.1
    assert solve(owing()).cost == approx(0.8), "without a price every tonne must be made"
    plan = solve(owing(price_usd_per_t=0.02 * M))
    assert (plan.cost, plan.summary["cost_musd"]["untaken"]) == (approx(0.4), approx(0.1))  # type: ignore[index]
    assert [plan.tables["contracts"][0][c] for c in ("owed_t", "made_t", "untaken_t", "paid_musd_per_year")] == approx(
        [8, 3, 5, 0.1]
    )
    assert solve(owing(price_usd_per_t=0)).cost == approx(0.3), "a price of 0 is given"


def test_an_offtake_shrinks_with_what_stands() -> None:
    # it retires in 2028 and is out in 2027: 8, 0, 0 t. 0.8 + 3 + 3 short
    w = owing(2026, 2028)
    w["projects"][0]["retires_year"] = 2028
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = [{"scenario": "base", "kind": "outage", "project": "pit", "from_year": 2027, "to_year": 2027}]
    assert solve(w).cost == approx(0.8 + 6)


def test_an_offtake_of_modules_counts_those_on_line_at_their_ramp() -> None:
    # two modules of 10 t at most, one committed: 8 x (10 x 50 %) / 20 = 2 t in its first year, 8 x 10 / 20 = 4 in its
    #     second, at 0.1, no demand
    w = owing(2026, 2027)
    w["demand"] = []
    w["projects"][0] |= {
        "existing_t_per_year": 0,
        "max_modules": 2,
        "min_modules": 1,
        "module_t_per_year": 10,
        "capex_musd_per_module": 0,
    }
    w["projects"][0] |= {"permitting_years": 0, "construction_years": 0, "ramp": "slow", "last_decision_year": 2026}
    w["ramps"] = [{"ramp": "slow", "year_1_percent": 50}]
    assert solve(w).cost == approx(0.2 + 0.4)


def test_existing_capacity_alone_counts_where_there_is_any() -> None:
    # 5 t stand of 5: the offtake is in full whether the module is built or not
    w = owing()
    w["projects"][0] |= {
        "existing_t_per_year": 5,
        "max_modules": 1,
        "module_t_per_year": 10,
        "capex_musd_per_module": 1,
        "life_years": 1,
    }
    w["projects"][0] |= {"permitting_years": 0, "construction_years": 0}
    assert solve(w).cost == approx(1 + 0.8), "8 t need the module"


def test_nothing_is_owed_by_a_plant_that_neither_stands_nor_can_be_built() -> None:
    w = owing()
    w["projects"][0]["existing_t_per_year"] = 0
    assert solve(w).cost == approx(3)


def test_a_contract_in_force_in_part_of_a_span() -> None:
    # 25 %: factors 1, 0.8, 0.64. In force in 2027 and past the plan: mean of 8 and 8; a year's 5 t not taken are paid
    # in 2027 and 2028 only
    w = owing(2026, 2028, from_year=2027, to_year=2035, price_usd_per_t=0.02 * M)
    w["settings"] += [{"setting": "milestone_years", "value": "2026"}]
    next(r for r in w["settings"] if r["setting"] == "discount_rate_percent")["value"] = 25
    assert solve(w).cost == approx(0.3 * 2.44 + 0.1 * (0.8 + 0.64))


def test_an_offtake_that_cannot_be_kept_is_named() -> None:
    w = owing(tonnes_per_year=12)
    with pytest.raises(didymium.NoPlan, match="contract owed in 2026: 2"):
        solve(w)


def priced(**settings: object) -> World:
    """A mine of ore that is all Nd, refined with 80 % recovery; oxide at 100, in 2027 by the sheet Prices."""
    w = world(2026, 2029, **settings)
    mine(w, existing=10)
    w["recoveries"] = [{"ore_type": "rock", "Nd": 80}]
    w["projects"].append(plant("works", "refinery", 10))
    w["commodities"][0]["reference_price_usd_per_t"] = 100 * M
    w["prices"] = [{"commodity": "oxide", 2027: 200 * M, 2029: 50 * M}]
    return w


def market(w: World, commodity: str, scenario: str = "base") -> list[float]:
    case = ask(w).case
    tree = path_tree(case, scenario)
    return [tree.data.market_price(commodity, n.scenario, n.year) for n in tree.nodes.values()]


def test_market_prices_by_year() -> None:
    # before the first year of the row the reference price; a blank takes the year before
    assert market(priced(), "oxide") == approx([100, 200, 200, 50])
    # 35 % of 80 % of it: 0.28 x
    assert market(priced(), "pit") == approx([28, 56, 56, 14])
    assert market(priced(concentrate_payable_percent=50), "pit") == approx([40, 80, 80, 20])


def test_mixed_heavies_are_worth_a_share_of_their_oxide() -> None:
    # mixed: 70 % of the oxide's price; ore yields 0.8 t of what becomes oxide at the oxide's full price
    w = priced()
    w["elements"][0]["circuit"] = "heavy"
    assert market(w, "mixed_oxide") == approx([70, 140, 140, 35])
    assert market(w, "pit") == approx([28, 56, 56, 14])


def test_market_price_shocks_and_rows_of_their_own() -> None:
    # the factor acts on the oxide, and through it on the ore; where the ore has a price of its own, on that, and before
    # it ore follows the oxide
    w = priced()
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = [{"scenario": "base", "kind": "market_price", "stage": "refinery", "value": 0.5}]
    assert (market(w, "oxide"), market(w, "pit")) == (approx([50, 100, 100, 25]), approx([14, 28, 28, 7]))
    w["shocks"] = [{"scenario": "base", "kind": "market_price", "stage": "mine", "value": 0.5}]
    assert (market(w, "oxide"), market(w, "pit")) == (
        approx([100, 200, 200, 50]),
        approx([28, 56, 56, 14]),
    ), "ore follows"
    w["prices"].append({"commodity": "pit", 2028: 30 * M})
    assert market(w, "pit") == approx([28, 56, 15, 15])


def test_route_tariffs_are_on_the_years_market_price_of_ore_too() -> None:
    # 10 t of ore a year, 10 % of 28, 56, 56, 14
    w = priced()
    w["regions"].append(region("there"))
    wants(w, "pit", 10, region="there")
    next(r for r in w["segments"])["shortage_cost_usd_per_t"] = 1000 * M
    w["routes"] = [{"from_region": "here", "to_region": "there", "cost_usd_per_t": 0, "tariff_percent": 10}]
    assert solve(w).cost == approx(28 + 56 + 56 + 14)


def test_a_floor_is_paid_by_a_government_and_counts_by_the_cost_of_public_funds() -> None:
    # 8 t of oxide a year from 10 t of ore. Floor 120 against 100, 200, 200, 50, in force to 2028: 8 x 20 in 2026. At 50
    # % it costs 80; the plant would rather stand still, so it must run
    w = priced(cost_of_public_funds_percent=50)
    w["projects"][1]["min_utilisation_percent"] = 100
    floor = {"contract": "floor", "kind": "price_floor", "project": "works", "commodity": "oxide", "government": "gov"}
    w["contracts"] = [{**floor, "from_year": 2026, "to_year": 2028, "price_usd_per_t": 120 * M}]
    plan = solve(w)
    assert plan.cost == approx(80)
    assert [r["paid_musd_per_year"] for r in plan.tables["contracts"]] == approx([160, 0, 0])
    w["settings"] = [r for r in w["settings"] if r["setting"] != "cost_of_public_funds_percent"]
    assert solve(w).cost == approx(0)


def funded(**instrument: object) -> World:
    """A module of 100 M USD, on line at once for one year, at 10 %: 110; half of it may be public at 2 %."""
    w = world()
    w["regions"][0]["wacc_percent"] = 10
    mine(w, max_modules=1, min_modules=1, capex_musd_per_module=100, life_years=1)
    w["finance"] = [
        {"instrument": "loan", "government": "gov", "rate_percent": 2, "max_share_percent": 50, **instrument}
    ]
    w["budgets"] = [{"government": "gov", **by_year(w, 1000)}]
    return w


def test_a_grant_is_repaid_in_part_or_not_at_all() -> None:
    # loan: 55 + 51; repaid by 40 %: 55 + 20.4; a grant: 55
    assert [solve(funded(repaid_percent=p)).cost for p in ("", 40, 0)] == approx([106, 75.4, 55])


def test_the_cost_of_public_funds_is_on_what_is_given_away() -> None:
    # the loan saves 50 x 8 % = 4: at 100 % nothing is gained: 110 however it is paid; at 50 %: 108; a grant gives 55
    # away: 55 + 27.5
    for percent, repaid, cost in ((100, 100, 110), (50, 100, 108), (50, 0, 82.5), (150, 0, 110)):
        w = funded(repaid_percent=repaid)
        w["settings"].append({"setting": "cost_of_public_funds_percent", "value": percent})
        assert solve(w).cost == approx(cost), (percent, repaid)


def test_an_instrument_pays_for_named_projects_only() -> None:
    assert solve(funded(projects="pit")).cost == approx(106)
    w = funded(projects="other")
    mine(w, "other", existing=1)
    assert solve(w).cost == approx(110)


def test_a_projects_own_cost_of_capital_and_overrun() -> None:
    # 20 % and an overrun of 50 %: 150 x 1.2; half public: 75 x 1.2 + 75 x 1.02
    w = funded()
    w["projects"][0] |= {"wacc_percent": 20, "cost_overrun_percent": 50}
    assert solve(w).cost == approx(90 + 76.5)
    w["projects"][0] |= {"wacc_percent": 0, "cost_overrun_percent": 0}
    assert solve(w).cost == approx(100), "0 is given: a loan at 2 % is dearer than private money at 0"


def test_what_no_decision_changes() -> None:
    # 10 t stand at 0.1 = 1. The committed module: half private 55, half on the loan 50 x 1.02 = 51, opex 0.5; the other
    # is a decision
    w = funded()
    w["projects"][0] |= {
        "existing_t_per_year": 10,
        "fixed_opex_usd_per_t_capacity": 0.1 * M,
        "max_modules": 2,
        "module_t_per_year": 5,
    }
    wants(w, "pit", 20)
    w["segments"][0]["shortage_cost_usd_per_t"] = 900 * M
    found = solution(w)
    assert total(solve(w), "investments", "modules") == 2
    assert fixed_cost(found.net) == approx({"existing_fixed_opex": 1, "committed_modules": 55 + 51 + 0.5})

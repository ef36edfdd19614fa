"""Rules 13 and 14, and what is paid: annuities, public money, budgets, limits, and every kind of cost."""

import pytest
from pytest import approx
from worlds import M, by_year, commodity, mine, offer, region, solve, total, wants, world

import didymium
from didymium.case.finance import annuity_share, capital_recovery
from didymium.engine.highs import Outcome
from didymium.statuses import StopReason


def test_capital_recovery():
    # 0.1 / (1 - 1.1^-10) = 0.1 / (1 - 0.385543) = 0.162745; 1/n without interest
    assert capital_recovery(0.1, 10) == approx(0.162745, abs=1e-6)
    assert capital_recovery(0, 8) == 0.125
    # interest during 2 years of construction: 1.1^1
    assert annuity_share(0.1, 2, 10) == approx(1.1 * 0.162745, abs=1e-6)


def test_an_annuity_carries_overrun_interest_and_construction():
    # capex 100, overrun 20 %: 120; wacc 10 %, 2 years of construction: x 1.1; life 10: x 0.162745 = 21.48238 a year, 1
    #     year in the plan
    w = world(2026, 2028)
    w["regions"] = [region("here", wacc=10, overrun=20)]
    mine(w, max_modules=1, min_modules=1, capex_musd_per_module=100, construction_years=2, life_years=10)
    assert solve(w).cost == approx(21.48238, abs=1e-4)


def test_annuities_stop_with_the_plan():
    # life 30, but 3 years in the plan: 3 x 30/30
    w = world(2026, 2028)
    mine(w, max_modules=1, min_modules=1, capex_musd_per_module=30, last_decision_year=2026)
    assert solve(w).cost == approx(3)


def test_costs_are_discounted_to_the_first_year():
    # 10 t short at 1 in each of 3 years, 25 %: 10 x (1 + 0.8 + 0.64)
    w = world(2026, 2028, discount_rate_percent=25)
    commodity(w, "metal", "metal")
    wants(w, "metal", 10)
    assert solve(w).cost == approx(24.4)


def test_a_milestone_weighs_all_its_years():
    # 2026 stands for 2026-2027, in which 10 and 30 t are wanted: 20 t a year; 2028 for itself; 25 %: 20 x (1 + 0.8) +
    #     20 x 0.64
    w = world(2026, 2028, discount_rate_percent=25, milestone_years="2026; 2028")
    commodity(w, "metal", "metal")
    wants(w, "metal", {2026: 10, 2027: 30, 2028: 20})
    assert solve(w).cost == approx(36 + 12.8)


def test_carbon_is_paid_on_throughput():
    # 10 t x (0.1 + 2 t CO2/t x 0.03)
    w = world(carbon_price_usd_per_t=30_000)
    mine(w, existing=10, variable_opex_usd_per_t=100_000, co2_t_per_t=2)
    wants(w, "pit", 10)
    plan = solve(w)
    assert plan.cost == approx(1.6)
    assert plan.summary["cost_musd"]["variable_opex"] == approx(1.6)


def funded(instruments, budget, wacc=10.0, years=(2026, 2026), **settings):
    """A committed module of 100 M USD, 1 year of life (annuity share 1 + rate), and public money for it."""
    w = world(*years, **settings)
    w["regions"] = [region("here", wacc=wacc)]
    mine(w, max_modules=1, min_modules=1, capex_musd_per_module=100, life_years=1)
    w["finance"] = [
        {"instrument": name, "government": "gov", "rate_percent": rate, "max_share_percent": share}
        for name, rate, share in instruments
    ]
    w["budgets"] = [{"government": "gov", **budget}]
    return w


def test_public_money_pays_its_own_rate():
    # 100 at 10 % for a year: 110; 40 of it at 2 %: 60 x 1.10 + 40 x 1.02 = 106.8
    plan = solve(funded([("loan", 2, 40)], {2026: 500}))
    assert plan.cost == approx(106.8)
    assert total(plan, "finance", "support_musd") == approx(40)
    assert plan.summary["investments"][0]["support_musd"] == approx(40)


def test_dear_public_money_is_left():
    assert solve(funded([("loan", 12, 40)], {2026: 500})).cost == approx(110)


def test_all_instruments_together_stay_within_the_public_share():
    # 30 % at 0 and 20 of the 40 % at 2 % (50 % in all): 30 + 20 x 1.02 + 50 x 1.1 = 105.4
    plan = solve(funded([("grant", 0, 30), ("loan", 2, 40)], {2026: 500}, max_public_share_percent=50))
    assert plan.cost == approx(30 + 20.4 + 55)


def test_an_instrument_covers_its_stages_and_regions():
    for cells in ({"stages": "magnet;metal"}, {"regions": "there"}):
        w = funded([("loan", 2, 40)], {2026: 500})
        w["regions"].append(region("there"))
        w["finance"][0] |= cells
        assert solve(w).cost == approx(110)


def test_a_budget_bounds_support():
    # 25 of the 40 that the instrument may carry: 75 x 1.1 + 25 x 1.02
    assert solve(funded([("loan", 2, 40)], {2026: 25})).cost == approx(82.5 + 25.5)


def test_unspent_money_carries_over():
    # decided in 2027 at the earliest: 10 + 15 are there by then; later money is not
    w = funded([("loan", 2, 40)], {2026: 10, 2027: 15, 2028: 99}, years=(2026, 2028))
    w["projects"][0] |= {"first_decision_year": 2027, "last_decision_year": 2027}
    plan = solve(w)
    assert plan.cost == approx(82.5 + 25.5)
    assert total(plan, "budgets", "saving_of_one_more_musd", year=2027) == approx(0.08)


def test_without_prices_the_saving_of_more_money_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    out_of_time = Outcome(StopReason.TIME_LIMIT, None, None, None)
    monkeypatch.setattr("didymium.engine.solve.price_lp", lambda *_: out_of_time)
    rows = solve(funded([("loan", 2, 40)], {2026: 25})).tables["budgets"]
    assert {row["saving_of_one_more_musd"] for row in rows} == {None}


def test_a_government_without_a_budget_has_no_limit():
    # 40 of the 100 at the loan's rate: 60 x 1.1 + 40 x 1.02
    w = funded([("loan", 2, 40)], {2026: 25})
    w["budgets"] = [{"government": "other", 2026: 25}]
    assert solve(w).cost == approx(66 + 40.8)


def test_a_capex_shock_multiplies_the_annuities_of_its_years():
    # life 4, capex 40: 10 a year; 2027: x 1.5; 2026-2028: 10 + 15 + 10
    w = world(2026, 2028)
    mine(w, max_modules=1, min_modules=1, capex_musd_per_module=40, life_years=4, last_decision_year=2026)
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = [
        {"scenario": "base", "kind": "capex", "project": "pit", "from_year": 2027, "to_year": 2027, "value": 1.5}
    ]
    assert solve(w).cost == approx(35)


def test_a_capex_shock_leaves_the_saving_of_public_money_alone():
    # 110 x 1.5 - 40 x (1.10 - 1.02)
    w = funded([("loan", 2, 40)], {2026: 500})
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = [{"scenario": "base", "kind": "capex", "value": 1.5}]
    assert solve(w).cost == approx(165 - 3.2)


def test_a_limit_on_decisions():
    # 1 decision in 2026, 2 in 2027: 10 t, then 30 of 30 t: short 20 in 2026
    w = world(2026, 2027)
    mine(w, max_modules=3)
    wants(w, "pit", 30)
    w["limits"] = [{"limit": "hands", "measure": "decisions", 2026: 1, 2027: 2}]
    assert solve(w).cost == approx(20)


def test_a_limit_on_decisions_counts_the_years_of_a_milestone():
    # 1 a year x 3 years of the milestone: 3 modules of the 4 wanted; 10 t short in each of the 3 years
    w = world(2026, 2028, milestone_years="2026")
    mine(w, max_modules=4)
    wants(w, "pit", 40)
    w["limits"] = [{"limit": "hands", "measure": "decisions", **by_year(w, 1)}]
    assert solve(w).cost == approx(30)


def test_a_limit_on_capital_counts_overruns():
    # modules of 20 + 50 % = 30; 70 allowed: 2 of 3 modules, 1 M USD a year each (30 years): 2 + 10 t short
    w = world()
    w["regions"] = [region("here", overrun=50)]
    mine(w, max_modules=3, capex_musd_per_module=20, life_years=30)
    wants(w, "pit", 30)
    w["limits"] = [{"limit": "capital", "measure": "capex_musd", "region": "here", "stage": "mine", 2026: 70}]
    assert solve(w).cost == approx(12)


def test_limits_on_what_plants_give_off():
    # 3 per t; 12 allowed: 4 of 10 t
    for measure, column in (
        ("co2_t", "co2_t_per_t"),
        ("water_m3", "water_m3_per_t"),
        ("radioactive_t", "radioactive_t_per_t"),
    ):
        w = world()
        mine(w, existing=10, **{column: 3})
        wants(w, "pit", 10)
        w["limits"] = [{"limit": "cap", "measure": measure, 2026: 12}]
        assert solve(w).cost == approx(6), measure


def test_a_limit_looks_at_its_region_and_stage():
    for cells, short in (
        ({"region": "there"}, 0),
        ({"stage": "magnet"}, 0),
        ({"region": "here"}, 6),
        ({"stage": "mine"}, 6),
    ):
        w = world()
        w["regions"].append(region("there"))
        mine(w, existing=10, co2_t_per_t=3)
        wants(w, "pit", 10)
        w["limits"] = [{"limit": "cap", "measure": "co2_t", 2026: 12, **cells}]
        assert solve(w).cost == approx(short), cells


def test_a_limit_that_no_plan_keeps_is_named():
    # a committed module, but no decision allowed
    w = world()
    mine(w, max_modules=1, min_modules=1)
    w["limits"] = [{"limit": "hands", "measure": "decisions", 2026: 0}]
    with pytest.raises(didymium.NoPlan) as refusal:
        solve(w)
    assert {r["rule"] for r in refusal.value.reasons} <= {"limits", "committed"}
    assert sum(float(str(r["short_by"])) for r in refusal.value.reasons) == approx(1)


def test_the_kinds_of_cost_add_up():
    w = world(2026, 2028, discount_rate_percent=7)
    w["regions"] = [region("here", wacc=9)]
    commodity(w, "metal", "metal")
    mine(
        w,
        existing=3,
        max_modules=1,
        capex_musd_per_module=5,
        fixed_opex_usd_per_t_capacity=900,
        variable_opex_usd_per_t=700,
        life_years=9,
    )
    offer(w, "friend", "metal", 2, 100_000, tariff=3)
    wants(w, "pit", 9)
    wants(w, "metal", 5)
    plan = solve(w)
    assert sum(plan.summary["cost_musd"].values()) == approx(plan.cost)
    assert total(plan, "costs", "weighted_musd") == approx(plan.cost)


def test_a_price_is_what_one_more_tonne_costs():
    # metal at 0.3 from a friend with room: one more tonne costs 0.3 M USD
    w = world()
    commodity(w, "metal", "metal")
    offer(w, "friend", "metal", 20, 300_000)
    offer(w, "china", "metal", 5, 100_000, china=True)
    wants(w, "metal", 10)
    (price,) = solve(w).tables["prices"]
    assert price["any_origin_usd_per_t"] == approx(0.3 * M)
    assert price["china_free_usd_per_t"] == approx(0.3 * M)


def test_a_clean_tonne_costs_more_where_a_target_asks_for_it():
    # 10 t wanted, 40 % clean: any tonne comes from China at 0.1, a clean one from a friend at 0.3
    w = world(target_penalty_usd_per_t=900_000)
    commodity(w, "metal", "metal")
    offer(w, "friend", "metal", 20, 300_000)
    offer(w, "china", "metal", 50, 100_000, china=True)
    wants(w, "metal", 10)
    w["targets"] = [{"target": "goal", "type": "min_china_free_share", "stage": "metal", 2026: 40}]
    (price,) = solve(w).tables["prices"]
    assert price["any_origin_usd_per_t"] == approx(0.1 * M)
    assert price["china_free_usd_per_t"] == approx(0.3 * M)

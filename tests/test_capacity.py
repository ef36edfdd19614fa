"""Rules 1 to 4: when modules are decided, what they offer, how they must run, what a mine holds."""

import pytest
from pytest import approx
from worlds import M, ask, mine, plant, solve, total, wants, world

import didymium


def test_existing_capacity_serves_and_the_rest_is_short():
    # 7 of 10 t served; 3 t short x 1 = 3; fixed 0.01 x 7 = 0.07; variable 0.1 x 7 = 0.7
    w = world()
    mine(w, existing=7, fixed_opex_usd_per_t_capacity=10_000, variable_opex_usd_per_t=100_000)
    wants(w, "pit", 10)
    plan = solve(w)
    assert plan.cost == approx(3 + 0.07 + 0.7)
    assert plan.summary["cost_musd"]["fixed_opex"] == approx(0.07)


def test_capacity_stands_until_the_year_it_retires():
    # 10 t in 2026 and 2027; nothing from 2028 on: 2 x 10 t short = 20
    w = world(2026, 2029)
    mine(w, existing=10, retires_year=2028)
    wants(w, "pit", 10)
    plan = solve(w)
    assert plan.cost == approx(20)
    assert plan.summary["shortage_t"] == approx({"2026": 0, "2027": 0, "2028": 10, "2029": 10})


def test_utilisation_bounds_throughput():
    # 90 % of 10 t = 9 t; 1 t short
    w = world()
    mine(w, existing=10, max_utilisation_percent=90)
    wants(w, "pit", 10)
    assert solve(w).cost == approx(1)


def test_take_or_pay_makes_a_plant_run_at_a_loss():
    # it must run 30 % of 10 t at 0.2, though nobody wants its oxide, which is thrown away: 3 x 0.2 = 0.6
    w = world()
    w["projects"].append(plant("works", "refinery", 10))
    mine(w, existing=10, min_utilisation_percent=30, variable_opex_usd_per_t=200_000)
    assert solve(w).cost == approx(0.6)


def test_take_or_pay_counts_modules_on_line():
    # committed module of 10 t: 40 % of (5 + 10) t = 6 t at 0.1 = 0.6
    w = world()
    w["projects"].append(plant("works", "refinery", 10))
    mine(w, existing=5, max_modules=1, min_modules=1, min_utilisation_percent=40, variable_opex_usd_per_t=100_000)
    assert solve(w).cost == approx(0.6)


def test_a_module_is_built_when_it_pays():
    # 2 modules of 10 t at 3 M USD over 3 years of life: 1 a year each. 20 t wanted: without 20 a year, with 2 a year
    w = world()
    mine(w, max_modules=5, capex_musd_per_module=3, life_years=3)
    wants(w, "pit", 20)
    plan = solve(w)
    assert plan.cost == approx(2)
    assert list(plan.investments["modules"]) == [2]


def test_max_modules_bound_a_path():
    # 3 modules of 10 t at most over all years: 20 t short in each of 2 years
    w = world(2026, 2027)
    mine(w, max_modules=3)
    wants(w, "pit", 50)
    plan = solve(w)
    assert plan.cost == approx(2 * 20)
    assert total(plan, "investments", "modules") == 3


def test_committed_modules_are_built_though_useless():
    # capex 8 over 4 years of life: 2 a year x 3 years, fixed 0.1 x 10 x 3; nobody wants anything
    w = world(2026, 2028)
    mine(
        w,
        max_modules=2,
        min_modules=1,
        capex_musd_per_module=8,
        life_years=4,
        last_decision_year=2026,
        fixed_opex_usd_per_t_capacity=100_000,
    )
    plan = solve(w)
    assert plan.cost == approx(2 * 3 + 3)
    assert list(plan.investments["committed"]) == ["yes"]


def test_nothing_is_decided_before_the_window():
    # decided 2028 at the earliest: 2026 and 2027 go short, 2 x 10
    w = world(2026, 2029)
    mine(w, max_modules=1, first_decision_year=2028)
    wants(w, "pit", 10)
    assert solve(w).cost == approx(20)


def test_nothing_is_decided_after_the_window():
    # decided in 2026 or never, with lead 1: short in 2026 only. Demand begins in 2028, yet the annuity of 0.5 runs from
    # 2027
    w = world(2026, 2028)
    mine(w, max_modules=1, last_decision_year=2026, construction_years=1, capex_musd_per_module=5, life_years=10)
    wants(w, "pit", {2026: 0, 2027: 0, 2028: 10})
    assert solve(w).cost == approx(0.5 * 2)


def test_permitting_and_construction_are_waited_for():
    # decided in 2026, on line in 2029 (1 + 2 years): short in 2026-2028, 3 x 10; nothing decided in 2027 comes on line
    # by 2029
    w = world(2026, 2029)
    mine(w, max_modules=1, permitting_years=1, construction_years=2)
    wants(w, "pit", 10)
    plan = solve(w)
    assert plan.cost == approx(30)
    assert plan.tables["investments"][0]["decision_year"] == 2026
    assert plan.tables["investments"][0]["online_year"] == 2029


def test_what_cannot_come_on_line_in_time_is_no_decision():
    w = world(2026, 2027)
    mine(w, max_modules=1, construction_years=2)
    wants(w, "pit", 10)
    plan = solve(w)
    assert plan.cost == approx(20)
    assert plan.summary["model"]["integers"] == 0


def test_a_module_ramps_up():
    # 10 t: 20 %, 50 %, 100 %: 2, 5, 10 of 10 t; short 8 + 5 + 0. Fixed opex on the whole module from its first day: 3 x
    #     0.1 x 10 = 3
    w = world(2026, 2028)
    mine(w, max_modules=1, ramp="slow", last_decision_year=2026, fixed_opex_usd_per_t_capacity=100_000)
    w["ramps"] = [{"ramp": "slow", "year_1_percent": 20, "year_2_percent": 50}]
    wants(w, "pit", 10)
    assert solve(w).cost == approx(13 + 3)


def test_a_module_ends_with_its_life():
    # on line 2026-2027 only (2 years); decided in 2026 or never. Short in 2028: 10; annuity 6/2 = 3 in 2026 and 2027
    w = world(2026, 2028)
    mine(w, max_modules=1, life_years=2, last_decision_year=2026, capex_musd_per_module=6)
    wants(w, "pit", 10)
    assert solve(w).cost == approx(10 + 6)


def test_a_reserve_bounds_what_is_dug_in_all():
    # 25 t in the ground, 10 t wanted a year for 4 years: 15 t short
    w = world(2026, 2029)
    mine(w, existing=10, reserve_t=25)
    wants(w, "pit", 10)
    plan = solve(w)
    assert plan.cost == approx(15)
    assert total(plan, "production", "throughput_t") == approx(25)


def test_a_reserve_is_drawn_for_every_year_of_a_milestone():
    # 2026 and 2027 stand for 1 and 3 years: 10 + 3 x r = 25, r = 5 a year; short 3 x 5 = 15
    w = world(2026, 2029, milestone_years="2026-2027")
    mine(w, existing=10, reserve_t=25)
    wants(w, "pit", 10)
    assert solve(w).cost == approx(15)


def test_in_an_outage_nothing_runs_and_fixed_costs_go_on():
    # out in 2027: 10 t short; fixed 0.1 x 10 x 3 years; take-or-pay is off in the outage
    w = world(2026, 2028)
    mine(w, existing=10, fixed_opex_usd_per_t_capacity=100_000, min_utilisation_percent=50)
    wants(w, "pit", 10)
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = [
        {"scenario": "base", "kind": "outage", "project": "pit", "from_year": 2027, "to_year": 2027, "value": 1}
    ]
    assert solve(w).cost == approx(10 + 3)


def test_a_delay_postpones_capacity_but_not_the_annuity():
    # planned 2027, delayed by 2 to 2029: short in 2026-2028 = 30; annuity 10/10 = 1 from 2027 on: 3 (2027-2029)
    w = world(2026, 2029)
    mine(w, max_modules=1, construction_years=1, capex_musd_per_module=10, life_years=10, last_decision_year=2026)
    wants(w, "pit", 10)
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = [
        {"scenario": "base", "kind": "delay", "stage": "mine", "from_year": 2027, "to_year": 2027, "value": 2}
    ]
    plan = solve(w)
    assert plan.cost == approx(30 + 3)
    assert plan.tables["investments"][0]["planned_online_year"] == 2027
    assert plan.tables["investments"][0]["online_year"] == 2029


def test_a_delay_reaches_only_what_is_planned_in_its_years():
    # what is planned for 2028 comes in 2028; deciding in 2026 would mean 2029: so decide in 2027, short in 2026 and
    # 2027
    w = world(2026, 2029)
    mine(w, max_modules=1, construction_years=1)
    wants(w, "pit", 10)
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = [{"scenario": "base", "kind": "delay", "from_year": 2027, "to_year": 2027, "value": 2}]
    plan = solve(w)
    assert plan.cost == approx(20)
    assert plan.tables["investments"][0]["decision_year"] == 2027


def test_a_project_waits_for_the_one_it_requires():
    # `deep` (free) needs `road` (capex 4 over 1 year of life in each year it is paid): 10 t short x 1 against 4
    w = world()
    mine(w, "deep", max_modules=1, requires="road")
    mine(w, "road", max_modules=1, capex_musd_per_module=4, life_years=1)
    wants(w, "deep", 10)
    plan = solve(w)
    assert plan.cost == approx(4)
    assert set(plan.investments["project"]) == {"deep", "road"}


def test_a_requirement_allows_max_modules_for_each_module_of_the_other():
    # 30 t wanted of deep: 3 modules, allowed 3 x 1 by one module of road at 4
    w = world()
    mine(w, "deep", max_modules=3, requires="road")
    mine(w, "road", max_modules=3, capex_musd_per_module=4, life_years=1)
    wants(w, "deep", 30)
    assert solve(w).cost == approx(4)


def test_a_requirement_that_stands_costs_nothing():
    w = world()
    mine(w, "deep", max_modules=1, requires="road")
    mine(w, "road", existing=1, max_modules=1, capex_musd_per_module=4, life_years=1)
    wants(w, "deep", 10)
    assert solve(w).cost == approx(0)


def test_of_alternatives_one_is_built():
    # either gives 10 t of the 20 wanted of each: 10 t of `a` or of `b`; a's shortage is dearer to nobody: 20 + 10 short
    w = world(2026, 2027)
    mine(w, "a", max_modules=1, exclusive_group="site")
    mine(w, "b", max_modules=1, exclusive_group="site")
    wants(w, "a", 10)
    wants(w, "b", 10)
    plan = solve(w)
    assert plan.cost == approx(2 * 10)
    assert len(plan.investments) == 1


def test_a_plant_that_must_run_on_nothing_has_no_plan():
    # refinery of 10 t must run 50 %, but there is no mine: 5 t of its minimum utilisation have nothing to run on
    w = world()
    w["projects"].append(
        {
            "project": "works",
            "stage": "refinery",
            "region": "here",
            "existing_t_per_year": 10,
            "max_modules": 0,
            "fixed_opex_usd_per_t_capacity": 0,
            "variable_opex_usd_per_t": 0,
            "min_utilisation_percent": 50,
        }
    )
    with pytest.raises(didymium.NoPlan) as refusal:
        solve(w)
    assert refusal.value.reasons[0]["rule"] == "take_or_pay"
    assert refusal.value.reasons[0]["short_by"] == approx(5)


def test_a_module_online_in_a_milestone_counts_for_its_years():
    # milestones 2026 (2 years) and 2028 (3 years): lead 1, decided 2026, on line from 2027: 5 t a year in the first
    # node. Short there: 2 x 5
    w = world(2026, 2030, milestone_years="2026; 2028")
    mine(w, max_modules=1, construction_years=1)
    wants(w, "pit", 10)
    plan = solve(w)
    assert plan.cost == approx(10)
    assert ask(w).case.milestones == (2026, 2028)


def test_shortage_is_priced_by_segment():
    # arms at 5 M USD/t come first: 4 t to arms, 3 of 6 t to cars; 3 t short x 1
    w = world()
    w["segments"].append({"segment": "arms", "shortage_cost_usd_per_t": 5 * M})
    mine(w, existing=7)
    wants(w, "pit", 6)
    wants(w, "pit", 4, segment="arms")
    plan = solve(w)
    assert plan.cost == approx(3)
    assert total(plan, "demand", "short_t", segment="arms") == approx(0)

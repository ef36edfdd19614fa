"""The second model by itself, on cases of version 3 that are solved on paper; its arithmetic is in the comments.

Money is given in USD: M USD/t is 1 M USD a tonne. No discount and no interest unless a test says so.
"""

from __future__ import annotations

import pytest
from reference import optimum, tree_optimum
from worlds import M, World, by_year, commodity, magnets, mine, offer, plant, recipe, wants, world


def smelter(first: int, last: int, smelter_tonnes: float = 10, **settings: object) -> World:
    """Metal from free ore at a plant called `smelter`; 10 t are wanted a year, a tonne short costs 1 M USD."""
    w = world(first, last, **settings)
    magnets(w)
    commodity(w, "ore", "refinery")
    recipe(w, "smelt", "metal", {"ore": 1.0}, {"metal": 1.0})
    offer(w, "ore_offer", "ore", 99, 0)
    w["projects"] = [plant("smelter", "metal", smelter_tonnes, accepts="smelt")]
    wants(w, "metal", 10)
    return w


def shock(scenario: str, kind: str, value: object, **more: object) -> dict[str, object]:
    return {"scenario": scenario, "kind": kind, "value": value, **more}


def base_only(w: World, *shocks: dict[str, object]) -> World:
    w["scenarios"] = [{"scenario": "base", "probability_percent": 100}]
    w["shocks"] = list(shocks)
    return w


def test_an_outage_between_milestones_is_taken_for_its_year() -> None:
    """2026 stands for 2026 to 2029, an outage in 2028: 7.5 of 10 t on average, 2.5 t short in 4 years: 10 M USD."""
    w = base_only(
        smelter(2026, 2029, milestone_years="2026"), shock("base", "outage", "", from_year=2028, to_year=2028)
    )
    assert optimum(w) == pytest.approx(10)


def test_money_between_milestones_has_its_own_year_and_discount() -> None:
    """At 100 % discount years weigh 1, 1/2, 1/4. Metal is bought, 10 t at 0.1, in 2027 at twice that:
    1 + 2/2 + 1/4 = 2.25 M USD.
    """
    w = smelter(2026, 2028, 0, milestone_years="2026", discount_rate_percent=100)
    offer(w, "metal_offer", "metal", 99, 0.1 * M)
    base_only(w, shock("base", "import_price", 2, item="metal_offer", from_year=2027, to_year=2027))
    assert optimum(w) == pytest.approx(2.25)


def test_a_module_that_comes_on_line_inside_a_span_counts_from_then_on() -> None:
    """Decided in 2026 with a lead of 1 year, on line in 2027 and 2028 of the span: 2/3 of 10 t.
    3.33 t short x 3 years = 10 M USD.

    The annuity of 6 M USD over 3 years of life is 2 a year, paid in 2027 and 2028: 4.
    Fixed opex 0.1 M USD x 10 t x 2 years: 2.
    """
    w = smelter(2026, 2028, 0, milestone_years="2026")
    more = {"construction_years": 1, "life_years": 3, "accepts": "smelt", "fixed_opex_usd_per_t_capacity": 0.1 * M}
    w["projects"] = [plant("smelter", "metal", max_modules=1, capex_musd_per_module=6, **more)]
    assert optimum(w) == pytest.approx(16)


def test_the_tail_repeats_the_last_year() -> None:
    """10 t at 0.1 M USD in 2026 and 2027, and 2027 twice more at 100 % discount:
    1 x (1 + 1/2 + 1/4 + 1/8) = 1.875 M USD.
    """
    w = smelter(2026, 2027, 0, discount_rate_percent=100, tail_years=2)
    offer(w, "metal_offer", "metal", 99, 0.1 * M)
    assert optimum(w) == pytest.approx(1.875)


def test_fixed_opex_is_paid_on_a_whole_module_from_its_first_day() -> None:
    """The ramp offers 5 of 10 t: 5 t short = 5 M USD; crews of 10 t at 0.1 M USD: 1."""
    w = smelter(2026, 2026, 0)
    w["ramps"] = [{"ramp": "slow", "year_1_percent": 50}]
    w["projects"] = [
        plant("smelter", "metal", max_modules=1, ramp="slow", accepts="smelt", fixed_opex_usd_per_t_capacity=0.1 * M)
    ]
    assert optimum(w) == pytest.approx(6)


def test_mothballing_saves_part_of_fixed_opex_and_lifts_take_or_pay() -> None:
    """20 t stand, 10 are wanted, the least load is 80 %: 7.5 t idle leave 12.5 t, 10 t run.
    Fixed opex 0.1 M USD x (20 - 0.6 x idle).

    Idle may be 10 t: 10 run at full load. 0.1 x (20 - 6) = 1.4 M USD.
    """
    w = smelter(2026, 2026, 20)
    w["projects"][0] |= {
        "fixed_opex_usd_per_t_capacity": 0.1 * M,
        "mothball_percent": 40,
        "min_utilisation_percent": 80,
    }
    assert optimum(w) == pytest.approx(1.4)


def test_metal_may_not_be_thrown_away_unless_a_cost_is_given() -> None:
    """20 t at a least load of 80 % make 16 t for 10: no plan; at 0.2 M USD a tonne thrown away, 6 t cost 1.2 M USD."""
    w = smelter(2026, 2026, 20)
    w["projects"][0]["min_utilisation_percent"] = 80
    assert optimum(w) is None
    next(c for c in w["commodities"] if c["commodity"] == "metal")["disposal_cost_usd_per_t"] = 0.2 * M
    assert optimum(w) == pytest.approx(1.2)


@pytest.mark.parametrize(("origin", "cost"), [("clean", 0.0), ("inherited", 10.0)])
def test_scrap_inherits_where_the_settings_say_so(origin: str, cost: float) -> None:
    """Chinese scrap is recycled to oxide, all of which is wanted clean:
    free of China by default, else each of 10 t missed costs 1.
    """
    w = world(2026, 2026, scrap_origin=origin)
    commodity(w, "swarf", "scrap")
    recipe(w, "recover", "recycler", {"swarf": 1.0}, {"oxide": 1.0})
    offer(w, "swarf_offer", "swarf", 10, 0, china=True)
    w["projects"] = [plant("recycler", "recycler", 10)]
    wants(w, "oxide", 10)
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "magnet", 2026: 100}]
    assert optimum(w) == pytest.approx(cost)


def test_a_route_limit_is_for_all_goods_under_its_row() -> None:
    """Metal and magnets are made there and wanted here, 10 t each; 12 t may pass together: 8 t short at 1 M USD."""
    w = world(2026, 2026)
    magnets(w)
    w["regions"].append({"region": "there", "wacc_percent": 0})
    w["routes"] = [{"from_region": "there", "to_region": "here", "cost_usd_per_t": 0, "limit_t_per_year": 12}]
    w["projects"] = [plant("smelter", "metal", 30, region="there"), plant("press", "magnet", 10, region="there")]
    offer(w, "oxide_offer", "oxide", 99, 0, to="there")
    wants(w, "metal", 10)
    wants(w, "magnet", 10)
    assert optimum(w) == pytest.approx(8)


def test_a_target_given_in_some_years_of_a_span_is_paid_for_in_those() -> None:
    """All metal is Chinese. 2026 stands for 3 years; 100 % clean is wanted in 2027 (of 10 t), 50 % in 2028:
    7.5 t missed in 2 years.

    Its own penalty is 0.2 M USD/t, at 100 % discount 1/2 + 1/4 of it: 7.5 x 0.2 x 0.75 = 1.125 M USD.
    """
    w = smelter(2026, 2028, 0, milestone_years="2026", discount_rate_percent=100)
    offer(w, "china_metal", "metal", 10, 0, china=True)
    row = {"target": "clean", "type": "min_china_free_share", "stage": "metal", "penalty_usd_per_t": 0.2 * M}
    w["targets"] = [{**row, 2027: 100, 2028: 50}]
    assert optimum(w) == pytest.approx(1.125)


def test_a_supplier_is_capped_by_what_is_used() -> None:
    """Ten tonnes are served from supplier x at no cost, or at 0.1 M USD/t by the smelter: at most 40 % from x:
    6 t x 0.1 = 0.6 M USD.
    """
    w = smelter(2026, 2026)
    w["projects"][0]["variable_opex_usd_per_t"] = 0.1 * M
    offer(w, "cheap", "metal", 99, 0)
    w["targets"] = [{"target": "cap", "type": "max_supplier_share", "commodity": "metal", "supplier": "x", 2026: 40}]
    assert optimum(w) == pytest.approx(0.6)


def test_what_is_designed_out_stays_so_as_far_as_it_may() -> None:
    """2026 lacks metal: 5 t are designed out at 0.5 M USD (the rest is short).
    Then 2027 keeps 50 % of 20 t, where 2028 allows only 20 %.

    2026: 5 x 0.5 + 5 x 1 = 7.5. 2027: 10 x 0.5. 2028: 20 % of 10 t, 2 x 0.5.
    In all 7.5 + 5 + 1 = 13.5, against 10 where nothing is.
    In 2026 a redesigned tonne saves 0.5 but drags 2 x 0.5 + 0.2 x 0.5 after it: so nothing is, and 10 M USD are paid.
    At 10 % of the cost, 0.05, it saves 0.95 and drags 0.11: 5 x 0.05 + 5 + 0.5 + 0.1 = 5.85 M USD.
    """
    w = smelter(2026, 2028, 99)
    w["demand"][0][2027] = 20
    base_only(w, shock("base", "outage", "", from_year=2026, to_year=2026))
    w["substitution"] = [{"segment": "cars", "cost_usd_per_t": 0.5 * M, 2026: 50, 2027: 50, 2028: 20}]
    assert optimum(w) == pytest.approx(10)
    w["substitution"][0]["cost_usd_per_t"] = 0.05 * M
    assert optimum(w) == pytest.approx(5.85)


@pytest.mark.parametrize(("lead", "cost"), [(0, 5.0), (2, 10.0)])
def test_what_is_required_must_be_on_line_in_time(lead: int, cost: float) -> None:
    """`second` may be decided in 2026 alone; `first`, which it needs, is planned in 2026 or only in 2028, after it:
    5 or 10 t short a year.
    """
    w = smelter(2026, 2028, 0)
    w["demand"][0] |= {2026: 10, 2027: 0, 2028: 0}
    one = {"max_modules": 1, "module_t_per_year": 5, "accepts": "smelt"}
    w["projects"] = [
        plant("first", "metal", **{**one, "accepts": "cook", "construction_years": lead}),
        plant("second", "metal", requires="first", **one),
    ]
    assert optimum(w) == pytest.approx(cost)


def supported(**settings: object) -> World:
    """A smelter for 10 t, whose 10 M USD of capital live one year;
    at a wacc of 20 % of its own the annuity is 12 M USD.
    """
    w = smelter(2026, 2026, 0, **settings)
    w["segments"][0]["shortage_cost_usd_per_t"] = 9 * M
    w["projects"] = [
        plant(
            "smelter", "metal", max_modules=1, accepts="smelt", capex_musd_per_module=10, life_years=1, wacc_percent=20
        )
    ]
    return w


def test_public_money_by_project_share_repaid_and_its_cost() -> None:
    """A loan over half of it at 10 %, of which half is paid back: 5 x 0.5 x 1.1 = 2.75 instead of 5 x 1.2 = 6:
    it gives 3.25 M USD away.

    Free public money: 12 - 3.25 = 8.75; at 40 % of cost 8.75 + 1.3 = 10.05; tied to another project: 12.
    """
    money = {
        "instrument": "loan",
        "government": "north",
        "rate_percent": 10,
        "max_share_percent": 50,
        "repaid_percent": 50,
    }
    for cost, projects, total in ((0, "*", 8.75), (40, "other;smelter", 10.05), (0, "other", 12)):
        w = supported(cost_of_public_funds_percent=cost)
        w["finance"] = [{**money, "projects": projects}]
        assert optimum(w) == pytest.approx(total)


def test_an_offtake_is_delivered_or_paid_for() -> None:
    """The smelter owes 15 t of its 20; 10 are wanted, none may be thrown away:
    5 t untaken at 0.3 M USD, in force in 2027 alone: 1.5.
    """
    w = smelter(2026, 2028, 20)
    row = {
        "contract": "c",
        "kind": "offtake",
        "project": "smelter",
        "from_year": 2027,
        "to_year": 2027,
        "tonnes_per_year": 15,
    }
    w["contracts"] = [{**row, "price_usd_per_t": 0.3 * M}]
    assert optimum(w) == pytest.approx(1.5)
    w["contracts"] = [row]
    assert optimum(w) is None


def test_a_floor_costs_public_funds_only() -> None:
    """Metal is worth 0.1 M USD in 2026, the next year as well (blank), and half of that by a shock:
    floor payments of 0, 0, 0.05 M USD/t.

    10 t x 0.05 = 0.5 M USD in 2028; at 100 % all of it counts.
    """
    w = smelter(2026, 2028, cost_of_public_funds_percent=100)
    w["prices"] = [{"commodity": "metal", 2026: 0.1 * M, 2027: ""}]
    base_only(w, shock("base", "market_price", 0.5, commodity="metal", from_year=2028))
    floor = {"contract": "f", "kind": "price_floor", "project": "smelter", "commodity": "metal", "government": "north"}
    w["contracts"] = [{**floor, "from_year": 2026, "to_year": 2030, "price_usd_per_t": 0.1 * M}]
    assert optimum(w) == pytest.approx(0.5)


def test_route_tariffs_are_on_the_market_price_of_the_year() -> None:
    """Ore of all Nd, priced 0.1 M USD as oxide: a payable of 50 % x recovery 100 % is 0.05 M USD/t;
    at 20 % duty, 10 t cost 0.1 M USD.

    A shock of +10 points makes it 0.15, one of -30 points 0.
    """
    w = world(2026, 2026, concentrate_payable_percent=50)
    w["commodities"][0]["reference_price_usd_per_t"] = 0.1 * M
    mine(w, "pit", 10)
    w["regions"].append({"region": "there", "wacc_percent": 0})
    w["projects"].append(plant("works", "refinery", 10, region="there"))
    w["routes"] = [{"from_region": "here", "to_region": "there", "cost_usd_per_t": 0, "tariff_percent": 20}]
    wants(w, "oxide", 10, region="there")
    assert optimum(w) == pytest.approx(0.1)
    for points, cost in ((10, 0.15), (-30, 0.0)):
        assert optimum(base_only(w, shock("base", "tariff", points, region="there"))) == pytest.approx(cost)


def forked() -> World:
    """Metal at 0.1 M USD/t. `storm` (2027) doubles its price; `gale` leaves storm in 2028 and makes it fivefold."""
    w = smelter(2026, 2028, 0)
    offer(w, "metal_offer", "metal", 10, 0.1 * M)
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 30, "reveal_year": 2027},
        {"scenario": "gale", "probability_percent": 20, "reveal_year": 2028, "parent": "storm"},
    ]
    w["shocks"] = [shock("storm", "import_price", 2), shock("gale", "import_price", 5)]
    return w


def test_a_child_has_its_parents_past_and_its_own_future() -> None:
    """1 M USD a year at the price of the start. calm 1+1+1, storm 1+2+2, gale 1+2+5:
    0.5 x 3 + 0.3 x 5 + 0.2 x 8 = 4.6 M USD.
    """
    w = forked()
    assert [optimum(w, name) for name in ("calm", "storm", "gale")] == pytest.approx([3, 5, 8])
    assert tree_optimum(w) == pytest.approx(4.6)


def test_a_scenario_of_0_percent_has_a_branch_but_no_leaf() -> None:
    """storm of 0 % leaves calm and gale: 0.8 x 3 + 0.2 x 8 = 4 M USD."""
    w = forked()
    for row, percent in zip(w["scenarios"], (80, 0, 20), strict=True):
        row["probability_percent"] = percent
    assert tree_optimum(w) == pytest.approx(4)


def test_the_tail_of_the_distribution_weighs_as_the_settings_say() -> None:
    """The worst 20 % cost 8 M USD. At weight 0.5: 0.5 x 4.6 + 0.5 x 8 = 6.3; at 1, taken as 0.999:
    0.0046 + 7.992 = 7.9966 M USD.
    """
    for weight, total in ((0.5, 6.3), (1, 7.9966)):
        w = forked()
        w["settings"] += [{"setting": "risk_weight", "value": weight}, {"setting": "risk_tail_percent", "value": 20}]
        assert tree_optimum(w) == pytest.approx(total)


def test_decisions_are_limited_over_the_years_given_of_a_span() -> None:
    """Two modules of 5 t are wanted at once; 2026 stands for 3 years, of which 2 are given 1 and 0 decisions:
    one module, 5 t x 3 short.
    """
    w = smelter(2026, 2028, 0, milestone_years="2026")
    w["projects"] = [plant("smelter", "metal", max_modules=2, module_t_per_year=5, accepts="smelt")]
    w["limits"] = [{"limit": "pace", "measure": "decisions", 2026: 1, 2027: 0}]
    assert optimum(w) == pytest.approx(15)


def test_a_stock_changes_by_the_span_and_is_held_in_every_year() -> None:
    """10 t are wanted in the 2 years of 2028 alone, from a stock of 20 t of 2026:
    held at 0.1 M USD/t in the 2 years of the first span: 4.
    """
    w = world(2026, 2029, milestone_years="2026; 2028")
    w["demand"] = []
    wants(w, "oxide", {2026: 0, 2027: 0, 2028: 10, 2029: 10})
    w["stockpiles"] = [
        {"region": "here", "commodity": "oxide", "initial_t": 20, "limit_t": 20, "holding_usd_per_t_year": 0.1 * M}
    ]
    assert optimum(w) == pytest.approx(4)


def test_budgets_follow_the_scenario_of_each_year() -> None:
    """The loan of rate 0 saves 2 M USD on 10 M USD. 4 M USD become available, a shock halves them: 2 M USD save 0.4:
    12 - 0.4 = 11.6.
    """
    w = supported()
    w["finance"] = [{"instrument": "loan", "government": "north", "rate_percent": 0, "max_share_percent": 100}]
    w["budgets"] = [{"government": "north", **by_year(w, 4)}]
    assert optimum(base_only(w, shock("base", "budget", 0.5, item="north"))) == pytest.approx(11.6)

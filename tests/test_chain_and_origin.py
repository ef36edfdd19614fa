"""Sections 2 and 3, rule 5: what comes of ore, how exposure levels travel, how stock is kept."""

from pytest import approx
from worlds import ask, by_year, commodity, magnets, mine, offer, plant, recipe, region, solve, total, wants, world

from didymium.case.network import Network
from didymium.case.tree import path_tree


def chain(w, mine_in="here", works_in="here", metal_in="here", magnets_in="here"):
    """A mine, refinery, metal and magnet plant of ample size; 1 t ore gives 1 t oxide, 1 t metal, 2 t magnets."""
    mine(w, existing=100, region=mine_in)
    magnets(w)
    w["projects"] += [
        plant("works", "refinery", 100, works_in),
        plant("smelter", "metal", 100, metal_in),
        plant("press_shop", "magnet", 100, magnets_in),
    ]


def route(w, a, b, **more):
    w["routes"].append({"from_region": a, "to_region": b, "cost_usd_per_t": 0, **more})


def levels(plan):
    """Tonnes served by exposure level."""
    return [total(plan, "demand", f"level_{k}_t") for k in range(5)]


def test_a_refinery_gives_assay_times_recovery():
    # 10 t of feed, 40 % Nd x 90 % + 10 % Pr x 80 % = 4.4 t of oxide
    w = world()
    w["elements"].append({"element": "Pr", "commodity": "oxide", "circuit": "light"})
    w["elements"].append({"element": "La", "commodity": "oxide", "circuit": "light"})
    mine(w, existing=10)
    w["assays"] = [{"mine": "pit", "Nd": 40, "Pr": 10, "La": 50}]
    w["recoveries"] = [{"ore_type": "rock", "Nd": 90, "Pr": 80, "La": 0}]
    w["projects"].append(plant("works", "refinery", 100))
    wants(w, "oxide", 10)
    assert solve(w).cost == approx(10 - 4.4)


def test_heavy_elements_leave_mixed_and_need_a_heavy_plant():
    # 10 t of feed with 20 % Dy: 2 t mixed, of which the heavy plant (0.5 t) makes 0.5 x 0.9 = 0.45 t of dy_oxide
    w = world()
    w["elements"].append({"element": "Dy", "commodity": "dy_oxide", "circuit": "heavy"})
    commodity(w, "dy_oxide", "refinery")
    mine(w, existing=10)
    w["assays"] = [{"mine": "pit", "Nd": 80, "Dy": 20}]
    w["recoveries"] = [{"ore_type": "rock", "Nd": 100, "Dy": 100}]
    w["projects"] += [plant("works", "refinery", 100), plant("split", "heavy", 0.5)]
    recipe(w, "separate", "heavy", {"mixed_dy_oxide": 1.0}, {"dy_oxide": 0.9})
    wants(w, "dy_oxide", 2)
    assert solve(w).cost == approx(2 - 0.45)


def test_a_refinery_takes_only_what_it_accepts():
    # works accepts rock: clay's 10 t of oxide are out of reach
    w = world()
    mine(w, "pit", existing=4)
    w["projects"].append(plant("marsh", "mine", 10, ore_type="clay"))
    w["assays"].append({"mine": "marsh", "Nd": 100})
    w["recoveries"].append({"ore_type": "clay", "Nd": 100})
    w["projects"].append(plant("works", "refinery", 100, accepts="rock"))
    wants(w, "oxide", 10)
    assert solve(w).cost == approx(6)


def test_a_refinery_can_accept_a_mine_by_name():
    w = world()
    mine(w, "pit", existing=4)
    mine(w, "quarry", existing=10)
    w["projects"].append(plant("works", "refinery", 100, accepts="quarry"))
    wants(w, "oxide", 14)
    assert solve(w).cost == approx(4)


def test_plants_choose_among_recipes():
    # 1 t metal gives 2 t by `press` and 4 t by `lean`; 2 t metal on offer: lean makes 8 t
    w = world()
    magnets(w)
    recipe(w, "lean", "magnet", {"metal": 0.25}, {"magnet": 1.0})
    w["projects"].append(plant("press_shop", "magnet", 100))
    offer(w, "friend", "metal", 2, 0)
    wants(w, "magnet", 10)
    assert solve(w).cost == approx(2)


def test_a_chain_outside_china_is_clean():
    w = world()
    chain(w)
    wants(w, "magnet", 10)
    plan = solve(w)
    assert levels(plan) == approx([10, 0, 0, 0, 0])


def test_each_stage_in_china_taints_at_its_level():
    # the stage that stands in China gives its level: mine 1, refinery 2, metal 3, magnet 4
    for stage, level in (("mine_in", 1), ("works_in", 2), ("metal_in", 3), ("magnets_in", 4)):
        w = world()
        w["regions"].append(region("prc", china=True))
        chain(w, **{stage: "prc"})
        route(w, "here", "prc")
        route(w, "prc", "here")
        wants(w, "magnet", 10)
        expected = [0.0] * 5
        expected[level] = 10
        assert levels(solve(w)) == approx(expected), stage


def test_the_last_stage_in_china_counts():
    # mined in China (1), refined here, made into metal in China (3): 3
    w = world()
    w["regions"].append(region("prc", china=True))
    chain(w, mine_in="prc", metal_in="prc")
    route(w, "here", "prc")
    route(w, "prc", "here")
    wants(w, "magnet", 10)
    assert levels(solve(w)) == approx([0, 0, 0, 10, 0])


def test_chinese_offers_enter_at_their_stage():
    for name, stage, level in (("oxide", None, 2), ("metal", None, 3), ("magnet", None, 4), ("rind", "scrap", 0)):
        w = world()
        magnets(w)
        if stage:
            commodity(w, name, stage)
        offer(w, "china", name, 10, 0, china=True)
        wants(w, name, 10)
        expected = [0.0] * 5
        expected[level] = 10
        assert levels(solve(w)) == approx(expected), name


def test_one_chinese_input_taints_the_product():
    # strong magnets need 0.5 t metal and 0.1 t dy: 3 t of magnets can be made of clean dy (0.3 t), 7 t carry China's
    # level 3
    w = world()
    chain(w)
    commodity(w, "dy_metal", "metal")
    commodity(w, "strong", "magnet")
    recipe(w, "press_strong", "magnet", {"metal": 0.5, "dy_metal": 0.1}, {"strong": 1.0})
    offer(w, "china", "dy_metal", 10, 1000, china=True)
    offer(w, "friend", "dy_metal", 0.3, 0)
    wants(w, "strong", 10)
    assert levels(solve(w)) == approx([3, 0, 0, 7, 0])


def test_clean_material_stands_in_for_tainted():
    # no Chinese dy at all: the clean serves everything, though the model knows level 3 for it
    w = world()
    chain(w)
    offer(w, "china", "metal", 5, 900_000, china=True)
    wants(w, "magnet", 100)
    plan = solve(w)
    assert levels(plan) == approx([100, 0, 0, 0, 0])
    assert plan.cost == approx(0)


def test_scrap_is_clean_and_recycling_it_gives_clean_oxide():
    # Chinese metal (3) makes magnets at level 3 and swarf at level 0; recycled here into oxide at level 0
    w = world()
    magnets(w)
    commodity(w, "swarf", "scrap")
    w["recipes"] = [r for r in w["recipes"] if r["recipe"] != "press"]
    recipe(w, "press", "magnet", {"metal": 0.5}, {"magnet": 1.0, "swarf": 0.2})
    recipe(w, "recycle", "recycler", {"swarf": 1.0}, {"oxide": 0.5})
    w["projects"] += [plant("press_shop", "magnet", 100), plant("recycler", "recycler", 100)]
    offer(w, "china", "metal", 5, 0, china=True)
    wants(w, "magnet", 10)
    wants(w, "oxide", 1)
    plan = solve(w)
    assert plan.cost == approx(0)  # 10 t magnets, 2 t swarf, 1 t oxide
    assert levels(plan) == approx([1, 0, 0, 10, 0])


def test_a_recycler_in_china_gives_level_2():
    w = world()
    w["regions"].append(region("prc", china=True))
    commodity(w, "swarf", "scrap")
    recipe(w, "recycle", "recycler", {"swarf": 1.0}, {"oxide": 0.5})
    w["projects"].append(plant("recycler", "recycler", 100, region="prc"))
    offer(w, "bin", "swarf", 4, 0, to="prc")
    route(w, "prc", "here")
    wants(w, "oxide", 2)
    assert levels(solve(w)) == approx([0, 0, 2, 0, 0])


def test_only_levels_that_can_be_reached_are_built():
    w = world()
    chain(w)
    offer(w, "china", "metal", 5, 0, china=True)
    wants(w, "magnet", 10)
    case = ask(w).case
    net = Network(case, path_tree(case, "base"))
    assert net.levels_of("here", "oxide") == (0,)
    assert net.levels_of("here", "metal") == (0, 3)
    assert net.levels_of("here", "magnet") == (0, 3)
    assert {level for _, q, level, _ in net.runs if q == "cook"} == {0}


def test_labels_are_as_clean_as_the_flows_allow():
    # metal: 3 t clean and 2 t Chinese on offer at one price, all 5 t needed for 10 t of magnets: 6 clean, 4 at level 3
    w = world()
    magnets(w)
    w["projects"].append(plant("press_shop", "magnet", 100))
    offer(w, "friend", "metal", 3, 10)
    offer(w, "china", "metal", 2, 10, china=True)
    wants(w, "magnet", 10)
    assert levels(solve(w)) == approx([6, 0, 0, 4, 0])


def test_stock_bridges_a_year_without_supply():
    # 5 t from the start; 4 t wanted a year for 2 years: 3 t short. Holding the 1 t left after 2026 costs 0.5
    w = world(2026, 2027)
    commodity(w, "metal", "metal")
    w["stockpiles"] = [
        {"region": "here", "commodity": "metal", "initial_t": 5, "limit_t": 9, "holding_usd_per_t_year": 500_000}
    ]
    wants(w, "metal", 4)
    plan = solve(w)
    assert plan.cost == approx(3 + 0.5)
    assert total(plan, "stockpiles", "stock_t", year=2026) == approx(1)


def test_stock_is_filled_in_good_years():
    # 6 t offered in each year at 0.1; none wanted in 2026, 10 in 2027: buy 4 for stock (limit 4) and 6: 10 x 0.1
    w = world(2026, 2027)
    commodity(w, "metal", "metal")
    w["stockpiles"] = [
        {"region": "here", "commodity": "metal", "initial_t": 0, "limit_t": 4, "holding_usd_per_t_year": 0}
    ]
    offer(w, "friend", "metal", 6, 100_000)
    wants(w, "metal", {2026: 0, 2027: 10})
    assert solve(w).cost == approx(1)


def test_a_stock_minimum_is_kept():
    # 5 t at the start, 2 must stay: 3 of 5 t served, 2 short
    w = world()
    commodity(w, "metal", "metal")
    w["stockpiles"] = [
        {
            "region": "here",
            "commodity": "metal",
            "initial_t": 5,
            "limit_t": 9,
            "minimum_t": 2,
            "holding_usd_per_t_year": 0,
        }
    ]
    wants(w, "metal", 5)
    assert solve(w).cost == approx(2)


def test_surplus_oxide_is_free_to_leave():
    # 5 t above a limit of 2 leave in the first year; holding 2 t is not worth it either
    w = world()
    w["stockpiles"] = [
        {"region": "here", "commodity": "oxide", "initial_t": 5, "limit_t": 2, "holding_usd_per_t_year": 1000}
    ]
    plan = solve(w)
    assert plan.cost == approx(0)
    assert total(plan, "disposal", "dump_t") == approx(5)


def test_initial_stock_is_chinese_when_it_says_so():
    for china, level in (("yes", 3), ("no", 0)):
        w = world()
        commodity(w, "metal", "metal")
        w["stockpiles"] = [
            {
                "region": "here",
                "commodity": "metal",
                "initial_t": 4,
                "limit_t": 9,
                "holding_usd_per_t_year": 0,
                "initial_china": china,
            }
        ]
        wants(w, "metal", 4)
        expected = [0.0] * 5
        expected[level] = 4
        assert levels(solve(w)) == approx(expected)


def test_a_stock_changes_by_the_span_of_a_milestone():
    # 6 t at the start; milestone 2026 stands for 3 years: 2 t a year of the 4 wanted; short 2 x 3 years = 6
    w = world(2026, 2028, milestone_years="2026")
    commodity(w, "metal", "metal")
    w["stockpiles"] = [
        {"region": "here", "commodity": "metal", "initial_t": 6, "limit_t": 9, "holding_usd_per_t_year": 0}
    ]
    wants(w, "metal", 4)
    plan = solve(w)
    assert plan.cost == approx(6)
    assert by_year(w, 0) == {2026: 0, 2027: 0, 2028: 0}

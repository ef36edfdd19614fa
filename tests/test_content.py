"""China-free by the mass of contained rare earths, on chains small enough to mix by hand."""

from __future__ import annotations

import pytest
from pytest import approx
from test_algebra import tiny
from worlds import (
    World,
    by_year,
    commodity,
    hedge,
    magnets,
    offer,
    plant,
    recipe,
    region,
    solution,
    solve,
    sound,
    tree_plan,
    wants,
    world,
)

import didymium
from didymium.case.case import FREE_BELOW
from didymium.plan.mixing import oxide_equivalents

FREE = [f"content_free_{stage}_percent" for stage in ("mine", "refinery", "metal", "magnet")]


def all_of_it(plan: didymium.Plan, year: int = 2026) -> list[float]:
    """The four shares by content of all demand in a year."""
    (row,) = [r for r in plan.tables["origin"] if (r["region"], r["segment"], r["year"]) == ("*", "*", year)]
    return [float(str(row[c])) for c in FREE]


def blend(nd: float, dy: float, **settings: int) -> World:
    """Magnets of 0.25 t nd and 0.25 t dy a tonne, both bought as metal; so many t of Chinese nd, the other nd and no dy
    from a friend."""
    w = world(**settings)
    for metal in ("nd", "dy"):
        commodity(w, metal, "metal")
    commodity(w, "magnet", "magnet")
    recipe(w, "press", "magnet", {"nd": 0.25, "dy": 0.25}, {"magnet": 1.0})
    w["projects"] = [plant("maker", "magnet", 99, accepts="press")]
    offer(w, "friend_nd", "nd", 2.5 - nd, 1000)
    offer(w, "friend_dy", "dy", 2.5 - dy, 1000)
    offer(w, "china_nd", "nd", nd, 2000, china=True)
    offer(w, "china_dy", "dy", dy, 2000, china=True)
    return w


def test_one_chinese_input_taints_only_itself_by_content() -> None:
    # 10 t of magnets hold 2.5 t nd, of which 1 t is Chinese, and 2.5 t dy, all Chinese: strictly nothing is China-free
    # at metal; by content 1.5 of 5 t is: 30 %. The magnets themselves are made at home: 100 %
    w = blend(nd=1, dy=2.5)
    wants(w, "magnet", 10)
    plan = solve(w)
    assert plan.summary["china_free_share"]["metal"]["2026"] == approx(0)
    assert all_of_it(plan) == approx([30, 30, 30, 100])
    assert plan.summary["china_free_share_by_content"]["metal"]["2026"] == approx(0.3)


def test_where_nothing_mixes_content_and_label_agree() -> None:
    # nd and dy are both 60 % clean: 6 of 10 t are labelled clean, and hold clean metals alone; the other 4 t hold
    # Chinese alone
    w = blend(nd=1, dy=1)
    wants(w, "magnet", 10)
    plan = solve(w)
    assert plan.summary["china_free_share"]["metal"]["2026"] == approx(0.6)
    assert all_of_it(plan) == approx([60, 60, 60, 100])


def test_inputs_weigh_as_the_oxide_that_went_into_them() -> None:
    # a tonne of metal takes 1.5 t of oxide, a tonne of dy is bought as such (weight 1). A magnet holds 0.2 t clean
    # metal and 0.1 t Chinese dy: 0.3 of 0.4 by weight is clean: 75 %, where the tonnes alone would say 67 %
    w = world()
    magnets(w)
    commodity(w, "dy", "metal")
    w["recipes"] = []
    recipe(w, "cook", "metal", {"oxide": 1.5}, {"metal": 1.0})
    recipe(w, "press", "magnet", {"metal": 0.2, "dy": 0.1}, {"magnet": 1.0})
    offer(w, "friend_oxide", "oxide", 99, 0)
    offer(w, "china_dy", "dy", 99, 0, china=True)
    w["projects"] = [plant("smelter", "metal", 99), plant("maker", "magnet", 99)]
    wants(w, "magnet", 10)
    assert all_of_it(solve(w)) == approx([75, 75, 75, 100])
    weights = oxide_equivalents(solution(w).net.case)
    assert [weights[c] for c in ("oxide", "metal", "dy", "magnet")] == approx([1, 1.5, 1, 0.4])


def test_a_plant_in_china_makes_all_of_it_chinese_at_its_stage() -> None:
    # clean oxide made to metal in China: what was there last as metal is China-free at the magnet stage alone
    w = world()
    magnets(w)
    w["regions"].append(region("prc", china=True))
    offer(w, "friend_oxide", "oxide", 99, 0, to="prc")
    w["projects"] = [plant("smelter", "metal", 99, "prc")]
    w["routes"] = [{"from_region": "prc", "to_region": "here", "cost_usd_per_t": 1}]
    wants(w, "metal", 10)
    assert all_of_it(solve(w)) == approx([0, 0, 0, 100])


def test_a_stock_keeps_what_it_holds() -> None:
    # 5 t of magnets, 30 % clean by content, are laid aside in 2026, when metals are offered, and delivered in 2027,
    # when none are
    w = blend(nd=1, dy=2.5, last=2027)
    for row in w["imports"]:
        row[2027] = 0 if row["measure"] == "limit_t" else row[2026]
    w["stockpiles"] = [
        {"region": "here", "commodity": "magnet", "initial_t": 0, "limit_t": 5, "holding_usd_per_t_year": 0}
    ]
    wants(w, "magnet", {2026: 5, 2027: 5})
    plan = solve(w)
    assert all_of_it(plan, 2026) == approx([30, 30, 30, 100])
    assert all_of_it(plan, 2027) == approx([30, 30, 30, 100])


def test_an_opening_stock_enters_at_its_level() -> None:
    # 4 t of Chinese metal in stock, 6 t from a friend, for 10 t
    w = world()
    magnets(w)
    offer(w, "friend", "metal", 6, 1)
    w["stockpiles"] = [
        {
            "region": "here",
            "commodity": "metal",
            "initial_t": 4,
            "limit_t": 4,
            "holding_usd_per_t_year": 0,
            "initial_china": "yes",
        }
    ]
    wants(w, "metal", 10)
    assert all_of_it(solve(w)) == approx([60, 60, 60, 100])


def test_what_is_designed_out_counts_and_what_is_short_does_not() -> None:
    # of 10 t wanted 2 are designed out, 5 are bought clean, 3 are short
    w = world()
    magnets(w)
    offer(w, "friend", "metal", 5, 1)
    wants(w, "metal", 10)
    w["substitution"] = [{"segment": "cars", "cost_usd_per_t": 1, **by_year(w, 20)}]
    assert all_of_it(solve(w)) == approx([70, 70, 70, 70])


@pytest.mark.parametrize("make", [tiny, sound, lambda: blend(1, 2.5), hedge])
def test_no_share_by_content_is_below_the_strict_one(make) -> None:
    w = make()
    w["targets"] = []
    plan = tree_plan(w)
    for row in plan.tables["origin"]:
        for stage, below in FREE_BELOW.items():
            strict = row["designed_out_percent"] + sum(row[f"level_{k}_percent"] for k in range(below))
            assert strict - 1e-4 <= row[f"content_free_{stage}_percent"] <= 100 - row["short_percent"] + 1e-4

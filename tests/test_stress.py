"""Plans under stress: investments fixed, operation re-optimised, against separate solves and by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from clusters import local_cluster
from fixed_builds import with_fixed_builds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest import approx
from random_cases import random_case, with_a_third_scenario, with_offer_anywhere, write_case
from worlds import World, ask, commodity, hedge, magnets, mine, offer, region, wants, world, write

import didymium
from didymium.case.case import Case
from didymium.case.tree import path_tree
from didymium.cli import main
from didymium.engine.highs import HighsSolve, Interrupt, Options
from didymium.engine.solve import prepare
from didymium.recheck import TOLERANCE
from didymium.reports.penalties import part_of_cost, part_of_difference
from didymium.reports.stress import headline
from didymium.reports.stress.chart_specs import chart_specs
from didymium.reports.stress.names import in_words
from didymium.reports.varied import KIND_WORDS, varied_kinds
from didymium.results import STRESS_SHEETS
from didymium.stress_test.draws import Draw, draw, shocks_of, triangular
from didymium.stress_test.fixed_investments import FixedInvestments, fixed_investments
from didymium.stress_test.losses import _without_noise
from didymium.stress_test.ranges import DEFAULTS, Range, ranges
from didymium.stress_test.recheck_runs import run_and_recheck
from didymium.stress_test.regret import OptimalCost, regret_rows
from didymium.stress_test.runner import OperationResult, StressRunner
from didymium.stress_test.shortages import in_words as regions_in_words
from didymium.stress_test.stress import Stress, StressOptions, stress
from didymium.stress_test.variance import rank_correlation, share_between
from didymium.tables.schema.words import SHOCK_KINDS

FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


def alone(case: Case, fixed: FixedInvestments, d: Draw, found: list[Range]) -> float | None:
    """Return the cost of the same run as a model of its own, the draw as shocks and the builds as bounds.

    None where take-or-pay leaves no operation.
    """
    drawn = replace(case, shocks=(*case.shocks, *shocks_of(case, found, d)), hard_targets=False)
    _, matrix, _ = prepare(drawn, path_tree(drawn, d.scenario))
    outcome = HighsSolve(with_fixed_builds(matrix, fixed).relaxed(), Options()).solve()
    return outcome.objective if outcome.stopped == "optimal" else None


@FEW
@given(seed=st.integers(0, 10_000), stochastic=st.booleans())
def test_a_run_costs_what_a_separate_solve_costs(
    tmp_path_factory: pytest.TempPathFactory, seed: int, stochastic: bool
) -> None:
    tables = with_offer_anywhere(random_case(seed), seed)
    if "scenarios" in tables:
        tables = with_a_third_scenario(tables, seed)
    inputs = didymium.read(write_case(tables, tmp_path_factory.mktemp("stress") / "case"))
    try:
        plan = didymium.solve(inputs, stochastic=stochastic)
    except didymium.NoPlan:
        return
    fixed = fixed_investments(inputs.case, plan)
    found = ranges(inputs.source, inputs.case, {p for h in fixed.values() for p, _ in h.built})
    runner = StressRunner(inputs.case, fixed, found)
    for number in range(6):
        d = draw(inputs.case, found, seed, number)
        expected = alone(inputs.case, fixed[d.scenario], d, found)
        run = runner.run_draw(d)
        if expected is not None:
            assert run.cost == approx(expected, rel=1e-5, abs=2e-3), (number, d.scenario)
            assert run.slack == approx(0, abs=1e-5)
        else:
            assert run.slack > 0


def result_of(
    w: World, scenario: str | None = None, plan: didymium.Plan | None = None, myopic: bool = False, **drawn: float
) -> OperationResult:
    """Return the result of the plan of a world's base in a scenario, with every range at its `likely`."""
    inputs = ask(w)
    plan = plan or didymium.solve(inputs)
    fixed = fixed_investments(inputs.case, plan)
    found = ranges(inputs.source, inputs.case, {p for h in fixed.values() for p, _ in h.built})
    runner = StressRunner(inputs.case, fixed, found, myopic)
    name = scenario or inputs.case.base.name
    return runner.run_draw(Draw(0, name, np.array([r.likely if r.kind != "outage" else 0.0 for r in found])))


def test_a_draw_on_goods_offered_to_all_regions_spares_other_offers() -> None:
    # 10 t wanted; 6 offered here and 6 to every region, of which half: 6 + 3, 1 short. The draw as shocks is the same
    # to the re-check and to a separate solve
    w = world()
    commodity(w, "metal", "metal")
    offer(w, "here_alone", "metal", 6, 0)
    offer(w, "anywhere", "metal", 6, 0, to="*")
    wants(w, "metal", 10)
    inputs = ask(w)
    fixed = fixed_investments(inputs.case, didymium.solve(inputs))
    found = ranges(inputs.source, inputs.case, set())
    halved = [0.5 if (r.kind, r.items) == ("import_limit", (("metal", "*"),)) else 1.0 for r in found]
    d = Draw(0, "base", np.array(halved))
    assert halved.count(0.5) == 1
    result, breach = run_and_recheck(StressRunner(inputs.case, fixed, found), inputs.source, "base", d)
    assert (result.cost, result.short.sum()) == (approx(1), approx(1))
    assert alone(inputs.case, fixed["base"], d, found) == approx(1)
    assert breach.size < 1e-9, breach


def uncertain(w: World, *rows: dict[str, object]) -> World:
    """Return a world in which only the given rows are uncertain: all other ranges are exact."""
    exact = [
        {"kind": kind, "low": at, "high": at}
        for kind in DEFAULTS
        if kind not in {r["kind"] for r in rows}
        for at in [0 if kind in ("delay", "outage") else 1]
    ]
    return {**w, "uncertainty": [*exact, *rows]}


def test_fixed_builds_by_hand() -> None:
    # calm's own plan builds nothing: calm 10 x 0.1 = 1, storm 10 x 1 = 10. The hedge builds small (2.4): calm 2.4 +
    # 0.5, storm 2.4 + 5.
    w = uncertain(hedge())
    tree = didymium.solve(ask(w), stochastic=True)
    assert (result_of(w, "calm").cost, result_of(w, "storm").cost) == (approx(1), approx(10))
    assert (result_of(w, "calm", tree).cost, result_of(w, "storm", tree).cost) == (approx(2.9), approx(7.4))
    assert result_of(w, "storm", tree).short.sum() == approx(5)


def test_draws_by_hand() -> None:
    # Nothing built, calm: demand x 1.2 = 12 t, on offer 10 x 0.9 = 9 t at 0.1 x 2 = 0.2, so 3 t short at 1: 1.8 + 3 =
    #     4.8.
    # The shared row and the other multiply: 2 = 1.6 x 1.25.
    w = uncertain(
        hedge(),
        {"kind": "demand", "low": 1.2, "high": 1.2},
        {"kind": "china_limit", "commodity": "metal", "low": 0.9, "high": 0.9},
        {"kind": "import_price", "low": 1.6, "high": 1.6, "shared": "yes"},
        {"kind": "import_price", "commodity": "metal", "low": 1.25, "high": 1.25},
    )
    run = result_of(w)
    assert (run.cost, run.short.sum()) == (approx(4.8), approx(3))


def test_delay_outage_and_capex_by_hand() -> None:
    # `small` is built for 2.4 and on line in 2027; 5 t from it, 5 bought at 0.1: 2.9. Capex x 1.5: 3.6 + 0.5. A year
    # late, or out in 2027, it makes nothing but is paid: 2.4 + 1.
    w = hedge()
    w["projects"] = [{**w["projects"][1], "min_modules": 1}]
    assert result_of(uncertain(w)).cost == approx(2.9)
    assert result_of(uncertain(w, {"kind": "capex", "low": 1.5, "high": 1.5})).cost == approx(4.1)
    assert result_of(uncertain(w, {"kind": "delay", "low": 1, "high": 1})).cost == approx(3.4)
    inputs = ask(uncertain(w))
    fixed = fixed_investments(inputs.case, didymium.solve(inputs))
    runner = StressRunner(inputs.case, fixed, ranges(inputs.source, inputs.case, {"small"}))
    ones = np.array([r.likely for r in runner.ranges])
    assert runner.run_draw(Draw(0, "calm", ones, frozenset({("small", 2027)}))).cost == approx(3.4)
    assert runner.run_draw(Draw(0, "calm", ones, frozenset({("small", 2026)}))).cost == approx(2.9)


def test_contracts_and_mothballing_under_stress_by_hand() -> None:
    # calm: 4 of 10 t dug at 0.1, 6 idle for nothing (fixed 0.4), 2 of 6 t owed not taken at 0.02: 0.84. storm halves
    # demand: 0.2 + 0.2 + 0.08. Out in 2026: fixed opex in full and 4 t short, nothing owed: 5
    w = world()
    mine(w, existing=10, variable_opex_usd_per_t=100_000, fixed_opex_usd_per_t_capacity=100_000, mothball_percent=0)
    wants(w, "pit", 4)
    owed = {"contract": "owed", "kind": "offtake", "project": "pit", "from_year": 2026, "to_year": 2026}
    w["contracts"] = [{**owed, "tonnes_per_year": 6, "price_usd_per_t": 20_000}]
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 50, "reveal_year": 2026},
    ]
    w["shocks"] = [{"scenario": "storm", "kind": "demand", "value": 0.5}]
    w = uncertain(w)
    assert (result_of(w, "calm").cost, result_of(w, "storm").cost) == (approx(0.84), approx(0.48))
    inputs = ask(w)
    runner = StressRunner(
        inputs.case, fixed_investments(inputs.case, didymium.solve(inputs)), ranges(inputs.source, inputs.case, set())
    )
    ones = np.array([r.likely for r in runner.ranges])
    assert runner.run_draw(Draw(0, "calm", ones, frozenset({("pit", 2026)}))).cost == approx(5)


def test_years_without_foresight_by_hand() -> None:
    # 10 t of metal in store, 10 t wanted a year; metal costs 0.2 in 2026 and 0.9 in 2027, holding 0.1 t and year. With
    # foresight: keep the store (1.0), buy in 2026 (2.0), use it in 2027: 3.0. The plan means to keep 10 t over 2026:
    # without foresight it is kept as well. In storm nothing is on offer in 2026, which nobody foresaw: the store serves
    # rather than go short (10 t x 1), and 2027 pays 9.
    w = world(2026, 2027)
    magnets(w)
    w["imports"] = [
        {
            "offer": "friend",
            "supplier": "friend",
            "china": "no",
            "commodity": "metal",
            "destination": "here",
            "measure": m,
            2026: a,
            2027: b,
        }
        for m, a, b in (("limit_t", 10, 10), ("price_usd_per_t", 200_000, 900_000))
    ]
    wants(w, "metal", 10)
    w["stockpiles"] = [
        {"region": "here", "commodity": "metal", "initial_t": 10, "limit_t": 10, "holding_usd_per_t_year": 100_000}
    ]
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 50, "reveal_year": 2026},
    ]
    w["shocks"] = [{"scenario": "storm", "kind": "import_limit", "from_year": 2026, "to_year": 2026, "value": 0}]
    w = uncertain(w)
    for myopic in (False, True):
        assert result_of(w, "calm", myopic=myopic).cost == approx(3)
        assert result_of(w, "storm", myopic=myopic).cost == approx(9)
    # Where 5 t are on offer in storm's 2026, the blind operator draws the other 5 and no more.
    w["shocks"][0]["value"] = 0.5
    blind = result_of(w, "storm", myopic=True)
    assert blind.cost == approx(5 * 0.2 + 5 * 0.1 + 5 * 0.9)


def test_minimum_use_is_relaxed_where_there_is_nothing_to_run_on() -> None:
    # `small` must run at 50 % of 5 t; without ore it cannot: 2.5 t of slack, which is shown and costs nothing.
    w = hedge()
    w["projects"] = [{**w["projects"][1], "min_modules": 1, "min_utilisation_percent": 50}]
    w = uncertain(w, {"kind": "import_limit", "commodity": "ore", "low": 0, "high": 0})
    run = result_of(w)
    assert (run.slack, run.cost) == (approx(2.5), approx(2.4 + 1))


def test_nothing_is_relaxed_that_does_not_have_to_be() -> None:
    # The same plant with ore at 30 M USD/t: dear, 30 times the cost of going without, but there.
    run = result_of(uncertain(must_run()))
    assert (run.slack, run.cost) == (0, approx(78.15))


def stressed(w: World, stochastic: bool = False, **options: object) -> Stress:
    found = ask(w)
    return stress(
        found.source, found.case, didymium.solve(found, stochastic=stochastic), StressOptions(**{"draws": 0, **options})
    )  # type: ignore[arg-type]


def test_a_run_with_slack_shows_it_and_passes_the_recheck() -> None:
    """Without ore, 2.5 t of what `small` must run are slack in every draw; a run above its 5 t would still be found."""
    w = hedge()
    w["projects"] = [{**w["projects"][1], "min_modules": 1, "min_utilisation_percent": 50}]
    s = stressed(uncertain(w, {"kind": "import_limit", "commodity": "ore", "low": 0, "high": 0}), draws=3)
    assert [r["gave_t"] for r in s.rows["draws"]] == approx([2.5] * 3)
    assert s.largest_violation < 1e-9


@FEW
@given(seed=st.integers(0, 10_000), myopic=st.booleans())
def test_random_plans_under_stress_pass_the_recheck(
    tmp_path_factory: pytest.TempPathFactory, seed: int, myopic: bool
) -> None:
    tables = with_offer_anywhere(random_case(seed), seed)
    inputs = didymium.read(write_case(tables, tmp_path_factory.mktemp("stress") / "case"))
    try:
        plan = didymium.solve(inputs, stochastic=bool(seed % 2))
    except didymium.NoPlan:
        return
    reported = stress(inputs.source, inputs.case, plan, StressOptions(4, seed, myopic))
    assert reported.largest_violation < TOLERANCE
    for r in reported.rows["regret"]:
        cost, bound = (float(str(r[k])) for k in ("cost_musd", "own_least_cost_bound_musd"))
        assert r["gave_t"] or bound <= cost + 1e-5 * max(1.0, abs(cost)), "no plan costs less than the least cost"


def test_a_stress_speaks_in_words() -> None:
    """The base is called long_calm and the plant has a name: sentences and charts say both, and no id."""
    w = hedge()
    w = {
        sheet: [{k: "long_calm" if v == "calm" else v for k, v in row.items()} for row in rows]
        for sheet, rows in w.items()
    }
    for row in w["projects"]:
        row["name"] = f"The {row['project']} works"
    s = stressed(uncertain(w), draws=8, seed=1, stochastic=True)
    assert not [sentence for sentence in headline(s) if "_" in sentence]
    assert [r["scenario"] for r in chart_specs(s)["scenarios"].rows] == ["long calm", "storm"]
    assert chart_specs(s)["losses"].rows[0]["plant"] == "The small works"
    assert {str(r["measure"]) for r in in_words(s, s.rows["percentiles"])} >= {"Cost (M USD)", "Not met (t)"}


def test_losses_by_hand() -> None:
    # The hedge builds small. In calm without China 5 t go short instead of being bought: 5 - 0.5 = 4.5 more; 5 of 10 t
    # a year are 6 months. Without small all 10 t are bought: 0.5 more. Without ore the same.
    s = stressed(uncertain(hedge()), stochastic=True)
    rows = {str(r["lost"]): r for r in s.rows["losses"]}
    assert [rows["small"][k] for k in ("kind", "cost_more_musd", "short_more_t", "months_of_stock")] == [
        "plant",
        approx(0.5),
        0,
        0,
    ]
    assert "large" not in rows
    w = hedge()
    w["imports"] = [{**r, "supplier": "china" if r["offer"] == "china_metal" else "friend"} for r in w["imports"]]
    rows = {str(r["lost"]): r for r in stressed(uncertain(w), stochastic=True).rows["losses"]}
    assert rows["china"]["shortage_more_musd"] == approx(5), "and 0.5 less is paid for metal"
    keys = ("cost_more_musd", "short_more_t", "worst_year", "stock_to_bridge_it_t", "of", "months_of_stock")
    assert [rows["china"][k] for k in keys] == [approx(4.5), approx(5), 2027, approx(5), "metal", approx(6)]
    assert rows["friend"]["cost_more_musd"] == approx(0.5)
    assert next(iter(rows)) == "china", "the costliest first"


def test_every_draw_shows_its_values_beside_its_results() -> None:
    """A demand 20 % higher, a plant out of service in every year, and a delay of some years: all shown, draw by
    draw."""
    w = hedge()
    w["projects"] = [{**w["projects"][1], "min_modules": 1}]
    w = uncertain(
        w,
        {"kind": "demand", "low": 1.2, "high": 1.2},
        {"kind": "outage", "low": 100, "high": 100},
        {"kind": "delay", "low": 0, "high": 2},
        {"kind": "demand", "segment": "cars", "low": 0.5, "high": 0.5},
    )
    s = stressed(w, draws=4, seed=1)
    first = s.rows["draws"][0]
    assert first["stood_still"] == "small 2026, 2027"
    reported = {k: v for k, v in first.items() if str(k).startswith("demand")}
    assert sorted(reported.values()) == [0.5, 1.2], "two ranges on one demand differ in their row"  # type: ignore[type-var]
    assert len(reported) == 2
    inputs = ask(w)
    found = ranges(inputs.source, inputs.case, {"small"})
    late = next(k for k, r in enumerate(found) if r.kind == "delay")
    assert [r["delay small [years]"] for r in s.rows["draws"]] == [
        draw(inputs.case, found, 1, k).values[late] for k in range(4)
    ]
    assert not [r for r in s.rows["percentiles"] if "[" in str(r["measure"])], (
        "a drawn value is no measure of the result"
    )


def test_the_variance_is_split_by_scenario_first() -> None:
    # a: 0, 2; b: 10, 12. All 36 + 16 + 16 + 36 = 104 about 6, within 1 x 4 = 4: 1 - (4 / 2) / (104 / 3) = 0.9423; no
    # groups, no share.
    values, groups = np.array([0.0, 2, 10, 12]), np.array(["a", "a", "b", "b"])
    assert share_between(values, groups) == approx(1 - 2 / (104 / 3))
    assert share_between(values, np.array(["a", "b", "a", "b"])) == 0, (
        "1 - (100 / 2) / (104 / 3) is below 0: chance alone shows more"
    )
    # Nothing built: calm costs 0.1 a tonne wanted, storm 1. Between scenarios 1 against 10, within them only demand.
    s = stressed(uncertain(hedge(), {"kind": "demand", "low": 0.8, "high": 1.2}), draws=60, seed=4)
    rows = s.rows["drivers"]
    assert [r["uncertain"] for r in rows] == ["which scenario comes", "demand cars", "all else"]
    assert sum(float(str(r["share_percent"])) for r in rows) == approx(100)
    costs = {
        n: np.array([float(str(r["cost_musd"])) for r in s.rows["draws"] if r["scenario"] == n])
        for n in ("calm", "storm")
    }
    within = sum(((c - c.mean()) ** 2).sum() for c in costs.values())
    whole = np.concatenate(list(costs.values()))
    assert rows[0]["share_percent"] == approx(100 * (1 - (within / 58) / (((whole - whole.mean()) ** 2).sum() / 59)))
    assert (
        float(str(rows[0]["from_percent"])) < float(str(rows[0]["share_percent"])) < float(str(rows[0]["to_percent"]))
    )
    assert float(str(rows[1]["share_percent"])) > float(str(rows[2]["share_percent"])), (
        "demand moves storm by 1 a tonne"
    )


def test_shortages_by_hand() -> None:
    """Storm, nothing built: 10 t for cars and 6 for wind, 12 on offer; wind's shortage costs half as much, so wind
    lacks 4 t of 6."""
    w = hedge()
    w["segments"].append({"segment": "wind", "shortage_cost_usd_per_t": 500_000})
    wants(w, "metal", {2026: 0, 2027: 6}, segment="wind")
    w["imports"] = [
        {**r, 2026: 16, 2027: 16} if r["offer"] == "china_metal" and r["measure"] == "limit_t" else r
        for r in w["imports"]
    ]
    w["projects"].clear()
    w["shocks"] = [{"scenario": "storm", "kind": "china_limit", "from_year": 2027, "value": 0.75}]
    s = stressed(uncertain(w), draws=8, seed=1)
    storms = sum(r["scenario"] == "storm" for r in s.rows["draws"])
    assert s.rows["short"] == [
        {
            "scenario": "storm", "year": 2027, "segment": "wind", "wanted_t": approx(6), "short_t": approx(4),
            "short_percent": approx(100 * 4 / 6), "short_in": "here 4 t",
            "draws": storms, "draws_short_percent": approx(100), "mean_short_percent": approx(100 * 4 / 6),
            "worst_short_percent": approx(100 * 4 / 6),
        }
    ]  # fmt: skip
    worst = (
        "Demand is not fully met in 1 of 2 scenarios; the worst is storm: 4 t in all years, by segment wind 4 t"
        " (sheets Scenarios, Short)."
    )
    who = "Short in storm in 2027: 4 t; by commodity metal 4 t; by segment wind 4 t; by region Here 4 t (sheet Short)."
    told = headline(s)
    assert told[told.index(worst) + 1] == who
    assert in_words(s, s.rows["short"])[0]["short_in"] == "Here 4 t"
    assert [r["wind"] for r in chart_specs(s)["who"].rows] == [0, approx(4)]


def test_when_who_and_of_what_demand_is_not_met() -> None:
    """Storm leaves 6 of 10 t of metal in 2027 and none in 2028: 4 t, then 7 t here and 3 t in the far east short."""
    w = world(2026, 2028)
    magnets(w)
    w["regions"].append(region("far_east"))
    offer(w, "china_metal", "metal", 10, 100_000, to="*", china=True)
    w["imports"] = [{**r, "supplier": "china"} for r in w["imports"]]
    wants(w, "metal", {2026: 0, 2027: 10, 2028: 7})
    wants(w, "metal", {2026: 0, 2027: 0, 2028: 3}, region="far_east")
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50, "name": "All as today"},
        {"scenario": "storm", "probability_percent": 50, "reveal_year": 2027},
    ]
    w["shocks"] = [
        {"scenario": "storm", "kind": "china_limit", "from_year": 2027, "to_year": 2027, "value": 0.6},
        {"scenario": "storm", "kind": "china_limit", "from_year": 2028, "value": 0},
    ]
    s = stressed(uncertain(w), regret=0)
    told = headline(s)
    # storm: 14 t short at 1 and 6 t bought at 0.1: 14.6
    cost, worst, when, who = told[2:6]
    assert cost == (
        "Of 2 scenarios storm costs most: 15 M USD (14 of it penalty for shortage, which nobody pays), 14 t of demand"
        " not met in all years, 100 % of demand in its worst year."
    )
    assert worst == (
        "Demand is not fully met in 1 of 2 scenarios; the worst is storm: 14 t in all years, by segment cars 14 t"
        " (sheets Scenarios, Short)."
    )
    assert when == (
        "The shortage in storm begins in 2027 and is largest in 2028; t not met by year: 2027 4, 2028 10 (sheet Short)."
    )
    assert who == (
        "Short in storm in 2028: 10 t; by commodity metal 10 t; by segment cars 10 t; by region Here 7 t, Far East 3 t"
        " (sheet Short)."
    )
    # without China both years' 20 t go short instead of being bought at 0.1; 10 t a year are 12 months
    assert told[-3] == (
        "The supplier whose loss costs most is China: 18 M USD more (20 more penalty for shortage, which nobody pays,"
        " and 2 less of all other cost), 20 t more of demand not met in all years (sheet Losses)."
    )
    assert told[-2] == (
        "Without China the largest gap against demand is one commodity in one year, metal in 2027: 10 t more, 12.0"
        " months of its demand, 50 % of the 20 t; a stock of that size would cover no more than this (sheet Losses)."
    )
    shown = in_words(s, s.rows["scenarios"])
    assert [list(row.items())[:2] for row in shown] == [
        [("scenario_name", "All as today"), ("scenario", "calm")],
        [("scenario_name", "Storm"), ("scenario", "storm")],
    ]
    assert list(in_words(s, s.rows["losses"])[0].items())[:2] == [("lost_name", "China"), ("lost", "china")]


def must_run() -> World:
    """`small` is committed and must run at half of its 5 t on ore at 30 M USD/t: 2.4 + 2.5 x 30 + 7.5 x 0.1 = 78.15."""
    w = hedge()
    w["projects"] = [{**w["projects"][1], "min_modules": 1, "min_utilisation_percent": 50}]
    w["imports"] = [
        {**r, 2026: 30_000_000, 2027: 30_000_000}
        if r["offer"] == "ore_offer" and r["measure"] == "price_usd_per_t"
        else r
        for r in w["imports"]
    ]
    return w


def test_a_loss_that_saves_money_is_less_than_0_and_noise_is_0() -> None:
    # without small its capex is still paid and all 10 t are bought: 2.4 + 10 x 0.1 = 3.4, so 74.75 less
    rows = {r["lost"]: r for r in stressed(uncertain(must_run()), regret=0).rows["losses"]}
    assert rows["small"]["cost_more_musd"] == approx(3.4 - 78.15)
    (note,) = (sheet.note for sheet in STRESS_SHEETS if sheet.name == "Losses")
    assert "Less than 0" in note
    # a ten-millionth of 29,227 M USD is 0.0029: the solver's tolerance
    assert _without_noise(7.3e-12, 29_227) == _without_noise(-0.0028, 29_227) == 0
    assert [_without_noise(more, 29_227) for more in (0.003, -19.8)] == [0.003, -19.8]


def test_a_penalty_is_told_as_a_part_of_what_it_is_in() -> None:
    assert (part_of_cost(0, 0), part_of_difference(12, 0, -1)) == ("", "")
    assert part_of_cost(0, 40) == " (40 of it penalty for missed targets, which nobody pays)"
    assert part_of_difference(100, 60, 40) == (
        " (60 of it penalty for shortage and 40 of it penalty for missed targets, which nobody pays)"
    )
    # 60 + 40 more penalty in a cost that is 70 higher: all else is 30 lower
    assert part_of_difference(70, 60, 40) == (
        " (60 more penalty for shortage and 40 more penalty for missed targets, which nobody pays, and 30 less of all"
        " other cost)"
    )


def test_what_draws_do_not_vary_is_told() -> None:
    """Demand and the prices of all offers, of China's too, are open; every other kind is exact. An outage that never
    happens varies nothing, and one in every year is drawn by its chance."""
    w = uncertain(hedge(), {"kind": "demand", "low": 0.8, "high": 1.2}, {"kind": "import_price", "low": 1, "high": 2})
    varied, fixed = headline(stressed(w, draws=2, regret=0))[3:5]
    assert varied == "Draws vary prices of what is offered, demand (sheet Ranges)."
    assert fixed == (
        "Not varied, but as the input and its scenario have them: what China offers, what is offered, capex, delays of"
        " builds, outages of plants, fixed running costs, variable running costs, freight, tariffs, sale prices, sale"
        " limits, market prices, the carbon price, targets, budgets, limits, recoveries, the discount rate."
    )
    rows = [{"kind": "outage", "low": 0, "high": 0}, {"kind": "capex", "low": 1, "high": 1}]
    assert varied_kinds(rows) == []
    assert varied_kinds([*rows, {"kind": "outage", "low": 3, "high": 3}]) == ["outage"]
    assert set(KIND_WORDS) | {"demand", "capex"} == set(SHOCK_KINDS), "each kind has its words"


def test_who_lacks_most_is_told_first() -> None:
    # what is 0 is left out; two digits below 10 t
    assert regions_in_words({"here": 3.456, "there": 120.4, "far_away": 0.0}) == "there 120 t, here 3.5 t"


def test_regret_by_hand() -> None:
    # The hedge builds small: calm 2.9 where nothing built costs 1, storm 7.4 where large costs 6.
    s = stressed(uncertain(hedge()), stochastic=True)
    reported = [(r["scenario"], r["regret_at_least_musd"], r["regret_at_most_musd"]) for r in s.rows["regret"]]
    assert reported == [("calm", approx(1.9), approx(1.9)), ("storm", approx(1.4), approx(1.4))]
    ending = "the plan is largest in calm: 1.9 M USD."
    assert any(sentence.endswith(ending) for sentence in headline(s))
    assert stressed(hedge(), regret=0).rows["regret"] == []
    # The plan of calm alone builds nothing, the best in calm.
    base_plan = stressed(uncertain(hedge()))
    assert [r["regret_at_most_musd"] for r in base_plan.rows["regret"]] == [approx(4), approx(0, abs=1e-9)]
    ending = "storm: 4 M USD. In 1 of 2 scenarios it may be among the best, and costs at most 0 M USD more."
    assert any(sentence.endswith(ending) for sentence in headline(base_plan))


def test_regret_is_an_interval() -> None:
    """Cost 7.4. Found 6.5, bound 5: 0.9 to 2.4. Found 8 in time, bound 7: the plan itself is better, 0 to 0.4. No
    bound: not known at most. Where a rule gave way the plan is none of the scenario's, so that its regret may be below
    0."""
    w = uncertain(hedge())
    case, run = ask(w).case, result_of(w, "storm", didymium.solve(ask(w), stochastic=True))

    def reported(run: OperationResult, found: float | None, bound: float | None) -> list[object]:
        (row,) = regret_rows(case, {"storm": run}, {"storm": OptimalCost(found, bound)})
        return [row["regret_at_least_musd"], row["regret_at_most_musd"]]

    assert reported(run, 6.5, 5) == approx([0.9, 2.4])
    assert reported(run, 8, 7) == approx([0, 0.4])
    assert reported(run, None, 7) == approx([0, 0.4])
    assert reported(run, 8, None) == [0, None]
    assert reported(replace(run, slack=1.0), 8, 7) == approx([-0.6, 0.4])
    assert reported(replace(run, slack=1.0), None, 7) == [None, approx(0.4)]


def test_the_triangle_by_hand() -> None:
    # Between 0 and 4 with its top at 1: a share 1/4 lies below 1, and 1 - (4 - x)^2 / 12 below x: half below 4 -
    # sqrt(6).
    low, likely, high = (np.full(4, v) for v in (0.0, 1.0, 4.0))
    assert triangular(low, likely, high, np.array([0.0, 0.25, 0.5, 1.0])) == approx([0, 1, 4 - 6**0.5, 4])
    assert triangular(np.ones(1), np.ones(1), np.ones(1), np.array([0.3])) == approx([1])


def test_rank_correlation_by_hand() -> None:
    # ranks 1 2 3 4 against 1 3 2 4: 1 - 6 x (0 + 1 + 1 + 0) / (4 x 15) = 0.8; equal values share the mean of their
    #     ranks
    assert rank_correlation(np.array([1.0, 2, 3, 4]), np.array([10.0, 30, 20, 40])) == approx(0.8)
    assert rank_correlation(np.array([1.0, 1, 2, 2]), np.array([5.0, 5, 9, 9])) == approx(1)


def test_without_rows_the_confidence_of_the_source_decides() -> None:
    w = hedge()
    w["sources"] = [
        {"source": "survey", "title": "x", "confidence": "derived"},
        {"source": "guess", "title": "y", "confidence": "assumed"},
    ]
    w["demand"] = [{**r, "source": "survey"} for r in w["demand"]]
    w["imports"] = [{**r, "source": "survey" if r["measure"] == "limit_t" else "guess"} for r in w["imports"]]
    inputs = ask(w)
    found = {(r.kind, r.items[0]): r for r in ranges(inputs.source, inputs.case, {"small"})}
    assert (found["demand", ("here", "cars", "metal")].low, found["demand", ("here", "cars", "metal")].origin) == (
        0.8,
        "derived",
    )
    assert found["import_price", ("metal", "here")].high == 1.35
    assert found["china_limit", ("metal", "here")].origin == "derived"
    assert ("china_limit", ("ore", "here")) not in found, "the ore is not China's"
    assert (found["capex", ("small",)].high, found["delay", ("small",)].high) == (1.75, 4)
    assert ("capex", ("large",)) not in found, "it is not built"
    assert not [r for r in found.values() if r.kind == "china_price"], "import_price moves it"


def test_draws_follow_the_probabilities_and_their_seed() -> None:
    inputs = ask(hedge())
    found = ranges(inputs.source, inputs.case, set())
    draws = [draw(inputs.case, found, 7, k) for k in range(400)]
    assert 0.4 < sum(d.scenario == "storm" for d in draws) / 400 < 0.6
    assert all((r.low <= v <= r.high) for d in draws for r, v in zip(found, d.values, strict=True) if r.kind != "delay")
    assert draw(inputs.case, found, 7, 3).values == approx(draws[3].values, abs=0)
    assert not np.allclose(draw(inputs.case, found, 8, 3).values, draws[3].values)


def test_the_same_draws_on_one_process_or_several() -> None:
    w = hedge()
    alone = stressed(w, draws=9, seed=5).rows["draws"]
    assert stressed(w, draws=9, seed=5, workers=2).rows["draws"] == alone


def test_the_same_draws_on_a_cluster() -> None:
    w = hedge()
    with local_cluster() as address:
        assert stressed(w, draws=9, seed=5, cluster=address).rows["draws"] == stressed(w, draws=9, seed=5).rows["draws"]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_leaves_the_draws_that_have_ended(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone after the first; of two workers, each has two draws under way, which it ends."""
    monkeypatch.setattr("didymium.stress_test.stress.STATUS_EVERY", 1)
    interrupt = Interrupt()

    def hear(words: str) -> None:
        if "of 8 draws" in words:
            interrupt.request()

    inputs = ask(hedge())
    plan = didymium.solve(inputs)
    whole = stress(inputs.source, inputs.case, plan, StressOptions(8, seed=2))
    part = stress(inputs.source, inputs.case, plan, StressOptions(8, seed=2, workers=workers), hear, interrupt)
    reported = part.rows["draws"]
    assert len(reported) in ({1} if workers == 1 else {2, 4})
    assert all(row in whole.rows["draws"] for row in reported)


def test_a_run_that_breaks_a_rule_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = StressRunner.flows
    monkeypatch.setattr(
        StressRunner, "flows", lambda self, scenario, parameters: 1.01 * honest(self, scenario, parameters)
    )
    with pytest.raises(didymium.BrokenPlan, match="a run breaks a rule"):
        stressed(hedge())


def test_the_command_writes_a_workbook_and_prints_its_headline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(hedge(), tmp_path / "case")
    assert main(["solve", str(folder), "--stochastic", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    assert main(["stress", str(tmp_path / "out"), "--draws", "40", "--seed", "3"]) == 0
    output = capsys.readouterr().out
    assert (
        "Of 2 scenarios storm costs most: 7.4 M USD (5 of it penalty for shortage, which nobody pays), 5 t of demand"
        " not met in all years, 50 % of demand in its worst year." in output
    )
    assert "40 draws (seed 3): cost" in output
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir() if p.is_file()} == before
    book = openpyxl.load_workbook(tmp_path / "out" / "stress" / "stress.xlsx")
    assert book.sheetnames == [
        "Summary",
        "Scenarios",
        "Percentiles",
        "Years",
        "Losses",
        "Drivers",
        "Short",
        "Regret",
        "Draws",
        "Ranges",
        "Run",
    ]
    costs = [r[0] for r in book["Draws"].iter_rows(min_row=5, min_col=4, max_col=4, values_only=True)]
    reported = json.loads((tmp_path / "out" / "stress" / "stress.json").read_text())
    assert (len(costs), reported["percentiles"]["cost_musd"]["p50"]) == (40, approx(float(np.median(costs))))
    assert reported["percentiles"]["cost_musd"]["worst"] == approx(max(costs))
    assert [s["cost_musd"] for s in reported["scenarios"]] == [approx(2.9), approx(7.4)]
    assert reported["largest_violation"] < 1e-6
    assert main(["stress", str(tmp_path / "case")]) == 2
    capsys.readouterr()
    assert (
        main(
            [
                "stress",
                str(tmp_path / "out"),
                "--myopic",
                "--draws",
                "0",
                "--out",
                str(tmp_path / "blind"),
                "--json",
                "--quiet",
            ]
        )
        == 0
    )
    assert json.loads(capsys.readouterr().out)["myopic"] is True


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"kind": "demand", "low": 2, "high": 1}, "Uncertainty!I2: 1 is below low, 2"),
        ({"kind": "demand", "low": 1, "likely": 3, "high": 2}, "3 does not lie between low and high, 1 and 2"),
        ({"kind": "demand", "project": "small", "low": 1, "high": 2}, "a range of kind demand has no project; write *"),
        ({"kind": "outage", "low": 1, "high": 120}, "120 % of years; an outage takes 100 % of them at most"),
        ({"kind": "delay", "stage": "scrap", "low": 0, "high": 1}, "'scrap' is no stage of what delay acts on"),
    ],
)
def test_ranges_that_make_no_sense_are_errors(tmp_path: Path, row: dict[str, object], message: str) -> None:
    problems = didymium.check(write({**hedge(), "uncertainty": [row]}, tmp_path / "case"))
    assert any(message in str(p) for p in problems if p.is_error), [str(p) for p in problems if p.is_error]


@pytest.mark.parametrize("sheet", ["shocks", "uncertainty"])
def test_what_hits_nothing_is_a_warning_and_counted(tmp_path: Path, sheet: str) -> None:
    """The ore is nobody's but a friend's, nobody wants ore, and `small` is no mine; what names them hits something."""
    ends: dict[str, object] = {"low": 1, "high": 2} if sheet == "uncertainty" else {"scenario": "storm", "value": 1}
    misses = [
        {"kind": "china_price", "commodity": "ore"},
        {"kind": "demand", "commodity": "ore"},
        {"kind": "capex", "project": "small", "stage": "mine"},
    ]
    hits = [
        {"kind": "import_price", "commodity": "ore", "stage": "refinery"},
        {"kind": "china_limit", "region": "here"},
        {"kind": "outage", "project": "small", "stage": "metal"},
    ]
    folder = write({**hedge(), sheet: [{**row, **ends} for row in (*misses, *hits)]}, tmp_path / "case")
    reported = [str(p) for p in didymium.check(folder) if "hits nothing" in str(p)]
    assert [t.split(":")[0].split("!")[1][1:] for t in reported] == ["2", "3", "4"]
    assert "the case has no plant that this capex selects" in reported[2]
    assert didymium.api.examine(folder).counts[sheet.capitalize()].rows_ignored == {"hit nothing": 3}

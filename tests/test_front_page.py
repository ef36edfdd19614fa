"""Page one: what it rests on, what the gap cannot decide, what is committed and idle, why shares fall; true in every
kind of run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from pytest import approx
from worlds import (
    World,
    ask,
    by_year,
    hedge,
    magnets,
    mine,
    offer,
    plant,
    region,
    solution,
    solve,
    tree_plan,
    wants,
    world,
    write,
)

import didymium
from didymium.case.tree import full_tree, path_tree
from didymium.cli import main
from didymium.engine.highs import Options, Outcome
from didymium.engine.solve import NO_PRICES, Solution, solve_tree
from didymium.excel.headings import column_of
from didymium.plan.fixed_cost import fixed_cost, gap_facts
from didymium.plan.summary import summarise
from didymium.plan.tables import plan_tables
from didymium.reports.brief import front_page
from didymium.reports.idle_plants import idle_warnings
from didymium.reports.premises import premises
from didymium.reports.result_reader import read_answer
from didymium.reports.sentences import headline, status_in_words
from didymium.reports.share_falls import share_falls
from didymium.reports.verify import verify
from didymium.statuses import StopReason

OTHER_QUESTIONS = (
    "Other questions have a command each. Which projects are safe: `didymium alternatives`; which assumption matters"
    " most: `didymium sensitivity`; why a project is in the plan or not: `didymium explain`."
)


def plan_of(w: World, s: Solution) -> didymium.Plan:
    """A plan of a solution that a test has changed."""
    tables = plan_tables(s)
    return didymium.Plan(ask(w).source, list(s.net.tree.leaves), tables, summarise(s, tables), {}, True)


def scenario_plan(w: World, scenario: str) -> didymium.Plan:
    case = ask(w).case
    return plan_of(w, solve_tree(case, path_tree(case, scenario), Options(gap=0)))


def with_gap(w: World, gap: float, status: str = "gap_reached") -> didymium.Plan:
    """The plan of a world, as if it were proven only to so many M USD."""
    s = solution(w)
    return plan_of(w, replace(s, bound=s.objective - gap, status=status))


def committed() -> World:
    """A committed smelter of 10 t that nobody needs in 2026 to 2028, decided in 2026 (8 M USD, 4 years of life: 2 a
    year; 1 a year of fixed opex), and a second module that may be chosen; an existing one whose fixed opex is 0.2 a
    year serves 4 t."""
    w = world(2026, 2028)
    magnets(w)
    offer(w, "oxide_offer", "oxide", 99, 1000)
    w["projects"] = [
        plant(
            "new",
            "metal",
            max_modules=2,
            min_modules=1,
            capex_musd_per_module=8,
            life_years=4,
            fixed_opex_usd_per_t_capacity=100_000,
            last_decision_year=2026,
        ),
        plant("old", "metal", 4, fixed_opex_usd_per_t_capacity=50_000),
    ]
    w["projects"][0]["variable_opex_usd_per_t"] = 1000
    wants(w, "metal", 4)
    return w


# What no decision changes


def test_what_is_paid_whatever_is_decided_by_hand() -> None:
    # existing: 3 years x 0.2. Committed, decided in 2026 or not at all: 3 x (2 + 1) = 9
    assert fixed_cost(solution(committed()).net) == {"existing_fixed_opex": approx(0.6), "committed_modules": approx(9)}


def test_a_committed_module_counts_at_its_cheapest_year() -> None:
    # it may be decided until 2028, and then pays one year only: 2 + 1
    w = committed()
    w["projects"][0]["last_decision_year"] = 2028
    assert fixed_cost(solution(w).net)["committed_modules"] == approx(3)


def test_a_committed_module_counts_with_the_most_public_money_that_it_may_have() -> None:
    # 100 M USD at 10 % for a year: 110. 30 % may be lent at 0, 40 % at 2 %, half in all: 30 + 20 x 1.02 + 50 x 1.1 =
    #     105.4,
    # although the budget is 1 M USD
    w = world(max_public_share_percent=50)
    w["regions"] = [region("here", wacc=10)]
    mine(w, max_modules=1, min_modules=1, capex_musd_per_module=100, life_years=1)
    w["finance"] = [
        {"instrument": n, "government": "gov", "rate_percent": rate, "max_share_percent": share}
        for n, rate, share in (("a", 0, 30), ("b", 2, 40))
    ]
    w["budgets"] = [{"government": "gov", 2026: 1}]
    assert fixed_cost(solution(w).net)["committed_modules"] == approx(105.4)


def test_in_a_tree_each_branch_decides_when_it_is_cheapest() -> None:
    # 2026 is shared, 2027 in calm and storm, half each. A module of 2 M USD and one year of life costs 2 in any year;
    # in storm, from 2027 on,
    # capex is halved: waiting costs 0.5 x 2 + 0.5 x 1 = 1.5
    w = hedge()
    w["shocks"].append({"scenario": "storm", "kind": "capex", "from_year": 2027, "value": 0.5})
    w["projects"].append(
        plant("due", "metal", max_modules=1, min_modules=1, capex_musd_per_module=2, life_years=1, accepts="smelt")
    )
    case = ask(w).case
    assert fixed_cost(solve_tree(case, full_tree(case), Options(gap=0)).net)["committed_modules"] == approx(1.5)


def test_no_plan_costs_less_than_what_is_always_paid() -> None:
    # nothing wanted, so the plan pays just that
    w = committed()
    w["demand"] = []
    plan = solve(w)
    assert plan.cost == approx(sum(plan.summary["fixed_cost_musd"].values())) == approx(9.6)


def test_the_gap_in_money_and_as_a_share_of_what_is_decided() -> None:
    # 12 t of oxide at 0.001 are all that is decided: 0.012 of 9.612 M USD. A gap of 0.003 is 25 % of it
    plan = with_gap(committed(), 0.003)
    assert plan.cost == approx(9.612)
    assert (plan.summary["gap_musd"], plan.summary["gap_percent_of_decided"]) == (approx(0.003), approx(25))
    assert (
        "The gap is 0.003 M USD, 25 % of the 0.012 M USD that are decided: a smaller difference in cost is not a"
        " finding." in " ".join(premises(plan))
    )
    assert (
        "With any decisions, at least 9.6 M USD are paid: 0.6 fixed opex of existing plants, 9 as the minimum for"
        " committed modules." in " ".join(premises(plan))
    )


def test_no_share_is_given_where_nothing_is_decided_or_the_tail_counts() -> None:
    w = committed()
    w["demand"] = []
    s = solution(w)
    assert gap_facts(replace(s, bound=s.objective - 1))["gap_percent_of_decided"] is None
    w = hedge(risk_weight=0.5, risk_tail_percent=50)
    case = ask(w).case
    s = solve_tree(case, full_tree(case), Options(gap=0))
    facts = gap_facts(replace(s, bound=s.objective - 1))
    assert (facts["gap_musd"], facts["gap_percent_of_decided"]) == (approx(1), None)


# Committed and chosen


def test_committed_and_chosen_modules_stand_apart() -> None:
    # 24 t are wanted: 4 from the old plant, 10 from the committed module, 10 from the second, which is chosen: 3 x 3 M
    # USD of charges each
    w = committed()
    w["demand"] = []
    wants(w, "metal", 24)
    (row,) = solve(w).tables["investments"]
    assert (row["modules"], row["committed_modules"], row["committed"]) == (2, 1, "in part")
    assert (row["charges_discounted_musd"], row["idle_years"], row["years_on_line"]) == (approx(18), 0, 3)
    assert headline(solve(w))[1].endswith("Committed before: 8 M USD in 1; chosen by this plan: 8 M USD in 1.")


def test_what_is_chosen_comes_first() -> None:
    w = committed()
    w["demand"] = []
    w["projects"].append(plant("zeal", "metal", max_modules=1, capex_musd_per_module=4, life_years=4))
    wants(w, "metal", 24)
    assert [r["committed"] for r in solve(w).tables["investments"]] == ["no", "yes"]


def test_a_committed_plant_left_idle_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Metal: oxide of 1,000 USD through the old plant, which has room; through the new one 1,000 of opex more
    w = committed()
    w["demand"] = []
    wants(w, "metal", 3)
    plan = solve(w)
    why = "one more tonne there would be worth 1,000 USD and cost 2,000 at the plan's prices; its oxide goes to old"
    sentence = (
        f"new is committed, but the plan leaves it idle in 3 of 3 years on line (below 5 % of what is on line): {why}"
    )
    assert plan.warnings == idle_warnings(plan.source, plan.tables) == [sentence]
    assert (
        front_page(plan)[-1]
        == "Warning: committed plants that the plan leaves idle (below 5 % of capacity on line), in years: new (3 of"
        f" 3: {why})."
    )
    assert main(["solve", str(write(w, tmp_path / "case")), "--out", str(tmp_path / "out")]) == 0
    assert f"warning: {sentence}" in capsys.readouterr().out
    assert front_page(read_answer(tmp_path / "out"))[-1] == front_page(plan)[-1]
    page = openpyxl.load_workbook(tmp_path / "out" / "results.xlsx")["Investments"]
    at = {column_of(str(c.value)): c.column for c in page[4]}
    assert (page.cell(5, at["committed"]).value, page.cell(5, at["idle_years"]).value) == ("yes", 3)
    assert page.cell(5, at["idle_years"]).fill.fgColor.rgb == "FFF4A9A0"


def test_without_prices_nothing_is_said_of_what_a_tonne_is_worth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same case, whose prices take longer than there is time: the plant is idle, and why is not known."""
    worse = np.full(1000, 7.0)
    for none in (Outcome(StopReason.TIME_LIMIT, None, None, None), Outcome(StopReason.TIME_LIMIT, worse, 7e9, None)):
        monkeypatch.setattr("didymium.engine.solve.price_lp", lambda *_, none=none: none)
        w = committed()
        w["demand"] = []
        wants(w, "metal", 3)
        plan = solve(w)
        # Charges 2 and fixed opex 1 of the new plant, 0.2 of the old, 3 t of oxide at 0.001: 3.203 in each of 3 years
        assert plan.cost == approx(9.609)
        assert plan.tables["prices"] == []
        assert plan.warnings[0] == NO_PRICES
        assert plan.warnings[1].endswith("idle in 3 of 3 years on line (below 5 % of what is on line)")
    assert main(["solve", str(write(w, tmp_path / "case")), "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert NO_PRICES in printed
    assert "worth" not in printed


def test_one_idle_year_or_a_plant_that_runs_is_not_warned_of() -> None:
    # 0.6 t of 10 t on line is 6 %: not idle; in the last year alone it stands
    w = committed()
    w["demand"], w["projects"] = [], w["projects"][:1]
    wants(w, "metal", {2026: 0.6, 2027: 0.6, 2028: 0.4})
    plan = solve(w)
    assert plan.tables["investments"][0]["idle_years"] == 1
    assert plan.warnings == []
    assert not any(sentence.startswith("Warning") for sentence in front_page(plan))


def test_in_a_tree_the_scenario_with_most_idle_years_counts() -> None:
    # metal from China is free in calm, so that the committed plant stands still; in storm it runs in 2027
    w = hedge()
    for row in w["imports"]:
        row[2026], row[2027] = (
            (0, 0) if row["offer"] == "china_metal" and row["measure"] == "price_usd_per_t" else (row[2026], row[2027])
        )
    w["projects"] = [
        plant(
            "due",
            "metal",
            max_modules=1,
            min_modules=1,
            last_decision_year=2026,
            accepts="smelt",
            variable_opex_usd_per_t=1,
        )
    ]
    plan = tree_plan(w)
    assert [(r["idle_years"], r["years_on_line"]) for r in plan.tables["investments"]] == [(2, 2)]
    assert front_page(plan)[-1].startswith(
        "Warning: committed plants that the plan leaves idle (below 5 % of capacity on line, in the scenario with most"
        " idle years)"
    )


def test_investments_smaller_than_the_gap_are_marked_and_committed_ones_never(tmp_path: Path) -> None:
    # zeal is charged 3 x 1 = 3 M USD, less than a gap of 4, new 9 and is committed; with a gap of 2 none is smaller
    w = committed()
    w["demand"] = []
    w["projects"].append(plant("zeal", "metal", max_modules=1, capex_musd_per_module=4, life_years=4))
    wants(w, "metal", 24)
    plan = with_gap(w, 4)
    assert [
        (r["project"], r["charges_discounted_musd"], r["smaller_than_gap"]) for r in plan.tables["investments"]
    ] == [
        ("zeal", approx(3), "yes"),
        ("new", approx(9), "no"),
    ]
    assert "1 of 1 chosen investments (4 M USD of capex) each cost less over the plan than the gap: " in " ".join(
        premises(plan)
    )
    assert {r["smaller_than_gap"] for r in with_gap(w, 2).tables["investments"]} == {"no"}
    assert "over the plan than the gap" not in " ".join(premises(with_gap(w, 2)))


# Premises, in every kind of run


def test_the_base_names_its_scenario_rate_prices_and_that_stress_was_not_run() -> None:
    # metal from China at 0.1 M USD/t in calm: 10 t in 2027
    plan = solve(hedge(discount_rate_percent=5))
    assert headline(plan)[2] == "Demand is met in full in every year of this scenario."
    assert premises(plan)[:3] == [
        "Premise: scenario calm (50 % likely), known in advance from 2026 to 2027.",
        (
            "Money is in constant prices, discounted at 5 % a year to 2026. Prices are those of the input (sheet"
            " Inputs, Imports): metal, on which most money is spent, costs on average 100,000 USD/t with tariff in"
            " 2027."
        ),
        (
            "The gap is zero. With any decisions, at least 0 M USD are paid: 0 fixed opex of existing plants, 0 as"
            " the minimum for committed modules."
        ),
    ]
    assert (
        premises(plan)[-2]
        == "This plan had not been tested in the other scenarios when this was written: the command `didymium stress`"
        " does it, and writes to the folder stress next to this file."
    )


def test_another_scenario_alone_says_what_it_foresees() -> None:
    plan = scenario_plan(hedge(), "storm")
    assert (
        premises(plan)[0]
        == "Premise: scenario storm (50 % likely), known in advance from 2026 on, although it is revealed in 2027."
    )
    assert "in every year of this scenario" in headline(plan)[2]
    assert "had not been tested" in premises(plan)[-2]


def test_a_tree_names_all_scenarios_and_needs_no_stress() -> None:
    plan = tree_plan(hedge())
    assert (
        premises(plan)[0]
        == "Premise: calm 50 %, storm 50 %. A scenario is known only from the year in which it is revealed."
    )
    assert not any("had not been tested" in sentence for sentence in premises(plan))
    w = hedge()
    w["demand"] = []
    wants(w, "metal", {2026: 0, 2027: 1})
    w["shocks"] = []
    assert "Demand is met in full in every year of every scenario." in headline(tree_plan(w))


def test_without_scenarios_there_is_none_to_name() -> None:
    plan = solve(committed())
    assert (
        premises(plan)[0]
        == "Premise: everything from 2026 to 2028 is known in advance; the workbook has no other scenario."
    )
    assert "This plan had not been tested for the loss of a plant or supplier when this was written" in " ".join(
        premises(plan)
    )


def test_at_the_time_limit_the_gap_is_told_or_said_to_be_unknown() -> None:
    w = committed()
    plan = with_gap(w, 0.003, "time_limit")
    assert status_in_words(plan.summary).startswith("NOT proven to the required gap")
    assert any(sentence.startswith("The gap is 0.003 M USD") for sentence in premises(plan))
    nothing = plan_of(w, replace(solution(w), bound=None, status="time_limit"))
    assert status_in_words(nothing.summary).startswith("NOT proven")
    assert any(
        sentence.startswith(
            "The gap is not known: no amount in this plan is proven. With any decisions, at least 9.6 M USD are paid"
        )
        for sentence in premises(nothing)
    )
    assert {r["smaller_than_gap"] for r in nothing.tables["investments"]} == {None}
    assert not any("smaller" in sentence or "cost less over" in sentence for sentence in premises(nothing))


def test_nothing_built_no_demand_no_targets() -> None:
    w = world()
    magnets(w)
    assert front_page(solve(w)) == [
        "The plan costs 0 M USD, discounted: proven least cost.",
        "Nothing is built: existing plants and offers serve demand at least cost.",
        "There is no demand.",
        "No targets are set.",
        "Without demand there is no dependence on China.",
        "Premise: everything from 2026 to 2026 is known in advance; the workbook has no other scenario.",
        (
            "Money is in constant prices, discounted at 0 % a year to 2026. Nothing is bought from the offers (sheet"
            " Inputs, Imports)."
        ),
        (
            "The gap is zero. With any decisions, at least 0 M USD are paid: 0 fixed opex of existing plants, 0 as"
            " the minimum for committed modules."
        ),
        (
            "This plan had not been tested for the loss of a plant or supplier when this was written: "
            "the command `didymium stress` does it, and writes to the folder stress next to this file."
        ),
        OTHER_QUESTIONS,
    ]


@pytest.mark.parametrize("run", ["base", "storm", "tree", "unproven", "empty"])
def test_every_kind_of_run_writes_its_pages_and_reads_back_to_the_same_sentences(run: str, tmp_path: Path) -> None:
    w = hedge() if run != "empty" else world()
    if run == "empty":
        magnets(w)
    s = solution(w)
    plan = {
        "base": lambda: solve(w),
        "storm": lambda: didymium.solve(ask(w), "storm"),
        "tree": lambda: didymium.solve(ask(w), stochastic=True),
        "unproven": lambda: plan_of(w, replace(s, bound=None, status="time_limit")),
        "empty": lambda: solve(w),
    }[run]()
    plan.summary |= {"seconds": {"total": 0.0}, "versions": {}, "options": {}}
    plan.save(tmp_path)
    shown = " ".join(str(c.value) for c in openpyxl.load_workbook(tmp_path / "results.xlsx")["Summary"]["A"] if c.value)
    for sentence in front_page(plan):
        assert sentence in shown
    if run != "unproven":
        assert front_page(read_answer(tmp_path)) == front_page(plan)


# Why a share falls


def fall(last: int = 2027) -> World:
    """10 t of metal a year: in 2026 8 t from a friend and 2 t from China, in 2027 4 t and 6 t, later all from China."""
    w = world(2026, last)
    magnets(w)
    offer(w, "friend", "metal", 8, 1000)
    offer(w, "china_metal", "metal", 99, 2000, china=True)
    w["imports"][0] |= {2027: 4} | dict.fromkeys(range(2028, last + 1), 0)
    wants(w, "metal", 10)
    return w


def test_a_fall_says_what_was_bought_in_its_place_and_what_targets_ask() -> None:
    w = fall()
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2027: 30}]
    shares = "mine 80 to 40 %, refinery 80 to 40 %, metal 80 to 40 %"
    assert share_falls(solve(w)) == [
        (
            f"The China-free share falls from 2026 to 2027: {shares} (by the mass of contained rare earths: {shares})."
            " What changed, in t a year: reduced to metal in China 20 to 60 % of demand (bought from China: metal 2"
            " to 6); bought elsewhere: metal 8 to 4. For all demand of 2027 targets require metal 30 %."
        )
    ]


def test_a_fall_names_the_stock_that_is_held_back() -> None:
    # a target of 30 % in 2028 has 3 of the friend's 4 t of 2027 laid aside
    w = fall(2028)
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2028: 30}]
    w["stockpiles"] = [
        {"region": "here", "commodity": "metal", "initial_t": 0, "limit_t": 9, "holding_usd_per_t_year": 1}
    ]
    (sentence,) = share_falls(solve(w))
    assert "metal 80 to 10 %" in sentence
    assert (
        "; China-free stock kept: metal in Here 3 t at the end of 2027 (0 of 2026); bought elsewhere: metal 8"
        " to 4." in sentence
    )


def test_a_fall_into_shortage_and_less_running_says_so() -> None:
    # the smelter retires: 10 t made in 2026, 0 in 2027, when all is short
    w = world(2026, 2027)
    magnets(w)
    offer(w, "oxide_offer", "oxide", 99, 1000)
    w["projects"] = [plant("old_smelter", "metal", 10, retires_year=2027)]
    wants(w, "metal", {2026: 10, 2027: 12})
    (sentence,) = share_falls(solve(w))
    assert "magnet 100 to 0 %" in sentence
    assert (
        "What changed, in t a year: demand not met 0 to 100 % of demand; demand: all 10 to 12; bought elsewhere: oxide"
        " 10 to 0" in sentence
    )


def test_a_fall_of_five_points_or_less_needs_no_word() -> None:
    w = fall()
    w["imports"][0][2027] = 7.5
    assert share_falls(solve(w)) == []


def test_only_the_three_deepest_falls_are_explained() -> None:
    # from 10 t of a friend's metal down by 1.5, 2, 1, 3 and 0.6 t
    w = world(2026, 2031)
    magnets(w)
    offer(w, "friend", "metal", 10, 1000)
    offer(w, "china_metal", "metal", 99, 2000, china=True)
    w["imports"][0] |= {2027: 8.5, 2028: 6.5, 2029: 5.5, 2030: 2.5, 2031: 1.9}
    wants(w, "metal", 10)
    sentence = share_falls(solve(w))
    assert [s[:45] for s in sentence[:-1]] == [
        f"The China-free share falls from {y} to {y + 1}:" for y in (2026, 2027, 2029)
    ]
    assert sentence[-1] == "A China-free share also falls by more than 5 points in 2029, 2031."


# What stress found


def test_the_page_takes_up_what_stress_found_since_and_drops_what_is_of_another_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # the base plan builds nothing; in storm all 10 t are short, 100 % of demand, in its one year
    assert main(["solve", str(write(hedge(), tmp_path / "case")), "--out", str(tmp_path / "out")]) == 0
    assert "had not been tested" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert main(["stress", str(tmp_path / "out"), "--draws", "0"]) == 0
    assert "puts what was found on the first page" in capsys.readouterr().out
    assert main(["report", str(tmp_path / "out")]) == 0
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    sentence = (
        "Other futures: stress tested these builds in the 1 other scenario: demand is not fully met in 1, worst in"
        " storm (100 % of all years' demand, 100 % in its worst year)."
    )
    assert sentence.replace("'", "\\u0027") in text or sentence in text
    assert "had not been tested" not in text
    path = tmp_path / "out" / "stress" / "stress.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    found["plan"]["objective_musd"] += 1
    path.write_text(json.dumps(found), encoding="utf-8")
    assert main(["report", str(tmp_path / "out")]) == 0
    assert "had not been tested" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_draws_are_told_by_their_tail(tmp_path: Path) -> None:
    plan = solve(hedge())
    same = {k: plan.summary[k] for k in ("scenario", "objective_musd", "input_sha256")}
    rows = [{"scenario": "calm", "short_t": 0, "short_percent": 0, "worst_year_short_percent": 0}]
    found = {
        "plan": same,
        "scenarios": [*rows, {**rows[0], "scenario": "storm"}],
        "percentiles": {"short_percent": {"p95": 12.4}},
    }
    (tmp_path / "stress.json").write_text(json.dumps(found), encoding="utf-8")
    plan.save(tmp_path)
    sentence = (
        "Other futures: stress tested these builds in the 1 other scenario: demand is met; at the 95th percentile of"
        " random draws 12 % of demand is not met."
    )
    assert sentence in front_page(plan)
    assert front_page(read_answer(tmp_path)) == front_page(plan)
    assert verify(tmp_path).holds


def test_a_tree_cites_stress_over_all_scenarios(tmp_path: Path) -> None:
    plan = tree_plan(hedge())
    same = {k: plan.summary[k] for k in ("scenario", "objective_musd", "input_sha256")}
    rows = [
        {"scenario": s, "short_t": t, "short_percent": 10 * t, "worst_year_short_percent": 10 * t}
        for s, t in (("calm", 0), ("storm", 5))
    ]
    (tmp_path / "stress.json").write_text(
        json.dumps({"plan": same, "scenarios": rows, "percentiles": {}}), encoding="utf-8"
    )
    plan.save(tmp_path)
    sentence = (
        "stress tested these builds in all 2 scenarios: demand is not fully met in 1, worst in storm (50 % of all"
        " years' demand, 50 % in its worst year)."
    )
    assert f"Other futures: {sentence}" in front_page(plan)
    assert front_page(read_answer(tmp_path)) == front_page(plan)


def test_what_is_designed_out_is_named_where_demand_is_met() -> None:
    # 2 of 10 t are designed out, 8 bought
    w = world()
    magnets(w)
    offer(w, "friend", "metal", 8, 1)
    wants(w, "metal", 10)
    w["substitution"] = [{"segment": "cars", "cost_usd_per_t": 1, **by_year(w, 20)}]
    assert headline(solve(w))[2] == "Demand is met in full in every year of this scenario; 2 t of it are designed out."


def test_a_marginal_cost_that_is_not_known_is_blank() -> None:
    w = hedge()
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2027: 10}]
    rows = plan_tables(replace(solution(w), duals={}))["targets"]
    assert {r["marginal_cost_of_a_point_with_build_out_fixed_musd_per_year"] for r in rows} == {None}


@pytest.mark.parametrize("text", ["", "[1]", "{}", '{"plan": 3}', '{"plan": {}, "scenarios": 1}'])
def test_a_stress_result_that_does_not_read_is_none(text: str, tmp_path: Path) -> None:
    plan = solve(hedge())
    (tmp_path / "stress.json").write_text(text, encoding="utf-8")
    plan.save(tmp_path)
    assert "stress" not in plan.summary
    assert any("had not been tested" in sentence for sentence in front_page(plan))


def test_the_marginal_cost_of_a_point_is_not_on_page_one() -> None:
    w = hedge()
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", **by_year(w, 10)}]
    assert not any("point" in sentence for sentence in headline(solve(w)))


def test_a_committed_plant_that_could_as_well_run_is_said_so() -> None:
    # Without its opex the new plant's tonne costs what the old one's does: 1,000 USD of oxide
    w = committed()
    w["projects"][0]["variable_opex_usd_per_t"] = 0
    w["projects"][1]["min_utilisation_percent"] = 75  # so that the old one runs
    w["demand"] = []
    wants(w, "metal", 3)
    (warning,) = solve(w).warnings
    assert warning.endswith("one more tonne there is worth just what it costs, so it could as well run")

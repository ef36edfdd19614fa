"""Sentences of page one by hand: the cost, what is sold, public money, which targets bind, chosen plants that never
run."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from pytest import approx
from test_brief import named
from test_front_page import committed, with_gap
from test_public_money import oxide
from worlds import World, by_year, magnets, offer, solve, tree_plan, wants, world

import didymium
from didymium.plan.calibration import verdict
from didymium.plan.committed import chosen_idle
from didymium.reports import targets_sheet
from didymium.reports.brief import front_page
from didymium.reports.idle_plants import idle_warnings
from didymium.reports.palette import KIND_WORDS
from didymium.reports.rule_names import good_in_words
from didymium.reports.sentences import headline
from didymium.results.calibration import CalibrationRow


def bought(*clean: float) -> World:
    """10 t of metal are wanted in each year from 2026 on: from a friend so many t, the rest, cheaper, from China."""
    w = world(2026, 2025 + len(clean), target_penalty_usd_per_t=5000)
    magnets(w)
    offer(w, "friend", "metal", 0, 2000)
    for year, tonnes in enumerate(clean, 2026):
        w["imports"][-2][year] = tonnes
    offer(w, "china_metal", "metal", 10, 1000, china=True)
    wants(w, "metal", 10)
    return w


def test_the_first_sentence_is_the_cost_and_how_it_is_proven() -> None:
    # existing opex 0.6, the committed module 9, 12 t of oxide 0.012: 9.6; a gap of 0.003 is 0.03 % of it
    assert headline(solve(committed()))[0] == "The plan costs 9.6 M USD, discounted: proven least cost."
    for status, proof in (
        ("gap_reached", "proven within 0.03 % of the least cost"),
        ("time_limit", "NOT proven to the required gap, but within 0.03 % of the least cost"),
    ):
        assert headline(with_gap(committed(), 0.003, status))[0] == f"The plan costs 9.6 M USD, discounted: {proof}."


def test_what_is_sold_outside_and_that_loans_are_no_gift(tmp_path: Path) -> None:
    # 100 M USD of capex for a year, half of it lent: 55 private and 51 to repay; 6 t of oxide sold for half a M USD
    # each: 55 + 51 - 3 = 103
    plan = solve(oxide())
    cost, sales, invested, *_ = front_page(plan)
    assert cost == "The plan costs 103 M USD, discounted: proven least cost."
    assert (
        sales
        == "The cost is after sales outside the chain, which bring in 3 M USD, discounted, most of it for oxide 100 %."
    )
    assert "of which 50 public money (50 in loans, 0 in grants)." in invested
    assert KIND_WORDS["byproduct_sales"] == "sales outside"
    assert "byproduct_sales" in plan.summary["cost_musd"]  # type: ignore[operator]
    plan.save(tmp_path)
    page = openpyxl.load_workbook(tmp_path / "results.xlsx", data_only=True)["Finance"]
    # one payer in the fifth row; loans, grants, subsidy in loans, equivalent, in the plan, floors, given, public funds
    loan = 50 - 51 / 1.1
    assert [page.cell(7, c).value for c in range(3, 11)] == approx([50, 0, loan, loan, 4, 0, 4, 0])
    assert [page.cell(8, c).value for c in (1, 3)] == ["Public money: loans and grants", 50]
    assert [page.cell(r, 1).value for r in (6, 7)] == [None, "Total"]
    assert didymium.load(tmp_path).tables["governments"] == plan.tables["governments"]


def test_shares_of_the_first_and_last_year_and_the_lowest_between() -> None:
    # the friend's metal must be bought as far as it goes: 8, 2 and 9 of 10 t
    w = bought(8, 2, 9)
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", **by_year(w, 100)}]
    (shares,) = [s for s in headline(solve(w)) if s.startswith("China-free share of demand")]
    assert shares.startswith("China-free share of demand in 2026 and in 2028: mine 80 and 90 % (lowest 20 % in 2027), ")
    w = bought(3, 9, 3)
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal"}]
    w["targets"][0] |= {2026: 30, 2027: 90, 2028: 30}
    (shares,) = [s for s in headline(solve(w)) if s.startswith("China-free share of demand")]
    assert "mine 30 and 30 % (highest 90 % in 2027)" in shares


def test_which_targets_bind_in_which_years_and_since_when_all_are_met(tmp_path: Path) -> None:
    # of 10 t: 9 asked for in 2027 where a friend has 8, 5 in 2028, just reached, nothing in 2029; of metal, 5 t are
    # bought from China in 2028 where 6 are allowed
    w = bought(8, 8, 8, 8)
    w["targets"] = [
        {"target": "clean_metal", "type": "min_china_free_share", "stage": "metal", 2027: 90, 2028: 50, 2029: 0},
        {"target": "not_all", "type": "max_china_import_share", "commodity": "metal", 2028: 60, 2029: 100},
    ]
    plan = solve(w)
    assert (
        "1 of 2 targets are met in every year; of the others: metal: China-free, all demand from 2028 on. All are met"
        " from 2028 on." in headline(plan)
    )
    assert (
        "Targets that bind (missed, just reached, or a stricter one would cost more): metal: China-free, all demand"
        " (2027 to 2028)." in headline(plan)
    )
    plan.save(tmp_path)
    page = openpyxl.load_workbook(tmp_path / "results.xlsx")["Targets"]
    at = {str(c.value): c.column for c in page[4]}
    shown = [
        tuple(page.cell(r, at[h]).value for h in ("Target in words", "At least or at most", "Target (%)"))
        for r in range(5, 10)
    ]
    assert shown == [
        *(("metal: China-free, all demand", targets_sheet.OF_FLOOR, approx(p)) for p in (90, 50, 0)),
        *(("metal: bought from China", targets_sheet.OF_CAP, approx(p)) for p in (60, 100)),
    ]


def test_alike_targets_of_several_stages_are_named_together() -> None:
    w = bought(8)
    w["targets"] = [
        {"target": f"clean_{stage}", "type": "min_china_free_share", "stage": stage, 2026: 80}
        for stage in ("refinery", "metal")
    ]
    assert "refinery, metal: China-free, all demand (2026)." in " ".join(headline(solve(w)))


def test_a_chosen_plant_that_never_runs_is_warned_of() -> None:
    # the extra smelter, 20 M USD, stands for its three years: put so by hand
    w = named()
    w["projects"][0]["max_modules"] = 1
    plan = solve(w)
    (row,) = [r for r in plan.tables["investments"] if r["project"] == "extra"]
    assert (row["idle_years"], row["years_on_line"], chosen_idle(plan.tables)) == (0, 3, [])
    row["idle_years"], row["utilisation_percent"] = 3, 0.0
    assert idle_warnings(plan.source, plan.tables)[-1] == (
        "Extra Smelter is chosen by this plan, which does not run it in any of its 3 years on line (above 5 % of what"
        " is on line): 20 M USD of capex"
    )
    row["smaller_than_gap"], row["charges_discounted_musd"] = "yes", 15.0
    assert front_page(plan)[-1] == (
        "Warning: plants that this plan chooses and does not run (below 5 % of capacity on line in every year): Extra"
        " Smelter, decided 2026 (20 M USD of capex; its charges in the plan's years, 15 M USD, are less than the gap,"
        " so nothing proves that it is needed)."
    )
    row["committed_modules"] = row["modules"]
    assert chosen_idle(plan.tables) == []


def test_a_good_named_after_its_mine_is_the_ore_of_it() -> None:
    w = named()
    w["projects"][0]["stage"] = "metal"
    plan = solve(w)
    assert good_in_words(plan.source, "oxide") == "oxide"
    assert good_in_words(plan.source, "new") == "product of New Smelter"


def test_a_tree_says_that_its_cost_is_expected() -> None:
    w = bought(8, 8)
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 60},
        {"scenario": "storm", "probability_percent": 40, "reveal_year": 2027},
    ]
    # 10 t at 1,000 USD in each of two years
    assert headline(tree_plan(w))[0] == (
        "The plan costs 0.02 M USD, discounted, expected over 2 scenarios: proven least cost."
    )


def test_the_calibration_names_what_it_misses() -> None:
    def row(name: str, off: float) -> CalibrationRow:
        return {"observation": name, "latest": "yes", "deviation_percent": off,
                "within_15_percent": "yes" if abs(off) <= 15 else "no"}  # type: ignore[typeddict-item]  # fmt: skip

    assert verdict([row("Pit", 3.0), row("Works", -22.6)]) == (
        "By the latest observation of each series, 1 of the 2 that can be compared are within 15 % of the plan; not so:"
        " Works (plan 23 % below)"
    )

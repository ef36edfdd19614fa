"""Hedging by rule: the plan for one scenario alone, kept as long as that may still come; all costs by hand."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest import approx
from random_cases import write_case
from random_version3 import version_3_case
from worlds import World, ask, commodity, hedge, magnets, offer, plant, recipe, wants, world, write

import didymium
from didymium.cli import main
from didymium.reports.scenarios import planned_for
from didymium.reports.sentences import information_value
from didymium.results import Record

FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def stormier(**more: object) -> World:
    """The hedge with the storm at 60 %."""
    w = hedge(**more)
    for row, percent in zip(w["scenarios"], (40, 60), strict=True):
        row["probability_percent"] = percent
    return w


def three_futures() -> World:
    """10 t of metal wanted in 2028. Chinese metal costs 0.1 M USD/t; in a glut (30 %, revealed in 2027) nothing; in a
    storm (40 %, revealed in 2028) there is none, and going without costs 1.

    `early` can be decided in 2026 alone, for 3 M USD, `late` in 2027 alone, for 4; each makes all 10 t from free ore.
    """
    w = world(2026, 2028)
    magnets(w)
    commodity(w, "ore", "refinery")
    recipe(w, "smelt", "metal", {"ore": 1.0}, {"metal": 1.0})
    offer(w, "ore_offer", "ore", 99, 0)
    offer(w, "china_metal", "metal", 10, 100_000, china=True)
    same = {"max_modules": 1, "module_t_per_year": 10, "life_years": 1, "accepts": "smelt"}
    early = {"capex_musd_per_module": 3, "construction_years": 2, "last_decision_year": 2026}
    late = {"capex_musd_per_module": 4, "construction_years": 1, "first_decision_year": 2027}
    w["projects"] = [plant("early", "metal", **same, **early), plant("late", "metal", **same, **late)]
    wants(w, "metal", {2026: 0, 2027: 0, 2028: 10})
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 30},
        {"scenario": "glut", "probability_percent": 30, "reveal_year": 2027},
        {"scenario": "storm", "probability_percent": 40, "reveal_year": 2028},
    ]
    w["shocks"] = [
        {"scenario": "glut", "kind": "china_price", "value": 0},
        {"scenario": "storm", "kind": "china_limit", "value": 0},
    ]
    return w


def worked_out(w: World) -> tuple[didymium.Plan, Record]:
    inputs = ask(w)
    plan = didymium.solve(inputs, stochastic=True)
    return plan, didymium.information_value(inputs, plan)


def costs(value: Record) -> dict[object, object]:
    rows = value["planned_for"]
    assert isinstance(rows, list)
    return {row["scenario"]: row["cost_musd"] for row in rows}


def test_the_cheapest_plan_for_one_scenario_need_not_be_that_for_the_base() -> None:
    # together: small 2.4 + 0.4 x 0.5 + 0.6 x 5 = 5.6. for calm: nothing, 0.4 x 1 + 0.6 x 10 = 6.4. for storm: large, 6
    # in both: the rule. The plan saves 0.8 against the base's, 0.4 by rule.
    plan, value = worked_out(stormier())
    assert plan.cost == approx(5.6)
    assert costs(value) == {"calm": approx(6.4), "storm": approx(6)}
    assert (value["trust_base_musd"], value["by_rule_musd"], value["by_rule_scenario"]) == (
        approx(6.4),
        approx(6),
        "storm",
    )
    assert [value[f"planning_{end}_musd"] for end in ("least", "most")] == approx([0.8, 0.8])
    assert [value[f"hedging_{end}_musd"] for end in ("least", "most")] == approx([0.4, 0.4])


def test_after_the_expected_scenario_is_ruled_out_the_branch_under_way_is_planned_for() -> None:
    # foreseen: calm 1, nothing built; glut 0; storm early, 3: 0.3 x 1 + 0.4 x 3 = 1.5.
    # for calm: nothing: calm 1, glut 0, storm 10 short: 0.3 + 4 = 4.3. for glut: nothing in 2026; from 2027 on calm is
    # under way, nothing is built, and storm comes upon that: 4.3. for storm: early in 2026, 3 in all.
    # together: late in 2027, once the glut is ruled out, 4 in 0.7: 2.8.
    plan, value = worked_out(three_futures())
    assert plan.cost == approx(2.8)
    assert costs(value) == {"calm": approx(4.3), "glut": approx(4.3), "storm": approx(3)}
    assert (value["wait_and_see_musd"], value["by_rule_scenario"]) == (approx(1.5), "storm")
    assert value["hedging_least_musd"] == approx(0.2)


def hard() -> World:
    """In storm alone 6 of 10 t must be clean, whatever it costs; nothing binds in calm."""
    w = hedge(target_policy="hard")
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2027: 60}]
    w["shocks"].append({"scenario": "calm", "kind": "target", "value": 0})
    return w


def test_a_plan_that_cannot_be_kept_is_named_with_its_reason() -> None:
    # calm alone builds nothing: then storm cannot meet its target. for storm: large, 6 in both, as all together.
    plan, value = worked_out(hard())
    assert costs(value) == {"calm": None, "storm": approx(6)}
    assert (plan.cost, value["trust_base_musd"], value["planning_most_musd"]) == (approx(6), None, None)
    assert (value["by_rule_scenario"], value["hedging_most_musd"]) == ("storm", approx(0))
    calm, storm = planned_for(plan)
    assert str(calm["finding"]).startswith("cannot be kept: storm: ")
    assert "clean" in str(calm["finding"])
    assert storm["finding"] == "costs the same"
    assert "Plans that cannot be kept in every scenario: calm (sheet Scenarios says why)." in information_value(plan)


def test_the_plan_of_a_parent_is_kept_until_its_child_parts_from_it() -> None:
    """Storm leaves calm in 2027, cutoff leaves storm in 2028: who expects cutoff has its plan in storm too until then,
    and who expects calm has storm's in cutoff."""
    w = three_futures()
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 30, "reveal_year": 2027},
        {"scenario": "cutoff", "probability_percent": 20, "reveal_year": 2028, "parent": "storm"},
    ]
    w["shocks"] = [{"scenario": "cutoff", "kind": "china_limit", "value": 0}]
    # for calm, and for storm: nothing, 0.8 x 1 + 0.2 x 10 = 2.8. for cutoff: early, 3 in all. together: late in storm
    # in 2027, 4 x 0.5, or nothing there, 0.3 + 2 = 2.3: late: 0.5 x 1 + 2 = 2.5
    plan, value = worked_out(w)
    assert plan.cost == approx(2.5)
    assert costs(value) == {"calm": approx(2.8), "storm": approx(2.8), "cutoff": approx(3)}
    assert (value["by_rule_scenario"], value["hedging_least_musd"]) == ("calm", approx(0.3))
    assert information_value(plan)[1].startswith("No plan for another scenario alone was found to be cheaper")


def test_a_difference_smaller_than_the_gaps_is_undecided() -> None:
    plan, value = worked_out(stormier())
    rows = value["planned_for"]
    assert isinstance(rows, list)
    rows[1] |= {"cost_bound_musd": 5.0, "saving_least_musd": 0.0}
    value["hedging_least_musd"] = 0.0
    assert [row["finding"] for row in planned_for(plan)] == [
        "dearer than this plan",
        "undecided: the difference is smaller than the gaps",
    ]
    assert "saves 0.00 to 0.40 (undecided: smaller than the gaps of these solves) M USD" in information_value(plan)[1]


def test_command_sheet_and_page_show_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = str(write(stormier(), tmp_path / "case")), tmp_path / "out"
    assert main(["solve", folder, "--stochastic", "--value", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "the one for storm was found to be the cheapest: this plan saves 0.40 M USD compared with it." in said
    summary = json.loads((out / "summary.json").read_text())
    assert costs(summary["value"]) == {"calm": approx(6.4), "storm": approx(6)}
    page = openpyxl.load_workbook(out / "results.xlsx", data_only=True)["Scenarios"]
    rows = [[c.value for c in row[:6]] for row in page.iter_rows(min_row=9, max_row=11)]
    assert rows[0][0] == "Planned for"
    assert rows[1:] == [
        ["calm", approx(6.4), approx(6.4), approx(0.8), approx(0.8), "dearer than this plan"],
        ["storm", approx(6), approx(6), approx(0.4), approx(0.4), "dearer than this plan"],
    ]
    assert '"planned_for":"storm"' in (out / "report.html").read_text()
    assert didymium.verify(out).holds
    assert didymium.load(out).summary["value"] == summary["value"]


@FEW
@given(seed=st.integers(0, 10_000))
def test_knowing_hedging_ruling_and_trusting_come_in_order(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Wait-and-see <= stochastic <= by rule <= trusting the base, on random trees, nested ones too."""
    case = version_3_case(seed)
    case["settings"] = [row for row in case["settings"] if row["setting"] != "risk_weight"]
    inputs = didymium.read(write_case(case, tmp_path_factory.mktemp("rule") / "case"))
    if len(inputs.case.likely) < 2:
        return
    try:
        plan = didymium.solve(inputs, stochastic=True, gap_percent=0.001)
    except didymium.NoPlan:
        return
    value = didymium.information_value(inputs, plan, gap_percent=0.001, time_limit=60)
    ordered = [value[f"{name}_musd"] for name in ("wait_and_see", "stochastic", "by_rule", "trust_base")]
    known = [float(str(cost)) for cost in ordered if cost is not None]
    slack = 2e-4 * max(1.0, abs(plan.cost))
    assert all(a <= b + slack for a, b in pairwise(known)), ordered
    for row in planned_for(plan):
        ends = [row["costs_at_least_musd"], row["costs_at_most_musd"]]
        assert ends == [None, None] or float(str(ends[0])) <= float(str(ends[1])) + slack

"""What a plan of several scenarios decides now, later in every scenario, or for a signal: each project and year counted
once."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from pytest import approx
from worlds import World, ask, hedge, plant

import didymium
from didymium.case.case import Scenario, acting_branch
from didymium.plan.decisions import decisions
from didymium.reports.decision_timing import now_and_later
from didymium.reports.page.data import page_data
from didymium.reports.scenarios import side_by_side
from didymium.reports.sentences import headline


def three_futures() -> World:
    """10 t wanted in 2027 in calm (50 %), 15 in storm (30 %), 20 in embargo (20 %); the last two have no Chinese metal
    (0.1 M USD/t). Short: 1.

    `early` is decided in 2026 (5 t for 0.1 M USD), `late` from 2027 on (two modules of 5 t, 0.4 each), `spare` too (5 t
    for 1). Calm: early saves 0.5 for 0.1, one module of late 0.5 for 0.4; spare does not pay. Storm: early, both
    modules. Embargo: those and spare.
    """
    w = hedge()
    same = {"module_t_per_year": 5, "life_years": 1, "accepts": "smelt"}
    w["projects"] = [
        plant("early", "metal", max_modules=1, capex_musd_per_module=0.1, construction_years=1, **same),
        plant("late", "metal", max_modules=2, capex_musd_per_module=0.4, first_decision_year=2027, **same),
        plant("spare", "metal", max_modules=1, capex_musd_per_module=1, first_decision_year=2027, **same),
    ]
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 30, "reveal_year": 2027},
        {"scenario": "embargo", "probability_percent": 20, "reveal_year": 2027},
    ]
    w["shocks"] = [
        *({"scenario": s, "kind": "china_limit", "value": 0} for s in ("storm", "embargo")),
        {"scenario": "storm", "kind": "demand", "value": 1.5},
        {"scenario": "embargo", "kind": "demand", "value": 2},
    ]
    return w


def test_a_project_of_every_branch_is_one_decision_that_waits_for_nothing(tmp_path: Path) -> None:
    # late stands on three branches, two modules on two of them: 0.5 x 0.4 + 0.5 x 0.8 = 0.6. Cost: 0.1 + 0.6 + 0.2 x 1
    #     (spare) = 0.9
    plan = didymium.solve(ask(three_futures()), stochastic=True)
    assert plan.cost == approx(0.9)
    assert len(plan.tables["investments"]) == 5
    timings = [
        (r["project"], r["decision_year"], r["modules"], r["capex_musd"], r["when"], r["odds_percent"])
        for r in now_and_later(plan)
    ]
    assert timings == [
        ("early", 2026, 1, approx(0.1), "now: in every scenario, before anything is revealed", approx(100)),
        (
            "late",
            2027,
            "1 to 2",
            approx(0.6),
            "in every scenario: it waits for no signal; modules: 1 in calm; 2 in embargo, storm",
            approx(100),
        ),
        ("spare", 2027, 1, approx(1), "waits for embargo (revealed in 2027)", approx(20)),
    ]
    assert [r["built"] for r in side_by_side(plan)] == [2, 2, 3]
    sentence = (
        "3 investments from 2026 to 2027 (1 before anything is revealed, 1 later in every scenario, 1 in some scenarios"
        " only) for 0.9 M USD overnight"
    )
    assert headline(plan)[2].startswith(sentence)
    assert next(f["value"] for f in page_data(plan)["key_numbers"] if f["name"] == "investments") == 3
    book = openpyxl.load_workbook(plan.save(tmp_path)[0], data_only=True)
    labels = {
        book["Summary"].cell(r, c).value: book["Summary"].cell(r + 1, c).value
        for r in range(5, 40)
        for c in range(1, 14)
    }
    assert labels["Investments"] == 3


def test_what_is_taken_unless_a_signal_comes_and_what_moves() -> None:
    """With calm's late at 5 t saved, and no need in storm: taken unless it is storm. In embargo the same project comes
    a year later."""
    plan = didymium.solve(ask(three_futures()), stochastic=True)
    row = dict(next(r for r in plan.tables["investments"] if r["project"] == "late" and r["branch"] == "calm"))
    plan.tables["investments"] = [
        {**row, "scenarios": "calm"},
        {**row, "branch": "embargo", "scenarios": "embargo", "decision_year": 2028, "probability": 0.2},
    ]
    assert [(r["when"], r["odds_percent"]) for r in now_and_later(plan)] == [
        (
            (
                "unless it is storm (revealed in 2027) or embargo (revealed in 2027); where not, it is decided in 2028"
                " (embargo)"
            ),
            50,
        ),
        ("waits for embargo (revealed in 2027); where not, it is decided in 2027 (calm)", 20),
    ]


@pytest.mark.parametrize(
    ("scenario", "year", "branch"),
    [("b", 2026, "base"), ("b", 2027, "a"), ("b", 2029, "b"), ("a", 2029, "a"), ("base", 2030, "base")],
)
def test_a_scenario_runs_on_its_parents_branch_until_it_is_revealed(scenario: str, year: int, branch: str) -> None:
    """b leaves a in 2028, which leaves the base in 2027."""
    timings = {"base": (None, None), "a": (2027, None), "b": (2028, "a")}
    scenarios = {name: Scenario(name, 0.25, reveal, parent) for name, (reveal, parent) in timings.items()}
    assert acting_branch(scenarios, scenario, year) == branch


def test_decisions_are_means_by_probability() -> None:
    # 2 modules with 30 %, 1 with 10 %: (0.3 x 2 + 0.1 x 1) / 0.4 = 1.75
    one = {
        "project": "p",
        "stage": "mine",
        "region": "r",
        "decision_year": 2030,
        "branch": "a",
        "scenarios": "a",
        "modules": 2,
        "probability": 0.3,
    }
    (found,) = decisions([one, {**one, "branch": "b", "scenarios": "b;c", "modules": 1, "probability": 0.1}])
    assert (found.scenarios, found.modules, found.mean("modules")) == (["a", "b", "c"], {"a": 2, "b": 1}, approx(1.75))
    assert (found.is_in_all("abc"), found.is_shared("abc"), found.is_in_all("abcd")) == (True, False, False)

"""One plan for all scenarios: hedging by hand, the bad tail by hand, nothing decided before it can be known, and its
result files."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest import approx
from random_cases import random_case, write_case
from worlds import World, ask, hedge, plant, write

import didymium
from didymium.cli import main
from didymium.options import SolveOptions
from didymium.recheck import TOLERANCE
from didymium.reports import tree_chart
from didymium.reports.decision_timing import now_and_later
from didymium.reports.numbers import expected
from didymium.reports.scenarios import path_of, side_by_side
from didymium.reports.sentences import headline
from didymium.reports.target_sentences import targets_met
from didymium.reports.verify import verify
from didymium.solving import SolveCallbacks
from didymium.value import Cost, value

FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def built(plan: didymium.Plan) -> set[str]:
    return set(plan.investments["project"]) if len(plan.investments) else set()


def test_the_hedge_is_neither_foreseen_plan() -> None:
    # calm, foreseen: nothing is built, 10 x 0.1 = 1. storm, foreseen: large 6 < small 2.4 + 5 short = 7.4 < large +
    # small 8.4.
    # Both at once: nothing (1 + 10) / 2 = 5.5; large 6 in both; small 2.4 + (5 x 0.1 + 5 x 1) / 2 = 2.4 + 2.75 = 5.15:
    #     the hedge.
    asked = ask(hedge())
    calm, storm = didymium.solve(asked, "calm"), didymium.solve(asked, "storm")
    tree = didymium.solve(asked, stochastic=True)
    assert (calm.cost, built(calm)) == (approx(1), set())
    assert (storm.cost, built(storm)) == (approx(6), {"large"})
    assert (tree.cost, built(tree)) == (approx(5.15), {"small"})
    assert 0.5 * calm.cost + 0.5 * storm.cost <= tree.cost
    assert tree.scenarios == ["calm", "storm"]
    assert max(b.size for b in tree.breaches.values()) < TOLERANCE


def test_the_tail_by_hand() -> None:
    # Minding only the worst half (weight 1, tail 50 %) the cost is that of storm: nothing 10, small 2.4 + 5 = 7.4,
    # large 6. At weight 0.5 it is the mean of expected cost and storm's: nothing (5.5 + 10) / 2 = 7.75, small (5.15 +
    # 7.4) / 2 = 6.275, large 6.
    # At weight 0.2: nothing 0.8 x 5.5 + 2 = 6.4, small 0.8 x 5.15 + 0.2 x 7.4 = 5.6, large 6.
    for weight, cost, plants, mean in ((1, 6, {"large"}, 6), (0.5, 6, {"large"}, 6), (0.2, 5.6, {"small"}, 5.15)):
        plan = didymium.solve(ask(hedge(risk_weight=weight, risk_tail_percent=50)), stochastic=True)
        assert (plan.cost, built(plan)) == (approx(cost), plants)
        assert plan.expected_cost == approx(mean)
        assert sum(plan.summary["cost_musd"].values()) == approx(mean)  # type: ignore[attr-defined]


def test_a_tail_that_reaches_into_the_next_scenario_by_hand() -> None:
    # Tail 80 %: the worst 50 % (storm) and 30 of calm's 50 %. Nothing: (0.5 x 10 + 0.3 x 1) / 0.8 = 6.625; small: storm
    #     7.4, calm
    # 2.4 + 0.5 = 2.9: (3.7 + 0.87) / 0.8 = 5.7125; large: 6. At weight 1, small. A weight of 1 is taken as 0.999: 0.999
    #     x 5.7125 + 0.001 x 5.15.
    plan = didymium.solve(ask(hedge(risk_weight=1, risk_tail_percent=80)), stochastic=True)
    assert (plan.cost, built(plan)) == (approx(5.7119375), {"small"})


def test_the_tail_means_nothing_to_one_scenario_alone() -> None:
    asked = ask(hedge(risk_weight=1, risk_tail_percent=50))
    assert didymium.solve(asked, "calm").cost == approx(1)
    assert not didymium.solve(asked, "calm").weighs_risk


def test_the_recheck_counts_the_tail_too() -> None:
    from didymium.recheck import recheck

    plan = didymium.solve(ask(hedge(risk_weight=0.2, risk_tail_percent=50)), stochastic=True)
    for objective, broken in ((plan.cost, False), (plan.expected_cost, True)):
        breaches = recheck(plan.source, {**plan.tables, "headline": [{"objective_musd": objective}]}, plan.scenarios)
        assert (breaches["cost"].size > TOLERANCE) == broken


@FEW
@given(seed=st.integers(0, 10_000), weight=st.sampled_from([0.0, 0.3, 1.0]), tail=st.sampled_from([5, 25, 60]))
def test_random_trees_pass_the_recheck(
    tmp_path_factory: pytest.TempPathFactory, seed: int, weight: float, tail: int
) -> None:
    case = random_case(seed)
    case["settings"] = [
        *case["settings"],
        {"setting": "risk_weight", "value": weight},
        {"setting": "risk_tail_percent", "value": tail},
    ]
    asked = didymium.read(write_case(case, tmp_path_factory.mktemp("tree") / "case"))
    try:
        plan = didymium.solve(asked, stochastic=True, gap_percent=0.001)
    except didymium.NoPlan:
        return
    assert max(b.size for b in plan.breaches.values()) <= TOLERANCE
    costs = [float(str(r["cost_musd"])) for r in side_by_side(plan)] or [plan.cost]
    assert min(costs) - 1e-4 * abs(plan.cost) - 1e-4 <= plan.cost <= max(costs) + 1e-4 * abs(plan.cost) + 1e-4, (
        "between the best and the worst scenario"
    )


@FEW
@given(seed=st.integers(0, 10_000))
def test_minding_the_tail_never_makes_the_tail_worse(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """More weight on the tail never lowers what is minimised, nor the expected cost."""
    case = random_case(seed)
    costs = []
    for weight in (0.0, 0.5):
        told = {
            **case,
            "settings": [
                *case["settings"],
                {"setting": "risk_weight", "value": weight},
                {"setting": "risk_tail_percent", "value": 20},
            ],
        }
        try:
            plan = didymium.solve(
                didymium.read(write_case(told, tmp_path_factory.mktemp("tail") / "case")),
                stochastic=True,
                gap_percent=0.001,
            )
        except didymium.NoPlan:
            return
        costs.append((plan.cost, plan.expected_cost))
    slack = 1e-4 * max(1.0, abs(costs[1][0]))
    assert costs[0][0] <= costs[1][0] + slack
    assert costs[0][1] <= costs[1][1] + slack


def test_nothing_is_decided_before_it_can_be_known() -> None:
    """Rows of a year before the reveal stand once, for all scenarios; there are none of storm's own."""
    plan = didymium.solve(ask(hedge()), stochastic=True)
    for name, rows in plan.tables.items():
        if rows and "year" in rows[0]:
            assert {r["branch"] for r in rows if r["year"] == 2026} <= {"calm"}, name
    assert path_of(plan, "storm") == [("calm", 2026), ("storm", 2027)]


def test_scenarios_and_what_waits_for_what() -> None:
    w = hedge()
    w["projects"].append(
        plant(
            "late",
            "metal",
            max_modules=1,
            module_t_per_year=5,
            capex_musd_per_module=1,
            life_years=1,
            first_decision_year=2027,
            accepts="smelt",
        )
    )
    plan = didymium.solve(ask(w), stochastic=True)
    # late can be decided in 2027, when it is known: in storm 5 t for 1 M USD save 5; in calm 0.5 < 1, so not. With it:
    # nothing now, storm 1 + 5 short = 6, calm 1: 3.5; small too: 2.4 + (0.5 + 1) / 2 = 3.15: small now, late if the
    # storm comes
    assert plan.cost == approx(3.15)
    # decided: small for 2.4 in any case, late for 1 in half of them; 2.9 expected
    said = "(1 before anything is revealed, 0 later in every scenario, 1 in some scenarios only)"
    assert (
        headline(plan)[2] == f"2 investments from 2026 to 2027 {said} for 2.9 M USD overnight, of which 0 public money."
    )
    assert expected(plan.tables["investments"], "capex_musd") == approx(2.9)
    calm, storm = side_by_side(plan)
    assert (calm["cost_musd"], storm["cost_musd"], storm["not_met_t"]) == (approx(2.9), approx(3.4), approx(0))
    assert (calm["built"], storm["built"]) == (1, 2)
    told = [(r["project"], r["when"], r["odds_percent"]) for r in now_and_later(plan)]
    assert told == [
        ("small", "now: in every scenario, before anything is revealed", approx(100)),
        ("late", "waits for storm (revealed in 2027)", approx(50)),
    ]


def test_shortage_and_misses_are_expected_over_the_odds() -> None:
    # nothing can be built: in storm, half of the futures, all 10 t are short and the target of 60 % misses 6 t; in calm
    # it does too
    w = hedge()
    w["projects"].clear()
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2027: 60}]
    w["settings"].append({"setting": "target_penalty_usd_per_t", "value": 1})
    plan = didymium.solve(ask(w), stochastic=True)
    assert headline(plan)[3] == "5 t of demand (50.0 %) are not met, in 1 year from 2027 on."
    assert [(m.met_from, m.years_missed, m.shortfall_t) for m in targets_met(plan)] == [(None, 1, approx(6))]


def test_the_result_has_its_sheet_verifies_and_says_over_what(tmp_path: Path) -> None:
    w = hedge(risk_weight=0.2, risk_tail_percent=50)
    plan = didymium.solve(didymium.read(write(w, tmp_path / "case")), stochastic=True)
    path = plan.save(tmp_path / "out")[0]
    book = openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames.index("Scenarios") == book.sheetnames.index("Calibration") + 1
    rows = {r[0]: r[1:4] for r in book["Scenarios"].iter_rows(min_row=5, values_only=True) if r[0]}
    assert rows == {"calm": (50, approx(2.9), 0), "storm": (50, approx(7.4), approx(5))}
    assert book["Summary"]["A5"].value.startswith("One plan for 2 scenarios; tonnes and money are expected values.")
    assert (
        "20 % of what is minimised is the mean cost of the worst 50 % of outcomes; with it the cost is 5.6 M USD."
        in book["Summary"]["A5"].value
    )
    assert book["Checks"]["D2"].value == "pass"
    statement = verify(tmp_path / "out")
    assert statement.holds, (statement.changed, [t for t in statement.totals if not t.holds])
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["scenario"] == "calm;storm"
    assert summary["investments"][0]["scenarios"] == ["calm", "storm"]


def test_the_tree_as_a_picture_by_hand(tmp_path: Path) -> None:
    """The hedge: small is decided in 2026 on calm's lane, which storm leaves in 2027; 2.9 in calm, 7.4 with 5 of 10 t
    short in storm."""
    plan = didymium.solve(ask(hedge()), stochastic=True)
    calm, storm = tree_chart.timelines(plan)
    assert (calm.scenario, calm.probability_percent, calm.reveal, calm.decided) == (
        "calm",
        50,
        None,
        {2026: (1, approx(2.4), ["small"])},
    )
    assert (storm.scenario, storm.reveal, storm.cost_musd, storm.not_met_t, storm.decided) == (
        "storm",
        2027,
        approx(7.4),
        approx(5),
        {},
    )
    shown = tree_chart.chart_specs(plan)
    assert [r["probability, %"] for r in shown["scenario_distribution"].rows] == [50, 100]
    assert shown["scenario_distribution"].kind == "column", "no straight line between named scenarios"
    assert [(r["scenario"], r["capital"], r["shortage"], r["imports"]) for r in shown["scenario_costs"].rows] == [
        ("calm", approx(2.4), approx(0), approx(0.5)),
        ("storm", approx(2.4), approx(5), approx(0)),
    ]
    assert shown["scenario_short"].rows[1] == {"year": "2027", "calm": 0, "storm": approx(50)}
    assert shown["scenario_free"].rows[1] == {
        "year": "2027",
        "calm": approx(100),
        "storm": approx(50),
    }, "made from Chinese metal, but no magnet"
    path = plan.save(tmp_path)[0]
    page = openpyxl.load_workbook(path)["Tree"]
    assert [c.value for c in page[5]][:7] == ["calm", 50, "the base", 1, None, approx(2.9), 0]
    assert [c.value for c in page[6]][:7] == ["storm", 50, 2027, None, None, approx(7.4), approx(5)]
    colours = {page.cell(r, c).fill.fgColor.rgb for r, c in ((5, 4), (5, 5), (6, 5))}
    assert len(colours) == 2, "calm's own in both years, storm's own in 2027"
    assert page["D6"].fill.fgColor.rgb not in colours, "until 2027 the lane is shared"
    assert not tree_chart.timelines(didymium.solve(ask(hedge()), "calm"))
    assert not tree_chart.chart_specs(didymium.solve(ask(hedge()), "calm"))


def test_the_command_solves_the_tree_or_each_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(write(hedge(), tmp_path / "case"))
    assert main(["solve", folder, "--stochastic", "--out", str(tmp_path / "tree"), "--quiet"]) == 0
    assert json.loads((tmp_path / "tree" / "summary.json").read_text())["objective_musd"] == approx(5.15)
    assert main(["solve", folder, "--each-scenario", "--out", str(tmp_path / "each"), "--quiet"]) == 0
    told = {
        s: json.loads((tmp_path / "each" / s / "summary.json").read_text())["objective_musd"] for s in ("calm", "storm")
    }
    assert told == {"calm": approx(1), "storm": approx(6)}
    assert main(["solve", folder, "--stochastic", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["integers"] == 2
    with pytest.raises(SystemExit):
        main(["solve", folder, "--stochastic", "--scenario", "calm"])


def valued(w: World) -> dict[str, float | None]:
    asked = ask(w)
    options = SolveOptions().for_solver(asked.case)
    return value(asked, didymium.solve(asked, stochastic=True), options, SolveCallbacks())


def test_values_of_knowing_and_of_planning_by_hand() -> None:
    # foreseen: (1 + 6) / 2 = 3.5. together: 5.15. trusting calm, nothing is built: (1 + 10) / 2 = 5.5.
    told = valued(hedge())
    assert [told[k] for k in ("wait_and_see_musd", "stochastic_musd", "trust_base_musd")] == approx([3.5, 5.15, 5.5])
    assert [told[f"perfect_information_{end}_musd"] for end in ("least", "most")] == approx([1.65, 1.65])
    assert [told[f"planning_{end}_musd"] for end in ("least", "most")] == approx([0.35, 0.35])


def test_trusting_the_base_holds_what_it_decides() -> None:
    # In calm 4 t are wanted already in 2026, and Chinese metal costs 0.9: there large, on line at once, pays. 2026:
    # none; so base builds large in 2026 for 6 (calm: 6 < 9), storm needs it too (6 < 10): all three costs are the same,
    # and knowing is worth nothing.
    w = hedge()
    w["imports"] = [
        {
            **row,
            **(
                {2026: 900_000, 2027: 900_000}
                if row["offer"] == "china_metal" and row["measure"] == "price_usd_per_t"
                else {}
            ),
        }
        for row in w["imports"]
    ]
    w["projects"] = w["projects"][:1]
    told = valued(w)
    assert [told[k] for k in ("wait_and_see_musd", "stochastic_musd", "trust_base_musd")] == approx([6, 6, 6])


def test_what_is_not_found_in_time_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time for the plan that trusts the base: its values are unknown, those of knowing stand."""
    import didymium.value as module

    solve = module.checked_plan

    def hurried(asked: object, tree: object, options: object, watch: object, by: object = None) -> object:
        if by is not None:
            raise didymium.Unfinished("no time")
        return solve(asked, tree, options, watch)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "checked_plan", hurried)
    told = valued(hedge())
    assert (told["trust_base_musd"], told["planning_most_musd"], told["planning_least_musd"]) == (None, None, 0)
    assert told["perfect_information_most_musd"] == approx(1.65)


def test_gaps_are_carried_into_the_values() -> None:
    # costs 10 (at least 9) and 8 (at least 7): the difference of the best is between 9 - 8 and 10 - 7
    assert Cost(10, 9).less(Cost(8, 7)) == (1, 3)
    assert Cost(8, 7).less(Cost(8, 7)) == (0, 1)


@FEW
@given(seed=st.integers(0, 10_000))
def test_the_three_costs_come_in_order(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Wait-and-see <= stochastic <= trust-the-base, on random trees."""
    asked = didymium.read(write_case(random_case(seed), tmp_path_factory.mktemp("value") / "case"))
    try:
        plan = didymium.solve(asked, stochastic=True, gap_percent=0.001)
    except didymium.NoPlan:
        return
    told = value(asked, plan, SolveOptions(0.001, 60).for_solver(asked.case), SolveCallbacks())
    slack = 2e-4 * max(1.0, abs(plan.cost))
    if told["wait_and_see_musd"] is not None:
        assert told["wait_and_see_musd"] <= plan.cost + slack
    if told["trust_base_musd"] is not None:
        assert plan.cost <= told["trust_base_musd"] + slack


def test_the_values_are_in_the_result_and_need_a_mind_without_tail(tmp_path: Path) -> None:
    folder = str(write(hedge(), tmp_path / "case"))
    assert main(["solve", folder, "--stochastic", "--value", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["value"]["planning_least_musd"] == approx(0.35)
    book = openpyxl.load_workbook(tmp_path / "out" / "results.xlsx", data_only=True)
    assert book["Summary"]["A6"].value.startswith(
        "Knowing which scenario comes would save 1.65 M USD; this plan saves 0.35 M USD compared with planning for the"
    )
    said = [book["Summary"].cell(r, 1).value for r in range(4, 25)]
    at = said.index("Cost, discounted, M USD")
    assert [s is None for s in said[:at]] == [False] * (at - 1) + [True], "sentences, a gap, then the figures"
    assert said[at + 1] == approx(5.15)
    assert verify(tmp_path / "out").holds
    with pytest.raises(didymium.BadWorkbook, match="set risk_weight to 0"):
        valued(hedge(risk_weight=0.5))
    mindful = str(write(hedge(risk_weight=0.5), tmp_path / "mindful"))
    for command in (["solve", mindful, "--stochastic", "--value"], ["solve", folder, "--value"]):
        assert main([*command, "--out", str(tmp_path / "none"), "--quiet"]) == 2
    assert not (tmp_path / "none").exists()


def test_one_scenario_out_of_reach_does_not_stop_the_others(tmp_path: Path) -> None:
    w = hedge(target_policy="hard")
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2027: 60}]
    w["projects"] = w["projects"][1:]  # the small plant alone: 5 of 10 t are clean at most
    folder = str(write(w, tmp_path / "case"))
    assert main(["solve", folder, "--each-scenario", "--out", str(tmp_path / "each"), "--quiet"]) == 3
    assert {p.name for p in (tmp_path / "each").iterdir()} == {"calm", "storm", "runs.csv"}
    assert main(["solve", folder, "--stochastic", "--out", str(tmp_path / "tree"), "--quiet"]) == 3
    assert json.loads((tmp_path / "tree" / "summary.json").read_text())["scenario"] == "calm;storm"

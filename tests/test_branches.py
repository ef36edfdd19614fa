"""A tree solved branch by branch: its plan is one of the tree, its bound lies below the optimum, and the route is
chosen by size."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest import approx
from random_cases import random_case, with_a_third_scenario, write_case
from worlds import World, ask, by_year, hedge, plant, write

import didymium
from didymium import solving
from didymium.case.case import Case
from didymium.cli import main
from didymium.engine import branches
from didymium.engine import reduced_tree as reduction
from didymium.engine.assembly import mean_cvar
from didymium.engine.branches import solve_by_branches
from didymium.engine.highs import Interrupt, Options
from didymium.engine.parallel import ParallelContext
from didymium.engine.reduced_tree import reduced_tree, shared_until
from didymium.recheck import TOLERANCE
from didymium.reports.sentences import headline

FEW = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


def apart(w: World, **more: object) -> didymium.Plan:
    return didymium.solve(ask(w), stochastic=True, route="branches", time_limit=5, **more)  # type: ignore[arg-type]


def test_the_hedge_by_branches() -> None:
    # as one model: small, 2.4 + (0.5 + 5) / 2 = 5.15. Wait-and-see, relaxed: calm 1, storm 6; prices on large and small
    # raise (1 + 6) / 2.
    plan = apart(hedge(), gap_percent=0)
    assert (plan.cost, set(plan.investments["project"])) == (approx(5.15), {"small"})
    bound = float(str(plan.summary["bound_musd"]))
    assert 3.5 - 1e-5 < bound <= 5.15 + 1e-6
    assert max(b.size for b in plan.breaches.values()) < TOLERANCE
    assert plan.summary["options"]["route"] == "branches"  # type: ignore[index]
    assert headline(plan)[1].endswith("Solved branch by branch after shared decisions.")


def test_prices_on_shared_decisions_raise_the_bound_by_hand() -> None:
    # One plant of 10 t for 4 M USD, split in modules as small as the relaxation likes. calm foreseen builds none (1),
    # storm one (4): 2.5. A price of +1.5 on storm's and -1.5 on calm's: storm min(5.5, 10), calm min(1, 4 - 1.5) ->
    # (5.5 + 1) / 2 = 3.25; at 3: (7 + 1) / 2 = 4, which is what building it costs in both: the best that prices can do.
    w = hedge()
    w["projects"] = [{**w["projects"][0], "capex_musd_per_module": 4}]
    plan = apart(w, gap_percent=1)
    assert (plan.cost, plan.status) == (approx(4), "gap_reached")
    assert float(str(plan.summary["bound_musd"])) == approx(4, rel=0.01)


@FEW
@given(seed=st.integers(0, 10_000), weight=st.sampled_from([0.0, 0.4]))
def test_the_bound_lies_below_the_optimum_and_the_plan_above(
    tmp_path_factory: pytest.TempPathFactory, seed: int, weight: float
) -> None:
    tables = random_case(seed)
    if "scenarios" not in tables:
        return
    tables = with_a_third_scenario(tables, seed)
    tables["settings"] += [{"setting": "risk_weight", "value": weight}, {"setting": "risk_tail_percent", "value": 20}]
    asked = didymium.read(write_case(tables, tmp_path_factory.mktemp("tree") / "case"))
    try:
        whole = didymium.solve(asked, stochastic=True, gap_percent=0.001)
    except didymium.NoPlan:
        return
    plan = didymium.solve(asked, stochastic=True, route="branches", gap_percent=0.1, time_limit=1)
    slack = 1e-4 * max(1.0, abs(whole.cost))
    assert float(str(plan.summary["bound_musd"])) <= whole.cost + slack
    assert plan.cost >= float(str(whole.summary["bound_musd"])) - slack
    assert max(b.size for b in plan.breaches.values()) < TOLERANCE


def test_the_mixed_objective_by_hand() -> None:
    # costs 1 and 10 at even odds; tail 80 %: (0.5 x 10 + 0.3 x 1) / 0.8 = 6.625; at weight 0.2: 0.8 x 5.5 + 0.2 x 6.625
    case = ask(hedge(risk_weight=0.2, risk_tail_percent=80)).case
    assert mean_cvar(case, {"calm": 1, "storm": 10}) == approx(4.4 + 1.325)
    assert mean_cvar(replace(case, risk_weight=0.0), {"calm": 1, "storm": 10}) == approx(5.5)


def test_what_is_shared_ends_with_the_reveal() -> None:
    w = hedge()
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 40},
        {"scenario": "storm", "probability_percent": 30, "reveal_year": 2027},
        {"scenario": "gale", "probability_percent": 30, "reveal_year": 2026},
    ]
    case = ask(w).case
    assert {s: shared_until(case, s) for s in case.scenarios} == {"calm": 2027, "storm": 2027, "gale": 2026}
    assert shared_until(replace(case, milestones=(2026,)), "storm") == 2028, "it is never seen"


def test_reducing_keeps_what_moves_the_cost_most_and_every_year_until_the_last_reveal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of four scenarios three are kept: odds x distance from the base are 0.2 x 9, 0.1 x 40 and 0.1 x 2; the last goes
    to the nearest cost."""
    case = ask(hedge()).case
    storm = case.scenarios["storm"]
    scenarios = {
        "calm": replace(case.scenarios["calm"], probability=0.6),
        "storm": replace(storm, probability=0.2),
        "gale": replace(storm, name="gale", probability=0.1),
        "breeze": replace(storm, name="breeze", probability=0.1),
    }
    case = replace(case, scenarios=scenarios, milestones=tuple(range(2026, 2041)), last_year=2040)
    monkeypatch.setattr(reduction, "MAX_SCENARIOS", 3)
    reduced = reduced_tree(case, {"calm": 1, "storm": 10, "gale": 41, "breeze": 3})
    assert {s.name: s.probability for s in reduced.scenarios.values()} == approx(
        {"calm": 0.7, "storm": 0.2, "gale": 0.1}
    )
    assert reduced.milestones == (2026, 2027, 2028, 2032, 2036, 2040)
    assert all(s.scenario in reduced.scenarios for s in reduced.shocks)


def test_the_route_is_chosen_by_size_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for most, how, route in ((10**9, "solved as one model", "whole"), (10, "solved branch by branch", "branches")):
        monkeypatch.setattr(solving, "AT_ONCE", most)
        said: list[str] = []
        plan = didymium.solve(ask(hedge()), stochastic=True, time_limit=5, on_status=said.append)
        assert any("a tree of about" in line and how in line for line in said)
        assert (plan.summary["options"]["route"], plan.cost) == (route, approx(5.15))  # type: ignore[index]
    with pytest.raises(didymium.BadWorkbook, match="'sideways' is none of auto, whole, branches"):
        didymium.solve(ask(hedge()), stochastic=True, route="sideways")


def test_a_scenario_without_any_plan_is_told_with_its_reasons() -> None:
    w = hedge(target_policy="hard")
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2027: 60}]
    w["projects"] = w["projects"][1:]  # the small plant alone: 5 of 10 t are clean at most
    with pytest.raises(didymium.NoPlan, match=r"target clean in 2027: 1\.0 t a year short"):
        apart(w)


def test_shared_decisions_that_leave_a_scenario_no_plan_are_taken_again_in_one_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is built in the reduced tree, where targets are soft; then storm, in which they are hard, has no plan
    from there on. In one model the small plant is built: 5.15."""
    w = hedge(target_policy="hard")
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2027: 40}]
    honest = branches.reduced_tree

    def lenient(case: Case, costs: dict[str, float]) -> Case:
        free = {name: replace(target, penalty=0.0) for name, target in case.targets.items()}
        return replace(honest(case, costs), hard_targets=False, targets=free, shocks=())

    monkeypatch.setattr(branches, "reduced_tree", lenient)
    said: list[str] = []
    plan = apart(w, on_status=said.append)
    assert plan.cost == approx(didymium.solve(ask(w), stochastic=True).cost)
    assert any("leave a scenario no plan" in line and line.endswith("solving all as one model") for line in said)


def test_the_tail_counts_in_the_bound_by_hand() -> None:
    """One plant of 10 t for 4 M USD, as above, and 99.9 % (all that is allowed) of the weight on the worst half, the
    storm. Built, each scenario costs 4. Known from the start calm costs 1 and storm 4, and storm weighs 0.0005 + 0.999:
    0.0005 x 1 + 0.9995 x 4 = 3.9985, where the mean would be 2.5."""
    w = hedge(risk_weight=1, risk_tail_percent=50)
    w["projects"] = [{**w["projects"][0], "capex_musd_per_module": 4}]
    plan = apart(w, gap_percent=1)
    assert plan.cost == approx(4)
    assert float(str(plan.summary["bound_by_duals_musd"])) == approx(3.9985, rel=1e-6)
    # A tenth of the weight on it: 0.9 x E + 0.1 x storm. Multipliers between scenarios that weigh 0.45 and 0.55
    w = hedge(risk_weight=0.1, risk_tail_percent=50)
    w["projects"] = [{**w["projects"][0], "capex_musd_per_module": 4}]
    plan = didymium.solve(ask(w), stochastic=True, route="branches", gap_percent=1)
    assert (plan.cost, plan.status) == (approx(4), "gap_reached")
    assert float(str(plan.summary["bound_by_duals_musd"])) == approx(4, rel=0.01)


def test_stopping_by_hand_keeps_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt = Interrupt()
    honest = branches.assembled

    def assembled(*arguments: object) -> object:
        interrupt.request()
        return honest(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(branches, "assembled", assembled)
    case = ask(hedge()).case
    solution = solve_by_branches(case, Options(gap=0, time_limit=60), None, ParallelContext(interrupt=interrupt))
    assert (solution.status, solution.objective) == ("interrupted", approx(5.15))
    with pytest.raises(didymium.Unfinished, match="stopped by hand"):
        solve_by_branches(case, Options(), None, ParallelContext(interrupt=interrupt))


def test_stocks_and_budgets_run_on_into_every_branch(tmp_path: Path) -> None:
    """4 t of oxide may be kept from 2026, and 3 M USD of a budget are left; both branches go on from the same."""
    w = hedge()
    w["stockpiles"] = [
        {"region": "here", "commodity": "metal", "initial_t": 4, "limit_t": 9, "holding_usd_per_t_year": 1}
    ]
    w["finance"] = [{"instrument": "loan", "government": "home", "rate_percent": 0, "max_share_percent": 50}]
    w["budgets"] = [{"government": "home", **by_year(w, 1)}]
    w["projects"].append(
        plant(
            "late", "metal", max_modules=1, module_t_per_year=5, capex_musd_per_module=1, life_years=1, accepts="smelt"
        )
    )
    whole = didymium.solve(ask(w), stochastic=True)
    plan = apart(w, gap_percent=0)
    assert plan.cost == approx(whole.cost)
    assert main(
        [
            "solve",
            str(write(w, tmp_path / "case")),
            "--stochastic",
            "--route",
            "branches",
            "--time-limit",
            "3",
            "--out",
            str(tmp_path / "out"),
            "--quiet",
        ]
    ) in (0, 4)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["options"]["route"], summary["objective_musd"]) == ("branches", approx(whole.cost))
    assert main(["verify", str(tmp_path / "out")]) == 0


def test_a_plan_to_start_from_is_held_branch_by_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small plant for 2.4 and 5 t of metal at 1 or 0.1 is 5.15, the large one for 6 is 6: within 50 % of the 3.2 of
    wait-and-see either is held as it stands; where more is wanted the better one is found."""
    small = didymium.solve(ask(hedge()), stochastic=True)
    one = hedge()
    one["projects"] = [{**row, "max_modules": int(row["project"] == "large")} for row in one["projects"]]
    one["imports"] = [row for row in one["imports"] if row["offer"] != "china_metal"]
    large = didymium.solve(ask(one), stochastic=True)
    assert set(large.investments["project"]) == {"large"}
    assert apart(hedge(), gap_percent=0, start=large).cost == approx(5.15)
    said: list[str] = []
    with monkeypatch.context() as m:
        m.setattr(branches, "reduced_tree", None)  # is not needed
        for start, cost in ((small, 5.15), (large, 6.0)):
            plan = apart(hedge(), gap_percent=50, start=start, on_status=said.append)
            assert (plan.cost, plan.status) == (approx(cost), "gap_reached")
            assert max(b.size for b in plan.breaches.values()) < TOLERANCE
    assert any(line.startswith("the plan to start from costs 6 M USD") for line in said)


def test_a_start_that_leaves_a_scenario_no_plan_is_passed_over() -> None:
    """In the storm 40 % must be clean, so something is built; the start builds nothing."""
    w = hedge(target_policy="hard")
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2027: 40}]
    plan = didymium.solve(ask(hedge()), "calm")
    assert not len(plan.investments)
    said: list[str] = []
    assert apart(w, gap_percent=0, start=plan, on_status=said.append).cost == approx(5.15)
    assert any("leave a scenario no plan" in line and line.endswith("they are not held") for line in said)

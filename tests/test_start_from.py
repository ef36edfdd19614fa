"""A search that starts from a plan that is there: at once as good as that plan, and in the end as good as without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytest import approx
from worlds import Row, World, ask, hedge, mine, wants, world, write

import didymium
from didymium.case.tree import full_tree, path_tree
from didymium.cli import main
from didymium.engine.solve import prepare
from didymium.engine.start import start_modules


def choices(first: int = 2026, wanted: float = 2) -> World:
    """Twenty mines with ten years to decide in, and ores that are worth more than the dearest mines cost."""
    w = world(first, first + 10, discount_rate_percent=6)
    for k in range(20):
        mine(w, f"pit_{k}", max_modules=1, capex_musd_per_module=30 + 7 * k, life_years=20, construction_years=1)
        wants(w, f"pit_{k}", wanted + k % 5)
    w["limits"] = [{"limit": "hands", "measure": "decisions", **dict.fromkeys(range(first, first + 11), 2)}]
    return w


def heard_of(w: World, start: didymium.Plan | None) -> tuple[float, didymium.Plan]:
    """The cost of the first plan that a search shows, M USD, and its last plan."""
    heard: list[float] = []
    plan = didymium.solve(
        ask(w),
        start=start,
        gap_percent=0.01,
        on_progress=lambda p: heard.append(p.best) if p.best is not None else None,
    )
    return heard[0], plan


def test_its_own_plan_is_there_at_once_and_stays() -> None:
    first, plan = heard_of(choices(), None)
    again, same = heard_of(choices(), plan)
    assert first > plan.cost * 1.001  # without a start: what is committed, which is nothing
    assert again == approx(plan.cost, rel=1e-9)
    assert same.cost == approx(plan.cost, rel=1e-4)


def test_a_neighbours_plan_is_a_start_and_no_answer() -> None:
    _, plan = heard_of(choices(), None)
    _, cold = heard_of(choices(wanted=3), None)
    first, warm = heard_of(choices(wanted=3), plan)
    assert first >= cold.cost * (1 - 1e-4)
    assert warm.cost == approx(cold.cost, rel=2e-4)


def test_a_small_model_starts_from_it_too() -> None:
    # hedge(): the large plant for 6, or the small one for 2.4 and 5 t of metal at 1 (storm) or 0.1 (calm):
    # 2.4 + (0.5 x 5 + 0.5 x 0.5) = 5.15 M USD
    inputs = ask(hedge())
    plan = didymium.solve(inputs, stochastic=True)
    assert didymium.solve(inputs, stochastic=True, start=plan).cost == approx(plan.cost) == approx(5.15)


def test_decisions_are_taken_in_their_own_year_or_the_first_possible_one() -> None:
    w = world(2026, 2028)
    mine(w, "pit", max_modules=9, first_decision_year=2027)
    mine(w, "hole", max_modules=9)
    case = ask(w).case
    net, matrix, _ = prepare(case, path_tree(case, "base"))
    columns = [i for c, i in matrix.columns if c == "build"]
    # 2025 is past; the pit's two of 2026 and one of 2027 fall on 2027; nobody knows `gone`
    start = {"base": {("pit", 2025): 4, ("pit", 2026): 2, ("pit", 2027): 1, ("hole", 2028): 5, ("gone", 2027): 7}}
    found = dict(zip(columns, start_modules(matrix, net, start).tolist(), strict=True))
    years = {n.year: name for name, n in net.tree.nodes.items()}
    assert {key: value for key, value in found.items() if value} == {("pit", years[2027]): 3, ("hole", years[2028]): 5}


def test_in_a_tree_each_branch_has_its_own_decisions() -> None:
    w = hedge()
    for row in w["projects"]:
        row |= {"construction_years": 0, "max_modules": 3}
    case = ask(w).case
    net, matrix, _ = prepare(case, full_tree(case))
    # 2026 is shared: the base, calm, has the last word there; 2027 is each scenario's own
    start = {"calm": {("small", 2026): 1, ("small", 2027): 2}, "storm": {("large", 2026): 3, ("large", 2027): 1}}
    nodes = net.tree.nodes
    columns = [(i[0], nodes[i[1]].scenario, nodes[i[1]].year) for c, i in matrix.columns if c == "build"]
    found = dict(zip(columns, start_modules(matrix, net, start).tolist(), strict=True))
    assert {key: value for key, value in found.items() if value} == {
        ("small", "calm", 2026): 1,
        ("small", "calm", 2027): 2,
        ("large", "storm", 2027): 1,
    }


def test_a_start_that_rules_forbid_becomes_the_nearest_legal_plan() -> None:
    # two decisions a year are allowed; the start wants all twenty mines in 2026
    rows: list[Row] = [
        {"project": f"pit_{k}", "decision_year": 2026, "modules": 1, "branch": "base"} for k in range(20)
    ]
    _, plan = heard_of(choices(), None)
    plan.tables["investments"] = rows  # type: ignore[typeddict-item]
    plan.tables["finance"], plan.tables["stockpiles"] = [], []
    first, warm = heard_of(choices(), plan)
    assert np.isfinite(first)
    assert warm.cost == approx(heard_of(choices(), None)[1].cost, rel=2e-4)


def test_what_is_no_result_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = write(choices(), tmp_path / "case")
    assert main(["solve", str(case), "--start", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 2
    assert "none" in capsys.readouterr().out
    assert not (tmp_path / "out" / "results.xlsx").exists()

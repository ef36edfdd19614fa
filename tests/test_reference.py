"""The optimum of random cases against a second model that shares no line with the first."""

from __future__ import annotations

from pathlib import Path

import pytest
from explore_version3 import compare, explore, scenarios
from random_cases import random_case, with_a_third_scenario, write_case
from random_version3 import version_3_case
from reference import optimum, tree_optimum

import didymium


@pytest.mark.parametrize("seed", range(60))
def test_the_optimum_is_the_reference_solvers(seed: int, tmp_path: Path) -> None:
    folder = write_case(random_case(seed), tmp_path / "case")
    inputs = didymium.read(folder)
    for scenario in inputs.case.scenarios:
        expected = optimum(folder, scenario)
        if expected is None:
            with pytest.raises(didymium.NoPlan) as refusal:
                didymium.solve(inputs, scenario)
            assert refusal.value.reasons
        else:
            assert didymium.solve(inputs, scenario).cost == pytest.approx(expected, rel=3e-5, abs=1e-5)


@pytest.mark.parametrize("seed", range(60))
def test_the_optimum_of_a_tree_is_the_reference_solvers(seed: int, tmp_path: Path) -> None:
    """Every second tree minds its bad tail."""
    tables = random_case(seed)
    if seed % 3 and "scenarios" in tables:
        tables = with_a_third_scenario(tables, seed)
    if seed % 2:
        tables["settings"] += [
            {"setting": "risk_weight", "value": 0.1 + 0.8 * (seed % 7) / 6},
            {"setting": "risk_tail_percent", "value": 5 + seed},
        ]
    folder = write_case(tables, tmp_path / "case")
    inputs = didymium.read(folder)
    expected = tree_optimum(folder)
    if expected is None:
        with pytest.raises(didymium.NoPlan):
            didymium.solve(inputs, stochastic=True)
    else:
        plan = didymium.solve(inputs, stochastic=True)
        assert float(str(plan.summary["objective_musd"])) == pytest.approx(expected, rel=3e-5, abs=1e-5)


@pytest.mark.parametrize("seed", range(60))
def test_all_of_version_3_costs_what_the_second_model_says(seed: int) -> None:
    """Every path and the tree; more cases: python tests/explore_version3.py."""
    case = version_3_case(seed)
    assert [compare(case, scenario) for scenario in scenarios(case)] == [""] * len(scenarios(case))


def test_the_exploration_finds_what_differs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the package's answer is wrong, the exploration tells the seed."""
    monkeypatch.setattr("explore_version3.packages", lambda folder, scenario: 1e9)
    assert explore(0.001, 3, shrink=False)["differ"] == 1
    assert "seed 3" in capsys.readouterr().out

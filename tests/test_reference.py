"""The optimum of random cases against a second model that shares no line with the first."""

from __future__ import annotations

from pathlib import Path

import pytest
from random_cases import random_case, write_case
from reference import optimum

import didymium


@pytest.mark.parametrize("seed", range(60))
def test_the_optimum_is_the_reference_solvers(seed: int, tmp_path: Path) -> None:
    folder = write_case(random_case(seed), tmp_path / "case")
    asked = didymium.read(folder)
    for scenario in asked.case.scenarios:
        expected = optimum(folder, scenario)
        if expected is None:
            with pytest.raises(didymium.NoPlan) as refusal:
                didymium.solve(asked, scenario)
            assert refusal.value.reasons
        else:
            assert didymium.solve(asked, scenario).cost == pytest.approx(expected, rel=3e-5, abs=1e-5)

"""Cases several times as large as the default: they are sound, the same on every run, and the model grows in step."""

from __future__ import annotations

from pathlib import Path

from larger import copy_of, enlarged
from pytest import approx

import didymium
from didymium.case.tree import path_tree
from didymium.engine.solve import model_size, prepare

INPUTS = didymium.read(Path(__file__).parents[1] / "inputs" / "allied.xlsx")


def size(inputs: didymium.CaseInputs) -> dict[str, int]:
    case = inputs.case
    return model_size(prepare(case, path_tree(case, case.base.name))[1])


def test_copies_are_of_their_own_in_a_larger_world() -> None:
    twice = enlarged(INPUTS, 2)
    one, two = INPUTS.case, twice.case
    offered_only = 3  # mines of which there is nothing but offers are not copied
    assert len(two.projects) == 2 * (len(one.projects) - offered_only) + offered_only
    copy, first = two.projects[copy_of("arafura_nolans", 1)], two.projects["arafura_nolans"]
    assert first.overnight == one.projects["arafura_nolans"].overnight
    assert copy.requires == "nolans_2"
    assert set(copy.recipes) == set(first.recipes) == {"nolans", "nolans_2"}
    assert copy.overnight != first.overnight
    assert copy.overnight == approx(first.overnight, rel=0.15)
    assert [d.tonnes[2030] for d in two.demands.values()] == approx([2 * d.tonnes[2030] for d in one.demands.values()])
    assert two.recipes["mt_weld_2"].outputs != two.recipes["mt_weld"].outputs
    again = enlarged(INPUTS, 2)
    assert again.source.sha256 == twice.source.sha256


def test_the_model_grows_in_step_with_the_projects() -> None:
    """Four times the projects have twice the further nonzeros of two times, a tenth more for refineries with price
    floors, which stay alone; without pools it would be three times, for every refinery can take every ore."""
    nonzeros = {k: size(enlarged(INPUTS, k))["nonzeros"] for k in (2, 4)} | {1: size(INPUTS)["nonzeros"]}
    assert nonzeros[4] - nonzeros[2] < 1.1 * 2 * (nonzeros[2] - nonzeros[1])
    assert nonzeros[4] < 350_000

"""The whole default case, to a loose gap: it solves, holds, and says what its README says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pytest import approx

import didymium
from didymium.reports.verify import verify

ALLIED = Path(__file__).parents[1] / "inputs" / "allied.xlsx"


@pytest.fixture(scope="module")
def plan() -> didymium.Plan:
    return didymium.solve(didymium.read(ALLIED), gap_percent=2)


def test_it_is_proven_within_the_gap(plan: didymium.Plan) -> None:
    assert plan.status == "gap_reached"
    assert 0 < float(str(plan.summary["gap_percent"])) <= 2
    # the relaxation's bound, and 2 % above it
    assert 29_030 < float(str(plan.summary["bound_musd"])) < 29_192
    assert 29_075 < plan.cost < 29_632


def test_the_tutorials_tell_of_a_plan_of_this_case(plan: didymium.Plan) -> None:
    """The least cost lies in both intervals: that of docs/tutorial.json, proven within 1 %, and that of this plan."""
    values = json.loads((ALLIED.parents[1] / "docs" / "tutorial.json").read_text(encoding="utf-8"))["values"]["plan"]
    assert values["bound_musd"] <= plan.cost, "run `make tutorial`"
    assert float(str(plan.summary["bound_musd"])) <= values["objective_musd"], "run `make tutorial`"


def test_what_is_committed_is_decided_in_2026(plan: didymium.Plan) -> None:
    committed = plan.investments[plan.investments["committed"] == "yes"]
    assert len(committed) == 20
    assert set(committed["decision_year"]) == {2026}


def test_it_has_the_size_that_the_case_asks_for(plan: didymium.Plan) -> None:
    assert plan.summary["model"] == {
        "variables": 24_883,
        "integers": 842,
        "constraints": 12_337,
        "nonzeros": approx(132_756, rel=0.01),
    }


def test_prices_are_known_and_clean_ones_never_lower(plan: didymium.Plan) -> None:
    both = plan["prices"].dropna()
    assert len(both) > 1000
    assert (both["china_free_usd_per_t"] >= both["any_origin_usd_per_t"] - 1).all()


def test_its_result_files_verify(plan: didymium.Plan, tmp_path: Path) -> None:
    plan.save(tmp_path)
    statement = verify(tmp_path)
    assert statement.holds
    assert max(b.size for b in statement.breaches.values()) < 1e-6
    assert (tmp_path / "results.xlsx").stat().st_size < 5 * 2**20


def test_hard_targets_out_of_reach_are_named(tmp_path: Path) -> None:
    # nobody outside China can make 99 % of the magnets in 2026 and 2027
    folder = shutil.copytree(ALLIED.with_suffix(""), tmp_path / "allied")
    settings = (folder / "settings.csv").read_text()
    (folder / "settings.csv").write_text(settings.replace("target_policy,soft", "target_policy,hard"))
    (folder / "targets.csv").write_text(
        "target,type,region,segment,stage,commodity,2026,2027\nbold,min_china_free_share,*,*,magnet,,99,99\n"
    )
    with pytest.raises(didymium.NoPlan) as refusal:
        didymium.solve(didymium.read(folder), time_limit=120)
    assert {(r["rule"], r["name"]) for r in refusal.value.reasons} == {("min_china_free_share", "bold")}
    assert {r["year"] for r in refusal.value.reasons} == {2026, 2027}


def test_small_deliveries_have_labels_as_clean_as_large_ones(tmp_path: Path) -> None:
    """To 2028, where the truce lapses, 0.01 t of 15 t kept a worse label than supply allowed, and the re-check refused
    the plan: the second labelling had room in proportion to all 200,000 t."""
    folder = tmp_path / "case"
    shutil.copytree(ALLIED.with_suffix(""), folder)
    settings = folder / "settings.csv"
    settings.write_text(settings.read_text(encoding="utf-8").replace("last_year,2040", "last_year,2028"), "utf-8")
    plan = didymium.solve(didymium.read(folder), "truce_lapses_strict", gap_percent=2)
    assert plan.clean_labels
    assert plan.breaches["3 origin labels"].size < 1e-6

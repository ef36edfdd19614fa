"""Why a project is in a plan or not, and at which price it enters: by hand, and against solves on both sides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest import approx
from test_alternatives import three_pits
from worlds import World, ask, write

import didymium
from didymium.case_inputs import CaseInputs
from didymium.cli import main
from didymium.errors import BadWorkbook
from didymium.reports.study import StudyReport
from didymium.studies import alternatives
from didymium.studies.entry_prices import CUT, at_price


def explained(w: World, *projects: str) -> tuple[CaseInputs, dict[str, dict[str, object]], StudyReport]:
    inputs = ask(w)
    report = didymium.explain(didymium.solve(inputs), projects)
    found = report.record["projects"]
    assert isinstance(found, list)
    return inputs, {str(row["project"]): row for row in found}, report


def entry(row: dict[str, object]) -> dict[str, list[float]]:
    found = row["entry"]
    assert isinstance(found, dict)
    return found


def test_prices_of_entry_by_hand() -> None:
    # near stands a year for 3, and is built twice: 6. far costs 4: a cut of 1 of 4, 25 %, makes it as cheap as near; it
    # makes 10 t a year, so a premium of 0.1 M USD/t does the same. remote costs 9: 66.7 %, 6 M USD, 0.6 M USD/t
    _, rows, report = explained(three_pits())
    far, remote, near = rows["far"], rows["remote"], rows["near"]
    assert (near["in_plan"], far["in_plan"], remote["in_plan"]) == (True, False, False)
    assert far["cost_in_musd"] == approx([1, 1], abs=1e-5)
    assert entry(far)["capex_cut_percent"] == approx([25, 25], rel=0.01)
    assert entry(far)["grant_musd_per_module"] == approx([1, 1], rel=0.01)
    assert entry(far)["premium_usd_per_t"] == approx([100_000] * 2, rel=0.01)
    assert entry(far)["verified"] == "cut and premium"
    assert entry(remote)["capex_cut_percent"] == approx([200 / 3] * 2, rel=0.01)
    assert far["leaves"] == [], "near is still built in the other year"
    assert str(far["sentence"]).startswith(
        "Not in the plan: to force it in costs 1 M USD. It enters at a capex lower by 25"
    )
    # without near, far twice: 8
    assert near["cost_out_musd"] == approx([2, 2], abs=1e-5)
    assert near["sentence"] == "In the plan: to forbid it costs 2 M USD."
    assert near["enters"] == ["far"]
    assert entry(near)["capex_cut_percent"] is None
    assert report.status == "All 3 candidates are decided."


@pytest.mark.parametrize(("capex", "built"), [(4 * (1 - 0.2475), False), (4 * (1 - 0.2525), True)])
def test_two_solves_differ_within_one_percent_of_the_price(capex: float, built: bool) -> None:
    changed = ask(three_pits()).with_cell("Projects", "far", "capex_musd_per_module", capex)
    assert any(r["project"] == "far" for r in didymium.solve(changed).tables["investments"]) is built


def test_a_premium_is_told_as_a_price_floor() -> None:
    # far enters at a premium of 0.1 M USD on each tonne of its ore: where that is worth 0.02 M USD/t, a floor of 0.12.
    # near is in the plan and needs none
    w = three_pits()
    w["prices"] = [{"commodity": "far", 2026: 20_000}]
    _, rows, _ = explained(w)
    floor = entry(rows["far"])["price_floor"]
    assert floor == {
        "commodity": "far",
        "year": 2026,
        "market_price_usd_per_t": approx(20_000),
        "floor_usd_per_t": approx([120_000] * 2, rel=0.01),
    }
    assert "(a price floor for its ore of 120,000 USD a tonne in 2026, where the market price is 20,000 USD)" in str(
        rows["far"]["sentence"]
    ).replace("120,500", "120,000")
    assert entry(rows["near"])["price_floor"] is None
    # what is paid under such a contract is a transfer, so the contract alone changes no decision
    w["contracts"] = [{"contract": "floor", "kind": "price_floor", "project": "far", "commodity": "far",
                       "government": "us", "from_year": 2026, "to_year": 2027, "price_usd_per_t": 130_000}]  # fmt: skip
    assert {row["project"] for row in didymium.solve(ask(w)).tables["investments"]} == {"near"}


def test_what_would_be_replaced_and_rules_that_bind() -> None:
    # far alone beside bought metal: 4 < 5, built twice. near (6 M USD) requires far, and one of them is allowed a year
    w = three_pits()
    w["projects"] = [row for row in w["projects"] if row["project"] != "remote"]
    w["assays"] = [row for row in w["assays"] if row["mine"] != "remote"]
    w["projects"][0] |= {"capex_musd_per_module": 6}
    w["limits"] = [{"limit": "one_a_year", "measure": "decisions", "stage": "mine", 2026: 1, 2027: 1}]
    _, rows, _ = explained(w)
    binding = rows["far"]["binding"]
    assert isinstance(binding, list)
    assert "the limit one a year is used up in 2026 to 2027" in binding
    assert "all of its modules are built" in binding
    # forced in, near takes a year from far: 4 + 6 instead of 8
    assert rows["near"]["cost_in_musd"] == approx([2, 2], abs=1e-5)
    # without far all metal is bought or near: 5 + 5; 20 t more are bought
    assert rows["far"]["cost_out_musd"] == approx([2, 2], abs=1e-5)
    assert rows["far"]["bought_t"] == {"abroad": approx(20)}


def test_one_project_alone_and_what_cannot_be(tmp_path: Path) -> None:
    inputs, rows, report = explained(three_pits(), "Far pit")
    assert list(rows) == ["far"]
    assert report.headline[0].startswith("Far pit: Not in the plan: to force it in costs 1 M USD.")
    plan = didymium.solve(inputs)
    with pytest.raises(BadWorkbook, match="there is no project 'fra'; did you mean"):
        didymium.explain(plan, ["fra"])
    with pytest.raises(BadWorkbook, match="--project works: is no candidate"):
        didymium.explain(plan, ["works"])


def test_the_command_writes_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case, out = write(three_pits(), tmp_path / "case"), tmp_path / "out"
    assert main(["solve", str(case), "--out", str(out), "--quiet"]) == 0
    assert main(["explain", str(out), "--quiet"]) == 0
    record = json.loads((out / "explain" / "explain.json").read_text())
    assert {row["project"]: row["decided"] for row in record["projects"]} == dict.fromkeys(
        ("near", "far", "remote"), True
    )
    assert (out / "explain" / "explain.xlsx").exists()
    assert (out / "explain" / "explain.html").stat().st_size > 0
    assert capsys.readouterr().out == ""


def test_of_a_large_model_prices_are_intervals_that_hold_them(monkeypatch: pytest.MonkeyPatch) -> None:
    # without searches: far enters at a cut of 25 %, remote at 66.7 %; at these they cost what the best plan found costs
    monkeypatch.setattr(alternatives, "FEW_INTEGERS", 0)
    _, rows, _ = explained(three_pits())
    for project, cut in (("far", 25.0), ("remote", 200 / 3)):
        low, high = entry(rows[project])["capex_cut_percent"]
        assert low - 1e-6 <= cut <= high + 1e-6
        against = rows[project]["entry"]["against_best_plan_found"]  # type: ignore[index]
        assert against["capex_cut_percent"] == approx(cut)


def test_a_plant_that_is_all_but_given_away_is_given_away() -> None:
    # a cut of all but 1e-15 of 4 M USD would leave a coefficient that no model may have
    project = ask(three_pits()).case.projects["far"]
    assert at_price(project, CUT, 1 - 1e-15).overnight == 0
    assert at_price(project, CUT, 0.25).overnight == approx(project.overnight * 0.75)

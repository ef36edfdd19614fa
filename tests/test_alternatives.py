"""In every good plan, in some or in none: by hand, and against solves with each candidate held."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pytest import approx
from test_holds import two_pits
from worlds import World, ask, write

import didymium
from didymium.cli import main
from didymium.reports.study import StudyReport
from didymium.studies import alternatives, unlike


def three_pits() -> World:
    """10 t of metal wanted in each of two years: bought for 5 M USD a year, from pit `near` for 3, from pit `far` for 4
    (either stands a year), from pit `remote` for 9."""
    w = two_pits()
    remote = {**w["projects"][1], "project": "remote", "name": "Remote pit", "capex_musd_per_module": 9}
    w["projects"].append(remote)
    w["assays"].append({"mine": "remote", "Nd": 100})
    return w


def projects(report: StudyReport) -> dict[str, dict[str, object]]:
    found = report.record["projects"]
    assert isinstance(found, list)
    return {str(row["project"]): row for row in found}


def test_classes_and_costs_by_hand() -> None:
    # best: near twice, 6. Without near: far twice, 8: 2 more. With far: near once, 7: 1 more. With remote: 12, 6 more
    report = didymium.alternatives(ask(three_pits()), within_percent=20, plans=3)
    found = projects(report)
    assert {p: row["class"] for p, row in found.items()} == {"near": "always", "far": "some", "remote": "never"}
    assert found["near"]["cost_out_musd"] == approx([2, 2], abs=1e-6)
    assert found["near"]["cost_in_musd"] == approx([0, 0], abs=1e-6)
    assert found["far"]["cost_in_musd"] == approx([1, 1], abs=1e-6)
    assert found["far"]["cost_out_musd"] == approx([0, 0], abs=1e-6)
    assert found["remote"]["cost_in_musd"] == approx([6, 6], abs=1e-6)
    # within 20 % of 6 there are 7.2 M USD: near twice, near and far; of the last there are two, of one set of projects
    plans = report.record["plans"]
    assert isinstance(plans, list)
    assert [plan["projects"] for plan in plans] == [["near"], ["near", "far"]]
    assert [plan["cost_musd"] for plan in plans] == approx([6, 7], abs=1e-6)
    assert report.status == "All 3 candidates are classed: 1 in every good plan, 1 in some, 1 in none."
    row = report.tables[0].rows[0]
    assert row["reading"] == "Every plan within 20 % of the best plan builds it: to forbid it costs 2 M USD."
    # within 40 %, 8.4: far twice is a good plan too, so that near is no longer in every one
    wider = projects(didymium.alternatives(ask(three_pits()), within_percent=40, plans=0))
    assert {p: row["class"] for p, row in wider.items()} == {"near": "some", "far": "some", "remote": "never"}


def test_what_cannot_be_left_out_or_built_has_no_cost() -> None:
    # hard target: half of the metal China-free, and the offer is Chinese; and far cannot be built.
    # Of near, which stands two years, and remote, which stands one, only one can be built
    w = three_pits()
    w["settings"].append({"setting": "target_policy", "value": "hard"})
    w["imports"] = [{**row, "china": "yes"} for row in w["imports"]]
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2026: 50, 2027: 50}]
    w["projects"][1]["max_modules"] = 0
    w["projects"][-1] |= {"max_modules": 1, "exclusive_group": "one"}
    w["projects"][0] |= {"exclusive_group": "one", "max_modules": 1, "life_years": 2}
    found = projects(didymium.alternatives(ask(w), within_percent=1, plans=0))
    assert found["near"]["class"] == "always"
    assert found["near"]["cost_out_musd"] is None, "remote stands one year, so without near no plan meets the target"
    assert found["remote"]["class"] == "never"
    assert found["remote"]["cost_in_musd"] is None


def by_years(report: StudyReport, project: str) -> list[tuple[int, str]]:
    ranges = projects(report)[project]["ranges"]
    assert isinstance(ranges, list)
    assert all(row["from_year"] == row["to_year"] for row in ranges), "two years are two ranges"
    return [(row["from_year"], row["class"]) for row in ranges]


def test_classes_by_the_years_of_decision() -> None:
    # within 10 % of 6, 6.6 M USD: a year of far instead of near costs 7, so near is decided in either year in all plans
    report = didymium.alternatives(ask(three_pits()), within_percent=10, plans=3)
    assert by_years(report, "near") == [(2026, "always"), (2027, "always")]
    assert by_years(report, "far") == [(2026, "never"), (2027, "never")]
    assert report.tables[0].rows[0]["by_years"] == "2026 always; 2027 always"
    assert "1 is decided in 2026 in every good plan: Near pit." in report.headline
    # near stands two years where it is decided in 2026 alone: then it is decided once, for 3, and in 2027 never needed
    w = three_pits()
    w["projects"][0] |= {"life_years": 2, "max_modules": 1}
    report = didymium.alternatives(ask(w), within_percent=10, plans=3)
    assert by_years(report, "near") == [(2026, "always"), (2027, "never")]
    # of a larger margin a plan in hand, or nothing, decides: never and always are gone
    wider = didymium.alternatives(ask(three_pits()), within_percent=40, plans=3)
    assert {kind for p in ("near", "far") for _, kind in by_years(wider, p)} <= {"some", "open"}


def test_projects_alike_are_one_with_their_count() -> None:
    # two works that are alike in all but their names; ore for one of them is enough
    w = two_pits()
    w["projects"] = [row for row in w["projects"] if row["project"] != "smelter"]
    twin = {
        "project": "a", "stage": "metal", "region": "here", "existing_t_per_year": 0, "max_modules": 1,
        "module_t_per_year": 10, "capex_musd_per_module": 1, "permitting_years": 0, "construction_years": 0,
        "fixed_opex_usd_per_t_capacity": 0, "variable_opex_usd_per_t": 0, "name": "Smelter A",
    }  # fmt: skip
    w["projects"] += [twin, {**twin, "project": "b", "name": "Smelter B"}]
    report = didymium.alternatives(ask(w), within_percent=5, plans=0)
    rows = {row["project"]: row for row in report.tables[0].rows}
    assert rows["a"]["alike"] == 2
    assert "b" not in rows
    # a smelter lasts 30 years: 1/30 a year; ore 3: two years at 3 + 1/30 against 5 bought
    assert projects(report)["a"]["class"] == "always"
    assert projects(report)["a"]["cost_out_musd"] == approx([10 - 6 - 2 / 30] * 2)


def test_over_scenarios_and_levels(tmp_path: Path) -> None:
    # in a world where the offer costs a tenth, nothing is built
    w = three_pits()
    w["scenarios"] = [
        {"scenario": "base", "probability_percent": 60},
        {"scenario": "cheap", "probability_percent": 40, "reveal_year": 2026},
    ]
    w["shocks"] = [{"scenario": "cheap", "kind": "import_price", "from_year": 2026, "value": 0.1}]
    w["targets"] = [{"target": "own", "type": "min_china_free_share", "stage": "metal", 2026: 50, 2027: 50}]
    inputs = ask(w)
    didymium.frontier(inputs, steps=2).save(tmp_path / "frontier")
    report = didymium.alternatives(inputs, within_percent=20, plans=0, scenarios=True, frontier=tmp_path / "frontier")
    rows = {row["project"]: row for row in report.tables[3].rows}
    # this case, the scenario, and of the two levels of the targets that of 0 %: that of 100 % is this case once more
    assert (rows["near"]["robustness"], rows["near"]["built_in"], rows["near"]["of"]) == ("usually", 2, 3)
    assert [column for column in rows["near"] if "targets at" in column] == ["targets at 0 %"]
    assert "Over the plans found for 3 cases (scenarios, levels of the targets)" in report.headline[-1]
    assert rows["remote"]["robustness"] == "never"
    assert rows["near"]["scenario cheap"] == ""


def test_the_command_writes_its_files_and_refuses_what_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = str(write(three_pits(), tmp_path / "case"))
    out = tmp_path / "out" / "alternatives"
    assert main(["alternatives", case, "--within", "20", "--plans", "2", "--out", str(out), "--quiet"]) == 0
    record = json.loads((out / "alternatives.json").read_text())
    assert {row["project"]: row["class"] for row in record["projects"]}["near"] == "always"
    book = load_workbook(out / "alternatives.xlsx")
    assert book.sheetnames == ["Summary", "Alternatives", "Plans", "Shared", "Robustness", "Run"]
    assert book["Alternatives"].cell(5, 1).value == "Near pit"
    assert (out / "alternatives.html").stat().st_size > 0
    assert capsys.readouterr().out == ""
    assert main(["alternatives", case, "--within", "-1", "--plans", "2", "--out", str(out)]) == 2
    assert "--within" in capsys.readouterr().out


def test_the_way_of_large_models_is_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    # bounds of relaxations, plans near the best one and rounded ones alone: costs lie in their intervals
    for module in (alternatives, unlike):
        monkeypatch.setattr(module, "FEW_INTEGERS", 0)
    report = didymium.alternatives(ask(three_pits()), within_percent=40, plans=3)
    found = projects(report)
    for project, side, cost in (("near", "out", 2), ("far", "in", 1), ("remote", "in", 6)):
        low, high = found[project][f"cost_{side}_musd"]  # type: ignore[misc]
        assert low - 1e-6 <= cost <= high + 1e-6
    assert {p: row["class"] for p, row in found.items()} == {"near": "some", "far": "some", "remote": "never"}
    plans = report.record["plans"]
    assert isinstance(plans, list)
    assert len({tuple(plan["projects"]) for plan in plans}) == len(plans) > 1
    assert all(plan["cost_musd"] <= 6 * 1.4 + 1e-6 for plan in plans)


def test_stopped_by_hand_it_tells_what_it_knows() -> None:
    interrupt = didymium.Interrupt()
    told: list[str] = []

    def status(message: str) -> None:
        told.append(message)
        if message.startswith("candidate 2"):
            interrupt.request()

    report = didymium.alternatives(ask(three_pits()), within_percent=20, on_status=status, interrupt=interrupt)
    assert report.record["complete"] is False
    assert report.status.startswith("NOT complete")
    assert len(projects(report)) == 3

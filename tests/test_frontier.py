"""What each level of the targets costs: by hand, and that cost and bound rise with the level on random cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pytest import approx
from random_cases import random_case, write_case
from worlds import World, ask, magnets, mine, offer, plant, recipe, wants, world, write

import didymium
from didymium.cli import main
from didymium.reports.premises import premises
from didymium.reports.study import StudyReport
from didymium.studies.levels import at_level


def two_offers(**settings: object) -> World:
    """10 t of metal in one year. Chinese metal costs 0.1 M USD/t without limit, other metal 0.3 up to 6 t; all of it is
    to be China-free, and going without costs 1."""
    w = world(**settings)
    magnets(w)
    offer(w, "china", "metal", 99, 100_000, china=True)
    offer(w, "other", "metal", 6, 300_000)
    wants(w, "metal", 10)
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2026: 100}]
    return w


def points(report: StudyReport) -> list[dict[str, object]]:
    found = report.record["points"]
    assert isinstance(found, list)
    return found


def test_each_level_costs_what_it_takes_and_how_far_one_can_go_is_found() -> None:
    # point p: 10 p t of clean metal at 0.3 and the rest at 0.1: 1 + 2 p M USD, up to 6 t, which is 60 %
    report = didymium.frontier(ask(two_offers(target_policy="hard")), steps=6)
    found = points(report)
    assert [p["share_percent"] for p in found[:4]] == [0, 20, 40, 60]
    for point, cost in zip(found[:4], (1.0, 1.4, 1.8, 2.2), strict=True):
        assert point["cost_musd"] == approx(cost)
        assert point["bound_musd"] == approx(cost)
        assert point["reached"] is True
    # 80 and 100 % cannot be reached; between 60 and 80: 70, 65, 62.5, 61.25, 60.63 %, the last less than 1 % away
    assert [p["share_percent"] for p in found[4:]] == [60.62, 61.25, 62.5, 65, 70, 80, 100]
    assert all(p["status"] == "infeasible" and p["cost_musd"] is None and p["reached"] is False for p in found[4:])
    assert report.record["most_that_can_be_reached_percent"] == [60, 60.62]
    assert report.headline[1] == (
        "No plan reaches 60.62 % of the targets, all scaled together; 60 % can be reached, at 2.2 M USD."
    )
    # a point is 0.1 t: 0.02 M USD
    rows = report.tables[0].rows
    assert [r["per_point_at_least_musd"] for r in rows[1:4]] == approx([0.02] * 3)
    assert report.record["price_of_independence_musd"] is None  # the full targets have no plan


def test_a_target_that_may_be_missed_is_not_reached_and_its_penalty_is_paid() -> None:
    # the penalty is 0.5 M USD/t: above 60 % each further 0.1 t per point costs 0.05; 100 % costs 2.2 + 4 x 0.5 = 4.2
    w = two_offers()
    w["targets"][0]["penalty_usd_per_t"] = 500_000
    report = didymium.frontier(ask(w), steps=6)
    assert [p["cost_musd"] for p in points(report)] == approx([1.0, 1.4, 1.8, 2.2, 3.2, 4.2])
    assert [p["reached"] for p in points(report)] == [True] * 4 + [False] * 2
    assert report.record["price_of_independence_musd"] == approx([3.2, 3.2])
    assert report.headline[0].startswith(
        "Going from 0 % to 100 % of the targets, all scaled together, costs at least 3.2"
    )


def test_a_plant_that_enters_is_told() -> None:
    # a works makes all 10 t for 5 M USD from ore that costs nothing: dearer than 1 + 2 p up to 60 %, and the only way
    # beyond it: 5 M USD
    w = two_offers(target_policy="hard")
    w["recipes"] = [r for r in w["recipes"] if r["recipe"] != "cook"]
    mine(w, existing=10)
    recipe(w, "cook", "metal", {"pit": 1.0}, {"metal": 1.0})
    w["projects"].append(plant("works", "metal", max_modules=1, capex_musd_per_module=5, life_years=1, accepts="cook"))
    w["routes"] = [{"from_region": "here", "to_region": "here", "cost_usd_per_t": 0}]
    report = didymium.frontier(ask(w), steps=3)
    assert [p["cost_musd"] for p in points(report)] == approx([1.0, 2.0, 5.0])
    assert report.record["changes"] == [
        {
            "share_percent": 100.0,
            "project": "works",
            "stage": "metal",
            "region": "here",
            "change": "enters",
            "below_t_per_year": 0,
            "here_t_per_year": 10.0,
            "below_years": "",
            "here_years": "2026",
        }
    ]
    assert "Works is built at the strictest level only." in report.headline
    # for 1.9 M USD it also pays at 50 %, which costs 2.0 without it
    w["projects"][-1]["capex_musd_per_module"] = 1.9
    between = didymium.frontier(ask(w), steps=3)
    assert [p["cost_musd"] for p in points(between)] == approx([1.0, 1.9, 1.9])
    assert between.headline[-1] == ("Works is built at the strictest level and at some between, and not at the laxest.")


def test_the_gap_of_the_levels_between_is_told_apart() -> None:
    # the ends to 2 %, those between to one and a half times that
    w = two_offers(mip_gap_percent=2)
    w["targets"][0]["penalty_usd_per_t"] = 500_000
    assert didymium.frontier(ask(w), steps=3).status == (
        "The strictest and the laxest level are proven within 2 % of their least cost, those between within 3 %, or out"
        " of reach."
    )
    assert (
        didymium.frontier(ask(w), steps=2).status
        == "Every level is proven within 2 % of its least cost, or out of reach."
    )


def test_levels_of_least_and_most_shares() -> None:
    w = two_offers()
    w["targets"] += [
        {"target": "china", "type": "max_china_import_share", "commodity": "metal", 2026: 40},
        {"target": "kept", "type": "min_china_free_share", "stage": "metal", 2026: 30},
    ]
    found = at_level(ask(w), 25, ["clean", "china"]).case.targets
    # a quarter of 100 %; of the distance from 40 to 100 % a quarter, so 100 - 15; one that is not scaled stays
    assert found["clean"].share[2026] == approx(0.25)
    assert found["china"].share[2026] == approx(0.85)
    assert found["kept"].share[2026] == approx(0.30)


@pytest.mark.parametrize("seed", [0, 3, 4, 6, 7, 8])  # those with targets
def test_cost_and_bound_rise_with_the_level(seed: int, tmp_path: Path) -> None:
    inputs = didymium.read(write_case(random_case(seed), tmp_path))
    report = didymium.frontier(inputs, steps=4, options=didymium.SolveOptions(gap_percent=0, time_limit=30))
    solved = [p for p in points(report) if p["cost_musd"] is not None]
    costs, bounds = ([float(str(p[name])) for p in solved] for name in ("cost_musd", "bound_musd"))
    assert costs == sorted(costs)
    assert bounds == sorted(bounds)
    assert all(bound <= cost for bound, cost in zip(bounds, costs, strict=True))
    for point in solved:  # each point alone, without its neighbours
        alone = didymium.solve(at_level(inputs, float(str(point["share_percent"])), []), gap_percent=0, time_limit=30)
        assert point["cost_musd"] == approx(alone.cost, rel=1e-6, abs=1e-6)


def test_the_command_writes_a_workbook_a_page_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = write(two_offers(), tmp_path / "case")
    out = tmp_path / "out"
    assert main(["frontier", str(case), "--steps", "3", "--out", str(out), "--quiet"]) == 0
    record = json.loads((out / "frontier.json").read_text())
    assert [p["cost_musd"] for p in record["points"]] == approx([1.0, 2.0, 6.2])  # the usual penalty is 1 a tonne
    book = load_workbook(out / "frontier.xlsx")
    assert book.sheetnames == ["Summary", "Frontier", "Changes", "Builds", "Targets", "Run"]
    assert [book["Frontier"].cell(5 + k, 2).value for k in range(3)] == approx([1.0, 2.0, 6.2])
    assert (
        "frontier" in (out / "frontier.html").read_text()[:2000].lower() or (out / "frontier.html").stat().st_size > 0
    )
    assert capsys.readouterr().out == ""


def test_page_one_of_a_result_tells_the_price_of_independence(tmp_path: Path) -> None:
    # 1 M USD without targets; with all of them 2.2 and 4 t missed at 0.5 each, 4.2: they cost 3.2 of 4.2, 76.19 %
    w = two_offers()
    w["targets"][0]["penalty_usd_per_t"] = 500_000
    inputs = ask(w)
    plan = didymium.solve(inputs)
    before = next(s for s in premises(plan) if s.startswith("Price of independence"))
    assert "was not known when this was written" in before
    didymium.frontier(inputs, steps=2).save(tmp_path / "frontier")
    plan.save(tmp_path / "base")
    assert plan.summary["price_of_independence"] == {"at_least_musd": approx(3.2), "at_most_musd": approx(3.2)}
    sentence = (
        "Price of independence: all targets together cost between 3.2 and 3.2 M USD (at most 76.19 % of the cost of"
    )
    assert any(s.startswith(sentence) for s in premises(plan))
    assert didymium.verify(tmp_path / "base").holds
    # of a part of the targets, or of another case, nothing is told
    w["targets"][0]["penalty_usd_per_t"] = 400_000
    didymium.frontier(ask(w), steps=2).save(tmp_path / "frontier")
    plan.save(tmp_path / "base")
    assert "price_of_independence" not in plan.summary


def test_what_cannot_be_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = str(write(two_offers(), tmp_path / "case"))
    assert main(["frontier", case, "--target", "claen", "--out", str(tmp_path / "out")]) == 2
    assert "did you mean" in capsys.readouterr().out
    assert main(["frontier", case, "--steps", "1", "--from", "60", "--to", "50", "--out", str(tmp_path / "out")]) == 2
    shown = capsys.readouterr().out
    assert "--steps" in shown
    assert "--from" in shown
    assert not (tmp_path / "out").exists()


def test_where_no_level_can_be_reached_the_code_says_so(tmp_path: Path) -> None:
    w = two_offers(target_policy="hard")
    out = tmp_path / "out"
    case = str(write(w, tmp_path / "case"))
    assert main(["frontier", case, "--from", "70", "--steps", "2", "--out", str(out), "--quiet"]) == 3
    assert [p["status"] for p in json.loads((out / "frontier.json").read_text())["points"]] == ["infeasible"] * 2

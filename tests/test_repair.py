"""Why there is no plan, by hand: the fewest rules that must give way, how far one can go, and cells that restore a
plan."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pytest import approx
from worlds import World, ask, magnets, mine, offer, plant, recipe, wants, world, write

import didymium
from didymium.cli import main
from didymium.engine.control import Options
from didymium.engine.elastic import ElasticModel
from didymium.engine.solve import prepare
from didymium.reports.study import StudyReport
from didymium.solving import tree_for
from didymium.studies.repair import Explained
from didymium.studies.repair_cells import Lever, Levers
from didymium.studies.repair_order import RepairOrder
from didymium.studies.repair_report import headline


def too_clean() -> World:
    """10 t of metal a year, of which 80 % are to be China-free in 2027. Chinese metal costs 0.1 M USD/t, other metal
    0.3 up to 6 t."""
    w = world(2026, 2028, target_policy="hard")
    magnets(w)
    offer(w, "china", "metal", 99, 100_000, china=True)
    offer(w, "other", "metal", 6, 300_000)
    wants(w, "metal", 10)
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2026: 50, 2027: 80}]
    return w


def works(**more: object) -> World:
    """All 10 t of metal of 2027 are to be China-free; only a works that can be decided from 2027 on and takes a year to
    build could make them."""
    w = world(2026, 2028, target_policy="hard")
    magnets(w)
    w["recipes"] = [r for r in w["recipes"] if r["recipe"] != "cook"]
    offer(w, "china", "metal", 99, 100_000, china=True)
    mine(w, existing=10)
    recipe(w, "cook", "metal", {"pit": 1.0}, {"metal": 1.0})
    one = {"max_modules": 1, "capex_musd_per_module": 5, "life_years": 10, "accepts": "cook", "construction_years": 1}
    w["projects"].append(plant("works", "metal", first_decision_year=2027, **{**one, **more}))
    w["routes"] = [{"from_region": "here", "to_region": "here", "cost_usd_per_t": 0}]
    wants(w, "metal", 10)
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2027: 100}]
    return w


def committed(*limits: float) -> World:
    """Two modules of 5 M USD each are committed; so much capital may be decided in 2026, under each limit."""
    w = world(2026, 2026)
    w["projects"].append(plant("works", "metal", max_modules=2, min_modules=2, capex_musd_per_module=5))
    w["limits"] = [{"limit": f"limit_{k}", "measure": "capex_musd", 2026: maximum} for k, maximum in enumerate(limits)]
    return w


def repairs(report: StudyReport) -> dict[str, object]:
    """The value that each cell is changed to."""
    found = report.record["repairs"]
    assert isinstance(found, list)
    return {str(row["cell"]): row["change_to"] for row in found}


def relaxed(report: StudyReport) -> list[dict[str, object]]:
    found = report.record["least_relaxation"]
    assert isinstance(found, dict)
    rules = found["rules"]
    assert isinstance(rules, list)
    return rules


def test_a_target_out_of_reach_and_the_cells_that_bring_it_back() -> None:
    # 8 t are wanted clean in 2027 and 6 t are on offer: 60 %; or 8 t on offer would do, or a target that may be missed
    report = didymium.explain_input(ask(too_clean()))
    (rule,) = relaxed(report)
    assert (rule["cell"], rule["year"], rule["short_by"]) == ("Targets!J2", 2027, approx(2))
    assert (rule["required"], rule["attainable"]) == (approx(80), approx(60))
    assert repairs(report) == {"Settings!B6": "soft", "Targets!J2": approx(60), "Imports!I4": approx(8)}
    # 75 % of 80 is 60; every target is then met
    low, high = report.record["most_that_can_be_reached_percent"]  # type: ignore[misc]
    assert low == approx(75)
    assert 75 < high <= 76
    assert "Targets!J2: target clean in 2027 requires 80 %; 60 % can be reached." in report.headline
    assert "Targets!J2: clean, 2027: 60 instead of 80." in report.headline


def test_a_date_is_a_repair() -> None:
    # decided in 2026, or built in no time, the works makes the 10 t of 2027
    found = repairs(didymium.explain_input(ask(works())))
    cells = {ask(works()).source["Projects"][1].cell(c): c for c in ("first_decision_year", "construction_years")}
    assert {cells[cell]: value for cell, value in found.items() if cell in cells} == {
        "first_decision_year": 2026,
        "construction_years": 0,
    }


def test_one_rule_gives_way_rather_than_two() -> None:
    # two limits of 9 M USD each lack 1 M, a ninth; but one module less of two, a half, is one rule
    report = didymium.explain_input(ask(committed(9, 9)))
    (rule,) = relaxed(report)
    assert (rule["rule"], rule["short_by"], rule["required"], rule["attainable"]) == (
        "committed",
        approx(1),
        2,
        approx(1),
    )
    # neither limit alone is enough, nor any other cell
    assert list(repairs(report).values()) == [1]
    assert report.headline[-2:] == [
        "No other of the 2 cells that bear on it and were tried restores one alone.",
        "That is proven by the relaxation, in which modules may be split.",
    ]


def test_of_as_few_rules_the_one_that_gives_way_less() -> None:
    # the limit lacks a ninth, what is committed a half
    report = didymium.explain_input(ask(committed(9)))
    (rule,) = relaxed(report)
    assert (rule["rule"], rule["short_by"], rule["attainable"]) == ("limits", approx(1), approx(10))
    assert report.record["least_relaxation"]["instead"] == [["what is committed of works"]]  # type: ignore[index]
    assert sorted(map(str, repairs(report).values())) == ["1", "10"]


def test_two_conflicts_need_two_cells() -> None:
    w = committed(9)
    w["regions"].append({**w["regions"][0], "region": "there"})
    w["projects"].append(plant("mill", "metal", max_modules=2, min_modules=2, capex_musd_per_module=5, region="there"))
    w["limits"] = [
        {"limit": f"of_{region}", "measure": "capex_musd", "region": region, 2026: 9} for region in ("here", "there")
    ]
    report = didymium.explain_input(ask(w))
    assert [rule["attainable"] for rule in relaxed(report)] == approx([10, 10])
    assert report.record["repairs"] == []
    assert report.record["least_relaxation"]["verified"] is True  # type: ignore[index]
    # a capital limit or a plant less each: of 4 cells the relaxation says so
    assert report.headline[-2:] == [
        "No single cell restores a plan, of 4 that bear on it and were tried: several must change.",
        "That is proven by the relaxation, in which modules may be split.",
    ]


def test_where_every_hard_rule_can_be_met_that_is_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = write(committed(10), tmp_path / "case")
    assert main(["explain", str(case), "--out", str(tmp_path / "out")]) == 0
    assert "Every hard rule can be met" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "explain.json").read_text())["feasible"] is True


def test_the_command_writes_a_workbook_a_page_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = write(too_clean(), tmp_path / "case")
    out = tmp_path / "out"
    assert main(["explain", str(case), "--out", str(out), "--quiet"]) == 3
    record = json.loads((out / "explain.json").read_text())
    assert record["feasible"] is False
    assert all(row["verified"] for row in record["repairs"])
    book = load_workbook(out / "explain.xlsx")
    assert book.sheetnames == ["Summary", "Repairs", "Relaxed", "Run"]
    assert [book["Repairs"].cell(5 + k, 1).value for k in range(3)] == [row["cell"] for row in record["repairs"]]
    assert "restores a plan" in (out / "explain.html").read_text()
    assert capsys.readouterr().out == ""
    assert main(["explain", str(case), "--scenario", "no_such", "--out", str(out)]) == 2


def test_time_that_is_up_is_no_answer(tmp_path: Path) -> None:
    stop = didymium.Interrupt()
    stop.request()
    report = didymium.explain_input(ask(too_clean()), interrupt=stop)
    assert report.record["feasible"] is None
    assert not report.proven
    assert report.status.startswith("NOT known")


def test_cells_that_were_not_tried_are_not_called_of_no_help() -> None:
    stop = didymium.Interrupt()

    def on_status(message: str) -> None:
        if message.startswith("cell 1 of"):
            stop.request()

    report = didymium.explain_input(ask(committed(9)), on_status=on_status, interrupt=stop)
    assert (report.record["complete"], report.record["repairs"]) == (False, [])
    count = report.record["cells_known"]
    assert report.headline[-1] == (
        f"Of {count} cells that bear on it 1 were looked at in time; none of these restores a plan alone. Give it more"
        " time."
    )


def test_a_ramp_or_less_than_full_use_can_be_a_repair() -> None:
    # the works stands in 2026 and may be used to 50 %, or makes 40 % in its first year of use: 10 t need all of it
    for change, column, value in (
        ({"max_utilisation_percent": 50}, "max_utilisation_percent", 100),
        ({"ramp": "slow"}, "ramp", None),
    ):
        w = works(construction_years=1, **change)
        w["projects"][-1]["first_decision_year"] = 2026
        w["ramps"] = [{"ramp": "slow", "year_1_percent": 40, "year_2_percent": 100}]
        cell = ask(w).source["Projects"][1].cell(column)
        assert repairs(didymium.explain_input(ask(w)))[cell] == value


def test_what_a_person_forces_can_give_way() -> None:
    # one module a year may be decided, and two are forced: one forced, or two allowed
    w = committed(5)
    w["projects"][-1]["min_modules"] = 0
    w["holds"] = [{"project": "works", "kind": "force", "modules": 2}]
    report = didymium.explain_input(ask(w))
    assert report.record["feasible"] is False
    assert {cell.split("!")[0]: value for cell, value in repairs(report).items()} == {"Limits": approx(10), "Holds": 1}


def test_cells_of_no_help_are_ruled_out_together() -> None:
    # of 8 cells of one kind the last restores a plan: 8, 4, 4, 2, 2, 1 and 1 of them are looked at
    inputs = ask(committed(9))
    row = inputs.source["Projects"][0]
    levers = [Lever("date", row, str(2026 + k), 1, 0, 1.0, adds=True) for k in range(8)]
    looked: list[int] = []

    def none_of(some: Sequence[Lever]) -> bool:
        looked.append(len(some))
        return levers[-1] not in some

    order = RepairOrder(levers, none_of)
    assert order.next([], dear=False) is None  # what takes solves of changed cases waits
    assert order.next([], dear=True) is levers[-1]
    assert (looked, order.ruled_out, order.taken) == ([8, 4, 4, 2, 2, 1, 1], 7, 8)
    assert order.next([], dear=True) is None


def test_what_takes_away_is_not_ruled_out_with_others() -> None:
    # a life of 1 year ends earlier where the plant is built sooner; one of 10 years lasts to the end of the case
    for life, together in ((10, True), (1, False)):
        inputs = ask(works(life_years=life))
        net, matrix, _ = prepare(inputs.case, tree_for(inputs, None, False))
        levers = Levers(inputs.source, net, matrix).found([], ElasticModel(matrix, Options()).conflict())
        assert {lever.adds for lever in levers if lever.column == "construction_years"} == {together}


def test_the_relaxation_gives_the_least_that_an_offer_must_have() -> None:
    # 8 t are wanted clean in 2027, and one offer has 6; no amount of what is not clean is enough
    inputs = ask(too_clean())
    net, matrix, _ = prepare(inputs.case, tree_for(inputs, None, False))
    model = ElasticModel(matrix, Options())
    node = next(n for n in net.tree.nodes.values() if n.year == 2027)

    def bought(offer: str) -> frozenset[int]:
        return frozenset(k for k, c in enumerate(matrix.columns) if c == ("buy", (offer, "here", node.name)))

    assert model.minimum_total(bought("other")) == approx(8)
    assert model.minimum_total(bought("china")) == float("inf")
    # the sides are as before: 2 t are missing
    (row,) = [k for k, (rule, index) in enumerate(matrix.rows) if index[0] == "clean" and index[-1] == node.name]
    assert model.minimum_slacks(frozenset([row])).by_row == {row: approx(2)}  # type: ignore[union-attr]


def test_cells_that_could_not_be_decided_in_time_are_told() -> None:
    inputs = ask(committed(9, 9))
    found = Explained(inputs, "base", False, tried=3, undecided=2, of=3)
    assert headline(found)[-2:] == [
        "No single cell was found that restores a plan.",
        "Of 2 of the 3 cells tried it was not decided in time.",
    ]

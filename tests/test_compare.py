"""Two results side by side: what differs is told cell by cell, and differences are formulas with their values."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from pytest import approx
from worlds import World, by_year, magnets, offer, plant, wants, world, write

import didymium
from didymium.cli import main
from didymium.comparison import result_names
from didymium.reports import result_differences
from didymium.reports.result_reader import read_answer
from didymium.reports.waterfall import waterfall


def market(price: float, more: bool = False) -> World:
    """10 t of metal a year, bought at a price or, when `more` is built in 2026, made at home."""
    w = world(2026, 2027)
    magnets(w)
    offer(w, "metal_offer", "metal", 10, price)
    offer(w, "oxide_offer", "oxide", 99, 0)
    w["projects"] = [plant("smelter", "metal", max_modules=1, capex_musd_per_module=2, life_years=2)]
    if more:
        w["segments"].append({"segment": "wind", "shortage_cost_usd_per_t": 1_000_000})
    wants(w, "metal", 10)
    return w


@pytest.fixture
def results(tmp_path: Path) -> list[Path]:
    """Dear imports (0.3 M USD/t), so the smelter is built; and cheap ones (0.01), so it is not."""
    for name, w in (("dear", market(300_000)), ("cheap", market(10_000, more=True))):
        didymium.solve(didymium.read(write(w, tmp_path / "in" / name))).save(tmp_path / name)
    return [tmp_path / "dear", tmp_path / "cheap"]


def sheet(path: Path, name: str, data_only: bool = True) -> list[tuple[object, ...]]:
    page = openpyxl.load_workbook(path, data_only=data_only)[name]
    return [row for row in page.iter_rows(min_row=5, values_only=True) if row[0] is not None]


def test_inputs_that_differ_are_told_cell_by_cell(results: list[Path], tmp_path: Path) -> None:
    rows = sheet(didymium.compare(results, tmp_path / "c.xlsx"), "Inputs")
    prices = [r for r in rows if r[0] == "Imports"]
    assert prices == [("Imports", "metal_offer / price_usd_per_t", y, 300_000, 10_000) for y in ("2026", "2027")]
    added = {(r[1], r[2]): r[3:] for r in rows if r[0] == "Segments"}
    assert added == {("wind", "segment"): (None, "wind"), ("wind", "shortage_cost_usd_per_t"): (None, 1_000_000)}
    assert {r[0] for r in rows} == {"Imports", "Segments"}


def test_builds_costs_and_differences(results: list[Path], tmp_path: Path) -> None:
    # dear: a smelter of 2 M USD over 2 years, 1 M USD a year; cheap: 10 t at 0.01 M USD/t, 0.1 M USD a year
    path = didymium.compare(results, tmp_path / "c.xlsx")
    (build,) = sheet(path, "Builds")
    assert build[:8] == ("smelter", "metal", "here", "only in dear", 1, "2026", 10, 2)
    costs = {r[0]: r[1:] for r in sheet(path, "Costs")}
    assert costs["capital"] == (approx(2), 0, approx(-2))
    assert costs["imports"] == (0, approx(0.2), approx(0.2))
    assert costs["total"] == (approx(2), approx(0.2), approx(-1.8))
    formulas = {r[0]: r[3] for r in sheet(path, "Costs", data_only=False)}
    assert formulas["capital"] == "=C5-B5"
    front = {r[0]: r[1:] for r in sheet(path, "Summary") if r[0] in ("Investments", "Cost, discounted, M USD")}
    assert front == {"Investments": (1, 0, -1), "Cost, discounted, M USD": (approx(2), approx(0.2), approx(-1.8))}
    assert len(openpyxl.load_workbook(path)["Summary"]._charts) == 1


def test_origin_and_targets_side_by_side(tmp_path: Path) -> None:
    for name, china in (("clean", False), ("china", True)):
        w = world()
        magnets(w)
        offer(w, "metal_offer", "metal", 10, 100, china=china)
        wants(w, "metal", 10)
        w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", **by_year(w, 40)}]
        w["settings"].append({"setting": "target_penalty_usd_per_t", "value": 1})
        didymium.solve(didymium.read(write(w, tmp_path / "in" / name))).save(tmp_path / name)
    path = didymium.compare([tmp_path / "clean", tmp_path / "china"], tmp_path / "c.xlsx")
    origin = {r[0]: r[2:] for r in sheet(path, "Origin")}
    assert origin["metal"] == (100, 0, -100)
    assert sheet(path, "Targets") == [("clean", 2026, 40, 100, 0, -100)]


def test_verdicts_of_builds() -> None:
    answers = {"a": None, "b": None}  # only the names count
    one = {"modules": 1, "decision_year": 2026, "probability": 1.0}
    for rows, sentences in (
        ({"a": [one]}, "only in a"),
        ({"a": [one], "b": [{**one, "decision_year": 2027}]}, "moved"),
        ({"a": [one], "b": [{**one, "modules": 2}]}, "other in size"),
        ({"a": [one], "b": [one]}, "the same"),
    ):
        assert result_differences.build_verdict(answers, rows) == sentences  # type: ignore[arg-type]


def test_results_with_the_same_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    assert result_names([tmp_path / "x" / "base" / "results.xlsx", tmp_path / "y" / "base"]) == ["x/base", "y/base"]
    assert result_names([tmp_path / "one", tmp_path / "two.xlsx"]) == ["one", "two"]
    assert result_names([tmp_path / "one", tmp_path / "one"]) == ["one (1)", "one (2)"]


def test_the_command_writes_and_never_over_a_file(
    results: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "c.xlsx"
    assert main(["compare", *map(str, results), "--out", str(out)]) == 0
    assert main(["compare", *map(str, results), "--out", str(out)]) == 2
    assert "is there already" in capsys.readouterr().out
    assert main(["compare", str(results[0]), "--out", str(tmp_path / "d.xlsx")]) == 2
    assert main(["compare", str(results[0]), str(tmp_path / "in"), "--out", str(tmp_path / "d.xlsx")]) == 2


def test_a_result_is_restored_as_it_was(results: list[Path]) -> None:
    plan = didymium.solve(didymium.read(results[0].parent / "in" / "dear"))
    again = read_answer(results[0])
    assert again.cost == approx(plan.cost)
    for name, rows in plan.tables.items():
        assert len(again.tables[name]) == len(rows), name
        for reported, row in zip(again.tables[name], rows, strict=True):
            assert {k: reported[k] for k in row if row[k] not in (None, "")} == pytest.approx(
                {k: v for k, v in row.items() if v not in (None, "")}
            ), name
    for key in ("cost_musd", "china_free_share", "shortage_t", "target_miss_t", "status", "scenario"):
        assert (
            again.summary[key] == pytest.approx(plan.summary[key])
            if isinstance(plan.summary[key], dict) and key == "cost_musd"
            else again.summary[key] == plan.summary[key]
        )


def test_an_older_layout_is_told(results: list[Path], tmp_path: Path) -> None:
    book = openpyxl.load_workbook(results[0] / "results.xlsx")
    for fact, value in book["Run"].iter_rows(min_row=5, max_col=2):
        if fact.value == "result_layout":
            value.value = 1
    book.save(tmp_path / "old.xlsx")
    with pytest.raises(didymium.BadWorkbook, match="was written in layout 1, and this didymium reads 6: solve again"):
        read_answer(tmp_path / "old.xlsx")


def futures(w: World) -> World:
    """Calm, with metal at twice the price in 2027, and a storm revealed in 2027 that halves China's limit for two years
    and cuts it by another half in the last."""
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 50, "reveal_year": 2027},
    ]
    w["shocks"] = [
        {"scenario": "calm", "kind": "import_price", "from_year": 2026, "value": 2},
        {"scenario": "storm", "kind": "import_limit", "value": 0.5},
        {"scenario": "storm", "kind": "import_limit", "from_year": 2028, "value": 0.5},
        {"scenario": "storm", "kind": "delay", "value": 1},
        {"scenario": "storm", "kind": "delay", "value": 1},
    ]
    return w


def test_two_scenarios_of_one_workbook_differ_by_their_shocks(tmp_path: Path) -> None:
    """The base's price shock ends in storm at its reveal; limits multiply (0.5 x 0.5 from 2028 on), delays add."""
    w = market(300_000)
    w["settings"] = [{**r, "value": 2028} if r["setting"] == "last_year" else r for r in w["settings"]]
    for name in ("imports", "demand"):
        w[name] = [{**r, 2028: r[2027]} for r in w[name]]
    inputs = didymium.read(write(futures(w), tmp_path / "case"))
    for name in ("calm", "storm"):
        didymium.solve(inputs, name).save(tmp_path / name)
    didymium.solve(inputs, stochastic=True).save(tmp_path / "tree")
    path = didymium.compare([tmp_path / "calm", tmp_path / "storm"], tmp_path / "c.xlsx")
    assert sheet(path, "Inputs") == []
    every = ("*",) * 6
    assert sorted(sheet(path, "Shocks")) == [
        ("delay", *every, 2027, 2028, None, 2),
        ("import_limit", *every, 2027, 2027, None, 0.5),
        ("import_limit", *every, 2028, 2028, None, 0.25),
        ("import_price", *every, 2027, 2028, 2, None),
    ]
    sentences = [r[0] for r in sheet(path, "Summary")]
    assert "All results have the same inputs." in sentences
    assert "They are for different scenarios (calm: calm, storm: storm)." in sentences
    path = didymium.compare([tmp_path / "calm", tmp_path / "tree"], tmp_path / "d.xlsx")
    assert ("import_limit", *every, 2028, 2028, None, "0.25 in storm") in sheet(path, "Shocks")
    same = sheet(didymium.compare([tmp_path / "calm", tmp_path / "calm"], tmp_path / "e.xlsx"), "Summary")
    assert {"All are for the same scenarios.", "The same shocks act in all."} <= {r[0] for r in same}


def test_inputs_without_results_are_compared_cell_by_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A CSV folder against a workbook: a price of 0.3 against 0.01 M USD/t in two years, a segment more (2 cells), one
    shock of five other in value and one that is not there (its 7 names, year and value), however the rows are
    ordered."""
    first, other = futures(market(300_000)), futures(market(10_000, more=True))
    other["shocks"] = [{**other["shocks"][1], "value": 0.4}, other["shocks"][0], *other["shocks"][3:]]
    one = write(first, tmp_path / "one")
    two = didymium.api.export(write(other, tmp_path / "two"), tmp_path / "two.xlsx")
    assert main(["compare", str(one), str(two), "--out", str(tmp_path / "c.xlsx")]) == 0
    rows = sheet(tmp_path / "c.xlsx", "Inputs")
    assert [r for r in rows if r[0] == "Imports"] == [
        ("Imports", "metal_offer / price_usd_per_t", y, 300_000, 10_000) for y in ("2026", "2027")
    ]
    shocks = [r for r in rows if r[0] == "Shocks"]
    assert ("Shocks", "storm / import_limit / * / * / * / * / * / * / ", "value", 0.5, 0.4) in shocks
    assert ("Shocks", "storm / import_limit / * / * / * / * / * / * / 2028", "value", 0.5, None) in shocks
    summary = {r[0]: r[1:6] for r in sheet(tmp_path / "c.xlsx", "Summary")}
    assert summary["Segments"] == (1, 2, 1, 0, 2)
    assert summary["Imports"] == (4, 4, 0, 1, 2)
    assert summary["Shocks"][:4] == (5, 4, 1, 1)
    assert openpyxl.load_workbook(tmp_path / "c.xlsx").sheetnames == ["Summary", "Inputs"]
    didymium.solve(didymium.read(one), "calm").save(tmp_path / "result")
    assert main(["compare", str(tmp_path / "result"), str(one), "--out", str(tmp_path / "d.xlsx")]) == 0
    sentences = [str(r[0]) for r in sheet(tmp_path / "d.xlsx", "Summary")]
    assert "No cell differs: all have the same inputs." in sentences
    assert any(s.startswith("Only inputs are compared") and "Of result, a result" in s for s in sentences)
    (one / "regions.csv").write_text("region,wacc_percent\nhere,much\n")
    capsys.readouterr()
    assert main(["compare", str(one), str(two), "--out", str(tmp_path / "f.xlsx")]) == 2
    assert "(in one)" in capsys.readouterr().out


def test_the_waterfall_leads_from_the_first_cost_to_the_second(tmp_path: Path) -> None:
    # opex 10 to 12 is 2 more, imports 5 to 1 is 4 less: 15 + 2 - 4 = 13
    rows: list[dict[str, object]] = [
        {"kind": "opex", "a": 10.0, "b": 12.0},
        {"kind": "same", "a": 0.0, "b": 0.0},
        {"kind": "imports", "a": 5.0, "b": 1.0},
        {"kind": "total", "a": 15.0, "b": 13.0},
    ]
    steps = waterfall(rows, "a", "b")
    assert [(s["step"], s["change"], s["after"], s["below"], s["more"], s["less"]) for s in steps] == [
        ("a", None, 15.0, 0.0, 0.0, 0.0),
        ("opex", 2.0, 17.0, 15.0, 2.0, 0.0),
        ("imports", -4.0, 13.0, 13.0, 0.0, 4.0),
        ("b", None, 13.0, 0.0, 0.0, 0.0),
    ]

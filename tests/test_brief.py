"""Page one as a brief: names and places, what is decided now, risks, bets, evidence; every sentence tied to its
numbers."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import openpyxl
import pytest
from pytest import approx
from test_front_page import committed
from test_office import profile, stored_again
from worlds import World, ask, hedge, magnets, mine, offer, plant, solve, tree_plan, wants, world, write

import didymium
from didymium.cli import main
from didymium.reports.brief import front_page, page_one
from didymium.reports.later_studies import largest_risks, refresh_studies
from didymium.reports.page.geography import geography
from didymium.reports.page.projects import fact_sheets
from didymium.reports.result_reader import read_answer
from didymium.reports.summary_sheet import VERDICTS

__all__ = ["profile"]  # a fixture


def named() -> World:
    """The committed smelter, and a second one that is chosen for 20 M USD: 18 t more are wanted."""
    w = committed()
    w["projects"][0] |= {"name": "New Smelter", "country": "Japan"}
    w["projects"].append(
        plant("extra", "metal", max_modules=1, capex_musd_per_module=20, life_years=4, last_decision_year=2026)
    )
    w["projects"][-1] |= {"name": "Extra Smelter", "country": "Norway"}
    wants(w, "metal", 18)
    return w


def test_the_chosen_and_what_is_decided_now_have_names_and_places() -> None:
    # 22 t are wanted: 4 of the old smelter, 10 of the committed module and 8 t of what is chosen: a second module of
    # the new one for 8 M USD, which is cheaper than the extra one for 20
    assert "Chosen investments, all by capex (M USD): New Smelter (Japan), metal, decided 2026, 8." in front_page(
        solve(named())
    )
    w = named()
    w["projects"][0]["max_modules"] = 1
    plan = solve(w)
    assert "Chosen investments, all by capex (M USD): Extra Smelter (Norway), metal, decided 2026, 20." in front_page(
        plan
    )
    assert (
        "Decided in 2026: chosen by this plan: Extra Smelter (Norway) (20 M USD of capex); committed before: New"
        " Smelter (Japan) (8 M USD of capex)." in front_page(plan)
    )


def test_nothing_decided_now_is_said() -> None:
    w = committed()
    w["projects"][0] |= {"min_modules": 0, "last_decision_year": 2028, "first_decision_year": 2027}
    w["demand"] = []
    wants(w, "metal", {2026: 4, 2027: 4, 2028: 14})
    assert any(
        s.startswith("Nothing is decided in 2026: the first decision of the plan is in 202")
        for s in front_page(solve(w))
    )


LOSSES = [
    {"lost": "new", "kind": "plant", "cost_more_musd": 12.4, "short_more_t": 3},
    {"lost": "x", "kind": "supplier", "cost_more_musd": 90.0, "short_more_t": 0},
    {"lost": "old", "kind": "plant", "cost_more_musd": -1.0, "short_more_t": 0},
    {"lost": "third", "kind": "plant", "cost_more_musd": 2.0, "short_more_t": 0},
]


def test_the_three_largest_risks_are_the_costliest() -> None:
    scenarios = [
        {"scenario": "base", "cost_musd": 100.0, "short_t": 1.0},
        {"scenario": "storm", "cost_musd": 140.0, "short_t": 8.0},
    ]
    found = largest_risks({"losses": LOSSES, "scenarios": scenarios}, ["base"])
    assert [(r["name"], r["cost_more_musd"], r["short_more_t"]) for r in found] == [
        ("x", 90.0, 0.0),
        ("storm", 40.0, 7.0),
        ("new", 12.4, 3.0),
    ]
    assert not any("shortage_more_musd" in r for r in found), "an older file does not know the penalties"


def test_a_risk_says_how_much_of_it_is_penalty(tmp_path: Path) -> None:
    """The base of the hedge builds nothing and pays 10 x 0.1 = 1. In storm all 10 t go short at 1: 9 more, 10 of
    penalty less 1 of imports. Without the offers of x the same."""
    case, out = write(hedge(), tmp_path / "case"), tmp_path / "out"
    assert main(["solve", str(case), "--out", str(out), "--quiet"]) == 0
    assert main(["stress", str(out), "--draws", "0", "--regret", "0", "--quiet"]) == 0
    plan = read_answer(out)
    refresh_studies(plan, out)
    (risks,) = (s for s in front_page(plan) if s.startswith("Largest risks"))
    part = "9 M USD more (10 more penalty for shortage, which nobody pays, and 1 less of all other cost), 10 t more of"
    assert risks == (
        f"Largest risks with these builds, by what they cost over the plan: supplier x lost in every year: {part}"
        f" demand not met; scenario storm: {part} demand not met."
    )


def with_studies(plan: didymium.Plan, folder: Path) -> None:
    """Write a stress.json and an alternatives.json of a plan."""
    same = {k: plan.summary[k] for k in ("scenario", "objective_musd", "input_sha256")}
    row = {"scenario": "base", "short_t": 0, "short_percent": 0, "worst_year_short_percent": 0}
    (folder / "stress.json").write_text(json.dumps({"plan": same, "scenarios": [row], "losses": LOSSES}))
    (folder / "alternatives").mkdir()
    classes = {"new": "always", "old": "some"}
    found = {
        "content_sha256": plan.source.content_sha256(),
        "scenario": plan.scenarios[0],
        "within_percent": 1.5,
        "cost_musd": plan.cost - 0.25,
        "projects": [{"project": p, "class": c} for p, c in classes.items()],
    }
    (folder / "alternatives" / "alternatives.json").write_text(json.dumps(found))


def test_risks_and_bets_stand_on_page_one_and_are_read_back(tmp_path: Path) -> None:
    w = named()
    w["projects"][0]["max_modules"] = 1
    plan = solve(w)
    with_studies(plan, tmp_path)
    plan.save(tmp_path)
    risks = (
        "Largest risks with these builds, by what they cost over the plan: supplier x lost in every year: 90 M USD"
        " more; New Smelter (Japan) lost in every year: 12 M USD more, 3 t more of demand not met; third lost in"
        " every year: 2 M USD more."
    )
    bets = (
        "Safe bets, in every plan whose extra cost is within 1.5 %: 1 (New Smelter). Coin flips, in some of these"
        " plans: 1 (old). In none of them: 0; not decided: 0."
    )
    cheaper = "On the way to these a plan was found that costs 0.25 M USD less than this one."
    assert {risks, bets, cheaper} <= set(front_page(plan))
    assert front_page(didymium.load(tmp_path)) == front_page(plan)
    (tmp_path / "alternatives" / "alternatives.json").unlink()
    refresh_studies(plan, tmp_path)
    assert bets not in front_page(plan)


def test_the_slides_have_the_sentences_of_page_one_and_native_charts(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx")
    w = named()
    plan = solve(w)
    with_studies(plan, tmp_path)
    plan.save(tmp_path)
    deck = pptx.Presentation(str(didymium.brief(tmp_path)))
    shapes = [shape for slide in deck.slides for shape in slide.shapes]
    assert 5 <= len(deck.slides) <= 7
    assert sum(shape.has_chart for shape in shapes) >= 3
    texts = {p.text for shape in shapes if shape.has_text_frame for p in shape.text_frame.paragraphs}
    assert set(front_page(didymium.load(tmp_path))) <= texts


def test_what_slides_and_pdf_need_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solve(named()).save(tmp_path)
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(didymium.BadWorkbook, match=r"needs python-pptx: pip install"):
        didymium.brief(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(didymium.OutputInUse, match="needs Chromium, Chrome or Edge"):
        didymium.report(tmp_path, pdf=True)


def test_brief_prints_page_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    w = named()
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2027: 10}]
    plan = solve(w)
    plan.save(tmp_path)
    assert main(["brief", str(tmp_path)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("Proven least cost.")
    assert shown[1:] == front_page(plan)
    # what is found since is told as well
    didymium.frontier(ask(w), steps=2).save(tmp_path / "frontier")
    assert main(["brief", str(tmp_path)]) == 0
    assert "was not known when this was written" not in capsys.readouterr().out


def test_evidence_counts_the_cost_by_its_sources() -> None:
    # nothing has a source here: all cost is unsourced
    (evidence,) = [s for s in front_page(solve(named())) if s.startswith("Evidence")]
    assert "unsourced 100 %" in evidence


def test_numbers_in_sentences_are_those_of_the_tables() -> None:
    w = named()
    w["projects"][0]["max_modules"] = 1
    plan = solve(w)
    capex = sum(r["capex_musd"] for r in plan.tables["investments"])
    assert capex == approx(28)
    assert f"for {capex:,.0f} M USD overnight" in front_page(plan)[1]


@pytest.mark.parametrize("kind", ["path", "tree"])
def test_every_sentence_rests_on_something_that_exists(kind: str, tmp_path: Path) -> None:
    w = named()
    mine(w, existing=1)
    offer(w, "more", "metal", 5, 100)
    if kind == "tree":
        w["scenarios"] = [
            {"scenario": "calm", "probability_percent": 60},
            {"scenario": "storm", "probability_percent": 40, "reveal_year": 2027},
        ]
    plan = solve(w) if kind == "path" else tree_plan(w)
    plan.save(tmp_path)
    page = openpyxl.load_workbook(tmp_path / "results.xlsx")["Summary"]
    ties = [str(row[VERDICTS].value) for row in page.iter_rows(min_row=3) if row[VERDICTS].value]
    assert len(ties) == len(page_one(plan)) + 1
    assert not [tie for tie in ties if "AND(TRUE)" in tie]


@pytest.mark.needs("soffice")
def test_a_number_changed_turns_its_sentences_red_and_no_others(tmp_path: Path, profile: Path) -> None:
    plan = solve(named())
    plan.save(tmp_path)
    path = tmp_path / "results.xlsx"
    book = openpyxl.load_workbook(path)
    heads = [c.value for c in book["Investments"][4]]
    book["Investments"].cell(5, heads.index("Capex (M USD)") + 1).value = 7.5
    book.save(path)
    found = verdicts(stored_again(path, profile))
    assert set(found.values()) == {"holds", "changed"}
    red = {text for text, verdict in found.items() if verdict == "changed"}
    assert any(text.startswith("1 investment in 2026") for text in red)
    assert not any(text.startswith(("Demand is met", "Premise")) for text in red)


def verdicts(path: Path) -> dict[str, str]:
    """The verdict on every sentence of page one."""
    page = openpyxl.load_workbook(path, data_only=True)["Summary"]
    return {str(row[0].value): str(row[VERDICTS].value) for row in page.iter_rows(min_row=3) if row[VERDICTS].value}


def test_the_map_has_plants_at_their_places_and_what_passed_them() -> None:
    # the mine and the works have a place: all 4 t of metal wanted passed both; the smelter has none
    w = world()
    magnets(w)
    mine(w, existing=9, longitude=121.5, latitude=-28.8)
    w["projects"] += [plant("works", "refinery", 9, longitude=103.4, latitude=4), plant("smelter", "metal", 9)]
    wants(w, "metal", 4)
    found = geography(solve(w))
    assert found is not None
    assert {p: place["at"] for p, place in found["places"].items()} == {"pit": [121.5, -28.8], "works": [103.4, 4.0]}
    assert found["years"][0]["plants"] == approx({"pit": 4, "works": 4})
    assert [(f["from"], f["to"], f["t"]) for f in found["years"][0]["flows"]] == [("pit", "works", approx(4))]
    assert found["without_place"] == 1
    assert geography(solve(named())) is None


def test_the_fact_sheet_of_a_project() -> None:
    w = named()
    w["projects"][0]["max_modules"] = 1
    w["projects"].append(plant("never", "metal", max_modules=1, capex_musd_per_module=900, life_years=4))
    facts = {str(p["project"]): dict(p["facts"]) for p in fact_sheets(solve(w))}
    assert facts["extra"]["In this plan"] == (
        "2026: 1 modules, on line 2026, 20 M USD of capex, 0 of it public; chosen by this plan"
    )
    assert facts["new"]["In this plan"].endswith("committed before")
    assert facts["never"]["In this plan"] == "nothing is decided"
    # 22 t are wanted a year, and delivered: 4 of the old smelter, 10 of the extra one, 8 of the new one, which costs
    # more to run
    assert facts["new"]["Most that passed it"].startswith("8 t in 2026, 36 % of all that is delivered")
    assert facts["new"]["Country"] == "Japan"

"""Why a project is in a plan or not, and at which price it enters: by hand, and against solves on both sides."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook
from pytest import approx
from test_alternatives import three_pits
from worlds import World, ask, write

import didymium
from didymium.case_inputs import CaseInputs
from didymium.cli import main
from didymium.errors import BadWorkbook
from didymium.reports.rule_names import budget_in_words, good_in_words, limit_in_words, offer_in_words
from didymium.reports.study import StudyReport
from didymium.studies import alternatives
from didymium.studies.entry_prices import CUT, at_price
from didymium.studies.explain import Changes, Explanation
from didymium.studies.explain_report import gap_in_words
from didymium.tables.read import read_tables


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
    _, rows, report = explained(w)
    binding = rows["far"]["binding"]
    assert isinstance(binding, list)
    assert "the limit on decisions for mines is used up in 2026 to 2027" in binding
    assert "all of its modules are built" in binding
    # forced in, near takes a year from far: 4 + 6 instead of 8
    assert rows["near"]["cost_in_musd"] == approx([2, 2], abs=1e-5)
    # without far all metal is bought or near: 5 + 5; 20 t more are bought
    assert rows["far"]["cost_out_musd"] == approx([2, 2], abs=1e-5)
    assert rows["far"]["bought_t"] == {"abroad": approx(20)}
    shown = {row["project"]: row for row in report.tables[0].rows}
    assert shown["far"]["changes"] == "20 t more metal bought from X for Here"


def test_in_the_plan_means_in_that_of_the_result() -> None:
    # the result builds far in both years, 8. Found on the way: near in both years, 6. Its bound of 5 leaves a gap of 3
    inputs = ask(three_pits())
    dear = didymium.solve(inputs, forbid=["near"])
    result = replace(dear, source=inputs.source, proof=None, summary={**dear.summary, "bound_musd": 5.0})
    report = didymium.explain(result)
    rows = {row["project"]: row for row in report.tables[0].rows}
    assert report.headline[0] == (
        "On the way a plan was found that is 2 M USD cheaper than that of the result, within its gap; it leaves out Far"
        " pit and builds Near pit."
    )
    assert {p: row["in_plan"] for p, row in rows.items()} == {"near": "no", "far": "yes", "remote": "no"}
    # counted from 6: without near 8; with far once 7; with remote once 12
    assert rows["near"]["why"] == "Not in the plan; the cheaper plan found builds it: to forbid it costs 2 M USD."
    assert rows["far"]["why"] == "In the plan; the cheaper plan found leaves it out: to force it in costs 1 M USD."
    assert str(rows["remote"]["why"]).startswith("Not in the plan: to force it in costs 6 M USD.")
    # what the other way does otherwise than the plan of the result
    assert rows["far"]["changes"] == "Near pit enters"
    assert rows["far"]["other_way_found_musd"] == 0
    assert rows["far"]["binding"] == "all of its modules are built; it runs as much as it can in 2026 to 2027"
    # of the cheapest plan nothing is cheaper
    assert not any("On the way" in s for s in didymium.explain(didymium.solve(inputs)).headline)


def test_why_the_gap_is_not_that_of_the_result() -> None:
    # the result: 8 with a bound of 5, a gap of 3; found since: a plan for 6 and a bound of 5.5
    def gap(cost: float, bound: float, cheaper: Changes | None) -> str:
        found = SimpleNamespace(cost=cost, bound=bound)
        return gap_in_words(Explanation(found, [], 8.0, 5.0, cheaper))  # type: ignore[arg-type]

    assert gap(8, 5, None) == "3 M USD"
    assert gap(6, 5, Changes()) == "1 M USD; the result states 3 M USD, for a cheaper plan was found since"
    assert gap(8, 5.5, None) == "2.5 M USD; the result states 3 M USD, for a higher bound was found since"
    assert gap(6, 5.5, Changes()) == (
        "0.5 M USD; the result states 3 M USD, for a cheaper plan and a higher bound were found since"
    )


def test_who_waits_for_whom_is_told_by_name() -> None:
    # near is built, so far is not, nor remote, which requires it
    w = three_pits()
    w["projects"][-1]["requires"] = "far"
    _, rows, _ = explained(w)
    assert rows["far"]["binding"] == ["Remote pit requires it, and can only be built with it"]
    assert rows["remote"]["binding"] == ["it requires Far pit, which is not built in time for it in 2026 to 2027"]


def test_no_cut_and_no_floor_that_help_are_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    # far costs 1 M USD to build, 1 a year to keep and 3.5 to run: with it stands idle beside near, 2 more. So a cut of
    # all its capex, 1, is not enough
    w = three_pits()
    w["projects"][1] |= {
        "capex_musd_per_module": 1, "fixed_opex_usd_per_t_capacity": 100_000, "variable_opex_usd_per_t": 350_000,
    }  # fmt: skip
    monkeypatch.setattr(alternatives, "FEW_INTEGERS", 0)  # no search and no solve at a price
    _, rows, report = explained(w)
    assert rows["far"]["sentence"] == (
        "Not in the plan: to force it in costs 2 M USD. The cheapest plan found with it builds it and does not run it;"
        " it would cost more than the cheapest one found even without its capex."
    )
    assert report.tables[0].rows[1]["capex_cut_found_percent"] is None
    # far as it was enters at a premium of 100,000 USD/t: six times a market price of 20,000, not three of 60,000
    for price, floor in ((20_000, False), (60_000, True)):
        w = three_pits()
        w["prices"] = [{"commodity": "far", 2026: price}]
        _, rows, report = explained(w)
        cell = str(report.tables[0].rows[1]["price_floor"])
        assert ("price floor" in str(rows["far"]["sentence"])) is floor
        assert cell.startswith("a price floor for its ore of 85,000 to 160,000 USD") is floor
        assert floor or cell == (
            "no price floor near the market price of its ore, 20,000 USD a tonne in 2026, is worth as much as the"
            " premium that equals the best plan found"
        )


def test_goods_offers_limits_and_budgets_are_named() -> None:
    w = three_pits()
    w["elements"] = [{"element": e, "commodity": "ndpr_oxide", "circuit": "light"} for e in ("Nd", "Pr")]
    w["commodities"].append({"commodity": "ndpr_oxide", "stage": "refinery"})
    w["imports"] = [{**row, "commodity": "ndpr_oxide", "supplier": "china"} for row in w["imports"]]
    w["limits"] = [
        {"limit": "a", "measure": "decisions", "region": "here", "stage": "metal", 2026: 1},
        {"limit": "b", "measure": "radioactive_t", 2026: 1},
        {"limit": "c", "measure": "co2_t", "name": "of the climate law", 2026: 1},
    ]
    w["budgets"] = [{"government": "us", "name": "United States", 2026: 1}, {"government": "some_fund", 2026: 1}]
    with tempfile.TemporaryDirectory() as folder:
        tables, _ = read_tables(write(w, Path(folder) / "world"))
    assert [good_in_words(tables, c) for c in ("near", "metal", "ndpr_oxide")] == [
        "ore of Near pit",
        "metal",
        "NdPr oxide",
    ]
    assert offer_in_words(tables, "abroad") == "NdPr oxide bought from China for Here"
    assert [limit_in_words(tables, name) for name in "abc"] == [
        "the limit on decisions for metal plants in Here", "the limit on radioactive residue",
        "the limit of the climate law",
    ]  # fmt: skip
    assert [budget_in_words(tables, g) for g in ("us", "some_fund")] == [
        "the budget of United States", "the budget of Some fund",
    ]  # fmt: skip


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
    book = load_workbook(out / "explain" / "explain.xlsx")
    facts = {row[0].value: row[1].value for row in book["Run"].iter_rows(min_row=5)}
    assert facts["input_sha256"] == json.loads((out / "summary.json").read_text())["input_sha256"] != ""
    front = [row[0].value for row in book["Summary"].iter_rows()]
    assert front.count("Project") == 2, "one head above the numbers of each chart"
    assert "Project id" not in front
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

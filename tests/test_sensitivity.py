"""What the least cost is at both ends of each uncertain input, the plan optimised anew: by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pytest import approx
from worlds import World, ask, magnets, mine, offer, plant, recipe, wants, world, write

import didymium
from didymium.cli import main
from didymium.reports.study import StudyReport


def metal() -> World:
    """10 t of metal in one year. Chinese metal costs 0.1 M USD/t; a works would make all of it, and 10 t more, for 2 M
    USD."""
    w = world()
    magnets(w)
    w["recipes"] = [r for r in w["recipes"] if r["recipe"] != "cook"]
    offer(w, "china", "metal", 99, 100_000, china=True)
    mine(w, existing=20)
    recipe(w, "cook", "metal", {"pit": 1.0}, {"metal": 1.0})
    one = {"module_t_per_year": 20, "capex_musd_per_module": 2, "life_years": 1, "accepts": "cook"}
    w["projects"].append(plant("works", "metal", max_modules=1, **one))
    w["routes"] = [{"from_region": "here", "to_region": "here", "cost_usd_per_t": 0}]
    wants(w, "metal", 10)
    w["uncertainty"] = [
        {"kind": "china_price", "low": 0.5, "high": 3, "shared": "yes"},
        {"kind": "import_price", "low": 0.6, "high": 1.2, "shared": "yes"},
        {"kind": "demand", "low": 0.9, "high": 1.1, "shared": "yes"},
    ]
    return w


def rows(report: StudyReport, name: str = "inputs") -> list[dict[str, object]]:
    found = report.record[name]
    assert isinstance(found, list)
    return found


def test_both_ends_are_optimised_anew() -> None:
    # as it is 1 M USD. China's price: at half 0.5; at three times 3, so that the works is built for 2: a swing of 1.5.
    # With the builds fixed it would be 2.5. Prices of all offers: 0.6 and 1.2; demand: 0.9 and 1.1.
    report = didymium.sensitivity(ask(metal()))
    found = rows(report)
    assert [row["kind"] for row in found] == ["china_price", "import_price", "demand"]
    assert [(row["cost_low_musd"], row["cost_high_musd"]) for row in found] == [
        (approx(0.5), approx(2)),
        (approx(0.6), approx(1.2)),
        (approx(0.9), approx(1.1)),
    ]
    assert [row["swing_found_musd"] for row in found] == approx([1.5, 0.6, 0.2])
    assert [row["swing_at_least_musd"] for row in found] == approx([1.5, 0.6, 0.2])
    assert [row["swing_at_most_musd"] for row in found] == approx([1.5, 0.6, 0.2])
    assert [row["fixed_swing_musd"] for row in found] == approx([2.5, 0.6, 0.2])
    (change,) = rows(report, "changes")
    assert (change["end"], change["project"], change["change"], change["here_t_per_year"]) == (
        "highest", "works", "enters", 20,
    )  # fmt: skip
    assert (change["base_years"], change["here_years"]) == ("", "2026")
    assert report.record["cost_musd"] == approx(1)
    assert str(report.record["research_first"]).startswith("china_price")
    assert report.headline[0].startswith("Worth researching first: China's price: metal, Here. From 0.5 to 3 times")


def test_the_widest_are_chosen_by_what_they_move_with_builds_fixed() -> None:
    report = didymium.sensitivity(ask(metal()), 1)
    assert [row["kind"] for row in rows(report)] == ["china_price"]
    solved = {row["kind"]: row["solved"] for row in report.tables[2].rows}
    assert solved["china price"] == "yes"
    assert solved["demand"] == "no"


def test_a_delay_is_in_years() -> None:
    # the works is committed and makes the 10 t of 2027; a year late, they are bought from China for 1 M USD
    w = metal()
    w["settings"][:2] = [{"setting": "first_year", "value": 2026}, {"setting": "last_year", "value": 2027}]
    for row in [*w["demand"], *w["imports"]]:
        row[2027] = row[2026]
    w["projects"][-1] |= {"min_modules": 1, "construction_years": 1, "life_years": 10, "last_decision_year": 2026}
    w["uncertainty"] = [
        {"kind": "delay", "low": 0, "likely": 0, "high": 1},
        *({"kind": kind, "low": 1, "high": 1, "shared": "yes"} for kind in ("import_price", "demand", "import_limit")),
    ]
    found = rows(didymium.sensitivity(ask(w)))
    delay = next(row for row in found if row["kind"] == "delay")
    assert delay["swing_found_musd"] == approx(1)


def test_a_stop_keeps_the_inputs_so_far() -> None:
    stop = didymium.Interrupt()

    def on_status(message: str) -> None:
        if message.startswith("solve 3 of 6"):
            stop.request()

    report = didymium.sensitivity(ask(metal()), 3, on_status=on_status, interrupt=stop)
    assert [row["kind"] for row in rows(report)] == ["china_price"]
    assert not report.proven
    assert report.status == "NOT complete: stopped by hand after 1 of 3 inputs."


def test_what_was_judged_by_duals_and_what_was_not_varied_is_told() -> None:
    """Five ranges: three of the sheet, and what China offers and what is offered by their confidence. One is wanted, so
    that three are operated; nothing is built, so that no capex and no delay is open."""
    report = didymium.sensitivity(ask(metal()), 1)
    judged, varied, fixed = report.headline[-3:]
    assert judged == (
        "Of 5 ranges 3 were operated at both ends with the builds fixed, and 1 of these optimised anew; the other 2"
        " were judged by duals alone, right for a small change only, so that one may move the cost more than it seems"
        " (sheet Ranges)."
    )
    assert varied == (
        "The ranges vary what China offers, China's prices, what is offered, prices of what is offered, demand (sheet"
        " Ranges)."
    )
    assert fixed == (
        "Not varied, but as the input and its scenario have them: capex, delays of builds, outages of plants, fixed"
        " running costs, variable running costs, freight, tariffs, sale prices, sale limits, market prices, the carbon"
        " price, targets, budgets, limits, recoveries, the discount rate."
    )


def test_the_command_writes_a_workbook_a_page_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case, out = write(metal(), tmp_path / "case"), tmp_path / "out"
    assert main(["sensitivity", str(case), "--inputs", "2", "--out", str(out), "--quiet"]) == 0
    record = json.loads((out / "sensitivity.json").read_text())
    assert [row["swing_found_musd"] for row in record["inputs"]] == approx([1.5, 0.6])
    book = load_workbook(out / "sensitivity.xlsx")
    assert book.sheetnames == ["Summary", "Swings", "Changes", "Ranges", "Run"]
    assert "the sheet Uncertainty of the input" in str(book["Ranges"]["A2"].value)
    assert "Worth researching first" in (out / "sensitivity.html").read_text()
    assert capsys.readouterr().out == ""
    assert main(["sensitivity", str(case), "--inputs", "0", "--out", str(out)]) == 2
    assert "--inputs" in capsys.readouterr().out

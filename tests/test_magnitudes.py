"""Figures off by a factor, units in headings, sheets renamed, shocks twice: nothing of it passes without a word, and a
sound case gets none."""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path

import pytest
from explore_magnitudes import BAR, CASES, FALSE_WARNINGS, INPUTS, Case, Slip, sample
from worlds import Row, World, sound, write

import didymium
from didymium.checks.magnitude import CODES
from didymium.tables.units import differs


@cache
def shipped(name: str) -> Case:
    return Case(INPUTS / name)


@pytest.mark.parametrize("name", CASES)
def test_a_shipped_case_is_asked_about_hardly_at_all(name: str) -> None:
    assert len(shipped(name).warnings) <= FALSE_WARNINGS, shipped(name).warnings


def test_nearly_all_slips_of_a_factor_are_reported() -> None:
    """One slip of each column and scope of the default case, always the same; `explore` tries others."""
    tally = sample(shipped("allied"), random.Random(0), lambda tried: tried >= 60)
    assert tally.share >= BAR, tally.silent


# What was let pass without a word, and what is now said of it: sheet, column ("" for any), scope, factor, and a part of
# the warning.
SILENT = {
    "all import prices in USD/kg": ("Imports", "price_usd_per_t", "table", 0.001, "reference price"),
    "all demand in kt": ("Demand", "all", "table", 0.001, "usually 0.1 to 200,000 t/year"),
    "budgets in USD": ("Budgets", "all", "table", 1e6, "usually 1 to 50,000 M USD"),
    "one demand row x 1000": ("Demand", "years", "row", 1_000, "elsewhere, goes, some"),
    "all of one year's demand x 100": ("Demand", "2030", "column", 100, "is a digit too many or too few?"),
    "the first year's demand / 100": ("Demand", "2026", "column", 0.01, "is before"),
    "opex in thousands of USD": (
        "Projects",
        "variable_opex_usd_per_t",
        "column",
        0.001,
        "usually 100 to 150,000 USD/t",
    ),
    "freight in USD/kg": ("Routes", "cost_usd_per_t", "column", 0.001, "usually 10 to 10,000 USD/t"),
    "holding cost x 100": ("Stockpiles", "holding_usd_per_t_year", "column", 100, "its reference price in Commodities"),
    "shortage cost in USD/kg": (
        "Segments",
        "shortage_cost_usd_per_t",
        "column",
        0.001,
        "usually 10,000 to 100,000,000 USD/t",
    ),
    "redesign in USD/kg": ("Substitution", "cost_usd_per_t", "column", 0.001, "(Substitution): over 100 times as much"),
    "reserves in kt": ("Projects", "reserve_t", "column", 0.001, "reserve"),
    "recoveries as shares": ("Recoveries", "Nd", "column", 0.01, "percent columns hold"),
}


@pytest.mark.parametrize("slip", SILENT)
def test_a_wrong_unit_is_asked_about_and_says_beside_what(slip: str) -> None:
    sheet, column, scope, factor, said = SILENT[slip]
    case = shipped("allied")
    made = next(s for s in case.slips if (s.sheet, s.column, s.scope) == (sheet, column, scope))
    told = case.reported(made, factor)
    assert any(said in text for text in told), told
    assert len(told) <= 12, "few, whatever the number of cells"


def test_many_cells_with_one_cause_are_one_warning() -> None:
    """All prices of offers with a reference price are a thousandth: one warning names the first cell and how many
    more."""
    case = shipped("allied")
    made = next(s for s in case.slips if (s.sheet, s.column, s.scope) == ("Imports", "price_usd_per_t", "table"))
    (told,) = [text for text in case.reported(made, 0.001) if "reference price" in text]
    assert re.search(r"alike in [3-9]\d more cells", told)


def test_a_cell_is_asked_about_once() -> None:
    """A freight of 290,000 is beyond what is usual and beyond the other routes: one warning."""
    case = shipped("allied")
    assert len(case.reported(Slip("Routes", "cost_usd_per_t", "cell", (("Routes", 2, 3),)), 1_000)) == 1


def told(w: World, folder: Path, errors: bool = False) -> list[str]:
    found = didymium.check(write(w, folder / "case"))
    return [str(p) for p in found if (p.is_error if errors else p.code in CODES or p.code == "shocks_do_not_repeat")]


def routes(*costs: float) -> list[Row]:
    return [{"from_region": "here", "to_region": f"there_{k}", "cost_usd_per_t": cost} for k, cost in enumerate(costs)]


def test_a_row_is_compared_with_rows_like_it_and_a_note_silences_that(tmp_path: Path) -> None:
    """Routes of 300, 400 and 9,000: 9,000 > 12 x 400 = 4,800, though freight may cost 10,000."""
    w = sound()
    w["routes"] = routes(300, 400, 9_000)
    (said,) = [t for t in told(w, tmp_path) if "Routes" in t]
    assert said.startswith(
        "Routes!D4: cost_usd_per_t is 9,000; the other 2 rows of stage * in Routes hold 300 to 400 (`confirmed: why`"
    )
    w["routes"][2]["note"] = "confirmed: by air"
    assert not [t for t in told(w, tmp_path / "again") if "Routes" in t]


def test_what_lies_within_reach_of_its_peers_is_not_asked_about(tmp_path: Path) -> None:
    w = sound()
    w["routes"] = routes(300, 400, 4_800)
    assert not [t for t in told(w, tmp_path) if "Routes" in t]


HEADINGS = {
    "tonnes in thousands": (
        "projects",
        "module_t_per_year",
        "module_t_per_year [kt/year]",
        "the unit 'kt/year' is stated for module_t_per_year, whose figures are read as t/year",
    ),
    "other money": (
        "projects",
        "capex_musd_per_module",
        "capex_musd_per_module (EUR million)",
        "the unit 'EUR million' is stated for capex_musd_per_module",
    ),
    "a year in thousands": (
        "demand",
        "2027",
        "2027 (kt)",
        "the unit 'kt' is stated for 2027, whose figures are read as t/year",
    ),
    "another name": (
        "projects",
        "module_t_per_year",
        "module_kt_per_year",
        "'module_kt_per_year' states another unit than module_t_per_year",
    ),
}


@pytest.mark.parametrize("heading", HEADINGS)
def test_another_unit_in_a_heading_is_an_error(heading: str, tmp_path: Path) -> None:
    sheet, ours, theirs, said = HEADINGS[heading]
    folder = write(sound(), tmp_path / "case")
    path = folder / f"{sheet}.csv"
    path.write_text(path.read_text().replace(ours, theirs, 1))
    assert any(said in str(p) for p in didymium.check(folder) if p.is_error), [
        str(p) for p in didymium.check(folder) if p.is_error
    ]


def test_our_unit_in_other_words_is_no_error(tmp_path: Path) -> None:
    folder = write(sound(), tmp_path / "case")
    path = folder / "projects.csv"
    path.write_text(
        path.read_text()
        .replace("module_t_per_year", "module_t_per_year [t/yr]", 1)
        .replace("capex_musd_per_module", "capex_musd_per_module (USD million)", 1)
    )
    assert not [p for p in didymium.check(folder) if p.is_error]


def test_the_row_of_units_over_the_headings_counts_too(tmp_path: Path) -> None:
    folder = write(sound(), tmp_path / "case")
    path = folder / "demand.csv"
    path.write_text("unit,,,kt/year,t/year,\n" + path.read_text())
    assert [str(p) for p in didymium.check(folder) if p.is_error] == [
        (
            "Demand!D1: the unit 'kt/year' is stated for 2026, whose figures are read as t/year; convert the figures,"
            " then"
            " write t/year here, or no unit"
        )
    ]


@pytest.mark.parametrize(
    "said, ours, other",
    [
        ("t per year", "t/year", False),
        ("tpa", "t/year", False),
        ("kt", "t/year", True),
        ("USD/kg", "USD/t", True),
        ("US$ per tonne", "USD/t", False),
        ("USD 2025/t", "USD/t", False),
        ("share", "%", True),
        ("share of capex", "%", False),
        ("percent", "%", False),
        ("bn USD", "M USD", True),
        ("months", "years", True),
        ("estimate of 2025", "USD/t", False),
        ("metric tons", "t", True),
        ("t REO", "t REO", False),
    ],
)
def test_units_are_compared_by_what_they_mean(said: str, ours: str, other: bool) -> None:
    """ "Tons" may be short tons, so it is not taken for tonnes."""
    assert differs(said, ours) is other


def renamed(folder: Path, old: str, new: str) -> list[str]:
    (folder / f"{old}.csv").rename(folder / f"{new}.csv")
    return [f"{p.severity} {p}" for p in didymium.check(folder) if p.code == "sheet"]


def test_nearly_the_name_of_an_optional_sheet_is_an_error(tmp_path: Path) -> None:
    said = (
        "error target: unknown sheet; did you mean 'Targets', which is missing? Rename it, or give a sheet of your own"
        " another name"
    )
    assert renamed(write(sound(), tmp_path / "case"), "targets", "target") == [said]


def test_another_name_is_a_warning_that_says_what_it_might_have_been(tmp_path: Path) -> None:
    said = (
        "warning policy: unknown sheet, ignored; its headings are those of Targets, which is missing: if this is it,"
        " rename it to Targets"
    )
    assert renamed(write(sound(), tmp_path / "case"), "targets", "policy") == [said]


def test_a_copy_beside_the_sheet_is_a_warning(tmp_path: Path) -> None:
    folder = write(sound(), tmp_path / "case")
    (folder / "targets_2.csv").write_text((folder / "targets.csv").read_text())
    said = ["warning targets_2: unknown sheet, ignored; its headings are those of Targets, which is there too"]
    assert [f"{p.severity} {p}" for p in didymium.check(folder) if p.code == "sheet"] == said


def test_a_shock_that_is_there_twice_acts_twice(tmp_path: Path) -> None:
    """0.5 in both rows: 0.5 x 0.5 = 0.25. In years that do not meet, or confirmed, it is what it says."""
    w = sound()
    w["shocks"] = [{**w["shocks"][0], "value": 0.5, "from_year": 2027, "to_year": 2027}]
    w["shocks"].append(dict(w["shocks"][0]))
    (said,) = [t for t in told(w, tmp_path) if "Shocks" in t]
    assert said.startswith(
        "Shocks!B3: hits the same as row 2 in the same years; their factors multiply: 0.5 x 0.5 = 0.25"
    )
    w["shocks"][1].update(from_year=2028, to_year=2028)
    assert not [t for t in told(w, tmp_path / "apart") if "Shocks" in t]

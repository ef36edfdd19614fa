"""Headings that people read, and the names of columns back from them."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from pytest import approx
from test_algebra import tiny
from worlds import hedge, solve

import didymium
from didymium.excel.headings import HEADINGS, UNITS, column_of, heading, readable
from didymium.reports import balance
from didymium.reports.result_reader import read_result
from didymium.results import STRESS_TABLES, TABLES


@pytest.fixture(scope="module")
def plan() -> didymium.Plan:
    return solve(tiny())


def test_headings_by_hand() -> None:
    for column, words in (
        ("capex_musd", "Capex (M USD)"),
        ("any_origin_usd_per_t", "Of any origin (USD/t)"),
        ("fixed_opex_musd_per_year", "Fixed opex (M USD/year)"),
        ("magnet_china_free_in_2040_percent", "Magnet China-free in 2040 (%)"),
        ("shipped_in_t", "Shipped in (t)"),
        ("2030", "2030"),
        ("a plan: modules", "a plan: modules"),
    ):
        assert (heading(column), column_of(words)) == (words, column)
    assert [readable(i) for i in ("browns_range", "Japan", "A-1")] == ["Browns range", "Japan", "A-1"]


def test_every_column_comes_back_from_its_heading_and_no_two_share_one(plan: didymium.Plan, tmp_path: Path) -> None:
    """All columns of all result tables, those of empty ones, of the stress and of the rule's every unit."""
    tables = [
        *plan.tables.values(),
        *([dict.fromkeys(table.names)] for table in (*TABLES.values(), *STRESS_TABLES.values())),
        [dict.fromkeys(balance.COLUMNS)],
    ]
    solve(hedge()).save(tmp_path)
    tables += didymium.stress(tmp_path, draws=12).rows.values()
    columns = (
        {c for rows in tables for row in rows[:1] for c in row}
        | set(HEADINGS)
        | {f"some_thing_{unit}" for unit in UNITS}
    )
    assert len(columns) > 130
    assert [c for c in columns if column_of(heading(c)) != c] == []
    found = [heading(c).casefold() for c in columns]
    assert len(found) == len(set(found))
    assert [h for h in map(heading, columns) if "_" in h] == []


def test_no_sheet_that_people_read_has_a_heading_with_underscores_and_all_are_read_back(
    plan: didymium.Plan, tmp_path: Path
) -> None:
    plan.save(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    heads = {
        (page.title, str(c.value))
        for page in book
        if page.title not in ("Inputs", "Seal")
        for c in page[4]
        if c.value is not None
    }
    assert [h for h in heads if re.search(r"[a-z0-9]_[a-z0-9]", h[1])] == []
    again = read_result(tmp_path).plan
    for name, rows in plan.tables.items():
        assert {c for row in rows[:1] for c in row} <= {c for row in again[name][:1] for c in row}, name
    assert sum(float(str(r["capex_musd"])) for r in again["investments"]) == approx(
        plan.investments["capex_musd"].sum()
    )

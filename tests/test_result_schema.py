"""The schema of results: every table and column is declared once, and what is written, read and shown follows it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from test_cost_kinds import everything
from worlds import hedge, solve, tree_plan, world

import didymium
from didymium.errors import BadWorkbook
from didymium.excel.headings import heading
from didymium.expressions import cost
from didymium.reports.page.data import page_data
from didymium.reports.result_reader import read_answer
from didymium.results import (
    CALIBRATION,
    COLUMNS,
    COST_KINDS,
    KINDS,
    PER_YEAR,
    SHEETS,
    STRESS_TABLES,
    TABLES,
    as_row,
    number_format,
    tables_on,
)
from didymium.results.money import CostRow

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def plan() -> didymium.Plan:
    return solve(everything())


@pytest.fixture(scope="module")
def bare() -> didymium.Plan:
    """A plan in which most tables have no rows."""
    return solve(world())


def test_every_row_has_the_declared_columns_in_their_order_and_of_their_types(plan: didymium.Plan) -> None:
    for answer in (plan, tree_plan(hedge())):
        assert list(answer.tables) == list(TABLES)
        for name, rows in answer.tables.items():
            for row in rows:
                assert list(row) == TABLES[name].names, name
                for column in TABLES[name].columns:
                    value = row[column.name]
                    assert (value is None and column.optional) or type(value) is column.type, (name, column.name, value)


def test_a_table_without_rows_has_its_columns_as_a_frame_and_on_its_sheet(bare: didymium.Plan, tmp_path: Path) -> None:
    assert bare.tables["trade"] == []
    assert [list(bare[name].columns) for name in TABLES] == [table.names for table in TABLES.values()]
    bare.save(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    for name, table in TABLES.items():
        shown = {c.value for c in book[table.sheet][4]}
        assert {heading(c) for c in table.names if c != "branch"} <= shown, name


def test_what_is_read_back_has_the_declared_types(plan: didymium.Plan, tmp_path: Path) -> None:
    plan.save(tmp_path)
    again = read_answer(tmp_path)
    for name, rows in plan.tables.items():
        for row, other in zip(rows, again.tables[name], strict=True):
            for c in TABLES[name].columns:
                assert type(other[c.name]) is type(row[c.name]), (name, c.name, row[c.name], other[c.name])


def test_a_result_from_before_a_column_was_added_says_so(
    plan: didymium.Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.save(tmp_path)
    new = replace(TABLES["costs"].columns[-1], name="new_musd")
    costs = replace(TABLES["costs"], columns=(*TABLES["costs"].columns, new))
    monkeypatch.setitem(TABLES, "costs", costs)
    with pytest.raises(BadWorkbook, match="has no column new_musd in the table costs: an earlier didymium wrote it"):
        read_answer(tmp_path)


def test_cells_have_the_format_of_their_column(plan: didymium.Plan, tmp_path: Path) -> None:
    plan.save(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    of_its_own = {"committed", "smaller_than_gap", "idle_years", "npv_musd", "margin_musd_per_year"}  # coloured
    for sheet in SHEETS:
        headings = {heading(c.name): c for name in tables_on(sheet) for c in TABLES[name].columns}
        for head in book[sheet][4]:
            column = headings.get(str(head.value))
            cell = book[sheet].cell(5, head.column)
            if column and column.name not in of_its_own and isinstance(cell.value, (int, float)):
                assert cell.number_format == (column.kind.shape or "General"), (sheet, column.name)


def test_the_heading_of_every_declared_column_has_its_meaning_as_a_note(plan: didymium.Plan, tmp_path: Path) -> None:
    plan.save(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    for sheet in SHEETS:
        found = [(str(c.value), c.comment.text) for c in book[sheet][4] if c.comment]
        for name in tables_on(sheet):
            for c in TABLES[name].columns:
                if c.name != "branch":  # which one path does not need
                    assert (heading(c.name), f"{c.meaning[0].upper()}{c.meaning[1:]}.") in found, (name, c.name)


def test_a_column_of_one_name_has_one_heading_and_one_kind() -> None:
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for table in (*TABLES.values(), *STRESS_TABLES.values()):
        for c in table.columns:
            found[c.name].add((c.heading, c.kind.name))
    assert {name: kinds for name, kinds in found.items() if len(kinds) > 1} == {}


def test_units_and_formats_follow_the_ending_of_a_name() -> None:
    endings = [kind for kind in KINDS if kind.ending.startswith("_")]
    for name, column in COLUMNS.items():
        kind = max((k for k in endings if f"_{name}".endswith(k.ending)), key=lambda k: len(k.ending), default=None)
        if kind and kind.shape and name != "within_15_percent":
            assert column.kind == kind, name
    assert number_format("short_t") == number_format("some_t") == "#,##0.0"
    assert (number_format("decision_year"), number_format("2030"), number_format("a_year")) == ("0", "", "0")


def test_every_column_has_a_meaning_that_says_more_than_its_name() -> None:
    for table in (*TABLES.values(), *STRESS_TABLES.values()):
        assert table.meaning
        for c in table.columns:
            assert len(c.meaning) >= 3 and not c.meaning[0].isspace(), (table.name, c.name)
            assert not re.search(r"[.;:]$", c.meaning), (table.name, c.name)
    assert all(c.meaning for c in CALIBRATION)


def test_every_table_is_on_a_sheet_and_every_sheet_has_a_table() -> None:
    assert [name for name in SHEETS for _ in tables_on(name)] and all(tables_on(name) for name in SHEETS)
    assert {table.sheet for table in TABLES.values()} == set(SHEETS)


def test_the_page_shows_the_tables_with_a_place_in_their_order(plan: didymium.Plan) -> None:
    shown = sorted((table.page, name) for name, table in TABLES.items() if table.page)
    assert [place for place, _ in shown] == list(range(1, len(shown) + 1))
    with_rows = [name for _, name in shown if plan.tables_by_name()[name]]
    assert [table["name"] for table in page_data(plan)["tables"]] == with_rows


def test_the_kinds_of_cost_are_those_of_the_model() -> None:
    """A kind with a rule but no column, or a column but no rule, fails here."""
    assert list(COST_KINDS) == [kind.__name__ for kind in cost.KINDS]
    with pytest.raises(KeyError, match="CostRow declares"):
        as_row(CostRow, {**dict.fromkeys(TABLES["costs"].names), f"new{PER_YEAR}": 1.0})


def test_the_results_page_is_current() -> None:
    from didymium.reports.results_page import results_page

    assert (ROOT / "docs" / "results.md").read_text(encoding="utf-8") == results_page(), "run `make docs`"

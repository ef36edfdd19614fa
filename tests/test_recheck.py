"""The re-check: a plan changed by hand is caught, by the rule that it breaks."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cases import random_case, write_case
from test_algebra import tiny
from worlds import ask, solve

import didymium
from didymium.excel.headings import column_of
from didymium.recheck import TOLERANCE, recheck
from didymium.recheck.rules import RULES as RECHECKED
from didymium.reports.verify import verify


@pytest.fixture(scope="module")
def plan() -> didymium.Plan:
    return solve(tiny())


Rows = list[dict[str, object]]


def change(
    plan: didymium.Plan, table: str, where: Callable[[dict[str, object]], bool], **cells: float
) -> dict[str, Rows]:
    """The plan's tables with the first row that matches changed by the amounts given."""
    tables = copy.deepcopy(plan.tables)
    row = next(r for r in tables[table] if where(r))
    for column, by in cells.items():
        row[column] = float(str(row[column])) + by
    return tables


def broken(plan: didymium.Plan, tables: dict[str, Rows]) -> set[str]:
    tables = {**tables, "headline": [{"objective_musd": plan.cost}]}
    return {rule for rule, breach in recheck(plan.source, tables, plan.scenarios).items() if breach.size > TOLERANCE}


def test_every_rule_of_the_model_is_found_in_the_recheck_by_its_name() -> None:
    """Each name is that of a function, or stands in brackets in the docstring of the function that checks it."""
    named = {
        name
        for rule in RECHECKED.values()
        for name in (rule.__name__, *re.findall(r"\w+", (rule.__doc__ or "").partition(":")[0]))
    }
    of_targets = {"min_china_free_share", "max_region_share", "max_china_import_share", "max_supplier_share"}
    rules = {path.stem for path in (Path(__file__).parent / "golden").glob("*.txt")} - {"cost"} - of_targets
    assert rules <= named, rules - named


def test_a_sound_plan_breaks_nothing(plan: didymium.Plan) -> None:
    assert broken(plan, plan.tables) == set()


TAMPERED = {
    "one module more": ("investments", lambda r: r["project"] == "smelter", {"modules": 5}, "1 build window"),
    "half a module": ("investments", lambda r: True, {"modules": 0.5}, "1 build window"),
    "decided too late": ("investments", lambda r: True, {"decision_year": 30}, "1 build window"),
    "more than on line": ("production", lambda r: r["project"] == "works", {"throughput_t": 50}, "2-3 capacity"),
    "more ore than the reserve": ("production", lambda r: r["project"] == "pit", {"throughput_t": 60}, "4 reserve"),
    "metal from nowhere": ("demand", lambda r: r["region"] == "b", {"level_0_t": 3, "short_t": -3}, "5 balance"),
    "demand forgotten": ("demand", lambda r: True, {"short_t": -2}, "9 demand"),
    "more than offered": ("trade", lambda r: r["kind"] == "buy", {"tonnes_t": 40}, "7 offers"),
    "a miss untold": ("targets", lambda r: float(str(r["miss_t"])) > 0, {"miss_t": -0.5}, "10 targets"),
    "a cost told too low": ("costs", lambda r: True, {"capital_musd_per_year": -0.25}, "cost"),
    "a total told too low": ("costs", lambda r: True, {"weighted_musd": -1}, "cost"),
}


@pytest.mark.parametrize("fault", TAMPERED)
def test_a_change_by_hand_is_caught(fault: str, plan: didymium.Plan) -> None:
    table, where, cells, rule = TAMPERED[fault]
    assert rule in broken(plan, change(plan, table, where, **cells))


def test_a_shipment_without_a_route_is_caught(plan: didymium.Plan) -> None:
    tables = copy.deepcopy(plan.tables)
    tables["trade"].append(
        {**tables["trade"][0], "kind": "ship", "from": "b", "to": "a", "commodity": "metal", "tonnes_t": 1, "level": 0}
    )
    assert "6 shipping" in broken(plan, tables)


def test_a_recipe_that_is_not_accepted_is_caught(plan: didymium.Plan) -> None:
    tables = copy.deepcopy(plan.tables)
    row = next(r for r in tables["production"] if r["project"] == "works")
    row["recipe"] = "cook"
    assert "2 recipes and origin" in broken(plan, tables)


def test_a_limit_passed_is_caught(plan: didymium.Plan) -> None:
    tables = copy.deepcopy(plan.tables)
    tables["investments"] += [
        {**tables["investments"][0], "project": "rival"},
        {**tables["investments"][0], "project": "smelter_2"},
    ]
    assert {"11 prerequisite", "12 alternatives", "14 limits"} & broken(plan, tables) >= {
        "12 alternatives",
        "14 limits",
    }


def test_money_that_no_government_has_is_caught(plan: didymium.Plan) -> None:
    # smelter: one module of 5 + 100 % = 10 M USD, 40 % = 4 by the loan; the government has 2 in 2026
    tables = copy.deepcopy(plan.tables)
    tables["finance"] = [
        {"branch": "base", "decision_year": 2026, "project": "smelter", "instrument": "loan", "support_musd": 3.0}
    ]
    assert "13 public money" in broken(plan, tables)


def test_stock_below_its_minimum_is_caught(plan: didymium.Plan) -> None:
    tables = copy.deepcopy(plan.tables)
    tables["stockpiles"] = []
    assert "5 stock" in broken(plan, tables)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_a_tampered_workbook_does_not_verify(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Save, verify, change one served tonnage by hand, verify again."""
    folder = tmp_path_factory.mktemp("case")
    inputs = didymium.read(write_case(random_case(seed), folder / "case"))
    try:
        plan = didymium.solve(inputs)
    except didymium.NoPlan:
        return
    plan.save(folder)
    assert verify(folder).holds
    if not plan.tables["demand"]:
        return
    book = openpyxl.load_workbook(folder / "results.xlsx")
    columns = [column_of(str(c.value)) for c in book["Demand"][4]]
    cell = book["Demand"].cell(5, columns.index("short_t") + 1)
    cell.value = float(cell.value) + 1 + 0.01 * float(book["Demand"].cell(5, columns.index("wanted_t") + 1).value)
    book.save(folder / "results.xlsx")
    statement = verify(folder)
    assert not statement.holds
    assert statement.breaches["9 demand"].size > TOLERANCE


def test_a_changed_input_does_not_verify(tmp_path: Path) -> None:
    didymium.solve(ask(tiny())).save(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    page = book["Inputs"]
    cell = next(row[4] for row in page.iter_rows() if row[0].value == "Regions" and row[2].value == "b")
    cell.value = 50
    book.save(tmp_path / "results.xlsx")
    statement = verify(tmp_path)
    assert not statement.same_input
    assert not statement.holds

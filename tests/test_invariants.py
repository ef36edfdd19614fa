"""Invariants of the model, as properties of random small cases."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cases import Table, random_case, write_case

import didymium
from didymium.case.tree import full_tree
from didymium.engine.highs import Options
from didymium.engine.solve import solve_tree

Case = dict[str, Table]
SEEDS = st.integers(0, 100_000)
FEW = settings(max_examples=6, deadline=None)
NEAR = 1e-4  # share of the cost; the cases are solved to a thousandth of a percent


def read(case: Case) -> didymium.CaseInputs:
    with tempfile.TemporaryDirectory() as folder:
        return didymium.read(write_case(case, Path(folder) / "case"))


def least(case: Case) -> float:
    """The least cost of a case; infinite where there is no plan."""
    try:
        return didymium.solve(read(case)).cost
    except didymium.NoPlan:
        return float("inf")


def slack(cost: float) -> float:
    return NEAR * max(1.0, abs(cost)) if cost < float("inf") else 0.0


def years_of(case: Case) -> list[int]:
    setting = {r["setting"]: int(str(r["value"])) for r in case["settings"] if str(r["setting"]).endswith("_year")}
    return list(range(setting["first_year"], setting["last_year"] + 1))


def raise_targets(case: Case) -> None:
    """Ask for more of every target: a higher share of what must be clean, a lower one of what may be bought or done."""
    for row in case.get("targets", []):
        for year in years_of(case):
            if row.get(year) not in ("", None):
                more = row["type"] == "min_china_free_share"
                row[year] = min(100.0, float(str(row[year])) + 20) if more else float(str(row[year])) / 2


def halve_offers(case: Case) -> None:
    for row in case["imports"]:
        if row["measure"] == "limit_t":
            row |= {year: float(str(row[year])) / 2 for year in years_of(case)}


def add_demand(case: Case) -> None:
    """More is wanted. Without targets: a row that is easy to keep clean can help one that counts other rows too."""
    case.pop("targets", None)
    case["demand"].append(dict(case["demand"][0]))


def drop_candidates(case: Case) -> None:
    """Nothing but what is committed can be built."""
    for row in case["projects"]:
        if not row.get("min_modules"):
            row["max_modules"] = 0


@pytest.mark.parametrize("harder", [raise_targets, halve_offers, add_demand, drop_candidates])
@FEW
@given(seed=SEEDS)
def test_harder_is_never_cheaper(harder, seed: int) -> None:
    easy = random_case(seed)
    if harder is add_demand:
        easy.pop("targets", None)
    hard = copy.deepcopy(easy)
    harder(hard)
    before = least(easy)
    assert least(hard) >= before - slack(before)


@FEW
@given(seed=SEEDS)
def test_with_china_cheap_and_unlimited_nothing_is_built(seed: int) -> None:
    case = random_case(seed)
    for sheet in ("targets", "shocks", "stockpiles", "limits"):
        case.pop(sheet, None)
    for row in case["projects"]:
        row |= {"min_modules": "", "min_utilisation_percent": "", "requires": "", "exclusive_group": ""}
        if row["max_modules"]:
            row |= {"capex_musd_per_module": 5}
    for row in case["commodities"]:
        row["sale_price_usd_per_t"] = ""
    case["imports"] = []
    for k, commodity in enumerate({str(row["commodity"]) for row in case["demand"]}):
        for r in case["regions"]:
            same = {
                "offer": f"o{k}_{r['region']}",
                "supplier": "china",
                "china": "yes",
                "commodity": commodity,
                "destination": r["region"],
            }
            for measure, value in (("limit_t", 1e6), ("price_usd_per_t", 0)):
                case["imports"].append({**same, "measure": measure, **dict.fromkeys(years_of(case), value)})
    assert didymium.solve(read(case)).investments.empty


@FEW
@given(seed=SEEDS)
def test_with_china_shut_every_tonne_served_is_clean(seed: int) -> None:
    case = random_case(seed)
    for row in case["regions"]:
        row["china"] = "no"
    for row in case["imports"]:
        if row["china"] == "yes" and row["measure"] == "limit_t":
            row |= dict.fromkeys(years_of(case), 0)
    for row in case.get("stockpiles", []):
        row["initial_china"] = "no"
    try:
        plan = didymium.solve(read(case))
    except didymium.NoPlan:
        return
    tainted = sum(float(str(row[f"level_{k}_t"])) for row in plan.tables["demand"] for k in range(1, 5))
    assert tainted == 0


@FEW
@given(seed=SEEDS, factor=st.sampled_from([0.5, 3]))
def test_scaling_money_scales_the_cost(seed: int, factor: float) -> None:
    case = random_case(seed)
    scaled = copy.deepcopy(case)
    for rows in scaled.values():
        for row in rows:
            if row.get("setting") in ("target_penalty_usd_per_t", "carbon_price_usd_per_t"):
                row["value"] = float(str(row["value"])) * factor
            money = row.get("measure") in ("price_usd_per_t", "capex_musd") or (
                "government" in row and "instrument" not in row
            )
            for column, value in row.items():
                if ("usd" in str(column) or (money and isinstance(column, int))) and value not in ("", None):
                    row[column] = float(str(value)) * factor
    before = least(case)
    assert least(scaled) == pytest.approx(before * factor, rel=NEAR, abs=1e-4)


@FEW
@given(seed=SEEDS)
def test_splitting_demand_changes_nothing(seed: int) -> None:
    case = random_case(seed)
    halves = copy.deepcopy(case)
    halves["demand"] = [
        {**row, **{y: float(str(row[y])) / 2 for y in years_of(case)}} for row in case["demand"] for _ in range(2)
    ]
    assert least(halves) == pytest.approx(least(case), rel=NEAR, abs=1e-4)


@FEW
@given(seed=SEEDS)
def test_the_order_of_rows_changes_no_cost(seed: int) -> None:
    case = random_case(seed)
    turned = {name: rows if name == "settings" else rows[::-1] for name, rows in copy.deepcopy(case).items()}
    assert least(turned) == pytest.approx(least(case), rel=NEAR, abs=1e-4)


def tree_cost(case: Case) -> float:
    """The least expected cost over the whole tree; infinite where there is no plan."""
    asked = read(case)
    try:
        return solve_tree(asked.case, full_tree(asked.case), Options(gap=1e-5, time_limit=60)).objective
    except didymium.NoPlan:
        return float("inf")


@FEW
@given(seed=SEEDS, reveal=st.integers(0, 3))
def test_a_tree_of_copies_of_the_base_costs_what_the_base_costs(seed: int, reveal: int) -> None:
    case = random_case(seed)
    years = years_of(case)
    case["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50, "reveal_year": ""},
        {"scenario": "same", "probability_percent": 30, "reveal_year": years[min(reveal, len(years) - 1)]},
        {"scenario": "again", "probability_percent": 20, "reveal_year": years[-1]},
    ]
    case["shocks"] = [row for row in case.get("shocks", []) if row["scenario"] == "calm" and row["kind"] != "delay"]
    reveals = {"same": years[min(reveal, len(years) - 1)], "again": years[-1]}
    for scenario, year in reveals.items():
        for row in [r for r in case["shocks"] if r["scenario"] == "calm"]:
            if int(str(row.get("to_year", years[-1]))) >= year:
                case["shocks"].append(
                    {**row, "scenario": scenario, "from_year": max(year, int(str(row.get("from_year", years[0]))))}
                )
    alone = least(case)
    assert tree_cost(case) == pytest.approx(alone, rel=NEAR, abs=1e-4)


@FEW
@given(seed=SEEDS)
def test_foresight_is_never_dearer_than_the_tree(seed: int) -> None:
    case = random_case(seed)
    asked = read(case)
    if len(asked.case.scenarios) < 2:
        return
    tree = tree_cost(case)
    if tree == float("inf"):
        return
    foreseen = sum(s.probability * didymium.solve(asked, name).cost for name, s in asked.case.scenarios.items())
    assert foreseen <= tree + slack(tree)

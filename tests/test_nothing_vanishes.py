"""Three ways in which a plan could look better than it is, searched for on random cases: making and throwing away,
plants that cost nothing because they come after the last milestone, and years that are swallowed between milestones."""

from __future__ import annotations

import copy
import random
import tempfile
from pathlib import Path

import pytest
from explore_thinned import Case, thinned_case
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from random_cases import Table, write_case
from random_version3 import version_3_case
from worlds import M, mine, plant, region, solve, total, wants, world

import didymium

SEEDS = st.integers(0, 100_000)
FEW = settings(max_examples=6, deadline=None)
NEAR = 1e-4


def solved(case: Case) -> didymium.Plan | None:
    """The plan of the base scenario; None where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        inputs = didymium.read(write_case(case, Path(folder) / "case"))
    try:
        return didymium.solve(inputs, gap_percent=0.0005, time_limit=60)
    except didymium.NoPlan:
        return None


def cost(case: Case) -> float:
    plan = solved(case)
    return float("inf") if plan is None else plan.cost


def setting(case: Case, name: str) -> object:
    return next((row["value"] for row in case["settings"] if row["setting"] == name), "")


def without_shocks(case: Case) -> Case:
    return {name: rows for name, rows in case.items() if name not in ("shocks", "scenarios")}


def with_waste(case: Case) -> Case:
    """The same case with a region from which nothing can be shipped: a mine and a refinery that work for nothing, and
    whose oxides can only be thrown away, for nothing too."""
    t = copy.deepcopy(case)
    for row in t["commodities"]:
        free = row["stage"] == "refinery"
        row |= {"sale_price_usd_per_t": "", "disposal_cost_usd_per_t": 0 if free else row["disposal_cost_usd_per_t"]}
    t["regions"].append({"region": "waste", "wacc_percent": 5, "cost_overrun_percent": 0, "china": "no"})
    nothing = dict.fromkeys(("fixed_opex_usd_per_t_capacity", "variable_opex_usd_per_t", "max_modules"), 0)
    same = {"region": "waste", "existing_t_per_year": 5000, **nothing}
    t["projects"] += [
        {"project": "waste_mine", "stage": "mine", "ore_type": "hard", **same},
        {"project": "waste_refinery", "stage": "refinery", "accepts": "waste_mine", **same},
    ]
    t["assays"].append({"mine": "waste_mine", "Nd": 20, "Pr": 8, "La": 60, "Dy": 12})
    return t


def unsold(case: Case) -> Case:
    """The same case without sales, and with oxides that may be thrown away for nothing."""
    t = copy.deepcopy(case)
    for row in t["commodities"]:
        free = row["stage"] == "refinery"
        row |= {"sale_price_usd_per_t": "", "disposal_cost_usd_per_t": 0 if free else row["disposal_cost_usd_per_t"]}
    return t


def shares(case: Case) -> Table:
    """The targets that ask for shares of what is used or wanted; `max_region_share` is of work done, wherever its
    product goes (docs/model.md)."""
    return [row for row in case.get("targets", []) if row["type"] != "max_region_share"]


@FEW
@given(seed=SEEDS)
def test_no_share_is_met_by_making_and_throwing_away(seed: int) -> None:
    case = without_shocks(version_3_case(seed))
    if not (targets := shares(case)):
        return
    case |= {"targets": targets}
    plain, wasteful = cost(unsold(case)), cost(with_waste(case))
    assert wasteful == approx(plain, rel=NEAR, abs=NEAR)


@FEW
@given(seed=SEEDS)
def test_every_plant_is_paid_for_from_its_planned_year_on(seed: int) -> None:
    """With private money alone, capital is the sum of every decision's annuity in its years within the plan, of late
    ones too; nothing is decided that would come on line after it."""
    case = version_3_case(seed)
    case = {name: rows for name, rows in case.items() if name not in ("finance", "budgets")}
    case["shocks"] = [row for row in case.get("shocks", []) if row["kind"] not in ("capex", "budget")]
    plan = solved({name: rows for name, rows in case.items() if rows})
    if plan is None:
        return
    first, last = int(str(setting(case, "first_year"))), int(str(setting(case, "last_year")))
    rate, tail = (float(str(setting(case, n) or 0)) for n in ("discount_rate_percent", "tail_years"))
    lives = {str(row["project"]): int(str(row["life_years"] or 25)) for row in case["projects"]}
    factors = {y: (1 + rate / 100) ** (first - y) for y in range(first, last + 1 + int(tail))}
    factors[last] += sum(factors.pop(y) for y in range(last + 1, last + 1 + int(tail)))
    paid = 0.0
    for row in plan.tables["investments"]:
        years = range(row["planned_online_year"], row["planned_online_year"] + lives[row["project"]])
        assert row["planned_online_year"] <= last
        paid += row["annuity_musd_per_year"] * sum(factors.get(y, 0.0) for y in years)
    costs = plan.summary["cost_musd"]
    assert isinstance(costs, dict)
    assert costs["capital"] == approx(paid, rel=NEAR, abs=NEAR)


def hit(case: Case, kind: str, first: int, last: int, value: float) -> Case:
    named = ("stage", "commodity", "region", "project", "segment", "item")
    years = {"from_year": first, "to_year": last, "value": value}
    return {
        **case,
        "scenarios": [{"scenario": "base", "probability_percent": 100}],
        "shocks": [{"scenario": "base", "kind": kind, **dict.fromkeys(named, "*"), **years}],
    }


@pytest.mark.parametrize("kind", ["import_limit", "sale_limit", "demand"])
@FEW
@given(seed=SEEDS)
def test_a_shock_between_milestones_costs_what_its_mean_costs(kind: str, seed: int) -> None:
    """A cut to nothing, or to three times as much, in one year of a span of n years is one to (n - 1) / n, or to
    (n + 2) / n, in all of them: no year is lost, and none counts twice."""
    case = without_shocks(thinned_case(seed, calm=1))
    rng = random.Random(seed)
    milestones = [int(y) for y in str(setting(case, "milestone_years")).split("; ")]
    last = int(str(setting(case, "last_year")))
    spans = [range(a, b) for a, b in zip(milestones, [*milestones[1:], last + 1], strict=True)]
    if not (spans := [span for span in spans if len(span) > 1]):
        return
    span, value = rng.choice(spans), rng.choice([0.0, 3.0])
    year = rng.choice(span[1:])
    mean = (len(span) - 1 + value) / len(span)
    one_year, whole_span = hit(case, kind, year, year, value), hit(case, kind, span[0], span[-1], mean)
    assert cost(one_year) == approx(cost(whole_span), rel=NEAR, abs=NEAR)


def test_work_that_is_thrown_away_counts_in_a_regions_share_alone() -> None:
    # 10 t of oxide are wanted here. At most half of the refining may be done here, or 0.5 a t is due: 10 - (10 + w) / 2
    # with w refined elsewhere, which nobody wants: 0.1 a t. w = 10: 1.0 is less than 5 x 0.5 = 2.5
    w = world()
    w["regions"].append(region("there"))
    for place in ("here", "there"):
        cost_usd = 0.1 * M if place == "there" else 0
        mine(w, f"pit_{place}", 20, region=place)
        works = {"accepts": f"pit_{place}", "variable_opex_usd_per_t": cost_usd}
        w["projects"].append(plant(f"works_{place}", "refinery", 20, place, **works))
    wants(w, "oxide", 10)
    target = {"target": "spread", "type": "max_region_share", "region": "here", "stage": "refinery", 2026: 50}
    w["targets"] = [{**target, "penalty_usd_per_t": 0.5 * M}]
    plan = solve(w)
    assert (plan.cost, total(plan, "production", "throughput_t", project="works_there")) == (approx(1), approx(10))

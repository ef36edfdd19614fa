"""Every kind of cost of the model is in the charts, the comparison, the stress and the re-check; a new one that is not
fails here."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from pytest import approx
from test_algebra import tiny
from worlds import World, commodity, hedge, offer, plant, solve, wants, write

import didymium
from didymium.expressions.cost import KINDS
from didymium.recheck import TOLERANCE, recheck
from didymium.reports import chart_specs, palette, tree_chart
from didymium.reports.result_differences import cost_rows

NAMES = [kind.__name__ for kind in KINDS]
WORDS = {"byproduct_sales": "sales outside"}  # most of what is sold outside is no by-product


def everything() -> World:
    """The tiny world, in which every kind of cost is paid: what is dear enough is not served, redesign and sales pay, a
    target is missed."""
    w = tiny()
    w["substitution"][0]["cost_usd_per_t"] = 100_000
    w["commodities"] = [
        {**c, "sale_price_usd_per_t": 1_500_000, "sale_limit_t_per_year": 2} if c["commodity"] == "oxide" else c
        for c in w["commodities"]
    ]
    wants(w, "metal", 40, region="a")  # more than can be made or bought
    offer(w, "friend_metal", "metal", 2, 300_000, to="a")
    w["projects"].append(plant("kiln", "metal", 1, "a", variable_opex_usd_per_t=10, min_utilisation_percent=50))
    commodity(w, "slag", "scrap", disposal_cost_usd_per_t=1_000)
    recipe_of = {str(r["recipe"]) for r in w["recipes"] if r["stage"] == "metal"}
    w["recipes"] += [
        {"recipe": q, "stage": "metal", "commodity": "slag", "direction": "out", "t_per_t": 0.125}
        for q in sorted(recipe_of)
    ]
    # It is cheaper not to take what is owed
    w["projects"].append(plant("dear_kiln", "metal", 1, "a", variable_opex_usd_per_t=50_000_000))
    span = {"from_year": 2026, "to_year": 2040}
    w["contracts"].append(
        {
            "contract": "dear",
            "kind": "offtake",
            "project": "dear_kiln",
            "tonnes_per_year": 0.5,
            "price_usd_per_t": 10_000,
            **span,
        }
    )
    return w


@pytest.fixture(scope="module")
def plan() -> didymium.Plan:
    return solve(everything())


def test_each_kind_has_a_colour_of_its_own() -> None:
    assert list(palette.KINDS) == NAMES
    assert len(set(palette.KINDS.values())) == len(NAMES)


def test_each_kind_is_paid_in_this_world_and_the_costs_add_up(plan: didymium.Plan) -> None:
    costs = plan.summary["cost_musd"]
    assert isinstance(costs, dict)
    assert list(costs) == NAMES
    assert not [kind for kind in NAMES if abs(costs[kind]) < 1e-6], "a new kind of cost: let this world pay it"
    assert sum(costs.values()) == approx(plan.cost)


@pytest.mark.parametrize("kind", NAMES)
def test_each_kind_is_worked_out_again_by_the_re_check(kind: str, plan: didymium.Plan) -> None:
    """Told 10 % too much (and taken from another kind, so that no total changes), a cost of any kind is caught."""
    tables = copy.deepcopy(plan.tables)
    row = max(tables["costs"], key=lambda r: abs(float(str(r[f"{kind}_musd_per_year"]))))
    other = next(k for k in NAMES if k != kind)
    more = 0.1 * float(str(row[f"{kind}_musd_per_year"]))
    for name, by in ((kind, more), (other, -more)):
        row[f"{name}_musd_per_year"] = float(str(row[f"{name}_musd_per_year"])) + by
    headline = [{"objective_musd": plan.cost}]
    assert recheck(plan.source, {**plan.tables, "headline": headline}, plan.scenarios)["cost"].size < TOLERANCE
    assert recheck(plan.source, {**tables, "headline": headline}, plan.scenarios)["cost"].size > TOLERANCE


def test_each_kind_is_in_the_spending_chart_and_the_comparison(plan: didymium.Plan) -> None:
    words = [WORDS.get(kind, kind.replace("_", " ")) for kind in NAMES]
    shown = chart_specs.spending(plan)
    assert list(shown.colours) == words
    for kind, word in zip(NAMES, words, strict=True):
        assert sum(abs(float(str(r[word]))) for r in shown.rows) > 1e-6, kind
    compared = {str(r["kind"]): r["one"] for r in cost_rows({"one": plan})}
    costs = plan.summary["cost_musd"]
    assert isinstance(costs, dict)
    assert compared == approx({**{w: costs[k] for k, w in zip(NAMES, words, strict=True)}, "total": plan.cost})


def test_each_kind_is_in_the_tree_and_the_stress(tmp_path: Path) -> None:
    asked = didymium.read(write(hedge(), tmp_path / "case"))
    tree = didymium.solve(asked, stochastic=True)
    words = [WORDS.get(kind, kind.replace("_", " ")) for kind in NAMES]
    assert list(tree_chart.chart_specs(tree)["scenario_costs"].colours) == words
    tree.save(tmp_path / "out")
    told = didymium.stress(tmp_path / "out", draws=1)
    assert [c for c in told.rows["scenarios"][0] if c.removesuffix("_musd") in NAMES] == [
        f"{kind}_musd" for kind in NAMES
    ]

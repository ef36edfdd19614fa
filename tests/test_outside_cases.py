"""Two more cases of others: depots to open and to enlarge, and a steel industry, cost what is published."""

from __future__ import annotations

import depots
import mexico_steel
from pytest import approx
from worlds import solve, total


def test_the_depots_cost_what_is_published() -> None:
    """189,000 are spent, 174,000 as the book counts; Exeter and Northampton are opened, Birmingham is enlarged."""
    plan = solve(depots.case())
    assert depots.SCALE * plan.cost - depots.SAVED == approx(depots.PUBLISHED, rel=1e-7)
    assert plan.summary["status"] == "optimal"
    assert set(plan.investments["project"]) == {*depots.OPENED, "birmingham"}
    assert total(plan, "demand", "short_t") == approx(0, abs=1e-6)


def test_mexican_steel_costs_what_is_published() -> None:
    """All that is wanted is met, and the published cost has seven digits."""
    plan = solve(mexico_steel.case())
    assert plan.cost == approx(mexico_steel.PUBLISHED, rel=1e-7)
    assert total(plan, "demand", "short_t") == approx(0, abs=1e-6)


def test_the_cases_are_as_published() -> None:
    """Two factories, six depots, four of them to open, six customers and 42 ways; twelve furnaces of five kinds."""
    kinds = [r["kind"] for r in depots.rows("places")]
    assert [kinds.count(k) for k in ("factory", "open", "choice", "enlargement", "customer")] == [2, 2, 4, 1, 6]
    assert len(depots.rows("costs")) == 42
    units = mexico_steel.rows("units")
    assert (len(units), len({u["unit"] for u in units}), len({u["works"] for u in units})) == (12, 5, 5)

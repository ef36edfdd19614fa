"""Cases of others: warehouse locations of OR-Library cost what is published; all twelve: python
tests/explore_orlib.py."""

from __future__ import annotations

import pytest
from explore_orlib import CLOSE
from orlib import NAMES, SCALE, case, instance, published
from pytest import approx
from worlds import solve, total


@pytest.mark.parametrize("name", ["cap41", "cap61", "cap71", "cap74"])
def test_a_location_of_16_warehouses_costs_what_is_published(name: str) -> None:
    """The search proves it, the re-check has passed, and every customer is served."""
    plan = solve(case(name))
    assert SCALE * plan.cost == approx(published(name), rel=CLOSE)
    assert plan.summary["status"] == "optimal"
    assert total(plan, "demand", "short_t") == approx(0, abs=1e-6)


def test_the_instances_are_as_published() -> None:
    """16, 25 or 50 warehouses and 50 customers; a warehouse has room for all of its kind."""
    sizes = {name: (len(instance(name).capacity), len(instance(name).demand)) for name in NAMES}
    assert len(NAMES) == 12
    assert set(sizes.values()) == {(16, 50), (25, 50), (50, 50)}
    assert all(sum(instance(name).capacity) > sum(instance(name).demand) for name in NAMES)

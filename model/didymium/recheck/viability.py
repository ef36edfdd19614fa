"""Market prices of the plan recomputed from the input."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.recheck import yearly
from didymium.recheck.world import Breach, Place, World, excess, num

M = 1e-6  # M USD in a USD


def price(w: World, commodity: str, place: Place) -> float:
    """Market price in a node, USD a tonne."""
    return w.money(place, lambda y: yearly.market(w, commodity, place[0], y))


def market_prices(w: World) -> Iterator[Breach]:
    """Every commodity has its market price in every node."""
    told = {(place, str(row["commodity"])): num(row, "market_usd_per_t") for place, row in w.rows("market_prices")}
    for place in w.places:
        for c in w.stage:
            right = price(w, c, place)
            yield excess(f"{c} {place}", abs(told.get((place, c), -1.0) - right), right)

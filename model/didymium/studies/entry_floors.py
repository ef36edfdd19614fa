"""The price floor that is worth as much to a plant as a premium on each tonne that it runs.

In the model what a government pays under a floor is a transfer: it lowers no cost of the plan, so that a contract alone
changes no decision. So the premium is what is solved for, and the floor is the market price with that premium in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from didymium.case.network import Network
from didymium.engine.entries import Candidate
from didymium.engine.matrix import Floats, Matrix

RUNS = 1.0  # t/year: a plant that runs less stands idle
SAME_YIELD = 0.01  # share by which the yields of a plant's recipes may differ


@dataclass(frozen=True, slots=True)
class Floor:
    """A good of a plant that has a market price, USD/t, in the first year in which the plant runs, and how many tonnes
    of it come of each tonne that it runs."""

    commodity: str
    year: int
    market: float
    per_tonne: float

    def at(self, premium: float) -> float:
        """Return the floor that is worth a premium on each tonne run, both USD/t."""
        return self.market + premium / self.per_tonne


def floor_of(candidate: Candidate, net: Network, matrix: Matrix, x: Floats) -> Floor | None:
    """Return what a floor for a candidate rests on, in a plan that builds it; None where it never runs, no good of it
    has a price, or its recipes yield unlike amounts."""
    mine, nodes = set(candidate.projects), net.tree.nodes
    running = {
        str(index[-1])
        for (name, index), value in zip(matrix.columns, x.tolist(), strict=True)
        if name in ("run", "throughput") and index[0] in mine and value > RUNS
    }
    if not running:
        return None
    first = min(running, key=lambda n: nodes[n].year)
    year, scenario = nodes[first].year, nodes[first].scenario
    outputs = [net.case.recipes[q].outputs for p in candidate.projects for q in net.case.projects[p].recipes]
    goods: dict[str, list[float]] = {}
    for made in outputs:
        worth = {c: tonnes * net.tree.data.market_price(c, scenario, year) for c, tonnes in made.items() if tonnes > 0}
        good = max(worth, key=lambda c: worth[c], default="")
        if not good or worth[good] <= 0:
            return None
        goods.setdefault(good, []).append(made[good])
    if len(goods) != 1:
        return None
    ((commodity, yields),) = goods.items()
    if max(yields) - min(yields) > SAME_YIELD * max(yields):
        return None
    market = 1e6 * net.tree.data.market_price(commodity, scenario, year)
    return Floor(commodity, year, market, min(yields))

"""Rule 9: demand is met, designed out or short."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.recheck import yearly
from didymium.recheck.inputs import LEVELS, Breach, RecheckInputs, excess, num
from didymium.recheck.rule import rechecks
from didymium.tables.rows import Row

PlanRow = dict[str, object]


@rechecks("9 demand")
def demand(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 9 (demand, redesign_stays): every tonne of demand is served, designed out or short.

    What is designed out is within its share, which does not fall by more than the allowed share does.
    """
    reported = {(str(row["demand"]), place): row for place, row in data.rows("demand")}
    for name, row in _named_demands(data):
        for path in data.paths.values():
            before: tuple[float, float] | None = None
            for place in path:
                wanted, maximum = yearly.wanted(data, row, place), yearly.redesign(data, row, place)
                shown = reported.get((name, place), {})
                yield from _met(f"{name} {place}", shown, wanted, maximum)
                if wanted > 0:
                    share, allowed = num(shown, "designed_out_t") / wanted, maximum / wanted
                    minimum = 0.0 if before is None else before[0] - max(0.0, before[1] - allowed)
                    yield excess(f"{name} {place} designed out before", (minimum - share) * wanted, wanted)
                    before = (share, allowed)


def _met(where: str, shown: PlanRow, wanted: float, maximum: float) -> Iterator[Breach]:
    """Yield the breaches of one demand in one node, where at most so many t/year can be designed out."""
    out, short = num(shown, "designed_out_t"), num(shown, "short_t")
    served = sum(num(shown, f"level_{origin_level}_t") for origin_level in LEVELS)
    yield excess(where, max(abs(served + out + short - wanted), -short, -out), wanted)
    yield excess(f"{where} designed out", out - maximum, wanted)


def _named_demands(data: RecheckInputs) -> Iterator[tuple[str, Row]]:
    """Yield the rows of Demand by their names in the plan: a repeated one with its number."""
    count: dict[str, int] = defaultdict(int)
    for row in data.tables["Demand"]:
        stem = "|".join(row.text(c) for c in ("region", "segment", "commodity"))
        count[stem] += 1
        yield stem if count[stem] == 1 else f"{stem}#{count[stem]}", row

"""Origin labels: no tonne may be at an origin level above 0 unless material of that level entered the chain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from didymium.recheck.inputs import CHINA_STAGE, LEVELS, Breach, Place, RecheckInputs, excess, num

At = tuple[str, str, Place, int]
"""(region, commodity, node, origin level)"""


@dataclass(slots=True)
class Labelled:
    """Tonnes a year by region, commodity, node and origin level.

    `supply` is what there is, `consumed` what plants use, `used` all other uses: shipped, sold, served, stored.
    """

    supply: dict[At, float] = field(default_factory=lambda: defaultdict(float))
    used: dict[At, float] = field(default_factory=lambda: defaultdict(float))
    consumed: dict[At, float] = field(default_factory=lambda: defaultdict(float))


def origin_labels(data: RecheckInputs) -> Iterator[Breach]:
    """Check that an origin level above 0 is that of material which entered, in each region, commodity and node.

    What is shipped, sold, stored or served at a level is no more than there is of the commodity at that level: else
    cleaner material was called tainted. A plant runs above the level of its place only for an input of which all that
    there is at that level is used.
    """
    tonnes = _labelled(data)
    for at, used in tonnes.used.items():
        region, commodity, place, origin_level = at
        if origin_level:
            over = used - tonnes.supply.get(at, 0.0)
            yield excess(f"{commodity} in {region} {place} level {origin_level}", over, _of_all_levels(tonnes.used, at))
    yield from _unfounded_runs(data, tonnes)
    yield from _entered(data, tonnes)


def _of_all_levels(amounts: dict[At, float], at: At) -> float:
    return sum(amounts.get((*at[:3], origin_level), 0.0) for origin_level in LEVELS)


def _unfounded_runs(data: RecheckInputs, tonnes: Labelled) -> Iterator[Breach]:
    for place, row in data.rows("production"):
        origin_level, throughput = int(num(row, "level")), num(row, "throughput_t")
        project = data.projects[str(row["project"])]
        region = project.text("region")
        floor = CHINA_STAGE[project.text("stage")] if data.in_china[region] else 0
        if origin_level > floor:
            inputs = data.recipes[str(row["recipe"])][0]
            over = min(
                (_unfounded(tonnes, (region, c, place, origin_level)) / t for c, t in inputs.items() if t > 0),
                default=throughput,
            )
            yield excess(
                f"{row['project']} {place} level {origin_level}",
                min(throughput, over),
                data.throughput[str(row["project"]), place],
            )


def _unfounded(tonnes: Labelled, at: At) -> float:
    """Return by how much more is used at an origin level than there is at it, t/year."""
    return max(0.0, tonnes.used.get(at, 0.0) + tonnes.consumed.get(at, 0.0) - tonnes.supply.get(at, 0.0))


def _entered(data: RecheckInputs, tonnes: Labelled) -> Iterator[Breach]:
    """Check that what is at an origin level in a node has an entry at that level on its path.

    Entries are what is bought, what is in stock at the start, and what is made in China.
    """
    entered: dict[tuple[Place, int], float] = defaultdict(float)
    for place, row in data.rows("trade"):
        if row["kind"] == "buy":
            entered[place, int(num(row, "level"))] += num(row, "tonnes_t")
    for place, row in data.rows("production"):
        project = data.projects[str(row["project"])]
        if data.in_china[project.text("region")]:
            entered[place, CHINA_STAGE[project.text("stage")]] += num(row, "throughput_t")
    for pile in data.tables["Stockpiles"]:
        for first in data.first_places:
            entered[first, data.opening_level(pile)] += pile.num("initial_t")
    for (region, commodity, place, origin_level), used in tonnes.used.items():
        if origin_level and not any(entered[at, origin_level] > 0 for at in data.before(place)):
            of_all_levels = _of_all_levels(tonnes.used, (region, commodity, place, origin_level))
            yield excess(f"{commodity} in {region} {place} level {origin_level}: none entered", used, of_all_levels)


def _labelled(data: RecheckInputs) -> Labelled:
    """Return every row of the plan as supply and use at its origin level."""
    t = Labelled()
    for place, row in data.rows("production"):
        region = data.projects[str(row["project"])].text("region")
        for c, origin_level, tonnes in data.made(row):
            t.supply[region, c, place, origin_level] += tonnes
        for c, tonnes in data.recipes[str(row["recipe"])][0].items():
            t.consumed[region, c, place, int(num(row, "level"))] += tonnes * num(row, "throughput_t")
    for place, row in data.rows("trade"):
        c, origin_level = str(row["commodity"]), int(num(row, "level"))
        if row["kind"] in ("ship", "sell"):
            t.used[str(row["from"]), c, place, origin_level] += num(row, "tonnes_t")
        if row["kind"] in ("ship", "buy"):
            t.supply[str(row["to"]), c, place, origin_level] += num(row, "tonnes_t")
    for place, row in data.rows("demand"):
        for origin_level in LEVELS:
            t.used[str(row["region"]), str(row["commodity"]), place, origin_level] += num(
                row, f"level_{origin_level}_t"
            )
    _stocks(data, t)
    return t


def _stocks(data: RecheckInputs, t: Labelled) -> None:
    """Add closing stock as use and opening stock as supply, each per year of the node."""
    for place, row in data.rows("stockpiles"):
        region, c = str(row["region"]), str(row["commodity"])
        origin_level, tonnes = int(num(row, "level")), num(row, "stock_t")
        t.used[region, c, place, origin_level] += tonnes / data.span(place[1])
        for after in data.places:
            path = data.before(after)
            if len(path) > 1 and path[-2] == place:
                t.supply[region, c, after, origin_level] += tonnes / data.span(after[1])
    for pile in data.tables["Stockpiles"]:
        at = pile.text("region"), pile.text("commodity")
        for first in data.first_places:
            t.supply[*at, first, data.opening_level(pile)] += pile.num("initial_t") / data.span(first[1])

"""Origin labels told without need: no tonne may be shown at a level unless material of that level entered (MODEL.md
section 8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from didymium.recheck.inputs import CHINA_STAGE, Breach, Place, RecheckInputs, excess, num

LEVELS = range(5)
At = tuple[str, str, Place, int]
"""(region, commodity, node, level)"""


@dataclass(slots=True)
class Labelled:
    """Tonnes a year by region, commodity, node and level: what there is, and what leaves in any way but through a
    plant."""

    supply: dict[At, float] = field(default_factory=lambda: defaultdict(float))
    moved: dict[At, float] = field(default_factory=lambda: defaultdict(float))
    eaten: dict[At, float] = field(default_factory=lambda: defaultdict(float))


def origin_labels(w: RecheckInputs) -> Iterator[Breach]:
    """Section 8: a level above 0 is that of material which entered, in the plan and in each region, commodity and node.

    What is shipped, sold, stored or served at a level is no more than there is of the commodity at that level: else
    cleaner material was called tainted. A plant runs above the level of its place only for an input of which all that
    there is at that level is used.
    """
    tonnes = _labelled(w)
    for at, moved in tonnes.moved.items():
        region, commodity, place, level = at
        if level:
            over = moved - tonnes.supply.get(at, 0.0)
            yield excess(f"{commodity} in {region} {place} level {level}", over, _of_all_levels(tonnes.moved, at))
    yield from _runs(w, tonnes)
    yield from _entered(w, tonnes)


def _of_all_levels(amounts: dict[At, float], at: At) -> float:
    return sum(amounts.get((*at[:3], level), 0.0) for level in LEVELS)


def _runs(w: RecheckInputs, tonnes: Labelled) -> Iterator[Breach]:
    for place, row in w.rows("production"):
        level, run = int(num(row, "level")), num(row, "throughput_t")
        project = w.projects[str(row["project"])]
        region = project.text("region")
        floor = CHINA_STAGE[project.text("stage")] if w.in_china[region] else 0
        if level > floor:
            inputs = w.recipes[str(row["recipe"])][0]
            over = min(
                (_unfounded(tonnes, (region, c, place, level)) / t for c, t in inputs.items() if t > 0), default=run
            )
            yield excess(
                f"{row['project']} {place} level {level}", min(run, over), w.throughput[str(row["project"]), place]
            )


def _unfounded(tonnes: Labelled, at: At) -> float:
    """By how much more is used at a level than there is at it."""
    return max(0.0, tonnes.moved.get(at, 0.0) + tonnes.eaten.get(at, 0.0) - tonnes.supply.get(at, 0.0))


def _entered(w: RecheckInputs, tonnes: Labelled) -> Iterator[Breach]:
    """What is shown anywhere at a level by a node's year needs an entry at that level on its path: bought, in stock, or
    made in China."""
    entered: dict[tuple[Place, int], float] = defaultdict(float)
    for place, row in w.rows("trade"):
        if row["kind"] == "buy":
            entered[place, int(num(row, "level"))] += num(row, "tonnes_t")
    for place, row in w.rows("production"):
        project = w.projects[str(row["project"])]
        if w.in_china[project.text("region")]:
            entered[place, CHINA_STAGE[project.text("stage")]] += num(row, "throughput_t")
    for pile in w.tables["Stockpiles"]:
        for first in dict.fromkeys(path[0] for path in w.paths.values()):
            entered[first, _opening_level(w, pile.text("commodity"), bool(pile["initial_china"]))] += pile.num(
                "initial_t"
            )
    for (region, commodity, place, level), moved in tonnes.moved.items():
        if level and not any(entered[at, level] > 0 for at in w.before(place)):
            all_levels = _of_all_levels(tonnes.moved, (region, commodity, place, level))
            yield excess(f"{commodity} in {region} {place} level {level}: none entered", moved, all_levels)


def _opening_level(w: RecheckInputs, commodity: str, china: bool) -> int:
    return w.china_level(commodity) if china else 0


def _labelled(w: RecheckInputs) -> Labelled:
    """Every row of the plan as supply and use at its level."""
    t = Labelled()
    for place, row in w.rows("production"):
        region = w.projects[str(row["project"])].text("region")
        for c, level, tonnes in w.made(row):
            t.supply[region, c, place, level] += tonnes
        for c, tonnes in w.recipes[str(row["recipe"])][0].items():
            t.eaten[region, c, place, int(num(row, "level"))] += tonnes * num(row, "throughput_t")
    for place, row in w.rows("trade"):
        c, level = str(row["commodity"]), int(num(row, "level"))
        if row["kind"] in ("ship", "sell"):
            t.moved[str(row["from"]), c, place, level] += num(row, "tonnes_t")
        if row["kind"] in ("ship", "buy"):
            t.supply[str(row["to"]), c, place, level] += num(row, "tonnes_t")
    for place, row in w.rows("demand"):
        for level in LEVELS:
            t.moved[str(row["region"]), str(row["commodity"]), place, level] += num(row, f"level_{level}_t")
    _stocks(w, t)
    return t


def _stocks(w: RecheckInputs, t: Labelled) -> None:
    """Closing stock is moved, opening stock is there, each per year of the node."""
    for place, row in w.rows("stockpiles"):
        region, c, level, tonnes = (
            str(row["region"]),
            str(row["commodity"]),
            int(num(row, "level")),
            num(row, "stock_t"),
        )
        t.moved[region, c, place, level] += tonnes / w.span(place[1])
        for after in w.places:
            path = w.before(after)
            if len(path) > 1 and path[-2] == place:
                t.supply[region, c, after, level] += tonnes / w.span(after[1])
    for pile in w.tables["Stockpiles"]:
        c = pile.text("commodity")
        level = _opening_level(w, c, bool(pile["initial_china"]))
        for first in dict.fromkeys(path[0] for path in w.paths.values()):
            t.supply[pile.text("region"), c, first, level] += pile.num("initial_t") / w.span(first[1])

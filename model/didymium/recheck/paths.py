"""Who supplied whom, recomputed from the rows: the paths of every delivery add up to it, and what passed each plant is
found by mixing again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.recheck.inputs import LEVELS, Breach, Place, RecheckInputs, excess, num
from didymium.recheck.passage import Pool, Shares, handled

STEP = " > "
User = tuple[str, str]
"""(region, segment)"""


def recheck_paths(data: RecheckInputs) -> Iterator[Breach]:
    """Check that paths add up to what is delivered, that each runs through plants that ran, and no plant handles more
    on them than passed it."""
    listed: dict[tuple[Place, str], float] = defaultdict(float)
    for place in data.places:
        yield from _sums(data, place)
        for row in data.rows_at("paths", place):
            for plant in {p for p in str(row["path"] or "").split(STEP) if p}:
                listed[place, plant] += num(row, "tonnes_t")
    passed = {
        (place, str(row["project"])): num(row, "passed_t")
        for place in data.places
        for row in data.rows_at("reliance", place)
    }
    for (place, plant), tonnes in listed.items():
        yield excess(f"paths through {plant} {place}", tonnes - passed.get((place, plant), 0.0), tonnes)
    yield from _reliance(data)


def _sums(data: RecheckInputs, place: Place) -> Iterator[Breach]:
    """Compare the paths of each delivery with it."""
    left: dict[tuple[str, str, str, int], float] = defaultdict(float)
    for row in data.rows_at("demand", place):
        for origin_level in LEVELS:
            left[str(row["region"]), str(row["segment"]), str(row["commodity"]), origin_level] += num(
                row, f"level_{origin_level}_t"
            )
    served = dict(left)
    for row in data.rows_at("paths", place):
        key = str(row["region"]), str(row["segment"]), str(row["commodity"]), int(num(row, "level"))
        left[key] -= num(row, "tonnes_t")
    for key, tonnes in left.items():
        yield excess(f"paths of {key} {place}", abs(tonnes), served.get(key, 0.0))


def _reliance(data: RecheckInputs) -> Iterator[Breach]:
    """Compare what passed each plant, and its largest user, with the deliveries out of pools that it had a part in."""
    shares = handled(data, set(data.projects), every_plant=True)
    for place in data.places:
        used, through = _used(data, place, shares[place])
        total, shown = sum(used.values()), set()
        for row in data.rows_at("reliance", place):
            plant = str(row["project"])
            shown.add(plant)
            passed = sum(through.get(plant, {}).values())
            user = str(row["user_region"]), str(row["user_segment"])
            mine = through.get(plant, {}).get(user, 0.0)
            largest = max((t / used[u] for u, t in through.get(plant, {}).items()), default=0.0)
            yield excess(f"passed {plant} {place}", abs(num(row, "passed_t") - passed), passed)
            yield excess(f"passed {plant} {place}, %", abs(num(row, "passed_percent") - 100 * passed / total), 100)
            yield excess(f"user of {plant} {place}", abs(num(row, "user_t") - mine), mine)
            yield excess(f"user of {plant} {place}, %", abs(num(row, "user_percent") - 100 * largest), 100)
        for plant in through.keys() - shown:
            yield excess(f"passed {plant} {place}, not shown", sum(through[plant].values()), 1.0)


def _used(
    data: RecheckInputs, place: Place, pools: dict[Pool, Shares]
) -> tuple[dict[User, float], dict[str, dict[User, float]]]:
    """Return the tonnes delivered to each user, and the part of them that passed each plant."""
    used: dict[User, float] = defaultdict(float)
    through: dict[str, dict[User, float]] = defaultdict(lambda: defaultdict(float))
    for row in data.rows_at("demand", place):
        user = str(row["region"]), str(row["segment"])
        for origin_level in LEVELS:
            if (tonnes := num(row, f"level_{origin_level}_t")) > 0:
                used[user] += tonnes
                for plant, share in pools.get((user[0], str(row["commodity"]), origin_level), {}).items():
                    through[plant][user] += share * tonnes
    return used, through

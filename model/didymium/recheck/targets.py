"""Rule 10: what each target requires, and what the plan reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from didymium.recheck import yearly
from didymium.recheck.inputs import LEVELS, Breach, Place, RecheckInputs, excess, num
from didymium.recheck.rule import rechecks
from didymium.tables.rows import Row

FREE_BELOW = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4}


@rechecks("10 targets")
def targets(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 10 (the functions of rules/targets.py): a target is reached but for its reported shortfall.

    Where targets are hard there is no shortfall.
    """
    shortfalls = {(str(row["target"]), place): num(row, "miss_t") for place, row in data.rows("targets")}
    hard = data.tables.setting("target_policy") == "hard"
    for row in data.tables["Targets"]:
        for place in data.places:
            years = yearly.active_years(data, row, place)
            if not years:
                continue
            shortfall = shortfalls.get((row.text("target"), place), 0.0)
            required, reached, scale = _TARGETS[row.text("type")](data, row, years, place)
            yield excess(f"{row['target']} {place}", max(required - reached - shortfall, -shortfall), scale)
            yield excess(f"{row['target']} {place} is hard", shortfall if hard else 0.0, scale)


def _share(data: RecheckInputs, target: Row, years: list[int], place: Place) -> float:
    return data.mean(place, lambda y: yearly.target_share(data, target, place[0], y) or 0.0, years)


def _china_free(data: RecheckInputs, target: Row, years: list[int], place: Place) -> tuple[float, float, float]:
    """Return (required, reached, demand), t/year; required is the mean over the years of share x demand."""
    rows = [
        r
        for r in data.tables["Demand"]
        if target["region"] in ("*", r["region"]) and target["segment"] in ("*", r["segment"])
    ]

    def required(year: int) -> float:
        return (yearly.target_share(data, target, place[0], year) or 0.0) * sum(
            yearly.demand(data, r, place[0], year) for r in rows
        )

    free = 0.0
    for row in data.rows_at("demand", place):
        if target["region"] in ("*", row["region"]) and target["segment"] in ("*", row["segment"]):
            free += sum(
                num(row, f"level_{origin_level}_t") for origin_level in range(FREE_BELOW[target.text("stage")])
            ) + num(row, "designed_out_t")
    return data.mean(place, required, years), free, sum(yearly.wanted(data, r, place) for r in rows)


def _region_share(data: RecheckInputs, target: Row, years: list[int], place: Place) -> tuple[float, float, float]:
    staged = [
        (row.text("region"), data.throughput.get((p, place), 0.0))
        for p, row in data.projects.items()
        if row["stage"] == target["stage"]
    ]
    total = sum(t for region, t in staged if not data.in_china[region])
    own = sum(t for region, t in staged if region == target["region"])
    return own, _share(data, target, years, place) * total, max(total, own)


def _import_share(data: RecheckInputs, target: Row, years: list[int], place: Place) -> tuple[float, float, float]:
    """Return (bought of what is counted, share x used, used), t/year, of regions not counted as China."""
    c = target.text("commodity")
    bought = [
        row
        for row in data.rows_at("trade", place)
        if row["kind"] == "buy" and row["commodity"] == c and not data.in_china[str(row["to"])]
    ]
    rows = [(num(row, "tonnes_t"), data.offers[str(row["from"])]["limit_t"]) for row in bought]
    if target["type"] == "max_china_import_share":
        counted = sum(t for t, offer in rows if offer["china"])
    else:
        counted = sum(t for t, offer in rows if offer.text("supplier") == target.text("supplier"))
    used = _used(data, c, place)
    return counted, _share(data, target, years, place) * used, max(used, counted)


def _used(data: RecheckInputs, commodity: str, place: Place) -> float:
    """Return what plants, demand and buyers outside the chain use of a commodity, t/year.

    Regions counted as China are left out.
    """
    total = 0.0
    for row in data.rows_at("production", place):
        if not data.in_china[data.projects[str(row["project"])].text("region")]:
            total += data.recipes[str(row["recipe"])][0].get(commodity, 0.0) * num(row, "throughput_t")
    for row in data.rows_at("demand", place):
        if row["commodity"] == commodity and not data.in_china[str(row["region"])]:
            total += sum(num(row, f"level_{origin_level}_t") for origin_level in LEVELS)
    for row in data.rows_at("trade", place):
        if row["kind"] == "sell" and row["commodity"] == commodity and not data.in_china[str(row["from"])]:
            total += num(row, "tonnes_t")
    return total


_TARGETS: dict[str, Callable[[RecheckInputs, Row, list[int], Place], tuple[float, float, float]]] = {
    "min_china_free_share": _china_free,
    "max_region_share": _region_share,
    "max_china_import_share": _import_share,
    "max_supplier_share": _import_share,
}

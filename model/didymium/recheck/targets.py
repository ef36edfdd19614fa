"""Rule 10 of MODEL.md recomputed from the rows of the plan: what each target asks, and what was reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from didymium.recheck import yearly
from didymium.recheck.inputs import Breach, Place, RecheckInputs, excess, num
from didymium.tables.rows import Row

LEVELS = range(5)
FREE_BELOW = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4}


def targets(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 10: what a target asks is reached but for the miss that is told; none where targets are hard."""
    missed = {(str(row["target"]), place): num(row, "miss_t") for place, row in w.rows("targets")}
    hard = w.tables.setting("target_policy") == "hard"
    for row in w.tables["Targets"]:
        for place in w.places:
            years = yearly.asked_years(w, row, place)
            if not years:
                continue
            miss = missed.get((row.text("target"), place), 0.0)
            asked, reached, scale = _TARGETS[row.text("type")](w, row, years, place)
            yield excess(f"{row['target']} {place}", max(asked - reached - miss, -miss), scale)
            yield excess(f"{row['target']} {place} is hard", miss if hard else 0.0, scale)


def _share(w: RecheckInputs, target: Row, years: list[int], place: Place) -> float:
    return w.mean(place, lambda y: yearly.target_share(w, target, place[0], y) or 0.0, years)


def _china_free(w: RecheckInputs, target: Row, years: list[int], place: Place) -> tuple[float, float, float]:
    """(asked, reached, demand): asked is the mean over the years of share x demand."""
    rows = [
        r
        for r in w.tables["Demand"]
        if target["region"] in ("*", r["region"]) and target["segment"] in ("*", r["segment"])
    ]

    def asked(year: int) -> float:
        return (yearly.target_share(w, target, place[0], year) or 0.0) * sum(
            yearly.demand(w, r, place[0], year) for r in rows
        )

    free = 0.0
    for row in w.rows_at("demand", place):
        if target["region"] in ("*", row["region"]) and target["segment"] in ("*", row["segment"]):
            free += sum(num(row, f"level_{level}_t") for level in range(FREE_BELOW[target.text("stage")])) + num(
                row, "designed_out_t"
            )
    return w.mean(place, asked, years), free, sum(yearly.wanted(w, r, place) for r in rows)


def _region_share(w: RecheckInputs, target: Row, years: list[int], place: Place) -> tuple[float, float, float]:
    staged = [
        (w.projects[p].text("region"), t)
        for (p, at), t in w.throughput.items()
        if at == place and w.projects[p]["stage"] == target["stage"]
    ]
    total = sum(t for region, t in staged if not w.in_china[region])
    own = sum(t for region, t in staged if region == target["region"])
    return own, _share(w, target, years, place) * total, max(total, own)


def _import_share(w: RecheckInputs, target: Row, years: list[int], place: Place) -> tuple[float, float, float]:
    """(bought of what is counted, share x used, used), where it lands or is used outside China."""
    c = target.text("commodity")
    bought = [
        row
        for row in w.rows_at("trade", place)
        if row["kind"] == "buy" and row["commodity"] == c and not w.in_china[str(row["to"])]
    ]
    rows = [(num(row, "tonnes_t"), w.offers[str(row["from"])]["limit_t"]) for row in bought]
    if target["type"] == "max_china_import_share":
        counted = sum(t for t, offer in rows if offer["china"])
    else:
        counted = sum(t for t, offer in rows if offer.text("supplier") == target.text("supplier"))
    used = _used(w, c, place)
    return counted, _share(w, target, years, place) * used, max(used, counted)


def _used(w: RecheckInputs, commodity: str, place: Place) -> float:
    """What recipes eat, demand gets and the outside buys of a commodity, in regions not counted as China."""
    total = 0.0
    for row in w.rows_at("production", place):
        if not w.in_china[w.projects[str(row["project"])].text("region")]:
            total += w.recipes[str(row["recipe"])][0].get(commodity, 0.0) * num(row, "throughput_t")
    for row in w.rows_at("demand", place):
        if row["commodity"] == commodity and not w.in_china[str(row["region"])]:
            total += sum(num(row, f"level_{level}_t") for level in LEVELS)
    for row in w.rows_at("trade", place):
        if row["kind"] == "sell" and row["commodity"] == commodity and not w.in_china[str(row["from"])]:
            total += num(row, "tonnes_t")
    return total


_TARGETS: dict[str, Callable[[RecheckInputs, Row, list[int], Place], tuple[float, float, float]]] = {
    "min_china_free_share": _china_free,
    "max_region_share": _region_share,
    "max_china_import_share": _import_share,
    "max_supplier_share": _import_share,
}

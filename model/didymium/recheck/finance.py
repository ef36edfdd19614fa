"""Public money recomputed from the rows: what each government gives, what passes through the plants it supports, and
where that is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from didymium.recheck import yearly
from didymium.recheck.cost import M, below_floor, made_under, payment
from didymium.recheck.inputs import LEVELS, Breach, Place, RecheckInputs, excess, num
from didymium.recheck.online import age_in, on_line, outage, ramp
from didymium.recheck.passage import handled, oxide, wanted_goods
from didymium.recheck.targets import FREE_BELOW
from didymium.tables.rows import Row

OUTSIDE = "outside"
NOTHING = 0.05  # t over the plan, or M USD: less is shown as 0
MONEY = (
    "loans",
    "grants",
    "loan_subsidy",
    "subsidy_equivalent",
    "capital_subsidy_in_plan",
    "floor_payments",
    "given_in_plan",
)
STAGES_FOR = {
    "mine": ("mine", "recycler"),
    "refinery": ("refinery", "heavy", "recycler"),
    "metal": ("metal",),
    "magnet": ("magnet",),
}
Key = tuple[str, ...]


@dataclass(slots=True)
class Part:
    """What a government supports at a plant: M USD by kind; t of oxide by use, in all years and discounted, and by
    target, t and points."""

    money: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    throughput: float = 0.0
    used: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    discounted: float = 0.0
    counted: dict[tuple[str, Place], float] = field(default_factory=lambda: defaultdict(float))


Parts = dict[tuple[str, str], Part]
"""(government, plant) -> what is supported."""


def recheck_finance(data: RecheckInputs) -> Iterator[Breach]:
    """Compare the five tables of public money with what the other rows come to."""
    parts: Parts = defaultdict(Part)
    _loans(data, parts)
    _floors(data, parts)
    for part in parts.values():
        part.money["given_in_plan"] = part.money["capital_subsidy_in_plan"] + part.money["floor_payments"]
        part.money["loan_subsidy"] = part.money["subsidy_equivalent"] - part.money["grants"]
    _supplied(data, parts)
    yield from _compared(data, "supported_plants", ("government", "project"), _plants(parts))
    yield from _compared(data, "governments", ("government",), _governments(data, parts))
    yield from _compared(data, "supported_stages", ("government", "stage"), _stages(data, parts))
    yield from _compared(data, "supported_use", ("government", "project", "use_region"), _uses(data, parts))
    yield from _compared(data, "supported_targets", ("government", "target", "stage"), _targets(data, parts))


def _compared(
    data: RecheckInputs, table: str, keys: Key, right: dict[Key, dict[str, tuple[float | None, float]]]
) -> Iterator[Breach]:
    """Compare the columns of a table, each with the amount at stake; a row with any amount in one alone is a breach."""
    shown = {tuple(str(row[k] or "") for k in keys): row for row in data.plan[table]}
    known = {key: {c: value for c, (value, _) in columns.items()} for key, columns in right.items()}
    for key in shown.keys() ^ right.keys():
        row: dict[str, object] = shown[key] if key in shown else dict(known[key])
        if max(abs(num(row, c)) for c in row if c.endswith(("_t", "_musd"))) > NOTHING:
            yield Breach(f"{table} {key} stands in one alone", 1.0)
    for key in shown.keys() & right.keys():
        for column, (value, stake) in right[key].items():
            if (value is None) != (shown[key].get(column) in (None, "")):
                yield Breach(f"{table} {key} {column} is blank in one alone", 1.0)
            elif value is not None:
                yield excess(f"{table} {key} {column}", abs(num(shown[key], column) - value), stake)


def _loans(data: RecheckInputs, parts: Parts) -> None:
    """Add public money in decisions: as decided, its subsidy over the whole life, and the part in the plan's years."""
    instruments = data.ids("Finance.instrument") if data.tables["Finance"] else {}
    for row in data.plan["finance"]:
        decided, name = (str(row["branch"]), int(num(row, "decision_year"))), str(row["project"])
        instrument, lent = instruments[str(row["instrument"])], num(row, "support_musd")
        repaid, chance = instrument.num("repaid_percent") / 100, data.probability(decided)
        private = payment(data, name, data.own(name, "wacc_percent") / 100)
        public = payment(data, name, instrument.num("rate_percent") / 100, repaid)
        money = parts[instrument.text("government"), name].money
        money["loans"] += chance * lent * repaid
        money["grants"] += chance * lent * (1 - repaid)
        money["subsidy_equivalent"] += chance * lent * max(0.0, 1 - public / private)
        start = decided[1] + data.lead_time(name)
        years = range(start, start + data.projects[name].integer("life_years"))
        for place in (p for p in data.places if data.is_known(decided, p)):
            saved = lent * max(0.0, private - public) * data.part(place, years)
            money["capital_subsidy_in_plan"] += _weight(data, place) * saved


def _floors(data: RecheckInputs, parts: Parts) -> None:
    """Add floor payments; a floor under which something is made supports the plant even if nothing is paid."""
    for row in (row for rows in data.price_floors.values() for row in rows):
        for place in data.places:
            if yearly.in_force(row, place, data) and (made := made_under(data, row, place)):
                paid = M * made * data.money(place, partial(below_floor, data, row, place, row.num("price_usd_per_t")))
                money = parts[row.text("government"), row.text("project")].money
                money["floor_payments"] += _weight(data, place) * paid


def _weight(data: RecheckInputs, place: Place) -> float:
    return data.probability(place) * data.discount(place[1])


def _supplied(data: RecheckInputs, parts: Parts) -> None:
    """Add what passes through the plants and where it goes."""
    plants = {p for _, p in parts}
    through = handled(data, plants)
    weights, goods = oxide(data), wanted_goods(data)
    targets = [r for r in data.tables["Targets"] if r["type"] == "min_china_free_share"]
    for place in data.places:
        years, weight = data.probability(place) * data.span(place[1]), _weight(data, place)
        supporters: dict[str, list[tuple[Part, float]]] = defaultdict(list)
        for (government, p), part in parts.items():
            share = _supported_share(data, government, p, place)
            part.throughput += years * share * data.throughput.get((p, place), 0.0)
            if share:
                supporters[p].append((part, share))
        for use, good, origin_level, tonnes, row in _ends(data, place):
            if good not in goods:
                continue
            counts = [
                target.text("target")
                for target in targets
                if use != OUTSIDE and origin_level < FREE_BELOW[target.text("stage")] and _counts(target, row)
            ]
            for p, passed in through[place].get((str(row["region"]), good, origin_level), {}).items():
                for part, share in supporters.get(p, ()):
                    here = share * tonnes * passed
                    part.used[use] += years * here * weights[good]
                    part.discounted += weight * here * weights[good]
                    for name in counts:
                        part.counted[name, place] += here


def _ends(data: RecheckInputs, place: Place) -> list[tuple[str, str, int, float, dict[str, object]]]:
    """Return what leaves the chain in a node: (use, commodity, origin level, t/year, row with its region)."""
    found: list[tuple[str, str, int, float, dict[str, object]]] = data.once(("ends", place), list)
    if not found:
        for row in data.rows_at("demand", place):
            region, good = str(row["region"]), str(row["commodity"])
            found += [(region, good, k, t, row) for k in LEVELS if (t := num(row, f"level_{k}_t")) > 0]
        for row in data.rows_at("trade", place):
            if row["kind"] == "sell":
                sold = {**row, "region": row["from"]}
                found.append((OUTSIDE, str(row["commodity"]), int(num(row, "level")), num(row, "tonnes_t"), sold))
    return found


def _counts(target: Row, row: dict[str, object]) -> bool:
    return target["region"] in ("*", row["region"]) and target["segment"] in ("*", row["segment"])


def _supported_share(data: RecheckInputs, government: str, p: str, place: Place) -> float:
    """Return the share of a plant's capacity on line in a node that a government supports."""

    def supported(year: int) -> float:
        row, total = data.projects[p], 0.0
        for decided, modules in paid if not outage(data, p, place[0], year) else ():
            age = age_in(data, p, decided, place, year)
            if age is not None:
                total += modules * row.num("module_t_per_year") * ramp(data, row, age)
        return total

    paid = [
        (decided, modules)
        for decided, modules in data.built.get(p, [])
        if any(i["government"] == government and money > M for money, i in data.supports(p, decided))
    ]
    in_all = on_line(data, p, place)
    part = data.mean(place, supported) / in_all if in_all > 0 and paid else 0.0
    for row in data.price_floors.get(p, ()):
        if row["government"] == government:
            part = max(part, len(yearly.in_force(row, place, data)) / data.span(place[1]))
    return part


def _plants(parts: Parts) -> dict[Key, dict[str, tuple[float | None, float]]]:
    return {
        key: {
            **_money([part]),
            "supported_throughput_t": (part.throughput, part.throughput),
            **_tonnes([part]),
        }
        for key, part in parts.items()
    }


def _money(of: list[Part]) -> dict[str, tuple[float | None, float]]:
    total = {kind: sum(part.money[kind] for part in of) for kind in MONEY}
    stake = max(abs(v) for v in total.values())
    return {f"{kind}_musd": (value, stake) for kind, value in total.items()}


def _tonnes(of: list[Part]) -> dict[str, tuple[float | None, float]]:
    sold = sum(part.used[OUTSIDE] for part in of)
    both, discounted = sum(sum(part.used.values()) for part in of), sum(part.discounted for part in of)
    given = sum(part.money["given_in_plan"] for part in of)
    each = given / M / discounted if both > NOTHING else None
    return {
        "delivered_t": (both - sold, both),
        "sold_outside_t": (sold, both),
        "supplied_discounted_t": (discounted, discounted),
        "given_usd_per_t": (each, each or 0.0),
    }


def _home(data: RecheckInputs, government: str) -> str:
    """Return the region whose money it is; blank where that is not known."""
    row = data.ids("Budgets.government").get(government) if data.tables["Budgets"] else None
    own = row.text("region") if row is not None and row["region"] else government
    return own if own in data.in_china else ""


def _own_money(data: RecheckInputs, government: str, of: list[Part]) -> float:
    """Return what a government gives in proportion to what its own region receives, M USD."""
    home = _home(data, government)
    return sum(
        part.money["given_in_plan"] * part.used[home] / sum(part.used.values())
        for part in of
        if sum(part.used.values()) > NOTHING
    )


def _grouped(parts: Parts, key: Callable[[str, str], Key]) -> dict[Key, list[Part]]:
    found: dict[Key, list[Part]] = defaultdict(list)
    for (government, p), part in parts.items():
        found[key(government, p)].append(part)
    return found


def _governments(data: RecheckInputs, parts: Parts) -> dict[Key, dict[str, tuple[float | None, float]]]:
    found: dict[Key, dict[str, tuple[float | None, float]]] = {}
    for (government,), of in _grouped(parts, lambda g, p: (g,)).items():
        given = sum(part.money["given_in_plan"] for part in of)
        found[(government,)] = {
            **_money(of),
            "public_funds_musd": (data.funds_share * given, data.funds_share * given),
            "plants": (float(len(of)), 1.0),
            "own_region_percent": (_own_percent(data, government, of), 100.0),
        }
    return found


def _own_percent(data: RecheckInputs, government: str, of: list[Part]) -> float | None:
    given = sum(part.money["given_in_plan"] for part in of)
    return 100 * _own_money(data, government, of) / given if _home(data, government) and given > M else None


def _stages(data: RecheckInputs, parts: Parts) -> dict[Key, dict[str, tuple[float | None, float]]]:
    weights, demanded = oxide(data), 0.0
    for place in data.places:
        for use, good, _, tonnes, _ in _ends(data, place):
            if use != OUTSIDE:
                demanded += data.probability(place) * data.span(place[1]) * tonnes * weights[good]
    found = {}
    for key, of in _grouped(parts, lambda g, p: (g, data.projects[p].text("stage"))).items():
        given, columns = sum(part.money["given_in_plan"] for part in of), _tonnes(of)
        percent = 100 * (columns["delivered_t"][0] or 0.0) / demanded if demanded else 0.0
        found[key] = {
            **columns,
            "plants": (float(len(of)), 1.0),
            "given_in_plan_musd": (given, given),
            "of_demand_percent": (percent, 100.0),
            "own_region_percent": (_own_percent(data, key[0], of), 100.0),
        }
    return found


def _uses(data: RecheckInputs, parts: Parts) -> dict[Key, dict[str, tuple[float | None, float]]]:
    found: dict[Key, dict[str, tuple[float | None, float]]] = {}
    for (government, p), part in parts.items():
        total, given = sum(part.used.values()), part.money["given_in_plan"]
        if total <= NOTHING:
            found[government, p, ""] = {"supplied_t": (0.0, 1.0), "given_share_musd": (given, given)}
            continue
        for use in (u for u, t in part.used.items() if t > 0):
            found[government, p, use] = {
                "supplied_t": (part.used[use], total),
                "of_plant_percent": (100 * part.used[use] / total, 100.0),
                "given_share_musd": (given * part.used[use] / total, given),
            }
    return found


def _targets(data: RecheckInputs, parts: Parts) -> dict[Key, dict[str, tuple[float | None, float]]]:
    found: dict[Key, dict[str, tuple[float | None, float]]] = {}
    groups = _grouped(parts, lambda g, p: (g, data.projects[p].text("stage")))
    for target in (r for r in data.tables["Targets"] if r["type"] == "min_china_free_share"):
        name = target.text("target")
        for (government, stage), of in groups.items():
            counted = {place: sum(part.counted[name, place] for part in of) for place in data.places}
            if stage in STAGES_FOR[target.text("stage")] and any(counted.values()):
                given = sum(part.money["given_in_plan"] for part in of)
                columns = _points(data, target, counted, given)
                if (columns["counted_for_target_t"][0] or 0.0) > NOTHING:
                    found[government, name, stage] = columns
    return found


def _points(
    data: RecheckInputs, target: Row, counted: dict[Place, float], given: float
) -> dict[str, tuple[float | None, float]]:
    """Return what is counted for a target, t, in points of the demand that it counts, and what is given for a point."""
    tonnes = points = discounted = length = 0.0
    for place, here in counted.items():
        if years := yearly.active_years(data, target, place):
            base = _wanted(data, target, place, years)
            set_for, each = data.probability(place) * len(years), 100 * here / base if base else 0.0
            length, tonnes, points = length + set_for, tonnes + set_for * here, points + set_for * each
            discounted += data.probability(place) * sum(map(data.discount_of, years)) * each
    mean, per_point = points / length if length else 0.0, given / discounted if discounted else None
    return {
        "given_in_plan_musd": (given, given),
        "counted_for_target_t": (tonnes, tonnes),
        "supplied_points": (mean, mean),
        "discounted_point_years": (discounted, discounted),
        "musd_per_point_year": (per_point, per_point or 0.0),
    }


def _wanted(data: RecheckInputs, target: Row, place: Place, years: list[int]) -> float:
    """Return the demand that a target counts in a node, the mean over the years in which it is set, t/year."""

    def in_year(year: int) -> float:
        return sum(yearly.demand(data, r, place[0], year) for r in data.tables["Demand"] if _counts(target, r.values))

    return float(data.once(("wanted by", target.text("target"), place), lambda: data.mean(place, in_year, years)))

"""The fifteen rules of MODEL.md section 6, each recomputed from the rows of the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

from didymium.recheck import yearly
from didymium.recheck.inputs import CHINA_STAGE, Breach, Place, RecheckInputs, excess, num
from didymium.recheck.targets import targets
from didymium.tables.rows import Row

LEVELS = range(5)


def build_window(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 1: decided in the window, on line within the plan, whole, between committed and most."""
    for name, builds in w.built.items():
        row = w.projects[name]
        first, last = row["first_decision_year"] or w.years[0], row["last_decision_year"] or w.tables.years[-1]
        for (_, year), modules in builds:
            late = year + w.lead(name) - w.tables.years[-1]
            yield excess(
                f"{name} {year}",
                max(int(str(first)) - year, year - int(str(last)), late, abs(modules - round(modules))),
                1,
            )
    for name, row in w.projects.items():
        for scenario, path in w.paths.items():
            total = sum(modules for decided, modules in w.built.get(name, []) if decided in path)
            yield excess(
                f"{name} {scenario}", max(row.integer("min_modules") - total, total - row.integer("max_modules")), 1
            )


def capacity(w: RecheckInputs) -> Iterator[Breach]:
    """Rules 2 and 3: throughput between take-or-pay and what is on line and not mothballed; none in an outage."""
    idle: dict[tuple[str, Place], float] = {
        (str(row["project"]), place): num(row, "idle_t_per_year") for place, row in w.rows("capacity")
    }
    for name, row in w.projects.items():
        for place in w.places:
            online, still = w.online(name, place), idle.get((name, place), 0.0)
            runs = w.throughput.get((name, place), 0.0)
            allowed = online if row["mothball_percent"] is not None else 0.0
            yield excess(f"{name} {place} mothballed", max(still - allowed, -still), online)
            yield excess(f"{name} {place}", runs - (online - still) * row.num("max_utilisation_percent") / 100, online)
            yield excess(f"{name} {place}", (online - still) * row.num("min_utilisation_percent") / 100 - runs, online)


def recipes_accepted(w: RecheckInputs) -> Iterator[Breach]:
    """Section 2: plants run only what they accept, at no lower level than where they stand allows."""
    for place, row in w.rows("production"):
        project = w.projects[str(row["project"])]
        recipe, stage = str(row["recipe"]), project.text("stage")
        where = f"{row['project']} {place} {recipe}"
        floor = CHINA_STAGE[stage] if w.in_china[project.text("region")] else 0
        yield excess(where, num(row, "throughput_t") * (num(row, "level") < floor), num(row, "throughput_t"))
        if stage == "mine":
            allowed = recipe == f"dig {row['project']}"
        elif stage == "refinery":
            mine = w.projects.get(recipe)
            known = mine is not None and mine["stage"] == "mine"
            allowed = known and bool({"*", recipe, w.projects[recipe].text("ore_type")} & set(project.list("accepts")))
        else:
            stages = {r["stage"] for r in w.tables["Recipes"] if r["recipe"] == recipe}
            allowed = stage in stages and bool({"*", recipe} & set(project.list("accepts")))
        yield excess(where, 0 if allowed else num(row, "throughput_t"), num(row, "throughput_t"))


def reserve(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 4: what a mine extracts along a path stays within its reserve."""
    for name, row in w.projects.items():
        if row["stage"] == "mine" and row["reserve_t"] is not None:
            for scenario, path in w.paths.items():
                dug = sum(w.span(place[1]) * w.throughput.get((name, place), 0.0) for place in path)
                yield excess(f"{name} {scenario}", dug - row.num("reserve_t"), row.num("reserve_t"))


def balance(w: RecheckInputs) -> Iterator[Breach]:
    """Section 3 and rule 5: supply at levels up to l covers use at levels up to l; in all it is used, or thrown away
    where that is allowed."""
    supply: dict[tuple[str, str, Place], list[float]] = defaultdict(lambda: [0.0] * 5)
    use: dict[tuple[str, str, Place], list[float]] = defaultdict(lambda: [0.0] * 5)
    for place, row in w.rows("production"):
        region = w.projects[str(row["project"])].text("region")
        for c, level, tonnes in w.made(row):
            supply[region, c, place][level] += tonnes
        for c, tonnes in w.recipes[str(row["recipe"])][0].items():
            use[region, c, place][int(num(row, "level"))] += tonnes * num(row, "throughput_t")
    for place, row in w.rows("trade"):
        level, c, tonnes = int(num(row, "level")), str(row["commodity"]), num(row, "tonnes_t")
        if row["kind"] in ("ship", "sell"):
            use[str(row["from"]), c, place][level] += tonnes
        if row["kind"] in ("ship", "buy"):
            supply[str(row["to"]), c, place][level] += tonnes
    for place, row in w.rows("demand"):
        for level in LEVELS:
            use[str(row["region"]), str(row["commodity"]), place][level] += num(row, f"level_{level}_t")
    _stock_flows(w, supply, use)
    thrown = {
        (str(row["region"]), str(row["commodity"]), place): num(row, "dump_t") for place, row in w.rows("disposal")
    }
    for key in {**supply, **use, **thrown}:
        used, made, dumped = use[key], supply[key], thrown.get(key, 0.0)
        where, scale = f"{key[1]} in {key[0]} {key[2]}", max(sum(used), sum(made))
        for level in LEVELS:
            yield excess(f"{where} level {level}", sum(used[: level + 1]) - sum(made[: level + 1]), scale)
        yield excess(f"{where} in all", abs(sum(made) - sum(used) - dumped), scale)
        yield excess(f"{where} thrown away", max(-dumped, 0.0 if _may_be_dumped(w, key[1]) else dumped), scale)


def _may_be_dumped(w: RecheckInputs, commodity: str) -> bool:
    """Oxides, mixed oxides and scrap may be thrown away; metals and magnets where that has a cost; concentrates
    never."""
    listed = w.ids("Commodities.commodity").get(commodity)
    if listed is None:
        return w.stage[commodity] != "mine"
    return listed["stage"] in ("refinery", "scrap") or listed["disposal_cost_usd_per_t"] is not None


def _stock_flows(
    w: RecheckInputs, supply: dict[tuple[str, str, Place], list[float]], use: dict[tuple[str, str, Place], list[float]]
) -> None:
    """A stock changes by the span times the yearly net flow."""
    for place, row in w.rows("stockpiles"):
        key = (str(row["region"]), str(row["commodity"]))
        level, tonnes = int(num(row, "level")), num(row, "stock_t")
        use[(*key, place)][level] += tonnes / w.span(place[1])
        for after in w.places:
            path = w.before(after)
            if len(path) > 1 and path[-2] == place:
                supply[(*key, after)][level] += tonnes / w.span(after[1])
    for pile in w.tables["Stockpiles"]:
        level = w.china_level(pile.text("commodity")) if pile["initial_china"] else 0
        for first in dict.fromkeys(path[0] for path in w.paths.values()):
            supply[pile.text("region"), pile.text("commodity"), first][level] += pile.num("initial_t") / w.span(
                first[1]
            )


def stock_bounds(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 5: stock between its minimum and its limit."""
    held: dict[tuple[str, str, Place], float] = defaultdict(float)
    for place, row in w.rows("stockpiles"):
        held[str(row["region"]), str(row["commodity"]), place] += num(row, "stock_t")
    known = {(r.text("region"), r.text("commodity")): r for r in w.tables["Stockpiles"]}
    for (region, commodity, place), tonnes in held.items():
        if (region, commodity) not in known:
            yield excess(f"{commodity} in {region} {place}", tonnes, tonnes)
    for (region, commodity), pile in known.items():
        for place in w.places:
            tonnes = held[region, commodity, place]
            yield excess(
                f"{commodity} in {region} {place}",
                max(tonnes - pile.num("limit_t"), pile.num("minimum_t") - tonnes),
                pile.num("limit_t"),
            )


def shipping(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 6: goods move where a route covers them, from where they are made or stored to where they can be taken."""
    makes, takes = _made_and_taken(w)
    stored = {(r.text("region"), r.text("commodity")) for r in w.tables["Stockpiles"]}
    for place, row in w.rows("trade"):
        start, end, c = str(row["from"]), str(row["to"]), str(row["commodity"])
        allowed = True
        if row["kind"] == "ship":
            allowed = w.route(row) is not None and (start, c) in makes | stored and (end, c) in takes
        elif row["kind"] == "sell":
            allowed = (start, c) in makes | stored and w.ids("Commodities.commodity")[c][
                "sale_price_usd_per_t"
            ] is not None
        elif row["kind"] == "buy":
            offer = w.offers[start]["limit_t"]
            free = offer["destination"] == "*" and not w.in_china[end] and (end, c) in takes
            level = w.china_level(c) if offer["china"] else 0
            allowed = (offer["destination"] == end or free) and offer["commodity"] == c and num(row, "level") == level
        yield excess(
            f"{row['kind']} {c} {start} to {end} {place}", 0 if allowed else num(row, "tonnes_t"), num(row, "tonnes_t")
        )


def route_limits(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 6: what moves under a row of Routes stays within its limit; a row for all stages covers what no row of a
    stage takes over."""
    moved: dict[tuple[int, Place], float] = defaultdict(float)
    rows: dict[int, Row] = {}
    for place, row in w.rows("trade"):
        route = w.route(row) if row["kind"] == "ship" else None
        if route is not None:
            rows[id(route)] = route
            moved[id(route), place] += num(row, "tonnes_t")
    for (key, place), tonnes in moved.items():
        if (route := rows[key])["limit_t_per_year"] is not None:
            limit = route.num("limit_t_per_year")
            yield excess(
                f"{route['from_region']} to {route['to_region']} {route['stage']} {place}", tonnes - limit, limit
            )


def _made_and_taken(w: RecheckInputs) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    makes: set[tuple[str, str]] = set()
    takes: set[tuple[str, str]] = set()
    for name, project in w.projects.items():
        region, stage, accepts = project.text("region"), project.text("stage"), set(project.list("accepts"))
        for recipe, (inputs, outputs) in w.recipes.items():
            if stage == "mine":
                runs = recipe == f"dig {name}"
            elif stage == "refinery":
                runs = recipe in w.projects and bool({"*", recipe, w.projects[recipe].text("ore_type")} & accepts)
            else:
                runs = bool({"*", recipe} & accepts) and any(
                    r["recipe"] == recipe and r["stage"] == stage for r in w.tables["Recipes"]
                )
            if runs:
                makes |= {(region, c) for c, tonnes in outputs.items() if tonnes > 0}
                takes |= {(region, c) for c in inputs}
    takes |= {(r.text("region"), r.text("commodity")) for sheet in ("Demand", "Stockpiles") for r in w.tables[sheet]}
    return makes, takes


def offers(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 7: no more bought than offered."""
    bought: dict[tuple[str, Place], float] = defaultdict(float)
    for place, row in w.rows("trade"):
        if row["kind"] == "buy":
            bought[str(row["from"]), place] += num(row, "tonnes_t")
    for (offer, place), tonnes in bought.items():
        limit = w.mean(place, partial(yearly.offered, w, offer, "limit", place[0]))
        yield excess(f"{offer} {place}", tonnes - limit, limit)


def sales(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 8: no more sold than the market takes."""
    sold: dict[tuple[str, Place], float] = defaultdict(float)
    for place, row in w.rows("trade"):
        if row["kind"] == "sell":
            sold[str(row["commodity"]), place] += num(row, "tonnes_t")
    for (c, place), tonnes in sold.items():
        if (given := w.ids("Commodities.commodity")[c])["sale_limit_t_per_year"] is not None:
            factor = w.mean(place, partial(yearly.outlet, w, "sale_limit", c, place[0]))
            limit = given.num("sale_limit_t_per_year") * factor
            yield excess(f"{c} {place}", tonnes - limit, limit)


def demand(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 9: every tonne wanted is served, designed out or short; redesign within its share, which does not fall but
    where the allowed one does."""
    told = {(str(row["demand"]), place): row for place, row in w.rows("demand")}
    for name, row in _named_demands(w):
        for path in w.paths.values():
            before: tuple[float, float] | None = None
            for place in path:
                wanted, most, got = (
                    yearly.wanted(w, row, place),
                    yearly.redesign(w, row, place),
                    told.get((name, place), {}),
                )
                out, short = num(got, "designed_out_t"), num(got, "short_t")
                served = sum(num(got, f"level_{level}_t") for level in LEVELS)
                yield excess(f"{name} {place}", max(abs(served + out + short - wanted), -short, -out), wanted)
                yield excess(f"{name} {place} designed out", out - most, wanted)
                if wanted > 0:
                    share, allowed = out / wanted, most / wanted
                    least = 0.0 if before is None else before[0] - max(0.0, before[1] - allowed)
                    yield excess(f"{name} {place} designed out before", (least - share) * wanted, wanted)
                    before = (share, allowed)


def _named_demands(w: RecheckInputs) -> Iterator[tuple[str, Row]]:
    """The rows of Demand by the names that the plan gives them: a repeated one with its number."""
    count: dict[str, int] = defaultdict(int)
    for row in w.tables["Demand"]:
        stem = "|".join(row.text(c) for c in ("region", "segment", "commodity"))
        count[stem] += 1
        yield stem if count[stem] == 1 else f"{stem}#{count[stem]}", row


def prerequisites(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 11: what a project requires stands, or was decided by then and is planned on line no later."""
    for name, builds in w.built.items():
        needed = w.projects[name].text("requires")
        if needed and w.projects[needed].num("existing_t_per_year") == 0:
            for decided, modules in builds:
                path, planned = w.before(decided), decided[1] + w.lead(name)
                there = sum(k for at, k in w.built.get(needed, []) if at in path and at[1] + w.lead(needed) <= planned)
                yield excess(f"{name} {decided}", modules - w.projects[name].integer("max_modules") * there, 1)


def alternatives(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 12: at most one of an exclusive group along a path."""
    groups = {row.text("exclusive_group") for row in w.projects.values() if row["exclusive_group"]}
    for group in groups:
        for scenario, path in w.paths.items():
            built = sum(
                k
                for p, row in w.projects.items()
                if row["exclusive_group"] == group
                for at, k in w.built.get(p, [])
                if at in path
            )
            yield excess(f"{group} {scenario}", built - 1, 1)


def public_money(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 13: instruments within their shares and their reach, governments within their money."""
    instruments = w.ids("Finance.instrument") if w.tables["Finance"] else {}
    spent: dict[tuple[str, Place], float] = defaultdict(float)
    by_decision: dict[tuple[str, Place], float] = defaultdict(float)
    for row in w.plan["finance"]:
        name, place, money = (
            str(row["project"]),
            (str(row["branch"]), int(num(row, "decision_year"))),
            num(row, "support_musd"),
        )
        instrument, project = instruments[str(row["instrument"])], w.projects[name]
        most = instrument.num("max_share_percent") / 100 * _overnight(w, name, place)
        yield excess(f"{name} {place} {row['instrument']}", max(money - most, -money), _overnight(w, name, place))
        kinds = (("stages", project.text("stage")), ("regions", project.text("region")), ("projects", name))
        reach = all({"*", named} & set(instrument.list(column)) for column, named in kinds)
        yield excess(f"{name} {place} {row['instrument']}", 0.0 if reach else money, money)
        by_decision[name, place] += money
        spent[instrument.text("government"), place] += money
    most = w.number_setting("max_public_share_percent") / 100
    for (name, place), money in by_decision.items():
        yield excess(f"{name} {place}", money - most * _overnight(w, name, place), _overnight(w, name, place))
    for government in {g for g, _ in spent}:
        for place in w.places:
            there = yearly.available(w, government, place)
            if there is not None:
                yield excess(
                    f"{government} {place}",
                    sum(spent.get((government, at), 0.0) for at in w.before(place)) - there,
                    there,
                )


def _overnight(w: RecheckInputs, project: str, place: Place) -> float:
    """M USD decided in a project in a node."""
    modules = sum(k for at, k in w.built.get(project, []) if at == place)
    return modules * w.overnight(project) if modules else 0.0


_INTENSITY = {"co2_t": "co2_t_per_t", "water_m3": "water_m3_per_t", "radioactive_t": "radioactive_t_per_t"}


def limits(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 14: decisions and capital of a node within the sum over its years, yearly CO2, water and residue within the
    mean; where given."""
    for row in w.tables["Limits"]:
        names = [
            p
            for p, r in w.projects.items()
            if row["region"] in ("*", r["region"]) and row["stage"] in ("*", r["stage"])
        ]
        measure = row.text("measure")
        for place in w.places:
            amounts = [
                (row.years[y] or 0.0) * w.factor("limit", place[0], y, item=row.text("limit"))
                for y in yearly.asked_years(w, row, place)
            ]
            if not amounts:
                continue
            most = sum(amounts) if measure in ("decisions", "capex_musd") else sum(amounts) / len(amounts)
            if measure == "decisions":
                total = sum(k for p in names for at, k in w.built.get(p, []) if at == place)
            elif measure == "capex_musd":
                total = sum(_overnight(w, p, place) for p in names)
            else:
                total = sum(w.throughput.get((p, place), 0.0) * w.projects[p].num(_INTENSITY[measure]) for p in names)
            yield excess(f"{row['limit']} {place}", total - most, most)


def contracts(w: RecheckInputs) -> Iterator[Breach]:
    """Rule 15: what an offtake asks for is made, or paid for where that has a price."""
    left = {(str(row["contract"]), place): num(row, "untaken_t") for place, row in w.rows("contracts")}
    for row in w.tables["Contracts"]:
        for place in w.places if row["kind"] == "offtake" else ():
            years = yearly.in_force(row, place, w)
            owed = w.mean(place, partial(_owed, w, row, place), years) if years else 0.0
            paid = left.get((row.text("contract"), place), 0.0)
            made = w.throughput.get((row.text("project"), place), 0.0)
            yield excess(f"{row['contract']} {place}", owed - made - paid, owed)
            yield excess(
                f"{row['contract']} {place} not taken",
                max(-paid, paid if row["price_usd_per_t"] is None else 0.0),
                owed,
            )


def _owed(w: RecheckInputs, contract: Row, place: Place, year: int) -> float:
    """Tonnes of an offtake x the part of the plant that is on line: of what exists, else of its modules."""
    project = w.projects[contract.text("project")]
    tonnes = 0.0 if contract["tonnes_per_year"] is None else contract.num("tonnes_per_year")
    existing, modules = w.online_in(contract.text("project"), place, year)
    if project.num("existing_t_per_year") > 0:
        return tonnes * existing / project.num("existing_t_per_year")
    full = project.integer("max_modules") * project.num("module_t_per_year") if project.integer("max_modules") else 0.0
    return tonnes * modules / full if full else 0.0


RULES: dict[str, Callable[[RecheckInputs], Iterator[Breach]]] = {
    "1 build window": build_window,
    "2-3 capacity": capacity,
    "2 recipes and origin": recipes_accepted,
    "4 reserve": reserve,
    "5 balance": balance,
    "5 stock": stock_bounds,
    "6 shipping": shipping,
    "6 route limits": route_limits,
    "7 offers": offers,
    "8 sales": sales,
    "9 demand": demand,
    "10 targets": targets,
    "11 prerequisite": prerequisites,
    "12 alternatives": alternatives,
    "13 public money": public_money,
    "14 limits": limits,
    "15 contracts": contracts,
}

"""The fourteen rules of MODEL.md section 6, each recomputed from the rows of the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from didymium.recheck.world import CHINA_GOODS, CHINA_STAGE, Breach, Place, World, excess, num
from didymium.tables.rows import Row

LEVELS = range(5)
FREE_BELOW = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4}


def build_window(w: World) -> Iterator[Breach]:
    """Rule 1: decided in the window, on line within the plan, whole, between committed and most."""
    for name, builds in w.built.items():
        row = w.projects[name]
        first, last = row["first_decision_year"] or w.years[0], row["last_decision_year"] or w.tables.years[-1]
        for (_, year), modules in builds:
            late = year + w.lead(name) - w.tables.years[-1]
            yield excess(f"{name} {year}", max(int(str(first)) - year, year - int(str(last)), late, abs(modules - round(modules))), 1)
    for name, row in w.projects.items():
        for scenario, path in w.paths.items():
            total = sum(modules for decided, modules in w.built.get(name, []) if decided in path)
            yield excess(f"{name} {scenario}", max(row.whole("min_modules") - total, total - row.whole("max_modules")), 1)


def capacity(w: World) -> Iterator[Breach]:
    """Rules 2 and 3: throughput between take-or-pay and what is on line; none in an outage."""
    for name, row in w.projects.items():
        for place in w.places:
            online = 0.0 if w.outage(name, place) else w.online(name, place)
            runs = w.throughput.get((name, place), 0.0)
            yield excess(f"{name} {place}", runs - online * row.num("max_utilisation_percent") / 100, online)
            yield excess(f"{name} {place}", online * row.num("min_utilisation_percent") / 100 - runs, online)


def recipes_accepted(w: World) -> Iterator[Breach]:
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


def reserve(w: World) -> Iterator[Breach]:
    """Rule 4: what a mine extracts along a path stays within its reserve."""
    for name, row in w.projects.items():
        if row["stage"] == "mine" and row["reserve_t"] is not None:
            for scenario, path in w.paths.items():
                dug = sum(w.span(place[1]) * w.throughput.get((name, place), 0.0) for place in path)
                yield excess(f"{name} {scenario}", dug - row.num("reserve_t"), row.num("reserve_t"))


def balance(w: World) -> Iterator[Breach]:
    """Section 3 and rule 5: supply at levels up to l covers use at levels up to l, everywhere and always."""
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
    for key, used in use.items():
        made = supply[key]
        for level in LEVELS:
            short = sum(used[: level + 1]) - sum(made[: level + 1])
            yield excess(f"{key[1]} in {key[0]} {key[2]} level {level}", short, sum(used))


def _stock_flows(w: World, supply: dict[tuple[str, str, Place], list[float]], use: dict[tuple[str, str, Place], list[float]]) -> None:
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
        level = CHINA_GOODS[w.stage[pile.text("commodity")]] if pile["initial_china"] else 0
        for first in dict.fromkeys(path[0] for path in w.paths.values()):
            supply[pile.text("region"), pile.text("commodity"), first][level] += pile.num("initial_t") / w.span(first[1])


def stock_bounds(w: World) -> Iterator[Breach]:
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
            yield excess(f"{commodity} in {region} {place}", max(tonnes - pile.num("limit_t"), pile.num("minimum_t") - tonnes), pile.num("limit_t"))


def shipping(w: World) -> Iterator[Breach]:
    """Rule 6: goods move where a route covers them, from where they are made or stored to where they can be taken."""
    makes, takes = _made_and_taken(w)
    stored = {(r.text("region"), r.text("commodity")) for r in w.tables["Stockpiles"]}
    for place, row in w.rows("trade"):
        start, end, c = str(row["from"]), str(row["to"]), str(row["commodity"])
        allowed = True
        if row["kind"] == "ship":
            allowed = w.route(row) is not None and (start, c) in makes | stored and (end, c) in takes
        elif row["kind"] == "sell":
            allowed = (start, c) in makes | stored and w.tables.ids("Commodities.commodity")[c]["sale_price_usd_per_t"] is not None
        elif row["kind"] == "buy":
            offer = w.offers[start]["limit_t"]
            free = offer["destination"] == "*" and not w.in_china[end] and (end, c) in takes
            level = CHINA_GOODS[w.stage[c]] if offer["china"] else 0
            allowed = (offer["destination"] == end or free) and offer["commodity"] == c and num(row, "level") == level
        yield excess(f"{row['kind']} {c} {start} to {end} {place}", 0 if allowed else num(row, "tonnes_t"), num(row, "tonnes_t"))


def _made_and_taken(w: World) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
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
                runs = bool({"*", recipe} & accepts) and any(r["recipe"] == recipe and r["stage"] == stage for r in w.tables["Recipes"])
            if runs:
                makes |= {(region, c) for c, tonnes in outputs.items() if tonnes > 0}
                takes |= {(region, c) for c in inputs}
    takes |= {(r.text("region"), r.text("commodity")) for sheet in ("Demand", "Stockpiles") for r in w.tables[sheet]}
    return makes, takes


def offers(w: World) -> Iterator[Breach]:
    """Rule 7: no more bought than offered."""
    bought: dict[tuple[str, Place], float] = defaultdict(float)
    for place, row in w.rows("trade"):
        if row["kind"] == "buy":
            bought[str(row["from"]), place] += num(row, "tonnes_t")
    for (offer, place), tonnes in bought.items():
        limit = (w.offers[offer]["limit_t"].years[place[1]] or 0.0) * w.offer_factor(offer, "limit", place)
        yield excess(f"{offer} {place}", tonnes - limit, limit)


def sales(w: World) -> Iterator[Breach]:
    """Rule 8: no more sold than the market takes."""
    sold: dict[tuple[str, Place], float] = defaultdict(float)
    for place, row in w.rows("trade"):
        if row["kind"] == "sell":
            sold[str(row["commodity"]), place] += num(row, "tonnes_t")
    for (c, place), tonnes in sold.items():
        limit = w.tables.ids("Commodities.commodity")[c]["sale_limit_t_per_year"]
        if limit is not None:
            yield excess(f"{c} {place}", tonnes - float(str(limit)), float(str(limit)))


def demand(w: World) -> Iterator[Breach]:
    """Rule 9: every tonne wanted is served, designed out or short; redesign within its share."""
    told: dict[tuple[str, str, str, Place], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for place, row in w.rows("demand"):
        key = (str(row["region"]), str(row["segment"]), str(row["commodity"]), place)
        served = sum(num(row, f"level_{level}_t") for level in LEVELS)
        told[key][0] += served + num(row, "designed_out_t") + num(row, "short_t")
        told[key][1] += num(row, "designed_out_t")
        yield excess(str(key), max(-num(row, "short_t"), -num(row, "designed_out_t")), 1)
    swaps = w.tables.ids("Substitution.segment") if w.tables["Substitution"] else {}
    for names in {(r.text("region"), r.text("segment"), r.text("commodity")) for r in w.tables["Demand"]}:
        for place in w.places:
            wanted = sum(w.wanted(*names, place))
            total, out = told[(*names, place)]
            share = (swaps[names[1]].years[place[1]] or 0.0) / 100 if names[1] in swaps else 0.0
            yield excess(f"{names} {place}", abs(total - wanted), wanted)
            yield excess(f"{names} {place} designed out", out - share * wanted, wanted)


def targets(w: World) -> Iterator[Breach]:
    """Rule 10: what a target asks is reached but for the miss that is told; none where targets are hard."""
    missed = {(str(row["target"]), place): num(row, "miss_t") for place, row in w.rows("targets")}
    hard = w.tables.setting("target_policy") == "hard"
    for row in w.tables["Targets"]:
        for place in w.places:
            share = row.years.get(place[1])
            if share is None:
                continue
            miss = missed.get((row.text("target"), place), 0.0)
            asked, reached, scale = _TARGETS[row.text("type")](w, row, share / 100, place)
            yield excess(f"{row['target']} {place}", asked - reached - miss, scale)
            yield excess(f"{row['target']} {place} is hard", miss if hard else 0.0, scale)


def _china_free(w: World, target: Row, share: float, place: Place) -> tuple[float, float, float]:
    free = wanted = 0.0
    for row in w.rows_at("demand", place):
        if target["region"] in ("*", row["region"]) and target["segment"] in ("*", row["segment"]):
            wanted += num(row, "wanted_t")
            free += sum(num(row, f"level_{level}_t") for level in range(FREE_BELOW[target.text("stage")])) + num(row, "designed_out_t")
    return share * wanted, free, wanted


def _region_share(w: World, target: Row, share: float, place: Place) -> tuple[float, float, float]:
    staged = [(w.projects[p].text("region"), t) for (p, at), t in w.throughput.items() if at == place and w.projects[p]["stage"] == target["stage"]]
    total = sum(t for region, t in staged if not w.in_china[region])
    return sum(t for region, t in staged if region == target["region"]), share * total, total


def _import_share(w: World, target: Row, share: float, place: Place) -> tuple[float, float, float]:
    bought = [row for row in w.rows_at("trade", place) if row["kind"] == "buy" and row["commodity"] == target["commodity"]]
    chinese = sum(num(row, "tonnes_t") for row in bought if w.offers[str(row["from"])]["limit_t"]["china"])
    made = sum(t for row in w.rows_at("production", place) for c, _, t in w.made(row) if c == target["commodity"])
    total = made + sum(num(row, "tonnes_t") for row in bought)
    return chinese, share * total, total


_TARGETS: dict[str, Callable[[World, Row, float, Place], tuple[float, float, float]]] = {
    "min_china_free_share": _china_free,
    "max_region_share": _region_share,
    "max_china_import_share": _import_share,
}


def prerequisites(w: World) -> Iterator[Breach]:
    """Rule 11: what a project requires stands, or was decided by then."""
    for name, builds in w.built.items():
        needed = w.projects[name].text("requires")
        if needed and w.projects[needed].num("existing_t_per_year") == 0:
            for decided, modules in builds:
                path = w.before(decided)
                there = sum(k for at, k in w.built.get(needed, []) if at in path)
                yield excess(f"{name} {decided}", modules - w.projects[name].whole("max_modules") * there, 1)


def alternatives(w: World) -> Iterator[Breach]:
    """Rule 12: at most one of an exclusive group along a path."""
    groups = {row.text("exclusive_group") for row in w.projects.values() if row["exclusive_group"]}
    for group in groups:
        for scenario, path in w.paths.items():
            built = sum(k for p, row in w.projects.items() if row["exclusive_group"] == group for at, k in w.built.get(p, []) if at in path)
            yield excess(f"{group} {scenario}", built - 1, 1)


def public_money(w: World) -> Iterator[Breach]:
    """Rule 13: instruments within their shares and their reach, governments within their money."""
    instruments = w.tables.ids("Finance.instrument") if w.tables["Finance"] else {}
    spent: dict[tuple[str, Place], float] = defaultdict(float)
    by_decision: dict[tuple[str, Place], float] = defaultdict(float)
    for row in w.plan["finance"]:
        name, place, money = str(row["project"]), (str(row["branch"]), int(num(row, "decision_year"))), num(row, "support_musd")
        instrument, project = instruments[str(row["instrument"])], w.projects[name]
        overnight = _overnight(w, name, place)
        yield excess(f"{name} {place} {row['instrument']}", money - instrument.num("max_share_percent") / 100 * overnight, overnight)
        reach = {"*", project.text("stage")} & set(instrument.list("stages")) and {"*", project.text("region")} & set(instrument.list("regions"))
        yield excess(f"{name} {place} {row['instrument']}", 0.0 if reach else money, money)
        by_decision[name, place] += money
        spent[instrument.text("government"), place] += money
    most = w.number_setting("max_public_share_percent") / 100
    for (name, place), money in by_decision.items():
        yield excess(f"{name} {place}", money - most * _overnight(w, name, place), _overnight(w, name, place))
    budgets = w.tables.ids("Budgets.government") if w.tables["Budgets"] else {}
    for government in {g for g, _ in spent}:
        given = budgets[government].years if government in budgets else {}
        for place in w.places:
            total = sum(spent.get((government, at), 0.0) for at in w.before(place))
            money = sum(m or 0.0 for y, m in given.items() if w.tables.years[0] <= y <= place[1])
            yield excess(f"{government} {place}", total - money, money)


def _overnight(w: World, project: str, place: Place) -> float:
    row = w.projects[project]
    overrun = w.tables.ids("Regions.region")[row.text("region")].num("cost_overrun_percent") / 100
    modules = sum(k for at, k in w.built.get(project, []) if at == place)
    return modules * row.num("capex_musd_per_module") * (1 + overrun)


_INTENSITY = {"co2_t": "co2_t_per_t", "water_m3": "water_m3_per_t", "radioactive_t": "radioactive_t_per_t"}


def limits(w: World) -> Iterator[Breach]:
    """Rule 14: decisions and capital per year of a node, and yearly CO2, water and residue, within their limits."""
    for row in w.tables["Limits"]:
        names = [p for p, r in w.projects.items() if row["region"] in ("*", r["region"]) and row["stage"] in ("*", r["stage"])]
        measure = row.text("measure")
        for place in w.places:
            most = row.years.get(place[1])
            if most is None:
                continue
            if measure == "decisions":
                total = sum(k for p in names for at, k in w.built.get(p, []) if at == place) / w.span(place[1])
            elif measure == "capex_musd":
                total = sum(_overnight(w, p, place) for p in names if p in w.built) / w.span(place[1])
            else:
                total = sum(w.throughput.get((p, place), 0.0) * w.projects[p].num(_INTENSITY[measure]) for p in names)
            yield excess(f"{row['limit']} {place}", total - most, most)


RULES: dict[str, Callable[[World], Iterator[Breach]]] = {
    "1 build window": build_window,
    "2-3 capacity": capacity,
    "2 recipes and origin": recipes_accepted,
    "4 reserve": reserve,
    "5 balance": balance,
    "5 stock": stock_bounds,
    "6 shipping": shipping,
    "7 offers": offers,
    "8 sales": sales,
    "9 demand": demand,
    "10 targets": targets,
    "11 prerequisite": prerequisites,
    "12 alternatives": alternatives,
    "13 public money": public_money,
    "14 limits": limits,
}

"""The cost of MODEL.md section 7 recomputed from the rows of the plan, and held against what it says it costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.recheck.world import Breach, Place, World, excess, num

M = 1e-6  # M USD in a USD
Costs = dict[tuple[str, Place], float]


def recheck_cost(w: World) -> Iterator[Breach]:
    """Every kind of cost in every node, and the weighted total."""
    found: Costs = defaultdict(float)
    for part in (_capital, _operation, _trade, _demand):
        part(w, found)
    total = 0.0
    told_total = 0.0
    for place, row in w.rows("costs"):
        weight = w.probability(place) * w.discount(place[1])
        yield excess(f"weight {place}", abs(weight - num(row, "weight")), weight)
        of_node = sum(cost for (_, at), cost in found.items() if at == place)
        for column in (c for c in row if c.endswith("_musd_per_year") and not c.startswith("total")):
            kind = column.removesuffix("_musd_per_year")
            cost = found[kind, place]
            yield excess(f"{kind} {place}", abs(cost - num(row, column)), max(abs(cost), abs(of_node) * 0.01))
        total += weight * of_node
        told_total += num(row, "weighted_musd")
    yield excess("total", abs(total - told_total), total)
    if w.plan.get("headline"):
        objective = _with_tail(w, found, total)
        yield excess("objective", abs(objective - num(w.plan["headline"][0], "objective_musd")), objective)
    if {place for place, _ in w.rows("costs")} != set(w.places):
        yield Breach("a node without its row of costs", 1.0)


def _with_tail(w: World, found: Costs, expected: float) -> float:
    """The expected cost mixed with the mean of the worst scenarios, as far as the tail reaches."""
    weight = w.number_setting("risk_weight")
    if not weight or len(w.paths) < 2:
        return expected
    of_place: dict[Place, float] = defaultdict(float)
    for (_, place), cost in found.items():
        of_place[place] += cost
    of_scenario = {s: sum(w.discount(place[1]) * of_place[place] for place in path) for s, path in w.paths.items()}
    odds = {r.text("scenario"): r.num("probability_percent") / 100 for r in w.tables["Scenarios"]}
    left = tail = w.number_setting("risk_tail_percent") / 100
    mean = 0.0
    for s, cost in sorted(of_scenario.items(), key=lambda item: -item[1]):
        share = min(left, odds[s])
        mean += share / tail * cost
        left -= share
    return (1 - weight) * expected + weight * mean


def _crf(rate: float, years: int) -> float:
    return 1 / years if rate == 0 else rate / (1 - 1 / (1 + rate) ** years)


def _capital(w: World, found: Costs) -> None:
    """Annuities from the planned on-line year, private but for what is supported."""
    regions = w.tables.ids("Regions.region")
    rates = {i: r.num("rate_percent") / 100 for i, r in w.tables.ids("Finance.instrument").items()} if w.tables["Finance"] else {}
    for name, builds in w.built.items():
        row = w.projects[name]
        region = regions[row.text("region")]
        wacc, life, building = region.num("wacc_percent") / 100, row.whole("life_years"), row.whole("construction_years")
        overnight = row.num("capex_musd_per_module") * (1 + region.num("cost_overrun_percent") / 100)
        private = (1 + wacc) ** (building / 2) * _crf(wacc, life)
        for decided, modules in builds:
            planned = decided[1] + w.lead(name)
            saved = 0.0
            for support in w.plan["finance"]:
                if support["project"] == name and (str(support["branch"]), int(num(support, "decision_year"))) == decided:
                    rate = rates[str(support["instrument"])]
                    saved += num(support, "support_musd") * ((1 + rate) ** (building / 2) * _crf(rate, life) - private)
            for place in w.places:
                if planned <= place[1] < planned + life and decided in w.before(place):
                    factor = w.factor("capex", place, **w.plant(name))
                    found["capital", place] += modules * overnight * private * factor + saved


def _operation(w: World, found: Costs) -> None:
    """Fixed opex of what stands and is on line, variable opex and carbon of what runs."""
    carbon = w.number_setting("carbon_price_usd_per_t")
    for name, row in w.projects.items():
        for place in w.places:
            found["fixed_opex", place] += row.num("fixed_opex_usd_per_t_capacity") * M * w.online(name, place)
            runs = w.throughput.get((name, place), 0.0)
            found["variable_opex", place] += (row.num("variable_opex_usd_per_t") + carbon * row.num("co2_t_per_t")) * M * runs
    piles = {(r.text("region"), r.text("commodity")): r for r in w.tables["Stockpiles"]}
    for place, told in w.rows("stockpiles"):
        pile = piles[str(told["region"]), str(told["commodity"])]
        found["stock_holding", place] += pile.num("holding_usd_per_t_year") * M * num(told, "stock_t")


def _trade(w: World, found: Costs) -> None:
    """Freight and route tariffs, imports with their duty, sales."""
    goods = w.tables.ids("Commodities.commodity")
    for place, row in w.rows("trade"):
        tonnes, c = num(row, "tonnes_t"), str(row["commodity"])
        if row["kind"] == "ship":
            route = w.route(row)
            price = goods[c].num("reference_price_usd_per_t") if c in goods else 0.0
            if route is not None:
                found["shipping", place] += (route.num("cost_usd_per_t") + route.num("tariff_percent") / 100 * price) * M * tonnes
        elif row["kind"] == "buy":
            offer = w.offers[str(row["from"])]
            price = (offer["price_usd_per_t"].years[place[1]] or 0.0) * w.offer_factor(str(row["from"]), "price", place)
            found["imports", place] += price * (1 + offer["limit_t"].num("tariff_percent") / 100) * M * tonnes
        else:
            found["byproduct_sales", place] -= goods[c].num("sale_price_usd_per_t") * M * tonnes


def _demand(w: World, found: Costs) -> None:
    """Shortage, redesign, and the price of missed targets."""
    shortage = {s: r.num("shortage_cost_usd_per_t") for s, r in w.tables.ids("Segments.segment").items()}
    swaps = w.tables.ids("Substitution.segment") if w.tables["Substitution"] else {}
    for place, row in w.rows("demand"):
        segment = str(row["segment"])
        found["shortage", place] += shortage[segment] * M * num(row, "short_t")
        if segment in swaps:
            found["redesign", place] += swaps[segment].num("cost_usd_per_t") * M * num(row, "designed_out_t")
    for place, row in w.rows("targets"):
        found["target_penalty", place] += w.number_setting("target_penalty_usd_per_t") * M * num(row, "miss_t")

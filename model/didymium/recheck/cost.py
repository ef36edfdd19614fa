"""The cost of MODEL.md section 7 recomputed from the rows of the plan, and held against what it says it costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

from didymium.recheck import yearly
from didymium.recheck.inputs import Breach, Place, RecheckInputs, excess, num
from didymium.tables.rows import Row

M = 1e-6  # M USD in a USD
Costs = dict[tuple[str, Place], float]


def recheck_cost(w: RecheckInputs) -> Iterator[Breach]:
    """Every kind of cost in every node, and the weighted total."""
    found: Costs = defaultdict(float)
    for part in (_capital, _operation, _trade, _demand, _contracts):
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


def _with_tail(w: RecheckInputs, found: Costs, expected: float) -> float:
    """The expected cost mixed with the mean of the worst scenarios, as far as the tail reaches."""
    weight = min(0.999, w.number_setting("risk_weight"))
    if not weight or len(w.paths) < 2:
        return expected
    of_place: dict[Place, float] = defaultdict(float)
    for (_, place), cost in found.items():
        of_place[place] += cost
    of_scenario = {s: sum(w.discount(place[1]) * of_place[place] for place in path) for s, path in w.paths.items()}
    probability = {r.text("scenario"): r.num("probability_percent") / 100 for r in w.tables["Scenarios"]}
    left = tail = w.number_setting("risk_tail_percent") / 100
    mean = 0.0
    for s, cost in sorted(of_scenario.items(), key=lambda item: -item[1]):
        share = min(left, probability[s])
        mean += share / tail * cost
        left -= share
    return (1 - weight) * expected + weight * mean


def capital_recovery(rate: float, years: int) -> float:
    """Yearly payment per M USD of capital."""
    return 1 / years if rate == 0 else rate / (1 - 1 / (1 + rate) ** years)


def _capital(w: RecheckInputs, found: Costs) -> None:
    """Annuities from the planned on-line year, private but for what is supported; and the cost of what that gives
    away."""
    instruments = w.ids("Finance.instrument") if w.tables["Finance"] else {}
    share = w.number_setting("cost_of_public_funds_percent") / 100
    for name, builds in w.built.items():
        row = w.projects[name]
        wacc, life, building = (
            w.own(name, "wacc_percent") / 100,
            row.integer("life_years"),
            row.integer("construction_years"),
        )
        private = (1 + wacc) ** (building / 2) * capital_recovery(wacc, life)
        for decided, modules in builds:
            planned = decided[1] + w.lead(name)
            changed = given = 0.0
            for support in w.plan["finance"]:
                if (
                    support["project"] == name
                    and (str(support["branch"]), int(num(support, "decision_year"))) == decided
                ):
                    instrument = instruments[str(support["instrument"])]
                    rate = instrument.num("rate_percent") / 100
                    public = (
                        instrument.num("repaid_percent")
                        / 100
                        * (1 + rate) ** (building / 2)
                        * capital_recovery(rate, life)
                    )
                    changed += num(support, "support_musd") * (public - private)
                    given += num(support, "support_musd") * max(0.0, private - public)
            for place in (p for p in w.places if decided in w.before(p)):
                years = range(planned, planned + life)
                if paying := w.part(place, years):
                    factor = w.money(place, partial(capex_factor, w, name, place, years))
                    found["capital", place] += modules * w.overnight(name) * private * factor + changed * paying
                    found["public_funds", place] += share * given * paying


def capex_factor(w: RecheckInputs, project: str, place: Place, paying: range, year: int) -> float:
    """What the annuity of a year is multiplied by; 0 in a year in which none is paid."""
    return w.factor("capex", place[0], year, **w.plant(project)) if year in paying else 0.0


def _operation(w: RecheckInputs, found: Costs) -> None:
    """Fixed opex of what stands and of whole modules on line less what mothballing saves, variable opex and carbon of
    what runs."""
    idle = {(str(row["project"]), place): num(row, "idle_t_per_year") for place, row in w.rows("capacity")}
    for name, row in w.projects.items():
        for place in w.places:
            found["fixed_opex", place] += M * w.money(place, partial(fixed_opex, w, name, place))
            if still := idle.get((name, place), 0.0):
                each = w.money(place, partial(opex, w, "fixed_opex_usd_per_t_capacity", name, place))
                found["fixed_opex", place] -= M * (1 - row.num("mothball_percent") / 100) * each * still
            if runs := w.throughput.get((name, place), 0.0):
                found["variable_opex", place] += M * runs * w.money(place, partial(running_cost, w, name, place))
    piles = {(r.text("region"), r.text("commodity")): r for r in w.tables["Stockpiles"]}
    for place, told in w.rows("stockpiles"):
        pile = piles[str(told["region"]), str(told["commodity"])]
        found["stock_holding", place] += pile.num("holding_usd_per_t_year") * M * num(told, "stock_t")


def opex(w: RecheckInputs, column: str, project: str, place: Place, year: int) -> float:
    """Fixed opex a tonne of capacity, or variable opex a tonne of throughput, in a year, USD."""
    return w.projects[project].num(column) * w.factor(column.split("_usd")[0], place[0], year, **w.plant(project))


def fixed_opex(w: RecheckInputs, project: str, place: Place, year: int) -> float:
    """Fixed opex of a plant in a year, USD, before mothballing."""
    return opex(w, "fixed_opex_usd_per_t_capacity", project, place, year) * w.charged(project, place, year)


def running_cost(w: RecheckInputs, project: str, place: Place, year: int) -> float:
    """Variable opex and carbon of a tonne of throughput in a year, USD."""
    carbon = w.number_setting("carbon_price_usd_per_t") * w.factor("carbon_price", place[0], year)
    return opex(w, "variable_opex_usd_per_t", project, place, year) + carbon * w.projects[project].num("co2_t_per_t")


def _trade(w: RecheckInputs, found: Costs) -> None:
    """Freight and route tariffs, imports with their duty, sales, and what is thrown away."""
    goods = w.ids("Commodities.commodity")
    columns = {"ship": "shipping", "buy": "imports", "sell": "byproduct_sales"}
    for place, row in w.rows("trade"):
        found[columns[str(row["kind"])], place] += M * num(row, "tonnes_t") * _traded(w, row, place)
    for place, row in w.rows("disposal"):
        listed = goods.get(str(row["commodity"]))
        cost = (
            0.0
            if listed is None or listed["disposal_cost_usd_per_t"] is None
            else listed.num("disposal_cost_usd_per_t")
        )
        found["disposal", place] += M * cost * num(row, "dump_t")


def _traded(w: RecheckInputs, row: dict[str, object], place: Place) -> float:
    """What a tonne shipped, bought or sold costs in a node, USD; below 0 where it is sold."""
    kind, start, end, c = (str(row[column]) for column in ("kind", "from", "to", "commodity"))
    prices: dict[str, Callable[[int], float]] = {
        "ship": lambda y: yearly.freight(w, route, c, end, place[0], y) if (route := w.route(row)) else 0.0,
        "buy": lambda y: yearly.landed(w, start, end, place[0], y),
        "sell": lambda y: (
            -w.ids("Commodities.commodity")[c].num("sale_price_usd_per_t")
            * yearly.outlet(w, "sale_price", c, place[0], y)
        ),
    }
    return float(w.once((kind, c, start, end, place), lambda: w.money(place, prices[kind])))


def _demand(w: RecheckInputs, found: Costs) -> None:
    """Shortage, redesign, and the price of missed targets."""
    shortage = {s: r.num("shortage_cost_usd_per_t") for s, r in w.ids("Segments.segment").items()}
    swaps = w.ids("Substitution.segment") if w.tables["Substitution"] else {}
    for place, row in w.rows("demand"):
        segment = str(row["segment"])
        found["shortage", place] += shortage[segment] * M * num(row, "short_t")
        if segment in swaps:
            found["redesign", place] += swaps[segment].num("cost_usd_per_t") * M * num(row, "designed_out_t")
    asked = w.ids("Targets.target") if w.tables["Targets"] else {}
    for place, row in w.rows("targets"):
        target = asked[str(row["target"])]
        price = (
            w.number_setting("target_penalty_usd_per_t")
            if target["penalty_usd_per_t"] is None
            else target.num("penalty_usd_per_t")
        )
        found["target_penalty", place] += (
            price * M * num(row, "miss_t") * w.part(place, yearly.asked_years(w, target, place))
        )


def _contracts(w: RecheckInputs, found: Costs) -> None:
    """What is paid for tonnes not taken, and the cost of public funds of floor payments."""
    share = w.number_setting("cost_of_public_funds_percent") / 100
    left = {(str(row["contract"]), place): num(row, "untaken_t") for place, row in w.rows("contracts")}
    for row in w.tables["Contracts"]:
        price = 0.0 if row["price_usd_per_t"] is None else row.num("price_usd_per_t")
        for place in w.places:
            years = yearly.in_force(row, place, w)
            if row["kind"] == "offtake":
                found["untaken", place] += (
                    M * price * w.part(place, years) * left.get((row.text("contract"), place), 0.0)
                )
            elif share and (made := made_under(w, row, place)):
                each = w.money(place, partial(lacks_of_floor, w, row, place, price))
                found["public_funds", place] += share * M * each * made


def made_under(w: RecheckInputs, contract: Row, place: Place) -> float:
    """What the plant of a contract makes of its commodity, t/year."""
    rows = [row for row in w.rows_at("production", place) if row["project"] == contract["project"]]
    return sum(
        w.recipes[str(row["recipe"])][1].get(contract.text("commodity"), 0.0) * num(row, "throughput_t") for row in rows
    )


def lacks_of_floor(w: RecheckInputs, contract: Row, place: Place, floor: float, year: int) -> float:
    """What the market price lacks of a floor, USD a tonne; nothing in a year in which it is not in force."""
    if not contract.integer("from_year") <= year <= contract.integer("to_year"):
        return 0.0
    return max(0.0, floor - yearly.market(w, contract.text("commodity"), place[0], year))

"""The cost recomputed from the rows of the plan, kind by kind, and compared with the cost that the plan reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

from didymium.recheck import yearly
from didymium.recheck.inputs import Breach, Place, RecheckInputs, excess, num
from didymium.recheck.online import charged
from didymium.tables.rows import Row

M = 1e-6  # M USD in a USD
Costs = dict[tuple[str, Place], float]


def recheck_cost(data: RecheckInputs) -> Iterator[Breach]:
    """Compare every kind of cost in every node, the weights, the weighted total and the objective."""
    found: Costs = defaultdict(float)
    for part in (_capital, _operation, _trade, _demand, _contracts):
        part(data, found)
    of_place: dict[Place, float] = defaultdict(float)
    for (_, place), cost in found.items():
        of_place[place] += cost
    total = 0.0
    reported_total = 0.0
    for place, row in data.rows("costs"):
        weight = data.probability(place) * data.discount(place[1])
        yield excess(f"weight {place}", abs(weight - num(row, "weight")), weight)
        of_node = of_place[place]
        for column in (c for c in row if c.endswith("_musd_per_year") and not c.startswith("total")):
            kind = column.removesuffix("_musd_per_year")
            cost = found[kind, place]
            yield excess(f"{kind} {place}", abs(cost - num(row, column)), max(abs(cost), abs(of_node) * 0.01))
        total += weight * of_node
        reported_total += num(row, "weighted_musd")
    yield excess("total", abs(total - reported_total), total)
    if data.plan.get("headline"):
        objective = _with_tail(data, of_place, total)
        yield excess("objective", abs(objective - num(data.plan["headline"][0], "objective_musd")), objective)
    if {place for place, _ in data.rows("costs")} != set(data.places):
        yield Breach("a node without its row of costs", 1.0)


def _with_tail(data: RecheckInputs, of_place: dict[Place, float], expected: float) -> float:
    """Return the mean-CVaR of the cost, M USD: the expected cost and the mean of the worst scenarios, weighted.

    The worst scenarios are those in the tail, whose probability is a setting.
    """
    weight = min(0.999, data.number_setting("risk_weight"))
    if not weight or len(data.paths) < 2:
        return expected
    of_scenario = {
        s: sum(data.discount(place[1]) * of_place[place] for place in path) for s, path in data.paths.items()
    }
    probability = {r.text("scenario"): r.num("probability_percent") / 100 for r in data.tables["Scenarios"]}
    left = tail = data.number_setting("risk_tail_percent") / 100
    mean = 0.0
    for s, cost in sorted(of_scenario.items(), key=lambda item: -item[1]):
        share = min(left, probability[s])
        mean += share / tail * cost
        left -= share
    return (1 - weight) * expected + weight * mean


def capital_recovery(rate: float, years: int) -> float:
    """Return the yearly payment per M USD of capital: the capital recovery factor."""
    return 1 / years if rate == 0 else rate / (1 - 1 / (1 + rate) ** years)


def _capital(data: RecheckInputs, found: Costs) -> None:
    """Add annuities from the planned on-line year, private but for public money, and the cost of public funds."""
    for name, builds in data.built.items():
        life = data.projects[name].integer("life_years")
        private = payment(data, name, data.own(name, "wacc_percent") / 100)
        for decided, modules in builds:
            planned = decided[1] + data.lead_time(name)
            changed, forgone = _public_money(data, name, decided, private)
            for place in (p for p in data.places if data.is_known(decided, p)):
                years = range(planned, planned + life)
                if paying := data.part(place, years):
                    factor = data.money(place, partial(capex_factor, data, name, place, years))
                    found["capital", place] += modules * data.overnight(name) * private * factor + changed * paying
                    found["public_funds", place] += data.funds_share * forgone * paying


def payment(data: RecheckInputs, name: str, rate: float, repaid: float = 1.0) -> float:
    """Return the yearly payment per M USD of overnight capex of a project at an interest rate, M USD.

    `repaid` is the share that is repaid at all.
    """
    row = data.projects[name]
    recovery = capital_recovery(rate, row.integer("life_years"))
    return repaid * float((1 + rate) ** (row.integer("construction_years") / 2)) * recovery


def _public_money(data: RecheckInputs, name: str, decided: Place, private: float) -> tuple[float, float]:
    """Return by how much the public money in a decision changes its annuity, and how much of it is not got back.

    Both in M USD a year; `private` is the yearly payment per M USD of private capital.
    """
    changed = forgone = 0.0
    for money, instrument in data.supports(name, decided):
        repaid = instrument.num("repaid_percent") / 100
        public = payment(data, name, instrument.num("rate_percent") / 100, repaid)
        changed += money * (public - private)
        forgone += money * max(0.0, private - public)
    return changed, forgone


def capex_factor(data: RecheckInputs, project: str, place: Place, paying: range, year: int) -> float:
    """Return the factor of shocks on the annuity of a year; 0 in a year in which none is paid."""
    return data.factor("capex", place[0], year, **data.plant(project)) if year in paying else 0.0


def _operation(data: RecheckInputs, found: Costs) -> None:
    """Add fixed opex less what mothballing saves, variable opex and carbon, and the holding cost of stocks."""
    idle = {(str(row["project"]), place): num(row, "idle_t_per_year") for place, row in data.rows("capacity")}
    for name in data.projects:
        for place in data.places:
            found["fixed_opex", place] += M * fixed_opex(data, name, place)
            if mothballed := idle.get((name, place), 0.0):
                found["fixed_opex", place] -= M * idle_saving(data, name, place) * mothballed
            if throughput := data.throughput.get((name, place), 0.0):
                found["variable_opex", place] += M * throughput * running_cost(data, name, place)
    piles = {(r.text("region"), r.text("commodity")): r for r in data.tables["Stockpiles"]}
    for place, reported in data.rows("stockpiles"):
        pile = piles[str(reported["region"]), str(reported["commodity"])]
        found["stock_holding", place] += pile.num("holding_usd_per_t_year") * M * num(reported, "stock_t")


def fixed_opex(data: RecheckInputs, project: str, place: Place) -> float:
    """Return the fixed opex of a plant in a year of a node, USD, before mothballing."""
    in_year = partial(_fixed_opex, data, project, place)
    return float(data.once(("fixed opex", project, place), lambda: data.money(place, in_year)))


def idle_saving(data: RecheckInputs, project: str, place: Place) -> float:
    """Return what a tonne of mothballed capacity saves in a year of a node, USD."""
    each = data.money(place, partial(_opex, data, "fixed_opex_usd_per_t_capacity", project, place))
    return (1 - data.projects[project].num("mothball_percent") / 100) * each


def running_cost(data: RecheckInputs, project: str, place: Place) -> float:
    """Return variable opex and carbon cost per tonne of throughput in a year of a node, USD."""
    in_year = partial(_running_cost, data, project, place)
    return float(data.once(("running cost", project, place), lambda: data.money(place, in_year)))


def _opex(data: RecheckInputs, column: str, project: str, place: Place, year: int) -> float:
    """Return fixed opex per tonne of capacity, or variable opex per tonne of throughput, in a year, USD."""
    return data.projects[project].num(column) * data.factor(
        column.split("_usd")[0], place[0], year, **data.plant(project)
    )


def _fixed_opex(data: RecheckInputs, project: str, place: Place, year: int) -> float:
    return _opex(data, "fixed_opex_usd_per_t_capacity", project, place, year) * charged(data, project, place, year)


def _running_cost(data: RecheckInputs, project: str, place: Place, year: int) -> float:
    carbon = data.number_setting("carbon_price_usd_per_t") * data.factor("carbon_price", place[0], year)
    return _opex(data, "variable_opex_usd_per_t", project, place, year) + carbon * data.projects[project].num(
        "co2_t_per_t"
    )


def _trade(data: RecheckInputs, found: Costs) -> None:
    """Add freight and route tariffs, imports with their duty, sales, and disposal."""
    goods = data.ids("Commodities.commodity")
    columns = {"ship": "shipping", "buy": "imports", "sell": "byproduct_sales"}
    for place, row in data.rows("trade"):
        found[columns[str(row["kind"])], place] += M * num(row, "tonnes_t") * _traded(data, row, place)
    for place, row in data.rows("disposal"):
        listed = goods.get(str(row["commodity"]))
        is_free = listed is None or listed["disposal_cost_usd_per_t"] is None
        cost = 0.0 if listed is None or is_free else listed.num("disposal_cost_usd_per_t")
        found["disposal", place] += M * cost * num(row, "dump_t")


def _traded(data: RecheckInputs, row: dict[str, object], place: Place) -> float:
    """Return the cost per tonne of a row of trade in a node, USD; negative where it is sold."""
    kind, start, end, c = (str(row[column]) for column in ("kind", "from", "to", "commodity"))
    unit_cost: dict[str, Callable[[int], float]] = {
        "ship": lambda y: yearly.freight(data, route, c, end, place[0], y) if (route := data.route(row)) else 0.0,
        "buy": lambda y: yearly.landed(data, start, end, place[0], y),
        "sell": lambda y: (
            -data.ids("Commodities.commodity")[c].num("sale_price_usd_per_t")
            * yearly.outlet(data, "sale_price", c, place[0], y)
        ),
    }
    return float(data.once((kind, c, start, end, place), lambda: data.money(place, unit_cost[kind])))


def _demand(data: RecheckInputs, found: Costs) -> None:
    """Add shortage, redesign and the penalties of missed targets."""
    shortage = {s: r.num("shortage_cost_usd_per_t") for s, r in data.ids("Segments.segment").items()}
    swaps = data.ids("Substitution.segment") if data.tables["Substitution"] else {}
    for place, row in data.rows("demand"):
        segment = str(row["segment"])
        found["shortage", place] += shortage[segment] * M * num(row, "short_t")
        if segment in swaps:
            found["redesign", place] += swaps[segment].num("cost_usd_per_t") * M * num(row, "designed_out_t")
    target_rows = data.ids("Targets.target") if data.tables["Targets"] else {}
    for place, row in data.rows("targets"):
        target = target_rows[str(row["target"])]
        has_own = target["penalty_usd_per_t"] is not None
        price = target.num("penalty_usd_per_t") if has_own else data.number_setting("target_penalty_usd_per_t")
        active = data.part(place, yearly.active_years(data, target, place))
        found["target_penalty", place] += price * M * num(row, "miss_t") * active


def _contracts(data: RecheckInputs, found: Costs) -> None:
    """Add what is paid for tonnes not taken, and the cost of public funds of floor payments."""
    share = data.funds_share
    untaken = {(str(row["contract"]), place): num(row, "untaken_t") for place, row in data.rows("contracts")}
    for row in data.tables["Contracts"]:
        price = 0.0 if row["price_usd_per_t"] is None else row.num("price_usd_per_t")
        for place in data.places:
            years = yearly.in_force(row, place, data)
            if row["kind"] == "offtake":
                tonnes = untaken.get((row.text("contract"), place), 0.0)
                found["untaken", place] += M * price * data.part(place, years) * tonnes
            elif share and (made := made_under(data, row, place)):
                each = data.money(place, partial(below_floor, data, row, place, price))
                found["public_funds", place] += share * M * each * made


def made_under(data: RecheckInputs, contract: Row, place: Place) -> float:
    """Return what the plant of a contract makes of its commodity, t/year."""
    return sum(
        data.recipes[str(row["recipe"])][1].get(contract.text("commodity"), 0.0) * num(row, "throughput_t")
        for row in data.rows_of("production", place, contract.text("project"))
    )


def below_floor(data: RecheckInputs, contract: Row, place: Place, floor: float, year: int) -> float:
    """Return by how much the market price is below a floor, USD/t; 0 in a year in which it is not in force."""
    if not contract.integer("from_year") <= year <= contract.integer("to_year"):
        return 0.0
    return max(0.0, floor - yearly.market(data, contract.text("commodity"), place[0], year))

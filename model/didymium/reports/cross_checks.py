"""Checks of the rows of one sheet against another: each counts the rows that do not agree, and there should be none.

Amounts may differ by half of their last digit shown (0.05 t or M USD), so that a row which looks right is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial, reduce
from operator import add, sub

from didymium.excel.book import Area
from didymium.excel.headings import words_of
from didymium.plan.answer import Answer
from didymium.plan.rows import as_number
from didymium.plan.tables import ORIGIN_LEVELS
from didymium.plan.viability import PAID
from didymium.reports import balance, finance_checks
from didymium.reports.inputs import Places, columns_of
from didymium.reports.palette import KIND_WORDS
from didymium.reports.row_checks import NEAR, NEAR_PROBABILITY, SHARE, CrossCheck, differs, every_year, exceeds, few
from didymium.reports.row_formulas import RowFormula, TableFormulas, Where
from didymium.results import PER_YEAR, TABLES

OWN = ("capital", "fixed_opex", "variable_opex")
MONEY = [c.name.removesuffix(PER_YEAR) for c in TABLES["viability"].columns if c.name.endswith(PER_YEAR)]


def cross_checks(plan: Answer, areas: Mapping[str, Area], where: Places) -> Iterator[CrossCheck]:
    """Yield every check that the plan's tables allow, except those over tables without rows."""
    by_recipe = balance.throughput(plan.tables)
    flows = [{**row, "moved_t": balance.moved(row, by_recipe)} for row in plan.tables["recipe_flows"]]
    sheets = TableFormulas(
        {**plan.tables_by_name(), "recipe_flows": flows, **_inputs(plan)}, {**areas, **_input_areas(plan, where)}
    )
    for part in _CHECKS:
        for check in part(sheets, plan):
            if len(check.wrong.values):
                yield check


def _inputs(plan: Answer) -> dict[str, list[dict[str, object]]]:
    return {f"Inputs {name}": [row.values for row in plan.source[name]] for name in ("Projects", "Regions")}


def _input_areas(plan: Answer, where: Places) -> dict[str, Area]:
    tops = {name: top for name, top in where.tops.items() if f"Inputs {name}" in _inputs(plan)}
    return {
        f"Inputs {name}": Area("Inputs", top, 0, [name, "row", *columns_of(name, plan.source)], len(plan.source[name]))
        for name, top in tops.items()
    }


def _capacity(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Capacity and its own arithmetic."""
    online, ran, used = s.pick("capacity", "online_t_per_year", "throughput_t", "utilisation_percent")
    parts = s.across("capacity", ("standing_t_per_year", "modules_t_per_year"))
    yield CrossCheck("standing capacity plus modules against capacity on line", "capacity", differs(parts, online))
    yield CrossCheck("throughput above capacity on line", "capacity", exceeds(ran, online))
    percent = ran * 100.0 / online
    yield CrossCheck("utilisation against throughput and capacity on line", "capacity", differs(used, percent))


def _plants(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Capacity against Production and Investments."""
    branch, year, project = s.pick("capacity", "branch", "year", "project")
    if few(s, "capacity", "production"):
        # In a plan for one scenario each year has one branch.
        at = {"branch": branch} if len(plan.scenarios) > 1 else {}
        made = s.sums("production", "throughput_t", year=year, project=project, **at)
        wrong = differs(s.col("capacity", "throughput_t"), made)
        yield CrossCheck("throughput against Production, by plant and year", "capacity", wrong)
    if few(s, "capacity", "investments"):
        last = year if every_year(plan) else year + s.sums("costs", "span_years", branch=branch, year=year) - 1.0
        # A delay never brings a module on line earlier than planned.
        built = s.sums("investments", "capacity_t_per_year", project=project, planned_online_year=("<=", last))
        name = "modules above the capacity that Investments brought on line by that year"
        yield CrossCheck(name, "capacity", exceeds(s.col("capacity", "modules_t_per_year"), built))


def _trade(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    tonnes, price, money = s.pick("trade", "tonnes_t", "cost_usd_per_t", "cost_musd")
    yield CrossCheck("cost against tonnes times cost a tonne", "trade", differs(money, tonnes * price / 1e6))


def _costs(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Costs against Trade and the costs of plants, node by node, and their own arithmetic."""
    weight, total, weighted = s.pick("costs", "weight", "total_musd_per_year", "weighted_musd")
    kinds = [c for c in s.areas["costs"].columns if c.endswith("_musd_per_year") and not c.startswith("total")]
    yield CrossCheck("total against the sum of kinds", "costs", differs(total, s.across("costs", kinds)))
    yield CrossCheck("weighted cost against weight times total", "costs", differs(weighted, weight * total))
    node = s.keys("costs", "branch", "year")
    for kind, cost in (("ship", "shipping"), ("buy", "imports"), ("sell", "byproduct_sales")):
        wrong = differs(s.col("costs", f"{cost}_musd_per_year"), s.sums("trade", "cost_musd", **node, kind=kind))
        yield CrossCheck(f"{KIND_WORDS[cost]} against Trade, by year", "costs", wrong)
    for kind in OWN:
        column = f"{kind}_musd_per_year"
        wrong = differs(s.col("costs", column), s.sums("plants", column, **node))
        yield CrossCheck(f"{KIND_WORDS[kind]} against plants, by year", "costs", wrong)


def _plant_costs(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """The costs of plants: their own arithmetic, and their weights."""
    total, weighted = s.pick("plants", "total_musd_per_year", "weighted_musd")
    parts = s.across("plants", [f"{kind}_musd_per_year" for kind in OWN])
    yield CrossCheck("total of a plant against its three kinds", "plants", differs(total, parts))
    if few(s, "plants", "costs"):
        weight = s.sums("costs", "weight", **s.keys("plants", "branch", "year"))
        wrong = differs(weighted, total * weight)
        yield CrossCheck("weighted cost of a plant against weight times total", "plants", wrong)


_PARTS = [*(f"level_{k}_t" for k in ORIGIN_LEVELS), "designed_out_t", "short_t"]  # of demand


def _demand(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Demand against how it was met."""
    wanted, probability = s.pick("demand", "wanted_t", "probability")
    met = s.across("demand", _PARTS)
    yield CrossCheck("wanted against delivered, designed out and not met", "demand", differs(met, wanted))
    if few(s, "demand", "costs"):
        of_node = s.sums("costs", "probability", **s.keys("demand", "branch", "year"))
        wrong = differs(probability, of_node, NEAR_PROBABILITY)
        yield CrossCheck("probability against Costs", "demand", wrong)


def _origin(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Origin adds up to 100 %, and its rows for all regions and segments agree with Demand, year by year."""
    shares = [part.replace("_t", "_percent") for part in _PARTS]
    total = s.across("origin", shares)
    yield CrossCheck("percents against 100", "origin", (total - 100.0).size().above(NEAR))
    node = s.keys("costs", "branch", "year")
    every: dict[str, Where] = {**node, "region": "~*", "segment": "~*"}
    wanted = s.sums("origin", "wanted_t", **every)
    wrong = differs(wanted, s.sums("demand", "wanted_t", **node))
    yield CrossCheck("wanted by Origin against Demand, by year", "costs", wrong)
    for part, share in zip(_PARTS, shares, strict=True):
        wrong = differs(wanted * s.sums("origin", share, **every) / 100.0, s.sums("demand", part, **node))
        yield CrossCheck(f"{words_of(part.removesuffix('_t'))} by Origin against Demand, by year", "costs", wrong)


def _paths(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Paths against what is delivered, year by year at each exposure level, and row by row where that is quick."""
    node = s.keys("costs", "branch", "year")
    for k in ORIGIN_LEVELS:
        at = RowFormula(str(k), [k] * len(plan.tables["costs"]))
        wrong = differs(s.sums("paths", "tonnes_t", **{**node, "level": at}), s.sums("demand", f"level_{k}_t", **node))
        yield CrossCheck(f"paths at exposure level {k} against Demand, by year", "costs", wrong)
    if few(s, "demand", "paths") and few(s, "demand", "demand"):
        where = s.keys("demand", "branch", "year", "region", "segment", "commodity")
        delivered = reduce(add, (s.sums("demand", f"level_{k}_t", **where) for k in ORIGIN_LEVELS))
        yield CrossCheck("paths against delivered", "demand", differs(s.sums("paths", "tonnes_t", **where), delivered))


def _targets(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    reached, base, counted = s.pick("targets", "reached_percent", "base_t", "counted_t")
    wrong = (reached * base / 100.0 - counted).size().above(base * (NEAR / 100) + NEAR)
    yield CrossCheck("reached against counted and base", "targets", wrong)


def _balance(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Balance against Trade and Demand by year, and against recipes by commodity."""
    node = s.keys("costs", "branch", "year")
    for flow, kind in (("shipped_in_t", "ship"), ("shipped_out_t", "ship"), ("bought_t", "buy"), ("sold_t", "sell")):
        wrong = differs(s.sums("balance", flow, **node), s.sums("trade", "tonnes_t", **node, kind=kind))
        yield CrossCheck(f"{words_of(flow.removesuffix('_t'))} by Balance against Trade, by year", "costs", wrong)
    delivered = reduce(add, (s.sums("demand", f"level_{k}_t", **node) for k in ORIGIN_LEVELS))
    wrong = differs(s.sums("balance", "served_t", **node), delivered)
    yield CrossCheck("served by Balance against Demand, by year", "costs", wrong)
    goods = s.keys("recipe_flows", "commodity")
    both = s.sums("balance", "made_t", **goods) + s.sums("balance", "used_t", **goods)
    wrong = differs(s.sums("recipe_flows", "moved_t", **goods), both)
    yield CrossCheck("made and used by recipe against Balance, by commodity", "recipe_flows", wrong)


def _public_money(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Public money: Investments against Finance."""
    support, capex, probability = s.pick("investments", "support_musd", "capex_musd", "probability")
    percents: list[object] = [
        100 * as_number(a) / as_number(b) if b else 0.0 for a, b in zip(support.values, capex.values, strict=True)
    ]
    if percents:
        percent = RowFormula(s.range("investments", "public_percent"), percents)
        wrong = (percent * capex / 100.0 - support).size().above(capex * (NEAR / 100) + SHARE)
        yield CrossCheck("percent of public money against capex", "investments", wrong)
    decision = s.keys("investments", "branch", "decision_year", "project")
    wrong = differs(support, s.sums("finance", "support_musd", **decision))
    yield CrossCheck("public money against Finance, by decision", "investments", wrong)
    of_node = s.sums("costs", "probability", branch=decision["branch"], year=decision["decision_year"])
    wrong = differs(probability, of_node, NEAR_PROBABILITY)
    yield CrossCheck("probability against Costs", "investments", wrong)


def _budgets(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Finance against Investments, and budgets against Finance."""
    decided = s.counts("investments", **s.keys("finance", "branch", "decision_year", "project"))
    yield CrossCheck("public money for a decision that is not in Investments", "finance", decided.below(1.0))
    spent, available = s.pick("budgets", "spent_musd", "available_musd")
    yield CrossCheck("spent above what is available", "budgets", exceeds(spent, available))
    if len(plan.scenarios) == 1:
        government, last = s.pick("budgets", "government", "year")
        granted = s.sums("finance", "support_musd", government=government, decision_year=("<=", last))
        yield CrossCheck("spent against Finance, by government and year", "budgets", differs(spent, granted))


def _capital(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """From capex to annuity, by the interest of the region and the years of the project."""
    of_project = partial(_of_project, s)
    modules, capacity, capex, annuity = s.pick(
        "investments", "modules", "capacity_t_per_year", "capex_musd", "annuity_musd_per_year"
    )
    wrong = differs(capacity, modules * of_project("module_t_per_year"))
    yield CrossCheck("capacity against modules times the size of a module", "investments", wrong)
    overnight = modules * of_project("capex_musd_per_module") * (_rate(s, "cost_overrun_percent") + 1.0)
    name = "capex against modules times the capex of a module, overrun included"
    yield CrossCheck(name, "investments", differs(capex, overnight))
    wacc = _rate(s, "wacc_percent")
    rate = wacc + wacc.below(1e-9) * 1e-9  # no interest: almost none instead, because the formula divides by it
    left = (rate + 1.0) ** (of_project("life_years") * -1.0)
    share = (rate + 1.0) ** (of_project("construction_years") / 2.0) * rate / (left * -1.0 + 1.0)
    yield CrossCheck("annuity against capex, interest and life", "investments", differs(annuity, capex * share))


def _of_project(s: TableFormulas, column: str) -> RowFormula:
    """A column of the project of each investment."""
    return s.sums("Inputs Projects", column, project=s.col("investments", "project"))


def _rate(s: TableFormulas, column: str) -> RowFormula:
    """The percent of the project of each investment where it has its own, else that of its region; as a share."""
    project, region = s.pick("investments", "project", "region")
    of_region = s.sums("Inputs Regions", column, region=region)
    if column not in s.areas["Inputs Projects"].columns:
        return of_region / 100.0
    lowest = RowFormula("-1000", [-1000.0] * len(project.values))
    has_own = s.counts("Inputs Projects", project=project, **{column: (">", lowest)})
    return (_of_project(s, column) + (has_own * -1.0 + 1.0) * of_region) / 100.0


def _annuities(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """In a plan for one scenario without a shock on capex: annuities against the capital cost of plants."""
    shock = any(row["kind"] == "capex" for row in plan.source["Shocks"])
    if len(plan.scenarios) > 1 or not every_year(plan) or shock or not few(s, "plants", "investments"):
        return
    project, year, capital = s.pick("plants", "project", "year", "capital_musd_per_year")
    life = s.sums("Inputs Projects", "life_years", project=project)
    due = s.sums(
        "investments",
        "annuity_musd_per_year",
        project=project,
        planned_online_year=("<=", year),
        planned_online_year_=(">", year - life),
    )
    support = s.sums("investments", "support_musd", project=project)
    alone = support.below(NEAR)  # plants without public money pay their annuities in full
    name = "capital against the annuities of Investments, for plants without public money"
    yield CrossCheck(name, "plants", alone * differs(capital, due))


def _viability(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Viability by year against Costs and Production, and its own arithmetic."""
    where = s.keys("viability", "branch", "year", "project")
    money = _viability_money(s)
    left = reduce(sub, (money[paid] for paid in PAID), money["revenue"] + money["floor_payments"])
    wrong = differs(money["margin"], left)
    yield CrossCheck("margin against revenue, floor payments and costs", "viability", wrong)
    if few(s, "viability", "plants"):
        capital = money["private_capital"] + money["public_capital"]
        for kind in OWN:
            of_costs = s.sums("plants", f"{kind}_musd_per_year", **where)
            wrong = differs(capital if kind == "capital" else money[kind], of_costs)
            yield CrossCheck(f"{words_of(kind)} against Costs, by plant and year", "viability", wrong)
    if few(s, "viability", "production"):
        wrong = differs(s.col("viability", "throughput_t"), s.sums("production", "throughput_t", **where))
        yield CrossCheck("throughput against Production, by plant and year", "viability", wrong)


def _viability_money(s: TableFormulas) -> dict[str, RowFormula]:
    return {m: s.col("viability", f"{m}_musd_per_year") for m in MONEY}


def _viability_prices(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Viability by year against Prices and Contracts."""
    where, money = s.keys("viability", "branch", "year", "project"), _viability_money(s)
    if few(s, "viability", "market_prices"):
        good = {"branch": where["branch"], "year": where["year"], "commodity": s.col("viability", "product")}
        worth = s.col("viability", "product_t") * s.sums("market_prices", "market_usd_per_t", **good) / 1e6
        wrong = differs(money["product_revenue"], worth)
        yield CrossCheck("revenue of the main product against tonnes and Prices", "viability", wrong)
    if few(s, "viability", "contracts"):
        floors = s.sums("contracts", "paid_musd_per_year", kind="price_floor", **where)
        wrong = differs(money["floor_payments"], floors)
        yield CrossCheck("floor payments against Contracts", "viability", wrong)


def _plan_viability(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Break-even price and gap of a plant against its net present value, where it produces anything."""
    table = "viability_of_plants"
    value, tonnes, gap = s.pick(table, "npv_musd", "product_discounted_t", "gap_usd_per_t")
    even, market, floor = s.pick(table, "break_even_usd_per_t", "market_usd_per_t", "floor_usd_per_t")
    producing, loss = tonnes.above(SHARE), value * value.below(0.0) * -1.0
    wrong = producing * differs((market + floor - even) * tonnes / 1e6, value)
    yield CrossCheck("break-even less market and floors against net present value", table, wrong)
    wrong = producing * differs(gap * tonnes / 1e6, loss)
    yield CrossCheck("support that closes the gap against net present value", table, wrong)


def _names(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Every plant is a project of the input, of its stage and region."""
    name = "a plant that is no project of Inputs, or has another stage or region there"
    for table in ("investments", "capacity", "production", "plants", "viability", "viability_of_plants"):
        if few(s, table, "Inputs Projects"):
            found = s.counts("Inputs Projects", **s.keys(table, "project", "stage", "region"))
            yield CrossCheck(name, table, found.below(1.0))


# In the order of the sheet Checks.
_CHECKS = (
    _capacity,
    _plants,
    _trade,
    _costs,
    _plant_costs,
    _demand,
    _origin,
    _paths,
    _targets,
    _balance,
    _public_money,
    _budgets,
    _capital,
    _annuities,
    _names,
    _viability,
    _viability_prices,
    _plan_viability,
    *finance_checks.CHECKS,
)

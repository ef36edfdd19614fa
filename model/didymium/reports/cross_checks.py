"""Checks of the rows of one sheet against another: each counts the rows that do not agree, and there should be none.

Amounts may differ by half of their last digit shown (0.05 t or M USD), so that a row which looks right is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from didymium.excel.book import Area
from didymium.excel.headings import words_of
from didymium.plan.answer import Answer
from didymium.plan.tables import ORIGIN_LEVELS
from didymium.plan.viability import PAID
from didymium.reports import balance, viability_sheet
from didymium.reports.inputs import Places, columns_of
from didymium.reports.row_formulas import RowFormula, TableFormulas, Where

NEAR = 0.05  # t, M USD or percent: half of the last digit shown
SHARE = 1e-6  # relative difference that the tolerance of the solver allows
NEAR_PROBABILITY = 0.0005  # half of the last digit shown of a probability
# Rows times rows that the live formula of one check can compare within seconds; a larger case has only sums by year.
MAX_PAIRS = 2_000_000
OWN = ("capital", "fixed_opex", "variable_opex")


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """One check: its name, the table whose rows it counts, and for each of these rows 1 where it does not agree."""

    name: str
    table: str
    wrong: RowFormula


def cross_checks(plan: Answer, areas: Mapping[str, Area], where: Places) -> Iterator[CrossCheck]:
    """Yield every check that the plan's tables allow, except those over tables without rows."""
    by_recipe = balance.throughput(plan.tables)
    flows = [{**row, "moved_t": balance.moved(row, by_recipe)} for row in plan.tables["recipe_flows"]]
    sheets = TableFormulas(
        {**plan.tables, "recipe_flows": flows, **_inputs(plan)}, {**areas, **_input_areas(plan, where)}
    )
    for part in (_plants, _trade, _costs, _demand, _balance, _money, _capital, _names, _viability, _plan_viability):
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


def _few(s: TableFormulas, *tables: str) -> bool:
    """Are the rows of two tables few enough to compare each with each in a live formula?"""
    pairs = 1
    for table in tables:
        pairs *= max(1, len(s.tables[table]))
    return pairs <= MAX_PAIRS and bool(s.tables[tables[0]])


def _every_year(plan: Answer) -> bool:
    """Does every row cover one year? A milestone covers several years, with their means."""
    return all(row["span_years"] == 1 for row in plan.tables["costs"])


def _off(a: RowFormula, b: RowFormula, near: float = NEAR, share: float = SHARE) -> RowFormula:
    """1 where two amounts differ by more than is allowed."""
    return (a - b).size().above(b.size() * share + near)


def _plants(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Capacity against Production, and its own arithmetic."""
    branch, year, project = s.pick("capacity", "branch", "year", "project")
    online, ran, used, existing, modules = s.pick(
        "capacity",
        "online_t_per_year",
        "throughput_t",
        "utilisation_percent",
        "standing_t_per_year",
        "modules_t_per_year",
    )
    yield CrossCheck(
        "standing capacity plus modules against capacity on line", "capacity", _off(existing + modules, online)
    )
    yield CrossCheck("throughput above capacity on line", "capacity", (ran - online).above(online * SHARE + NEAR))
    yield CrossCheck(
        "utilisation against throughput and capacity on line", "capacity", _off(used, ran * 100.0 / online)
    )
    if _few(s, "capacity", "production"):
        at = (
            {"branch": branch} if len(plan.scenarios) > 1 else {}
        )  # in a plan for one scenario each year has one branch
        made = s.sums("production", "throughput_t", year=year, project=project, **at)
        yield CrossCheck("throughput against Production, by plant and year", "capacity", _off(ran, made))
    if _few(s, "capacity", "investments"):
        last = year if _every_year(plan) else year + s.sums("costs", "span_years", branch=branch, year=year) - 1.0
        built = s.sums(
            "investments", "capacity_t_per_year", project=project, planned_online_year=("<=", last)
        )  # a delay never brings a module on line earlier
        yield CrossCheck(
            "modules above the capacity that Investments brought on line by that year",
            "capacity",
            (modules - built).above(built * SHARE + NEAR),
        )


def _trade(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    tonnes, price, money = s.pick("trade", "tonnes_t", "cost_usd_per_t", "cost_musd")
    yield CrossCheck("cost against tonnes times cost a tonne", "trade", _off(money, tonnes * price / 1e6))


def _costs(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Costs against Trade and the costs of plants, node by node, and their own arithmetic."""
    branch, year, weight, total, weighted = s.pick(
        "costs", "branch", "year", "weight", "total_musd_per_year", "weighted_musd"
    )
    kinds = [c for c in s.areas["costs"].columns if c.endswith("_musd_per_year") and not c.startswith("total")]
    added = s.col("costs", kinds[0])
    for kind in kinds[1:]:
        added = added + s.col("costs", kind)
    yield CrossCheck("total against the sum of kinds", "costs", _off(total, added))
    yield CrossCheck("weighted cost against weight times total", "costs", _off(weighted, weight * total))
    for kind, column in (("ship", "shipping"), ("buy", "imports"), ("sell", "byproduct_sales")):
        traded = s.sums("trade", "cost_musd", branch=branch, year=year, kind=kind)
        yield CrossCheck(
            f"{words_of(column)} against Trade, by year",
            "costs",
            _off(s.col("costs", f"{column}_musd_per_year"), traded),
        )
    for kind in OWN:
        of_plants = s.sums("plants", f"{kind}_musd_per_year", branch=branch, year=year)
        yield CrossCheck(
            f"{words_of(kind)} against plants, by year",
            "costs",
            _off(s.col("costs", f"{kind}_musd_per_year"), of_plants),
        )
    capital, fixed, variable, plant_total, counted = s.pick(
        "plants", *(f"{k}_musd_per_year" for k in (*OWN, "total")), "weighted_musd"
    )
    yield CrossCheck(
        "total of a plant against its three kinds", "plants", _off(plant_total, capital + fixed + variable)
    )
    if _few(s, "plants", "costs"):
        at = s.pick("plants", "branch", "year")
        its_weight = s.sums("costs", "weight", branch=at[0], year=at[1])
        yield CrossCheck(
            "weighted cost of a plant against weight times total", "plants", _off(counted, plant_total * its_weight)
        )


def _demand(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Demand against how it was met, and Origin against Demand."""
    branch, year, wanted, probability = s.pick("demand", "branch", "year", "wanted_t", "probability")
    parts = [*(f"level_{k}_t" for k in ORIGIN_LEVELS), "designed_out_t", "short_t"]
    met = s.col("demand", parts[0])
    for part in parts[1:]:
        met = met + s.col("demand", part)
    yield CrossCheck("wanted against delivered, designed out and not met", "demand", _off(met, wanted))
    if _few(s, "demand", "costs"):
        yield CrossCheck(
            "probability against Costs",
            "demand",
            _off(probability, s.sums("costs", "probability", branch=branch, year=year), NEAR_PROBABILITY),
        )
    yield from _origin(s, parts)
    reached, base, counted = s.pick("targets", "reached_percent", "base_t", "counted_t")
    yield CrossCheck(
        "reached against counted and base",
        "targets",
        (reached * base / 100.0 - counted).size().above(base * (NEAR / 100) + NEAR),
    )


def _origin(s: TableFormulas, parts: list[str]) -> Iterator[CrossCheck]:
    """Origin adds up to 100 %, and its rows for all regions and segments agree with Demand, year by year."""
    shares = [part.replace("_t", "_percent") for part in parts]
    total = s.col("origin", shares[0])
    for share in shares[1:]:
        total = total + s.col("origin", share)
    yield CrossCheck("percents against 100", "origin", (total - 100.0).size().above(NEAR))
    branch, year = s.pick("costs", "branch", "year")
    every: dict[str, Where] = {"branch": branch, "year": year, "region": "~*", "segment": "~*"}
    wanted = s.sums("origin", "wanted_t", **every)
    yield CrossCheck(
        "wanted by Origin against Demand, by year",
        "costs",
        _off(wanted, s.sums("demand", "wanted_t", branch=branch, year=year)),
    )
    for part, share in zip(parts, shares, strict=True):
        shown = wanted * s.sums("origin", share, **every) / 100.0
        words = words_of(part.removesuffix("_t"))
        yield CrossCheck(
            f"{words} by Origin against Demand, by year",
            "costs",
            _off(shown, s.sums("demand", part, branch=branch, year=year)),
        )


def _balance(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Balance against Trade and Demand by year, and against recipes by commodity."""
    branch, year = s.pick("costs", "branch", "year")
    for flow, kind in (("shipped_in_t", "ship"), ("shipped_out_t", "ship"), ("bought_t", "buy"), ("sold_t", "sell")):
        moved = s.sums("trade", "tonnes_t", branch=branch, year=year, kind=kind)
        words = words_of(flow.removesuffix("_t"))
        yield CrossCheck(
            f"{words} by Balance against Trade, by year",
            "costs",
            _off(s.sums("balance", flow, branch=branch, year=year), moved),
        )
    served = s.sums("demand", "level_0_t", branch=branch, year=year)
    for k in ORIGIN_LEVELS[1:]:
        served = served + s.sums("demand", f"level_{k}_t", branch=branch, year=year)
    yield CrossCheck(
        "served by Balance against Demand, by year",
        "costs",
        _off(s.sums("balance", "served_t", branch=branch, year=year), served),
    )
    goods = s.col("recipe_flows", "commodity")
    both = s.sums("balance", "made_t", commodity=goods) + s.sums("balance", "used_t", commodity=goods)
    yield CrossCheck(
        "made and used by recipe against Balance, by commodity",
        "recipe_flows",
        _off(s.sums("recipe_flows", "moved_t", commodity=goods), both),
    )


def _money(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Public money: Investments against Finance, and budgets."""
    branch, year, project, support, probability = s.pick(
        "investments", "branch", "decision_year", "project", "support_musd", "probability"
    )
    capex = s.col("investments", "capex_musd")
    percents: list[object] = [
        100 * float(str(a)) / float(str(b)) if b else 0.0 for a, b in zip(support.values, capex.values, strict=True)
    ]
    if percents:
        percent = RowFormula(s.range("investments", "public_percent"), percents)
        yield CrossCheck(
            "percent of public money against capex",
            "investments",
            (percent * capex / 100.0 - support).size().above(capex * (NEAR / 100) + SHARE),
        )
    by_instrument = s.sums("finance", "support_musd", branch=branch, decision_year=year, project=project)
    yield CrossCheck("public money against Finance, by decision", "investments", _off(support, by_instrument))
    yield CrossCheck(
        "probability against Costs",
        "investments",
        _off(probability, s.sums("costs", "probability", branch=branch, year=year), NEAR_PROBABILITY),
    )
    keys = dict(
        zip(
            ("branch", "decision_year", "project"), s.pick("finance", "branch", "decision_year", "project"), strict=True
        )
    )
    yield CrossCheck(
        "public money for a decision that is not in Investments", "finance", s.counts("investments", **keys).below(1.0)
    )
    spent, available = s.pick("budgets", "spent_musd", "available_musd")
    yield CrossCheck("spent above what is available", "budgets", (spent - available).above(available * SHARE + NEAR))
    if len(plan.scenarios) == 1:
        government, upto = s.pick("budgets", "government", "year")
        granted = s.sums("finance", "support_musd", government=government, decision_year=("<=", upto))
        yield CrossCheck("spent against Finance, by government and year", "budgets", _off(spent, granted))


def _capital(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """From capex to annuity, by the interest of the region and the years of the project."""
    project, region, modules, capacity, capex, annuity = s.pick(
        "investments", "project", "region", "modules", "capacity_t_per_year", "capex_musd", "annuity_musd_per_year"
    )

    def of_project(column: str) -> RowFormula:
        return s.sums("Inputs Projects", column, project=project)

    def project_or_region(column: str) -> RowFormula:
        """The project's own percent where it has one, else its region's; as a share."""
        of_region = s.sums("Inputs Regions", column, region=region)
        if column not in s.areas["Inputs Projects"].columns:
            return of_region / 100.0
        lowest = RowFormula("-1000", [-1000.0] * len(project.values))
        has_own = s.counts("Inputs Projects", project=project, **{column: (">", lowest)})
        return (of_project(column) + (has_own * -1.0 + 1.0) * of_region) / 100.0

    wacc, overrun = map(project_or_region, ("wacc_percent", "cost_overrun_percent"))
    yield CrossCheck(
        "capacity against modules times the size of a module",
        "investments",
        _off(capacity, modules * of_project("module_t_per_year")),
    )
    overnight = modules * of_project("capex_musd_per_module") * (overrun + 1.0)
    yield CrossCheck(
        "capex against modules times the capex of a module, overrun included", "investments", _off(capex, overnight)
    )
    rate = wacc + wacc.below(1e-9) * 1e-9  # no interest: almost none instead, because the formula divides by it
    left = (rate + 1.0) ** (of_project("life_years") * -1.0)
    share = (rate + 1.0) ** (of_project("construction_years") / 2.0) * rate / (left * -1.0 + 1.0)
    yield CrossCheck("annuity against capex, interest and life", "investments", _off(annuity, capex * share))
    steady = (
        len(plan.scenarios) == 1
        and _every_year(plan)
        and not any(row["kind"] == "capex" for row in plan.source["Shocks"])
    )
    if steady and _few(s, "plants", "investments"):
        yield from _annuities(s)


def _annuities(s: TableFormulas) -> Iterator[CrossCheck]:
    """In a plan for one scenario without a shock on capex: annuities against the capital cost of plants."""
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
    yield CrossCheck(
        "capital against the annuities of Investments, for plants without public money",
        "plants",
        alone * _off(capital, due),
    )


def _viability(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Viability by year against Costs, Production, Prices and Contracts, and its own arithmetic."""
    branch, year, project = s.pick("viability", "branch", "year", "project")
    where = {"branch": branch, "year": year, "project": project}
    money = {m: s.col("viability", f"{m}_musd_per_year") for m in viability_sheet.MONEY}
    left = money["revenue"] + money["floor_payments"]
    for paid in PAID:
        left = left - money[paid]
    yield CrossCheck("margin against revenue, floor payments and costs", "viability", _off(money["margin"], left))
    if _few(s, "viability", "plants"):
        both = money["private_capital"] + money["public_capital"]
        for kind, amount in (
            ("capital", both),
            ("fixed_opex", money["fixed_opex"]),
            ("variable_opex", money["variable_opex"]),
        ):
            of_costs = s.sums("plants", f"{kind}_musd_per_year", **where)
            yield CrossCheck(f"{words_of(kind)} against Costs, by plant and year", "viability", _off(amount, of_costs))
    if _few(s, "viability", "production"):
        ran = s.sums("production", "throughput_t", **where)
        yield CrossCheck(
            "throughput against Production, by plant and year",
            "viability",
            _off(s.col("viability", "throughput_t"), ran),
        )
    if _few(s, "viability", "market_prices"):
        price = s.sums(
            "market_prices", "market_usd_per_t", branch=branch, year=year, commodity=s.col("viability", "product")
        )
        worth = s.col("viability", "product_t") * price / 1e6
        yield CrossCheck(
            "revenue of the main product against tonnes and Prices", "viability", _off(money["product_revenue"], worth)
        )
    if _few(s, "viability", "contracts"):
        floors = s.sums("contracts", "paid_musd_per_year", kind="price_floor", **where)
        yield CrossCheck("floor payments against Contracts", "viability", _off(money["floor_payments"], floors))


def _plan_viability(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Break-even price and gap of a plant against its net present value, where it produces anything."""
    value, tonnes, even, market, floor, gap = s.pick(
        "viability_of_plants",
        "npv_musd",
        "product_discounted_t",
        "break_even_usd_per_t",
        "market_usd_per_t",
        "floor_usd_per_t",
        "gap_usd_per_t",
    )
    producing, loss = tonnes.above(SHARE), value * value.below(0.0) * -1.0
    yield CrossCheck(
        "break-even less market and floors against net present value",
        "viability_of_plants",
        producing * _off((market + floor - even) * tonnes / 1e6, value),
    )
    yield CrossCheck(
        "support that closes the gap against net present value",
        "viability_of_plants",
        producing * _off(gap * tonnes / 1e6, loss),
    )


def _names(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Every plant is a project of the input, of its stage and region."""
    for table in ("investments", "capacity", "production", "plants", "viability", "viability_of_plants"):
        if _few(s, table, "Inputs Projects"):
            keys = dict(zip(("project", "stage", "region"), s.pick(table, "project", "stage", "region"), strict=True))
            yield CrossCheck(
                "a plant that is no project of Inputs, or has another stage or region there",
                table,
                s.counts("Inputs Projects", **keys).below(1.0),
            )

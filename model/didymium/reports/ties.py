"""Row by row, what ties one sheet to another: each line counts the rows that do not fit, and there should be none.

Amounts may differ by half of what is shown of them (0.05 t or M USD), so that a row which looks right is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from didymium.excel.book import Area
from didymium.plan.answer import Answer
from didymium.plan.tables import ORIGIN_LEVELS
from didymium.plan.viability import PAID
from didymium.reports import balance, viability_sheet
from didymium.reports.inputs import Places, columns_of
from didymium.reports.rowwise import Cells, Sheets, Where

NEAR = 0.05  # t, M USD or percent: half of the last digit shown
SHARE = 1e-6  # of an amount that the solver may leave open
ODDS = 0.0005  # half of the last digit shown of a probability
MOST_PAIRS = 2_000_000  # rows times rows that the live formula of a line may compare in seconds; a larger case keeps the sums by year
OWN = ("capital", "fixed_opex", "variable_opex")


@dataclass(frozen=True, slots=True)
class Tie:
    """One check: what it says, the sheet whose rows it counts, and for each of these 1 where it does not fit."""

    name: str
    table: str
    wrong: Cells


def ties(plan: Answer, areas: Mapping[str, Area], where: Places) -> Iterator[Tie]:
    """Every tie that the plan's tables allow, but for those over tables without rows."""
    thrown = balance.throughput(plan.tables)
    flows = [{**row, "moved_t": balance.moved(row, thrown)} for row in plan.tables["recipe_flows"]]
    sheets = Sheets({**plan.tables, "recipe_flows": flows, **_inputs(plan)}, {**areas, **_input_areas(plan, where)})
    for part in (_plants, _trade, _costs, _demand, _balance, _money, _capital, _names, _viability, _whole_plan):
        for tie in part(sheets, plan):
            if len(tie.wrong.values):
                yield tie


def _inputs(plan: Answer) -> dict[str, list[dict[str, object]]]:
    return {f"Inputs {name}": [row.values for row in plan.source[name]] for name in ("Projects", "Regions")}


def _input_areas(plan: Answer, where: Places) -> dict[str, Area]:
    tops = {name: top for name, top in where.tops.items() if f"Inputs {name}" in _inputs(plan)}
    return {
        f"Inputs {name}": Area("Inputs", top, 0, [name, "row", *columns_of(name, plan.source)], len(plan.source[name]))
        for name, top in tops.items()
    }


def _few(s: Sheets, *tables: str) -> bool:
    """Are the rows of two tables few enough to compare each with each in a live formula?"""
    pairs = 1
    for table in tables:
        pairs *= max(1, len(s.tables[table]))
    return pairs <= MOST_PAIRS and bool(s.tables[tables[0]])


def _every_year(plan: Answer) -> bool:
    """Does every row stand for one year? A milestone stands for several, with the means of what falls into them."""
    return all(row["span_years"] == 1 for row in plan.tables["costs"])


def _off(a: Cells, b: Cells, near: float = NEAR, share: float = SHARE) -> Cells:
    """1 where two amounts differ by more than is near."""
    return (a - b).size().above(b.size() * share + near)


def _plants(s: Sheets, plan: Answer) -> Iterator[Tie]:
    """Capacity against Production, and its own arithmetic."""
    branch, year, project = s.pick("capacity", "branch", "year", "project")
    online, ran, used, stands, modules = s.pick(
        "capacity",
        "online_t_per_year",
        "throughput_t",
        "utilisation_percent",
        "standing_t_per_year",
        "modules_t_per_year",
    )
    yield Tie("what stands and modules against what is on line", "capacity", _off(stands + modules, online))
    yield Tie("throughput above what is on line", "capacity", (ran - online).above(online * SHARE + NEAR))
    yield Tie("utilisation against throughput and what is on line", "capacity", _off(used, ran * 100.0 / online))
    if _few(s, "capacity", "production"):
        at = (
            {"branch": branch} if len(plan.scenarios) > 1 else {}
        )  # a year has one branch where one scenario is foreseen
        made = s.sums("production", "throughput_t", year=year, project=project, **at)
        yield Tie("throughput against Production, by plant and year", "capacity", _off(ran, made))
    if _few(s, "capacity", "investments"):
        last = year if _every_year(plan) else year + s.sums("costs", "span_years", branch=branch, year=year) - 1.0
        built = s.sums(
            "investments", "capacity_t_per_year", project=project, planned_online_year=("<=", last)
        )  # a delay brings none sooner
        yield Tie(
            "modules beyond what Investments brought on line by then",
            "capacity",
            (modules - built).above(built * SHARE + NEAR),
        )


def _trade(s: Sheets, plan: Answer) -> Iterator[Tie]:
    tonnes, price, money = s.pick("trade", "tonnes_t", "cost_usd_per_t", "cost_musd")
    yield Tie("cost against tonnes times cost a tonne", "trade", _off(money, tonnes * price / 1e6))


def _costs(s: Sheets, plan: Answer) -> Iterator[Tie]:
    """Costs against Trade and the costs of plants, node by node, and their own arithmetic."""
    branch, year, weight, total, weighted = s.pick(
        "costs", "branch", "year", "weight", "total_musd_per_year", "weighted_musd"
    )
    kinds = [c for c in s.areas["costs"].columns if c.endswith("_musd_per_year") and not c.startswith("total")]
    added = s.col("costs", kinds[0])
    for kind in kinds[1:]:
        added = added + s.col("costs", kind)
    yield Tie("total against the sum of kinds", "costs", _off(total, added))
    yield Tie("weighted cost against weight times total", "costs", _off(weighted, weight * total))
    for kind, column in (("ship", "shipping"), ("buy", "imports"), ("sell", "byproduct_sales")):
        traded = s.sums("trade", "cost_musd", branch=branch, year=year, kind=kind)
        yield Tie(
            f"{column.replace('_', ' ')} against Trade, by year",
            "costs",
            _off(s.col("costs", f"{column}_musd_per_year"), traded),
        )
    for kind in OWN:
        of_plants = s.sums("plants", f"{kind}_musd_per_year", branch=branch, year=year)
        yield Tie(
            f"{kind.replace('_', ' ')} against plants, by year",
            "costs",
            _off(s.col("costs", f"{kind}_musd_per_year"), of_plants),
        )
    capital, fixed, variable, all_of_it, counted = s.pick(
        "plants", *(f"{k}_musd_per_year" for k in (*OWN, "total")), "weighted_musd"
    )
    yield Tie("total of a plant against its three kinds", "plants", _off(all_of_it, capital + fixed + variable))
    if _few(s, "plants", "costs"):
        at = s.pick("plants", "branch", "year")
        its_weight = s.sums("costs", "weight", branch=at[0], year=at[1])
        yield Tie(
            "weighted cost of a plant against weight times total", "plants", _off(counted, all_of_it * its_weight)
        )


def _demand(s: Sheets, plan: Answer) -> Iterator[Tie]:
    """What was wanted against how it was met, and Origin against Demand."""
    branch, year, wanted, probability = s.pick("demand", "branch", "year", "wanted_t", "probability")
    parts = [*(f"level_{k}_t" for k in ORIGIN_LEVELS), "designed_out_t", "short_t"]
    met = s.col("demand", parts[0])
    for part in parts[1:]:
        met = met + s.col("demand", part)
    yield Tie("wanted against served, designed out and short", "demand", _off(met, wanted))
    if _few(s, "demand", "costs"):
        yield Tie(
            "probability against Costs",
            "demand",
            _off(probability, s.sums("costs", "probability", branch=branch, year=year), ODDS),
        )
    yield from _origin(s, parts)
    reached, base, counted = s.pick("targets", "reached_percent", "base_t", "counted_t")
    yield Tie(
        "reached against counted and base",
        "targets",
        (reached * base / 100.0 - counted).size().above(base * (NEAR / 100) + NEAR),
    )


def _origin(s: Sheets, parts: list[str]) -> Iterator[Tie]:
    """Origin adds up to 100 %, and its rows for all regions and segments are what Demand says, year by year."""
    shares = [part.replace("_t", "_percent") for part in parts]
    whole = s.col("origin", shares[0])
    for share in shares[1:]:
        whole = whole + s.col("origin", share)
    yield Tie("percents against 100", "origin", (whole - 100.0).size().above(NEAR))
    branch, year = s.pick("costs", "branch", "year")
    every: dict[str, Where] = {"branch": branch, "year": year, "region": "~*", "segment": "~*"}
    wanted = s.sums("origin", "wanted_t", **every)
    yield Tie(
        "wanted by Origin against Demand, by year",
        "costs",
        _off(wanted, s.sums("demand", "wanted_t", branch=branch, year=year)),
    )
    for part, share in zip(parts, shares, strict=True):
        shown = wanted * s.sums("origin", share, **every) / 100.0
        said = part.removesuffix("_t").replace("_", " ")
        yield Tie(
            f"{said} by Origin against Demand, by year",
            "costs",
            _off(shown, s.sums("demand", part, branch=branch, year=year)),
        )


def _balance(s: Sheets, plan: Answer) -> Iterator[Tie]:
    """Balance against Trade and Demand by year, and against recipes by commodity."""
    branch, year = s.pick("costs", "branch", "year")
    for flow, kind in (("shipped_in_t", "ship"), ("shipped_out_t", "ship"), ("bought_t", "buy"), ("sold_t", "sell")):
        moved = s.sums("trade", "tonnes_t", branch=branch, year=year, kind=kind)
        said = flow.removesuffix("_t").replace("_", " ")
        yield Tie(
            f"{said} by Balance against Trade, by year",
            "costs",
            _off(s.sums("balance", flow, branch=branch, year=year), moved),
        )
    served = s.sums("demand", "level_0_t", branch=branch, year=year)
    for k in ORIGIN_LEVELS[1:]:
        served = served + s.sums("demand", f"level_{k}_t", branch=branch, year=year)
    yield Tie(
        "served by Balance against Demand, by year",
        "costs",
        _off(s.sums("balance", "served_t", branch=branch, year=year), served),
    )
    goods = s.col("recipe_flows", "commodity")
    both = s.sums("balance", "made_t", commodity=goods) + s.sums("balance", "used_t", commodity=goods)
    yield Tie(
        "made and used by recipe against Balance, by commodity",
        "recipe_flows",
        _off(s.sums("recipe_flows", "moved_t", commodity=goods), both),
    )


def _money(s: Sheets, plan: Answer) -> Iterator[Tie]:
    """Public money: Investments against Finance, and budgets."""
    branch, year, project, support, probability = s.pick(
        "investments", "branch", "decision_year", "project", "support_musd", "probability"
    )
    capex = s.col("investments", "capex_musd")
    percents: list[object] = [
        100 * float(str(a)) / float(str(b)) if b else 0.0 for a, b in zip(support.values, capex.values, strict=True)
    ]
    if percents:
        percent = Cells(s.range("investments", "public_percent"), percents)
        yield Tie(
            "percent of public money against capex",
            "investments",
            (percent * capex / 100.0 - support).size().above(capex * (NEAR / 100) + SHARE),
        )
    given = s.sums("finance", "support_musd", branch=branch, decision_year=year, project=project)
    yield Tie("public money against Finance, by decision", "investments", _off(support, given))
    yield Tie(
        "probability against Costs",
        "investments",
        _off(probability, s.sums("costs", "probability", branch=branch, year=year), ODDS),
    )
    keys = dict(
        zip(
            ("branch", "decision_year", "project"), s.pick("finance", "branch", "decision_year", "project"), strict=True
        )
    )
    yield Tie(
        "public money for a decision that is not in Investments", "finance", s.counts("investments", **keys).below(1.0)
    )
    spent, available = s.pick("budgets", "spent_musd", "available_musd")
    yield Tie("spent above what is available", "budgets", (spent - available).above(available * SHARE + NEAR))
    if len(plan.scenarios) == 1:
        government, upto = s.pick("budgets", "government", "year")
        given = s.sums("finance", "support_musd", government=government, decision_year=("<=", upto))
        yield Tie("spent against Finance, by government and year", "budgets", _off(spent, given))


def _capital(s: Sheets, plan: Answer) -> Iterator[Tie]:
    """From capex to annuity, by the interest of the region and the years of the project."""
    project, region, modules, capacity, capex, annuity = s.pick(
        "investments", "project", "region", "modules", "capacity_t_per_year", "capex_musd", "annuity_musd_per_year"
    )

    def of_project(column: str) -> Cells:
        return s.sums("Inputs Projects", column, project=project)

    def own_or_of_region(column: str) -> Cells:
        """The project's own percent where it is given, else its region's; as a share."""
        of_region = s.sums("Inputs Regions", column, region=region)
        if column not in s.areas["Inputs Projects"].columns:
            return of_region / 100.0
        lowest = Cells("-1000", [-1000.0] * len(project.values))
        given = s.counts("Inputs Projects", project=project, **{column: (">", lowest)})
        return (of_project(column) + (given * -1.0 + 1.0) * of_region) / 100.0

    wacc, overrun = map(own_or_of_region, ("wacc_percent", "cost_overrun_percent"))
    yield Tie(
        "capacity against modules times the size of a module",
        "investments",
        _off(capacity, modules * of_project("module_t_per_year")),
    )
    whole = modules * of_project("capex_musd_per_module") * (overrun + 1.0)
    yield Tie("capex against modules times the capex of a module, overrun included", "investments", _off(capex, whole))
    rate = wacc + wacc.below(1e-9) * 1e-9  # no interest: as good as none, for the formula divides by it
    left = (rate + 1.0) ** (of_project("life_years") * -1.0)
    share = (rate + 1.0) ** (of_project("construction_years") / 2.0) * rate / (left * -1.0 + 1.0)
    yield Tie("annuity against capex, interest and life", "investments", _off(annuity, capex * share))
    steady = (
        len(plan.scenarios) == 1
        and _every_year(plan)
        and not any(row["kind"] == "capex" for row in plan.source["Shocks"])
    )
    if steady and _few(s, "plants", "investments"):
        yield from _annuities(s)


def _annuities(s: Sheets) -> Iterator[Tie]:
    """Where one scenario is foreseen and no shock is on capex: annuities against the capital that plants pay."""
    project, year, capital = s.pick("plants", "project", "year", "capital_musd_per_year")
    life = s.sums("Inputs Projects", "life_years", project=project)
    due = s.sums(
        "investments",
        "annuity_musd_per_year",
        project=project,
        planned_online_year=("<=", year),
        planned_online_year_=(">", year - life),
    )
    helped = s.sums("investments", "support_musd", project=project)
    alone = helped.below(NEAR)  # plants without public money pay their annuities in full
    yield Tie(
        "capital against the annuities of Investments, where no public money helps",
        "plants",
        alone * _off(capital, due),
    )


def _viability(s: Sheets, plan: Answer) -> Iterator[Tie]:
    """Viability by year against Costs, Production, Prices and Contracts, and its own arithmetic."""
    branch, year, project = s.pick("viability", "branch", "year", "project")
    where = {"branch": branch, "year": year, "project": project}
    money = {m: s.col("viability", f"{m}_musd_per_year") for m in viability_sheet.MONEY}
    left = money["revenue"] + money["floor_payments"]
    for paid in PAID:
        left = left - money[paid]
    yield Tie("margin against what comes in and what is paid", "viability", _off(money["margin"], left))
    if _few(s, "viability", "plants"):
        both = money["private_capital"] + money["public_capital"]
        for kind, amount in (
            ("capital", both),
            ("fixed_opex", money["fixed_opex"]),
            ("variable_opex", money["variable_opex"]),
        ):
            of_costs = s.sums("plants", f"{kind}_musd_per_year", **where)
            yield Tie(f"{kind.replace('_', ' ')} against Costs, by plant and year", "viability", _off(amount, of_costs))
    if _few(s, "viability", "production"):
        ran = s.sums("production", "throughput_t", **where)
        yield Tie(
            "throughput against Production, by plant and year",
            "viability",
            _off(s.col("viability", "throughput_t"), ran),
        )
    if _few(s, "viability", "market_prices"):
        price = s.sums(
            "market_prices", "market_usd_per_t", branch=branch, year=year, commodity=s.col("viability", "product")
        )
        worth = s.col("viability", "product_t") * price / 1e6
        yield Tie(
            "revenue of the main product against tonnes and Prices", "viability", _off(money["product_revenue"], worth)
        )
    if _few(s, "viability", "contracts"):
        floors = s.sums("contracts", "paid_musd_per_year", kind="price_floor", **where)
        yield Tie("floor payments against Contracts", "viability", _off(money["floor_payments"], floors))


def _whole_plan(s: Sheets, plan: Answer) -> Iterator[Tie]:
    """Break-even price and gap of a plant against its net present value, where it makes anything."""
    value, tonnes, even, market, floor, gap = s.pick(
        "viability_of_plants",
        "npv_musd",
        "product_discounted_t",
        "break_even_usd_per_t",
        "market_usd_per_t",
        "floor_usd_per_t",
        "gap_usd_per_t",
    )
    makes, loss = tonnes.above(SHARE), value * value.below(0.0) * -1.0
    yield Tie(
        "break-even less market and floors against net present value",
        "viability_of_plants",
        makes * _off((market + floor - even) * tonnes / 1e6, value),
    )
    yield Tie(
        "support that closes the gap against net present value",
        "viability_of_plants",
        makes * _off(gap * tonnes / 1e6, loss),
    )


def _names(s: Sheets, plan: Answer) -> Iterator[Tie]:
    """Every plant is a project of the input, of its stage and region."""
    for table in ("investments", "capacity", "production", "plants", "viability", "viability_of_plants"):
        if _few(s, table, "Inputs Projects"):
            keys = dict(zip(("project", "stage", "region"), s.pick(table, "project", "stage", "region"), strict=True))
            yield Tie(
                "a plant that is no project of Inputs, or of another stage or region",
                table,
                s.counts("Inputs Projects", **keys).below(1.0),
            )

"""What an input workbook holds: every sheet and column, written down once.

The reader, the checks, the blank workbook and the documentation are all made from this page, so a
new column is one new line here.
"""

from __future__ import annotations

from typing import Any

from didymium.tables.columns import Column, Sheet, Years

STAGES = ("mine", "refinery", "heavy", "metal", "magnet", "recycler")
COMMODITY_STAGES = ("refinery", "metal", "magnet", "scrap")
ROUTE_STAGES = ("mine", "refinery", "metal", "magnet", "scrap")
TARGET_TYPES = ("min_china_free_share", "max_region_share", "max_china_import_share")
MEASURES = ("decisions", "capex_musd", "co2_t", "water_m3", "radioactive_t")
SHOCK_KINDS = (
    "china_limit",
    "china_price",
    "import_limit",
    "import_price",
    "demand",
    "capex",
    "delay",
    "outage",
)


def _id(name: str, meaning: str) -> Column:
    return Column(name, "id", meaning)


def _ref(name: str, to: str, meaning: str, **more: Any) -> Column:
    return Column(name, "ref", meaning, refers_to=tuple(to.split()), **more)


def _star(name: str, to: str, meaning: str) -> Column:
    return _ref(name, to, meaning, optional=True, default="*", star=True)


def _choice(name: str, choices: tuple[str, ...], meaning: str, **more: Any) -> Column:
    return Column(name, "choice", meaning, choices=choices, **more)


def _number(name: str, unit: str, meaning: str, low: float | None = 0, **more: Any) -> Column:
    return Column(name, "number", meaning, unit=unit, low=low, **more)


def _whole(name: str, unit: str, meaning: str, low: float | None = 0, **more: Any) -> Column:
    return Column(name, "integer", meaning, unit=unit, low=low, **more)


def _optional(name: str, unit: str, meaning: str, default: object = None, **more: Any) -> Column:
    return _number(name, unit, meaning, optional=True, default=default, **more)


_YEAR: dict[str, Any] = {"low": 1900, "high": 2200}
COMMODITY_IDS = "Commodities.commodity Concentrates Mixed"

SETTINGS: tuple[Column, ...] = (
    _whole("first_year", "year", "first year of the plan; costs are discounted to it", **_YEAR),
    _whole("last_year", "year", "last year of the plan", **_YEAR),
    Column("milestone_years", "text", "years that stand for those up to the next one", optional=True),
    _number("discount_rate_percent", "%", "real discount rate of the planner", high=100),
    _choice("target_policy", ("soft", "hard"), "may targets be missed at a price?", optional=True, default="soft"),
    _optional("target_penalty_usd_per_t", "USD/t", "price of a tonne short of a soft target", 1_000_000.0),
    _optional("max_public_share_percent", "%", "public money in any one decision, all instruments", 100.0, high=100),
    _optional("carbon_price_usd_per_t", "USD/t CO2", "price of a tonne of CO2", 0.0),
    _optional("risk_weight", "share", "weight of the bad tail in the objective", 0.0, high=1),
    _optional("risk_tail_percent", "%", "how much of the distribution counts as the tail", 10.0, low=None, above=0, high=100),
    _optional("mip_gap_percent", "%", "how near to the least cost the plan is proven", 0.5, high=100),
    _optional("time_limit_s", "s", "seconds after which the best plan so far is taken", 600.0, low=None, above=0),
    Column("title", "text", "name of the case", optional=True),
)

_SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "Settings",
        "The horizon, the money and how exactly to solve",
        (_id("setting", "name of the setting"), Column("value", "any", "its value", optional=True)),
        key=("setting",),
    ),
    Sheet(
        "Regions",
        "Where plants can stand and magnets are wanted",
        (
            _id("region", "region"),
            _number("wacc_percent", "%", "real cost of capital of private money", high=100),
            _optional("cost_overrun_percent", "%", "what building costs beyond the estimate", 0.0, low=-100, high=1000),
            Column("china", "yes_no", "does a plant here count as Chinese?", optional=True, default=False),
        ),
        key=("region",),
    ),
    Sheet(
        "Elements",
        "The rare earths in an assay and the commodity each is sold as",
        (
            Column("element", "text", "chemical symbol"),
            _ref("commodity", "Commodities.commodity", "the oxide it becomes"),
            _choice("circuit", ("light", "heavy"), "light leaves the refinery separated, heavy as mixed_<commodity>"),
        ),
        key=("element",),
    ),
    Sheet(
        "Commodities",
        "What is made, moved and sold; concentrates and mixed heavies are implied",
        (
            _id("commodity", "commodity"),
            _choice("stage", COMMODITY_STAGES, "the stage that makes it"),
            _optional("reference_price_usd_per_t", "USD/t", "price on which route tariffs are levied", 0.0),
            _optional("sale_price_usd_per_t", "USD/t", "price outside the chain; blank: not sold"),
            _optional("sale_limit_t_per_year", "t/year", "tonnes that can be sold; blank: no limit"),
        ),
        key=("commodity",),
    ),
    Sheet(
        "Projects",
        "Every plant that stands and every one that could be built",
        (
            _id("project", "project"),
            _choice("stage", STAGES, "what kind of plant"),
            _ref("region", "Regions.region", "where it stands"),
            _number("existing_t_per_year", "t/year", "capacity that stands today"),
            _whole("retires_year", "year", "first year without the standing capacity; blank: never", None, optional=True),
            _optional("module_t_per_year", "t/year", "capacity of one module"),
            _whole("max_modules", "modules", "how many may be built; 0: none"),
            _whole("min_modules", "modules", "how many are committed", optional=True, default=0),
            _optional("capex_musd_per_module", "M USD", "overnight cost of a module, before the region's overrun"),
            _number("fixed_opex_usd_per_t_capacity", "USD/t", "yearly cost of a tonne of capacity"),
            _number("variable_opex_usd_per_t", "USD/t", "cost of a tonne of throughput"),
            _whole("first_decision_year", "year", "first year a module may be decided; blank: first_year", None, optional=True),
            _whole("last_decision_year", "year", "last year a module may be decided; blank: last_year", None, optional=True),
            _whole("permitting_years", "years", "from decision to building", optional=True, high=100),
            _whole("construction_years", "years", "from building to on line", optional=True, high=100),
            _ref("ramp", "Ramps.ramp", "how it starts up; blank: full at once", optional=True),
            _whole("life_years", "years", "years a module runs", 1, optional=True, default=30, high=200),
            _optional("max_utilisation_percent", "%", "most of its capacity a plant can use", 100.0, high=100),
            _optional("min_utilisation_percent", "%", "least it must use (take-or-pay)", 0.0, high=100),
            _optional("reserve_t", "t REO", "what a mine can extract in all; blank: no limit"),
            Column("ore_type", "ref", "ore of a mine", optional=True, refers_to=("Recoveries.ore_type",)),
            Column(
                "accepts",
                "refs",
                "ore types or mines (refineries), recipes (others)",
                optional=True,
                default="*",
                refers_to=("Recoveries.ore_type", "Projects.project", "Recipes.recipe"),
                star=True,
            ),
            _ref("requires", "Projects.project", "project that must be decided first", optional=True),
            Column("exclusive_group", "text", "at most one project of a group is built", optional=True),
            _optional("co2_t_per_t", "t/t", "CO2 of a tonne of throughput", 0.0),
            _optional("water_m3_per_t", "m3/t", "water of a tonne of throughput", 0.0),
            _optional("radioactive_t_per_t", "t/t", "radioactive residue of a tonne of throughput", 0.0),
        ),
        key=("project",),
    ),
    Sheet(
        "Ramps",
        "How much of its capacity a new module offers in its first years",
        (
            _id("ramp", "ramp"),
            _number("year_1_percent", "%", "first year on line", high=100),
            *(_optional(f"year_{k}_percent", "%", f"year {k} on line", 100.0, high=100) for k in range(2, 6)),
        ),
        key=("ramp",),
        optional=True,
    ),
    Sheet(
        "Assays",
        "What each mine's concentrate holds",
        (_ref("mine", "Projects.project", "mine"),),
        key=("mine",),
        elements="percent of the total rare-earth oxide",
    ),
    Sheet(
        "Recoveries",
        "What a refinery gets out of each ore",
        (_id("ore_type", "ore type"),),
        key=("ore_type",),
        elements="percent recovered by a refinery",
    ),
    Sheet(
        "Recipes",
        "Tonnes in and out per tonne of a plant's capacity unit",
        (
            _id("recipe", "recipe"),
            _choice("stage", ("heavy", "metal", "magnet", "recycler"), "the plants that can run it"),
            _ref("commodity", COMMODITY_IDS, "what goes in or comes out"),
            _choice("direction", ("in", "out"), "in or out"),
            _number("t_per_t", "t/t", "tonnes per tonne of capacity unit", None, above=0),
        ),
        key=("recipe", "commodity", "direction"),
    ),
    Sheet(
        "Demand",
        "What is wanted, where and for what",
        (
            _ref("region", "Regions.region", "where it is wanted"),
            _ref("segment", "Segments.segment", "what for"),
            _ref("commodity", COMMODITY_IDS, "what is wanted"),
        ),
        years=Years("tonnes wanted", "t/year"),
    ),
    Sheet(
        "Segments",
        "Who uses magnets, and what going without costs",
        (_id("segment", "segment"), _number("shortage_cost_usd_per_t", "USD/t", "cost of a tonne not delivered")),
        key=("segment",),
    ),
    Sheet(
        "Substitution",
        "How much of a segment's demand can be designed out, and at what cost",
        (
            _ref("segment", "Segments.segment", "segment"),
            _number("cost_usd_per_t", "USD/t", "cost of a tonne designed out"),
        ),
        key=("segment",),
        optional=True,
        years=Years("percent of demand that can be designed out by then", "%", high=100),
    ),
    Sheet(
        "Imports",
        "What is offered from outside: two rows an offer, its tonnes and its price",
        (
            _id("offer", "offer"),
            Column("supplier", "text", "who offers", optional=True, default=""),
            Column("china", "yes_no", "does it count as Chinese?"),
            _ref("commodity", COMMODITY_IDS, "what is offered"),
            _ref("destination", "Regions.region", "the region it is offered to; *: any outside China", star=True),
            _optional("tariff_percent", "%", "duty on the price", 0.0, high=1000),
            _choice("measure", ("limit_t", "price_usd_per_t"), "which of the two this row gives"),
        ),
        key=("offer", "measure"),
        years=Years("tonnes offered, or their price", "t/year or USD/t"),
    ),
    Sheet(
        "Routes",
        "What moving a tonne between two regions costs; no row, no shipping",
        (
            _ref("from_region", "Regions.region", "from"),
            _ref("to_region", "Regions.region", "to"),
            _choice("stage", ROUTE_STAGES, "stage of the goods", optional=True, default="*", star=True),
            _number("cost_usd_per_t", "USD/t", "freight, one way"),
            _optional("tariff_percent", "%", "duty on the commodity's reference price", 0.0, high=1000),
        ),
        key=("from_region", "to_region", "stage"),
    ),
    Sheet(
        "Targets",
        "What independence is asked for, by year",
        (
            _id("target", "target"),
            _choice("type", TARGET_TYPES, "what is counted"),
            _star("region", "Regions.region", "region"),
            _star("segment", "Segments.segment", "segment"),
            _choice("stage", STAGES, "stage", optional=True, star=True),
            _ref("commodity", COMMODITY_IDS, "commodity", optional=True, star=True),
        ),
        key=("target",),
        optional=True,
        years=Years("percent asked; blank: none that year", "%", blank="none", high=100),
    ),
    Sheet(
        "Stockpiles",
        "Where stock can be held",
        (
            _ref("region", "Regions.region", "region"),
            _ref("commodity", COMMODITY_IDS, "commodity"),
            _number("initial_t", "t", "stock at the start"),
            _number("limit_t", "t", "most that can be held"),
            _optional("minimum_t", "t", "least that must be held", 0.0),
            _number("holding_usd_per_t_year", "USD/t/year", "cost of holding a tonne for a year"),
            Column("initial_china", "yes_no", "is the stock at the start Chinese?", optional=True, default=False),
        ),
        key=("region", "commodity"),
        optional=True,
    ),
    Sheet(
        "Finance",
        "The kinds of public money",
        (
            _id("instrument", "instrument"),
            Column("government", "id", "who pays; its money is in Budgets"),
            Column("stages", "refs", "stages it is for", optional=True, default="*", choices=STAGES, star=True),
            Column("regions", "refs", "regions it is for", optional=True, default="*", refers_to=("Regions.region",), star=True),
            _number("rate_percent", "%", "real rate it asks", high=100),
            _number("max_share_percent", "%", "most of a decision's overnight capex it may carry", high=100),
        ),
        key=("instrument",),
        optional=True,
    ),
    Sheet(
        "Budgets",
        "Public money by government and year; what is not spent carries over",
        (_id("government", "government"),),
        key=("government",),
        optional=True,
        years=Years("M USD becoming available", "M USD", blank="zero"),
    ),
    Sheet(
        "Limits",
        "What a region can carry in a year",
        (
            _id("limit", "limit"),
            _choice("measure", MEASURES, "what is counted"),
            _star("region", "Regions.region", "region"),
            _choice("stage", STAGES, "stage", optional=True, default="*", star=True),
        ),
        key=("limit",),
        optional=True,
        years=Years("most allowed; blank: no limit that year", "as measured", blank="none"),
    ),
    Sheet(
        "Scenarios",
        "The ways the world may go; the one without a reveal year is the base",
        (
            _id("scenario", "scenario"),
            _number("probability_percent", "%", "how likely", high=100),
            _whole("reveal_year", "year", "year in which it parts from the base; blank: the base", None, optional=True),
        ),
        key=("scenario",),
        optional=True,
    ),
    Sheet(
        "Shocks",
        "What happens in each scenario",
        (
            _ref("scenario", "Scenarios.scenario", "scenario"),
            _choice("kind", SHOCK_KINDS, "what is shocked"),
            _choice("stage", (*STAGES, "scrap"), "stage", optional=True, default="*", star=True),
            _star("commodity", COMMODITY_IDS, "commodity"),
            _star("region", "Regions.region", "region"),
            _star("project", "Projects.project", "project"),
            _star("segment", "Segments.segment", "segment"),
            _whole("from_year", "year", "first year; blank: the first it can act in", None, optional=True),
            _whole("to_year", "year", "last year; blank: the last of the plan", None, optional=True),
            _number("value", "factor or years", "what to multiply by; delay: years; outage: write 1"),
        ),
        optional=True,
    ),
    Sheet(
        "Sources",
        "Where the figures come from",
        (
            Column("source", "text", "id of the source"),
            Column("title", "text", "title", optional=True),
            Column("url", "text", "address", optional=True),
            Column("year", "text", "year of publication", optional=True),
            _choice("confidence", ("reported", "derived", "assumed"), "how firm", optional=True),
        ),
        key=("source",),
        optional=True,
    ),
)

SHEETS: dict[str, Sheet] = {sheet.name: sheet for sheet in _SHEETS}
SCHEMA_VERSION = 1

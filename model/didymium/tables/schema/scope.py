"""Scope: the horizon and the money, and the regions."""

from __future__ import annotations

from didymium.tables.columns import Column, Computed, Sheet
from didymium.tables.schema.words import (
    YEAR,
    choice,
    flag,
    identifier,
    integer,
    maybe,
    maybe_percent,
    optional_text,
    percent,
)

SETTINGS: tuple[Column, ...] = (
    integer(
        "first_year",
        "year",
        "first year of the plan; costs are discounted to it",
        example=2026,
        usual=(2020, 2060),
        **YEAR,
    ),
    integer("last_year", "year", "last year of the plan", example=2040, usual=(2020, 2080), **YEAR),
    optional_text(
        "milestone_years",
        "years that stand for those up to the next one; blank: every year",
        example="2026-2032; 2034; 2037; 2040",
    ),
    percent("discount_rate_percent", "real discount rate of the planner", usual=(1, 15), example=5),
    choice("target_policy", ("soft", "hard"), "may targets be missed, at a penalty?", optional=True, default="soft"),
    maybe(
        "target_penalty_usd_per_t",
        "USD/t",
        "penalty for a tonne of shortfall against a soft target",
        1_000_000.0,
        usual=(10_000, 100_000_000),
        example=500_000,
    ),
    maybe_percent(
        "max_public_share_percent",
        "public money in any one decision, all instruments",
        100.0,
        usual=(5, 100),
        example=60,
    ),
    maybe("carbon_price_usd_per_t", "USD/t CO2", "price of a tonne of CO2", 0.0, usual=(0, 500), example=80),
    maybe("risk_weight", "share", "weight of the tail (CVaR) in the objective", 0.0, high=1, example=0.2),
    maybe_percent(
        "risk_tail_percent",
        "share of the distribution that counts as the tail (CVaR)",
        10.0,
        low=None,
        above=0,
        usual=(1, 50),
        example=10,
    ),
    maybe_percent(
        "mip_gap_percent",
        "relative MIP gap: how near to the least cost the plan is proven",
        0.5,
        usual=(0.0001, 5),
        example=0.5,
    ),
    maybe(
        "time_limit_s",
        "s",
        "seconds after which the best plan so far is taken",
        600.0,
        low=None,
        above=0,
        usual=(10, 100_000),
        example=600,
    ),
    optional_text("title", "name of the case", example="Allied rare earths 2026-2040"),
    choice(
        "scrap_origin",
        ("clean", "inherited"),
        "is scrap clean, or of the origin of what it fell from?",
        optional=True,
        default="clean",
    ),
    integer(
        "tail_years",
        "years",
        "further years for which the last year's costs are counted again",
        optional=True,
        default=0,
        high=100,
        usual=(0, 30),
        example=10,
    ),
    maybe_percent(
        "cost_of_public_funds_percent",
        "share of the public money that is given away which counts as cost",
        0.0,
        high=1_000,
        usual=(0, 200),
        example=120,
    ),
    maybe_percent(
        "concentrate_payable_percent",
        "worth of a concentrate, of the market value of what it yields",
        35.0,
        usual=(10, 90),
        example=35,
    ),
    maybe_percent(
        "mixed_payable_percent",
        "worth of a mixed heavy oxide, of the market value of the oxide in it",
        70.0,
        usual=(20, 100),
        example=70,
    ),
)

SCOPE: tuple[Sheet, ...] = (
    Sheet(
        "Settings",
        "Horizon, money and solver options",
        (
            identifier("setting", "name of the setting; the names are fixed", "first_year"),
            Column("value", "any", "its value; blank: the default", optional=True, example=2026),
        ),
        key=("setting",),
        computed=(
            Computed("unit", "unit of the value", "", "", "value"),
            Computed("default", "what a blank stands for", "", "", "value"),
            Computed("meaning", "what the setting decides", "", "", "value"),
        ),
        how_to="Fill the column value; a blank takes the default shown beside it. Do not rename the settings.",
        sourced=False,
    ),
    Sheet(
        "Regions",
        "Where plants can be built and magnets are in demand",
        (
            identifier(
                "region", "a country or group of countries; the lists on the other sheets offer it at once", "japan"
            ),
            percent("wacc_percent", "real cost of capital of private money", usual=(2, 25), example=6.5),
            maybe_percent(
                "cost_overrun_percent",
                "cost overrun of building, beyond the estimate",
                0.0,
                low=-100,
                high=1_000,
                usual=(-20, 150),
                example=25,
            ),
            flag("china", "does a plant here count as Chinese?", example="no"),
        ),
        key=("region",),
        how_to="One row a region. Write yes under china only where a plant counts as Chinese.",
    ),
)

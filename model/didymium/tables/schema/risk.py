"""Risk: scenarios, what happens in them, and how far the figures themselves may be off."""

from __future__ import annotations

from didymium.tables.columns import Sheet
from didymium.tables.schema.words import (
    COMMODITY_IDS,
    SHOCK_KINDS,
    STAGES,
    UNCERTAIN_KINDS,
    choice,
    flag,
    identifier,
    maybe,
    number,
    percent,
    ref,
    star,
    year,
)

ITEMS = "Imports.offer Targets.target Budgets.government Finance.government Limits.limit Segments.segment"

RISK: tuple[Sheet, ...] = (
    Sheet(
        "Scenarios",
        "Scenarios of the future; the one without a reveal year is the base",
        (
            identifier("scenario", "name of the scenario", "truce_lapses"),
            percent(
                "probability_percent",
                "probability; all together 100; 0: solved only alone",
                usual=(0.1, 100),
                example=20,
            ),
            year("reveal_year", "year in which it parts from its parent; blank: the base", example=2027),
            ref(
                "parent",
                "Scenarios.scenario",
                "the scenario it parts from, revealed before it; blank: the base",
                optional=True,
                example="truce_lapses",
            ),
        ),
        key=("scenario",),
        optional=True,
        how_to="One row a scenario; exactly one, the base, has no reveal_year; the probabilities sum to 100.",
        sourced=False,
    ),
    Sheet(
        "Shocks",
        "What happens in each scenario",
        (
            ref("scenario", "Scenarios.scenario", "scenario", example="truce_lapses"),
            choice("kind", SHOCK_KINDS, "what is shocked"),
            choice(
                "stage",
                (*STAGES, "scrap"),
                "of the goods or plants; blank or *: all",
                optional=True,
                default="*",
                star=True,
            ),
            star("commodity", COMMODITY_IDS, "for goods and demand", example="*"),
            star(
                "region",
                "Regions.region",
                "destination of an offer or route, or where the demand or plant is",
                example="*",
            ),
            star(
                "project",
                "Projects.project",
                "for plants: capex, fixed_opex, variable_opex, delay, outage",
                example="*",
            ),
            star("segment", "Segments.segment", "for demand", example="*"),
            star(
                "item",
                ITEMS,
                "one offer, target, government, limit, or segment of demand, by its name",
                example="us_defence_magnet",
            ),
            year("from_year", "first year; blank: the first it can act in", example=2027),
            year("to_year", "last year; blank: the last of the plan", example=2029),
            maybe(
                "value",
                "factor, years or points",
                "what to multiply by; delay: years; tariff: percentage points added; outage: not read",
                low=None,
                example=0.3,
            ),
        ),
        optional=True,
        how_to=(
            "One row a shock. Factors multiply (0.3: to 30 %), a delay adds years, a tariff adds points, an outage"
            " takes all capacity away. Blank or * means all. What a scenario's parent is hit by ends at its reveal"
            " unless it is repeated."
        ),
    ),
    Sheet(
        "Uncertainty",
        "How far figures may be off, for `didymium stress`",
        (
            choice("kind", UNCERTAIN_KINDS, "what is uncertain", example="china_limit"),
            choice(
                "stage",
                (*STAGES, "scrap"),
                "of the goods (china_, import_) or plants; blank or *: all",
                optional=True,
                default="*",
                star=True,
            ),
            star("commodity", COMMODITY_IDS, "for china_, import_ and demand", example="*"),
            star("region", "Regions.region", "destination of an offer, or where the demand or plant is", example="*"),
            star("project", "Projects.project", "for capex, delay and outage", example="*"),
            star("segment", "Segments.segment", "for demand", example="*"),
            number(
                "low",
                "factor, years or %",
                "lowest it may be: a factor; delay: years; outage: percent of years a plant is out of service",
                example=0.5,
            ),
            maybe("likely", "factor, years or %", "most likely value; blank: the middle", example=0.9),
            number("high", "factor, years or %", "highest it may be", example=1.2),
            flag("shared", "do all that match move together?", example="yes"),
        ),
        optional=True,
        how_to=(
            "One row a range. Each draw takes a value between low and high for all that match together (shared) or for"
            " each alone; rows multiply. Without a row the confidence of a figure's source decides."
        ),
    ),
)

"""Risk: scenarios and what happens in them."""

from __future__ import annotations

from didymium.tables.columns import Sheet
from didymium.tables.schema.words import COMMODITY_IDS, SHOCK_KINDS, STAGES, choice, identifier, number, ref, star, year

RISK: tuple[Sheet, ...] = (
    Sheet(
        "Scenarios",
        "The ways the world may go; the one without a reveal year is the base",
        (
            identifier("scenario", "name of the scenario", "truce_lapses"),
            number("probability_percent", "%", "how likely; all together 100", high=100, usual=(0.1, 100), example=20),
            year("reveal_year", "year in which it parts from the base; blank: the base", example=2027),
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
            choice("stage", (*STAGES, "scrap"), "of the goods (china_, import_) or plants; blank or *: all", optional=True, default="*", star=True),
            star("commodity", COMMODITY_IDS, "for china_, import_ and demand", example="*"),
            star("region", "Regions.region", "destination of an offer, or where the demand or plant is", example="*"),
            star("project", "Projects.project", "for capex, delay and outage", example="*"),
            star("segment", "Segments.segment", "for demand", example="*"),
            year("from_year", "first year; blank: the first it can act in", example=2027),
            year("to_year", "last year; blank: the last of the plan", example=2029),
            number("value", "factor or years", "what to multiply by; delay: years; outage: write 1", example=0.3),
        ),
        optional=True,
        how_to="One row a shock. Factors multiply (0.3: to 30 %), a delay adds years, an outage takes all capacity away. Blank or * means all.",
    ),
)

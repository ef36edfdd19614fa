"""Policy: targets, public money and limits."""

from __future__ import annotations

from didymium.tables.columns import Column, Sheet, Years
from didymium.tables.schema.words import COMMODITY_IDS, MEASURES, STAGES, TARGET_TYPES, choice, identifier, number, ref, star

POLICY: tuple[Sheet, ...] = (
    Sheet(
        "Targets",
        "What independence is asked for, by year",
        (
            identifier("target", "name of the target", "us_defence_magnet"),
            choice("type", TARGET_TYPES, "what is counted"),
            star("region", "Regions.region", "whose demand (min_china_free_share), or whose plants (max_region_share)", example="united_states"),
            star("segment", "Segments.segment", "whose demand; only for min_china_free_share", example="defence"),
            choice("stage", STAGES, "stage; not for max_china_import_share", optional=True, star=True, example="magnet"),
            ref("commodity", COMMODITY_IDS, "what is bought; only for max_china_import_share", optional=True, star=True, example="dy_oxide"),
        ),
        key=("target",),
        optional=True,
        years=Years("percent asked; blank: none that year", "%", blank="none", high=100),
        how_to="One row a target; percent by year, blank where nothing is asked. China-free at a stage: not made in China up to and including it.",
    ),
    Sheet(
        "Finance",
        "The kinds of public money",
        (
            identifier("instrument", "name of the instrument", "us_loan"),
            Column("government", "id", "who pays; its money is in Budgets", offers="Budgets.government", example="united_states"),
            Column(
                "stages", "refs", "stages it is for; several separated by ;", optional=True, default="*", choices=STAGES, star=True, example="mine;refinery"
            ),
            Column(
                "regions",
                "refs",
                "regions it is for; several separated by ;",
                optional=True,
                default="*",
                refers_to=("Regions.region",),
                star=True,
                example="australia;africa",
            ),
            number("rate_percent", "%", "real rate it asks", high=100, usual=(0.2, 15), example=3),
            number("max_share_percent", "%", "most of a decision's overnight capex it may carry", high=100, usual=(1, 100), example=50),
        ),
        key=("instrument",),
        optional=True,
        how_to="One row an instrument. A grant is a loan at no interest.",
    ),
    Sheet(
        "Budgets",
        "Public money by government and year; what is not spent carries over",
        (identifier("government", "who pays; Finance offers it in its list", "united_states"),),
        key=("government",),
        optional=True,
        years=Years("M USD becoming available", "M USD", blank="zero"),
        how_to="One row a government; M USD that become available in each year.",
    ),
    Sheet(
        "Limits",
        "What a region can carry in a year",
        (
            identifier("limit", "name of the limit", "decisions_japan"),
            choice("measure", MEASURES, "what is counted"),
            star("region", "Regions.region", "where; blank or *: everywhere", example="japan"),
            choice("stage", STAGES, "which plants; blank or *: all", optional=True, default="*", star=True),
        ),
        key=("limit",),
        optional=True,
        years=Years("most allowed; blank: no limit that year", "as measured", blank="none"),
        how_to="One row a limit; blank years have none, 0 allows nothing.",
    ),
)

"""Policy: targets, public money and limits."""

from __future__ import annotations

from didymium.tables.columns import Column, Sheet, Years
from didymium.tables.schema.words import (
    COMMODITY_IDS,
    CONTRACT_KINDS,
    HOLD_KINDS,
    MEASURES,
    STAGES,
    TARGET_TYPES,
    YEAR,
    choice,
    identifier,
    integer,
    maybe,
    maybe_percent,
    optional_text,
    percent,
    ref,
    several,
    star,
    year,
)

POLICY: tuple[Sheet, ...] = (
    Sheet(
        "Targets",
        "Targets of independence from China, by year",
        (
            identifier("target", "name of the target", "us_defence_magnet"),
            choice("type", TARGET_TYPES, "what is counted"),
            star(
                "region",
                "Regions.region",
                "whose demand (min_china_free_share), or whose plants (max_region_share)",
                example="united_states",
            ),
            star("segment", "Segments.segment", "whose demand; only for min_china_free_share", example="defence"),
            choice(
                "stage",
                STAGES,
                "stage; only for min_china_free_share and max_region_share",
                optional=True,
                star=True,
                example="magnet",
            ),
            ref(
                "commodity",
                COMMODITY_IDS,
                "what is bought; only for max_china_import_share and max_supplier_share",
                optional=True,
                star=True,
                example="dy_oxide",
            ),
            optional_text(
                "supplier", "whose offers; only for max_supplier_share", offers="Imports.supplier", example="china"
            ),
            maybe(
                "penalty_usd_per_t",
                "USD/t",
                "price of a tonne short of this target; blank: as in Settings",
                usual=(10_000, 100_000_000),
                example=500_000,
            ),
        ),
        key=("target",),
        optional=True,
        years=Years("percent required; blank: none that year", "%", blank="none", high=100),
        how_to=(
            "One row a target; percent by year, blank where there is none. China-free at a stage: not made in China"
            " up to and including it."
        ),
    ),
    Sheet(
        "Finance",
        "The kinds of public money",
        (
            identifier("instrument", "name of the instrument", "us_loan"),
            Column(
                "government",
                "id",
                "who pays; its money is in Budgets",
                offers="Budgets.government",
                example="united_states",
            ),
            Column(
                "stages",
                "refs",
                "stages it is for; several separated by ;",
                optional=True,
                default="*",
                choices=STAGES,
                star=True,
                example="mine;refinery",
            ),
            several(
                "regions", "Regions.region", "regions it is for; several separated by ;", example="australia;africa"
            ),
            several(
                "projects", "Projects.project", "projects it is for; several separated by ;", example="mp_10x;mp_heavy"
            ),
            percent("rate_percent", "real interest rate", usual=(0.2, 15), example=3),
            percent(
                "max_share_percent",
                "maximum share of a decision's overnight capex it may carry",
                usual=(1, 100),
                example=50,
            ),
            maybe_percent(
                "repaid_percent",
                "how much of the principal is paid back; 0 is a grant",
                100.0,
                usual=(0, 100),
                example=100,
            ),
        ),
        key=("instrument",),
        optional=True,
        how_to="One row an instrument. A grant is repaid by 0 %. A government without a row in Budgets has no limit.",
    ),
    Sheet(
        "Budgets",
        "Public money by government and year; what is not spent carries over",
        (
            identifier("government", "who pays; Finance offers it in its list", "united_states"),
            ref(
                "region",
                "Regions.region",
                "the region whose money it is; blank: the region of the same name, if there is one",
                optional=True,
                later=True,
                example="united_states",
            ),
        ),
        key=("government",),
        optional=True,
        years=Years("M USD becoming available", "M USD", blank="zero"),
        how_to="One row a government; M USD that become available in each year.",
    ),
    Sheet(
        "Contracts",
        "Offtakes and price floors of plants",
        (
            identifier("contract", "name of the contract", "mp_floor"),
            choice(
                "kind",
                CONTRACT_KINDS,
                "offtake: tonnes that must be made or paid for; price_floor: a price that a government tops up to",
            ),
            ref("project", "Projects.project", "the plant", example="mp_mountain_pass"),
            ref(
                "commodity",
                COMMODITY_IDS,
                "what the floor is for; only for price_floor",
                optional=True,
                example="ndpr_oxide",
            ),
            Column(
                "government",
                "id",
                "who pays the floor; only for price_floor",
                optional=True,
                offers="Budgets.government",
                example="united_states",
            ),
            integer("from_year", "year", "first year in force", example=2026, **YEAR),
            integer("to_year", "year", "last year in force", example=2035, **YEAR),
            maybe(
                "tonnes_per_year",
                "t/year",
                "what must be made, in the plant's capacity unit; only for offtake",
                usual=(1, 100_000),
                example=1_000,
            ),
            maybe(
                "price_usd_per_t",
                "USD/t",
                "the floor; or what is paid for a tonne not taken (blank: every tonne must be made)",
                usual=(100, 10_000_000),
                example=110_000,
            ),
        ),
        key=("contract",),
        optional=True,
        how_to=(
            "One row a contract. An offtake shrinks with what of the plant is on line. A floor binds nothing: it shows"
            " what a government pays."
        ),
    ),
    Sheet(
        "Limits",
        "Maximum that a region can do or emit in a year",
        (
            identifier("limit", "name of the limit", "decisions_japan"),
            choice("measure", MEASURES, "what is counted"),
            star("region", "Regions.region", "where; blank or *: everywhere", example="japan"),
            choice("stage", STAGES, "which plants; blank or *: all", optional=True, default="*", star=True),
        ),
        key=("limit",),
        optional=True,
        years=Years("maximum; blank: no limit that year", "as measured", blank="none"),
        how_to="One row a limit; blank years have none, 0 allows nothing.",
    ),
    Sheet(
        "Holds",
        "Decisions that a person fixes; the plan decides the rest",
        (
            ref("project", "Projects.project", "the project", example="mp_heavy"),
            choice(
                "kind",
                HOLD_KINDS,
                "force: it is built; forbid: nothing of it beyond what is committed; pin: exactly so many modules",
            ),
            integer(
                "modules",
                "modules",
                "of force: at least so many (blank: one more than is committed); of pin: exactly so many; not of"
                " forbid",
                optional=True,
                example=1,
            ),
            year("from_year", "first year of decision that it counts; blank: the first of the plan", example=2027),
            year("to_year", "last year of decision that it counts; blank: the last of the plan", example=2027),
            ref(
                "scenario",
                "Scenarios.scenario",
                "only on the path of this scenario; blank: whatever happens",
                optional=True,
                example="truce_holds",
            ),
        ),
        optional=True,
        sourced=False,
        how_to="One row a decision. What stands here is counted along every path, over the years from and to.",
    ),
)

"""The market: who wants magnets, what can be bought, moved and stored."""

from __future__ import annotations

from didymium.tables.columns import Column, Sheet, Years
from didymium.tables.schema.words import (
    COMMODITY_IDS,
    ROUTE_STAGES,
    choice,
    flag,
    identifier,
    maybe,
    maybe_percent,
    number,
    optional_text,
    ref,
)

MARKET: tuple[Sheet, ...] = (
    Sheet(
        "Segments",
        "Uses of magnets, and the cost of a shortage in each",
        (
            identifier("segment", "a use", "ev_traction"),
            number(
                "shortage_cost_usd_per_t",
                "USD/t",
                "shortage cost: of a tonne not delivered",
                usual=(10_000, 100_000_000),
                example=2_000_000,
            ),
        ),
        key=("segment",),
        how_to="One row a use of magnets, with the cost of a missing tonne to its users.",
    ),
    Sheet(
        "Demand",
        "Demand by region, use and commodity",
        (
            ref("region", "Regions.region", "where the demand is", example="japan"),
            ref("segment", "Segments.segment", "what for", example="ev_traction"),
            ref("commodity", COMMODITY_IDS, "commodity in demand", example="magnet_sh"),
        ),
        years=Years("tonnes of demand", "t/year"),
        how_to="One row a region, segment and commodity; tonnes for every year of the plan, 0 where there is none.",
    ),
    Sheet(
        "Substitution",
        "How much of a segment's demand can be replaced, and at what cost",
        (
            ref("segment", "Segments.segment", "segment", example="ev_traction"),
            number(
                "cost_usd_per_t", "USD/t", "cost of substituting a tonne", usual=(1_000, 100_000_000), example=180_000
            ),
        ),
        key=("segment",),
        optional=True,
        years=Years("percent of demand that can be substituted by then", "%", high=100),
        how_to="One row a segment; percent of its demand that magnet-free designs can replace by each year.",
    ),
    Sheet(
        "Imports",
        "What is offered from outside: two rows an offer, its tonnes and its price",
        (
            identifier("offer", "name of the offer; its two rows share it", "china_magnet_sh_japan"),
            optional_text("supplier", "who offers", default="", example="china"),
            Column("china", "yes_no", "does it count as Chinese?", example="yes"),
            ref("commodity", COMMODITY_IDS, "what is offered", example="magnet_sh"),
            ref(
                "destination",
                "Regions.region",
                "the region it is offered to; *: any outside China",
                star=True,
                example="japan",
            ),
            maybe_percent("tariff_percent", "duty on the price", 0.0, high=1_000, usual=(0, 150), example=2.5),
            choice("measure", ("limit_t", "price_usd_per_t"), "which of the two this row gives"),
        ),
        key=("offer", "measure"),
        years=Years("tonnes offered, or their price", "t/year or USD/t"),
        how_to=(
            "Two rows an offer, alike but for measure: limit_t with the tonnes of each year, price_usd_per_t with their"
            " price."
        ),
    ),
    Sheet(
        "Routes",
        "What moving a tonne between two regions costs; no row, no shipping",
        (
            ref("from_region", "Regions.region", "from", example="australia"),
            ref("to_region", "Regions.region", "to", example="japan"),
            choice(
                "stage",
                ROUTE_STAGES,
                "stage of the goods; blank or *: all without a row of their own",
                optional=True,
                default="*",
                star=True,
            ),
            number("cost_usd_per_t", "USD/t", "freight, one way", usual=(10, 10_000), example=290),
            maybe_percent(
                "tariff_percent", "duty on the commodity's market price", 0.0, high=1_000, usual=(0, 150), example=0
            ),
            maybe(
                "limit_t_per_year",
                "t/year",
                "maximum that can move under this row, all goods together; blank: no limit",
                usual=(1, 1_000_000),
                example=2_000,
            ),
        ),
        key=("from_region", "to_region", "stage"),
        how_to=(
            "One row a pair of regions, one way, and stage of the goods. Without a row nothing moves; within a region"
            " goods move freely."
        ),
    ),
    Sheet(
        "Stockpiles",
        "Where stock can be kept",
        (
            ref("region", "Regions.region", "where it lies", example="japan"),
            ref("commodity", COMMODITY_IDS, "what is stored", example="ndpr_oxide"),
            number("initial_t", "t", "stock at the start", usual=(0.5, 200_000), example=700),
            number("limit_t", "t", "maximum stock", usual=(1, 500_000), example=4_000),
            maybe("minimum_t", "t", "minimum stock", 0.0, usual=(0.5, 200_000), example=0),
            number(
                "holding_usd_per_t_year",
                "USD/t/year",
                "cost of storing a tonne for a year",
                usual=(5, 200_000),
                example=1_700,
            ),
            flag("initial_china", "is the stock at the start Chinese?", example="yes"),
        ),
        key=("region", "commodity"),
        optional=True,
        how_to="One row a region and commodity that can be stored there.",
    ),
    Sheet(
        "Prices",
        "What goods are worth outside the chain, by year: the market outlook",
        (ref("commodity", COMMODITY_IDS, "what is priced", example="ndpr_oxide"),),
        key=("commodity",),
        optional=True,
        years=Years("market price; blank: as the year before", "USD/t", blank="before"),
        how_to=(
            "One row a commodity. A blank year takes the price of the year before; before the first given year the"
            " reference price holds. What ore and mixed heavies are worth follows from these prices, unless they have a"
            " row of their own."
        ),
    ),
)

"""Rows of public money: what each government gives, which plants it is in, and who uses what passes through them."""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import FLAG, ID, INTEGER, MONEY, PERCENT, POINTS, PRICE, TONNES, Column
from didymium.results.shared import Government, Project, Region, Stage

Given = Annotated[
    float,
    Column(
        MONEY,
        "capital subsidy in the plan's years and floor payments, discounted, expected",
        "Given in the plan's years, discounted (M USD)",
    ),
]
Plants = Annotated[
    int, Column(INTEGER, "plants whose new modules its loans or grants pay, or that have its price floor")
]


class SuppliedColumns(TypedDict):
    """What passes through supported plants and is used, and what is given for a tonne."""

    delivered_t: Annotated[
        float,
        Column(
            TONNES,
            "rare earths, as the oxide that went in, that passed these plants in what demand receives in all years,"
            " expected; by mass, and only as much as capacity that this government supports",
            "Delivered to demand through them (t oxide)",
        ),
    ]
    sold_outside_t: Annotated[
        float,
        Column(
            TONNES,
            "the same in what is sold outside the chain, of goods from which what demand wants can be made",
            "Sold outside through them (t oxide)",
        ),
    ]
    supplied_discounted_t: Annotated[
        float, Column(TONNES, "delivered and sold, discounted as money is", "Both, discounted (t oxide)")
    ]
    given_usd_per_t: Annotated[
        float | None,
        Column(
            PRICE,
            "what is given, discounted, per tonne of oxide delivered and sold, discounted; blank where there is none",
            "Given per tonne of both (USD/t oxide)",
        ),
    ]


class SubsidyColumns(TypedDict):
    """Public money by kind, as decided, and what it gives."""

    loans_musd: Annotated[
        float, Column(MONEY, "public money in decisions that is paid back, as lent, expected", "Loans (M USD)")
    ]
    grants_musd: Annotated[
        float, Column(MONEY, "public money in decisions that is not paid back, expected", "Grants (M USD)")
    ]
    loan_subsidy_musd: Annotated[
        float,
        Column(
            MONEY,
            "a loan less its repayments over the plant's whole life at the instrument's rate, discounted at the plant's"
            " own cost of capital to the spending of the capex; 0 where the loan is dearer than private money",
            "Subsidy in its loans (M USD)",
        ),
    ]
    subsidy_equivalent_musd: Annotated[
        float, Column(MONEY, "grants, and the subsidy in loans", "Subsidy equivalent (M USD)")
    ]
    capital_subsidy_in_plan_musd: Annotated[
        float,
        Column(
            MONEY,
            "the part of the subsidy that falls in the plan's years: annuity at the plant's own cost of capital less"
            " what the public money is paid; discounted at the plan's rate, expected",
            "Capital subsidy in the plan's years, discounted (M USD)",
        ),
    ]
    floor_payments_musd: Annotated[
        float,
        Column(MONEY, "floor payments in the plan's years, discounted, expected", "Floor payments, discounted (M USD)"),
    ]
    given_in_plan_musd: Given


class _Payer(TypedDict):
    government: Government
    home_region: Annotated[
        str | None, Column(ID, "the region whose money it is, as on the sheet Budgets", "Its region")
    ]


class _Paid(TypedDict):
    public_funds_musd: Annotated[
        float,
        Column(
            MONEY,
            "cost of public funds on what is given, discounted, expected; the part of this government in Costs",
            "Cost of public funds, discounted (M USD)",
        ),
    ]
    plants: Plants
    own_region_percent: Annotated[
        float | None,
        Column(
            PERCENT,
            "share of what is given that goes to plants for what its own region uses; blank where its region is not"
            " known or nothing is given",
            "Of it for use in its own region (%)",
        ),
    ]
    smaller_than_gap: Annotated[
        str | None,
        Column(
            FLAG,
            "yes: the capital subsidy in the plan's years is below the gap, which so does not prove that its loans and"
            " grants belong in the plan",
        ),
    ]


class GovernmentRow(_Payer, SubsidyColumns, _Paid):
    """What a government gives in the plan, and how much of that serves its own region."""


class _Stages(TypedDict):
    government: Government
    stage: Stage
    plants: Plants
    given_in_plan_musd: Given


class _Shares(TypedDict):
    of_demand_percent: Annotated[
        float,
        Column(
            PERCENT,
            "delivered, of the rare earths in all that demand receives in the plan's years",
            "Of all that demand receives (%)",
        ),
    ]
    own_region_percent: Annotated[
        float | None,
        Column(
            PERCENT,
            "share of what is given that goes to plants in proportion to what demand of its own region receives through"
            " them; blank where its region is not known or nothing is given",
            "Of it for use in its own region (%)",
        ),
    ]


class StageSupportRow(_Stages, SuppliedColumns, _Shares):
    """The plants of a stage that a government supports, and what passes through them."""


class TargetSupportRow(TypedDict):
    """What the plants that a government supports supply of what a target counts."""

    government: Government
    target: Annotated[str, Column(ID, "the target for a China-free share, as on the sheet Targets of the input")]
    stage: Annotated[str, Column(ID, "the stage of the plants")]
    given_in_plan_musd: Given
    counted_for_target_t: Annotated[
        float,
        Column(
            TONNES,
            "what the target counts as China-free and that passed these plants, in all years in which it is set,"
            " expected",
            "Supplied of what the target counts (t)",
        ),
    ]
    supplied_points: Annotated[
        float,
        Column(
            POINTS,
            "the same in percent of the demand that the target counts: the mean of the years in which it is set",
            "Supplied, mean of its years (points)",
        ),
    ]
    discounted_point_years: Annotated[
        float,
        Column(POINTS, "points times years, discounted as money is, expected", "Points times years, discounted"),
    ]
    musd_per_point_year: Annotated[
        float | None,
        Column(
            MONEY,
            "what is given, discounted, by the points times years, discounted. What the plants supply, not what the"
            " money brought about: without it the plan might reach the target in another way",
            "Given per point and year (M USD)",
            cumulative=True,
        ),
    ]


class _Supported(TypedDict):
    government: Government
    project: Project
    stage: Stage
    region: Region


class _Throughput(TypedDict):
    supported_throughput_t: Annotated[
        float,
        Column(
            TONNES,
            "what the capacity that this government supports runs in all years of the plan, expected, in the plant's"
            " capacity unit: its part of capacity on line; all of it while a price floor is in force",
            "Throughput of supported capacity (t)",
        ),
    ]


class SupportedPlantRow(_Supported, SubsidyColumns, _Throughput, SuppliedColumns):
    """A plant that a government supports: its money, and what passes through the plant."""


class SupportedUseRow(TypedDict):
    """Where what passes through a supported plant is used."""

    government: Government
    home_region: Annotated[
        str | None, Column(ID, "the region whose money it is, as on the sheet Budgets", "Its region")
    ]
    project: Project
    region: Annotated[str, Column(ID, "the region of the plant")]
    use_region: Annotated[
        str | None,
        Column(
            ID,
            "the region of the demand; outside: sold outside the chain; blank: nothing is delivered or sold",
            "Region of use",
        ),
    ]
    supplied_t: Annotated[
        float,
        Column(
            TONNES, "rare earths, as oxide, delivered or sold, in all years of the plan, expected", "Supplied (t oxide)"
        ),
    ]
    of_plant_percent: Annotated[
        float | None, Column(PERCENT, "of all that is delivered and sold through the plant", "Of the plant's (%)")
    ]
    given_share_musd: Annotated[
        float,
        Column(
            MONEY,
            "what the government gives the plant in the plan's years, discounted, in proportion to the tonnes",
            "Given, in proportion to tonnes (M USD)",
        ),
    ]
    stays: Annotated[
        str | None,
        Column(FLAG, "whether the region of use is that of the government; blank: not known", "In its own region"),
    ]

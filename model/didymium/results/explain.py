"""Rows of an explanation: every candidate of a plan, why it is in it or not, and at which price it would enter."""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import FLAG, MONEY, PERCENT, PRICE, TEXT, Column, ResultSheet, Table
from didymium.results.shared import Project, Region, Stage


class ReasonRow(TypedDict):
    """A candidate explained."""

    project: Project
    stage: Stage
    region: Region
    in_plan: Annotated[
        str, Column(FLAG, "whether the plan of the result builds it, beyond what is committed", "Built by the plan")
    ]
    why: Annotated[str, Column(TEXT, "the answer in a sentence", "Why")]
    other_way_at_least_musd: Annotated[
        float | None,
        Column(
            MONEY,
            "forced in where it is not in the plan, forbidden where it is: what that costs at least, proven",
            "The other way costs, at least (M USD)",
        ),
    ]
    other_way_at_most_musd: Annotated[
        float | None,
        Column(MONEY, "the same at most, by a plan that was found", "The other way costs, at most (M USD)"),
    ]
    other_way_found_musd: Annotated[
        float | None,
        Column(
            MONEY,
            "the cheapest plan found the other way, less the best plan found",
            "The other way, found, more than the best plan (M USD)",
        ),
    ]
    capex_cut_at_least_percent: Annotated[
        float | None,
        Column(
            PERCENT,
            "with a smaller cut of its capex it does not enter, proven",
            "Enters at a capex cut of, at least (%)",
        ),
    ]
    capex_cut_at_most_percent: Annotated[
        float | None,
        Column(
            PERCENT,
            "with a larger cut it enters, by a plan that was found; blank where no cut is known to be enough, as is"
            " often so where the gap does not decide what it costs",
            "Enters at a capex cut of, at most (%)",
        ),
    ]
    grant_at_least_musd: Annotated[
        float | None,
        Column(MONEY, "the same as a grant for each module, overnight", "As a grant a module, at least (M USD)"),
    ]
    grant_at_most_musd: Annotated[
        float | None,
        Column(MONEY, "the same as a grant for each module, overnight", "As a grant a module, at most (M USD)"),
    ]
    premium_at_least_usd_per_t: Annotated[
        float | None,
        Column(
            PRICE,
            "with a smaller premium on every tonne it runs (a price floor so far above the price) it does not enter,"
            " proven",
            "Enters at a premium of, at least (USD/t)",
        ),
    ]
    premium_at_most_usd_per_t: Annotated[
        float | None,
        Column(
            PRICE,
            "with a larger one it enters, by a plan that was found; blank where none is known to be enough",
            "Enters at a premium of, at most (USD/t)",
        ),
    ]
    capex_cut_found_percent: Annotated[
        float | None,
        Column(
            PERCENT,
            "the cut at which the cheapest plan found with it costs as much as the best plan found; blank where even"
            " the whole capex is not enough",
            "Capex cut that equals the best plan found (%)",
        ),
    ]
    premium_found_usd_per_t: Annotated[
        float | None,
        Column(PRICE, "the premium at which it does", "Premium that equals the best plan found (USD/t)"),
    ]
    price_floor: Annotated[
        str,
        Column(
            TEXT,
            "the market price with the premium in it, where the plant has one good with a price: what a floor would"
            " have to be to be worth as much; one of more than three times the market price is named only where solves"
            " verified it",
            "As a price floor",
        ),
    ]
    verified: Annotated[
        str,
        Column(
            TEXT,
            "which prices were verified: a solve a little below builds none of it, one a little above builds it; blank"
            " but of small cases, and of projects that are named (--project)",
            "Verified by solves",
        ),
    ]
    changes: Annotated[
        str,
        Column(
            TEXT,
            "what the cheapest plan found the other way does otherwise than the plan",
            "What changes the other way",
        ),
    ]
    binding: Annotated[str, Column(TEXT, "rules around it that bind in the plan", "Rules that bind around it")]


class ExplainTables(TypedDict):
    """Every table of an explanation, by name."""

    reasons: Annotated[list[ReasonRow], Table("Explain")]


EXPLAIN_SHEETS = (
    ResultSheet(
        "Explain",
        "Why each project is in the plan or not",
        "At least is proven; at most is by the cheapest plan found in this study: another study may have found a"
        " cheaper one. Blank: no such price is known, or (Verified) no solves: they are for small cases and --project",
        "What lies between at least and at most is not decided by the gap. A premium is on each tonne of throughput,"
        " whoever pays it; a grant is for each module and no cost of the plan."
        " A price floor is the market price with the premium in it: what is paid under one is a transfer, so that a"
        " contract alone changes no decision, and the premium is what is solved for",
    ),
)

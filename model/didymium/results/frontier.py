"""Rows of a frontier workbook: what every level of the targets costs, what it builds, what it reaches.

A level is a share of the full targets: at 100 % they are as the case sets them, at 0 % nothing is required. The table
of builds has columns that are made at run time: t/year that each level builds of a project.
"""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import (
    CAPACITY,
    FLAG,
    ID,
    INTEGER,
    MONEY,
    PERCENT,
    PRICE,
    TEXT,
    TONNES,
    YEAR,
    YEARLY,
    Column,
    ResultSheet,
    Table,
)
from didymium.results.shared import Project, Region, Stage

Point = Annotated[float, Column(PERCENT, "the level, percent of the full targets", "Share of the full targets (%)")]


class FrontierPointRow(TypedDict):
    """What a level of the targets costs: the least cost lies between the bound and the cost found."""

    share_percent: Point
    cost_musd: Annotated[
        float | None,
        Column(MONEY, "the cost of the best plan found, discounted; blank where none exists", "Cost (M USD)"),
    ]
    bound_musd: Annotated[float | None, Column(MONEY, "no plan can cost less", "At least (M USD)")]
    gap_percent: Annotated[float | None, Column(PERCENT, "between the two, as a share of the cost", "Gap (%)")]
    status: Annotated[str, Column(ID, "how the search ended")]
    reached: Annotated[str, Column(FLAG, "whether every target is met in every year", "Every target met")]
    more_than_lowest_at_least_musd: Annotated[
        float | None,
        Column(MONEY, "the bound less the cost of the lowest level", "Costs more than the lowest, at least (M USD)"),
    ]
    more_than_lowest_at_most_musd: Annotated[
        float | None,
        Column(MONEY, "the cost less the bound of the lowest level", "Costs more than the lowest, at most (M USD)"),
    ]
    per_point_at_least_musd: Annotated[
        float | None,
        Column(MONEY, "of a point between the level below and this one", "A point costs at least (M USD)"),
    ]
    per_point_at_most_musd: Annotated[
        float | None, Column(MONEY, "of a point between the level below and this one", "A point costs at most (M USD)")
    ]
    decisions: Annotated[int | None, Column(INTEGER, "decisions to build that the plan chooses or that are committed")]
    capex_musd: Annotated[float | None, Column(MONEY, "overnight capex of all decisions", "Capex (M USD)")]


class FrontierChangeRow(TypedDict):
    """A project that the plan of a level builds more or less of than the plan of the level below."""

    share_percent: Point
    project: Project
    stage: Stage
    region: Region
    change: Annotated[str, Column(TEXT, "enters, leaves, more, less, or in other years")]
    below_years: Annotated[str, Column(TEXT, "years of decision at the level below", "Decided at the level below in")]
    here_years: Annotated[str, Column(TEXT, "years of decision at this level", "Decided here in")]
    below_t_per_year: Annotated[
        float, Column(CAPACITY, "built at the level below", "Built at the level below (t/year)")
    ]
    here_t_per_year: Annotated[float, Column(CAPACITY, "built at this level", "Built here (t/year)")]


class FrontierTargetRow(TypedDict):
    """A target in a year of a level: what the level requires of it, what is reached, and what more of it costs."""

    share_percent: Point
    target: Annotated[str, Column(ID, "the target, as on the sheet Targets of the input")]
    stage: Annotated[str, Column(ID, "the stage it is about")]
    year: Annotated[int, Column(YEAR, "the year")]
    required_percent: Annotated[float, Column(PERCENT, "the share that the level requires", "Required (%)")]
    reached_percent: Annotated[float, Column(PERCENT, "the share that the plan reaches", "Reached (%)")]
    miss_t: Annotated[float, Column(TONNES, "the shortfall, which is paid for", "Missed by (t)")]
    point_musd_per_year: Annotated[
        float | None,
        Column(
            YEARLY,
            "what a point more would cost with the build-out fixed: a dual",
            "A point more, build-out fixed (M USD/year)",
        ),
    ]
    tonne_usd_per_t: Annotated[
        float | None, Column(PRICE, "the same for one tonne", "A tonne more, build-out fixed (USD/t)")
    ]


class FrontierBuildRow(TypedDict):
    """A project that some level builds; behind these columns one for every level: t/year that it builds."""

    project: Project
    stage: Stage
    region: Region
    levels: Annotated[str, Column(TEXT, "all, some: whether every level found builds some of it", "At how many levels")]


class FrontierTables(TypedDict):
    """Every table of a frontier, by name."""

    points: Annotated[list[FrontierPointRow], Table("Frontier")]
    changes: Annotated[list[FrontierChangeRow], Table("Changes")]
    builds: Annotated[list[FrontierBuildRow], Table("Builds")]
    targets: Annotated[list[FrontierTargetRow], Table("Targets")]


FRONTIER_SHEETS = (
    ResultSheet(
        "Frontier",
        "What each level of the targets costs, the dearest last",
        "The least cost of a level lies between At least and Cost. Money is discounted, over the whole plan",
        "Differences are given from their least to their most: what lies within is not decided by the gap",
    ),
    ResultSheet(
        "Changes",
        "What each level builds otherwise than the level below",
        "All years together, t/year. Where a step costs less than the gap, a change may be chance",
    ),
    ResultSheet(
        "Builds",
        "What each level builds of every project, t/year",
        "All years together; projects that no level builds are left out",
    ),
    ResultSheet(
        "Targets",
        "Every target, level by level: what is required and reached",
        "What more would cost is a dual: it holds for the build-out of that level, for a small change",
    ),
)

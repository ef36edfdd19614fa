"""Rows of an alternatives workbook: every candidate with its class and what it costs, the plans within the margin, and
how often each project is built elsewhere.

Two tables have columns that are made at run time: one for every plan, and one for every scenario or level.
"""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import FLAG, ID, INTEGER, MONEY, PERCENT, TEXT, Column, ResultSheet, Table
from didymium.results.shared import Project, Region, Stage


class AlternativeRow(TypedDict):
    """A candidate: in how many good plans it is, and what it costs to force it in or to forbid it."""

    project: Project
    stage: Stage
    region: Region
    alike: Annotated[int, Column(INTEGER, "so many projects, alike in all but their names, counted as one")]
    in_best_plan: Annotated[str, Column(FLAG, "whether the best plan found builds it", "In the best plan")]
    in_good_plans: Annotated[
        str,
        Column(
            ID,
            "always, never: proven of every plan within the margin; some: plans with it and without it were found;"
            " open: neither",
            "In good plans",
        ),
    ]
    by_years: Annotated[
        str,
        Column(
            TEXT,
            "the same for each range of years in which it can be decided: whether at least one module is decided in"
            " those years; open where neither a plan found nor one bound tells",
            "In good plans, by years of decision",
        ),
    ]
    cost_in_at_least_musd: Annotated[
        float | None,
        Column(
            MONEY,
            "what forcing it in costs at least, proven; blank where no plan has it",
            "Forced in, at least (M USD)",
        ),
    ]
    cost_in_at_most_musd: Annotated[
        float | None,
        Column(
            MONEY,
            "what forcing it in costs at most, by a plan that was found; blank where none was",
            "Forced in, at most (M USD)",
        ),
    ]
    cost_out_at_least_musd: Annotated[
        float | None,
        Column(
            MONEY,
            "what forbidding it costs at least, proven; blank where every plan has it",
            "Forbidden, at least (M USD)",
        ),
    ]
    cost_out_at_most_musd: Annotated[
        float | None,
        Column(
            MONEY,
            "what forbidding it costs at most, by a plan that was found; blank where none was",
            "Forbidden, at most (M USD)",
        ),
    ]
    found_in_musd: Annotated[
        float | None,
        Column(
            MONEY,
            "the cheapest plan found with it, less the best plan found: 0 where that has it",
            "Cheapest found with it, more than the best (M USD)",
        ),
    ]
    found_out_musd: Annotated[
        float | None,
        Column(
            MONEY,
            "the cheapest plan found without it, less the best plan found: 0 where that does not have it",
            "Cheapest found without it, more than the best (M USD)",
        ),
    ]
    reading: Annotated[str, Column(TEXT, "the same in a sentence")]


class OtherPlanRow(TypedDict):
    """A plan within the margin: what it costs, and by how many projects it differs from the others."""

    plan: Annotated[int, Column(INTEGER, "its number; 1 is the best plan found")]
    cost_musd: Annotated[float, Column(MONEY, "its cost, discounted", "Cost (M USD)")]
    more_musd: Annotated[float, Column(MONEY, "more than the best plan found", "More than the best plan (M USD)")]
    more_percent: Annotated[float, Column(PERCENT, "the same as a share of the cost", "More than the best plan (%)")]
    candidates_built: Annotated[int, Column(INTEGER, "candidates that it builds", "Candidates built")]
    unlike_best: Annotated[
        int, Column(INTEGER, "candidates that one of the two builds and the other does not", "Unlike the best plan by")
    ]
    unlike_nearest: Annotated[
        int | None,
        Column(INTEGER, "the same against the plan of this list that is nearest", "Unlike the nearest plan by"),
    ]


class SharedRow(TypedDict):
    """A candidate that some of these plans build; behind these columns one for every plan: yes where it builds it."""

    project: Project
    stage: Stage
    region: Region
    plans: Annotated[int, Column(INTEGER, "how many of the plans build it", "Plans that build it")]
    shared: Annotated[str, Column(TEXT, "all, some: whether every one of the plans builds it")]


class RobustnessRow(TypedDict):
    """A candidate over the plans found for this case, for other scenarios and for levels of the targets; behind these
    columns one for each: yes where the plan found there builds it."""

    project: Project
    stage: Stage
    region: Region
    robustness: Annotated[
        str, Column(ID, "always; usually: in half of them or more; sometimes; never", "How often it is built")
    ]
    built_in: Annotated[int, Column(INTEGER, "in how many it is built")]
    of: Annotated[int, Column(INTEGER, "out of so many")]


class AlternativesTables(TypedDict):
    """Every table of the alternatives, by name."""

    projects: Annotated[list[AlternativeRow], Table("Alternatives")]
    plans: Annotated[list[OtherPlanRow], Table("Plans")]
    shared: Annotated[list[SharedRow], Table("Shared")]
    robustness: Annotated[list[RobustnessRow], Table("Robustness")]


ALTERNATIVES_SHEETS = (
    ResultSheet(
        "Alternatives",
        "Every project that could be built: is it in every good plan, in some, or in none?",
        "A good plan costs at most the margin more than the best plan found. It may build a project and hardly run it."
        " At least is proven; at most is by the cheapest plan found in this study: another study may have found a"
        " cheaper one",
        "Both are against the least cost, which the gap leaves open. Where at least is 0, the gap does not decide"
        " whether it costs anything",
    ),
    ResultSheet(
        "Plans",
        "Good plans that are as unlike as could be found",
        "Each was operated at least cost with its builds held",
    ),
    ResultSheet(
        "Shared",
        "What these plans share, and where they part",
        "Projects that none of them builds are left out. What all of them build need not be in every good plan",
    ),
    ResultSheet(
        "Robustness",
        "How often each project is built: in this case, in other scenarios, at other levels of the targets",
        "Of the plan found for each, within its gap: another plan within the gap may build other things",
        "Empty where only this case was solved: --scenarios solves the others, and a frontier of the case beside is"
        " taken, but for its level of 100 %, which is this case",
    ),
)

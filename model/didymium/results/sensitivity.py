"""Rows of a sensitivity workbook: the least cost at both ends of each input, and what the plan then builds."""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import CAPACITY, FLAG, ID, INTEGER, MONEY, TEXT, Column, Kind, ResultSheet, Table
from didymium.results.shared import Project, Region, Stage

FACTOR = Kind("factor", shape="0.00")
Input = Annotated[str, Column(TEXT, "the input whose value is not known for sure", "Input")]
Low = Annotated[
    float, Column(FACTOR, "the lowest it may be: a factor on the input; of a delay years", "Lowest (factor or years)")
]
High = Annotated[
    float, Column(FACTOR, "the highest it may be: a factor on the input; of a delay years", "Highest (factor or years)")
]


class SwingRow(TypedDict):
    """An input, and what the least cost is at both ends of its range when the plan is optimised anew: it lies between
    the bound and the cost of the best plan found."""

    rank: Annotated[int, Column(INTEGER, "1 is worth researching first: the largest swing that is sure")]
    input: Input
    kind: Annotated[str, Column(ID, "demand, china_limit, import_price, capex, delay, ...")]
    lowest: Low
    highest: High
    cost_low_musd: Annotated[
        float | None, Column(MONEY, "the best plan found at its lowest; blank: none", "Cost at its lowest (M USD)")
    ]
    bound_low_musd: Annotated[
        float | None, Column(MONEY, "no plan can then cost less", "At least, at its lowest (M USD)")
    ]
    cost_high_musd: Annotated[
        float | None, Column(MONEY, "the best plan found at its highest; blank: none", "Cost at its highest (M USD)")
    ]
    bound_high_musd: Annotated[
        float | None, Column(MONEY, "no plan can then cost less", "At least, at its highest (M USD)")
    ]
    swing_found_musd: Annotated[
        float | None, Column(MONEY, "between the best plans found at both ends", "Swing found (M USD)")
    ]
    swing_at_least_musd: Annotated[
        float | None, Column(MONEY, "the least that the gaps leave of it", "Swing at least (M USD)")
    ]
    swing_at_most_musd: Annotated[float | None, Column(MONEY, "the most that it may be", "Swing at most (M USD)")]
    fixed_swing_musd: Annotated[
        float, Column(MONEY, "the same with the builds of the plan fixed", "Swing with builds fixed (M USD)")
    ]
    decided: Annotated[str, Column(FLAG, "whether the swing is larger than the gaps", "Beyond the gap")]


class SwingChangeRow(TypedDict):
    """A project that the plan at an end of an input builds otherwise than the plan of the input as it is."""

    input: Input
    end: Annotated[str, Column(TEXT, "lowest or highest")]
    project: Project
    stage: Stage
    region: Region
    change: Annotated[str, Column(TEXT, "enters, leaves, more, less, or in other years")]
    base_years: Annotated[
        str, Column(TEXT, "years of decision in the plan of the input as it is", "Decided as it is in")
    ]
    here_years: Annotated[str, Column(TEXT, "years of decision at this end", "Decided here in")]
    base_t_per_year: Annotated[
        float, Column(CAPACITY, "built in the plan of the input as it is", "Built as it is (t/year)")
    ]
    here_t_per_year: Annotated[float, Column(CAPACITY, "built at this end", "Built here (t/year)")]


class RangeWidthRow(TypedDict):
    """A range and by how much the cost of the plan moves at its ends while its builds are fixed."""

    input: Input
    kind: Annotated[str, Column(ID, "demand, china_limit, import_price, capex, delay, ...")]
    lowest: Low
    highest: High
    origin: Annotated[str, Column(TEXT, "the cell that sets the range, or the confidence of the source that does")]
    change_low_musd: Annotated[float, Column(MONEY, "at its lowest", "Cost changes at its lowest by (M USD)")]
    change_high_musd: Annotated[float, Column(MONEY, "at its highest", "Cost changes at its highest by (M USD)")]
    method: Annotated[str, Column(TEXT, "operated, or by duals: about, for a small change")]
    solved: Annotated[str, Column(FLAG, "whether both ends were optimised anew")]


class SensitivityTables(TypedDict):
    """Every table of a sensitivity, by name."""

    swings: Annotated[list[SwingRow], Table("Swings")]
    swing_changes: Annotated[list[SwingChangeRow], Table("Changes")]
    widths: Annotated[list[RangeWidthRow], Table("Ranges")]


SENSITIVITY_SHEETS = (
    ResultSheet(
        "Swings",
        "What the least cost is at both ends of each input, the plan optimised anew",
        "The least cost lies between At least and Cost. All other inputs are as they are",
        "A swing is given from its least to its most: what lies within is not decided by the gap",
    ),
    ResultSheet(
        "Changes",
        "What enters and leaves the plan at each end",
        "All years together, t/year. Where the swing is less than the gap, a change may be chance",
    ),
    ResultSheet(
        "Ranges",
        "All ranges, by how much each moves the cost while the builds are fixed",
        "The widest of these were optimised anew",
        "Ranges are those of the sheet Uncertainty; without a row there, by the confidence of the source",
    ),
)

"""Rows of a stress workbook: scenarios, losses, draws and regret of a plan whose builds are fixed.

Some rows have columns that are made at run time as well: of a run the China-free share of each stage in the last year
and each kind of cost over the plan, of a loss the change of the China-free share of magnets, of a draw the value of
each range. Their names end in their unit.
"""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import (
    CORRELATION,
    ID,
    INTEGER,
    MONEY,
    MONTHS,
    NUMBER,
    PERCENT,
    STATISTIC,
    TEXT,
    TONNES,
    YEAR,
    Column,
    ResultSheet,
    Table,
)
from didymium.results.shared import Segment, Year

Scenario = Annotated[str, Column(ID, "the scenario")]
Cost = Annotated[float, Column(MONEY, "the cost of the run, discounted", "Cost (M USD)")]
RelaxedBy = Annotated[
    float, Column(TONNES, "tonnes by which take-or-pay and minimum stocks were relaxed", "Gave way (t)")
]
Chance = Annotated[float, Column(PERCENT, "the probability of the scenario", "Probability (%)")]
Worst = Annotated[float, Column(STATISTIC, "the worst of the draws")]


class RunRow(TypedDict):
    """A run of the plan with its builds fixed: cost, shortage and targets over all years."""

    scenario: Scenario
    cost_musd: Cost
    short_t: Annotated[float, Column(TONNES, "demand that is not met, all years together", "Not met (t)")]
    short_percent: Annotated[float, Column(PERCENT, "the same as a share of demand", "Not met (%)")]
    worst_year_short_percent: Annotated[float, Column(PERCENT, "the share in the worst year")]
    targets_missed_t: Annotated[float, Column(TONNES, "shortfalls against targets, all years together")]
    gave_t: RelaxedBy


class StressScenarioRow(RunRow):
    """A scenario with the plan's builds fixed."""

    odds_percent: Chance


class BridgeColumns(TypedDict):
    """The stock that would cover the worst additional shortage of one commodity in one year."""

    worst_year: Annotated[int | None, Column(YEAR, "the year in which most is missing")]
    stock_to_bridge_it_t: Annotated[float, Column(TONNES, "what is missing in that year")]
    of: Annotated[str | None, Column(ID, "the commodity that is missing")]
    months_of_stock: Annotated[float, Column(MONTHS, "the same as months of its demand")]


class StatisticColumns(TypedDict):
    """Mean, percentiles and worst of a measure over the draws, in its unit."""

    mean: Annotated[float, Column(STATISTIC, "the mean of the draws")]
    p5: Annotated[float, Column(STATISTIC, "5 % of the draws are below", "5th percentile")]
    p25: Annotated[float, Column(STATISTIC, "25 % of the draws are below", "25th percentile")]
    p50: Annotated[float, Column(STATISTIC, "half of the draws are below", "Median")]
    p75: Annotated[float, Column(STATISTIC, "75 % of the draws are below", "75th percentile")]
    p95: Annotated[float, Column(STATISTIC, "95 % of the draws are below", "95th percentile")]
    worst: Worst


class _Measure(TypedDict):
    measure: Annotated[str, Column(ID, "what was measured: a column of the draws")]


class PercentileRow(_Measure, StatisticColumns):
    """A measure of the draws."""


class _Share(TypedDict):
    year: Year
    percent_of_demand: Annotated[str, Column(ID, "short, or China-free at a stage", "Percent of demand")]


class StressYearRow(_Share, StatisticColumns):
    """A share of demand in a year, over the draws."""


class _Loss(TypedDict):
    lost: Annotated[str, Column(ID, "the plant or supplier", "Lost id")]
    kind: Annotated[str, Column(ID, "plant or supplier")]
    stage: Annotated[str | None, Column(ID, "the stage of the plant")]
    region: Annotated[str | None, Column(ID, "the region of the plant")]
    cost_more_musd: Annotated[float, Column(MONEY, "by how much the cost rises, discounted", "Costs more (M USD)")]
    shortage_more_musd: Annotated[
        float,
        Column(
            MONEY,
            "the part of it that is penalty for demand not met: a price set in the input, which nobody pays",
            "Of it shortage (M USD)",
        ),
    ]
    target_penalty_more_musd: Annotated[
        float,
        Column(
            MONEY,
            "the part of it that is penalty for missed targets, which nobody pays either",
            "Of it target penalty (M USD)",
        ),
    ]
    short_more_t: Annotated[float, Column(TONNES, "by how much more demand is not met, all years", "Short by more (t)")]
    targets_missed_more_t: Annotated[
        float, Column(TONNES, "by how much targets are missed more, all years", "Targets missed by more (t)")
    ]


class LossRow(_Loss, BridgeColumns):
    """A plant or supplier lost in every year of the base, against the base with nothing lost."""


class DriverRow(TypedDict):
    """What the variance of the cost over the draws comes from."""

    uncertain: Annotated[str, Column(TEXT, "what is uncertain")]
    kind: Annotated[str, Column(ID, "the kind of range, scenario or rest")]
    ranges: Annotated[int | None, Column(INTEGER, "how many ranges are counted together")]
    share_percent: Annotated[float, Column(PERCENT, "share of the variance")]
    from_percent: Annotated[float | None, Column(PERCENT, "5th percentile of the share")]
    to_percent: Annotated[float | None, Column(PERCENT, "95th percentile of the share")]
    rank_correlation: Annotated[float | None, Column(CORRELATION, "rank correlation with the cost")]
    swing_musd: Annotated[
        float, Column(MONEY, "what one standard deviation moves the cost by", "Moves the cost by (M USD)")
    ]


class _SegmentInYear(TypedDict):
    scenario: Scenario
    year: Year
    segment: Segment


class ShortColumns(TypedDict):
    """What a segment wants and is short of in a year of a scenario."""

    wanted_t: Annotated[float, Column(TONNES, "demand of the year", "Wanted (t)")]
    short_t: Annotated[float, Column(TONNES, "demand that is not met", "Not met (t)")]
    short_percent: Annotated[float, Column(PERCENT, "the same as a share of demand", "Not met (%)")]
    short_in: Annotated[str | None, Column(TEXT, "the regions that lack it in the scenario itself, t", "Not met in")]


class DrawnShortColumns(TypedDict):
    """How often a segment is short among the draws of a scenario, and by how much; blank without draws."""

    draws: Annotated[int, Column(INTEGER, "draws of the scenario")]
    draws_short_percent: Annotated[float | None, Column(PERCENT, "share of them in which demand is not met")]
    mean_short_percent: Annotated[float | None, Column(PERCENT, "mean share of demand that is not met in them")]
    worst_short_percent: Annotated[float | None, Column(PERCENT, "the worst share of demand that is not met")]


class ShortageRow(_SegmentInYear, ShortColumns, DrawnShortColumns):
    """A segment that goes short in a year of a scenario, as it is and over its draws."""


class RegretRow(TypedDict):
    """What the plan costs more in a scenario than the minimum there, with builds free and perfect foresight."""

    scenario: Scenario
    odds_percent: Chance
    cost_musd: Cost
    own_least_cost_bound_musd: Annotated[float | None, Column(MONEY, "a lower bound of the minimum")]
    own_least_cost_found_musd: Annotated[float | None, Column(MONEY, "the lowest cost found")]
    regret_at_least_musd: Annotated[float | None, Column(MONEY, "the cost less the lowest found")]
    regret_at_most_musd: Annotated[float | None, Column(MONEY, "the cost less the bound")]
    gave_t: RelaxedBy


class _Number(TypedDict):
    draw: Annotated[int, Column(INTEGER, "the number of the draw, from 0")]


class _Outages(TypedDict):
    plants_out: Annotated[int, Column(INTEGER, "plants with an outage in some year")]
    stood_still: Annotated[str | None, Column(TEXT, "the plants with an outage, and their years")]


class DrawRow(_Number, RunRow, _Outages):
    """A draw: its scenario, what it comes to, and the value drawn for each range."""


class _RangeKey(TypedDict):
    range: Annotated[str, Column(ID, "the figures that move together", "Range id")]


class RangeRow(_RangeKey):
    """How far some figures may be off."""

    kind: Annotated[str, Column(ID, "what the figures are")]
    items: Annotated[int, Column(INTEGER, "how many figures")]
    low: Annotated[float, Column(NUMBER, "the lowest value")]
    likely: Annotated[float, Column(NUMBER, "the likeliest value")]
    high: Annotated[float, Column(NUMBER, "the highest value")]
    unit: Annotated[str, Column(TEXT, "factor, years or percent of years")]
    origin: Annotated[str, Column(TEXT, "a cell of the input's sheet Uncertainty, or the confidence of the source")]


class StressTables(TypedDict):
    """Every table of a stress, by name."""

    scenarios: Annotated[list[StressScenarioRow], Table("Scenarios")]
    percentiles: Annotated[list[PercentileRow], Table("Percentiles")]
    years: Annotated[list[StressYearRow], Table("Years")]
    losses: Annotated[list[LossRow], Table("Losses")]
    drivers: Annotated[list[DriverRow], Table("Drivers")]
    short: Annotated[list[ShortageRow], Table("Short")]
    regret: Annotated[list[RegretRow], Table("Regret")]
    draws: Annotated[list[DrawRow], Table("Draws")]
    ranges: Annotated[list[RangeRow], Table("Ranges")]


STRESS_SHEETS = (
    ResultSheet(
        "Scenarios",
        "Each scenario with the builds of the plan",
        "Money is discounted, tonnes are of all years. Gave way: tonnes by which take-or-pay and minimum "
        "stocks were relaxed so that operation was possible",
        "Shortage and target penalty are part of the cost, but nobody pays them: they are prices that the input sets "
        "on demand not met and on targets missed",
    ),
    ResultSheet(
        "Percentiles",
        "The results over the draws",
        "Worst: the maximum for cost, demand not met and targets missed, the minimum for China-free shares",
    ),
    ResultSheet(
        "Years",
        "Year by year over the draws",
        "Percent of the demand of the year",
    ),
    ResultSheet(
        "Losses",
        "Each plant and each supplier lost in turn, in every year of the base scenario",
        "Compared with the base scenario without a loss. Less than 0, so that it saves money: what binds a plant fell "
        "away with it (the least it must run, or sell by contract), a rule gave way, or nobody looked ahead (--myopic)",
        "What was built is paid all the same. Months of stock: what the worst year lacks more of the commodity named, "
        "as months of its demand",
    ),
    ResultSheet(
        "Drivers",
        "Why the cost differs from draw to draw",
        "Shares of the variance of the cost over the draws; they add up to 100 %",
    ),
    ResultSheet(
        "Short",
        "Where demand is not met: scenario, year, segment and region",
        "t a year, in the scenario itself and over its draws; demand that is not listed is met. The model "
        "chooses which demand is not met, by the shortage costs and the grades required",
    ),
    ResultSheet(
        "Regret",
        "The extra cost of the plan in each scenario above the least possible cost there",
        "From its minimum to its maximum, M USD discounted",
    ),
    ResultSheet(
        "Draws",
        "Every draw: its results, and what was drawn",
        "The same seed and number give the same draw on any machine. After the results: plants in an outage "
        "and when, then the value drawn for every range (sheet Ranges)",
    ),
    ResultSheet(
        "Ranges",
        "How uncertain each number was taken to be",
        "Origin: the cell of the sheet Uncertainty of the input, or the confidence of the source of the number, "
        "whose widths are our own judgement. Triangular between low and high",
    ),
)

"""Rows of the sheet Calibration: what was observed beside the plan's first years."""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import FLAG, ID, INTEGER, NUMBER, PERCENT, PRICE, TEXT, Column


class CalibrationRow(TypedDict):
    """An observation beside the plan's figure of the first plan year that is not before it."""

    observation: Annotated[str, Column(TEXT, "what was observed, by its name or its series")]
    measure: Annotated[str, Column(ID, "production, import, export, capacity or price")]
    observed_in: Annotated[int, Column(INTEGER, "the year of the observation", "Observed in")]
    observed: Annotated[float, Column(NUMBER, "what was observed, in its unit")]
    unit: Annotated[str | None, Column(TEXT, "the unit of both figures")]
    compared_with: Annotated[int | None, Column(INTEGER, "the plan year beside it", "Compared with the plan's")]
    planned: Annotated[float | None, Column(NUMBER, "the plan's figure, in the same unit", "In the plan")]
    deviation_percent: Annotated[
        float | None, Column(PERCENT, "how far the plan is above the observation", "Plan above what was observed (%)")
    ]
    within_15_percent: Annotated[
        str, Column(FLAG, "yes, no, or not compared: whether they differ by 15 % at most", "Within 15 %")
    ]
    latest: Annotated[str, Column(FLAG, "whether it is the last observation of its series", "Latest of its series")]
    region: Annotated[str | None, Column(ID, "the region observed")]
    goods: Annotated[str | None, Column(TEXT, "the commodities observed, with `;` between them")]
    origin: Annotated[str | None, Column(ID, "where the goods came from")]
    lowest_dual_usd_per_t: Annotated[
        float | None,
        Column(PRICE, "what one more tonne costs in the cheapest region: a dual", "Dual, lowest region (USD/t)"),
    ]
    highest_dual_usd_per_t: Annotated[
        float | None, Column(PRICE, "the same in the dearest region", "Dual, highest region (USD/t)")
    ]
    remark: Annotated[str | None, Column(TEXT, "what was counted, or why nothing is beside it")]
    project: Annotated[str | None, Column(ID, "the plant observed", "Project id")]
    series: Annotated[str, Column(ID, "the series that the observation belongs to")]

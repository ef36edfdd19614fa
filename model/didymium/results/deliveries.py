"""Rows of what demand receives, of what origin it is, and what targets require."""

from __future__ import annotations

from typing import Annotated

from didymium.results.columns import ID, PERCENT, TONNES, YEARLY, Column
from didymium.results.shared import (
    Commodity,
    NodeColumns,
    OriginLevel,
    PlantColumns,
    Probability,
    Region,
    Segment,
    Stage,
    Supplier,
    Wanted,
)

PATH_STEP = " > "  # between the plants of a path


class DemandRow(NodeColumns):
    """One demand in a node: at which origin level it is met, and what is not met."""

    demand: Annotated[str, Column(ID, "region, segment and commodity of the demand")]
    region: Region
    segment: Segment
    commodity: Commodity
    wanted_t: Wanted
    level_0_t: Annotated[float, Column(TONNES, "delivered, no stage in China", "Never in China (t)")]
    level_1_t: Annotated[float, Column(TONNES, "delivered, mined in China at the latest", "Mined in China (t)")]
    level_2_t: Annotated[float, Column(TONNES, "delivered, refined in China at the latest", "Refined in China (t)")]
    level_3_t: Annotated[float, Column(TONNES, "delivered, metal made in China", "Metal made in China (t)")]
    level_4_t: Annotated[float, Column(TONNES, "delivered, magnet made in China", "Magnet made in China (t)")]
    designed_out_t: Annotated[float, Column(TONNES, "demand removed by material substitution")]
    short_t: Annotated[float, Column(TONNES, "demand that is not met", "Not met (t)")]
    probability: Probability


class OriginRow(NodeColumns):
    """The origin of what a region and segment receive, in percent of what they want; * is all."""

    region: Region
    segment: Segment
    wanted_t: Wanted
    level_0_percent: Annotated[float, Column(PERCENT, "delivered, no stage in China", "Never in China (%)")]
    level_1_percent: Annotated[float, Column(PERCENT, "delivered, mined in China at the latest", "Mined in China (%)")]
    level_2_percent: Annotated[
        float, Column(PERCENT, "delivered, refined in China at the latest", "Refined in China (%)")
    ]
    level_3_percent: Annotated[float, Column(PERCENT, "delivered, metal made in China", "Metal made in China (%)")]
    level_4_percent: Annotated[float, Column(PERCENT, "delivered, magnet made in China", "Magnet made in China (%)")]
    designed_out_percent: Annotated[float, Column(PERCENT, "removed by material substitution")]
    short_percent: Annotated[float, Column(PERCENT, "not met", "Not met (%)")]
    content_free_mine_percent: Annotated[
        float, Column(PERCENT, "rare earths in it not mined in China, by mass", "China-free by content, mine (%)")
    ]
    content_free_refinery_percent: Annotated[
        float,
        Column(PERCENT, "the same, neither mined nor refined there", "China-free by content, refinery (%)"),
    ]
    content_free_metal_percent: Annotated[
        float, Column(PERCENT, "the same, nor made into metal there", "China-free by content, metal (%)")
    ]
    content_free_magnet_percent: Annotated[
        float, Column(PERCENT, "the same, nor made into magnets there", "China-free by content, magnet (%)")
    ]


class TargetRow(NodeColumns):
    """A target in a node: what it requires and what is reached."""

    target: Annotated[str, Column(ID, "the target, as on the sheet Targets of the input")]
    type: Annotated[str, Column(ID, "what is counted", "Kind of target")]
    region: Region
    segment: Segment
    stage: Stage
    commodity: Commodity
    supplier: Supplier
    asked_percent: Annotated[float, Column(PERCENT, "the share that it requires, at least or at most", "Target (%)")]
    reached_percent: Annotated[
        float, Column(PERCENT, "counted as a share of what it is counted against", "Reached (%)")
    ]
    base_t: Annotated[float, Column(TONNES, "what is counted against", "Counted against (t)")]
    counted_t: Annotated[float, Column(TONNES, "what counts", "Counted (t)")]
    miss_t: Annotated[float, Column(TONNES, "the shortfall, which is paid for", "Missed by (t)")]
    marginal_cost_of_a_point_with_build_out_fixed_musd_per_year: Annotated[
        float | None,
        Column(
            YEARLY,
            "what a point more would cost with the build-out fixed: a dual; blank where there are no duals",
            "Marginal cost of a point, build-out fixed (M USD/year)",
        ),
    ]


class PathRow(NodeColumns):
    """What a region and segment receive by one path of plants: its part of the delivery, by the rare earths in it."""

    region: Region
    segment: Segment
    commodity: Commodity
    level: OriginLevel
    source_kind: Annotated[
        str,
        Column(
            ID,
            "where the path begins: mine, recycler, china_offer, other_offer, or stock (kept from the years before);"
            " small_paths: the small ones together",
            "Begins at",
        ),
    ]
    begins: Annotated[str | None, Column(ID, "the mine, recycler or offer, or the region of the stock", "Source")]
    material: Annotated[
        str | None, Column(ID, "the first good on the path that is neither ore nor mixed: which rare earth it is of")
    ]
    path: Annotated[str | None, Column(ID, "the ids of the plants on it, in order", "Plants, by id")]
    tonnes_t: Annotated[
        float,
        Column(TONNES, "tonnes in a year of what is delivered; the paths of a delivery add up to it", "Amount (t)"),
    ]


class RelianceRow(PlantColumns):
    """What of the tonnes delivered passed through a plant: what relies on it, not what would be lost without it."""

    passed_t: Annotated[
        float,
        Column(
            TONNES,
            "tonnes delivered, by the rare earths in them, that passed the plant; not to be added up over plants",
            "Passed through it (t)",
            cumulative=True,
        ),
    ]
    passed_percent: Annotated[
        float, Column(PERCENT, "the same as a share of all that is delivered", "Of all delivered (%)")
    ]
    user_region: Annotated[
        str, Column(ID, "the region whose segment relies on it by the largest share", "Largest user: region")
    ]
    user_segment: Annotated[str, Column(ID, "that segment", "Largest user: segment")]
    user_t: Annotated[
        float, Column(TONNES, "what passed the plant of its deliveries", "Largest user (t)", cumulative=True)
    ]
    user_percent: Annotated[float, Column(PERCENT, "the same as a share of its deliveries", "Largest user (%)")]

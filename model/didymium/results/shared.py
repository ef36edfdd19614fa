"""Columns that several tables have, declared once."""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import (
    FLAG,
    ID,
    INTEGER,
    PERCENT,
    PROBABILITY,
    TEXT,
    TONNES,
    YEAR,
    YEARLY,
    Column,
)

Branch = Annotated[
    str, Column(ID, "the scenario whose shocks act; the base before any other is revealed", "Branch of the tree")
]
Year = Annotated[int, Column(YEAR, "the year, or the milestone that stands for several years")]
Project = Annotated[str, Column(ID, "the plant, as on the sheet Projects of the input", "Project id")]
Stage = Annotated[str, Column(ID, "mine, refinery, heavy, metal, magnet or recycler")]
Region = Annotated[str, Column(ID, "the region; * is all")]
Segment = Annotated[str, Column(ID, "the segment of demand; * is all")]
Commodity = Annotated[str, Column(ID, "the commodity")]
Recipe = Annotated[str, Column(ID, "the recipe that turns inputs into outputs")]
Government = Annotated[str, Column(ID, "the government that pays")]
OriginLevel = Annotated[
    int,
    Column(
        INTEGER,
        "the last stage that was in China: 0 none, 1 mine, 2 refinery, 3 metal, 4 magnet",
        "Exposure level",
    ),
]
Probability = Annotated[float, Column(PROBABILITY, "the probability that the branch comes true")]
China = Annotated[str, Column(FLAG, "whether the offer is Chinese; blank but for purchases", "From China")]
Supplier = Annotated[str, Column(ID, "whose offer it is; blank but for purchases and targets for a supplier")]
Throughput = Annotated[float, Column(TONNES, "what runs in a year, in the plant's capacity unit")]
Utilisation = Annotated[float, Column(PERCENT, "throughput as a share of what is on line")]
Wanted = Annotated[float, Column(TONNES, "demand in a year, after shocks", "Wanted (t)")]
Product = Annotated[str | None, Column(ID, "the good that brings most revenue over the plan", "Main product")]
FixedOpex = Annotated[float, Column(YEARLY, "fixed opex of existing capacity and modules, less what mothballing saves")]
VariableOpex = Annotated[float, Column(YEARLY, "variable opex and carbon of what runs")]


class NodeColumns(TypedDict):
    """The columns that name a node of the scenario tree."""

    branch: Branch
    year: Year


class PlantColumns(NodeColumns):
    """The columns that name a plant in a node."""

    project: Project
    stage: Stage
    region: Region


class AddedColumns(TypedDict):
    """Columns that sheets add for people: names for ids, and what live formulas work out again."""

    project_name: Annotated[str, Column(TEXT, "what people call the plant", "Project")]
    mine_plant: Annotated[str, Column(TEXT, "the mine on the path", "Mine")]
    recycler_plant: Annotated[str, Column(TEXT, "the recycler on the path", "Recycler")]
    refinery_plant: Annotated[str, Column(TEXT, "the refinery on the path", "Refinery")]
    heavy_plant: Annotated[str, Column(TEXT, "the plant that separates its heavy rare earths", "Heavy separation")]
    metal_plant: Annotated[str, Column(TEXT, "the metal plant on the path", "Metal plant")]
    magnet_plant: Annotated[str, Column(TEXT, "the magnet plant on the path", "Magnet plant")]
    lost_name: Annotated[str, Column(TEXT, "what people call the plant or supplier", "Lost")]
    range_name: Annotated[str, Column(TEXT, "the figures that move together, in words", "Range")]
    scenario_name: Annotated[str, Column(TEXT, "what the input calls the scenario")]
    public_percent: Annotated[float, Column(PERCENT, "public money as a share of capex", "Public money (% of capex)")]
    instruments: Annotated[str, Column(TEXT, "the instruments that pay, each with its M USD")]
    target_name: Annotated[
        str, Column(TEXT, "the name of the target, or what it asks for, as page one says it", "Target in words")
    ]
    at_least_or_at_most: Annotated[
        str, Column(TEXT, "whether the share must be at least or at most so much", "At least or at most")
    ]
    recounted_t: Annotated[
        float, Column(TONNES, "counted again by a formula over the other sheets", "Counted again (t)")
    ]
    holds: Annotated[str, Column(FLAG, "pass, or FAIL where the formula finds that it does not hold", "Holds")]
    left_over_t: Annotated[float, Column(TONNES, "supply less use and what is dumped, by a formula: 0")]
    ran_t: Annotated[
        float, Column(TONNES, "what ran of the recipe in all, by a formula", "Throughput of the recipe (t)")
    ]
    moved_t: Annotated[float, Column(TONNES, "tonnes used or made in all, by a formula", "Taken or given in all (t)")]

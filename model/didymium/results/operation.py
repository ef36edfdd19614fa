"""Rows of what runs and moves: capacity, production, trade, stockpiles, balances, contracts and disposal."""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import CAPACITY, FLAG, ID, MONEY, PRICE, RATIO, TONNES, YEARLY, Column
from didymium.results.shared import (
    Branch,
    China,
    Commodity,
    NodeColumns,
    OriginLevel,
    PlantColumns,
    Recipe,
    Region,
    Stage,
    Supplier,
    Throughput,
    Utilisation,
    Year,
)

Cost = Annotated[float, Column(MONEY, "tonnes times the cost a tonne, a year", "Cost (M USD)")]
CostPerTonne = Annotated[float, Column(PRICE, "what a tonne costs, after shocks; sales are negative", "Cost (USD/t)")]
MarketPrice = Annotated[float | None, Column(PRICE, "the market price, after shocks", "Market price (USD/t)")]


class CapacityRow(PlantColumns):
    """What a plant has on line, and how much of it runs."""

    standing_t_per_year: Annotated[
        float, Column(CAPACITY, "existing capacity that is on line", "Standing capacity (t/year)")
    ]
    modules_t_per_year: Annotated[
        float, Column(CAPACITY, "modules that the plan builds, at their ramp", "New modules (t/year)")
    ]
    online_t_per_year: Annotated[float, Column(CAPACITY, "the sum of both; 0 in an outage", "On line (t/year)")]
    idle_t_per_year: Annotated[float, Column(CAPACITY, "mothballed capacity, which saves part of its fixed opex")]
    throughput_t: Throughput
    utilisation_percent: Utilisation


class ProductionRow(PlantColumns):
    """Throughput of a plant by recipe and origin level."""

    recipe: Recipe
    level: OriginLevel
    throughput_t: Throughput


_TradeKey = TypedDict(
    "_TradeKey",
    {
        "branch": Branch,
        "year": Year,
        "kind": Annotated[str, Column(ID, "ship: between regions; buy: from an offer; sell: outside the chain")],
        "from": Annotated[str, Column(ID, "the region or offer it comes from", "From")],
        "to": Annotated[str, Column(ID, "the region it goes to, or outside", "To")],
    },
)


class TradeRow(_TradeKey):
    """A shipment between regions, a purchase from an offer, or a sale outside the chain."""

    commodity: Commodity
    stage: Stage
    level: OriginLevel
    tonnes_t: Annotated[float, Column(TONNES, "tonnes in a year", "Amount (t)")]
    cost_usd_per_t: CostPerTonne
    cost_musd: Cost
    china: China
    supplier: Supplier
    lands_in_china: Annotated[str, Column(FLAG, "whether a purchase lands in a region that counts as China")]


class StockRow(NodeColumns):
    """What a stockpile holds at the end of the years of a node."""

    region: Region
    commodity: Commodity
    level: OriginLevel
    stock_t: Annotated[float, Column(TONNES, "in stock at the end", "In stock (t)", cumulative=True)]


class _Place(NodeColumns):
    region: Region
    commodity: Commodity


class FlowColumns(TypedDict):
    """Supply (the first three) and use of a commodity, t a year."""

    made_t: Annotated[float, Column(TONNES, "made by recipes")]
    bought_t: Annotated[float, Column(TONNES, "bought from offers")]
    shipped_in_t: Annotated[float, Column(TONNES, "shipped in from other regions")]
    used_t: Annotated[float, Column(TONNES, "used by recipes")]
    shipped_out_t: Annotated[float, Column(TONNES, "shipped to other regions")]
    sold_t: Annotated[float, Column(TONNES, "sold outside the chain")]
    served_t: Annotated[float, Column(TONNES, "delivered to demand", "Delivered to demand (t)")]
    stock_added_t: Annotated[float, Column(TONNES, "put into stock less taken out, a year", "Added to stock (t)")]
    dumped_t: Annotated[float, Column(TONNES, "dumped")]


class BalanceRow(_Place, FlowColumns):
    """Supply and use of a commodity in a region, all origin levels together."""


class RecipeFlowRow(TypedDict):
    """What a tonne of throughput of a recipe uses and makes."""

    recipe: Recipe
    commodity: Commodity
    direction: Annotated[str, Column(ID, "in: used; out: made", "In or out")]
    t_per_t: Annotated[float, Column(RATIO, "tonnes per tonne of throughput", "Per tonne of throughput (t/t)")]


class DisposalRow(NodeColumns):
    """What is dumped of a commodity, and what that costs."""

    region: Region
    commodity: Commodity
    dump_t: Annotated[float, Column(TONNES, "dumped in a year")]
    cost_usd_per_t: CostPerTonne
    cost_musd: Cost


class _Contract(NodeColumns):
    contract: Annotated[str, Column(ID, "the contract, as on the sheet Contracts of the input")]
    kind: Annotated[str, Column(ID, "offtake or price_floor")]
    project: Annotated[str, Column(ID, "the plant it is made with", "Project id")]
    commodity: Annotated[str | None, Column(ID, "the commodity that a price floor is paid for")]
    government: Annotated[str | None, Column(ID, "the government that pays a price floor")]


class PaymentColumns(TypedDict):
    """What a contract is owed, what is made of it, and what is paid."""

    owed_t: Annotated[float | None, Column(TONNES, "tonnes that an offtake is owed, in the plant's capacity unit")]
    made_t: Annotated[float, Column(TONNES, "made of it: throughput for an offtake, the commodity for a price floor")]
    untaken_t: Annotated[float, Column(TONNES, "tonnes of an offtake that are paid for and not taken")]
    price_usd_per_t: Annotated[float | None, Column(PRICE, "price of a tonne not taken, or the floor")]
    market_usd_per_t: MarketPrice
    paid_musd_per_year: Annotated[float, Column(YEARLY, "paid for what is not taken, or on the floor")]


class ContractRow(_Contract, PaymentColumns):
    """A contract in a node in which it is in force."""


__all__ = [
    "BalanceRow",
    "CapacityRow",
    "ContractRow",
    "DisposalRow",
    "FlowColumns",
    "PaymentColumns",
    "ProductionRow",
    "RecipeFlowRow",
    "StockRow",
    "TradeRow",
]

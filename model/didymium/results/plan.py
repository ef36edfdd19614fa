"""The tables of a plan, and the sheets of the result workbook that they are on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, TypedDict, cast

from didymium.results.columns import Record, ResultSheet, Table
from didymium.results.decisions import BudgetRow, FinanceRow, InvestmentRow
from didymium.results.deliveries import DemandRow, OriginRow, PathRow, RelianceRow, TargetRow
from didymium.results.finance import (
    GovernmentRow,
    StageSupportRow,
    SupportedPlantRow,
    SupportedUseRow,
    TargetSupportRow,
)
from didymium.results.money import CostRow, MarketPriceRow, PlantRow, PlantViabilityRow, PriceRow, ViabilityRow
from didymium.results.operation import (
    BalanceRow,
    CapacityRow,
    ContractRow,
    DisposalRow,
    ProductionRow,
    RecipeFlowRow,
    StockRow,
    TradeRow,
)


class PlanTables(TypedDict):
    """Every table of a plan, by name; tables of one sheet are side by side in this order."""

    investments: Annotated[list[InvestmentRow], Table("Investments", page=1)]
    capacity: Annotated[list[CapacityRow], Table("Capacity", page=5)]
    production: Annotated[list[ProductionRow], Table("Production", page=6)]
    trade: Annotated[list[TradeRow], Table("Trade", page=7)]
    origin: Annotated[list[OriginRow], Table("Origin")]
    targets: Annotated[list[TargetRow], Table("Targets", page=2)]
    demand: Annotated[list[DemandRow], Table("Demand", page=4)]
    reliance: Annotated[list[RelianceRow], Table("Reliance", page=20)]
    paths: Annotated[list[PathRow], Table("Paths", page=21)]
    stockpiles: Annotated[list[StockRow], Table("Stockpiles", page=9)]
    costs: Annotated[list[CostRow], Table("Costs", page=3, linked=False)]
    plants: Annotated[list[PlantRow], Table("Costs", page=10)]
    governments: Annotated[list[GovernmentRow], Table("Finance", page=15)]
    finance: Annotated[list[FinanceRow], Table("Finance", page=8)]
    budgets: Annotated[list[BudgetRow], Table("Finance")]
    supported_stages: Annotated[list[StageSupportRow], Table("Support", page=16)]
    supported_targets: Annotated[list[TargetSupportRow], Table("Support", page=17)]
    supported_plants: Annotated[list[SupportedPlantRow], Table("Support", page=18)]
    supported_use: Annotated[list[SupportedUseRow], Table("Support", page=19)]
    prices: Annotated[list[PriceRow], Table("Prices", page=12, linked=False)]
    market_prices: Annotated[list[MarketPriceRow], Table("Prices", linked=False)]
    balance: Annotated[list[BalanceRow], Table("Balance", page=11)]
    recipe_flows: Annotated[list[RecipeFlowRow], Table("Balance")]
    disposal: Annotated[list[DisposalRow], Table("Disposal")]
    contracts: Annotated[list[ContractRow], Table("Contracts")]
    viability_of_plants: Annotated[list[PlantViabilityRow], Table("Viability", page=13)]
    viability: Annotated[list[ViabilityRow], Table("Viability", page=14, linked=False)]


# In their order in the workbook
SHEETS: dict[str, ResultSheet] = {
    sheet.name: sheet
    for sheet in (
        ResultSheet(
            "Investments",
            "What is decided, when, how large, with whose money, and when it is on line",
            "Capex is overnight, with the cost overrun of the region. D decided, b permitted and built, ■ on line",
            "First what the plan chooses, then what is committed. Charges: capital and fixed opex over the plan, "
            "expected. Smaller than gap: it is not proven that it belongs in the plan. Idle: years on line below "
            "5 % of capacity; red where a committed plant is idle for two years or more",
        ),
        ResultSheet(
            "Capacity",
            "The capacity of every plant on line, and how much of it is used",
            "Modules count with their ramp-up; nothing is on line in an outage",
        ),
        ResultSheet(
            "Production",
            "Throughput by plant, recipe and exposure level",
            "In the capacity unit of the plant. Level: 0 never in China, 1 mined, 2 refined, 3 reduced to metal, "
            "4 made into magnets there",
        ),
        ResultSheet(
            "Trade",
            "Shipments, purchases and sales",
            "Kind ship: between regions; buy: from an offer; sell: outside the chain",
        ),
        ResultSheet(
            "Origin",
            "The exposure level of the supply of each region and segment",
            "Percent of demand; * is all. Level: the last stage in China; one Chinese input counts for the whole"
            " product",
            "China-free by content: each tonne counts by the share of its rare earths, by mass (oxide that went "
            "in), that was not in China at the stage or later. Goods of one kind, level and region mix; cleaner "
            "ones can replace less clean ones; what is designed out counts in full",
        ),
        ResultSheet(
            "Targets",
            "What each target requires, what is reached, and the shortfall",
            "Recounted: by live formulas from the other sheets",
            "The marginal cost of a point is a dual with the build-out fixed. It is not the cost of raising the "
            "target by a point, for which other plants may be built: solve again for that",
        ),
        ResultSheet(
            "Demand",
            "Demand: delivered by exposure level, designed out (removed by redesign), not met",
            "t a year",
        ),
        ResultSheet(
            "Reliance",
            "What relies on each plant: the tonnes delivered that passed through it",
            "t a year, by the mass of the rare earths in them. Do not add up plants: a tonne passes one after another",
            "Exposure, not a forecast: if the plant stops, stocks, other plants and offers may stand in for it, and a"
            " stress run shows what is then lost. What was recycled counts from its recycler on. Largest user: the"
            " region and segment of whose deliveries the largest share passed the plant",
        ),
        ResultSheet(
            "Paths",
            "Who supplied whom: from mine, recycler, offer or stock through each plant to region and segment",
            "t a year of what is delivered; the paths of a delivery add up to it. Small paths are one row",
            "Goods of one kind, region and exposure level mix, and what leaves is of all that came in, in proportion;"
            " the inputs of a plant count by the oxide that went into them. A path is of one rare earth: its material."
            " Stock is what was kept from earlier years; what was recycled begins at its recycler",
        ),
        ResultSheet(
            "Stockpiles",
            "Stock at the end of each year (or of the years that a milestone covers)",
            "t",
        ),
        ResultSheet(
            "Contracts",
            "The tonnes that each contract requires, the tonnes made, and the payments",
            "Offtake: paid for tonnes not taken. Price floor: paid by the government; in the cost only through "
            "the cost of public funds",
        ),
        ResultSheet(
            "Disposal",
            "What is thrown away, and the cost of it",
            "t a year",
        ),
        ResultSheet(
            "Costs",
            "Cost by kind, and by plant",
            "M USD in each year; the weight turns it into expected discounted cost. Sales are negative",
        ),
        ResultSheet(
            "Finance",
            "Public money: what each government gives, by decision and instrument, and its budget",
            "M USD, expected. Left: by government. Then decisions, and budgets; budgets and spending are cumulative",
            "Subsidy in a loan: the loan less its repayments at the instrument's rate over the plant's life, "
            "discounted at the plant's own cost of capital. Given in the plan's years: what lower annuities save the "
            "plant, and floor payments, discounted at the plan's rate as in Costs (Viability: at the plant's own)",
        ),
        ResultSheet(
            "Support",
            "What supported plants supply, who pays, and who uses it",
            "By government. Left: by stage; then by target, by plant, and by region of use. Do not add up tonnes of "
            "different stages: a tonne passes one stage after another",
            "Tonnes: what demand receives whose rare earths passed the plant, by mass; of capacity that several "
            "governments support each counts all. Not what the money brought about: no plan without it was solved. "
            "Money in proportion to tonnes does add up",
        ),
        ResultSheet(
            "Prices",
            "The cost of one more tonne, by region and year, and the market price",
            "Left: duals of the LP with all modules fixed; they are valid for the chosen build-out only; where "
            "there are none they are not known (Run: warnings). Right: market prices of the input, after shocks",
        ),
        ResultSheet(
            "Viability",
            "Would each plant pay for itself?",
            "At market prices (sheet Prices), not duals. Left: over the plan, discounted at the plant's own cost "
            "of capital to the first year. Right: by year",
            "Net present value: revenue and floor payments less inputs, opex and capital charges in the years of "
            "the plan; what was spent before them is not charged. Break-even: the price of the main product (the "
            "good that brings most), the same every year, at which the value is 0 without floors. Gap: a tonne of"
            " it, or a year in which it runs; what governments give already is counted. Payments for tonnes not "
            "taken: see Contracts",
        ),
        ResultSheet(
            "Balance",
            "Does every tonne come from somewhere?",
            "t a year. Left over: supply less use and disposal, which must be 0. On the right: recipes, times "
            "their throughput on the sheet Production",
        ),
    )
}


def by_name(tables: Mapping[str, object]) -> dict[str, list[Record]]:
    """Return the same tables for code that takes any table by its name."""
    return cast(dict[str, list[Record]], tables)


def as_plan(tables: Mapping[str, Sequence[Mapping[str, object]]]) -> PlanTables:
    """Return tables by name, whose rows have the columns of the schema, as those of a plan."""
    return cast(PlanTables, tables)

"""Rows of money: cost by kind and by plant, prices, and what each plant earns.

A kind of cost is declared here, once, with its colour: a field of `CostRow` with a colour is one. The model's function
of the same name (rules/cost.py) says what it comes to.
"""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import ID, MONEY, PERCENT, PRICE, TEXT, TONNES, WEIGHT, YEARLY, YEARS, Column
from didymium.results.shared import (
    Commodity,
    FixedOpex,
    NodeColumns,
    PlantColumns,
    Probability,
    Product,
    Project,
    Region,
    Stage,
    Throughput,
    VariableOpex,
)

Total = Annotated[float, Column(YEARLY, "the sum of the kinds", "Total (M USD/year)")]
Weighted = Annotated[
    float, Column(MONEY, "the total times the weight of the node", "Total, expected and discounted (M USD)")
]


class CostRow(NodeColumns):
    """Cost by kind in each year of a node, and the weight that turns it into expected discounted cost."""

    span_years: Annotated[int, Column(YEARS, "years that the node stands for", "Years that it stands for")]
    probability: Probability
    weight: Annotated[
        float, Column(WEIGHT, "probability times the discount factors of its years", "Weight (expected, discounted)")
    ]
    capital_musd_per_year: Annotated[
        float, Column(YEARLY, "annuities of modules, less what public money saves", colour="#4477AA")
    ]
    fixed_opex_musd_per_year: Annotated[
        float,
        Column(YEARLY, "fixed opex of existing capacity and modules, less what mothballing saves", colour="#66CCEE"),
    ]
    variable_opex_musd_per_year: Annotated[
        float, Column(YEARLY, "variable opex and carbon of what runs", colour="#228833")
    ]
    shipping_musd_per_year: Annotated[float, Column(YEARLY, "freight and tariffs between regions", colour="#CCBB44")]
    imports_musd_per_year: Annotated[float, Column(YEARLY, "purchases from offers, tariffs included", colour="#EE6677")]
    byproduct_sales_musd_per_year: Annotated[
        float, Column(YEARLY, "sales outside the chain; negative", "Sales outside (M USD/year)", colour="#BBBBBB")
    ]
    stock_holding_musd_per_year: Annotated[float, Column(YEARLY, "holding of stockpiles", colour="#AA3377")]
    shortage_musd_per_year: Annotated[float, Column(YEARLY, "demand that is not met", colour="#252525")]
    redesign_musd_per_year: Annotated[float, Column(YEARLY, "material substitution", colour="#999933")]
    target_penalty_musd_per_year: Annotated[float, Column(YEARLY, "shortfalls against targets", colour="#882255")]
    disposal_musd_per_year: Annotated[float, Column(YEARLY, "what is dumped", colour="#8C564B")]
    untaken_musd_per_year: Annotated[
        float, Column(YEARLY, "tonnes of offtakes that are paid for and not taken", colour="#E69F00")
    ]
    public_funds_musd_per_year: Annotated[
        float, Column(YEARLY, "cost of public funds for what governments give away", colour="#6A3D9A")
    ]
    total_musd_per_year: Total
    weighted_musd: Weighted


class PlantRow(PlantColumns):
    """What a plant costs in each year of a node, and expected discounted."""

    capital_musd_per_year: Annotated[float, Column(YEARLY, "annuities of its modules, less what public money saves")]
    fixed_opex_musd_per_year: FixedOpex
    variable_opex_musd_per_year: VariableOpex
    total_musd_per_year: Total
    weighted_musd: Weighted


class PriceRow(NodeColumns):
    """What one more tonne of a commodity costs in a region: duals, with the build-out fixed."""

    region: Region
    commodity: Commodity
    any_origin_usd_per_t: Annotated[float, Column(PRICE, "one more tonne of any origin", "Of any origin (USD/t)")]
    china_free_usd_per_t: Annotated[
        float | None, Column(PRICE, "one more tonne that is China-free throughout", "China-free (USD/t)")
    ]


class MarketPriceRow(NodeColumns):
    """The market price of a commodity, as the input gives it, after shocks."""

    commodity: Commodity
    market_usd_per_t: Annotated[float, Column(PRICE, "the market price, after shocks", "Market price (USD/t)")]


class ViabilityRow(PlantColumns):
    """A plant at market prices in each year of a node."""

    throughput_t: Throughput
    product: Product
    product_t: Annotated[float, Column(TONNES, "what it makes of its main product", "Main product (t)")]
    product_revenue_musd_per_year: Annotated[
        float, Column(YEARLY, "main product at market prices", "Revenue of main product (M USD/year)")
    ]
    revenue_musd_per_year: Annotated[
        float, Column(YEARLY, "all that it makes, at market prices", "Revenue at market prices (M USD/year)")
    ]
    inputs_musd_per_year: Annotated[
        float, Column(YEARLY, "all that it uses, at market prices", "Inputs at market prices (M USD/year)")
    ]
    fixed_opex_musd_per_year: FixedOpex
    variable_opex_musd_per_year: VariableOpex
    private_capital_musd_per_year: Annotated[float, Column(YEARLY, "capital charges of private money")]
    public_capital_musd_per_year: Annotated[float, Column(YEARLY, "capital charges of public money")]
    floor_payments_musd_per_year: Annotated[float, Column(YEARLY, "what governments pay on price floors")]
    margin_musd_per_year: Annotated[
        float, Column(YEARLY, "revenue and floor payments less inputs, opex and capital charges")
    ]


class SupportColumns(TypedDict):
    """What governments give a plant as it is."""

    given_musd: Annotated[
        float,
        Column(
            MONEY,
            "floor payments, and what public money forgoes, discounted",
            "Given by governments already, discounted (M USD)",
        ),
    ]
    governments: Annotated[
        str | None, Column(TEXT, "how much of it each government pays", "Which governments give how much (M USD)")
    ]


class ValueColumns(TypedDict):
    """What a plant is worth over the plan, in all and per tonne of its main product."""

    product: Product
    product_discounted_t: Annotated[
        float, Column(TONNES, "what it makes of its main product, discounted", "Main product, discounted (t)")
    ]
    npv_musd: Annotated[float, Column(MONEY, "its margins over the plan, discounted", "Net present value (M USD)")]
    break_even_usd_per_t: Annotated[
        float | None,
        Column(
            PRICE,
            "the price of its main product, the same every year, at which the value is 0 without floors",
            "Break-even price (USD/t)",
        ),
    ]
    market_usd_per_t: Annotated[
        float | None, Column(PRICE, "the mean market price of its main product", "Market price (USD/t)")
    ]
    floor_usd_per_t: Annotated[
        float | None, Column(PRICE, "floor payments per tonne of its main product", "Floor payments (USD/t)")
    ]
    gap_usd_per_t: Annotated[
        float | None,
        Column(
            PRICE, "support per tonne of its main product that closes the gap", "Support that closes the gap (USD/t)"
        ),
    ]
    gap_musd_per_year: Annotated[
        float | None,
        Column(
            YEARLY, "support per year in which it runs that closes the gap", "Support that closes the gap (M USD/year)"
        ),
    ]


class _PlantInScenario(TypedDict):
    scenario: Annotated[str, Column(ID, "the scenario along whose path it is counted")]
    project: Project
    stage: Stage
    region: Region
    wacc_percent: Annotated[float, Column(PERCENT, "its cost of capital, a year", "Its cost of capital (%)")]


class _Help(TypedDict):
    may_help: Annotated[
        str | None,
        Column(
            TEXT,
            "the governments that the input lets help it",
            "Governments whose instruments or floors can help",
        ),
    ]


class PlantViabilityRow(_PlantInScenario, ValueColumns, SupportColumns, _Help):
    """A plant at market prices over the plan, in a scenario, discounted at its own cost of capital."""

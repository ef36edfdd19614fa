"""What figures usually are where it depends on the row, the usual figures of the year tables, and which rows are like
one another.

A column whose usual range is the same in every row has it in its declaration. All this is advice: what lies outside is
questioned.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from didymium.tables.schema.words import SHOCK_KINDS

YEARS, SHARES = "years", "shares"  # stand for the columns headed by years and by elements
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual range for each word of the column `by`, and its unit where it depends on the word. Without `by`, one
    range under ""."""

    ranges: dict[str, Range]
    by: str = ""
    units: dict[str, str] = field(default_factory=dict)


def _every(low: float, high: float) -> Usual:
    return Usual({"": (low, high)})


# One plant or phase of a plant, t/year: from a pilot to the largest outside China, with room on both sides.
_CAPACITY = Usual(
    {
        "mine": (300, 120_000),
        "refinery": (200, 80_000),
        "heavy": (50, 20_000),
        "metal": (30, 15_000),
        "magnet": (50, 25_000),
        "recycler": (100, 25_000),
    },
    "stage",
)
# The yearly cost of a tonne of capacity: the projects of the shipped cases, three times further on both sides.
_FIXED_OPEX = Usual(
    {
        "mine": (140, 50_000),
        "refinery": (300, 15_000),
        "heavy": (300, 17_000),
        "metal": (1_300, 66_000),
        "magnet": (900, 90_000),
        "recycler": (120, 11_000),
    },
    "stage",
)
# What a shock multiplies by, or the years that it adds. 0 takes all away and is never questioned.
_TIMES = {
    "china_limit": (0.01, 10),
    "china_price": (0.1, 10),
    "import_limit": (0.01, 10),
    "import_price": (0.1, 10),
    "demand": (0.1, 10),
    "capex": (0.2, 10),
    **dict.fromkeys(
        ("fixed_opex", "variable_opex", "route_cost", "sale_price", "market_price", "carbon_price"), (0.1, 10)
    ),
    **dict.fromkeys(("sale_limit", "target", "budget", "limit"), (0.01, 10)),
}
_SHOCK = Usual(
    {**{k: r for k, r in _TIMES.items() if k in SHOCK_KINDS}, "delay": (0.1, 20)},
    "kind",
    {**dict.fromkeys(_TIMES, "times"), "delay": "years"},
)
USUAL: dict[tuple[str, str], Usual] = {
    ("Projects", "existing_t_per_year"): _CAPACITY,
    ("Projects", "module_t_per_year"): _CAPACITY,
    ("Projects", "fixed_opex_usd_per_t_capacity"): _FIXED_OPEX,
    ("Recoveries", SHARES): _every(5, 100),
    ("Demand", YEARS): _every(0.1, 200_000),
    ("Substitution", YEARS): _every(0.5, 100),
    ("Imports", YEARS): Usual(
        {"limit_t": (0.1, 500_000), "price_usd_per_t": (100, 10_000_000)},
        "measure",
        {"limit_t": "t/year", "price_usd_per_t": "USD/t"},
    ),
    ("Prices", YEARS): _every(100, 10_000_000),
    ("Targets", YEARS): _every(1, 100),
    ("Budgets", YEARS): _every(1, 50_000),
    ("Limits", YEARS): Usual(
        {
            "decisions": (1, 50),
            "capex_musd": (5, 100_000),
            "co2_t": (1_000, 1e8),
            "water_m3": (1_000, 1e9),
            "radioactive_t": (1, 1e6),
        },
        "measure",
        {"decisions": "a year", "capex_musd": "M USD", "co2_t": "t", "water_m3": "m3", "radioactive_t": "t"},
    ),
    ("Shocks", "value"): _SHOCK,
    ("Uncertainty", "low"): _SHOCK,
    ("Uncertainty", "likely"): _SHOCK,
    ("Uncertainty", "high"): _SHOCK,
}
# Rows that agree in these columns are compared with one another; without any, all rows of the sheet are.
ALIKE: dict[tuple[str, str], tuple[str, ...]] = {
    ("Commodities", "reference_price_usd_per_t"): ("stage",),
    ("Projects", "existing_t_per_year"): ("stage",),
    ("Projects", "module_t_per_year"): ("stage",),
    ("Projects", "fixed_opex_usd_per_t_capacity"): ("stage",),
    ("Projects", "variable_opex_usd_per_t"): ("stage",),
    ("Projects", "co2_t_per_t"): ("stage",),
    ("Projects", "water_m3_per_t"): ("stage",),
    ("Projects", "radioactive_t_per_t"): ("stage",),
    ("Recipes", "t_per_t"): ("stage", "commodity", "direction"),
    ("Routes", "cost_usd_per_t"): ("stage",),
    ("Routes", "tariff_percent"): (),
    ("Imports", "tariff_percent"): (),
    ("Imports", YEARS): ("measure", "commodity"),
    ("Stockpiles", "limit_t"): ("commodity",),
    ("Stockpiles", "holding_usd_per_t_year"): ("commodity",),
    ("Limits", YEARS): ("measure",),
    ("Prices", YEARS): (),
}


def usually(sheet: str, column: str) -> list[str]:
    """Return what is usual in a column (or in the years or shares) of a sheet, in words; empty where nothing is
    declared."""
    usual = USUAL.get((sheet, column))
    if usual is None:
        return []
    parts = [
        f"{low:,.12g} to {high:,.12g} {usual.units.get(word, '')} {f'for {word}' if word else ''}"
        for word, (low, high) in usual.ranges.items()
    ]
    return [f"Usually {'; '.join(' '.join(part.split()) for part in parts)}"]


LUMPY = frozenset({"Budgets"})  # sheets whose years may well be many times their neighbours

"""The words that cells may choose from, and short ways to declare a column."""

from __future__ import annotations

from typing import Any

from didymium.tables.columns import Column

STAGES = ("mine", "refinery", "heavy", "metal", "magnet", "recycler")
COMMODITY_STAGES = ("refinery", "metal", "magnet", "scrap")
ROUTE_STAGES = ("mine", "refinery", "metal", "magnet", "scrap")
TARGET_TYPES = ("min_china_free_share", "max_region_share", "max_china_import_share", "max_supplier_share")
MEASURES = ("decisions", "capex_musd", "co2_t", "water_m3", "radioactive_t")
UNCERTAIN_KINDS = ("china_limit", "china_price", "import_limit", "import_price", "demand", "capex", "delay", "outage")
SHOCK_KINDS = (
    *UNCERTAIN_KINDS, "fixed_opex", "variable_opex", "route_cost", "tariff", "sale_price", "sale_limit", "market_price",
    "carbon_price", "target", "budget", "limit",
)  # fmt: skip
CONTRACT_KINDS = ("offtake", "price_floor")
HOLD_KINDS = ("force", "forbid", "pin")
SERIES_MEASURES = ("production", "import", "export", "price", "capacity")
CONFIDENCE = ("reported", "derived", "assumed")
FIRMNESS = (*CONFIDENCE, "unsourced")  # from firm to loose
COMMODITY_IDS = "Commodities.commodity Concentrates Mixed"
YEAR: dict[str, Any] = {"low": 1900, "high": 2200}


def identifier(name: str, meaning: str, example: str) -> Column:
    """Return the column of an id that other sheets may refer to."""
    return Column(name, "id", meaning, example=example)


def ref(name: str, to: str, meaning: str, **more: Any) -> Column:
    """Return a column that holds an id of one of the tables in `to`, as `Sheet.column` separated by spaces."""
    return Column(name, "ref", meaning, refers_to=tuple(to.split()), **more)


def star(name: str, to: str, meaning: str, **more: Any) -> Column:
    """Return a reference that may be blank or `*`, for all."""
    return ref(name, to, meaning, optional=True, default="*", star=True, **more)


def choice(name: str, choices: tuple[str, ...], meaning: str, **more: Any) -> Column:
    """Return a column that holds one of a few words."""
    return Column(name, "choice", meaning, choices=choices, example=more.pop("example", choices[0]), **more)


def number(name: str, unit: str, meaning: str, low: float | None = 0, **more: Any) -> Column:
    """Return a column of numbers that must be filled."""
    return Column(name, "number", meaning, unit=unit, low=low, **more)


def integer(name: str, unit: str, meaning: str, low: float | None = 0, **more: Any) -> Column:
    """Return a column of whole numbers."""
    return Column(name, "integer", meaning, unit=unit, low=low, **more)


def maybe(name: str, unit: str, meaning: str, default: object = None, **more: Any) -> Column:
    """Return a column of numbers that may be blank."""
    return number(name, unit, meaning, optional=True, default=default, **more)


def percent(name: str, meaning: str, low: float | None = 0, high: float = 100, **more: Any) -> Column:
    """Return a column of percentages that must be filled, 0 to 100 as a rule."""
    return number(name, "%", meaning, low, high=high, **more)


def maybe_percent(name: str, meaning: str, default: object = None, high: float = 100, **more: Any) -> Column:
    """Return a column of percentages that may be blank."""
    return maybe(name, "%", meaning, default, high=high, **more)


def flag(name: str, meaning: str, **more: Any) -> Column:
    """Return a column of yes and no that may be blank, for no."""
    return Column(name, "yes_no", meaning, optional=True, default=False, **more)


def optional_text(name: str, meaning: str, **more: Any) -> Column:
    """Return a column of texts that may be blank."""
    return Column(name, "text", meaning, optional=True, **more)


def several(name: str, to: str, meaning: str, **more: Any) -> Column:
    """Return a column that holds several ids of the tables in `to`, or `*` or a blank for all."""
    return Column(name, "refs", meaning, optional=True, default="*", refers_to=tuple(to.split()), star=True, **more)


def year(name: str, meaning: str, **more: Any) -> Column:
    """Return a column of years that may be blank."""
    return integer(name, "year", meaning, optional=True, **{**YEAR, **more})

"""Whom a shock hits, and how several that hit together combine: the one place that says so."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from didymium.case.case import Case, Demand, Offer, Project

ADDED = ("delay", "tariff")  # kinds whose values add up where several hit together
Selectors = dict[str, str]
"""Column of Shocks -> the name by which a thing is met there."""


def plant_selectors(project: Project) -> Selectors:
    """Return the columns by which shocks on plants (capex, delay, outage, opex) choose a project."""
    return {"stage": project.stage, "region": project.region, "project": project.name}


def goods_selectors(case: Case, commodity: str, region: str) -> Selectors:
    """Return the columns by which shocks on offers and routes choose a commodity delivered to a region."""
    return {"stage": case.commodities[commodity].stage, "commodity": commodity, "region": region}


def outlet_selectors(case: Case, commodity: str) -> Selectors:
    """Return the columns by which shocks on sales and market prices choose a commodity."""
    return {"stage": case.commodities[commodity].stage, "commodity": commodity}


def demand_selectors(demand: Demand) -> Selectors:
    """Return the columns by which shocks on demand choose a row of Demand; `item` is its segment as well."""
    return {
        "commodity": demand.commodity,
        "region": demand.region,
        "segment": demand.segment,
        "item": demand.segment,
    }


def offer_kinds(offer: Offer, measure: str) -> tuple[str, ...]:
    """Return the kinds of shock on the limit or price (`measure`) of an offer: china_* hits offers marked China alone,
    import_* every offer."""
    return (f"china_{measure}", f"import_{measure}") if offer.china else (f"import_{measure}",)


def combined(kind: str, values: Sequence[float]) -> float:
    """Return what shocks of a kind come to that hit together: years of delay and points of tariff are added, an outage
    is one however often it is named, all else multiplies."""
    if kind == "outage":
        return float(bool(values))
    return sum(values) if kind in ADDED else prod(values)

"""A solution as tables: every table of a plan, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from didymium.engine.solve import Solution
from didymium.plan.accounts import balance, plants, recipe_flows
from didymium.plan.costs import budgets, costs, finance, prices
from didymium.plan.deliveries import demand, origin
from didymium.plan.investments import investments
from didymium.plan.money import contracts, disposal, market_prices
from didymium.plan.operation import capacity, production, stockpiles, trade
from didymium.plan.paths import path_tables
from didymium.plan.public_money import public_money_tables
from didymium.plan.rows import ORIGIN_LEVELS
from didymium.plan.targets import targets
from didymium.plan.viability import viability, viability_of_plants
from didymium.results import TABLES, PlanTables, Record, as_plan

__all__ = ["ORIGIN_LEVELS", "Record", "plan_tables"]


def plan_tables(s: Solution) -> PlanTables:
    """Return every table of the plan, by name, in the order of the result workbook."""
    found = {name: list(table(s)) for name, table in _TABLES.items()} | public_money_tables(s) | path_tables(s)
    return as_plan({name: found[name] for name in TABLES})


_TABLES: dict[str, Callable[[Solution], Iterator[Mapping[str, object]]]] = {
    "investments": investments,
    "capacity": capacity,
    "production": production,
    "trade": trade,
    "origin": origin,
    "targets": targets,
    "demand": demand,
    "stockpiles": stockpiles,
    "costs": costs,
    "plants": plants,
    "finance": finance,
    "budgets": budgets,
    "prices": prices,
    "market_prices": market_prices,
    "balance": balance,
    "recipe_flows": recipe_flows,
    "disposal": disposal,
    "contracts": contracts,
    "viability_of_plants": viability_of_plants,
    "viability": viability,
}

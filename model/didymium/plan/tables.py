"""A solution as tables: every table of a plan, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from didymium.engine.solve import Solution
from didymium.plan.accounts import balance, plants, recipe_flows
from didymium.plan.costs import budgets, costs, finance, prices
from didymium.plan.deliveries import demand, origin
from didymium.plan.investments import investments
from didymium.plan.mixing import mixtures
from didymium.plan.money import contracts, disposal, market_prices
from didymium.plan.operation import capacity, production, stockpiles, trade
from didymium.plan.paths import path_tables
from didymium.plan.public_money import public_money_tables
from didymium.plan.rows import ORIGIN_LEVELS
from didymium.plan.targets import targets
from didymium.plan.viability import viability_tables
from didymium.results import TABLES, PlanTables, Record, as_plan

__all__ = ["ORIGIN_LEVELS", "Record", "plan_tables"]


def plan_tables(s: Solution) -> PlanTables:
    """Return every table of the plan, by name, in the order of the result workbook."""
    goods, costs_of_plants = mixtures(s), list(plants(s))
    found: dict[str, Sequence[Mapping[str, object]]] = {
        **{name: list(table(s)) for name, table in _TABLES.items()},
        "origin": list(origin(s, goods)),
        "plants": costs_of_plants,
        **viability_tables(s, costs_of_plants),
        **public_money_tables(s, goods),
        **path_tables(s, goods),
    }
    return as_plan({name: found[name] for name in TABLES})


_TABLES: dict[str, Callable[[Solution], Iterator[Mapping[str, object]]]] = {
    "investments": investments,
    "capacity": capacity,
    "production": production,
    "trade": trade,
    "targets": targets,
    "demand": demand,
    "stockpiles": stockpiles,
    "costs": costs,
    "finance": finance,
    "budgets": budgets,
    "prices": prices,
    "market_prices": market_prices,
    "balance": balance,
    "recipe_flows": recipe_flows,
    "disposal": disposal,
    "contracts": contracts,
}

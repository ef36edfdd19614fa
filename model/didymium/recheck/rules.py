"""The rules of docs/model.md by name, each with the function that recomputes it from the rows of the plan.

A rule is re-checked in the file of its idea, named as under `didymium/rules/`. The names are those of the sheet Checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from didymium.recheck.balance import balance, stock_bounds
from didymium.recheck.capacity import capacity, recipes_accepted, reserve
from didymium.recheck.contracts import offtake
from didymium.recheck.demand import demand
from didymium.recheck.inputs import Breach, RecheckInputs
from didymium.recheck.invest import build_limit, exclusive, prerequisite
from didymium.recheck.limits import limits
from didymium.recheck.money import public_money
from didymium.recheck.targets import targets
from didymium.recheck.trade import offer_limit, route_limit, sale_limit, shipping

RULES: dict[str, Callable[[RecheckInputs], Iterator[Breach]]] = {
    "1 build window": build_limit,
    "2-3 capacity": capacity,
    "2 recipes and origin": recipes_accepted,
    "4 reserve": reserve,
    "5 balance": balance,
    "5 stock": stock_bounds,
    "6 shipping": shipping,
    "6 route limits": route_limit,
    "7 offers": offer_limit,
    "8 sales": sale_limit,
    "9 demand": demand,
    "10 targets": targets,
    "11 prerequisite": prerequisite,
    "12 alternatives": exclusive,
    "13 public money": public_money,
    "14 limits": limits,
    "15 contracts": offtake,
}

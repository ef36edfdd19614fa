"""The rules of docs/model.md by name, each with the function that recomputes it from the rows of the plan.

A rule is re-checked in the file of its idea, named as under `didymium/rules/`. The names are those of the sheet Checks.
"""

from __future__ import annotations

from didymium.recheck import balance, capacity, contracts, demand, invest, limits, money, targets, trade
from didymium.recheck.rule import rules_of

RULES = rules_of((invest, capacity, balance, trade, demand, targets, money, limits, contracts))
"""Every re-checked rule by its name on the sheet Checks, in the order of the numbers: what is marked @rechecks."""

"""A second opinion: every rule and the cost recomputed from the written tables, in plain Python.

Shares no code with the model: it reads the input rows and the plan's rows as they stand, and never imports Pyomo,
the case, the rules or the engine.
"""

from __future__ import annotations

from didymium.recheck.cost import recheck_cost
from didymium.recheck.rules import RULES
from didymium.recheck.world import Breach, Plan, World
from didymium.tables.rows import Tables

TOLERANCE = 1e-4  # share of the amounts at stake


def recheck(tables: Tables, plan: Plan, scenarios: list[str]) -> dict[str, Breach]:
    """The largest breach of every rule of a plan for the given scenarios (one alone: foreseen), by rule.

    A breach of 0 says that the rule holds everywhere. Anything above TOLERANCE is a broken plan.
    """
    world = World(tables, plan, scenarios)
    worst: dict[str, Breach] = {}
    for name, rule in {**RULES, "cost": recheck_cost}.items():
        worst[name] = max(rule(world), key=lambda breach: breach.size, default=Breach("nowhere", 0.0))
    return worst

"""The re-check, a second opinion: every rule and the cost recomputed from the result tables, in plain Python.

Shares no code with the model: it reads the input rows and the plan's rows as they stand, and never imports Pyomo,
the case, the rules or the engine.
"""

from __future__ import annotations

from collections.abc import Mapping

from didymium.recheck.cost import recheck_cost
from didymium.recheck.finance import recheck_finance
from didymium.recheck.inputs import Breach, Plan, RecheckInputs
from didymium.recheck.origin import origin_labels
from didymium.recheck.paths import recheck_paths
from didymium.recheck.rule import Recompute
from didymium.recheck.rules import RULES
from didymium.recheck.viability import recheck_market_prices, recheck_viability
from didymium.tables.rows import Tables

ORIGIN = "3 origin labels"
AS_SOLVED = "as solved"  # options.labels of a result whose labels could not be made as clean as the flows allow
TOLERANCE = 1e-4  # share of the amounts at stake


def headline(facts: Mapping[str, object]) -> list[dict[str, object]]:
    """Return what the re-check needs to know of a solve, from the facts in its result."""
    return [{"objective_musd": facts.get("objective_musd"), "clean_labels": facts.get("options.labels") != AS_SOLVED}]


def recheck(tables: Tables, plan: Plan, scenarios: list[str]) -> dict[str, Breach]:
    """Return the largest breach of every rule of a plan for the given scenarios, by rule.

    A plan of one scenario has perfect foresight. A breach of 0 says that the rule holds everywhere; above TOLERANCE the
    plan is broken.
    """
    data = RecheckInputs(tables, plan, scenarios)
    worst: dict[str, Breach] = {}
    rules: dict[str, Recompute] = {
        **RULES,
        ORIGIN: origin_labels,
        "cost": recheck_cost,
        "market prices": recheck_market_prices,
        "viability": recheck_viability,
        "finance": recheck_finance,
        "paths": recheck_paths,
    }
    if any(row.get("clean_labels") is False for row in plan.get("headline", [])):
        del rules[ORIGIN]  # the labels are those of the solver, and the result says so
    for name, rule in rules.items():
        worst[name] = max(rule(data), key=lambda breach: breach.size, default=Breach("nowhere", 0.0))
    return worst

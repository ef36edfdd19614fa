"""The mathematics: docs/model.md as a Pyomo model, one module per idea.

`build_model` is the table of contents; it reads like the table of rules there.
"""

from __future__ import annotations

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.case.pools import pooled
from didymium.rules import balance, capacity, contracts, demand, invest, limits, money, targets, trade
from didymium.rules.cost import CostTerms, cost_terms, objective
from didymium.rules.pools import shared_runs
from didymium.rules.risk import risk
from didymium.rules.rule import rules_of
from didymium.rules.variables import add_variables

RULES = rules_of((invest, capacity, balance, trade, demand, targets, money, limits, contracts))
"""Every rule of the model, by its number in docs/model.md: what is marked @rule in these modules."""


def build_model(net: Network) -> tuple[pyo.ConcreteModel, CostTerms]:
    """Return the model of a network, and its cost term by term (kind, node).

    Its optimum is the least expected discounted cost in M USD, mixed with that of the bad tail where the case gives it
    weight.
    """
    m = pyo.ConcreteModel("didymium")
    add_variables(m, net)
    for rule in RULES:
        rule(m, net)
    shared_runs(m, net)
    terms = cost_terms(m, net)
    objective(m, net, terms, risk(m, net, terms))
    return m, terms


def variable_counts(net: Network) -> dict[str, int]:
    """Return how many variables and integers the model of a network has, in a tenth of the time of building it."""
    m = pyo.ConcreteModel("didymium")
    add_variables(m, pooled(net))
    counts = {name: len(variables) for name, variables in m.variables_by_index.items()}
    return {"variables": sum(counts.values()), "integers": counts["build"]}

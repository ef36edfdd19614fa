"""The mathematics: MODEL.md sections 5 to 7 as a Pyomo model, one module per idea.

`build_model` is the table of contents; it reads like section 6.
"""

from __future__ import annotations

import pyomo.environ as pyo

from didymium.case.network import Network
from didymium.rules.balance import balance, stock_bounds
from didymium.rules.capacity import capacity, mothball, reserve, take_or_pay
from didymium.rules.contracts import offtake
from didymium.rules.cost import CostTerms, cost_terms, objective
from didymium.rules.demand import demand, redesign_stays
from didymium.rules.invest import build_limit, committed, exclusive, prerequisite
from didymium.rules.limits import limits
from didymium.rules.money import budget, instrument_share, public_share
from didymium.rules.risk import risk
from didymium.rules.targets import max_china_import_share, max_region_share, max_supplier_share, min_china_free_share
from didymium.rules.trade import offer_limit, route_limit, sale_limit
from didymium.rules.variables import add_variables

RULES = (
    build_limit,  # rule 1
    committed,
    capacity,  # rules 2 and 3
    take_or_pay,
    mothball,
    reserve,  # rule 4
    balance,  # rule 5
    stock_bounds,
    route_limit,  # rule 6; where trade links exist is in case.network
    offer_limit,  # rule 7
    sale_limit,  # rule 8
    demand,  # rule 9
    redesign_stays,
    min_china_free_share,  # rule 10
    max_region_share,
    max_china_import_share,
    max_supplier_share,
    prerequisite,  # rule 11
    exclusive,  # rule 12
    instrument_share,  # rule 13
    public_share,
    budget,
    limits,  # rule 14
    offtake,  # rule 15
)


def build_model(net: Network) -> tuple[pyo.ConcreteModel, CostTerms]:
    """Return the model of a network, and its cost term by term (kind, node).

    Its optimum is the least expected discounted cost in M USD, mixed with that of the bad tail where the case gives it
    weight.
    """
    m = pyo.ConcreteModel("didymium")
    add_variables(m, net)
    for rule in RULES:
        rule(m, net)
    terms = cost_terms(m, net)
    objective(m, net, terms, risk(m, net, terms))
    return m, terms

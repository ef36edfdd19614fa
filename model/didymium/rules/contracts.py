"""What plants have promised to deliver (docs/model.md, rule 15). A price floor binds nothing: it is in
expressions.cost."""

from __future__ import annotations

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.expressions.capacity import owed, throughput
from didymium.expressions.terms import Term, scaled
from didymium.rules.algebra import expression
from didymium.rules.rule import rule


@rule(
    15,
    offtake="contract {0} in {year}: {x:,.1f} t a year can neither be made nor paid for",
)
def offtake(m: pyo.ConcreteModel, net: Network) -> None:
    """What is owed under an offtake is made, or paid for where that is allowed (rule 15).

    sum over q, l of run[p,q,l,n] + untaken[k,n] >= tonnes[k] x mean over the years in force of (on line / full)
    where on line and full are of the plant's existing capacity, or of its modules where it has none.
    """
    paid = set(net.untakens)

    @m.Constraint(pyo.Set(initialize=list(net.offtakes), dimen=2), doc="made of what is owed [t/year]")
    def offtake(m: pyo.ConcreteModel, k: str, n: str) -> object:
        existing, terms = owed(net, k, n)
        made = throughput(net, net.case.contracts[k].project, n)
        untaken: list[Term] = [(1.0, "untaken", (k, n))] if (k, n) in paid else []
        return expression(m, [*made, *untaken, *scaled(-1.0, terms)]) >= existing

"""What plants have promised to deliver (MODEL.md rule 15). A price floor binds nothing: it is in rules.cost."""

from __future__ import annotations

import pyomo.environ as pyo

from didymium.case.network import Network
from didymium.rules.algebra import Term, linear
from didymium.rules.capacity import runs_by_plant


def offtake(m: pyo.ConcreteModel, net: Network) -> None:
    """What is owed under an offtake is made, or paid for where that is allowed (rule 15).

    sum over q, l of run[p,q,l,n] + untaken[k,n] >= tonnes[k] x mean over the years in force of (on line / full)
    where on line and full are of the plant's existing capacity, or of its modules where it has none.
    """
    runs = runs_by_plant(m, net) if net.offtakes else {}
    paid = set(net.untakens)

    @m.Constraint(pyo.Set(initialize=list(net.offtakes), dimen=2), doc="made of what is owed [t/year]")
    def offtake(m: pyo.ConcreteModel, k: str, n: str) -> object:
        p = net.case.contracts[k].project
        existing, modules = net.offtakes[k, n]
        made: list[Term] = [(1, run) for run in runs.get((p, n), ())] + (
            [(1, m.untaken[k, n])] if (k, n) in paid else []
        )
        return linear([*made, *((-tonnes, m.build[p, b]) for tonnes, b in modules)]) >= existing

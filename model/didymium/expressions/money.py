"""Public money: what instruments carry and governments spend (docs/model.md, rule 13)."""

from __future__ import annotations

from didymium.case.network import Network
from didymium.expressions.terms import Term


def spent(net: Network, government: str, n: str) -> list[Term]:
    """Return what a government spends in a node, M USD: sum over p, i of the government of support[p,i,n]."""
    instruments = net.case.instruments
    return [
        (1.0, "support", index)
        for index in net.supports_at.get(n, ())
        if instruments[index[1]].government == government
    ]


def spent_so_far(net: Network, government: str, n: str) -> list[Term]:
    """Return what a government has spent along the path to a node, M USD."""
    return [term for b in net.tree.path(n) for term in spent(net, government, b)]

"""How demand is accounted for, and how far redesign may fall back (docs/model.md, rule 9)."""

from __future__ import annotations

from didymium.case.network import Network
from didymium.expressions.terms import Term


def accounted(net: Network, d: str, n: str) -> list[Term]:
    """Return what a row of Demand becomes, t/year: sum over l of serve[d,l,n] + substitution[d,n] + short[d,n]."""
    row = net.case.demands[d]
    served: list[Term] = [
        (1.0, "serve", (d, origin_level, n)) for origin_level in net.levels_of(row.region, row.commodity)
    ]
    out: list[Term] = [(1.0, "substitution", (d, n))] if (d, n) in net.substitutable else []
    return [*served, *out, (1.0, "short", (d, n))]


def redesign_fall(before: float, allowed: float) -> float:
    """Return by how much the share designed out may fall: as far as the allowed share does, never below 0."""
    return max(0.0, before - allowed)

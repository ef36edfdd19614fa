"""Sums of coefficient x variable in the one form that Pyomo compiles fast."""

from __future__ import annotations

from collections.abc import Iterable

import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

Term = tuple[float, pyo.Var]


def linear(terms: Iterable[Term]) -> LinearExpression:
    """The sum of coefficient x variable over `terms`, zero coefficients left out.

    Pyomo takes such a sum as it stands; the same sum written with + and * is walked node by node.
    """
    kept = [(coefficient, variable) for coefficient, variable in terms if coefficient]
    return LinearExpression(linear_coefs=[c for c, _ in kept], linear_vars=[v for _, v in kept])

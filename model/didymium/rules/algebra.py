"""Sums of coefficient x variable in the one form that is handed over fast."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyomo.core as pyo
from pyomo.core.expr.numeric_expr import LinearExpression, MonomialTermExpression

from didymium.expressions import terms as expressions

Term = tuple[float, pyo.Var]


class Sum(LinearExpression):  # type: ignore[misc]
    """A linear expression that stays two tuples until its terms are read.

    Pyomo's own makes an object of every term at once; few are ever read one by one, and a model of the default
    case has a quarter of a million. Printed, written to a file or walked, this is an ordinary Pyomo expression.
    """

    __slots__ = ("coefficients", "offset", "variables")

    def __init__(self, coefficients: tuple[float, ...], variables: tuple[pyo.Var, ...], offset: float) -> None:
        self.coefficients, self.variables, self.offset = coefficients, variables, offset
        self._nargs = len(coefficients) + bool(offset)  # type: ignore[misc]

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # type: ignore[override]
        """Pyomo chooses what to do with an expression by its exact class; this is to be treated as a
        LinearExpression."""
        return LinearExpression

    @property
    def _args_(self) -> list[object]:  # type: ignore[override]
        terms: list[object] = list(map(MonomialTermExpression, zip(self.coefficients, self.variables, strict=True)))
        return [self.offset, *terms] if self.offset else terms


def expression(m: pyo.ConcreteModel, terms: Iterable[expressions.Term], constant: float = 0.0) -> Sum:
    """Return a sum of `didymium.expressions` over the variables of a model, zero coefficients left out."""
    variables = m.variables_by_index
    kept = [term for term in terms if term[0]]
    found = tuple([variables[decision][index] for _, decision, index in kept])
    return Sum(tuple([coefficient for coefficient, _, _ in kept]), found, constant)


def linear(terms: Iterable[Term], constant: float = 0.0) -> Sum:
    """Return the sum of coefficient x variable over `terms`, zero coefficients left out, and a constant."""
    kept = [term for term in terms if term[0]]
    coefficients, variables = zip(*kept, strict=True) if kept else ((), ())
    return Sum(coefficients, variables, constant)

"""Sparse sums of coefficient x decision, by the names of the decisions, and what they come to in a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Index = tuple[object, ...]
Term = tuple[float, str, Index]
"""(coefficient, decision, index)."""
Values = Mapping[str, Mapping[Index, float]]
"""decision -> index -> value."""
INTEGER = frozenset({"build"})
"""Decisions whose values in a plan are rounded: a solver's 1.9999999 modules are 2."""


def amount(values: Values, decision: str, index: Index) -> float:
    """Return the value of a decision in a plan; 0 where the plan has none, whole modules rounded."""
    value = values.get(decision, {}).get(index, 0.0)
    return round(value) if decision in INTEGER else value


def evaluate(terms: Iterable[Term], values: Values, constant: float = 0.0) -> float:
    """Return what a sum comes to in a plan, in the unit of its coefficients."""
    return constant + sum(coefficient * amount(values, decision, index) for coefficient, decision, index in terms)


def scaled(factor: float, terms: Iterable[Term]) -> list[Term]:
    """Return every term times a factor."""
    return [(factor * coefficient, decision, index) for coefficient, decision, index in terms]

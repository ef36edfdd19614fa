"""What the tables of a plan share: how a node is named in a row, and which values of a solution are worth one.

A node is named by `branch` (the scenario whose shocks act in it; the base before any other is revealed) and `year`.
Tonnes are a year's; a milestone stands for several years. Amounts below a millionth of a tonne are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from didymium.case.case import Project
from didymium.case.tree import Node
from didymium.engine.solve import Solution
from didymium.expressions.terms import Values
from didymium.results.shared import NodeColumns, PlantColumns

ORIGIN_LEVELS = range(5)
TINY = 1e-6  # t or M USD: a smaller amount is the solver's noise


def place_of(node: Node) -> NodeColumns:
    """Return the columns that name a node."""
    return {"branch": node.scenario, "year": node.year}


def plant_in(node: Node, project: Project) -> PlantColumns:
    """Return the columns that name a plant in a node."""
    return {**place_of(node), "project": project.name, "stage": project.stage, "region": project.region}


def positive_values(s: Solution, component: str) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield the values of a variable that are more than the solver's noise, with their index."""
    for index, value in s.values.get(component, {}).items():
        if value > TINY:
            yield tuple(map(str, index)), value


def above_noise(s: Solution, decision: str) -> Values:
    """Return the values of one decision that are more than the solver's noise, as a plan of that decision alone."""
    return {decision: {index: value for index, value in s.values.get(decision, {}).items() if value > TINY}}


def without_noise(value: float) -> float:
    """Return an amount, or 0 where it is the solver's noise."""
    return value if abs(value) > TINY else 0.0


def number(row: Mapping[str, object], column: str) -> float:
    """Return a number of a row whose column is known at run time only; 0 for a blank. Raises TypeError for a text."""
    return as_number(row[column])


def as_number(value: object) -> float:
    """Return a value that should be a number as one; 0 for a blank. Raises TypeError for a text."""
    if type(value) is float:  # nearly always, and asked millions of times
        return value
    if value is None or value == "":
        return 0.0
    if not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is no number")
    return float(value)

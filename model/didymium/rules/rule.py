"""What a rule is: a function that adds constraints to the model, its number, and how it can be relaxed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import update_wrapper
from types import ModuleType
from typing import NamedTuple

import pyomo.core as pyo

from didymium.case.network import Network

AddRule = Callable[[pyo.ConcreteModel, Network], None]


class Relaxed(NamedTuple):
    """How a constraint is relaxed where no plan meets it: the sentence for a shortfall, and the shortfall's unit.

    The sentence is filled with the constraint's index ({0}, {1}), `x`, the shortfall, and `year` where a year of it can
    be named.
    """

    sentence: str
    unit: str = "t"


class Rule:
    """A rule of the model. Called, it adds its constraints; they are ordered by the numbers of docs/model.md."""

    __name__: str

    def __init__(self, add: AddRule, number: int, relaxed: Mapping[str, Relaxed]) -> None:
        self.add, self.number, self.relaxed = add, number, relaxed
        update_wrapper(self, add)

    def __call__(self, m: pyo.ConcreteModel, net: Network) -> None:
        self.add(m, net)

    def __repr__(self) -> str:
        return f"<rule {self.number} {self.__name__}>"


def rule(number: int, **relaxed: Relaxed | str) -> Callable[[AddRule], Rule]:
    """Return a decorator that makes a function a rule of the model.

    `relaxed` has, by the name of a constraint, how it is relaxed; a constraint without an entry never is.
    """
    ways = {name: Relaxed(way) if isinstance(way, str) else way for name, way in relaxed.items()}
    return lambda add: Rule(add, number, ways)


def rules_of(modules: Iterable[ModuleType]) -> tuple[Rule, ...]:
    """Return the rules of modules by number; those of one number in the order in which they are written."""
    found = [rule for module in modules for rule in vars(module).values() if isinstance(rule, Rule)]
    return tuple(sorted(found, key=lambda rule: rule.number))

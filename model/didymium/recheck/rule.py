"""What a re-checked rule is: a function over the rows of a plan, and its name on the sheet Checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import update_wrapper
from types import ModuleType

from didymium.recheck.inputs import Breach, RecheckInputs

Recompute = Callable[[RecheckInputs], Iterator[Breach]]


class RecheckRule:
    """A rule recomputed from the rows of a plan. Called, it yields every breach; `name` begins with its number."""

    __name__: str

    def __init__(self, recompute: Recompute, name: str) -> None:
        self.recompute, self.name = recompute, name
        update_wrapper(self, recompute)

    def __call__(self, data: RecheckInputs) -> Iterator[Breach]:
        return self.recompute(data)


def rechecks(name: str) -> Callable[[Recompute], RecheckRule]:
    """Return a decorator that makes a function the re-check of a rule, by its name on the sheet Checks."""
    return lambda recompute: RecheckRule(recompute, name)


def rules_of(modules: Iterable[ModuleType]) -> dict[str, RecheckRule]:
    """Return the re-checked rules of modules by name, in the order of their numbers, then of their writing."""
    found = [rule for module in modules for rule in vars(module).values() if isinstance(rule, RecheckRule)]
    return {rule.name: rule for rule in sorted(found, key=_number)}


def _number(rule: RecheckRule) -> int:
    number = re.match(r"\d+", rule.name)
    assert number is not None, rule.name
    return int(number.group())

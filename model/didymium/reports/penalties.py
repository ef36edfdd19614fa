"""How much of an amount is penalty: the prices that an input sets on demand not met and on targets missed. They are in
the cost, so that a plan avoids both, but nobody pays them."""

from __future__ import annotations

from didymium.reports.numbers import NOISE, rounded

_SMALL = 1e-4  # share of a difference: a smaller fall of all else is not worth a word


def part_of_cost(shortage: float, targets: float) -> str:
    """Return how much of a cost is penalty, M USD, to follow its amount: ` (61,017 of it penalty for shortage, which
    nobody pays)`; empty where none is."""
    listed = " and ".join(f"{rounded(much)} of it penalty for {what}" for what, much in _penalties(shortage, targets))
    return f" ({listed}, which nobody pays)" if listed else ""


def part_of_difference(difference: float, shortage: float, targets: float) -> str:
    """Return the same of a difference between two costs, M USD. Penalties may rise by more than the cost, as all else
    falls: ` (70 more penalty for shortage, which nobody pays, and 8 less of all other cost)`."""
    found = _penalties(shortage, targets)
    fall = sum(amount for _, amount in found) - difference
    if not found or fall <= _SMALL * abs(difference):
        return part_of_cost(shortage, targets)
    more = " and ".join(f"{rounded(amount)} more penalty for {what}" for what, amount in found)
    return f" ({more}, which nobody pays, and {rounded(fall)} less of all other cost)"


def _penalties(shortage: float, targets: float) -> list[tuple[str, float]]:
    return [(what, amount) for what, amount in (("shortage", shortage), ("missed targets", targets)) if amount > NOISE]

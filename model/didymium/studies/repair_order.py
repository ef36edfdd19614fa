"""In which order the cells that may restore a plan are tried, kinds in turn; and which are left out, many at a time,
because the relaxation proves that no plan exists even with all of them changed as far as can be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import cycle, groupby

from didymium.studies.repair_cells import KINDS, Lever

NoneOf = Callable[[Sequence[Lever]], bool]
"""Whether it is proven that none of some cells alone restores a plan."""


class RepairOrder:
    """The cells that are still to be tried.

    Cells of one kind are looked at together: where no plan exists with all of them changed, none of them need be tried;
    else each half of them is looked at, and so on. So a hundred cells of no help take one solve. `ruled_out` counts the
    cells that are left out so, `taken` these and those that were given out.
    """

    def __init__(self, levers: Sequence[Lever], none_of: NoneOf) -> None:
        self._none_of = none_of
        self.ruled_out = self.taken = 0
        cheap, dear = ([lever for lever in levers if lever.cheap == side] for side in (True, False))
        self._cheap, self._dear = _by_kind(cheap), _by_kind(dear)
        self._turn = cycle(KINDS)

    def next(self, later: Collection[str], dear: bool) -> Lever | None:
        """Return the next cell to try, of the kinds `later` only where no other is left, and those that take solves
        of changed cases only if `dear`, after the others; None where none is left."""
        for waits in (False, True):
            for groups in (self._cheap, self._dear) if dear else (self._cheap,):
                for _ in KINDS:
                    kind = next(self._turn)
                    lever = self._next_of(groups[kind]) if (kind in later) == waits else None
                    if lever is not None:
                        return lever
        return None

    def _next_of(self, groups: list[list[Lever]]) -> Lever | None:
        while groups:
            group = groups.pop()
            if group[0].screen and self._none_of(group):
                self.ruled_out += len(group)
                self.taken += len(group)
            elif len(group) == 1:
                self.taken += 1
                return group[0]
            else:
                middle = len(group) // 2
                groups += [group[middle:], group[:middle]]
        return None


def _by_kind(levers: Sequence[Lever]) -> dict[str, list[list[Lever]]]:
    """The cells of each kind, those that can be ruled out together in one group, the first group last."""
    found: dict[str, list[list[Lever]]] = {}
    for kind in KINDS:
        together = groupby((lever for lever in levers if lever.kind == kind), key=lambda lever: lever.screen)
        groups = [list(group) for _, group in together]
        singles = [[group] if group[0].screen else [[lever] for lever in group] for group in groups]
        found[kind] = [group for some in singles for group in some][::-1]
    return found

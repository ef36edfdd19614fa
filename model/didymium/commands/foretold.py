"""How much memory jobs will need, so that none is begun that does not fit beside those under way."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from didymium import api
from didymium.case.network import Network
from didymium.case.tree import full_tree, path_tree
from didymium.errors import DidymiumError
from didymium.memory import PROCESS, expected_memory_mb, free_memory_mb
from didymium.rules import variable_counts

PLENTY = 4_000.0  # MB for each job: four times what ten times the default case takes (870), and more
ORDINARY = 3_000_000  # bytes of an input up to which no job needs so much: ten times the default case has fewer
Need = tuple[Path, bool]
"""An input, and whether all of its scenarios are planned as one tree."""


class Foretold:
    """The memory that was free before the first job, and what each will need, worked out when it is first asked for."""

    def __init__(self) -> None:
        self._free = free_memory_mb()
        self._known: dict[Need, int] = {}

    def fits(self, job: Need, others: Iterable[Need]) -> bool:
        """Return whether a job fits into what is free now, and into what was free at first beside all that the others
        will need at their peaks. Where there is plenty, or the system does not tell what is free, every job fits."""
        now, others = free_memory_mb(), list(others)
        if self._free is None or now is None:
            return True
        if min(now, self._free) >= PLENTY * (1 + len(others)) and all(map(_is_ordinary, (job, *others))):
            return True  # not worked out: reading a case takes the time of the processor that its solve could have
        return self.need_mb(job) <= min(now, self._free - sum(map(self.need_mb, others)))

    def need_mb(self, job: Need) -> int:
        """Return about how much memory a job uses at its peak, MB; of a tree, as its number of nodes tells."""
        if job not in self._known:
            self._known[job] = _need_mb(*job)
        return self._known[job]


def _is_ordinary(need: Need) -> bool:
    """Whether a job is no tree, and its input is one whose path cannot need so very much."""
    path, stochastic = need
    files = [path] if path.is_file() else path.glob("*.csv")
    return not stochastic and sum(file.stat().st_size for file in files) <= ORDINARY


def _need_mb(workbook: Path, stochastic: bool) -> int:
    try:
        case = api.read(workbook).case
    except DidymiumError:  # its job will tell; it needs no more than it takes to read
        return round(PROCESS)
    path = path_tree(case, case.base.name)
    size = variable_counts(Network(case, path))
    if stochastic:
        size = {name: count * len(full_tree(case).nodes) // len(path.nodes) for name, count in size.items()}
    return expected_memory_mb(size)

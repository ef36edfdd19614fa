"""All twelve warehouse locations of OR-Library, solved to a gap of 0, against the published optima and a direct model.

    python tests/explore_orlib.py [NAME...]

The direct model (`orlib.direct`) is what a modeller would hand to HiGHS, with the rows served <= demand x open. Prints
the cost found, the published one, their difference, and the CPU seconds of our search and of HiGHS on the direct model,
the least of several runs; ends with code 1 where a cost differs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from orlib import NAMES, SCALE, case, direct, published
from worlds import ask

from didymium.case.tree import path_tree
from didymium.engine.highs import HighsSolve, Options, Outcome
from didymium.engine.search import Search
from didymium.engine.solve import prepare

CLOSE = 1e-7  # share of the published optimum, which has six to ten digits
EXACT = Options(gap=0.0, time_limit=600.0)


@dataclass(frozen=True, slots=True)
class Compared:
    """One instance: the cost found and the published one, and CPU seconds of our search and of the direct model."""

    name: str
    found: float
    published: float
    search: float
    direct: float

    @property
    def differs(self) -> bool:
        """Whether the cost found is not the published one."""
        return abs(self.found - self.published) > CLOSE * self.published


def compared(names: list[str], times: int = 3) -> Iterator[Compared]:
    """Yield every instance, solved both ways `times` times in turn; the least CPU seconds of each."""
    for name in names:
        inputs = ask(case(name)).case
        _, matrix, _ = prepare(inputs, path_tree(inputs, inputs.base.name))
        plain, ours, theirs = direct(name), [], []
        for _ in range(times):
            spent, found = _timed(Search(matrix, EXACT, None, None, None).run)
            ours.append(spent)
            theirs.append(_timed(HighsSolve(plain, EXACT).solve)[0])
        assert found.objective is not None
        yield Compared(name, SCALE * found.objective, published(name), min(ours), min(theirs))


def _timed(solve: Callable[[], Outcome]) -> tuple[float, Outcome]:
    started = time.process_time()
    found = solve()
    return time.process_time() - started, found


def main(names: list[str]) -> int:
    """Compare the instances; return how many differ from the published optimum."""
    titles = ("instance", "found", "published", "difference", "search s", "direct s", "ratio")
    print("{:8} {:>15} {:>15} {:>11} {:>9} {:>9} {:>6}".format(*titles), flush=True)
    differ = 0
    for one in compared(names):
        differ += one.differs
        print(
            f"{one.name:8} {one.found:15,.3f} {one.published:15,.3f} {one.found / one.published - 1:11.1e}"
            f" {one.search:9.3f} {one.direct:9.3f} {one.search / one.direct:6.2f}",
            flush=True,
        )
    print(f"{len(names) - differ} of {len(names)} cost what is published")
    return differ


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:] or list(NAMES)) else 0)

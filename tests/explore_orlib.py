"""All twelve warehouse locations of OR-Library, solved to a gap of 0, against the published optima.

    python tests/explore_orlib.py [NAME...]

Prints the cost found, the published one, their difference and the seconds; ends with code 1 where one differs.
"""

from __future__ import annotations

import sys
import time

from orlib import NAMES, SCALE, case, published
from worlds import solve

CLOSE = 1e-7  # share of the published optimum, which has six to ten digits


def main(names: list[str]) -> int:
    """Solve the instances; return how many differ from the published optimum."""
    print(f"{'instance':8} {'found':>15} {'published':>15} {'difference':>11} {'seconds':>8}", flush=True)
    differ = 0
    for name in names:
        started = time.perf_counter()
        found, known = SCALE * solve(case(name)).cost, published(name)
        differ += abs(found - known) > CLOSE * known
        seconds = time.perf_counter() - started
        print(f"{name:8} {found:15,.3f} {known:15,.3f} {found / known - 1:11.1e} {seconds:8.1f}", flush=True)
    print(f"{len(names) - differ} of {len(names)} cost what is published")
    return differ


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:] or list(NAMES)) else 0)

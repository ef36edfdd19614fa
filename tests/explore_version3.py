"""Hold the package's optimum against the second model on random cases of version 3, for as long as one likes.

    python tests/explore_version3.py --seconds 600 --seed 1

Every case is solved for each scenario's own path and for the whole tree.
A case that differs is made as small as it can be while it still differs, and printed with the command that makes it
again.
"""

from __future__ import annotations

import argparse
import copy
import math
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from random_cases import Table, write_case
from random_version3 import version_3_case
from reference import optimum, tree_optimum

import didymium

Case = dict[str, Table]
TREE = "the tree"
CLOSE = 1e-6
SHRINK_SECONDS = 240


def explore(seconds: float, seed: int, shrink: bool = True) -> Counter[str]:
    """Return how many solves agreed, had no plan, or differed;
    prints the seed of every case that differs, and its smallest form.
    """
    counts: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        case = version_3_case(seed)
        for scenario in scenarios(case):
            difference = compare(case, scenario, counts)
            if difference:
                print(
                    f"\nseed {seed}, {scenario}: {difference}\n  again: python tests/explore_version3.py --seconds"
                    f" 0.001 --seed {seed}",
                    flush=True,
                )
                if shrink:
                    print(shown(smallest(case, scenario)), flush=True)
                break
        counts["cases"] += 1
        seed += 1
    print(f"{dict(counts)}; next seed {seed}", flush=True)
    return counts


def scenarios(case: Case) -> list[str]:
    """Return the names of every path of a case, and the tree."""
    names = [str(row["scenario"]) for row in case.get("scenarios", [])]
    return [*(names or ["base"]), *([TREE] if len(names) > 1 else [])]


def compare(case: Case, scenario: str, counts: Counter[str] | None = None) -> str:
    """Return how the two models differ on one path or the tree; empty where they agree."""
    counts = Counter() if counts is None else counts
    with tempfile.TemporaryDirectory() as folder:
        package = packages(write_case(case, Path(folder) / "case"), scenario)
    expected = tree_optimum(case) if scenario == TREE else optimum(case, scenario)
    if isinstance(package, str):
        outcome = package
    elif (expected is None) != (package is None):
        outcome = f"package {package}, second model {expected}"
    elif expected is None or package is None or math.isclose(package, expected, rel_tol=CLOSE, abs_tol=CLOSE):
        outcome = ""
    else:
        outcome = f"package {package:.9g}, second model {expected:.9g}"
    counts["differ" if outcome else "no plan" if expected is None else "agree"] += 1
    return outcome


def packages(folder: Path, scenario: str) -> float | str | None:
    """Return the package's optimum, None where it finds no plan, or the text of what it raised."""
    try:
        inputs = didymium.read(folder)
        if scenario == TREE:
            return float(str(didymium.solve(inputs, stochastic=True).summary["objective_musd"]))
        return didymium.solve(inputs, scenario).cost
    except didymium.NoPlan:
        return None
    except Exception as error:  # noqa: BLE001 - whatever it raises is what is looked for
        return f"{type(error).__name__}: {error}"


def smallest(case: Case, scenario: str) -> Case:
    """Return a case that differs as well and of which nothing more can be left out, or what SHRINK_SECONDS have
    found."""
    is_text = "package" not in compare(case, scenario)

    def still_differs(smaller: Case) -> bool:
        try:
            difference = compare(smaller, scenario)
        except Exception:  # noqa: BLE001 - a case without sense is no smaller case
            return False
        return bool(difference) and "BadWorkbook" not in difference and ("package" not in difference) == is_text

    end, tried, found = time.monotonic() + SHRINK_SECONDS, 0, True
    while found and time.monotonic() < end:
        found, at = False, tried
        for k, smaller in enumerate(simpler(case)):
            if time.monotonic() > end:
                break
            if k >= at and still_differs(smaller):
                case, tried, found = smaller, k, True
                break
        if not found and at:
            tried, found = 0, True
    return case


def simpler(case: Case) -> Iterator[Case]:
    """Cases with one thing less: a table, rows of one, a cell."""
    for name in case:
        if name not in ("settings", "regions"):
            yield (
                {k: rows for k, rows in case.items() if k != name}
                if name not in NEEDED
                else {**case, name: case[name][:1]}
            )
    for name, rows in case.items():
        for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :]) if len(rows) > 5 and name not in NEEDED else ():
            yield {**case, name: half}
        for k in range(len(rows)):
            yield _without_row(case, name, k)
    yield from _with_less_in_cells(case)


NEEDED = (
    "settings",
    "regions",
    "elements",
    "commodities",
    "recipes",
    "recoveries",
    "assays",
    "segments",
    "projects",
    "demand",
    "imports",
    "routes",
)


def _without_row(case: Case, name: str, k: int) -> Case:
    """A case without a row and what hangs on it: both rows of an offer, a mine's assay."""
    row = case[name][k]
    smaller = {**case, name: case[name][:k] + case[name][k + 1 :]}
    if name == "imports":
        smaller[name] = [r for r in case[name] if r["offer"] != row["offer"]]
    if name == "projects":
        smaller["assays"] = [r for r in case["assays"] if r["mine"] != row["project"]]
    return smaller


def _with_less_in_cells(case: Case) -> Iterator[Case]:
    """Cases with one cell blank, or a year's cell as the one before."""
    for name, rows in case.items():
        for k, row in enumerate(rows):
            for column, value in row.items():
                if value not in ("", "*"):
                    smaller = copy.deepcopy(case)
                    smaller[name][k][column] = ""
                    yield smaller


def shown(case: Case) -> str:
    """Return a case as text, its blank cells left out."""
    lines = []
    for name, rows in case.items():
        lines += [f"  {name}: " + ", ".join(f"{k}={v}" for k, v in row.items() if v not in ("", "*")) for row in rows]
    return "\n".join(lines)


def effects(case: Case, switches: dict[str, Callable[[Case], Case]]) -> Iterator[tuple[str, bool]]:
    """Yield each feature that a case has, and whether its optimum changes without it:
    a case that does not feel it proves nothing of it.
    """
    path = scenarios(case)[-1]
    path = scenarios(case)[-2] if path == TREE else path
    before = optimum(case, path)
    for name, switch in switches.items():
        without = switch(copy.deepcopy(case))
        if without != case:
            after = optimum(without, path)
            yield (
                name,
                str(before) != str(after) and not (before and after and math.isclose(before, after, rel_tol=CLOSE)),
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-shrink", action="store_true")
    options = parser.parse_args()
    explore(options.seconds, options.seed, not options.no_shrink)

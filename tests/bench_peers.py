"""`make bench`: Didymium beside its peers, on the same cases, in one run: every round runs every one of them in turn.

The searches: ours, HiGHS as it comes, SCIP as it comes. The modelling: ours, linopy, PyOptInterface. Saves what was
measured as JSON; with --keep as docs/bench.json, of which `make docs` makes docs/bench.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
KEPT = HERE.parent / "docs" / "bench.json"
SAVED = HERE.parent / "outputs" / "bench.json"
Run = dict[str, object]
# case: who searches it, gap %, limit of the search in CPU s, rounds (each with another seed)
EACH = ("didymium", "highs", "scip")
SEARCHES: dict[str, tuple[tuple[str, ...], float, float, int]] = {
    "default": (EACH, 0.5, 600, 5),
    "allied_plus": (EACH, 0.5, 600, 3),
    "tree": (EACH, 2.0, 400, 1),
    "2x": (EACH, 1.0, 200, 1),
    "5x": (EACH, 1.0, 300, 1),
    "10x": (EACH, 2.0, 400, 1),
}
BUILDS = ("build-didymium", "build-linopy", "build-pyoptinterface")
BUILT = ("default", "tree", "2x", "5x", "10x")


def once(who: str, case: str, *options: object) -> Run:
    """One run in a process of its own."""
    command = [sys.executable, str(HERE / "bench_one.py"), who, case, *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"who": who, "case": case, "failed": done.stderr.strip().splitlines()[-1:]}
    found: Run = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(cases: list[str], rounds: int | None, only: list[str]) -> Iterator[Run]:
    """Every run of the bench, in rounds; `only` some of the searches, if any are named."""
    for case in cases:
        who, gap, limit, usual = SEARCHES[case]
        for seed in range(rounds or usual):
            for one in (w for w in who if not only or w in only):
                yield once(one, case, "--gap", gap, "--limit", limit, "--seed", seed)
        for one in BUILDS if case in BUILT else ():
            yield once(one, case)


def _line(run: Run) -> str:
    if "failed" in run:
        return f"{run['case']}, {run['who']}: failed, {run['failed']}"
    if "build_cpu_s" in run:
        return f"{run['case']}, {run['who']}: {run['build_cpu_s']:.2f} CPU s"
    gap = "no plan" if run["gap_percent"] is None else f"gap {run['gap_percent']:.2f} %"
    return f"{run['case']}, {run['who']}, seed {run['seed']}: {gap}, {run['cpu_s']:.1f} CPU s, {run['wall_s']:.1f} s"


def main() -> int:
    """Measure, save, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", nargs="+", choices=list(SEARCHES), default=list(SEARCHES))
    parser.add_argument("--rounds", type=int, help="rounds of every case (default: each its own number)")
    parser.add_argument(
        "--who", nargs="+", choices=["didymium", "highs", "scip"], default=[], help="only these searches"
    )
    parser.add_argument("--keep", action="store_true", help="save as docs/bench.json, the page's figures")
    wanted = parser.parse_args()
    packages = ("didymium", "highspy", "pyomo", "PySCIPOpt", "linopy", "pyoptinterface", "numpy")
    facts = {
        "date": date.today().isoformat(),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }
    path = KEPT if wanted.keep else SAVED
    path.parent.mkdir(exist_ok=True)
    runs: list[Run] = []
    for run in measured(wanted.cases, wanted.rounds, wanted.who):
        runs.append(run)
        print(_line(run), flush=True)
        path.write_text(json.dumps({**facts, "runs": runs}, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

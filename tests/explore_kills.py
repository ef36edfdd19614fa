"""Kill solves at random instants after their first plan, and hold what `didymium resume` makes of each against what was
kept: never worse, neither its cost nor its bound.

    python tests/explore_kills.py N SEED [FIRST]

Half are paths, half trees, as one model or branch by branch; each is killed up to three times, parent and child or the
child alone, before it may end. Prints the counts after each case, and each failure; FIRST is the number of the first
case (0), so that many can be run in pieces.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from kill_cases import hard_path, hard_tree
from worlds import write

NEAR = 1e-6  # of a cost: the tolerance with which a plan is operated again
START = 120.0  # s to wait for a first plan


@dataclass
class Kept:
    """The best that any killed run of a case had kept."""

    cost: float = float("inf")
    bound: float = float("-inf")
    kills: int = field(default=0)

    def look(self, out: Path) -> None:
        """Take what is kept for a folder now."""
        for path in out.with_name(f".{out.name}.kept").glob("*/plan.json"):
            try:
                found = json.loads(path.read_text())
            except (OSError, ValueError):
                continue
            self.cost = min(self.cost, found["cost_musd"])
            self.bound = max(self.bound, found["bound_musd"] if found["bound_musd"] is not None else self.bound)


def begin(words: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "didymium", *words, "--quiet"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def child_of(pid: int) -> int | None:
    """The child of a process, where it has one (Linux)."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    return int(found[0]) if found else None


def killed(words: list[str], out: Path, kept: Kept, rng: random.Random, alone: bool) -> int | None:
    """Run until a plan is kept and a random while longer, kill; return the exit code where the run ended by itself."""
    process = begin(words)
    until = time.monotonic() + START
    while process.poll() is None and time.monotonic() < until:
        if list(out.with_name(f".{out.name}.kept").glob("*/plan.json")):
            break
        time.sleep(0.02)
    time.sleep(rng.uniform(0, 1.5))
    child = child_of(process.pid)
    if process.poll() is not None:
        return process.returncode
    victim = child if alone and child is not None else process.pid
    kept.kills += 1
    os.kill(victim, signal.SIGKILL)
    code = process.wait(timeout=300)
    time.sleep(0.3)
    kept.look(out)
    return code if alone else None


def one(k: int, rng: random.Random, folder: Path) -> str:
    """One case, killed and resumed; returns what was wrong with it, or ''."""
    tree = k % 2 == 1
    case = write(hard_tree(rng.randrange(1000)) if tree else hard_path(rng.randrange(1000)), folder / f"case{k}")
    out, kept = folder / f"out{k}", Kept()
    route = rng.choice(["whole", "branches"]) if tree else "auto"
    more = ["--stochastic", "--route", route] if tree else []
    words = ["solve", str(case), "--out", str(out), "--time-limit", "20", *more]
    code = None
    for _ in range(rng.randint(1, 3)):
        code = killed(words, out, kept, rng, alone=rng.random() < 0.3)
        words = ["resume", str(out)]
        if code == 0:
            break
    if code != 0:
        last = ["resume", str(out), "--time-limit", "20"]
        code = begin(last).wait(timeout=300)
    if code not in (0, 4):
        return f"exit code {code}"
    summary = json.loads((out / "summary.json").read_text())
    if summary["objective_musd"] > kept.cost + NEAR * abs(kept.cost):
        return f"cost {summary['objective_musd']} is above what was kept, {kept.cost}"
    bound = summary["bound_musd"]
    if kept.bound > float("-inf") and (bound is None or bound < kept.bound - NEAR * abs(kept.bound)):
        return f"bound {bound} is below what was kept, {kept.bound}"
    counts[f"{'tree, ' + route if tree else 'path'}, {summary['status']}"] += 1
    counts["kills"] += kept.kills
    return ""


counts: Counter[str] = Counter()


def main() -> int:
    number, seed, first = int(sys.argv[1]), int(sys.argv[2]), int((sys.argv[3:] or ["0"])[0])
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for k in range(first, first + number):
            found = one(k, random.Random(f"{seed} {k}"), Path(folder))
            if found:
                wrong += 1
                print(f"case {k} of seed {seed}: {found}", flush=True)
            so_far = "; ".join(f"{count} {what}" for what, count in sorted(counts.items()))
            print(f"cases {first} to {k}: {wrong} resumed to less than was kept; {so_far}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""Explore with fresh seeds for so many seconds: random trees, random cases against the reference model, slips and
factors in the default case, edits of a result, and every property test.

    python tests/fuzz.py SECONDS [SEED]

Each round has a seed of its own, printed before it begins; what fails is printed with the one command that shows it
again. Ends with code 1 where anything failed.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
EXPLORERS = {  # what is tried in a round, and how many of it: some ten seconds each
    "explore_trees.py": 10,
    "explore_cases.py": 2,
    "mutations.py": 120,
    "explore_magnitudes.py": 100,
    "edits.py": 20,
    "explore_repairs.py": 2,
}
TESTS = 4  # property tests in a round, drawn by lot


def main(seconds: float, seed: int) -> int:
    """Rounds until the time is up; returns how many commands failed."""
    end = time.monotonic() + seconds
    failed: list[str] = []
    done = 0
    print(f"fuzz for {seconds:g} s; the same again: python tests/fuzz.py {seconds:g} {seed}", flush=True)
    rng = random.Random(seed)
    while time.monotonic() < end:
        for command in round_of(rng):
            if time.monotonic() >= end:
                break
            done += 1
            if not passes(command, end):
                failed.append(" ".join(command))
    print(f"\n{done} parts in {seconds - (end - time.monotonic()):.0f} s, {len(failed)} failed")
    for command in failed:
        print(f"again: {command}")
    return len(failed)


def round_of(rng: random.Random) -> list[list[str]]:
    """The commands of one round, each of which can be run again as it stands."""
    seed = rng.randrange(1_000, 10**9)
    explorers = [[sys.executable, f"tests/{name}", str(seed), str(count)] for name, count in EXPLORERS.items()]
    found = [*explorers, *([*tests(seed), path] for path in rng.sample(property_tests(), TESTS))]
    rng.shuffle(found)  # so that a short time reaches each of them some day
    return found


def tests(seed: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "--hypothesis-profile=fuzz",
        f"--hypothesis-seed={seed}",
        "-p",
        "no:cacheprovider",
    ]


def property_tests() -> list[str]:
    """Every property test, by file and name."""
    found = []
    for path in sorted(HERE.glob("test_*.py")):
        for block in re.findall(
            r"^@given\(.*?^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ):
            found.append(f"tests/{path.name}::{block}")
    return found


def passes(command: list[str], end: float) -> bool:
    """Run one part; what the time cuts short has not failed."""
    print(f"\n$ {' '.join(command[1:])}", flush=True)
    child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        # 5: the test was skipped or is not there
        return child.wait(timeout=max(1.0, end - time.monotonic())) in (0, 5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        print("(time is up)")
        return True


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120.0
    sys.exit(
        1 if main(seconds, int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10**6)) else 0
    )

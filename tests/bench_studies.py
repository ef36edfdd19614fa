"""`make bench`: the studies of the default case, in processor time of cold solves of the same run. Each is a whole
command, files included."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

INPUT = Path(__file__).parents[1] / "inputs" / "allied.xlsx"
SOLVES = 3  # of other seeds; their median is one cold solve
# What is measured, its options, and how many cold solves it may take
STUDIES = (
    ("frontier of ten steps", ("frontier",), 4.0),
    ("alternatives: every candidate classed or open", ("alternatives", "--plans", "0"), 12.0),
    ("alternatives with eight unlike plans", ("alternatives", "--plans", "8"), 12.0 + 8.0),
    ("sensitivity of ten inputs", ("sensitivity", "--inputs", "10"), 8.0),
)


def cpu_seconds(*arguments: str) -> float:
    """The processor time of a command and the processes it starts, s."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "didymium", *arguments, "--quiet"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Print a line per study; returns how many bars were missed."""
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        solves = [
            cpu_seconds("solve", str(INPUT), "--seed", str(seed), "--out", str(at / f"solve_{seed}"))
            for seed in range(SOLVES)
        ]
        cold = statistics.median(solves)
        print(f"cold solve: {cold:.1f} CPU s ({min(solves):.1f} to {max(solves):.1f})", flush=True)
        for k, (name, (command, *options), bar) in enumerate(STUDIES):
            spent = cpu_seconds(command, str(INPUT), *options, "--out", str(at / f"study_{k}"))
            missed += spent > bar * cold
            verdict = "met" if spent <= bar * cold else "MISSED"
            print(f"{name}: {spent:.0f} CPU s, {spent / cold:.1f} cold solves (bar {bar:g}) {verdict}", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())

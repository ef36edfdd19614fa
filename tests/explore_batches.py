"""A large batch with broken cases, and how much two processes gain: `python tests/explore_batches.py [CASES] [SPEED]`.

CASES (200) tiny cases, a tenth of them broken: without a plan, unreadable, a process that dies each time, a fault of
ours, a full disk; of one sound case the process is killed once. Every sound one must be right, every broken one have
its reason, none be solved twice, and a second call solve nothing. Then SPEED (12) cases, one process against two.
Prints what it measured, and the load of the machine; ends with code 1 where something is not as it must be.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from test_algebra import tiny
from test_batch import faulty
from test_command import out_of_reach
from worlds import World, mine, offer, wants, world, write

import didymium
from didymium.cli import main
from didymium.commands import runner

BROKEN = {"bad": "3", "gone": "2", "dies": "5", "fault": "1", "full": "6"}  # and the exit code of each


def explore(folder: Path, count: int) -> bool:
    """Run the batch twice; returns whether all is as it must be."""
    broken = [f"{kind}{k:03}" for k in range(count // 50) for kind in BROKEN]
    names = [f"case{k:03}" for k in range(count - len(broken) - 1)]
    names[len(names) // 2 : len(names) // 2] = [*broken, "once"]
    for name in names:
        if not name.startswith("gone"):
            write(out_of_reach() if name.startswith("bad") else tiny(), folder / name)
    call = ["solve", *(str(folder / name) for name in names), "--out", str(folder / "out"), "--quiet"]
    runner.end_of = faulty
    seconds = [timed([*call, "--workers", "2"])]
    rows = {Path(row["workbook"]).name: row for row in csv.DictReader((folder / "out" / "runs.csv").open())}
    wanted = {name: next((code for kind, code in BROKEN.items() if name.startswith(kind)), "0") for name in names}
    right = sum(rows[name]["exit_code"] == code for name, code in wanted.items())
    reasons = sum(bool(row["reason"]) for row in rows.values())
    once = sorted(Path(str(run["workbook"])).name for run in didymium.runs()) == sorted(names)
    final = [str(folder / name) for name in names if wanted[name] in runner.FINAL]
    seconds.append(timed(["solve", *final, "--out", str(folder / "out"), "--quiet", "--workers", "2"]))
    nothing = len(didymium.runs()) == len(names)
    print(
        f"{count} cases: {right} as they must be, {reasons} reasons, none twice: {once}, {seconds[0]:.0f} s;"
        f" second call {seconds[1]:.1f} s, no solve in it: {nothing}; load {os.getloadavg()[0]:.1f}"
    )
    return right == count and reasons == len(broken) and once and nothing


def larger(k: int, mines: int = 100, years: int = 40) -> World:
    """A case of about 3 s: 100 mines that can be built in any of 40 years, against one offer."""
    made = world(2026, 2025 + years, discount_rate_percent=5)
    for p in range(mines):
        mine(made, f"pit{p}", max_modules=6, module_t_per_year=9 + p, capex_musd_per_module=20 + 3 * p + k)
    wants(made, "oxide", {year: 20 + 7 * (year - 2026) for year in range(2026, 2026 + years)})
    offer(made, "abroad", "oxide", 60, 900_000)
    return made


def speed(folder: Path, count: int) -> None:
    """Measure the same cases on one process and on two, each as a call of its own."""
    names = [str(write(larger(k), folder / f"larger{k:02}")) for k in range(count)]
    spent: list[tuple[float, float]] = []
    for n in (1, 2):
        call = ["solve", *names, "--out", str(folder / f"by{n}"), "--quiet", "--workers", str(n)]
        before, started, load = processor_seconds(), time.monotonic(), os.getloadavg()[0]
        subprocess.run([sys.executable, "-m", "didymium", *call], check=True)
        spent.append((time.monotonic() - started, processor_seconds() - before))
        seconds, processors = spent[-1]
        print(f"{count} cases, {n} at a time: {seconds:.1f} s, {processors:.1f} s of processors; load {load:.1f}")
    print(f"two at a time take {spent[1][0] / spent[0][0]:.2f} of the time of one; {os.cpu_count()} cores")


def processor_seconds() -> float:
    """What the processes that were begun here, and theirs, have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(call: list[str]) -> float:
    """Run a command; returns its seconds."""
    started = time.monotonic()
    main(call)
    return time.monotonic() - started


if __name__ == "__main__":
    cases, speeds = (int(sys.argv[k]) if len(sys.argv) > k else default for k, default in ((1, 200), (2, 12)))
    with tempfile.TemporaryDirectory() as place:
        os.environ["DIDYMIUM_RUNS"] = f"{place}/runs.sqlite"
        good = explore(Path(place), cases)
        speed(Path(place), speeds)
    sys.exit(0 if good else 1)

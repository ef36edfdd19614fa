"""Kill `didymium run` of a study file at random instants, the call itself or one of its processes, and call it again
until it is done: `python tests/explore_studies.py N SEED`.

N studies of four cases in two variants, a tree, and a frontier. Of each, nothing may be lost, solved twice after it was
finished, or mixed with files of another run, and no lock, half-written or kept folder may stay. Prints what was found;
ends with code 1 where something is not as it must be.
"""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from explore_batches import larger
from test_stochastic import hedge
from worlds import write

import didymium

STUDY = """
workbooks = ["small*", "tree"]
[[variants]]
name = "dear_money"
set = [{ sheet = "Settings", row = "discount_rate_percent", column = "value", value = 9 }]
[[jobs]]
command = "solve"
[[jobs]]
command = "solve"
workbooks = ["tree"]
scenarios = ["stochastic"]
[[jobs]]
command = "stress"
workbooks = ["tree"]
variants = ["as_is"]
draws = 5
"""
JOBS = 5 * 2 + 2 + 1


def processes_of(pid: int) -> list[int]:
    """The processes that a process has begun (Linux)."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def killed(call: list[str], rng: random.Random, kills: Counter[str]) -> bool:
    """Run the call and kill it, or one of its processes, after a while; returns whether it was done all the same."""
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(rng.uniform(1, 7))
    if process.poll() is not None:
        return process.returncode == 0
    workers = processes_of(process.pid)
    if workers and rng.random() < 0.3:
        kills["of a process"] += 1
        os.kill(rng.choice(workers), signal.SIGKILL)
        return process.wait(timeout=600) == 0
    kills["of the call"] += 1
    process.kill()
    process.wait()
    return False


def wrong(folder: Path, out: Path) -> list[str]:
    """What is not as it must be when a study is done."""
    with (out / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = [] if len(rows) == JOBS else [f"{len(rows)} rows"]
    found += [f"{row['folder']}: exit code {row['exit_code']}" for row in rows if row["exit_code"] != "0"]
    found += [f"stays: {path.relative_to(folder)}" for path in folder.rglob(".*")]
    for row in rows:
        if row["command"] == "solve" and not didymium.verify(row["folder"]).holds:
            found.append(f"{row['folder']} does not verify")
    finished = Counter(str(run["request_sha256"]) for run in didymium.runs() if run["exit_code"] == 0)
    twice = [run for run, count in finished.items() if count > 1]
    return found + ([f"{len(twice)} solved twice after they were finished"] if twice else [])


def explore(folder: Path, rng: random.Random) -> list[str]:
    """One study; returns what was wrong."""
    os.environ["DIDYMIUM_RUNS"] = str(folder.parent / f"{folder.name}.sqlite")
    for k in range(4):
        write(larger(k, 60, 30), folder / f"small{k}")
    write(hedge(), folder / "tree")
    (folder / "study.toml").write_text(STUDY)
    out = folder / "out"
    call = [sys.executable, "-m", "didymium", "run", str(folder / "study.toml"), "--out", str(out), "--workers", "2"]
    kills: Counter[str] = Counter()
    while kills.total() < 8 and not killed([*call, "--quiet"], rng, kills):
        pass
    done = subprocess.run([*call, "--quiet", "--json"], check=False, capture_output=True, text=True)
    rows = json.loads(done.stdout)
    skipped = sum(row["skipped"] for row in rows)
    print(f"{folder.name}: kills {dict(kills)}; {skipped} of {len(rows)} skipped in the last call", flush=True)
    return ([f"exit code {done.returncode}: {done.stderr}"] if done.returncode else []) + wrong(folder, out)


if __name__ == "__main__":
    number, seed = int(sys.argv[1]), int(sys.argv[2])
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        for k in range(number):
            (there := Path(place) / f"study{k}").mkdir()
            faults += [f"study {k} of seed {seed}: {text}" for text in explore(there, random.Random(f"{seed} {k}"))]
    print("\n".join(faults) or "nothing lost, twice, mixed or left behind")
    sys.exit(1 if faults else 0)

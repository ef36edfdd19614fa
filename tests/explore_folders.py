"""Full disks and simultaneous runs, held against what they may leave in a folder of results.

    python tests/explore_folders.py disk N SEED
    python tests/explore_folders.py pairs N SEED

`disk`: N solves during which no file can become larger than a size, from the smallest that can still hold what a search
keeps to one that is almost enough; each must end with 6 (or 0, where all fits), leave no stray file, and its plan must
be written later without a search. `pairs`: N times two solves of different cases into one folder at once, each in a
process of its own; the files must be of one of them, and whoever did not write must have been told.
"""

from __future__ import annotations

import io
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path

from test_algebra import tiny
from worlds import World, write

import didymium
from didymium.cli import main as didymium_command
from didymium.engine.search import Search

LEAST, MOST = 2_000, 200_000  # bytes of a file: a kept plan is about 1 kB, report.html the largest


def dearer() -> World:
    """Another case, so that mixed files would show."""
    world = tiny()
    world["settings"] = [{**r, "value": 9} if r["setting"] == "discount_rate_percent" else r for r in world["settings"]]
    return world


def full_disk(rng: random.Random, folder: Path) -> str:
    """One solve on a disk that is full for files of a random size; returns how it ended, or what was wrong."""
    case, out, size = write(tiny(), folder / "case"), folder / "out", int(LEAST * (MOST / LEAST) ** rng.random())
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    said = io.StringIO()
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with redirect_stderr(said):
            code = didymium_command(["solve", str(case), "--out", str(out), "--quiet"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    left = {p.name for p in folder.iterdir()}
    if code == 0:
        return "all fitted" if left == {"case", "out"} else f"WRONG at {size} bytes: left {left}"
    if code != 6 or left != {"case", ".out.kept"}:
        return f"WRONG at {size} bytes: exit code {code}, left {left}: {said.getvalue()}"
    searched: list[str] = []
    honest = Search._solve

    def counted(self: Search, matrix: object, name: str, *more: object, **named: object) -> object:
        searched.append(name)
        return honest(self, matrix, name, *more, **named)  # type: ignore[arg-type]

    Search._solve = counted  # type: ignore[assignment, method-assign]
    try:
        code = didymium_command(["resume", str(out), "--quiet"])
    finally:
        Search._solve = honest  # type: ignore[method-assign]
    left = {p.name for p in folder.iterdir()}
    if code or searched or left != {"case", "out"} or not didymium.verify(out).holds:
        return f"WRONG at {size} bytes: resumed with exit code {code}, searched {searched}, left {left}"
    return "exit code 6, nothing stray, written later without a search"


def pair(rng: random.Random, folder: Path) -> str:
    """Two solves into one folder at once; returns how they ended, or what was wrong."""
    out = folder / "out"
    cases = [write(world, folder / name) for name, world in (("one", tiny()), ("two", dearer()))]
    wait = rng.uniform(0, 0.1)
    children = []
    for k, case in enumerate(cases):
        pid = os.fork()
        if pid == 0:
            time.sleep(k * wait)
            said = os.open(folder / f"said{k}", os.O_WRONLY | os.O_CREAT)
            os.dup2(said, 2)
            sys.stderr = os.fdopen(2, "w")
            code = didymium_command(["solve", str(case), "--out", str(out), "--quiet"])
            sys.stderr.flush()
            os._exit(code)
        children.append(pid)
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    said = [(folder / f"said{k}").read_text() for k in range(2)]
    hashes = [didymium.read(case).source.sha256 for case in cases]
    written = json.loads((out / "summary.json").read_text())["input_sha256"]
    told = all("another run" in text for code, text in zip(codes, said, strict=True) if code == 6)
    winner = written in [h for code, h in zip(codes, hashes, strict=True) if code == 0]
    left = {p.name for p in folder.iterdir()} - {"one", "two", "said0", "said1", "out"}
    if sorted(codes) not in ([0, 0], [0, 6]) or not (told and winner and didymium.verify(out).holds) or left:
        return f"WRONG: exit codes {codes}, left {left}, said {said}"
    return "one wrote, the other was told" if 6 in codes else "one after the other"


def main() -> int:
    what, number, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    one: Callable[[random.Random, Path], str] = {"disk": full_disk, "pairs": pair}[what]
    counts: Counter[str] = Counter()
    for k in range(number):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["DIDYMIUM_RUNS"] = f"{folder}.sqlite"
            tempfile.tempdir = folder  # what is kept elsewhere counts as stray, too
            found = one(random.Random(f"{seed} {k}"), Path(folder))
        tempfile.tempdir = None
        Path(f"{folder}.sqlite").unlink(missing_ok=True)
        counts[found] += 1
        if k % 5 == 4 or found.startswith("WRONG"):
            print(f"{k + 1} of {number}: {dict(counts)}", flush=True)
    return 1 if any(found.startswith("WRONG") for found in counts) else 0


if __name__ == "__main__":
    sys.exit(main())

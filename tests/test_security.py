"""SECURITY.md: what it promises that no other test shows, and that every test that it names is there."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

from worlds import hedge, write

from didymium.cli import main

ROOT = Path(__file__).parents[1]
# Read by every Python process on its start, children too: whatever would use a network is written down and refused.
WATCH = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
                 "socket.gethostbyname", "urllib.Request"):
        with open({seen!r}, "a") as file:
            file.write(event + chr(10))
        raise PermissionError(event)

sys.addaudithook(refuse)
"""


def watched(folder: Path, *command: str) -> tuple[int, str]:
    """Run Python with its connections refused; returns its exit code and what it tried."""
    seen = folder / "seen.txt"
    (folder / "sitecustomize.py").write_text(WATCH.format(seen=str(seen)))
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run([sys.executable, *command], env=environment, cwd=folder, capture_output=True, check=False)
    return done.returncode, seen.read_text() if seen.exists() else ""


def test_no_command_opens_a_connection(tmp_path: Path) -> None:
    case = str(write(hedge(), tmp_path / "case"))
    script = (
        "from didymium.cli import main\n"
        f"assert main(['check', {case!r}]) == 0\n"
        f"assert main(['solve', {case!r}, '--each-scenario', '--workers', '2', '--out', 'each']) == 0\n"
        f"assert main(['solve', {case!r}, '--stochastic', '--out', 'tree']) == 0\n"
        "assert main(['stress', 'tree', '--draws', '2', '--regret', '0']) == 0\n"
        "assert main(['verify', 'tree']) == 0\n"
    )
    assert watched(tmp_path, "-c", script) == (0, "")
    connect = "import socket; socket.create_connection(('127.0.0.1', 9))"
    assert watched(tmp_path, "-c", connect) == (1, "socket.getaddrinfo\n")  # so the test above can fail


def test_inputs_stay_as_they_are(tmp_path: Path) -> None:
    case = write(hedge(), tmp_path / "case")

    def content() -> list[tuple[str, str]]:
        return [(p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in sorted(case.iterdir())]

    before = content()
    assert main(["check", str(case), "--mark", str(tmp_path / "marked.xlsx")]) == 0
    assert main(["solve", str(case), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert content() == before


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert len(named) > 25
    gone = [f"{file}::{name}" for file, name in named if f"def {name}(" not in (ROOT / "tests" / file).read_text()]
    assert gone == []

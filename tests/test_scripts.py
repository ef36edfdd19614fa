"""Didymium in plain scripts: Ctrl-C returns the best plan, several processes need no main guard, nothing stays
behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kill_cases import hard_path
from pytest import approx
from worlds import ask, hedge, write

import didymium
from didymium.engine.control import Interrupt
from didymium.interrupts import interruptible


def script(folder: Path, text: str) -> list[str]:
    path = folder / "job.py"
    path.write_text(text)
    return [sys.executable, "-u", str(path)]


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_in_a_script_returns_the_best_plan_and_the_script_goes_on(tmp_path: Path) -> None:
    case = write(hard_path(2), tmp_path / "case")
    text = f"""
import signal, threading
import didymium

def progress(p):
    if p.best is not None and p.bound is not None:
        print("best", flush=True)

plan = didymium.solve(didymium.read({str(case)!r}), gap_percent=0, time_limit=600, on_progress=progress)
print(plan.status, len(plan.investments) > 0, plan.summary["gap_percent"] > 0)
print([thread.name for thread in threading.enumerate()])
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
plan.save({str(tmp_path / "out")!r})
print("done")
"""
    process = subprocess.Popen(script(tmp_path, text), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert any(line == "best\n" for line in process.stdout)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    lines = [line for line in out.splitlines() if line != "best"]
    assert lines == ["interrupted True True", "['MainThread']", "True", "done"]
    assert err == ""
    assert didymium.load(tmp_path / "out").status == "interrupted"


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_the_first_ctrl_c_requests_a_stop_and_the_second_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes with the first counts as the same one, and so does the terminal that is closed then."""
    messages: list[str] = []
    with pytest.raises(KeyboardInterrupt), interruptible(None, messages.append, "the best plan so far") as interrupt:
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupt.requested
        os.kill(os.getpid(), signal.SIGINT)
        monkeypatch.setattr("didymium.interrupts.AGAIN", 0.0)
        os.kill(os.getpid(), signal.SIGINT)
    assert messages == ["stopping; the best plan so far is returned (Ctrl-C once more leaves at once)"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_the_callers_own_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        own = Interrupt()
        with interruptible(own, lambda message: None, "the plan") as interrupt:
            assert interrupt is own
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_several_processes_need_no_main_guard(tmp_path: Path) -> None:
    """The script's own lines run once, its processes have ended when it goes on, and dask is not used, though it may be
    installed."""
    didymium.solve(ask(hedge()), stochastic=True).save(tmp_path / "out")
    text = f"""
import threading
print("begun")
import didymium
stressed = didymium.stress({str(tmp_path / "out")!r}, draws=6, regret=0, workers=2)
import sys
print(len(stressed.draws), [thread.name for thread in threading.enumerate()], "distributed" in sys.modules)
"""
    done = subprocess.run(script(tmp_path, text), capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "begun\n6 ['MainThread'] False\n"


def test_a_job_ends_with_its_parent(tmp_path: Path) -> None:
    """A script that is killed leaves no process behind, which would work on for nobody."""
    (tmp_path / "endless.py").write_text(
        "import os, pathlib, time\n"
        "def work(folder, k):\n"
        "    (pathlib.Path(folder) / f'{k}.pid').write_text(str(os.getpid()))\n"
        "    time.sleep(600)\n"
    )
    text = f"""
from didymium.jobs import WorkerPool
import endless
WorkerPool(workers=2).run(endless.work, [({str(tmp_path)!r}, k) for k in range(2)])
"""
    process = subprocess.Popen(script(tmp_path, text))
    until = time.monotonic() + 60
    while len(pids := [p for p in tmp_path.glob("*.pid") if p.read_text()]) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    assert len(pids) == 2
    process.kill()
    process.wait()
    while any(alive(int(p.read_text())) for p in pids) and time.monotonic() < until + 30:
        time.sleep(0.1)
    assert not [p for p in pids if alive(int(p.read_text()))]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().split(") ")[1][0] != "Z"  # one that nobody has waited for has ended


def test_a_tree_solved_on_two_processes_is_the_same() -> None:
    # as in test_stochastic, on one
    plan = didymium.solve(ask(hedge()), stochastic=True, route="branches", workers=2)
    assert plan.cost == approx(5.15)

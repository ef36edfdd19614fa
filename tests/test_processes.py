"""Processes with jobs: one after the other in one of them, what they report, and none begun that does not fit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from test_algebra import tiny
from test_pools import two_works
from test_stochastic import hedge
from worlds import ask, write

import didymium
from didymium.case.network import Network
from didymium.case.tree import path_tree
from didymium.commands import foretold
from didymium.commands.foretold import Foretold
from didymium.jobs import Listener, WorkerPool
from didymium.processes import report
from didymium.rules import variable_counts


def reporting(k: int) -> int:
    report(f"job {k}")
    return os.getpid()


class Heard:
    """What a listener learns, and a rule of what fits."""

    def __init__(self, fits: bool) -> None:
        self.events: list[tuple[str, int, object]] = []
        self.others: list[int] = []
        self.listener = Listener(
            begun=lambda place: self.events.append(("begun", place, None)),
            heard=lambda place, report: self.events.append(("heard", place, report)),
            fits=self.rule,
        )
        self.answer = fits

    def rule(self, place: int, others: Sequence[int]) -> bool:
        self.others.append(len(others))
        return self.answer


def test_small_jobs_share_a_process_and_report_to_the_one_that_began_them() -> None:
    heard = Heard(fits=False)
    with WorkerPool(workers=2, apart=True) as pool:
        pids = pool.run(reporting, [(k,) for k in range(4)], listener=heard.listener)
    # two workers, but nothing fits beside another job: one at a time, in the order given, all in one process
    assert len(set(pids)) == 1
    assert pids[0] != os.getpid()
    wanted = [event for k in range(4) for event in (("begun", k, None), ("heard", k, f"job {k}"))]
    assert heard.events == wanted
    assert set(heard.others) == {1}  # alone, any fits and none is asked for


def test_a_job_is_begun_where_it_fits_beside_what_the_others_will_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, tree = (write(tiny(), tmp_path / "one"), False), (write(hedge(), tmp_path / "two"), True)
    gone = (tmp_path / "gone", False)
    free: list[float | None] = [500.0]
    monkeypatch.setattr(foretold, "free_memory_mb", lambda: free[0])
    known = Foretold()
    # a process takes 130 MB, and tiny cases hardly more (memory.py); what cannot be read takes as much
    assert (known.need_mb(gone), known.need_mb(small), known.need_mb(tree)) == (130, 130, 130)
    assert known.fits(small, [small, tree])  # 130 <= 500 - 260 = 240
    assert not known.fits(small, [small, tree, gone])  # 130 > 500 - 390 = 110
    free[0] = 100.0  # another program has taken the rest meanwhile
    assert not known.fits(small, [])
    free[0] = None
    assert known.fits(small, [small] * 9)


def test_where_there_is_plenty_nothing_is_worked_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = write(tiny(), tmp_path / "one")
    free = [8000.0]
    asked: list[Path] = []
    monkeypatch.setattr(foretold, "free_memory_mb", lambda: free[0])
    monkeypatch.setattr(foretold, "_need_mb", lambda path, stochastic: asked.append(path) or 236)
    known = Foretold()
    assert known.fits((one, False), [(one, False)])  # 4,000 MB for each of two
    assert not asked
    assert known.fits((one, True), [(one, True)])  # a tree may need more: 236 <= 8000 - 236
    assert asked == [one]
    assert known.fits((one, False), [(one, False)] * 2)  # 2,667 MB for each of three: worked out
    assert asked == [one, one]
    (one / "more.csv").write_bytes(b" " * 3_000_000)
    assert known.fits((one, False), [])  # no ordinary input: known already
    free[0] = 200.0
    assert not known.fits((one, False), [])


def test_the_variables_of_a_model_are_counted_without_building_it() -> None:
    for made in (tiny(), hedge(), two_works()):
        inputs = ask(made)
        counts = variable_counts(Network(inputs.case, path_tree(inputs.case, inputs.case.base.name)))
        assert counts.items() <= didymium.size(inputs).items()


def test_a_process_counts_its_own_memory_not_that_of_the_one_that_began_it() -> None:
    """The parent holds 300 MB more than it needs; a small child with Python and this package alone uses under 200."""
    held = b"x" * 300_000_000
    code = "from didymium.memory import peak_memory_mb; print(peak_memory_mb())"
    own = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert len(held) == 300_000_000
    assert own < 200

"""Independent jobs: in order, on several processes, and when a process dies under one."""

from __future__ import annotations

import csv
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from clusters import local_cluster
from kill_cases import hard_path
from pytest import approx
from quick_jobs import refuse, slow_but_listening, square
from worlds import ask, hedge, write

import didymium
from didymium import jobs
from didymium.cli import main
from didymium.engine.control import Interrupt
from didymium.errors import BadWorkbook, LostJob
from didymium.options import SolveOptions
from didymium.solving import SolveCallbacks
from didymium.value import value


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with local_cluster() as address:
        yield address


@pytest.fixture(params=["own", "dask"])
def pool(request: pytest.FixtureRequest) -> Iterator[jobs.WorkerPool]:
    """Two processes: of our own runner, or of a cluster, which is used only where its address is given."""
    address = request.getfixturevalue("cluster") if request.param == "dask" else None
    with jobs.WorkerPool(workers=2, cluster=address) as workers:
        yield workers


def test_a_job_whose_process_dies_is_begun_anew(pool: jobs.WorkerPool, tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    work = [(1, tmp_path), (2, tmp_path, 1), (3, tmp_path), (4, tmp_path)]
    assert pool.run(square, work, done=lambda k, y: done.append((k, y))) == [1, 4, 9, 16]
    assert sorted(done) == [(0, 1), (1, 4), (2, 9), (3, 16)]
    assert len(list(tmp_path.glob("2.*"))) == 2


def test_a_job_that_always_dies_is_told(tmp_path: Path) -> None:
    with jobs.WorkerPool(workers=2) as workers, pytest.raises(LostJob, match="job 1 died 3 times"):
        workers.run(square, [(5, tmp_path, 99)])


def test_an_error_of_a_job_is_raised_as_it_is(pool: jobs.WorkerPool) -> None:
    with pytest.raises(BadWorkbook, match="Here!A1: 7 is no good"):
        pool.run(refuse, [(7,)])


def test_errors_travel_whole() -> None:
    bad, none = BadWorkbook([didymium.Problem("Here!A1", "no good")]), didymium.NoPlan([{"text": "too much"}])
    none.log = "said"
    there, again = pickle.loads(pickle.dumps(bad)), pickle.loads(pickle.dumps(none))
    assert (there.problems, str(there), again.reasons, again.log) == (
        bad.problems,
        "Here!A1: no good",
        [{"text": "too much"}],
        "said",
    )


def test_a_pool_takes_one_set_of_jobs_after_the_other(pool: jobs.WorkerPool, tmp_path: Path) -> None:
    assert pool.run(square, [(2, tmp_path)]) == [4]
    with pytest.raises(BadWorkbook):
        pool.run(refuse, [(7,), (8,)])
    assert pool.run(square, [(3, tmp_path), (4, tmp_path)]) == [9, 16]


def test_one_worker_works_here(tmp_path: Path) -> None:
    assert jobs.WorkerPool().run(square, [(2, tmp_path), (3, tmp_path)]) == [4, 9]


@pytest.mark.parametrize("where", ["own", "dask"])
def test_scenarios_are_solved_apart_and_come_out_the_same(
    where: str, request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workers = ["--workers", "2"] if where == "own" else ["--cluster", request.getfixturevalue("cluster")]
    folder = str(write(hedge(), tmp_path / "case"))
    assert main(["solve", folder, "--each-scenario", *workers, "--out", str(tmp_path / "each")]) == 0
    told = {
        s: json.loads((tmp_path / "each" / s / "summary.json").read_text())["objective_musd"] for s in ("calm", "storm")
    }
    assert told == {"calm": approx(1), "storm": approx(6)}
    assert "scenario storm: exit code 0" in capsys.readouterr().err


def test_the_value_of_knowing_is_the_same_on_two_processes() -> None:
    asked = ask(hedge())
    told = value(
        asked,
        didymium.solve(asked, stochastic=True),
        SolveOptions().for_solver(asked.case),
        SolveCallbacks(),
        workers=2,
    )
    assert [told[k] for k in ("wait_and_see_musd", "stochastic_musd", "trust_base_musd")] == approx([3.5, 5.15, 5.5])


def test_values_that_are_stopped_by_hand_are_not_known() -> None:
    inputs, interrupt = ask(hedge()), Interrupt()
    plan = didymium.solve(inputs, stochastic=True)
    interrupt.request()
    callbacks = SolveCallbacks(interrupt=interrupt)
    values = value(inputs, plan, SolveOptions().for_solver(inputs.case), callbacks, workers=2)
    assert (values["stochastic_musd"], values["wait_and_see_musd"], values["trust_base_musd"]) == (
        approx(5.15),
        None,
        None,
    )


def test_asked_to_stop_no_other_job_is_begun_and_those_under_way_are_asked_once(tmp_path: Path) -> None:
    with jobs.WorkerPool(workers=2) as pool:
        told = pool.run(
            slow_but_listening, [(tmp_path, k) for k in range(4)], stop=lambda: len(list(tmp_path.glob("*.begun"))) == 2
        )
    assert told == ["0 asked 1 times", "1 asked 1 times", None, None]


def test_ctrl_c_ends_scenarios_on_several_processes_with_their_plans(tmp_path: Path) -> None:
    """Of three scenarios whose search is long, two have a plan when Ctrl-C comes; the third is not begun."""
    hard = hard_path(2)
    hard["scenarios"] = [{"scenario": "calm", "probability_percent": 50}]
    hard["scenarios"] += [{"scenario": s, "probability_percent": 25, "reveal_year": 2028} for s in ("storm", "gale")]
    hard["shocks"] = [{"scenario": s, "kind": "demand", "from_year": 2028, "value": 1.1} for s in ("storm", "gale")]
    case, out = write(hard, tmp_path / "case"), tmp_path / "out"
    command = [sys.executable, "-m", "didymium", "solve", str(case), "--each-scenario", "--workers", "2"]
    command += ["--gap", "0", "--time-limit", "300", "--out", str(out)]
    job = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    until = time.monotonic() + 120
    while len(list(out.glob(".*.kept/*/plan.json"))) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(job.pid, signal.SIGINT)
    _, said = job.communicate(timeout=120)
    assert job.returncode == 5, said
    assert "no other is begun" in said
    rows = {row["scenario"]: row for row in csv.DictReader((out / "runs.csv").open())}
    assert {s: (row["exit_code"], row["status"]) for s, row in rows.items()} == {
        "calm": ("4", "interrupted"), "storm": ("4", "interrupted"), "gale": ("5", ""),
    }  # fmt: skip
    assert rows["gale"]["reason"] == "not begun: stopped by hand"
    assert {p.name for p in out.glob("[!.]*")} == {"calm", "storm", "runs.csv"}


@pytest.mark.parametrize("workers", ["0", "-1", "two"])
def test_a_number_of_workers_that_is_none(workers: str) -> None:
    with pytest.raises(SystemExit):
        main(["solve", "x.xlsx", "--each-scenario", "--workers", workers])

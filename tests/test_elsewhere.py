"""Solves on machines that see none of our files: the case travels, the results come back, a lost worker costs
nothing."""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from clusters import cluster_that_does_not_see
from pytest import approx
from test_algebra import tiny
from test_command import out_of_reach
from worlds import hedge, write

import didymium
from didymium.cli import main
from didymium.commands import runner
from didymium.commands.stopping import stop_by_hand
from didymium.console import ConsoleProgress
from didymium.result_folder import is_complete


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of who asks."""
    return tmp_path_factory.mktemp("client")


@pytest.fixture(scope="module")
def cluster(client: Path) -> Iterator[str]:
    with cluster_that_does_not_see(client, client.with_name("machines")) as address:
        yield address


def looked(folder: Path) -> list[str]:
    """What a worker finds in a folder."""
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def test_workers_without_our_files_give_all_results_back(
    cluster: str, client: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from distributed import Client

    cases = [write(world, client / name) for name, world in (("one", tiny()), ("bad", out_of_reach()))]
    (client / "damaged").mkdir()
    with Client(cluster) as asked:
        asked.wait_for_workers(2, timeout=60)
        assert set(map(tuple, asked.run(looked, client).values())) == {()}
    here, there = ["--out", str(client / "here")], ["--out", str(client / "there"), "--cluster", cluster]
    call = ["solve", *map(str, cases), str(client / "damaged"), str(client / "gone.xlsx"), "--json", "--gap", "0.5"]
    assert main([*call, *here]) == 3
    expected = json.loads(capsys.readouterr().out)
    assert main([*call, *there]) == 3
    said = capsys.readouterr()
    found = json.loads(said.out)
    alike = ("exit_code", "status", "scenario", "reason", "objective_musd", "skipped")
    assert [[row[k] for k in alike] for row in found] == [[row[k] for k in alike] for row in expected]
    assert [row["exit_code"] for row in found] == [0, 3, 2, 2]
    assert "target clean in 2026: 6.0 t a year short" in said.err
    base = client / "there" / "one" / "base"
    assert found[0]["folder"] == str(base)
    for name in ("one", "bad"):
        place = Path(name) / "base"
        assert is_complete(client / "there" / place)
        files = [sorted(p.name for p in (client / way / place).iterdir()) for way in ("there", "here")]
        assert files[0] == files[1]
    assert didymium.verify(base).holds
    manifest = json.loads((base / "manifest.json").read_text())
    assert manifest["solved_on"]["didymium"] == manifest["machine"]["didymium"]
    assert manifest["options"]["gap_percent"] == 0.5
    # and the second call finds them finished
    assert main([*call, *there]) == 3
    assert [row["skipped"] for row in json.loads(capsys.readouterr().out)] == [True] * 4


def test_a_plan_that_flags_name_travels_too(cluster: str, client: Path) -> None:
    case = write(hedge(), client / "hedge")
    out = client / "pinned"
    assert main(["solve", str(case), "--scenario", "calm", "--out", str(client / "calm"), "--quiet"]) == 0
    plan = ["--pin", str(client / "calm"), "--start", str(client / "calm" / "results.xlsx")]
    call = ["solve", str(case), str(client / "gone"), "--scenario", "storm", *plan, "--cluster", cluster]
    assert main([*call, "--out", str(out), "--quiet"]) == 2
    # calm builds nothing and buys 10 t at 0.1; held to that, the storm goes without 10 t at 1
    told = json.loads((out / "hedge" / "storm" / "summary.json").read_text())
    assert told["objective_musd"] == approx(10)


def test_trees_and_stress_need_none_of_our_files(cluster: str, client: Path) -> None:
    case, out = write(hedge(), client / "tree"), client / "tree_out"
    call = ["solve", str(case), "--stochastic", "--route", "branches", "--gap", "20", "--cluster", cluster]
    assert main([*call, "--out", str(out), "--quiet"]) == 0
    assert json.loads((out / "summary.json").read_text())["objective_musd"] == approx(5.15)
    assert main(["stress", str(out), "--draws", "3", "--regret", "0", "--quiet"]) == 0
    here = json.loads((out / "stress" / "stress.json").read_text())
    again = ["--out", str(client / "stress"), "--cluster", cluster, "--quiet"]
    assert main(["stress", str(out), "--draws", "3", "--regret", "0", *again]) == 0
    there = json.loads((client / "stress" / "stress.json").read_text())
    assert there["percentiles"] == here["percentiles"]


def slow(arguments: argparse.Namespace) -> runner.Ending:
    """A solve that waits until it is told to go on, and says first which worker has it."""
    machines = Path(os.environ["HOME"])
    (machines / f"{arguments.workbooks[0].name}.{os.getppid()}").touch()
    while not (machines / "go").exists():
        time.sleep(0.05)
    return runner.end_of(arguments)


def listening(arguments: argparse.Namespace) -> runner.Ending:
    """A solve that goes on until Ctrl-C, and then has a plan."""
    (Path(os.environ["HOME"]) / f"{arguments.workbooks[0].name}.begun").touch()
    with stop_by_hand(ConsoleProgress(quiet=True)) as interrupt:
        while not interrupt.requested:
            time.sleep(0.05)
    return replace(runner.end_of(arguments), code=4)


def test_after_ctrl_c_no_other_is_begun_and_best_plans_come_back(
    cluster: str, client: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runner, "end_of", listening)
    cases = [str(write(tiny(), client / f"long{k}")) for k in range(3)]
    machines = client.with_name("machines")

    def ctrl_c() -> None:
        while len(list(machines.glob("long*.begun"))) < 2:
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=ctrl_c, daemon=True).start()
    assert main(["solve", *cases, "--cluster", cluster, "--out", str(client / "stopped"), "--json"]) == 5
    rows = json.loads(capsys.readouterr().out)
    assert sorted(row["exit_code"] for row in rows) == [4, 4, 5]
    assert sorted(row["reason"] for row in rows) == ["", "", "not begun: stopped by hand"]
    assert len(list((client / "stopped").glob("*/base/results.xlsx"))) == 2


def test_a_worker_killed_in_the_middle_costs_nothing(
    cluster: str, client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "end_of", slow)
    cases = [str(write(tiny(), client / f"case{k}")) for k in range(2)]
    machines, codes = client.with_name("machines"), list[int]()
    call = ["solve", *cases, "--cluster", cluster, "--out", str(client / "killed"), "--quiet"]
    job = threading.Thread(target=lambda: codes.append(main(call)))
    job.start()
    until = time.monotonic() + 60
    while len(begun := list(machines.glob("case*.*"))) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    os.kill(int(begun[0].suffix[1:]), signal.SIGKILL)
    (machines / "go").touch()
    job.join(timeout=120)
    assert codes == [0]
    assert len(list(machines.glob(f"{begun[0].stem}.*"))) == 2  # begun anew by the other worker
    for k in range(2):
        assert is_complete(client / "killed" / f"case{k}" / "base")

"""Many solves in one call: each keeps its own failure, what is finished is passed over, a table says how each ended."""

from __future__ import annotations

import argparse
import csv
import errno
import json
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from jobs_here import jobs_here  # noqa: F401 (a fixture)
from pytest import approx
from test_algebra import tiny
from test_command import out_of_reach
from test_stochastic import hedge
from worlds import write

import didymium
from didymium import processes, supervised
from didymium.cli import main
from didymium.commands import runner, solve
from didymium.commands.runner import Ending, end_of
from didymium.jobs import WorkerPool
from didymium.processes import overran
from didymium.result_folder import generation
from didymium.result_folder.manifest import write_manifest


@pytest.fixture
def three(tmp_path: Path) -> list[str]:
    """Two cases with a plan, and one without, last."""
    return [str(write(w, tmp_path / n)) for n, w in (("one", tiny()), ("two", tiny()), ("bad", out_of_reach()))]


def table(root: Path) -> list[dict[str, str]]:
    with (root / "runs.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("jobs_here")
def test_what_one_case_meets_stays_with_it(
    three: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    damaged = Path(three[0]).parent / "damaged"
    damaged.mkdir()
    assert main(["solve", str(damaged), *three, "--out", str(out), "--json"]) == 3
    said = capsys.readouterr()
    rows = json.loads(said.out)
    assert [(r["exit_code"], r["status"]) for r in rows] == [
        (2, ""),
        (0, "optimal"),
        (0, "optimal"),
        (3, "infeasible"),
    ]
    assert rows[1]["objective_musd"] == approx(rows[2]["objective_musd"])
    assert rows[1]["folder"] == str(out / "one" / "base")
    assert "2 of 4 did not end with a proven plan:" in said.err
    assert rows[0]["reason"] == "damaged: the folder holds no CSV tables (settings.csv, regions.csv, ...)"
    assert rows[3]["reason"] == "target clean in 2026: 6.0 t a year short of what is required"
    assert [(r["workbook"], r["exit_code"]) for r in table(out)] == [(r["workbook"], str(r["exit_code"])) for r in rows]


def begun(since: int) -> list[str]:
    """The workbooks of the solves that the registry has after a number of them, in their order."""
    return [Path(str(r["workbook"])).name for r in didymium.runs()[::-1] if int(str(r["id"])) > since]


@pytest.mark.usefixtures("jobs_here")
def test_what_is_finished_is_passed_over_and_said_so(
    three: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["solve", *three, "--out", str(tmp_path / "out"), "--quiet"]
    assert main(call) == 3
    known = int(str(didymium.runs()[0]["id"]))
    capsys.readouterr()
    assert main([*call, "--json"]) == 3
    assert [(r["skipped"], r["exit_code"]) for r in json.loads(capsys.readouterr().out)] == [
        (True, 0),
        (True, 0),
        (True, 3),
    ]
    assert begun(known) == []
    # a changed result, a changed input, other flags, and --again are reasons to solve
    report = tmp_path / "out" / "one" / "base" / "report.html"
    report.write_text(report.read_text() + " ")
    demand = Path(three[1]) / "demand.csv"
    demand.write_text(demand.read_text() + "\n")
    assert main(call) == 3
    assert begun(known) == ["one", "two"]
    assert main([*call, "--seed", "1"]) == 3
    assert sorted(begun(known)[2:]) == ["bad", "one", "two"]
    assert main([call[0], three[2], three[0], *call[4:], "--seed", "1", "--again"]) == 3
    assert begun(known)[5:] == ["bad", "one"]


def faulty(arguments: argparse.Namespace) -> Ending:
    """A job that meets a fault of ours, dies (`once`: the first time only), finds the disk full, or is stopped with its
    plan, by the name of its workbook; else an honest one."""
    path = arguments.workbooks[0]
    died = path.parent / f"{path.name}.died"
    if path.name.startswith("dies") or (path.name.startswith("once") and not died.exists()):
        died.touch()
        os._exit(9)
    if path.name.startswith("full"):
        generation.write_manifest = _full  # the last of a run's files
    if path.name.startswith("fault"):
        generation.write_manifest = _fault
    honest = solve.solve_case
    if path.name.startswith("halted"):
        solve.solve_case = lambda *given: _halted(honest(*given))
    try:
        return end_of(arguments)
    finally:
        generation.write_manifest, solve.solve_case = write_manifest, honest


def _halted(plan: didymium.Plan) -> didymium.Plan:
    plan.summary["status"] = "interrupted"
    return plan


def _full(*unused: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _fault(*unused: object) -> None:
    raise ZeroDivisionError("by us")


def test_of_twenty_cases_every_broken_one_has_its_reason_and_no_other_one_suffers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fourteen sound cases, the process of one of them killed once; two without a plan, one that cannot be read, one
    whose process dies each time, one that meets a fault of ours as its results are written, one to which the disk is
    full."""
    good = [write(tiny(), tmp_path / name) for name in ("once", *(f"case{k:02}" for k in range(13)))]
    broken = [write(out_of_reach(), tmp_path / name) for name in ("bad1", "bad2")]
    broken += [write(tiny(), tmp_path / name) for name in ("dies", "fault", "full")] + [tmp_path / "gone"]
    cases = [str(path) for path in [*good[:7], *broken, *good[7:]]]
    known = len(didymium.runs())
    monkeypatch.setattr(runner, "end_of", faulty)
    monkeypatch.setattr(processes, "TRIES", 2)
    call = ["solve", *cases, "--out", str(tmp_path / "out"), "--workers", "2", "--quiet"]
    assert main(call) == 6
    rows = {Path(r["workbook"]).name: r for r in table(tmp_path / "out")}
    assert len(rows) == 20
    reasons = {name: (r["exit_code"], r["reason"]) for name, r in rows.items() if r["exit_code"] != "0"}
    short = ("3", "target clean in 2026: 6.0 t a year short of what is required")
    assert reasons.pop("bad1") == reasons.pop("bad2") == short
    assert reasons.pop("fault") == ("1", "a fault of ours: ZeroDivisionError: by us")
    lost, full, gone = reasons.pop("dies"), reasons.pop("full"), reasons.pop("gone")
    assert (lost[0], "died 2 times" in lost[1]) == ("5", True)
    assert (full[0], "No space left on device" in full[1]) == ("6", True)
    assert (gone[0], "there is no file or folder" in gone[1]) == ("2", True)
    assert reasons == {}
    costs = {float(r["objective_musd"]) for r in rows.values() if r["exit_code"] == "0"}
    assert len(rows) - 6 == 14
    assert max(costs) == approx(min(costs))
    assert all((tmp_path / "out" / path.name / "base" / "results.xlsx").exists() for path in good)
    assert sorted(begun(known)) == sorted(Path(case).name for case in cases)  # none of them twice
    assert [path.name for path in (tmp_path / "out" / "full").glob("*")] == [".base.kept"]  # to be written by `resume`
    # what can still change is tried again, now without faults, and nothing else is
    monkeypatch.undo()
    monkeypatch.setattr(runner, "WorkerPool", lambda *unused, **also: WorkerPool())
    assert main(call) == 3
    assert sorted(begun(known + 20)) == ["dies", "fault", "full"]
    assert "by us" in capsys.readouterr().err


@pytest.mark.usefixtures("jobs_here")
def test_what_is_resumed_is_finished_for_its_batch_too(
    three: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a job that was stopped with its plan and one that found the disk full, runs.csv tells what `didymium resume`
    made of them, and the next call passes them over."""
    halted, full = (str(write(tiny(), tmp_path / name)) for name in ("halted", "full"))
    out = tmp_path / "out"
    call = ["solve", three[0], halted, full, "--out", str(out), "--quiet"]
    with monkeypatch.context() as patch:
        patch.setattr(runner, "end_of", faulty)
        assert main(call) == 6
    assert [(row["exit_code"], row["status"]) for row in table(out)] == [
        ("0", "optimal"),
        ("4", "interrupted"),
        ("6", ""),
    ]
    for name in ("halted", "full"):
        assert main(["resume", str(out / name / "base"), "--quiet"]) == 0
    rows = table(out)
    assert [(row["exit_code"], row["status"], row["reason"]) for row in rows] == [("0", "optimal", "")] * 3
    assert [row["folder"] for row in rows] == [str(out / Path(case).name / "base") for case in (three[0], halted, full)]
    assert len({row["objective_musd"] for row in rows}) == 1
    known = len(didymium.runs())
    assert main(call) == 0
    assert len(didymium.runs()) == known


@pytest.mark.usefixtures("jobs_here")
def test_a_call_that_is_killed_loses_none_of_the_jobs_that_had_ended(
    three: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(arguments: argparse.Namespace) -> Ending:
        if arguments.workbooks[0].name == "bad":
            raise KeyboardInterrupt  # nothing of the call is done after that, as after kill -9
        return end_of(arguments)

    call = ["solve", *three, "--out", str(tmp_path / "out"), "--quiet"]
    with monkeypatch.context() as patch:
        patch.setattr(runner, "end_of", dying)
        assert main(call) == 5
    assert [(row["exit_code"], row["status"]) for row in table(tmp_path / "out")] == [("0", "optimal")] * 2
    known = int(str(didymium.runs()[0]["id"]))
    assert main(call) == 3
    assert begun(known) == ["bad"]


def hanging(arguments: argparse.Namespace) -> Ending:
    """A job whose solver hangs, and does not hear: `stuck` with a plan that was kept, `lost` without one."""
    name, honest = arguments.workbooks[0].name, solve.solve_case

    def stuck(*given: Any) -> didymium.Plan:
        if overran() or name == "fine":
            return honest(*given)
        if name == "stuck":
            honest(*given)
        supervised.OVER, supervised.SPARE, supervised.FAIR = 0.0, 0.0, 0.2
        given[-1].on_status("and never ends")
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        time.sleep(300)
        raise AssertionError("it was not ended")

    solve.solve_case = stuck
    try:
        return runner.end_of(arguments)
    finally:
        solve.solve_case = honest


def test_a_job_that_ignores_its_limit_is_ended_and_costs_no_other_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [str(write(tiny(), tmp_path / name)) for name in ("stuck", "lost", "fine")]
    monkeypatch.setattr(runner, "end_of", hanging)
    out = tmp_path / "out"
    assert main(["solve", *cases, "--out", str(out), "--workers", "2", "--quiet", "--time-limit", "60"]) == 5
    ended = "the solver did not keep its time limit of 60 s and was ended"
    rows = [(row["exit_code"], re.sub(r" after \d+ s", "", row["reason"])) for row in table(out)]
    assert rows == [
        ("0", ended),  # the plan that was kept, which was proven
        ("5", f"{ended}; no plan had been found, and nothing was written"),
        ("0", ""),
    ]
    assert didymium.verify(out / "stuck" / "base").holds
    run = openpyxl.load_workbook(out / "stuck" / "base" / "results.xlsx", read_only=True)["Run"]
    assert f"this is the best plan that was kept: {ended}" in str([*run.values])


@pytest.mark.usefixtures("jobs_here")
def test_scenarios_of_a_workbook_that_is_gone_and_of_one_that_is_there(tmp_path: Path) -> None:
    case = write(hedge(), tmp_path / "case")
    call = ["solve", str(tmp_path / "gone"), str(case), "--each-scenario", "--out", str(tmp_path / "out"), "--quiet"]
    assert main(call) == 2
    assert [(r["scenario"], r["exit_code"]) for r in table(tmp_path / "out")] == [
        ("", "2"),
        ("calm", "0"),
        ("storm", "0"),
    ]
    assert (tmp_path / "out" / "case" / "storm" / "results.xlsx").exists()

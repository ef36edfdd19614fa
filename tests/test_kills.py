"""What a solve finds is not lost: kept as it comes, gone on from, finished when its process dies, written when it can
be."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest
from kill_cases import hard_path, hard_tree
from pytest import approx
from test_algebra import tiny
from worlds import hedge, write

import didymium
from didymium import Interrupt, SolveOptions, registry
from didymium.arguments import command_line, parser
from didymium.cli import main
from didymium.engine.control import Progress
from didymium.engine.kept_plan import kept_plan
from didymium.engine.search import Search
from didymium.excel import files
from didymium.result_folder import kept_of, kept_run
from didymium.solving import SolveCallbacks, kept_for, solve_case

PROVEN = ("optimal", "gap_reached")
NEAR = 1e-6  # of a cost: a plan that is operated again


@pytest.mark.parametrize("route", ["path", "whole", "branches"])
def test_a_stopped_search_is_gone_on_from(route: str, tmp_path: Path) -> None:
    """Stopped at its first plan, kept, and gone on from: the second run is no worse, in cost or in bound."""
    tree = route != "path"
    world = hard_tree(1, 8) if tree else hard_path(1, 12, 2028)
    inputs = didymium.read(write(world, tmp_path / "case"))
    options = SolveOptions(
        time_limit=60, gap_percent=1 if route == "branches" else 0.01, route=route if tree else "auto"
    )
    kept = kept_for(inputs, None, tree, tmp_path / "out")
    stop = Interrupt()

    def stop_with_a_plan(progress: Progress) -> None:
        if progress.best is not None and route != "branches":  # these have a plan only when all branches have
            stop.request()

    first = solve_case(inputs, None, tree, None, options, SolveCallbacks(None, stop_with_a_plan, stop, kept))
    known = kept_plan(kept)
    assert known is not None
    assert known.cost <= first.cost * (1 + NEAR)
    assert set(known.start.decisions) == (set(inputs.case.likely) if tree else {"base"})
    said: list[str] = []
    again = solve_case(inputs, None, tree, None, options, SolveCallbacks(said.append, None, None, kept))
    assert any(words.startswith("going on from the plan of ") for words in said)
    assert again.status in PROVEN
    assert again.cost <= known.cost * (1 + NEAR)
    bound = again.summary["bound_musd"]
    assert isinstance(bound, float)
    assert known.start.bound is None or bound >= known.start.bound * (1 - NEAR)
    # a third run finds the answer proven, and searches nothing
    third = solve_case(inputs, None, tree, None, options, SolveCallbacks(None, None, None, kept))
    assert third.status in PROVEN
    assert third.cost == approx(again.cost)


def test_other_inputs_and_another_scenario_do_not_see_what_is_kept(tmp_path: Path) -> None:
    inputs = didymium.read(write(hedge(), tmp_path / "case"))
    other = inputs.with_cell("settings", "discount_rate_percent", "value", 3)
    folders = [kept_for(inputs, None, False, tmp_path), kept_for(inputs, "calm", False, tmp_path)]
    folders += [kept_for(inputs, "storm", False, tmp_path), kept_for(inputs, None, True, tmp_path)]
    folders += [kept_for(other, None, False, tmp_path)]
    assert len({kept.where for kept in folders}) == 4  # calm is the base


def test_a_command_line_is_parsed_to_itself() -> None:
    words = ["solve", "a b.xlsx", "--gap", "0.5", "--force", "x@2030", "--force", "y", "--value", "--stochastic"]
    words += ["--out", "-odd-"[1:], "--threads", "2"]
    arguments = parser().parse_args(words)
    assert command_line(arguments) == [
        "solve", "a b.xlsx", "--stochastic", "--value", "--out=odd-", "--gap=0.5", "--threads=2", "--force=x@2030",
        "--force=y",
    ]  # fmt: skip
    assert parser().parse_args(command_line(arguments)) == arguments
    study = parser().parse_args(["frontier", "c.xlsx", "--target", "a", "b", "--steps", "5"])
    assert parser().parse_args(command_line(study)) == study


def test_a_proven_plan_leaves_nothing_behind_and_there_is_nothing_to_resume(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case, out = write(tiny(), tmp_path / "case"), tmp_path / "out"
    assert main(["solve", str(case), "--out", str(out), "--quiet"]) == 0
    assert not kept_of(out).exists()
    assert main(["resume", str(out)]) == 0
    assert "its plan is proven (optimal); there is nothing to go on with" in capsys.readouterr().out
    assert main(["resume", str(tmp_path / "nowhere")]) == 2
    assert "no run into it has kept anything" in capsys.readouterr().out


@pytest.fixture
def died(tmp_path: Path) -> tuple[Path, Path]:
    """A run whose solver's process was killed with a plan; the parent had it finished and written."""
    case, out = write(hard_path(2), tmp_path / "case"), tmp_path / "out"
    command = [sys.executable, "-m", "didymium", "solve", str(case), "--out", str(out), "--time-limit", "300"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 120
    while not list(kept_of(out).glob("*/plan.json")) and time.monotonic() < until:
        time.sleep(0.02)
    child = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
    os.kill(child, signal.SIGKILL)
    said, told = process.communicate(timeout=120)
    assert process.returncode == 4, told
    assert "the solver's process was killed (SIGKILL), as the system does where memory runs out; the best plan" in told
    assert "going on from the plan of" in told
    assert "NOT proven" in said
    return case, out


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the child in /proc")
def test_a_killed_solver_ends_with_its_best_plan_and_is_resumed(
    died: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case, out = died
    monkeypatch.chdir(tmp_path)  # resume goes where the run was
    summary = json.loads((out / "summary.json").read_text())
    assert summary["status"] == "interrupted"
    rows = [row for row in didymium.runs() if row["folder"] == str(out)]
    assert [(row["exit_code"], row["status"]) for row in rows] == [(4, "interrupted")]
    run = openpyxl.load_workbook(out / "results.xlsx", read_only=True)["Run"]
    assert "this is the best plan that was kept: the solver's process was killed" in str([*run.values])
    # the input changes meanwhile: the copy is solved
    demand = case / "demand.csv"
    demand.write_text(demand.read_text().replace("metal", "oxide"))
    assert kept_run(out) is not None
    assert main(["resume", str(out), "--time-limit", "2"]) in (0, 4)
    told = capsys.readouterr().err
    assert f"{case} has changed since: this run goes on with the copy of what it was" in told
    assert "going on from the plan of" in told
    again = json.loads((out / "summary.json").read_text())
    assert [row["status"] for row in didymium.runs() if row["folder"] == str(out)] == [again["status"], "interrupted"]
    assert again["objective_musd"] <= summary["objective_musd"] * (1 + NEAR)
    assert again["input_sha256"] == summary["input_sha256"]


FAKE = """
import json, os, signal, sys, time
sys.path.insert(0, sys.argv.pop(1))
from didymium.supervised import obey_parent, finishing, report_to_parent
from pathlib import Path
obey_parent()
print("child", os.getpid(), finishing() or "-", flush=True)
"""


def parent(code: str, *words: str, **constants: float) -> subprocess.Popen[str]:
    """A parent whose child runs some code in the place of the command."""
    text = "import sys; from didymium import supervisor\n"
    text += f"supervisor.CHILD = {FAKE + code!r}\n"
    text += "".join(f"supervisor.{name} = {value}\n" for name, value in constants.items())
    text += "sys.exit(supervisor.supervise(sys.argv[1:]))"
    heard = "import signal\nfor s in (signal.SIGINT, signal.SIGHUP): signal.signal(s, signal.SIG_DFL)\n"  # and `nohup`
    return subprocess.Popen(
        [sys.executable, "-c", heard + text, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_solver_that_dies_without_a_plan_is_explained() -> None:
    _, told = (process := parent("os.kill(os.getpid(), signal.SIGSEGV)")).communicate(timeout=60)
    assert process.returncode == 5
    assert told == "the solver's process crashed (SIGSEGV); no plan had been found, and nothing was written\n"


SHORT_OF_MEMORY = """
from didymium.arguments import parser
from didymium.commands.recording import recorded
from didymium.endings import exit_code_of
def run(arguments):
    if finishing():
        return 4
    report_to_parent(Path({folder!r}), 60)
    raise MemoryError
sys.exit(exit_code_of(lambda: recorded(parser().parse_args(["solve", "x.xlsx"]), run)))
"""


def test_what_ends_for_want_of_memory_is_finished_and_is_one_row_of_the_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIDYMIUM_RUNS", str(tmp_path / "runs.sqlite"))
    (tmp_path / "plan.json").write_text("{}")
    process = parent(SHORT_OF_MEMORY.format(folder=str(tmp_path)))
    _, told = process.communicate(timeout=120)
    assert process.returncode == 4, told
    assert "there is not enough memory for this" in told
    assert told.endswith("there was not enough memory; the best plan that was kept is being finished\n")
    (row,) = didymium.runs()
    assert (row["exit_code"], row["status"], row["reason"]) == (4, "stopped with a result", None)


def test_a_run_whose_process_dies_without_a_plan_has_its_ending_in_the_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIDYMIUM_RUNS", str(tmp_path / "runs.sqlite"))
    run = registry.begin({"kind": "solve"})
    facts = f"run={run}, began=time.monotonic(), study=True"
    code = f"from didymium.supervised import message_parent; message_parent({facts})\n"
    _, told = (process := parent(code + "os.kill(os.getpid(), signal.SIGKILL)")).communicate(timeout=60)
    assert process.returncode == 5
    words = "the solver's process was killed (SIGKILL), as the system does where memory runs out; nothing was written"
    assert told == f"{words}\n"
    (row,) = didymium.runs()
    assert (row["exit_code"], row["status"], row["reason"]) == (5, "stopped without a result", words)


def test_a_job_whose_process_died_with_a_plan_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case, out = write(tiny(), tmp_path / "case"), tmp_path / "out"
    inputs = didymium.read(case)
    solve_case(inputs, None, False, None, SolveOptions(), SolveCallbacks(kept=kept_for(inputs, None, False, out)))
    monkeypatch.setattr("didymium.commands.solve.died_before", lambda: True)
    begun = searches(monkeypatch)
    assert main(["solve", str(case), "--out", str(out), "--quiet"]) == 0
    assert begun == []
    run = openpyxl.load_workbook(out / "results.xlsx", read_only=True)["Run"]
    assert "this is the best plan that was kept: the process of this solve died" in str([*run.values])


def test_a_solver_that_ignores_its_limit_is_ended_and_its_plan_finished(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{}")
    code = "if finishing(): sys.exit(4)\nfrom didymium import supervised; supervised.SPARE = supervised.FAIR = 0.2\n"
    process = parent(code + f"report_to_parent(Path({str(tmp_path)!r}), 0.1); time.sleep(60)")
    said, told = process.communicate(timeout=60)
    assert process.returncode == 4, told
    assert [line.split(" ", 2)[2][:40] for line in said.splitlines()] == [
        "-", "the solver did not keep its time limit o",
    ]  # fmt: skip
    assert "the solver did not keep its time limit of 0 s and was ended" in told
    assert told.endswith("the best plan that was kept is being finished\n")


def test_a_solver_that_does_not_stop_is_ended(tmp_path: Path) -> None:
    code = "signal.signal(signal.SIGINT, signal.SIG_IGN); from didymium import supervised; supervised.TO_STOP = 0.2\n"
    code += f"report_to_parent(Path({str(tmp_path)!r}), 1); print('ready', flush=True); time.sleep(60)"
    process = parent(code)
    assert process.stdout is not None
    assert [process.stdout.readline().split()[0] for _ in range(2)] == ["child", "ready"]
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (5, "stopped by hand before any plan was found; nothing was written\n")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_passed_on_once_and_a_second_one_leaves_at_once(how: signal.Signals) -> None:
    """A terminal or a service manager sends its signal to parent and child at once: it counts once."""
    code = "signal.signal(signal.SIGINT, lambda *_: print('asked', flush=True))\n"
    process = parent(code + "print('ready', flush=True)\nwhile True: time.sleep(0.05)", AGAIN=0.2)
    assert process.stdout is not None
    child = int(process.stdout.readline().split()[1])
    assert process.stdout.readline() == "ready\n"
    os.kill(child, how)
    process.send_signal(how)
    assert process.stdout.readline() == "asked\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    said, told = process.communicate(timeout=60)
    assert (process.returncode, said) == (5, "")
    assert told == "left at once, by hand; nothing more was written\n"


def test_a_parent_that_is_killed_takes_its_child_along() -> None:
    process = parent("print('ready', flush=True); time.sleep(60)")
    assert process.stdout is not None
    child = int(process.stdout.readline().split()[1])
    assert process.stdout.readline() == "ready\n"
    process.kill()
    assert process.stdout.read() == ""  # the child, which held the stream too, has ended
    until = time.monotonic() + 30
    while files.alive(child) and time.monotonic() < until and not _is_zombie(child):
        time.sleep(0.05)
    assert not files.alive(child) or _is_zombie(child)
    process.wait()


def _is_zombie(pid: int) -> bool:
    """Has a process ended that nobody has waited for (a container without a first process that does)?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return False


def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What HiGHS is given to search, from now on."""
    begun: list[str] = []
    honest = Search._solve

    def counted(self: Search, matrix: object, name: str, *more: object, **named: object) -> object:
        begun.append(name)
        return honest(self, matrix, name, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Search, "_solve", counted)
    return begun


def test_on_a_full_disk_the_plan_is_kept_and_written_later_without_a_search(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file can become larger than 60,000 bytes, also no temporary one: only what the search kept is left
    (explore_folders.py tries many sizes)."""
    case, out = write(tiny(), tmp_path / "case"), tmp_path / "out"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        code = main(["solve", str(case), "--out", str(out), "--quiet"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    told = capsys.readouterr().err
    assert code == 6, told
    assert f"`didymium resume {out}`" in told
    assert {p.name for p in tmp_path.iterdir()} == {"case", ".out.kept"}
    begun = searches(monkeypatch)
    assert main(["resume", str(out)]) == 0
    assert begun == []
    assert json.loads((out / "summary.json").read_text())["status"] == "optimal"
    assert {p.name for p in tmp_path.iterdir()} == {"case", "out"}


def test_what_was_written_elsewhere_is_put_in_place_without_solving(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case, out = write(tiny(), tmp_path / "case"), tmp_path / "out"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def full(path: Path, *more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("didymium.result_folder.generation._begin", full)
        assert main(["solve", str(case), "--out", str(out), "--quiet"]) == 6
        assert main(["resume", str(out)]) == 6  # still full: what is kept stays
    (kept,) = tmp_path.glob("didymium-out-*")
    monkeypatch.setattr("didymium.commands.solve.solve_one", lambda *_: pytest.fail("it was solved"))
    capsys.readouterr()
    assert main(["resume", str(out)]) == 0
    assert f"written from {kept}, where they were kept; nothing was solved" in capsys.readouterr().out
    assert didymium.verify(out).holds
    assert json.loads((out / "manifest.json").read_text())["status"] == "optimal"
    assert {p.name for p in tmp_path.iterdir()} == {"case", "out"}

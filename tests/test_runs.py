"""The registry of runs: what is written of each run, also of those that fail or are killed, and what is done with
it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pytest import approx
from test_algebra import tiny
from test_command import out_of_reach
from worlds import write

import didymium
from didymium import registry
from didymium.cli import main
from didymium.commands import recording


@pytest.fixture(autouse=True)
def own_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry that is not there yet."""
    monkeypatch.setattr(recording, "_lost", [])
    monkeypatch.setenv("DIDYMIUM_RUNS", str(tmp_path / "data" / "runs.sqlite"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data" / "runs.sqlite"


def test_every_run_has_a_row_that_says_how_it_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = write(tiny(), tmp_path / "one")
    write(out_of_reach(), tmp_path / "bad")
    assert main(["solve", "one", "--quiet"]) == 0
    assert main(["solve", "bad", "--quiet"]) == 3
    assert main(["solve", "gone", "--quiet"]) == 2
    assert main(["frontier", "one", "--steps", "2", "--quiet"]) == 0
    assert main(["solve", "one", "--dry-run"]) == 0  # is no run
    rows = didymium.runs()[::-1]
    assert [(r["id"], r["kind"], r["status"], r["exit_code"]) for r in rows] == [
        (1, "solve", "optimal", 0),
        (2, "solve", "infeasible", 3),
        (3, "solve", "refused", 2),
        (4, "frontier", "done", 0),
    ]
    summary = json.loads((tmp_path / "outputs" / "one" / "base" / "summary.json").read_text())
    first = rows[0]
    assert (first["cost_musd"], first["input_sha256"]) == (approx(summary["objective_musd"]), summary["input_sha256"])
    assert first["content_sha256"] == didymium.read(case).source.content_sha256() == rows[3]["content_sha256"]
    assert (first["workbook"], first["folder"]) == (str(case), str(tmp_path / "outputs" / "one" / "base"))
    assert (first["scenario"], first["host"], first["pid"]) == ("base", socket.gethostname(), os.getpid())
    assert rows[1]["reason"] == "target clean in 2026: 6.0 t a year short of what is required"
    assert rows[2]["reason"] == "gone: there is no file or folder 'gone'; did you mean 'one'?"
    capsys.readouterr()
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:4] == ["id", "began", "s", "kind"]
    assert "infeasible" in lines[2]


def row(**facts: object) -> int:
    return registry.begin({"kind": "solve", "workbook": "/cases/a.xlsx", **facts})


def test_a_run_that_was_killed_ended_without_a_word(tmp_path: Path) -> None:
    code = "from didymium import registry; import os; registry.begin({'kind': 'solve'}); os._exit(9)"
    subprocess.run([sys.executable, "-c", code], check=False)
    row()
    row(host="elsewhere", pid=1)
    assert [r["status"] for r in didymium.runs()] == ["not known", "running", "ended without a word"]


def test_runs_are_found_by_what_is_known_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    row(kind="frontier", request_sha256="abc1", began="2026-01-05T10:00:00+00:00")
    row(workbook="/cases/other.xlsx", input_sha256="abd2", began="2026-02-05T10:00:00+00:00")
    registry.finish(2, {"status": "optimal", "exit_code": 0})

    def ids(**wanted: object) -> list[object]:
        return [r["id"] for r in didymium.runs(**wanted)]  # type: ignore[arg-type]

    assert ids() == [2, 1]
    assert (ids(limit=1), ids(workbook="OTHER"), ids(kind="frontier"), ids(status="optim")) == ([2], [2], [1], [2])
    assert (ids(hash="ab"), ids(hash="abc"), ids(since="2026-02-01")) == ([2, 1], [1], [2])
    with pytest.raises(didymium.BadWorkbook, match="'soon' is no date"):
        ids(since="soon")
    assert main(["runs", "note", "1", "to", "keep"]) == 0
    assert main(["runs", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == "to keep"
    for wrong, said in (("foo", "nothing that it does"), ("show", "takes ID"), ("7", "there is no run 7")):
        assert main(["runs", wrong]) == 2
        assert said in capsys.readouterr().out


def test_pruning_forgets_rows_and_never_touches_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1 has lost its folder, 2 is old (and its process was killed, so that its lock is left), 3 is neither, 4 has not
    written anything yet and runs."""
    kept, folder = tmp_path / "out" / "kept", tmp_path / "out" / "old"
    for path in (kept, folder, tmp_path / "out" / ".old.kept" / "1234"):
        path.mkdir(parents=True)
    (tmp_path / "out" / ".old.lock").write_text(
        json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": "2020"})
    )
    for number, (where, began) in enumerate(
        [(tmp_path / "gone", "2099"), (folder, "2020"), (kept, "2099"), (tmp_path / "soon", "2020")], 1
    ):
        row(folder=str(where), began=f"{began}-01-01T00:00:00+00:00")
        if number < 4:
            registry.finish(number, {"exit_code": 0, "status": "optimal"})
    assert main(["runs", "prune"]) == 0
    assert [r["id"] for r in didymium.runs()] == [4, 3, 2]
    assert main(["runs", "prune", "--older-than", "365", "--kept"]) == 0
    assert [r["id"] for r in didymium.runs()] == [4, 3]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["kept", "old"]


def test_two_runs_are_compared_by_their_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tiny(), tmp_path / "one")
    assert main(["solve", "one", "--quiet"]) == 0
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    assert main(["solve", "two", "--quiet"]) == 0
    assert main(["runs", "compare", "1", "2"]) == 0
    assert (tmp_path / "outputs" / "comparison.xlsx").exists()
    registry.finish(registry.begin(dict(didymium.runs(ids=[1])[0], id=3)), {"exit_code": 0})
    capsys.readouterr()
    assert main(["runs", "compare", "1", "2"]) == 2
    assert f"run 3 wrote into {tmp_path / 'outputs' / 'one' / 'base'} since" in capsys.readouterr().out


def test_a_registry_that_cannot_be_written_stops_nothing_and_is_told_once(
    tmp_path: Path, own_registry: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_registry.parent.mkdir()
    own_registry.write_text("not a database, but long enough to be looked at as one" * 20)
    write(tiny(), tmp_path / "one")
    assert main(["solve", "one", "--quiet"]) == 0
    assert main(["solve", "one", "--quiet"]) == 0
    assert capsys.readouterr().err.count("cannot be written") == 1
    assert main(["runs"]) == 2
    assert "move it away" in capsys.readouterr().out


def test_writers_at_the_same_time_lose_no_row() -> None:
    def several() -> None:
        for _ in range(5):
            registry.finish(row(), {"exit_code": 0})

    writers = [threading.Thread(target=several) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [r["exit_code"] for r in didymium.runs()] == [0] * 30


@pytest.mark.parametrize(
    ("system", "variables", "file"),
    [
        ("linux", {"XDG_DATA_HOME": "/x"}, "/x/didymium/runs.sqlite"),
        ("linux", {"HOME": "/home/a"}, "/home/a/.local/share/didymium/runs.sqlite"),
        ("darwin", {"HOME": "/Users/a"}, "/Users/a/Library/Application Support/didymium/runs.sqlite"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/didymium/runs.sqlite"),
    ],
)
def test_the_registry_is_in_the_data_folder_of_the_user(
    system: str, variables: dict[str, str], file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DIDYMIUM_RUNS", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(registry.sys, "platform", system)
    assert registry.registry_file() == Path(file)


def test_a_locked_registry_holds_a_run_up_for_a_moment_only(own_registry: Path, tmp_path: Path) -> None:
    row()
    other = sqlite3.connect(own_registry)
    other.execute("BEGIN EXCLUSIVE")
    original, registry.BUSY = registry.BUSY, 0.05
    try:
        write(tiny(), tmp_path / "one")
        assert main(["solve", "one", "--quiet"]) == 0
    finally:
        registry.BUSY = original
        other.close()

"""A folder of results is held by one run, replaced as one whatever stops it, and knows what belongs together."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from test_algebra import tiny
from test_command import out_of_reach
from worlds import solve, write

import didymium
from didymium.cli import main
from didymium.reports.verify import verify
from didymium.result_folder import generation, lock, locked, manifest, replace_files

NAMES = ["one.txt", "two.txt", "three.txt"]


def texts(word: str) -> generation.Writers:
    return {name: lambda path: path.write_text(word) and None for name in NAMES}


def words(folder: Path) -> set[str]:
    return {(folder / name).read_text() for name in NAMES}


def beside(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.parent.iterdir() if p != folder)


def test_new_files_take_the_place_of_old_ones_and_the_manifest_lists_them(tmp_path: Path) -> None:
    out = tmp_path / "out"
    replace_files(out, texts("old"))
    assert replace_files(out, texts("new"), {"scenario": "calm"}) == [out / name for name in NAMES]
    assert (words(out), beside(out)) == ({"new"}, [])
    record = json.loads((out / "manifest.json").read_text())
    # printf new | sha256sum
    digest = "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437"
    assert record["files"] == dict.fromkeys(NAMES, digest)
    assert (record["scenario"], record["machine"]["host"]) == ("calm", socket.gethostname())


def test_what_a_person_put_into_the_folder_stays(tmp_path: Path) -> None:
    out = tmp_path / "out"
    replace_files(out, texts("old"))
    (out / "notes").mkdir()
    (out / "notes" / "mine.txt").write_text("keep")
    replace_files(out, texts("new"))
    assert (words(out), (out / "notes" / "mine.txt").read_text()) == ({"new"}, "keep")
    assert beside(out) == []


def test_the_files_of_a_study_are_carried_over(tmp_path: Path) -> None:
    out = tmp_path / "out"
    replace_files(out, texts("old"))
    replace_files(out / "stress", texts("study"))
    replace_files(out, texts("new"))
    assert (words(out), words(out / "stress")) == ({"new"}, {"study"})


def test_files_written_into_one_folder_by_two_commands_are_all_listed(tmp_path: Path) -> None:
    replace_files(tmp_path, texts("plan"))
    replace_files(tmp_path, {"later.txt": lambda path: path.write_text("study") and None})
    assert set(manifest.listed(tmp_path)) == {*NAMES, "later.txt"}
    assert manifest.strangers(tmp_path) == []
    (tmp_path / "two.txt").write_text("of another run")
    assert manifest.strangers(tmp_path) == ["two.txt"]


# A script that replaces files and is killed at the n-th call of what changes the disk.
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from didymium.result_folder import generation, manifest, replace_files

left = int(sys.argv[2])

def counted(work):
    def call(*args, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*args, **named)
    return call

for module, name in ((os, "rename"), (os, "replace"), (os, "link"), (os, "fsync"), (shutil, "rmtree")):
    setattr(module, name, counted(getattr(module, name)))
for name in ("_exchange", "_move_in", "_carry_over", "write_manifest"):
    setattr(generation, name, counted(getattr(generation, name)))
Path.touch, Path.write_text = counted(Path.touch), counted(Path.write_text)
names = ("one.txt", "two.txt", "three.txt")
replace_files(Path(sys.argv[1]), {n: lambda p: p.write_text("new") and None for n in names})
"""


@pytest.mark.skipif(os.name != "posix", reason="kills")
@pytest.mark.parametrize("own", [True, False], ids=["results alone", "with a person's file"])
def test_a_kill_at_any_point_leaves_no_mixed_set(own: bool, tmp_path: Path) -> None:
    """Killed before the first call that changes the disk, before the second, and so on until it ends by itself."""
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    out = tmp_path / "somewhere" / "out"
    for n in range(100):
        shutil.rmtree(out.parent, ignore_errors=True)
        replace_files(out, texts("old"))
        if not own:
            (out / "mine.txt").write_text("keep")
        done = subprocess.run([sys.executable, script, out, str(n)], check=False)
        if own:
            assert len(words(out)) == 1, n
        if len(words(out)) > 1:
            assert manifest.strangers(out), n  # named until the next run
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        replace_files(out, {"other.txt": lambda path: path.write_text("next run") and None})
        assert (len(words(out)), manifest.strangers(out)) == (1, []), n
        assert beside(out) == []
        assert sorted(p.name for p in out.iterdir()) == sorted(
            [*NAMES, "other.txt", "manifest.json", *([] if own else ["mine.txt"])]
        )
    assert (words(out), n > 8) == ({"new"}, True)


def test_a_second_run_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    script = f"""
from pathlib import Path
from didymium.result_folder import locked
with locked(Path({str(tmp_path / "out")!r})):
    print("locked", flush=True)
    input()
"""
    other = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "locked\n"
    with pytest.raises(didymium.OutputInUse, match=f"process {other.pid} on {socket.gethostname()}"):
        replace_files(tmp_path / "out", texts("new"))
    assert not (tmp_path / "out").exists()
    case = write(tiny(), tmp_path / "case")
    assert main(["solve", str(case), "--out", str(tmp_path / "out"), "--quiet"]) == 6
    other.kill()
    other.wait()
    replace_files(tmp_path / "out", texts("new"))  # its lock is taken over
    assert beside(tmp_path / "out") == ["case"]


def test_the_lock_of_another_machine_is_never_taken_over(tmp_path: Path) -> None:
    path = lock.lock_of(tmp_path / "out")
    path.write_text(json.dumps({"pid": 1, "host": "elsewhere", "since": "2026-11-30T10:00:00"}))
    with pytest.raises(didymium.OutputInUse, match="process 1 on elsewhere, since 2026-11-30 10:00:00"):
        replace_files(tmp_path / "out", texts("new"))
    path.unlink()
    with locked(tmp_path / "out"), locked(tmp_path / "out"):
        replace_files(tmp_path / "out", texts("new"))
    assert not path.exists()


def test_of_two_runs_that_find_an_old_lock_one_has_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run takes the old lock over between our look at it and our own attempt: its lock stays."""
    path = lock.lock_of(tmp_path / "out")
    path.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": "2026-11-30T10:00:00"}))
    theirs = json.dumps({"pid": 1, "host": socket.gethostname(), "since": "2026-11-30T11:00:00"})
    real = lock._has_ended

    def slow(pid: int, host: str) -> bool:
        found = real(pid, host)
        if found:
            path.write_text(theirs)
        return found

    monkeypatch.setattr(lock, "_has_ended", slow)
    with pytest.raises(didymium.OutputInUse, match="another run"):
        replace_files(tmp_path / "out", texts("new"))
    assert path.read_text() == theirs
    assert [p.name for p in tmp_path.iterdir()] == [".out.lock"]


def test_what_cannot_be_written_where_asked_is_kept_where_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    replace_files(out, texts("old"))

    def full(path: Path) -> None:
        if "out" in path.parent.name and "didymium" not in path.parent.name:
            raise OSError(28, "No space left on device")
        path.write_text("new")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(didymium.OutputInUse, match=r"No space left on device.*They are kept in ") as error:
        replace_files(out, dict.fromkeys(NAMES, full))
    kept = Path(str(error.value).split("kept in ")[1])
    assert (words(out), words(kept), manifest.strangers(kept)) == ({"old"}, {"new"}, [])


def test_a_report_of_another_run_does_not_verify(tmp_path: Path) -> None:
    plan = solve(tiny())
    plan.save(tmp_path / "one")
    plan.save(tmp_path / "two")
    assert verify(tmp_path / "one").holds
    log = tmp_path / "one" / "solver.log"
    log.write_text("more before\n" + log.read_text())
    statement = verify(tmp_path / "one")
    assert [d.place for d in statement.differences] == ["solver.log"]
    assert not statement.holds


def test_no_plan_has_a_report_of_its_own(tmp_path: Path) -> None:
    solve(tiny()).save(tmp_path / "out")
    assert (tmp_path / "out" / "report.html").exists()
    hopeless = write(out_of_reach(), tmp_path / "case")
    assert main(["solve", str(hopeless), "--out", str(tmp_path / "out"), "--quiet"]) == 3
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "manifest.json",
        "report.html",
        "results.xlsx",
        "solver.log",
        "summary.json",
    ]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "No plan meets every hard rule (scenario base)." in page
    assert "didymium explain" in page
    (reason,) = json.loads((tmp_path / "out" / "summary.json").read_text())["reasons"]
    assert reason["text"] in page


def test_workbooks_of_one_name_are_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    one, two = write(tiny(), tmp_path / "a" / "case"), write(tiny(), tmp_path / "b" / "case")
    assert main(["solve", str(one), str(two)]) == 2
    assert "have one name, so that their results would go into one folder" in capsys.readouterr().out
    assert not (tmp_path / "outputs").exists()

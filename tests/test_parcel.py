"""Solves that travel: archives of data, which can do nothing but a solve, whoever made them."""

from __future__ import annotations

import argparse
import io
import json
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from test_algebra import tiny
from worlds import write

from didymium.cli import parser
from didymium.commands import parcel
from didymium.commands.parcel import pack, returned, solve_packed
from didymium.commands.runner import Ending
from didymium.errors import BadWorkbook


def archive(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, member in members.items():
            made.writestr(name, member)
    return content.getvalue()


def job(*flags: str, made_by: str = version("didymium"), **members: bytes) -> bytes:
    about = {"didymium": made_by, "command": "solve", "case": "case/one", "flags": list(flags)}
    return archive({"job.json": json.dumps(about).encode(), "case/one/demand.csv": b"", **members})


def never(arguments: argparse.Namespace) -> Ending:
    raise AssertionError("was begun")


def test_flags_travel_as_they_were_typed(tmp_path: Path) -> None:
    case, plan = write(tiny(), tmp_path / "one"), tmp_path / "plan.csv"
    plan.write_text("project,decision_year,modules\n")
    typed = ["--gap", "0.5", "--time-limit", "60", "--force", "a@2030", "--force", "-b", "--stochastic", "--seed", "3"]
    typed[typed.index("-b") - 1 : typed.index("-b") + 1] = ["--force=-b"]
    arguments = parser().parse_args(["solve", str(case), *typed, "--pin", str(plan), "--out", "x", "--workers", "4"])
    seen: list[argparse.Namespace] = []

    def solve(arrived: argparse.Namespace) -> Ending:
        seen.append(arrived)
        (path,) = arrived.workbooks
        assert (path, arrived.pin.read_text()) == (Path("case/one"), plan.read_text())
        assert sorted(p.name for p in path.iterdir()) == sorted(p.name for p in case.iterdir())
        return Ending(3, None, "no plan", output="said\n", facts={"seconds": 1.5})

    back = returned(solve_packed(solve, pack(arguments), tmp_path))
    same = ("gap", "time_limit", "force", "stochastic", "seed", "scenario", "each_scenario")
    assert [getattr(seen[0], name) for name in same] == [getattr(arguments, name) for name in same]
    assert (seen[0].workers, seen[0].cluster, str(seen[0].out)) == (1, None, "out")
    assert (back.code, back.reason, back.printed, back.files) == (3, "no plan", "said\n", {})
    assert (set(back.manifest), back.facts) == ({"solved_on"}, {"seconds": 1.5})


def test_studies_travel_too(tmp_path: Path) -> None:
    case, seen = write(tiny(), tmp_path / "one"), list[argparse.Namespace]()
    (tmp_path / "result").mkdir()
    (tmp_path / "result" / "results.xlsx").write_text("a plan")

    def study(arrived: argparse.Namespace) -> Ending:
        seen.append(arrived)
        if arrived.command == "stress":
            assert (arrived.result / "results.xlsx").read_text() == "a plan"
        return Ending(0)

    for typed in (["frontier", str(case), "--steps", "3"], ["stress", str(tmp_path / "result"), "--draws", "7"]):
        solve_packed(study, pack(parser().parse_args([*typed, "--out", "elsewhere"])), tmp_path / typed[0])
    assert (seen[0].steps, seen[0].workbook, seen[1].draws, str(seen[1].out)) == (3, Path("case/one"), 7, "out")
    with pytest.raises(BadWorkbook, match="asks for 'verify', which a job cannot"):
        pack(parser().parse_args(["verify", str(case)]))


@pytest.mark.parametrize(
    "flag",
    [
        "--out=/tmp/x",
        "--progress=/tmp/x",
        "--cluster=tcp://x:1",
        "--pin=/etc/passwd",
        "--start=case/../x",
        "--json",
        "--gap",
        "--what",
    ],
)
def test_a_job_does_nothing_but_solve(flag: str, tmp_path: Path) -> None:
    with pytest.raises(BadWorkbook, match=r"job: (asks for|has flags)"):
        solve_packed(never, job(flag), tmp_path)


@pytest.mark.parametrize("name", ["../x", "/x/y", "case/../../x", "case/a/b/c", "elsewhere/x", "x"])
def test_a_job_writes_nowhere_else(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadWorkbook, match="is no place in a job"):
        solve_packed(never, job(**{name: b""}), tmp_path)


def test_bombs_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(parcel, "LARGEST", 1_000)
    with pytest.raises(BadWorkbook, match="more than"):
        solve_packed(never, job(**{"case/one/x.csv": b"0" * 2_000}), tmp_path)
    with pytest.raises(ValueError, match="more than"):
        returned(archive({"ending.json": b"{}", "x.log": b"0" * 2_000}))
    for damaged in (b"", b"nonsense", job()[:-30]):
        with pytest.raises(BadWorkbook, match="not one that didymium packed"):
            solve_packed(never, damaged, tmp_path)


def test_another_version_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadWorkbook, match=r"was packed by didymium 0\.0\.1, and here is"):
        solve_packed(never, job(made_by="0.0.1"), tmp_path)


@pytest.mark.parametrize("name", ["run.bat", "../results.xlsx", ".hidden.json", "a/b.log"])
def test_what_is_no_result_does_not_come_back(name: str) -> None:
    ending = json.dumps({"code": 0, "reason": "", "printed": "\x1b[2J", "facts": {}, "manifest": {}}).encode()
    assert returned(archive({"ending.json": ending, "results.xlsx": b""})).printed == "[2J"
    with pytest.raises(ValueError, match="which is no result file"):
        returned(archive({"ending.json": ending, name: b""}))


def test_what_cannot_be_read_is_not_packed(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "gone.xlsx", tmp_path / "empty"):
        with pytest.raises(FileNotFoundError):
            pack(parser().parse_args(["solve", str(path)]))

"""Many solves in one call: each keeps its own failure, what is finished is passed over, a table says how each ended."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from pytest import approx
from test_algebra import tiny
from test_command import out_of_reach
from test_stochastic import hedge
from worlds import write

from didymium.cli import main
from didymium.commands import solve


@pytest.fixture
def three(tmp_path: Path) -> list[str]:
    """Two cases with a plan, and one without, last."""
    return [str(write(w, tmp_path / n)) for n, w in (("one", tiny()), ("two", tiny()), ("bad", out_of_reach()))]


def table(root: Path) -> list[dict[str, str]]:
    with (root / "runs.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_one_case_meets_stays_with_it(
    workers: str, three: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    damaged = Path(three[0]).parent / "damaged"
    damaged.mkdir()
    assert main(["solve", str(damaged), *three, "--out", str(out), "--workers", workers, "--json"]) == 3
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


def test_what_is_finished_is_passed_over_and_said_so(
    three: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = ["solve", *three, "--out", str(tmp_path / "out"), "--quiet"]
    assert main(call) == 3
    begun: list[str] = []
    honest = solve.solve_one

    def counted(path: Path, *more: object) -> object:
        begun.append(path.name)
        return honest(path, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(solve, "solve_one", counted)
    capsys.readouterr()
    assert main([*call, "--json"]) == 3
    assert [(r["skipped"], r["exit_code"]) for r in json.loads(capsys.readouterr().out)] == [
        (True, 0),
        (True, 0),
        (True, 3),
    ]
    assert begun == []
    # other flags, a changed result, a changed input, and --again are reasons to solve
    assert main([*call, "--seed", "1"]) == 3
    assert begun == ["one", "two", "bad"]
    assert main([*call, "--seed", "1"]) == 3
    report = tmp_path / "out" / "one" / "base" / "report.html"
    report.write_text(report.read_text() + " ")
    assert main([*call, "--seed", "1"]) == 3
    demand = Path(three[1]) / "demand.csv"
    demand.write_text(demand.read_text() + "\n")
    assert main([*call, "--seed", "1"]) == 3
    assert main([*call, "--seed", "1", "--again"]) == 3
    assert begun[3:] == ["one", "two", "one", "two", "bad"]


def test_a_fault_or_a_death_costs_its_own_case_alone(
    three: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    honest = solve.solve_one

    def faulty(path: Path, *more: object) -> object:
        if path.name == "one":
            raise ZeroDivisionError("by us")
        return honest(path, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(solve, "solve_one", faulty)
    assert main(["solve", *three[:2], "--out", str(tmp_path / "out"), "--quiet"]) == 1
    assert [(r["exit_code"], r["reason"]) for r in table(tmp_path / "out")] == [
        ("1", "a fault of ours: ZeroDivisionError: by us"),
        ("0", ""),
    ]
    monkeypatch.setattr(solve, "solve_one", dies_on_one)
    assert main(["solve", *three[:2], "--out", str(tmp_path / "two"), "--quiet", "--workers", "2"]) == 5
    rows = table(tmp_path / "two")
    assert [r["exit_code"] for r in rows] == ["5", "0"]
    assert "died 3 times" in rows[0]["reason"]


def dies_on_one(path: Path, arguments: object, scenario: str | None) -> tuple[int, None]:
    if path.name == "one":
        os._exit(9)
    return 0, None


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

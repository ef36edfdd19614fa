"""The command as people run it: exit codes, files, limits, Ctrl-C, and nothing half written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from pytest import approx
from test_algebra import tiny
from worlds import World, commodity, mine, offer, region, wants, world, write

import didymium
from didymium.cli import main
from didymium.engine.search import Search
from didymium.excel.headings import column_of
from didymium.memory import expected_memory_mb
from didymium.reports import files

# Keys that came after those that are fixed
ADDED = {
    "bound_by_duals_musd",
    "gap_musd",
    "gap_percent_of_decided",
    "fixed_cost_musd",
    "china_free_share_by_content",
}
KEYS = [
    "status", "objective_musd", "bound_musd", "gap_percent", "scenario", "cost_musd", "investments",
    "china_free_share", "shortage_t",
    "target_miss_t", "model", "largest_violation", "seconds", "peak_memory_mb", "input_sha256", "versions", "options",
]  # fmt: skip
SHEETS = [
    "Summary", "Investments", "Capacity", "Production", "Trade", "Origin", "Targets", "Demand", "Reliance",
    "Paths", "Stockpiles",
    "Contracts", "Disposal", "Costs", "Finance", "Support", "Prices", "Viability", "Money charts", "Calibration",
    "Checks", "Balance", "Evidence", "Inputs", "Proof", "Run", "Seal",
]  # fmt: skip
ALLIED = Path(__file__).parents[1] / "inputs" / "allied.xlsx"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return write(tiny(), tmp_path / "case")


def out_of_reach() -> World:
    """A hard target that nothing can meet."""
    w = world(target_policy="hard")
    commodity(w, "metal", "metal")
    offer(w, "china_metal", "metal", 99, 100, china=True)
    wants(w, "metal", 10)
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2026: 60}]
    return w


def test_solve_writes_its_files_and_returns_0(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", str(case), "--out", str(tmp_path / "out")]) == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "manifest.json",
        "report.html",
        "results.xlsx",
        "solver.log",
        "summary.json",
    ]
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert [key for key in summary if key in KEYS] == KEYS
    assert set(summary) - set(KEYS) == ADDED
    assert list(summary["cost_musd"])[:13] == [
        "capital", "fixed_opex", "variable_opex", "shipping", "imports", "byproduct_sales", "stock_holding",
        "shortage", "redesign", "target_penalty",
        "disposal", "untaken", "public_funds",
    ]  # fmt: skip
    assert sum(summary["cost_musd"].values()) == approx(summary["objective_musd"])
    assert list(summary["seconds"]) == ["read", "check", "build", "solve", "prices", "verify", "total", "write"]
    assert list(summary["investments"][0]) == [
        "project", "stage", "region", "decision_year", "online_year", "modules", "capacity_t_per_year", "capex_musd",
        "support_musd", "scenarios",
    ]  # fmt: skip
    assert summary["largest_violation"] < 1e-6
    told = capsys.readouterr()
    assert "Proven" in told.out
    assert "solving" in told.err


def test_the_workbook_has_its_sheets_in_order_and_its_numbers(case: Path, tmp_path: Path) -> None:
    plan = didymium.solve(didymium.read(case))
    plan.save(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx", data_only=True)
    assert book.sheetnames == SHEETS
    checks = [row[4].value for row in book["Checks"].iter_rows(min_row=5) if row[0].value and row[4].value]
    assert set(checks) - {"Pass"} == {"pass"}  # but for the heading
    front = [cell.value for cell in book["Summary"]["A"]]
    assert front[front.index("Cost, discounted, M USD") + 1] == approx(plan.cost)
    production = pd.read_excel(tmp_path / "results.xlsx", sheet_name="Production", header=3)
    names = [column_of(c) for c in production.columns]
    assert names == ["year", "project_name", *list(plan["production"].columns)[2:]]
    assert production["Throughput (t)"].tolist() == approx(plan["production"]["throughput_t"].tolist())


def test_the_formulas_stand_for_their_values(case: Path, tmp_path: Path) -> None:
    """Each live formula of Checks, worked out here from the sheets it names, gives the value stored with it."""
    plan = didymium.solve(didymium.read(case))
    plan.save(tmp_path)
    live = openpyxl.load_workbook(tmp_path / "results.xlsx")["Checks"]
    formulas = [row[1].value for row in live.iter_rows(min_row=5) if str(row[1].value).startswith("=")]
    assert len(formulas) >= 20
    stored = openpyxl.load_workbook(tmp_path / "results.xlsx", data_only=True)["Checks"]
    by_name = {row[0].value: row[1].value for row in stored.iter_rows(min_row=5) if row[0].value}
    assert by_name["expected discounted cost, M USD: sum of nodes against the headline"] == approx(plan.cost)


def test_text_from_the_input_is_never_a_formula(tmp_path: Path) -> None:
    w = tiny()
    bad = ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "{=1}", "http://example.org", "<script>alert(1)</script>"]
    w["settings"].append({"setting": "title", "value": bad[0]})
    for row, text in zip(w["projects"], bad, strict=False):
        row["note"] = text
    didymium.solve(didymium.read(write(w, tmp_path / "case"))).save(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f" or not any(text in str(cell.value) for text in bad), cell.coordinate
                assert cell.hyperlink is None or cell.hyperlink.target is None, (
                    "links lead to places in the workbook alone"
                )
                assert not (cell.value in bad and cell.data_type == "f")
    assert book["Summary"]["A1"].value == bad[0]
    assert book["Summary"]["A1"].data_type == "s"


def test_bad_input_returns_2_and_solves_nothing(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (case / "demand.csv").write_text((case / "demand.csv").read_text().replace("cars", "carz"))
    assert main(["solve", str(case), "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()
    assert capsys.readouterr().out.count("segment 'carz' is unknown (here and in 1 more cells)") == 1


def test_an_unknown_scenario_returns_2(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", str(case), "--scenario", "bse"]) == 2
    assert "there is no scenario 'bse'; did you mean 'base'?" in capsys.readouterr().out


def test_targets_out_of_reach_return_3_with_the_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(out_of_reach(), tmp_path / "case")
    assert main(["solve", str(folder), "--out", str(tmp_path / "out")]) == 3
    assert "target clean in 2026: 6.0 t a year short of what is required" in capsys.readouterr().err
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["status"] == "infeasible"
    assert set(KEYS) <= set(summary)
    assert summary["reasons"][0]["short_by"] == approx(6)
    book = openpyxl.load_workbook(tmp_path / "out" / "results.xlsx")
    assert book.sheetnames == ["Summary", "Inputs", "Run"]
    assert "clean" in [c.value for c in book["Summary"]["B"]]


def test_the_shortest_time_limit_returns_the_plan_of_what_is_committed(tmp_path: Path) -> None:
    assert main(["solve", str(ALLIED), "--out", str(tmp_path / "out"), "--time-limit", "0.5", "--quiet"]) == 4
    plan = didymium.load(tmp_path / "out")
    assert plan.status == "time_limit"
    assert set(plan.investments["committed"]) == {"yes"}


def test_a_time_limit_without_a_plan_returns_5(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where hard rules leave what is committed no operation."""
    monkeypatch.setattr(Search, "_known_plan", lambda self, legal: None)
    assert main(["solve", str(ALLIED), "--out", str(tmp_path / "out"), "--time-limit", "0.5"]) == 5
    assert "before any plan was found" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_dry_run_tells_the_size_and_solves_nothing(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", str(case), "--out", str(tmp_path / "out"), "--dry-run", "--json"]) == 0
    size = json.loads(capsys.readouterr().out)
    assert size.pop("memory_mb") == expected_memory_mb(size)
    assert (size["integers"], size) == (6, didymium.size(didymium.read(case)))
    assert main(["solve", str(case), "--dry-run"]) == 0
    assert capsys.readouterr().out.endswith(" MB of memory\n")
    assert not (tmp_path / "out").exists()


def test_json_is_all_that_stands_on_standard_output(case: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "didymium", "solve", str(case), "--out", str(tmp_path / "out"), "--json", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == "optimal"
    assert done.stderr == ""


def test_a_batch_goes_on_after_a_failure(case: Path, tmp_path: Path) -> None:
    bad = write(out_of_reach(), tmp_path / "bad")
    assert main(["solve", str(bad), str(case), "--out", str(tmp_path / "out"), "--quiet"]) == 3
    assert (tmp_path / "out" / "case" / "base" / "results.xlsx").exists()
    assert (tmp_path / "out" / "bad" / "base" / "summary.json").exists()


def test_new_writes_a_workbook_and_never_over_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.xlsx"
    assert main(["new", str(path), "--example"]) == 0
    assert main(["check", str(path)]) == 0
    before = path.read_bytes()
    assert main(["new", str(path)]) == 2
    assert path.read_bytes() == before
    assert "is there already" in capsys.readouterr().out


def test_a_blank_workbook_has_every_sheet_and_says_what_is_missing(tmp_path: Path) -> None:
    assert main(["new", str(tmp_path / "blank.xlsx")]) == 0
    told = [str(p) for p in didymium.check(tmp_path / "blank.xlsx") if p.is_error]
    assert "Settings!B9: the setting discount_rate_percent is empty; it must be present" in told
    assert not any("missing" in text for text in told)


def test_check_prints_for_machines(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (case / "demand.csv").write_text((case / "demand.csv").read_text().replace("cars", "carz"))
    assert main(["check", str(case), "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["errors"] == 1
    said = {
        "place": "Demand!B2",
        "sheet": "Demand",
        "cell": "B2",
        "text": "segment 'carz' is unknown (here and in 1 more cells); did you mean 'cars'?",
        "severity": "error",
    }
    assert {**said, "code": "references_are_known", "also": ["Demand!B3"]} in told["problems"]


def test_verify_returns_0_for_a_sound_result_and_2_for_none(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["solve", str(case), "--out", str(tmp_path / "out"), "--quiet"])
    assert main(["verify", str(tmp_path / "out")]) == 0
    assert "everything holds" in capsys.readouterr().out
    assert main(["verify", str(tmp_path)]) == 2


def test_a_result_that_cannot_be_replaced_gets_a_numbered_name(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a system where the workbook is open in Excel, which puts a file of its own beside it."""
    plan = didymium.solve(didymium.read(case))
    plan.save(tmp_path)
    (tmp_path / "~$results.xlsx").write_bytes(b"me")
    old = (tmp_path / "results.xlsx").read_bytes()
    replace = os.replace

    def locked(source: object, target: object) -> None:
        if Path(str(target)).name == "results.xlsx":
            raise PermissionError(13, "in use")
        replace(str(source), str(target))

    monkeypatch.setattr(os, "replace", locked)
    written = plan.save(tmp_path)
    assert written[0].name == "results (2).xlsx"
    assert (tmp_path / "results.xlsx").read_bytes() == old
    assert openpyxl.load_workbook(written[0]).sheetnames == SHEETS


def test_a_full_disk_leaves_the_old_result_alone(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = didymium.solve(didymium.read(case))
    plan.save(tmp_path / "out")
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}

    def full(plan: object, path: Path) -> None:
        path.write_bytes(b"half a workb")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_workbook", full)
    with pytest.raises(didymium.OutputInUse, match="No space left"):
        plan.save(tmp_path / "out")
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before


def test_a_folder_that_cannot_be_written_returns_2(case: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(["solve", str(case), "--out", str(tmp_path / "file" / "out"), "--quiet"]) == 2


def test_what_a_killed_run_left_is_cleared(case: Path, tmp_path: Path) -> None:
    left = tmp_path / "out" / ".results.999999999.part.xlsx"
    left.parent.mkdir()
    left.write_bytes(b"half")
    assert main(["solve", str(case), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert not left.exists()


def running(out: Path, *more: str) -> subprocess.Popen[str]:
    """The default case, searched for longer than any test waits."""
    command = [
        sys.executable,
        "-u",
        "-m",
        "didymium",
        "solve",
        str(ALLIED),
        "--out",
        str(out),
        "--gap",
        "0",
        "--time-limit",
        "600",
        *more,
    ]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_for(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return
    raise AssertionError(f"{words!r} was never said")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_the_best_plan_complete(how: signal.Signals, tmp_path: Path) -> None:
    process = running(tmp_path / "out")
    wait_for(process, "at least")  # a bound is known
    process.send_signal(how)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 4
    assert "NOT proven to the required gap: stopped by hand" in out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["status"] == "interrupted"
    assert summary["gap_percent"] > 0
    assert openpyxl.load_workbook(tmp_path / "out" / "results.xlsx", read_only=True).sheetnames == SHEETS
    assert didymium.load(tmp_path / "out").status == "interrupted"


def test_a_kill_leaves_nothing_half_written(tmp_path: Path) -> None:
    process = running(tmp_path / "out")
    wait_for(process, "solving")
    time.sleep(1)
    process.kill()
    process.wait()
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


def test_two_runs_agree(case: Path, tmp_path: Path) -> None:
    told = []
    for name in ("one", "two"):
        main(["solve", str(case), "--out", str(tmp_path / name), "--quiet"])
        summary = json.loads((tmp_path / name / "summary.json").read_text())
        told.append({key: summary[key] for key in KEYS if key not in ("seconds", "peak_memory_mb")})
    assert told[0] == told[1]


def test_python_has_the_same(case: Path) -> None:
    asked = didymium.read(case)
    plan = didymium.solve(asked)
    assert plan.status == "optimal"
    assert list(plan.investments["project"]) == [row["project"] for row in plan.tables["investments"]]
    assert plan["costs"]["weighted_musd"].sum() == approx(plan.cost)
    assert didymium.size(asked) == plan.summary["model"]


def test_a_world_without_anything_is_an_empty_plan(tmp_path: Path) -> None:
    w = world(2026, 2027)
    w["regions"] = [region("here")]
    mine(w)
    assert main(["solve", str(write(w, tmp_path / "case")), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert main(["verify", str(tmp_path / "out")]) == 0

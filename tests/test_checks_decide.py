"""A result whose own Checks fail is no result: exit code 1, kept under another name, an older result untouched."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from test_algebra import tiny
from worlds import write

import didymium
from didymium.cli import main
from didymium.plan import tables as plan_tables_module
from didymium.reports import checks

NAMES = ["broken-report.html", "broken-results.xlsx", "broken-solver.log", "broken-summary.json"]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return write(tiny(), tmp_path / "case")


def spoilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Balance says that a tonne more was sold than the other sheets do: nothing that the re-check reads, so the sheet
    Checks alone can see it."""
    balance = plan_tables_module._TABLES["balance"]

    def more(solution: object) -> list[dict[str, object]]:
        rows = list(balance(solution))  # type: ignore[arg-type]
        rows[0]["sold_t"] = float(str(rows[0]["sold_t"])) + 1
        return rows

    monkeypatch.setitem(plan_tables_module._TABLES, "balance", more)  # type: ignore[arg-type]


def test_a_failed_check_is_no_result(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt(monkeypatch)
    assert main(["solve", str(case), "--out", str(tmp_path / "out"), "--quiet"]) == 1
    text = capsys.readouterr().err
    assert "the result's own checks fail, so it is not a result" in text
    assert "broken-results.xlsx" in text
    assert "Traceback" not in text
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == NAMES
    page = openpyxl.load_workbook(tmp_path / "out" / "broken-results.xlsx", data_only=True)["Checks"]
    assert page.cell(checks.OVERALL[0] + 1, checks.OVERALL[1] + 1).value == "FAIL"
    failed = [row[0].value for row in page.iter_rows(min_row=5, max_col=5) if row[4].value == "FAIL"]
    assert "sold, t: Balance against Trade" in failed


def test_an_older_result_stays(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = didymium.read(case)
    didymium.solve(inputs).save(tmp_path / "out")
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    spoilt(monkeypatch)
    with pytest.raises(didymium.BrokenPlan, match="its numbers do not add up"):
        didymium.solve(inputs).save(tmp_path / "out")
    after = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    assert {name: after[name] for name in before} == before
    assert sorted(set(after) - set(before)) == NAMES


def test_a_sound_result_keeps_its_name(case: Path, tmp_path: Path) -> None:
    written = didymium.solve(didymium.read(case)).save(tmp_path / "out")
    assert [p.name for p in written] == ["results.xlsx", "report.html", "solver.log", "summary.json"]

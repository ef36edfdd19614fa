"""verify: every cell that was changed is named, with what stands and what should; what programs do when they store a
file again is no change."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from edits import explore
from packages import change, parts_of, save
from test_algebra import tiny
from worlds import solve, sound

import didymium
from didymium.cli import main
from didymium.excel.headings import column_of
from didymium.reports import checksum
from didymium.reports.grid_differences import same_formula
from didymium.reports.verify import verify


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return solve(tiny()).save(tmp_path_factory.mktemp("out"))[0].parent


def copied(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to / "copy"))


def places(path: Path) -> list[str]:
    return [d.place for d in verify(path).differences]


def test_a_result_as_written_holds_with_all_its_files(folder: Path) -> None:
    statement = verify(folder)
    assert (statement.holds, statement.differences, statement.notes) == (True, [], [])
    assert all(t.holds for t in statement.totals) and len(statement.totals) > 100


def test_random_edits_of_single_cells_are_named(folder: Path, tmp_path: Path) -> None:
    assert explore(0, 6, folder / "results.xlsx", tmp_path) == []


def test_stored_again_by_openpyxl_it_holds_and_says_that_values_are_missing(folder: Path, tmp_path: Path) -> None:
    copy = copied(folder, tmp_path)
    openpyxl.load_workbook(copy / "results.xlsx").save(copy / "results.xlsx")
    statement = verify(copy)
    assert statement.holds
    assert "values were not stored" in statement.notes[0]


def test_what_stood_in_a_cell_is_told(folder: Path, tmp_path: Path) -> None:
    copy = copied(folder, tmp_path)
    book = openpyxl.load_workbook(copy / "results.xlsx")
    at = {column_of(str(c.value)): c.column for c in book["Capacity"][4]}
    number, name = book["Capacity"].cell(5, at["throughput_t"]), book["Capacity"].cell(5, at["project"])
    was = number.value, name.value
    number.value, name.value = 12345, "renamed"
    book.save(copy / "results.xlsx")
    reported = {d.place: d for d in verify(copy).differences}
    assert reported[f"Capacity!{number.coordinate}"].found == "12345"
    assert float(reported[f"Capacity!{number.coordinate}"].expected) == pytest.approx(was[0])
    assert (reported[f"Capacity!{name.coordinate}"].found, reported[f"Capacity!{name.coordinate}"].expected) == (
        "'renamed'",
        repr(was[1]),
    )


@pytest.mark.parametrize("sheet", ["Summary", "Checks", "Capacity", "Targets", "Inputs", "Run", "Seal", "Evidence"])
def test_a_sheet_that_is_gone_is_named(sheet: str, folder: Path, tmp_path: Path) -> None:
    copy = copied(folder, tmp_path)
    book = openpyxl.load_workbook(copy / "results.xlsx")
    del book[sheet]
    book.save(copy / "results.xlsx")
    statement = verify(copy)
    assert not statement.holds
    assert any(d.place == sheet and "missing" in d.found for d in statement.differences)


def test_a_formula_made_a_constant_or_another_is_named(folder: Path, tmp_path: Path) -> None:
    for edit, reported in (((lambda f: 7), "no formula but 7"), ((lambda f: f + "+0"), "the formula =")):
        copy = copied(folder, tmp_path / reported[:6])
        book = openpyxl.load_workbook(copy / "results.xlsx")
        cell = next(c for row in book["Summary"] for c in row if str(c.value).startswith("="))
        cell.value = edit(cell.value)
        book.save(copy / "results.xlsx")
        (difference,) = verify(copy).differences
        assert difference.place == f"Summary!{cell.coordinate}"
        assert difference.found.startswith(reported)


def test_who_makes_new_seals_is_found_by_what_contradicts_the_plan(folder: Path, tmp_path: Path) -> None:
    """A forger writes the whole workbook again with less throughput: seals and texts agree; Production, rules and
    Checks do not."""
    plan = solve(tiny())
    plan.tables["capacity"][0]["throughput_t"] = float(str(plan.tables["capacity"][0]["throughput_t"])) + 1
    with pytest.raises(didymium.BrokenPlan, match=r"broken-results\.xlsx"):
        plan.save(tmp_path)  # which finds it too
    statement = verify(tmp_path / "broken-results.xlsx")
    assert statement.differences == []
    assert not statement.holds
    assert [t.name for t in statement.totals if not t.holds][-2:] == [
        "rows of Capacity: utilisation against throughput and capacity on line: none",
        "rows of Capacity: throughput against Production, by plant and year: none",
    ]


def test_a_chart_turned_to_other_cells_is_named(folder: Path, tmp_path: Path) -> None:
    copy = copied(folder, tmp_path)
    part = next(
        p
        for p, content in parts_of(copy / "results.xlsx").items()
        if p.startswith("xl/charts/chart") and b"China-free" in content
    )
    change(copy / "results.xlsx", part, "$B$", "$C$")
    (difference,) = verify(copy).differences
    assert difference.place.startswith("Summary, chart 1 (China-free share")


def test_other_texts_and_data_of_the_page_are_named(folder: Path, tmp_path: Path) -> None:
    copy = copied(folder, tmp_path)
    page = copy / "report.html"
    text = page.read_text()
    page.write_text(
        text.replace('"headline":["', '"headline":["Nearly ', 1).replace("The answer</h2>", "The truth</h2>", 1)
    )
    first, second = places(copy)
    assert first.startswith("report.html line ")
    assert second == "report.html data: headline[0]"


def test_another_value_in_the_summary_is_named_but_for_seconds(folder: Path, tmp_path: Path) -> None:
    copy = copied(folder, tmp_path)
    summary = json.loads((copy / "summary.json").read_text())
    summary["seconds"]["total"] = 1e6
    summary["investments"][0]["capex_musd"] += 1
    (copy / "summary.json").write_text(json.dumps(summary))
    assert places(copy) == ["summary.json: investments[0].capex_musd"]


def test_a_bomb_is_refused(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = parts_of(folder / "results.xlsx")
    path = save(tmp_path / "results.xlsx", {**parts, "xl/sharedStrings.xml": b" " * (40 * 2**20)})
    assert main(["verify", str(path)]) == 2
    assert "looks like a zip bomb" in capsys.readouterr().out


def test_a_tree_of_scenarios_holds(tmp_path: Path) -> None:
    plan = didymium.solve(didymium.read(_case(tmp_path)), stochastic=True)
    statement = verify(plan.save(tmp_path / "out")[0])
    assert [str(d) for d in statement.differences] == []
    assert statement.holds


def _case(tmp_path: Path) -> Path:
    from worlds import write

    return write(sound(), tmp_path / "case")


def test_formulas_are_the_same_however_programs_write_them() -> None:
    assert same_formula("SUM('Costs'!$A$1:$A$9)*1.10", "SUM( Costs!$A$1:$A$9)*1.1")
    assert same_formula("A1<=1e-06", "A1<=0.000001")
    assert not same_formula("SUM(A1)", "SUM(A2)")
    assert not same_formula('IF(A1="a b",1,2)', 'IF(A1="ab",1,2)')


def test_the_seal_feels_every_cell_and_not_the_last_digit() -> None:
    row = ["truce", 2030, 1e9, 1e-6, None, 0.0, "x"]
    for k, value in enumerate(row):
        changed = [*row[:k], value * (1 + 1e-8) if isinstance(value, float) and value else f"{value}!", *row[k + 1 :]]
        assert not checksum.near(checksum.cells_checksum(changed), checksum.cells_checksum(row)), value
    nearly = [v * (1 + 5e-15) if isinstance(v, float) else v for v in row]
    assert checksum.near(checksum.cells_checksum(nearly), checksum.cells_checksum(row))


@pytest.mark.parametrize("value", [0.0, 1.0, -2030.0, 37481.7237, 1e-7, 1e12, -3.5e-3])
def test_a_number_is_known_again_by_how_it_is_felt(value: float) -> None:
    assert checksum.number_of_size(checksum.cell_size(value)) == pytest.approx(value, rel=1e-9, abs=1e-15)
    assert checksum.text_of_size(checksum.cell_size(value)) is None


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_edits_turn_a_live_check_red(folder: Path, tmp_path: Path) -> None:
    """Three copies, each with one number of a plan table changed by more than is shown, worked out anew by
    LibreOffice: all say FAIL."""
    rng = random.Random(3)
    for k in range(3):
        book = openpyxl.load_workbook(folder / "results.xlsx")
        page = book[
            rng.choice(
                [
                    "Investments",
                    "Capacity",
                    "Production",
                    "Trade",
                    "Origin",
                    "Demand",
                    "Stockpiles",
                    "Costs",
                    "Targets",
                    "Prices",
                ]
            )
        ]
        cells = [c for row in page.iter_rows(min_row=5) for c in row if isinstance(c.value, (int, float))]
        cell = rng.choice(cells)
        cell.value += rng.choice([1, -1]) * max(1, abs(cell.value) * 0.01)
        book.save(tmp_path / f"{k}.xlsx")
    out = tmp_path / "out"
    command = [
        "soffice",
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        out,
    ]
    subprocess.run([*command, *sorted(tmp_path.glob("*.xlsx"))], check=True, capture_output=True, timeout=240)
    reported = {k: openpyxl.load_workbook(out / f"{k}.xlsx", data_only=True)["Checks"]["D2"].value for k in range(3)}
    assert reported == dict.fromkeys(range(3), "FAIL")

"""The workbook in another office: opened, recalculated and stored by LibreOffice it shows the same values and reads as
the same case."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

import openpyxl
import pytest
from packages import set_cell
from test_algebra import tiny
from test_start import SLIPS, content_of
from worlds import solve

import didymium
from didymium.reports.verify import verify
from didymium.tables.read import read_tables
from didymium.template import write_workbook

INPUTS = Path(__file__).parents[1] / "inputs"

# LibreOffice then works out every formula on loading, instead of showing what is stored.
ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>"""


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("profile")
    (folder / "user").mkdir()
    (folder / "user" / "registrymodifications.xcu").write_text(ALWAYS)
    return folder


def stored_again(path: Path, profile: Path) -> Path:
    """The workbook as LibreOffice stores it after working out every formula."""
    out = path.parent / "office"
    command = [
        "soffice",
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        out,
        path,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return out / path.name


def formulas(path: Path) -> dict[tuple[str, str], tuple[str, object]]:
    """Every formula with the value stored beside it."""
    typed, shown = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    return {
        (page.title, cell.coordinate): (str(cell.value), shown[page.title][cell.coordinate].value)
        for page in typed.worksheets
        for row in page.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def alike(a: object, b: object) -> bool:
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) <= 1e-9 * max(1.0, abs(a))
    return (a or "") == (b or "")


@pytest.mark.parametrize("example", [True, False], ids=["example", "blank"])
def test_live_formulas_show_what_is_stored(example: bool, tmp_path: Path, profile: Path) -> None:
    path = didymium.new(tmp_path / "book.xlsx", example=example)
    ours, theirs = formulas(path), openpyxl.load_workbook(stored_again(path, profile), data_only=True)
    assert len(ours) > 1_000
    differ = {
        where: (f, v, theirs[where[0]][where[1]].value)
        for where, (f, v) in ours.items()
        if not alike(v, theirs[where[0]][where[1]].value)
    }
    assert differ == {}


def test_start_counts_the_same_of_spoilt_workbooks(tmp_path: Path, profile: Path) -> None:
    """Slips of each kind in every sheet, in a workbook: the counts stored are those that LibreOffice works
    out."""
    for seed in range(1):
        content, rng = content_of(INPUTS / "allied"), random.Random(seed)
        for slip in (*SLIPS, *SLIPS, *SLIPS):
            slip(content, rng)
        path = tmp_path / f"spoilt_{seed}.xlsx"
        write_workbook(path, content)
        theirs = openpyxl.load_workbook(stored_again(path, profile), data_only=True)["Start"]
        ours = {where: said for where, said in formulas(path).items() if where[0] == "Start"}
        differ = {
            where: (f, v, theirs[where[1]].value)
            for where, (f, v) in ours.items()
            if not alike(v, theirs[where[1]].value)
        }
        assert differ == {}
        assert sum(float(str(v)) for (_, cell), (_, v) in ours.items() if re.fullmatch(r"G\d+", cell)) >= 10


def test_a_result_recalculates_to_what_is_stored_and_still_verifies(tmp_path: Path, profile: Path) -> None:
    path = solve(tiny()).save(tmp_path / "out")[0]
    again = stored_again(path, profile)
    ours, theirs = formulas(path), openpyxl.load_workbook(again, data_only=True)
    assert len(ours) > 100
    differ = {
        where: (f, v, theirs[where[0]][where[1]].value)
        for where, (f, v) in ours.items()
        if not alike(v, theirs[where[0]][where[1]].value)
    }
    assert differ == {}
    statement = verify(again)
    assert statement.differences == []
    assert statement.holds


def test_the_recalculation_is_real(tmp_path: Path, profile: Path) -> None:
    """A wrong stored value is put right, so the test above can fail."""
    path = didymium.new(tmp_path / "book.xlsx", example=True)
    formula, right = formulas(path)["Start", "E7"]
    formula = formula.removeprefix("=").replace('"', "&quot;")
    set_cell(path, "Start", "E7", f"><f>{formula}</f><v>999</v></c>")
    assert openpyxl.load_workbook(path, data_only=True)["Start"]["E7"].value == 999
    assert openpyxl.load_workbook(stored_again(path, profile), data_only=True)["Start"]["E7"].value == right != 999


def test_stored_by_libreoffice_it_reads_as_the_same_case(tmp_path: Path, profile: Path) -> None:
    path = didymium.new(tmp_path / "book.xlsx", example=True)
    again = stored_again(path, profile)
    tables, problems = read_tables(again)
    assert tables.content_sha256() == read_tables(path)[0].content_sha256()
    assert problems == []
    assert didymium.check(again) == []


def test_an_id_typed_below_the_table_is_offered_at_once(tmp_path: Path, profile: Path) -> None:
    """A new mine under Projects is in the list of mines, and in that of all commodities, whose concentrate it names."""
    path = didymium.new(tmp_path / "book.xlsx", example=True)
    page = openpyxl.load_workbook(path)["Projects"]
    row = next(r for r in range(6, 500) if page.cell(r, 1).value is None)
    stage = next(c.column_letter for c in page[5] if c.value == "stage")
    mines = [r for r in range(6, row) if page[f"{stage}{r}"].value == "mine"]
    set_cell(path, "Projects", f"A{row}", 't="inlineStr"><is><t>new_pit</t></is></c>')
    set_cell(path, "Projects", f"{stage}{row}", 't="inlineStr"><is><t>mine</t></is></c>')
    shown = openpyxl.load_workbook(stored_again(path, profile), data_only=True)["Lists"]
    lists = {str(column[0]): [v for v in column[3:] if v] for column in shown.iter_cols(values_only=True)}
    assert lists["list_concentrates"][-1] == "new_pit" and len(lists["list_concentrates"]) == len(mines) + 1
    assert "new_pit" in lists["list_commodities_commodity_or_concentrates_or_mixed"]
    assert "new_pit" in lists["list_projects_project_or_all"]


def test_lists_survive_rows_inserted_and_sorted(tmp_path: Path, profile: Path) -> None:
    """Regions in another order, with a gap between them: the lists follow, and a computed column stays with its row."""
    path = didymium.new(tmp_path / "book.xlsx", example=True)
    book = openpyxl.load_workbook(path)
    page = book["Regions"]
    names = [page.cell(r, 1).value for r in range(6, 11)]
    for r, name in zip((6, 7, 9, 10, 11), reversed(names), strict=True):
        page.cell(r, 1).value = name
    page["A8"].value = None
    projects = book["Projects"]
    heads = {str(c.value): c.column for c in projects[5]}
    for column in (
        c for name, c in heads.items() if name not in ("capex_usd_per_t", "usual_low_usd_per_t", "usual_high_usd_per_t")
    ):
        upper, lower = projects.cell(7, column), projects.cell(8, column)
        upper.value, lower.value = lower.value, upper.value
    book.save(path)
    again = openpyxl.load_workbook(stored_again(path, profile), data_only=True)
    lists = {str(column[0]): [v for v in column[3:] if v] for column in again["Lists"].iter_cols(values_only=True)}
    assert lists["list_regions_region_or_all"] == ["*", *reversed(names)]
    for r in (7, 8):
        row = {name: again["Projects"].cell(r, c).value for name, c in heads.items()}
        assert row["capex_usd_per_t"] == pytest.approx(row["capex_musd_per_module"] * 1e6 / row["module_t_per_year"])


def test_a_marked_copy_opens_with_its_colours_and_notes(tmp_path: Path, profile: Path) -> None:
    path = didymium.new(tmp_path / "book.xlsx", example=True)
    set_cell(path, "Demand", "E6", 't="inlineStr"><is><t>1,200</t></is></c>')
    didymium.annotate(path, tmp_path / "marked.xlsx")
    book = openpyxl.load_workbook(stored_again(tmp_path / "marked.xlsx", profile))
    assert book["Demand"]["E6"].comment.text.startswith("ERROR: '1,200' is text that may mean 1200 or 1.2")
    areas = [
        str(a.sqref)
        for a in book["Demand"].conditional_formatting
        if any("didymium" in f for rule in a.rules for f in rule.formula)
    ]
    assert areas == ["E6"]
    links = [
        c.hyperlink.location for (c,) in book["Problems"].iter_rows(min_row=4, min_col=3, max_col=3) if c.hyperlink
    ]
    # And that checks wait
    assert [re.sub(r"[$']", "", link).replace(".", "!") for link in links] == [
        "Demand!E6",
        "Demand!A1",
    ]

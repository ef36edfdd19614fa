"""The marked copy: problems where they are, and everything else as the planner left it."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from packages import MAIN, RELS, parts_of, save
from worlds import sound, write

import didymium
from didymium.cli import main
from didymium.tables.read import read_tables

SPOILT = {"Demand!A6": "hear", "Demand!E6": "1,200", "Segments!B6": -1}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A planner's own workbook: with a chart, a formula, colours and a note of theirs, and three faults."""
    folder = tmp_path_factory.mktemp("kept")
    path = didymium.export(write(sound(), folder / "case"), folder / "plan.xlsx")
    book = openpyxl.load_workbook(path)
    for place, value in SPOILT.items():
        sheet, cell = place.split("!")
        book[sheet][cell] = value
    page = book.create_sheet("My sums")
    page["A1"] = "=SUM(Demand!D6:F6)"
    page["A2"].fill = PatternFill("solid", fgColor="FF00FF00")
    page["A2"].font = Font(bold=True)
    chart = BarChart()
    chart.add_data(Reference(book["Demand"], min_col=4, min_row=6, max_col=6))
    page.add_chart(chart, "C3")
    page.add_data_validation(DataValidation("list", formula1='"a,b"', sqref="B1"))
    book["Demand"]["A6"].comment = Comment("ask Hiroshi", "me")
    book.save(path)
    return path


@pytest.fixture
def bad(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(kept, tmp_path / "plan.xlsx"))


def check(path: Path, copy: Path) -> int:
    return main(["check", str(path), "--mark", str(copy)])


def coloured(page: object) -> dict[str, str]:
    """The cells that our rules colour, with the colour."""
    found = {}
    for area in page.conditional_formatting:  # type: ignore[attr-defined]
        for rule in area.rules:
            if rule.formula == ['"didymium check"="didymium check"']:
                found |= dict.fromkeys(str(area.sqref).split(), rule.dxf.fill.bgColor.rgb)
    return found


def test_bad_cells_are_coloured_and_commented_and_listed_with_links(bad: Path, tmp_path: Path) -> None:
    copy = tmp_path / "marked.xlsx"
    assert check(bad, copy) == 2
    book = openpyxl.load_workbook(copy)
    red = "FFF4A9A0"
    assert coloured(book["Demand"]) == {"A6": red, "E6": red}
    assert coloured(book["Segments"]) == {"B6": red}
    assert book["Segments"]["B6"].comment.text == "ERROR: -1 is too small; at least 0 USD/t"
    page = book["Problems"]
    assert book.active.title == "Problems"
    listed = {
        f"{r[1].value}!{r[2].value}": (r[0].value, r[2].hyperlink.location)
        for r in page.iter_rows(min_row=4)
        if r[0].value == "error"
    }
    assert listed == {p: ("error", f"'{p.split('!')[0]}'!{p.split('!')[1]}") for p in SPOILT}
    assert [c.value for c in page[3]] == ["severity", "sheet", "cell", "what is wrong, and what to do", "rule"]


def test_a_note_that_was_there_is_added_to(bad: Path, tmp_path: Path) -> None:
    check(bad, tmp_path / "marked.xlsx")
    note = openpyxl.load_workbook(tmp_path / "marked.xlsx")["Demand"]["A6"].comment
    assert note.text == "ask Hiroshi\nERROR: region 'hear' is unknown; did you mean 'here'?"


def test_all_that_the_planner_made_stays_byte_for_byte(bad: Path, tmp_path: Path) -> None:
    copy = tmp_path / "marked.xlsx"
    before = bad.read_bytes()
    check(bad, copy)
    assert bad.read_bytes() == before
    old, new = parts_of(bad), parts_of(copy)
    touched = {n for n in old if new[n] != old[n]}
    assert not {
        n for n in touched if n.startswith(("xl/charts", "xl/drawings/drawing", "xl/theme", "xl/tables", "docProps"))
    }
    for part in (n for n in touched if n.startswith("xl/worksheets/sheet")):
        ours = (
            rb'<conditionalFormatting sqref="[^"]*"><cfRule type="expression" dxfId="\d+"'
            rb' priority="1"><formula>"didymium check"="didymium check"</formula></cfRule></conditionalFormatting>'
        )
        bare = re.sub(rb"<legacyDrawing [^>]*/>", b"", re.sub(ours, b"", new[part]))
        assert bare == re.sub(rb"<legacyDrawing [^>]*/>", b"", re.sub(rb' tabSelected="\w+"', b"", old[part]))


def test_the_copy_says_the_same_problems_and_the_same_case(bad: Path, tmp_path: Path) -> None:
    copy = tmp_path / "marked.xlsx"
    check(bad, copy)
    assert [(p.place, p.text) for p in didymium.check(copy)] == [(p.place, p.text) for p in didymium.check(bad)]
    assert read_tables(copy)[0].content_sha256() == read_tables(bad)[0].content_sha256()


def test_a_marked_copy_can_be_mended_and_marked_again(bad: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    check(bad, first)
    book = openpyxl.load_workbook(first)
    book["Demand"]["E6"], book["Segments"]["B6"] = 10, 500_000
    book.save(first)
    assert check(first, second) == 2
    book = openpyxl.load_workbook(second)
    assert coloured(book["Demand"]) == {"A6": "FFF4A9A0"}
    assert coloured(book["Segments"]) == {}
    assert book["Segments"]["B6"].comment.text == "Checked again: nothing is wrong here now."
    assert book.sheetnames.count("Problems") == 1
    assert [r[0] for r in book["Problems"].iter_rows(min_row=4, max_col=1, values_only=True)].count("error") == 1


def test_only_the_problems_are_selected(bad: Path, tmp_path: Path) -> None:
    """Two selected tabs are edited together in Excel: what is typed in one lands in both."""
    check(bad, tmp_path / "marked.xlsx")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    assert [p.title for p in book.worksheets if p.sheet_view.tabSelected] == ["Problems"]


def test_names_are_registered_once(bad: Path, tmp_path: Path) -> None:
    """Excel repairs, and so may spoil, a file whose parts are registered twice or not at all."""
    check(bad, tmp_path / "marked.xlsx")
    parts = parts_of(tmp_path / "marked.xlsx")
    overrides = re.findall(r'PartName="/([^"]+)"', parts["[Content_Types].xml"].decode())
    assert len(overrides) == len(set(overrides))
    assert set(overrides) <= set(parts)
    assert [n for n in parts if n.endswith(".xml") and n.startswith("xl/") and n not in overrides] == []
    for name, content in parts.items():
        if name.endswith(".rels"):
            ids = re.findall(r'Id="([^"]+)"', content.decode())
            assert len(ids) == len(set(ids))
    with zipfile.ZipFile(tmp_path / "marked.xlsx") as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(set(archive.namelist()))


def test_children_of_a_worksheet_stay_in_the_order_of_the_standard(bad: Path, tmp_path: Path) -> None:
    from didymium.annotations.worksheet import _ORDER, Worksheet

    check(bad, tmp_path / "marked.xlsx")
    parts = parts_of(tmp_path / "marked.xlsx")
    for name in (n for n in parts if n.startswith("xl/worksheets/sheet")):
        ranks = [_ORDER.index(c.name) for c in Worksheet(parts[name]).children]
        assert ranks == sorted(ranks), name


def test_a_strict_prefixed_workbook_is_marked_in_its_own_words(bad: Path, tmp_path: Path) -> None:
    purl = "http://purl.oclc.org/ooxml"
    parts = {
        n: (
            c.replace(MAIN.encode(), f"{purl}/spreadsheetml/main".encode()).replace(
                RELS.encode(), f"{purl}/officeDocument/relationships".encode()
            )
        )
        for n, c in parts_of(bad).items()
    }
    save(bad, parts)
    check(bad, tmp_path / "marked.xlsx")
    new = parts_of(tmp_path / "marked.xlsx")
    assert f'xmlns="{purl}/spreadsheetml/main"'.encode() in new["xl/worksheets/sheet_didymium.xml"]
    assert RELS.encode() not in new["xl/_rels/workbook.xml.rels"]
    assert read_tables(tmp_path / "marked.xlsx")[0].content_sha256() == read_tables(bad)[0].content_sha256()


def test_a_csv_folder_is_marked_as_a_workbook(tmp_path: Path) -> None:
    w = sound()
    w["demand"][0]["region"] = "hear"
    folder = write(w, tmp_path / "case")
    assert check(folder, tmp_path / "marked.xlsx") == 2
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    assert (book["Demand"]["A1"].value, book["Demand"]["A2"].value) == ("region", "hear")
    assert coloured(book["Demand"])["A2"] == "FFF4A9A0"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["case", "marked.xlsx"]


def test_a_copy_is_never_written_over_anything(bad: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = hashlib.sha256(bad.read_bytes()).digest()
    assert check(bad, bad) == 6
    assert "is there already and is not overwritten" in capsys.readouterr().err
    assert hashlib.sha256(bad.read_bytes()).digest() == before
    assert check(bad, tmp_path / "marked.xlsm") == 2
    assert "the marked copy must end in .xlsx" in capsys.readouterr().out
    assert not (tmp_path / "marked.xlsm").exists()


def test_texts_of_the_input_stay_text_in_the_listing(tmp_path: Path) -> None:
    w = sound()
    w["demand"][0]["region"] = '=cmd|"<b>&'
    check(write(w, tmp_path / "case"), tmp_path / "marked.xlsx")
    page = openpyxl.load_workbook(tmp_path / "marked.xlsx")["Problems"]
    said = [r[3].value for r in page.iter_rows(min_row=4) if r[1].value == "Demand" and r[0].value == "error"]
    assert said == ["region '=cmd|\"<b>&' is unknown; known: here"]
    assert all(c.data_type != "f" for r in page.iter_rows() for c in r)

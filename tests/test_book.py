"""The cells of a workbook as they are written: every digit of a number, no formula out of a text, and nothing lost."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from xlsxwriter.exceptions import OverlappingRange

from didymium.excel.book import Book


def test_a_column_of_all_kinds_is_read_back_as_it_was_given(tmp_path: Path) -> None:
    given = [0.1 + 0.2, 5, -2.0, 1e300, "a & <b>", "=1+1", True, None, "x" * 20_000]
    with Book(tmp_path / "b.xlsx") as book:
        book.sheet("All", "All", "Kinds").table([{"cost_musd": value} for value in given], ["cost_musd"])
    page = openpyxl.load_workbook(tmp_path / "b.xlsx")["All"]
    cells = [page.cell(row, 1) for row in range(5, 14)]
    assert [c.value for c in cells] == [0.30000000000000004, 5, -2, 1e300, "a & <b>", "=1+1", "yes", None, "x" * 20_000]
    assert [c.data_type for c in cells] == ["n", "n", "n", "n", "s", "s", "s", "n", "s"]
    assert {c.number_format for c in cells[:4]} == {"#,##0.0"}
    assert [c.quotePrefix for c in cells] == [c.value == "=1+1" for c in cells]
    assert page.tables["tbl_all_1"].ref == page.tables["tbl_all_1"].autoFilter.ref == "A4:A13"


@pytest.mark.parametrize(("lost", "error"), [(float("nan"), TypeError), ("x" * 40_000, RuntimeError)])
def test_what_no_cell_can_hold_is_refused(tmp_path: Path, lost: object, error: type[Exception]) -> None:
    with pytest.raises(error), Book(tmp_path / "b.xlsx") as book:
        book.sheet("All", "All", "Kinds").table([{"cost_musd": lost}], ["cost_musd"])
    assert not (tmp_path / "b.xlsx").exists()


def test_cells_with_a_place_lead_to_it(tmp_path: Path) -> None:
    """Of three cells the second leads nowhere, and the third is blank and has nothing to lead from."""
    rows = [{"region": "here", "to": "'All'!A1"}, {"region": "there", "to": None}, {"region": None, "to": "'All'!A2"}]
    with Book(tmp_path / "b.xlsx") as book:
        page = book.sheet("All", "All", "Links")
        page.table(rows, ["region"], links={"region": lambda r: None if r["to"] is None else str(r["to"])})
        page.link(0, 3, "'All'!A4", "to the table", "A tip")
    read = openpyxl.load_workbook(tmp_path / "b.xlsx")["All"]
    found = {c.coordinate: c.hyperlink for row in read for c in row if c.hyperlink}
    assert {at: (link.location, link.display, link.tooltip) for at, link in found.items()} == {
        "D1": ("'All'!A4", "to the table", "A tip"),
        "A5": ("'All'!A1", "here", None),
    }
    assert [(read[at].value, read[at].font.underline) for at in ("A5", "A6", "A7")] == [
        ("here", "single"),
        ("there", None),
        (None, None),
    ]


def test_a_chart_shows_its_numbers_before_a_program_reads_them(tmp_path: Path) -> None:
    with Book(tmp_path / "b.xlsx") as book:
        page = book.sheet("All", "All", "Chart")
        area = page.table([{"region": "here", "t": 1.5}, {"region": "there", "t": 2.0}], ["region", "t"])
        chart = book.file.add_chart({"type": "bar"})
        chart.add_series({"categories": area.series("region"), "values": area.series("t")})
        page.page.insert_chart(0, 5, chart)
    with zipfile.ZipFile(tmp_path / "b.xlsx") as archive:
        drawn = archive.read("xl/charts/chart1.xml").decode()
    assert re.findall("<c:v>(.*?)</c:v>", drawn) == ["here", "there", "1.5", "2"]


def test_tables_that_overlap_are_refused(tmp_path: Path) -> None:
    """Excel does not open a workbook with them."""
    rows = [{"region": "here"}] * 3  # in A4:A7
    with Book(tmp_path / "b.xlsx") as book:
        page = book.sheet("All", "All", "Tables")
        page.table(rows, ["region"])
        page.table(rows, ["region"], at=(7, 0))
        with pytest.raises(OverlappingRange, match="overlaps the one at"):
            page.table(rows, ["region"], at=(6, 0))

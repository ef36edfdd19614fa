"""Files, sheets and cells as they come: each fault is told by its place and its remedy, and nothing is guessed or
lost."""

from __future__ import annotations

import datetime
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from packages import MAIN, RELS, bare, change, parts_of, save, set_cell, sheet_part
from worlds import sound, write

import didymium
from didymium.cli import main
from didymium.errors import NOTICE, WARNING
from didymium.tables.read import read_tables
from didymium.tables.xlsx import package, read_workbook, sheet


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    return didymium.export(write(sound(), folder / "case"), folder / "case.xlsx")


@pytest.fixture
def workbook(kept: Path, tmp_path: Path) -> Path:
    path = tmp_path / "case.xlsx"
    path.write_bytes(kept.read_bytes())
    return path


def told(path: Path, severity: str = "error") -> list[str]:
    return [str(p) for p in didymium.check(path) if p.severity == severity]


def refused(path: Path) -> str:
    with pytest.raises(didymium.BadWorkbook) as error:
        didymium.read(path)
    return str(error.value)


def same_case(a: Path, b: Path) -> bool:
    return read_tables(a)[0].content_sha256() == read_tables(b)[0].content_sha256()


# Files


def test_a_missing_file_a_folder_and_a_forbidden_one_are_named(
    workbook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "there is no file or folder" in refused(tmp_path / "nowhere.xlsx")
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty") == "empty: the folder holds no CSV tables (settings.csv, regions.csv, ...)"

    def forbid(*_: object, **__: object) -> None:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(Path, "open", forbid)
    assert refused(workbook).startswith(
        "case.xlsx: cannot be opened: it is open in another program, or you may not read it"
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty (0 bytes)"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
            "is not an .xlsx workbook but an old .xls file; open it and use Save As",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "has a password; open it in Excel, File, Info",
        ),
        (b"<html></html>", "is not an .xlsx workbook but an HTML or XML page"),
        (b"%PDF-1.7", "is not an .xlsx workbook but a PDF"),
        (b"region,segment\n", "is not an .xlsx workbook but plain text (CSV?)"),
        (b"PK\x03\x04 and no more", "is damaged or only partly copied"),
        (b"\x00\x01\x02\x03", "is not an .xlsx workbook, or is damaged"),
    ],
)
def test_what_is_no_workbook_is_told_by_its_kind(content: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "case.xlsx"
    path.write_bytes(content)
    assert refused(path).startswith(f"case.xlsx: {expected}")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<a/>"},
            "is not an .xlsx workbook but an OpenDocument file (.ods)",
        ),
        (
            {"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"x"},
            "is not an .xlsx workbook but a binary workbook (.xlsb)",
        ),
        (
            {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<a/>"},
            "is not an .xlsx workbook but a Word document",
        ),
        ({"readme.txt": b"hello"}, "is a zip archive but not an .xlsx workbook"),
        ({"[Content_Types].xml": b"<Types/>"}, "is not an .xlsx workbook, or is damaged"),
    ],
)
def test_other_archives_are_told_by_their_kind(parts: dict[str, bytes], expected: str, tmp_path: Path) -> None:
    assert refused(save(tmp_path / "case.xlsx", parts)).startswith(f"case.xlsx: {expected}")


def test_half_a_workbook_is_never_read_in_part(workbook: Path) -> None:
    whole = workbook.read_bytes()
    workbook.write_bytes(whole[:-2000])
    assert "damaged or only partly copied" in refused(workbook)
    middle = len(whole) // 2
    workbook.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :])
    with zipfile.ZipFile(workbook) as archive:
        assert archive.testzip(), "the flipped byte is inside a part"


def test_a_lock_file_is_told_apart_and_an_open_workbook_is_noticed(workbook: Path) -> None:
    lock = workbook.with_name("~$case.xlsx")
    lock.write_bytes(b"\x05user")
    assert (
        refused(lock)
        == "~$case.xlsx: is Excel's lock file; the workbook itself is case.xlsx, which is open in Excel: save and close"
        " it, then name it instead"
    )
    assert told(workbook, NOTICE) == ["case.xlsx: is open in Excel; what is read is how it was last saved"]
    lock.rename(workbook.with_name(".~lock.case.xlsx#"))
    assert told(workbook, NOTICE) == ["case.xlsx: is open in LibreOffice; what is read is how it was last saved"]


def test_a_batch_passes_over_lock_files(workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = workbook.with_name("~$case.xlsx")
    lock.write_bytes(b"\x05user")
    assert main(["solve", str(lock), str(workbook), "--out", str(tmp_path / "out")]) == 0
    assert "passed over ~$case.xlsx, Excel's lock file" in capsys.readouterr().err


def test_macros_are_noticed_and_never_run(workbook: Path) -> None:
    rels = "xl/_rels/workbook.xml.rels"
    macro = (
        '<Relationship Id="rIdM" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject"'
        ' Target="vbaProject.bin"/></Relationships>'
    )
    change(workbook, rels, "</Relationships>", macro)
    path = workbook.rename(workbook.with_suffix(".xlsm"))
    assert told(path, NOTICE) == ["case.xlsm: holds macros; they are not run and not needed"]
    assert same_case(path, path.with_suffix("").parent / "case.xlsm")


def test_data_connections_and_unused_links_are_noticed(workbook: Path) -> None:
    kinds = "".join(
        f'<Relationship Id="rIdM{k}" Type="{RELS}/{k}" Target="{k}.xml"/>' for k in ("connections", "externalLink")
    )
    change(workbook, "xl/_rels/workbook.xml.rels", "</Relationships>", kinds + "</Relationships>")
    assert told(workbook, NOTICE) == [
        "case.xlsx: has data connections; what is read is what they last stored",
        "case.xlsx: has links to other files, though no input cell uses them",
    ]


@pytest.mark.parametrize("name", ["plan for 2026 (final).xlsx", "計画 2026.xlsx", "it's.a.plan.xlsx"])
def test_any_name_of_file_and_folder_will_do(name: str, workbook: Path, kept: Path, tmp_path: Path) -> None:
    path = tmp_path / "Ein Ordner ü" / name
    path.parent.mkdir()
    workbook.rename(path)
    assert same_case(path, kept)
    assert main(["check", str(path), "--mark", str(path.with_stem("marked ü"))]) == 0


# Hostile files


def test_bombs_are_refused_before_they_are_unpacked(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = parts_of(workbook)
    flat = save(workbook.with_name("ratio.xlsx"), {**parts, "xl/worksheets/sheet2.xml": b" " * (20 * 2**20)})
    assert "looks like a zip bomb: xl/worksheets/sheet2.xml unpacks to" in refused(flat)
    many = save(workbook.with_name("parts.xlsx"), {**parts, **{f"xl/media/{k}": b"" for k in range(package.MAX_PARTS)}})
    assert "parts; workbooks of up to 5,000 are read" in refused(many)
    monkeypatch.setattr(package, "LARGEST_CONTENT", 2**16)
    assert "workbooks of up to 0 MB are read" in refused(workbook)


def test_a_part_that_lies_about_its_size_is_refused(workbook: Path) -> None:
    part = sheet_part(parts_of(workbook), "Demand")
    with zipfile.ZipFile(workbook) as archive:
        size = archive.getinfo(part).file_size
    raw = workbook.read_bytes()
    short = raw.replace(size.to_bytes(4, "little"), (size // 2).to_bytes(4, "little"))
    assert short != raw
    workbook.write_bytes(short)
    assert "is damaged or only partly copied" in refused(workbook)


def test_too_many_elements_or_cells_are_refused(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sheet, "MAX_CELLS", 10)
        assert "holds more than 10 filled cells on the sheet" in refused(workbook)
    monkeypatch.setattr(package, "MAX_ELEMENTS", 100)
    assert "holds more than 100 cells and other elements" in refused(workbook)


@pytest.mark.parametrize(
    "part",
    [
        "xl/workbook.xml",
        "xl/styles.xml",
        "xl/sharedStrings.xml",
        "xl/worksheets/sheet3.xml",
        "_rels/.rels",
        "docProps/app.xml",
    ],
)
def test_document_types_and_entities_are_refused_in_every_part(part: str, workbook: Path) -> None:
    parts = parts_of(workbook)
    declaration, _, rest = parts[part].partition(b"?>")
    bomb = declaration + b'?><!DOCTYPE a [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>' + rest
    assert "declares an XML document type or entities" in refused(save(workbook, {**parts, part: bomb}))


# Exports of other programs

PLAIN = (
    '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2"'
    ' t="s"><v>2</v></c><c r="B2"><v>7.5</v></c></row></sheetData>'
)
STRINGS = "<si><t>segment</t></si><si><t>shortage_cost_usd_per_t</t></si><si><t>cars</t></si>"


def cells(path: Path) -> list[list[object]]:
    return read_workbook(path).grids[0].rows


def test_a_wrong_dimension_changes_nothing(tmp_path: Path) -> None:
    """WPS writes A1, and some exporters a million rows."""
    expected = [["segment", "shortage_cost_usd_per_t"], ["cars", 7.5]]
    for k, dimension in enumerate(("", '<dimension ref="A1"/>', '<dimension ref="A1:XFD1048576"/>')):
        assert cells(bare(tmp_path / f"{k}.xlsx", {"Segments": dimension + PLAIN}, STRINGS)) == expected


def test_strict_files_read_like_others(workbook: Path, tmp_path: Path) -> None:
    parts = parts_of(workbook)
    strict = tmp_path / "strict.xlsx"
    purl = "http://purl.oclc.org/ooxml"
    save(
        strict,
        {
            n: (
                c.replace(MAIN.encode(), f"{purl}/spreadsheetml/main".encode()).replace(
                    RELS.encode(), f"{purl}/officeDocument/relationships".encode()
                )
            )
            for n, c in parts.items()
        },
    )
    assert same_case(strict, workbook)


def test_prefixed_names_and_cells_without_references_are_read(tmp_path: Path) -> None:
    """As the Open XML SDK and some report generators write."""
    prefixed = re.sub(r"<(/?)(\w)", r"<\1x:\2", PLAIN)
    path = bare(tmp_path / "a.xlsx", {"Segments": PLAIN}, STRINGS)
    parts = parts_of(path)
    body = f'<x:worksheet xmlns:x="{MAIN}">{re.sub(r" r=.[A-Z0-9]+.", "", prefixed)}</x:worksheet>'
    save(path, {**parts, "xl/worksheets/sheet1.xml": body.encode()})
    assert cells(path) == [["segment", "shortage_cost_usd_per_t"], ["cars", 7.5]]


def test_rich_text_phonetic_hints_and_escapes_are_read_as_shown(tmp_path: Path) -> None:
    rich = (
        "<si><r><t>two </t></r><r><rPr><b/></rPr><t>runs</t></r></si><si><t>東京</t><rPh sb='0'"
        " eb='2'><t>トウキョウ</t></rPh></si><si><t>a_x000A_b_x005F_x000A_</t></si>"
    )
    body = (
        '<sheetData><row r="1">'
        + "".join(f'<c r="{"ABC"[k]}1" t="s"><v>{k}</v></c>' for k in range(3))
        + '<c r="D1" t="inlineStr"><is><t>in</t><rPh><t>no</t></rPh></is></c></row></sheetData>'
    )
    assert cells(bare(tmp_path / "a.xlsx", {"S": body}, rich)) == [["two runs", "東京", "a\nb_x000A_", "in"]]


def test_dates_of_1904_are_told_as_excel_shows_them(tmp_path: Path) -> None:
    """The 1904 calendar counts 1,462 days later: 1 January 2026 is 44,561 there and 46,023 elsewhere."""
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    for mac, serial in ((True, 44561), (False, 46023)):
        body = f'<sheetData><row r="1"><c r="A1" s="1"><v>{serial}</v></c></row></sheetData>'
        workbook = f'<workbookPr date1904="{int(mac)}"/>'
        ((value,),) = cells(bare(tmp_path / f"{mac}.xlsx", {"S": body}, styles=styles, workbook=workbook))
        assert str(value.shown) == "2026-01-01 00:00:00"  # type: ignore[attr-defined]


def test_the_export_of_libreoffice_reads_as_the_same_case() -> None:
    samples = Path(__file__).parent / "samples"
    assert same_case(samples / "libreoffice.xlsx", samples / "version_1")


# Damaged cells


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ('<c r="A2"><v>1</v></c><c r="A2"><v>2</v></c>', "Segments!A2: the cell is stored twice in the file"),
        ('<c r="A3"><v>1</v></c>', "Segments: a cell in row 2 has the reference 'A3' in the file"),
        ('<c r="2A"><v>1</v></c>', "Segments: a cell in row 2 has the reference '2A' in the file"),
        (
            '<c r="A2" t="s"><v>99</v></c>',
            "Segments!A2: the cell points to text number '99', which the file does not hold",
        ),
        (
            '<c r="A2" t="s"><v>-1</v></c>',
            "Segments!A2: the cell points to text number '-1', which the file does not hold",
        ),
        ('<c r="A2"><v>NaN</v></c>', "Segments!A2: the cell is stored as a number but says 'NaN'"),
        ('<c r="A2"><v>12abc</v></c>', "Segments!A2: the cell is stored as a number but says '12abc'"),
        (
            '<c r="A2" t="s"><v>2</v></c><c r="XFD2"><v>1</v></c>',
            "Segments!XFD2: a stray cell far outside the table; clear it",
        ),
    ],
)
def test_a_damaged_cell_is_named(row: str, expected: str, tmp_path: Path) -> None:
    body = PLAIN.replace(re.findall(r'<row r="2">(.*?)</row>', PLAIN)[0], row)
    found = read_workbook(bare(tmp_path / "a.xlsx", {"Segments": body}, STRINGS)).grids[0].problems
    assert [str(p)[: len(expected)] for p in found] == [expected]


def test_stray_cells_are_named_and_blank_rows_cost_little(tmp_path: Path) -> None:
    """A million formatted blank rows are passed over; a cell at the very last row is told."""
    blank = '<row r="{0}"><c r="A{0}" s="0"/></row>'
    far = (
        "".join(blank.format(r) for r in range(3, 50_000))
        + '<row r="1048576"><c r="A1048576" t="str"><v>lost</v></c></row>'
    )
    grid = read_workbook(
        bare(tmp_path / "a.xlsx", {"Segments": PLAIN.replace("</sheetData>", far + "</sheetData>")}, STRINGS)
    ).grids[0]
    assert len(grid.rows) == 2
    assert [str(p) for p in grid.problems] == ["Segments!A1048576: a stray cell far outside the table; clear it"]


# Sheets and headings


def test_renamed_missing_and_extra_sheets_are_told(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    book["Segments"].title = "Segments (2)"
    book.create_sheet("Scratchpad")
    book["Demand"].title = "demand "
    book.save(workbook)
    assert "Segments: the sheet 'Segments' is missing; did you mean 'Segments (2)'?" in told(workbook)
    assert "Scratchpad: unknown sheet, ignored" in told(workbook, WARNING)
    assert "Demand: the sheet 'demand ' is read as Demand" in told(workbook, NOTICE)


def test_a_missing_part_and_a_chart_sheet_are_told(workbook: Path) -> None:
    parts = parts_of(workbook)
    part = sheet_part(parts, "Demand")
    assert "the part of the sheet 'Demand' is missing" in refused(
        save(workbook.with_name("b.xlsx"), {n: c for n, c in parts.items() if n != part})
    )
    name = part.removeprefix("xl/")
    rels = parts["xl/_rels/workbook.xml.rels"].decode()
    spoilt = re.sub(rf'/worksheet"(\s+)Target="{name}"', rf'/chartsheet"\1Target="{name}"', rels)
    assert spoilt != rels
    save(workbook, {**parts, "xl/_rels/workbook.xml.rels": spoilt.encode()})
    assert "Demand: is a chart sheet without cells; rename it, and give the name to the sheet with the table" in told(
        workbook
    )


def test_hidden_sheets_rows_and_columns_are_read_and_noticed(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    book["Demand"].sheet_state = "veryHidden"
    book["Regions"].row_dimensions[6].hidden = True
    book["Regions"].column_dimensions["B"].hidden = True
    kept = read_tables(workbook)[0].content_sha256()
    book.save(workbook)
    assert told(workbook, NOTICE) == [
        "Regions: 1 rows and 1 columns are hidden or filtered out; they are read all the same",
        "Demand: the sheet is hidden; it is read all the same",
    ]
    assert read_tables(workbook)[0].content_sha256() == kept


def test_headings_are_matched_loosely_and_what_was_assumed_is_told(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    page = book["Segments"]
    page["A5"], page["B5"] = " Segment ", "Shortage cost USD per t (USD/t)"
    book.save(workbook)
    assert told(workbook) == []
    assert "Segments!B5: the heading 'Shortage cost USD per t (USD/t)' is read as 'shortage_cost_usd_per_t'" in told(
        workbook, NOTICE
    )


@pytest.mark.parametrize("second", ["shortage_cost_usd_per_t", "SHORTAGE_COST_USD_PER_T", " shortage cost usd per t "])
def test_a_heading_that_is_there_twice_names_both_cells(second: str, workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    book["Segments"]["C5"] = second
    book.save(workbook)
    assert told(workbook) == [f"Segments!C5: the column {second.strip()!r} is there twice (also B5); remove one"]


def test_a_header_elsewhere_is_found_and_told(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    book["Segments"].insert_rows(1, 12)
    book["Regions"].insert_cols(1)
    book.save(workbook)
    assert (
        "Segments: no header found: within the first 10 rows the first cell of one must be 'segment'; one was found in"
        " A17: move it to column A, row 1 to 10" in told(workbook)
    )
    assert (
        "Regions: no header found: within the first 10 rows the first cell of one must be 'region'; one was found in"
        " B5: move it to column A, row 1 to 10" in told(workbook)
    )


def test_a_misspelt_column_is_an_error_and_an_extra_one_a_warning(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    page = book["Projects"]
    heading = next(c for c in page[5] if c.value == "max_utilisation_percent")
    heading.value = "max_utilization_percent"
    book["Segments"]["C5"] = "colour"
    book.save(workbook)
    (error,) = told(workbook)
    assert error.startswith(
        f"Projects!{heading.coordinate}: unknown column 'max_utilization_percent'; did you mean"
        " 'max_utilisation_percent'?"
    )
    assert "Segments!C5: unknown column 'colour', ignored" in told(workbook, WARNING)


def test_merged_cells_in_the_table_are_an_error_and_those_above_are_not(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    book["Demand"].merge_cells("A1:C1")
    book["Demand"].merge_cells("A6:A7")
    book.save(workbook)
    assert told(workbook) == ["Demand!A6: the cells A6:A7 are merged; unmerge them and fill each one"]


def test_a_totals_row_is_passed_over_and_a_typed_total_is_an_error(workbook: Path) -> None:
    parts = parts_of(workbook)
    table = next(n for n, c in parts.items() if n.startswith("xl/tables/") and b'name="Segments"' in c)
    last = int(re.search(rb'ref="A5:[A-Z]+(\d+)"', parts[table])[1])  # type: ignore[index]
    text = parts[table].replace(b'totalsRowShown="0"', b'totalsRowCount="1"')
    save(workbook, {**parts, table: text})
    set_cell(workbook, "Segments", f"A{last}", 't="inlineStr"><is><t>Total</t></is></c>')
    set_cell(workbook, "Segments", f"B{last}", "><f>SUM(B6:B15)</f><v>1000000</v></c>")
    checked = didymium.api.examine(workbook)
    assert [p for p in checked.problems if p.is_error] == []
    assert dict(checked.counts["Segments"].rows_ignored) == {"totals row of a table": 1}
    set_cell(workbook, "Segments", f"A{last - 1}", 't="inlineStr"><is><t>Total</t></is></c>')
    assert any(
        t.startswith(f"Segments!A{last - 1}: 'Total' looks like the label of a total; take totals out of the table")
        for t in told(workbook)
    )


def test_gaps_and_rows_of_spaces_are_passed_over(workbook: Path, kept: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    page = book["Recipes"]
    page.insert_rows(7, 2)
    page["A7"], page["B8"] = "   ", "\u00a0\u200b "
    book.save(workbook)
    assert same_case(workbook, kept)


@pytest.mark.parametrize(
    "heading",
    [2027, 2027.0, "2027", " 2027 ", "2027.0", datetime.date(2027, 1, 1), datetime.datetime(1905, 7, 19)],
    ids=lambda h: f"{type(h).__name__} {h}",
)
def test_a_year_may_head_its_column_in_many_ways(heading: object, workbook: Path, kept: Path) -> None:
    """19 July 1905 is what Excel shows for the number 2027 formatted as a date."""
    book = openpyxl.load_workbook(workbook)
    assert str(book["Demand"]["E5"].value) == "2027"
    book["Demand"]["E5"] = heading
    book.save(workbook)
    assert told(workbook) == []
    assert same_case(workbook, kept)


def test_a_missing_or_repeated_year_is_an_error(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    book["Demand"]["E5"] = 2026
    book.save(workbook)
    assert told(workbook) == [
        "Demand!E5: the column '2026' is there twice (also D5); remove one",
        "Demand: the column 2027 is missing; every year from 2026 to 2028 is needed",
    ]


def test_a_cell_without_a_heading_is_told(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    book["Segments"]["H6"] = 5
    book.save(workbook)
    checked = didymium.api.examine(workbook)
    assert "Segments!H6: no heading over H6; ignored: give the column a heading, or clear it" in [
        str(p) for p in checked.problems
    ]
    assert checked.counts["Segments"].cells_ignored["cells without a heading"] == 1


# Cells


def spoil_cell(path: Path, sheet: str, cell: str, value: object) -> list[str]:
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    book.save(path)
    return told(path)


CELLS = {
    "error value": ("#REF!", "the cell holds the error #REF!; mend the formula"),
    **{
        e: (e, f"the cell holds the error {e}; mend the formula")
        for e in ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!")
    },
    "formula never saved": ("=1+1", "the formula '=1+1' has no stored value; open the file in Excel and save it"),
    "number stored as text": ("'12", '"\'12" is text that looks like a number; type 12 without'),
    "spaces around": ("12 ", "'12' is text that looks like a number; type 12 without"),
    "thousands": ("1,200", "'1,200' is text that may mean 1200 or 1.2; type the one that is meant"),
    "continental": ("1.000,5", "'1.000,5' is text that looks like a number; type 1000.5 without"),
    "narrow spaces": ("1\u202f200", "'1\\u202f200' is text that looks like a number; type 1200 without"),
    "currency": ("$1,200", "'$1,200' is text that may mean 1200 or 1.2; type the one that is meant"),
    "percent": (
        "12%",
        "'12%' is a percentage in words; the column holds t/year: type the number that is meant in that unit",
    ),
    "accountant": ("(5)", "'(5)' is text that looks like a number; type -5 without"),
    "unicode minus": ("\u22125", "'−5' is text that looks like a number; type -5 without"),
    "full width": ("\uff11\uff12", "'１２' is text that looks like a number; type 12 without"),
    "scientific text": ("1.5e3", "'1.5e3' is text that looks like a number; type 1500 without"),
    "underscores": ("1_000", "'1_000' is text that looks like a number; type 1000 without"),
    "to be confirmed": (
        "TBC",
        "'TBC' is not a number; clear the cell where a blank is allowed, else write the number (0 for none)",
    ),
    "dash": ("-", "'-' is not a number; clear the cell where a blank is allowed"),
    "nan": ("nan", "'nan' is not a number"),
    "infinity": ("Infinity", "'Infinity' is not a number"),
    "beyond all floats": ("1e999", "'1e999' is not a number"),
    "truth value": (True, "TRUE is not a number"),
    "date": (
        datetime.datetime(2026, 1, 5),
        "the cell holds a date (2026-01-05 00:00:00); if 46027 is meant, format the cell as a number",
    ),
    "enormous": (1e15, "1e+15 is too large; numbers go up to 1e+12"),
}


@pytest.mark.parametrize("fault", CELLS)
def test_odd_cells_are_named(fault: str, workbook: Path) -> None:
    value, expected = CELLS[fault]
    found = spoil_cell(workbook, "Demand", "E6", value)
    assert any(text.startswith(f"Demand!E6: {expected}") for text in found), found


def test_a_number_formatted_as_a_date_is_used_and_told(workbook: Path) -> None:
    """12 formatted as a date shows 12 January 1900: nobody means that day."""
    book = openpyxl.load_workbook(workbook)
    book["Demand"]["E6"] = 12
    book["Demand"]["E6"].number_format = "dd/mm/yyyy"
    book.save(workbook)
    assert told(workbook) == []
    assert "Demand!E6: 12 is formatted as a date (1900-01-12 00:00:00); the number is used" in told(workbook, NOTICE)
    assert read_tables(workbook)[0]["Demand"][0].years[2027] == 12


def test_an_error_value_is_told_in_any_column(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    page = book["Segments"]
    note = next(c.column_letter for c in page[5] if c.value == "note")
    page[f"{note}6"] = "#VALUE!"
    book.save(workbook)
    assert told(workbook) == [f"Segments!{note}6: the cell holds the error #VALUE!; mend the formula"]


def test_formulas_are_read_by_their_stored_value(workbook: Path, kept: Path) -> None:
    set_cell(workbook, "Demand", "E6", "><f>5+5</f><v>10</v></c>")
    change(workbook, "xl/workbook.xml", 'fullCalcOnLoad="1"', "")
    assert same_case(workbook, kept)
    assert told(workbook) == []
    set_cell(workbook, "Demand", "E6", 't="str"><f>IF(TRUE,"","")</f><v></v></c>')
    assert told(workbook) == ["Demand!E6: 2027 is empty; write 0 where there is none"], (
        "a formula that shows nothing is a blank"
    )


def test_values_stored_by_a_program_that_does_not_calculate_are_doubted(workbook: Path) -> None:
    set_cell(workbook, "Demand", "E6", "><f>5+5</f><v>0</v></c>")
    said = (
        "Demand: values of formulas (1, the first in E6) were stored by a program that may not calculate; open the file"
        " in Excel and save it"
    )
    assert said in told(workbook, WARNING)


def test_values_from_other_files_are_listed(workbook: Path) -> None:
    set_cell(workbook, "Demand", "E6", "><f>[1]Sheet1!A1+Demand[2026]</f><v>10</v></c>")
    set_cell(workbook, "Demand", "F6", "><f>Demand[2026]</f><v>10</v></c>")
    assert "Demand: 1 cells take their value from another file as it was last stored: E6" in told(workbook, NOTICE)


def test_words_that_others_take_for_nothing_are_text(workbook: Path) -> None:
    for word in ("NA", "None", "null", "nan"):
        book = openpyxl.load_workbook(workbook)
        book["Imports"]["B6"] = book["Imports"]["B7"] = word
        book.save(workbook)
        assert told(workbook) == []
        assert read_tables(workbook)[0]["Imports"][0]["supplier"] == word


@pytest.mark.parametrize(("value", "said"), [(1, "1"), (True, "True"), ("y", "'y'")])
def test_only_yes_and_no_are_yes_and_no(value: object, said: str, workbook: Path) -> None:
    assert spoil_cell(workbook, "Imports", "C6", value)[0] == f"Imports!C6: {said} is neither yes nor no"


def test_ids_of_digits_are_text_and_dates_are_no_ids(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    page = book["Segments"]
    page["A7"], page["B7"], page["A8"], page["B8"] = 101, 5, "101", 6
    page["A9"], page["B9"] = datetime.datetime(2026, 3, 1), 7
    page["A10"], page["B10"] = 200000.0, 7
    book.save(workbook)
    assert told(workbook) == [
        (
            "Segments!A9: the cell holds a date (2026-03-01 00:00:00); Excel turns some names and numbers into dates:"
            " format the cell as text and type it again"
        ),
        "Segments!A8: segment '101' is already in row 7; keep one",
    ]
    assert "Segments!A10: a number where a name is meant; read as '200000'" in told(workbook, NOTICE)


@pytest.mark.parametrize("spelling", [" cars ", "cars\u00a0", "\u200bcars", "cars\ufeff", "\ncars\n", "cars\u00ad"])
def test_invisible_characters_around_an_id_are_dropped(spelling: str, workbook: Path, kept: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    book["Demand"]["B6"] = spelling
    book.save(workbook)
    assert same_case(workbook, kept)
    assert told(workbook) == []


def test_accents_written_in_two_ways_are_one(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    book["Imports"]["B6"], book["Imports"]["B7"] = "caf\u00e9", "cafe\u0301"
    book.save(workbook)
    assert told(workbook) == []


def test_an_id_in_capitals_or_with_a_space_is_read_as_an_id_and_told(workbook: Path, kept: Path) -> None:
    assert spoil_cell(workbook, "Segments", "A6", "C\u00e1rs ") == []
    assert "Segments!A6: 'C\u00e1rs' is read as 'cars'" in told(workbook, NOTICE)
    assert same_case(workbook, kept)
    assert read_tables(workbook)[0]["Segments"][0].extra["name"] == "C\u00e1rs", "how it was typed is its name"
    assert (
        spoil_cell(workbook, "Segments", "A6", "Cars/2")[0]
        == "Segments!A6: 'Cars/2' is not a lower_snake_case id; try 'cars_2'"
    )


def test_unprintable_and_endless_texts_are_told(workbook: Path) -> None:
    set_cell(workbook, "Imports", "B6", 't="inlineStr"><is><t>a_x0001_b</t></is></c>')
    assert "Imports!B6: the text holds the unprintable character U+0001; type it again" in told(workbook)
    set_cell(workbook, "Imports", "B6", f't="inlineStr"><is><t>{"x" * 32_768}</t></is></c>')
    assert "Imports!B6: the text is longer than the 32,767 characters that a cell can hold" in told(workbook)
    set_cell(workbook, "Imports", "B6", 't="inlineStr"><is><t>a_xD83D_b</t></is></c>')
    assert "Imports!B6: the text holds the unprintable character U+D83D; type it again" in told(workbook)


def test_parts_of_a_year_are_told(workbook: Path) -> None:
    column = next(c.column_letter for c in openpyxl.load_workbook(workbook)["Projects"][5] if c.value == "retires_year")
    assert spoil_cell(workbook, "Projects", f"{column}6", 2026.4) == [
        f"Projects!{column}6: 2026.4 is not a whole number"
    ]


# CSV


def test_csv_that_does_not_read_is_told_beside_the_rest(tmp_path: Path) -> None:
    folder = write(sound(), tmp_path / "case")
    (folder / "segments.csv").write_bytes(b"segment,\xff\xfe\n")
    (folder / "demand.csv").write_text((folder / "demand.csv").read_text().replace("metal", "mettal"))
    found = told(folder)
    assert any(t.startswith("Demand!C2: commodity 'mettal' is unknown") for t in found)
    assert any(t.startswith("Segments: segments.csv cannot be read as UTF-8 CSV (") for t in found)


def test_csv_lines_are_split_by_line_ends_alone(tmp_path: Path) -> None:
    folder = write(sound(), tmp_path / "case")
    text = (folder / "imports.csv").read_text().replace(",x,", ",sup\u2028plier\u0085,")
    (folder / "imports.csv").write_text(text, encoding="utf-8")
    assert told(folder) == []
    assert read_tables(folder)[0]["Imports"][0]["supplier"] == "sup\u2028plier"

"""Ordinary slips of the hand: each is told where it is, none is taken for another number, and one slip is one
problem."""

from __future__ import annotations

import datetime
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from worlds import sound, write

import didymium
from didymium.cli import main
from didymium.errors import NOTICE, WARNING
from didymium.tables import numerals
from didymium.tables.read import read_tables


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slips")
    return didymium.export(write(sound(), folder / "case"), folder / "case.xlsx")


@pytest.fixture
def workbook(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(kept, tmp_path / "case.xlsx"))


def told(path: Path, severity: str = "error") -> list[str]:
    return [str(p) for p in didymium.check(path) if p.severity == severity]


def at(path: Path, sheet: str, heading: str, row: int = 6) -> str:
    """The cell of a column, by its heading in row 5."""
    page = openpyxl.load_workbook(path)[sheet]
    return next(f"{c.column_letter}{row}" for c in page[5] if str(c.value) == heading)


def type_in(path: Path, sheet: str, cell: str, value: object, style: str = "") -> None:
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    if style:
        book[sheet][cell].number_format = style
    book.save(path)


# One slip, one problem


def test_a_blank_module_size_is_told_and_costs_no_other_problem(
    workbook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The quick screen multiplies module sizes: it waits for them instead of falling over."""
    size = at(workbook, "Projects", "module_t_per_year")
    type_in(workbook, "Projects", size, None)
    type_in(workbook, "Demand", "A6", "hear")
    found = told(workbook)
    assert f"Projects!{size}: module_t_per_year is empty; pit can be built, so it must be given" in found
    assert "Demand!A6: region 'hear' is unknown; did you mean 'here'?" in found
    assert len(found) == 2
    assert main(["check", str(workbook)]) == 2
    assert main(["solve", str(workbook)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_fault_in_one_check_is_a_line_and_the_others_report(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_check(tables: object) -> Iterator[didymium.Problem]:
        yield didymium.Problem("Demand", "before the fault")
        raise ZeroDivisionError("by hand")

    monkeypatch.setattr(didymium.checks, "CHECKS", (broken_check, *didymium.checks.CHECKS))
    type_in(workbook, "Demand", "A6", "hear")
    found = didymium.check(workbook)
    fault = next(p for p in found if p.code == "fault")
    assert fault.is_error and fault.text.startswith(
        "the check `broken_check` failed (ZeroDivisionError: by hand); this is a fault of ours"
    )
    assert any(p.code == "references_are_known" and "region 'hear' is unknown" in p.text for p in found)


@pytest.mark.parametrize("heading", ["stage", "ore_type", "existing_t_per_year", "max_modules", "region", "project"])
@pytest.mark.parametrize("new", [None, "{}x", 12])
def test_one_heading_is_one_error(heading: str, new: object, workbook: Path) -> None:
    cell = at(workbook, "Projects", heading, 5)
    type_in(workbook, "Projects", cell, new.format(heading) if isinstance(new, str) else new)
    (error,) = told(workbook)
    assert error.startswith(f"Projects!{cell}: ") and heading in error


def test_an_id_that_is_misspelt_where_it_is_defined_is_one_error_there(workbook: Path) -> None:
    """`here` stands in Projects (three times), Demand, Imports and Routes."""
    type_in(workbook, "Regions", "A6", "heer")
    (error,) = [p for p in didymium.check(workbook) if p.is_error]
    assert error.place == "Regions!A6"
    assert error.text.startswith("region 'heer' is used nowhere, and 'here', which is used ")
    assert "Demand!A6" in error.also, "the marked copy shows them all"


def test_an_unknown_name_in_many_cells_is_one_error(workbook: Path) -> None:
    for row in (6, 7, 8):
        type_in(workbook, "Projects", at(workbook, "Projects", "region", row), "mars")
    (error,) = [e for e in told(workbook) if "mars" in e]
    assert "region 'mars' is unknown (here and in 2 more cells)" in error


def test_a_region_that_does_not_read_says_nothing_of_its_references(workbook: Path) -> None:
    type_in(workbook, "Regions", "A6", None)
    assert told(workbook) == [
        "Regions!A6: the first cell (region) is empty but the row is not; fill it or clear the row"
    ]


def test_an_unread_stage_makes_nothing_a_none(workbook: Path) -> None:
    cell = at(workbook, "Projects", "stage")
    type_in(workbook, "Projects", cell, "mined")
    assert told(workbook) == [
        f"Projects!{cell}: 'mined' is not one of mine, refinery, heavy, metal, magnet, recycler; did you mean 'mine'?"
    ]


def test_a_missing_sheet_is_not_taken_for_one_that_is_there(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    del book["Segments"]
    book.save(workbook)
    (error,) = told(workbook)
    assert error == "Segments: the sheet 'Segments' is missing"


@pytest.mark.parametrize(
    "note",
    ["Source: USGS, figures of 2024", "These figures are rounded to the nearest thousand tonnes", "checked by AB"],
)
def test_a_note_under_a_table_is_not_advised_as_an_id(note: str, workbook: Path) -> None:
    type_in(workbook, "Segments", "A9", note)
    (error,) = told(workbook)
    assert error.startswith("Segments!A9: ") and "note" in error and "header" in error and "try" not in error


def test_a_setting_that_is_nearly_right_is_an_error(workbook: Path) -> None:
    type_in(
        workbook,
        "Settings",
        next(
            f"A{r}" for r in range(6, 30) if openpyxl.load_workbook(workbook)["Settings"][f"A{r}"].value == "last_year"
        ),
        "last_yaer",
    )
    (error,) = told(workbook)
    assert "unknown setting 'last_yaer'; did you mean 'last_year'?" in error


def test_a_single_blank_year_where_a_blank_counts_as_nothing_is_doubted(workbook: Path, tmp_path: Path) -> None:
    w = sound()
    w["budgets"] = [{"government": "us", "2026": 5, "2027": "", "2028": 5}]
    assert any(
        "2027 is blank between two years that are not; a blank counts as 0" in t
        for t in told(write(w, tmp_path / "case"), WARNING)
    )


# Numbers


READINGS = {
    "2,5": ("2.5",),
    "7,2": ("7.2",),
    "669,5": ("669.5",),
    "0,5": ("0.5",),
    "0,500": ("0.5",),
    ",5": ("0.5",),
    "12345,678": ("12345.678",),
    "1,200": ("1200", "1.2"),
    "1.200": ("1200", "1.2"),
    "-1,200": ("-1200", "-1.2"),
    "1,200,000": ("1200000",),
    "12,00,000": ("1200000",),
    "1.000,5": ("1000.5",),
    "1,000.5": ("1000.5",),
    "1.000.000": ("1000000",),
    "1.234.567,8": ("1234567.8",),
    "1 200,5": ("1200.5",),
    "1 200": ("1200",),
    "1\u202f200": ("1200",),
    "1'200": ("1200",),
    "(2,5)": ("-2.5",),
    "\u20ac 2,5": ("2.5",),
    "2,5 %": ("2.5",),
    "1,5e3": ("1500",),
    "2 5": (),
    "1,2,3": (),
    "1.234,567,8": (),
    "--5": (),
    "5-10": (),
    "1e999": (),
    "nan": (),
    "": (),
    ",": (),
}


@pytest.mark.parametrize("text", READINGS)
def test_a_text_is_read_as_every_number_that_it_may_mean(text: str) -> None:
    """Where 1,200 may be twelve hundred or one and a fifth, both are named: a thousand lies between them."""
    assert numerals.readings(text) == READINGS[text]


PERCENTS = [
    ("Regions", "wacc_percent"),
    ("Projects", "max_utilisation_percent"),
    ("Imports", "tariff_percent"),
    ("Targets", "2027"),
    ("Assays", "Nd"),
    ("Recoveries", "Nd"),
    ("Scenarios", "probability_percent"),
]


@pytest.mark.parametrize(("sheet", "heading"), PERCENTS)
@pytest.mark.parametrize("style", ["0%", "0.00%", "[Red]0.0%;-0.0%"])
def test_a_percent_format_in_a_percent_column_shows_both_readings(
    sheet: str, heading: str, style: str, workbook: Path
) -> None:
    cell = at(workbook, sheet, heading)
    type_in(workbook, sheet, cell, 0.4, style)
    error = next(e for e in told(workbook) if e.startswith(f"{sheet}!{cell}: "))
    assert "shows 40 %" in error and "if 40 % is meant type 40, if 0.4 % is meant type 0.4" in error


def test_a_percent_format_in_settings_is_an_error_and_in_a_share_is_what_it_shows(workbook: Path) -> None:
    """risk_weight is a share of 1, so 20 % is 0.2; 0 % is 0 everywhere; a shock's 30 % may be a factor of 0.3 or a
    tariff of 30 points."""
    page = openpyxl.load_workbook(workbook)["Settings"]
    cell = {page[f"A{r}"].value: f"B{r}" for r in range(6, 30)}
    for name, value in (("discount_rate_percent", 0.05), ("risk_weight", 0.2), ("mip_gap_percent", 0)):
        type_in(workbook, "Settings", cell.get(name) or _added(workbook, name), value, "0%")
    factor = at(workbook, "Shocks", "value")
    type_in(workbook, "Shocks", factor, 0.3, "0%")
    error, shock = told(workbook)
    assert "if 5 % is meant type 5, if 0.05 % is meant type 0.05" in error
    assert read_tables(workbook)[0].setting("risk_weight") == 0.2
    assert shock.startswith(f"Shocks!{factor}: the cell is formatted as a percentage and shows 30 %")


def _added(path: Path, name: str) -> str:
    """The cell of the value of a setting that is added below the others."""
    book = openpyxl.load_workbook(path)
    page = book["Settings"]
    row = next(r for r in range(6, 40) if page[f"A{r}"].value is None)
    page[f"A{row}"] = name
    book.save(path)
    return f"B{row}"


def test_a_percent_format_over_tonnes_is_an_error_and_a_literal_percent_sign_is_none(workbook: Path) -> None:
    type_in(workbook, "Demand", "E6", 0.4, "0%")
    assert told(workbook)[0].startswith(
        "Demand!E6: the cell is formatted as a percentage and shows 40 %; the column holds t/year"
    )
    type_in(workbook, "Demand", "E6", 10, "0")
    type_in(workbook, "Regions", "B6", 6.5, '0.0" %"')
    assert told(workbook) == []


TYPED: list[tuple[object, str]] = [
    *(
        (text, "")
        for text in (
            "2,5",
            "0,75",
            "669,5",
            "1,200",
            "1.200,5",
            "1 200,5",
            "1,2e3",
            "-2,5",
            "(2,5)",
            "12,",
            ",5",
            "1,000,5",
        )
    ),
    *(
        (text, "")
        for text in ("5 kt", "12 t", "3 bn", "40 USD", "1.5k", "7 M USD", "USD 12", "5t/yr", "2x", "10 years")
    ),
    *((text, "") for text in ("40%", "2,5 %", "0.4 %", "\u2030 5", "50 pct")),
    *((value, "0%") for value in (0.4, 1, 0.025, 40)),
    *((datetime.datetime(2026, m, d), "") for m, d in ((1, 5), (5, 2), (12, 31))),
    (datetime.time(2, 1), ""),
    (datetime.date(1999, 12, 1), ""),
    (datetime.timedelta(hours=25), ""),
    (46144, "d-mmm"),
    (0.084, "h:mm"),
    (18264, "mmm-yy"),
    *((text, "") for text in ("1.2.3", "1/2", "5-10", "~5", ">5", "ca. 5", "5?", "12 000 t", "O", "l0")),
]


MEANT = {
    "2,5": "2.5",
    "0,75": "0.75",
    "669,5": "669.5",
    "1.200,5": "1200.5",
    "1 200,5": "1200.5",
    "1,2e3": "1200",
    "-2,5": "-2.5",
}
MEANT |= {"(2,5)": "-2.5", "12,": "12", ",5": "0.5"}


def test_slips_of_comma_unit_percent_and_date(workbook: Path) -> None:
    """None is silent, and no single number is advised that is another magnitude than what was typed."""
    for value, style in TYPED[::2]:
        path = Path(shutil.copy(workbook, workbook.with_name("slip.xlsx")))
        type_in(path, "Demand", "E6", value, style)
        error = next((e for e in told(path) if e.startswith("Demand!E6: ")), None)
        assert error, (value, style)
        advised = re.search(r"; type (\S+) without", error)
        assert (advised[1] if advised else "") == MEANT.get(str(value), ""), error


# CSV


def csv_folder(folder: Path, rewrite: Callable[[str], bytes]) -> Path:
    """The case as CSV files, each rewritten."""
    for path in write(sound(), folder).glob("*.csv"):
        path.write_bytes(rewrite(path.read_text(encoding="utf-8")))
    return folder


def with_separator(text: str, separator: str, decimal: str = ".") -> str:
    rows = [line.split(",") for line in text.splitlines()]
    return "\r\n".join(separator.join(cell.replace(".", decimal) for cell in row) for row in rows) + "\r\n"


@pytest.mark.parametrize(
    ("rewrite", "said"),
    [
        (lambda t: with_separator(t, ";").encode(), "demand.csv is read with semicolons between its cells"),
        (lambda t: with_separator(t, "\t").encode(), "demand.csv is read with tabs between its cells"),
        (lambda t: t.encode("utf-16"), "demand.csv is read as UTF-16"),
        (lambda t: t.encode("utf-16-le"), "demand.csv is read as UTF-16"),
        (lambda t: b"\xfe\xff" + t.encode("utf-16-be"), "demand.csv is read as UTF-16"),
        (
            lambda t: ("sep=;\r\n" + with_separator(t, ";")).encode("utf-8-sig"),
            "demand.csv is read with semicolons between its cells",
        ),
        (
            lambda t: with_separator(t, "\t").encode("utf-16"),
            "demand.csv is read as UTF-16, with tabs between its cells",
        ),
    ],
)
def test_a_csv_of_another_dialect_is_the_same_case_and_is_told(
    rewrite: Callable[[str], bytes], said: str, tmp_path: Path
) -> None:
    folder = csv_folder(tmp_path / "other", rewrite)
    assert told(folder) == []
    assert f"Demand: {said}" in told(folder, NOTICE)
    assert (
        read_tables(folder)[0].content_sha256() == read_tables(write(sound(), tmp_path / "usual"))[0].content_sha256()
    )


def test_decimal_commas_are_read_only_where_nothing_speaks_against_them(tmp_path: Path) -> None:
    folder = write(sound(), tmp_path / "case")
    head = "region;segment;commodity;2026;2027;2028\n"
    (folder / "demand.csv").write_text(head + "here;cars;metal;2,5;1,200;10\n")
    assert "Demand: demand.csv is read with semicolons between its cells, with decimal commas (2,5 is 2.5)" in told(
        folder, NOTICE
    )
    assert read_tables(folder)[0]["Demand"][0].years == {2026: 2.5, 2027: 1.2, 2028: 10}
    (folder / "demand.csv").write_text(head + "here;cars;metal;2,5;1.200;10\n")
    assert told(folder) == [
        "Demand!D2: '2,5' is text that looks like a number; type 2.5 without spaces, separators or signs"
    ], "both signs occur"
    (folder / "demand.csv").write_text(head + "here;cars;metal;1,200;9;10\n")
    assert "Demand!D2: '1,200' is text that may mean 1200 or 1.2" in told(folder)[0], "it may be thousands"


def test_a_csv_with_another_separator_and_headings_is_refused_by_its_separator(tmp_path: Path) -> None:
    folder = write(sound(), tmp_path / "case")
    (folder / "demand.csv").write_text("Gebiet;Zweck;Ware;J1;J2\nhere;cars;metal;1;2\n")
    assert any("its cells seem to be separated by semicolons" in t for t in told(folder))


# References


def test_capitals_and_spaces_in_a_reference_find_their_id(tmp_path: Path) -> None:
    w = sound()
    for row in w["projects"]:
        row["region"] = "Here"
    w["projects"][0]["stage"] = "Mine"
    w["demand"][0].update(segment=" CARS", commodity="Metal")
    folder = write(w, tmp_path / "case")
    assert told(folder) == []
    assert any(
        t.endswith("'Here' is read as 'here', here and in 2 more cells of the column") for t in told(folder, NOTICE)
    )
    assert (
        read_tables(folder)[0].content_sha256() == read_tables(write(sound(), tmp_path / "usual"))[0].content_sha256()
    )


def test_a_name_finds_its_id_where_it_is_the_only_one(tmp_path: Path) -> None:
    w = sound()
    w["segments"][0]["name"] = "Passenger cars"
    w["demand"][0]["segment"] = "passenger cars"
    folder = write(w, tmp_path / "case")
    assert told(folder) == []
    assert read_tables(folder)[0]["Demand"][0]["segment"] == "cars"
    w["segments"].append({"segment": "vans", "shortage_cost_usd_per_t": 20_000, "name": "Passenger Cars"})
    found = told(write(w, tmp_path / "two"))
    assert [e for e in found if "segment 'passenger cars' is unknown" in e], "two of that name: nothing is guessed"


def test_an_id_that_two_spell_alike_is_there_twice(tmp_path: Path) -> None:
    w = sound()
    w["segments"].append({"segment": "Cars", "shortage_cost_usd_per_t": 20_000})
    assert "Segments!A3: segment 'cars' is already in row 2; keep one" in told(write(w, tmp_path / "case"))


def test_an_id_typed_in_words_keeps_them_as_its_name_when_it_is_written_again(tmp_path: Path) -> None:
    w = sound()
    w["segments"][0]["segment"] = w["demand"][0]["segment"] = "Passenger Cars"
    again = didymium.export(write(w, tmp_path / "case"), tmp_path / "again.xlsx")
    (row,) = read_tables(again)[0]["Segments"]
    assert (row["segment"], row.extra["name"]) == ("passenger_cars", "Passenger Cars")
    assert read_tables(again)[0]["Demand"][0]["segment"] == "passenger_cars"


# The command


def test_mark_prints_the_problems_when_the_copy_cannot_be_written(
    workbook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(workbook, "Demand", "A6", "hear")
    there = Path(shutil.copy(workbook, workbook.with_name("there.xlsx")))
    assert main(["check", str(workbook), "--mark", str(there)]) == 6
    out = capsys.readouterr()
    assert "Demand!A6: region 'hear' is unknown" in out.out
    assert "is there already and is not overwritten" in out.err
    assert main(["check", str(workbook), "--json", "--mark", str(there)]) == 6
    assert '"Demand!A6"' in capsys.readouterr().out
    assert main(["check", str(workbook), "--mark", str(workbook.with_name("copy.txt"))]) == 2
    assert "Demand!A6: region 'hear' is unknown" in capsys.readouterr().out


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    assert main(["check", str(tmp_path / "pipe.xlsx")]) == 2
    assert "is neither a file nor a folder but a pipe or a device" in capsys.readouterr().out
    folder = write(sound(), tmp_path / "case")
    (folder / "demand.csv").unlink()
    os.mkfifo(folder / "demand.csv")
    assert any("demand.csv cannot be read as UTF-8 CSV (it is no file)" in t for t in told(folder))


def test_a_list_of_years_in_a_cell_is_not_taken_for_a_header(tmp_path: Path) -> None:
    """`milestone_years,2026; 2027; 2028` holds more years than the header above it has headings."""
    w = sound()
    w["settings"] = [r for r in w["settings"] if r["setting"] != "milestone_years"] + [
        {"setting": "milestone_years", "value": "2026; 2027; 2028"}
    ]
    assert [p for p in didymium.check(write(w, tmp_path / "case")) if p.is_error or p.code == "dialect"] == []

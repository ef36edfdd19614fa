"""The workbook that `didymium new` writes: its order, lists, notes, colours and counts, and that it reads back as what
was written."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook
from packages import parts_of
from random_cases import random_case, write_case
from worlds import sound, write

import didymium
from didymium.cli import main
from didymium.tables.read import read_tables
from didymium.tables.rows import Tables
from didymium.tables.schema import GROUPS, SETTINGS, SHEETS
from didymium.template import Content, blank, write_folder, write_workbook, written
from didymium.template.chosen import Parts, chosen
from didymium.template.layout import FIRST, HEADER
from didymium.template.lists import list_of
from didymium.template.style import GROUP_COLOURS, MAY, MUST
from didymium.workbooks import example_tables


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return didymium.new(tmp_path_factory.mktemp("new") / "example.xlsx", example=True)


@pytest.fixture(scope="session")
def book(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="session")
def shown(path: Path) -> Workbook:
    return openpyxl.load_workbook(path, data_only=True)


def test_sheets_stand_in_the_order_of_thought_in_the_colours_of_their_groups(book: Workbook) -> None:
    assert book.sheetnames == ["Start", *SHEETS, "Lists"]
    assert book["Lists"].sheet_state == "hidden"
    for group, sheets in GROUPS.items():
        for sheet in sheets:
            assert book[sheet.name].sheet_properties.tabColor.rgb == "FF" + GROUP_COLOURS[group][1:]


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_every_sheet_says_what_it_is_for_and_every_heading_what_may_stand_below(sheet: object, book: Workbook) -> None:
    page = book[sheet.name]  # type: ignore[attr-defined]
    declared = sheet  # type: ignore[assignment]
    assert (page["A1"].value, page["A2"].value, page["A3"].value) == (declared.name, declared.purpose, declared.how_to)  # type: ignore[attr-defined]
    assert page.freeze_panes == "B6"
    headings = {c.value: c for c in page[HEADER + 1]}
    (table,) = page.tables.values()
    assert table.displayName == declared.name  # type: ignore[attr-defined]
    assert [c.name for c in table.tableColumns] == list(headings)
    for column in declared.columns:  # type: ignore[attr-defined]
        note = headings[column.name].comment.text
        assert note.startswith(column.meaning)
        assert ("Must be given" in note) != ("May be blank" in note)
        unit = page.cell(HEADER, headings[column.name].column).value
        assert column.unit in (unit, "") or headings[column.name].column == 1


def test_notes_tell_range_default_and_example(book: Workbook) -> None:
    (heading,) = (c for c in book["Projects"][5] if c.value == "life_years")
    assert (
        heading.comment.text
        == "years a module runs\nA whole number from 1 up to 200\nUsually 5 to 60\nMay be blank: then 30\nExample: 25"
    )


def test_cells_are_coloured_by_what_they_want(book: Workbook) -> None:
    page = book["Projects"]
    at = {c.value: c.column for c in page[5]}
    for name, colour in (("project", MUST), ("region", MUST), ("retires_year", MAY), ("note", MAY)):
        for row in (6, page.max_row):
            assert page.cell(row, at[name]).fill.fgColor.rgb == "FF" + colour[1:], (name, row)


def validations(page: object) -> dict[int, object]:
    """The rule of each column, by its number."""
    found = {}
    for rule in page.data_validations.dataValidation:  # type: ignore[attr-defined]
        for area in rule.sqref.ranges:
            assert area.min_row == FIRST + 1 or page.title == "Settings"  # type: ignore[attr-defined]
            found[area.min_col] = rule
    return found


@pytest.mark.parametrize("name", [n for n in SHEETS if n != "Settings"])
def test_every_reference_choice_and_number_has_its_rule(name: str, book: Workbook) -> None:
    page = book[name]
    at = {str(c.value): c.column for c in page[5]}
    rules = validations(page)
    for column in SHEETS[name].columns:
        rule = rules.get(at[column.name])
        offered = list_of(column)
        if offered:
            assert rule.type == "list" and rule.formula1 == offered  # type: ignore[attr-defined]
        elif column.choices and column.kind == "choice":
            assert set(column.choices) <= set(rule.formula1.strip('"').split(","))  # type: ignore[attr-defined]
        elif column.kind == "yes_no":
            assert rule.formula1 == '"yes,no"'  # type: ignore[attr-defined]
        elif column.kind in ("number", "integer"):
            assert rule.type == {"number": "decimal", "integer": "whole"}[column.kind]  # type: ignore[attr-defined]
            assert rule.error  # type: ignore[attr-defined]
            if column.high is not None:
                assert float(rule.formula2) == column.high  # type: ignore[attr-defined]
    if "source" in at and name != "Sources":
        assert rules[at["source"]].formula1 == "list_sources_source"  # type: ignore[attr-defined]
    years = [k for k in at if k.isdigit()]
    assert all(rules[at[y]].type == "decimal" for y in years)  # type: ignore[attr-defined]


def test_each_setting_has_the_rule_of_its_own_column(book: Workbook) -> None:
    page = book["Settings"]
    rules = {
        str(page.cell(next(iter(r.sqref.ranges)).min_row, 1).value): r for r in page.data_validations.dataValidation
    }
    assert rules["target_policy"].formula1 == '"soft,hard"'
    assert (rules["risk_weight"].formula1, rules["risk_weight"].formula2) == ("0", "1")
    written = {str(page.cell(r, 1).value) for r in range(1, page.max_row + 1)}
    assert {c.name for c in SETTINGS if c.kind != "text" and c.name in written} == set(rules)


def lists_of(shown: Workbook) -> dict[str, list[str]]:
    """The joined lists on the sheet Lists."""
    found = {}
    for column in shown["Lists"].iter_cols(values_only=True):
        if str(column[0]).startswith("list_"):
            found[str(column[0])] = [str(v) for v in column[3:] if v]
            assert len(found[str(column[0])]) == column[1]
    return found


def in_order(tables: Tables, where: str) -> list[str]:
    return sorted(tables.ids(where), key=lambda name: tables.ids(where)[name].number)


def test_lists_offer_the_ids_of_the_other_sheets(shown: Workbook) -> None:
    tables, _ = read_tables(Path(__file__).parents[1] / "inputs" / "allied")
    lists = lists_of(shown)
    regions, mines = in_order(tables, "Regions.region"), in_order(tables, "Concentrates")
    commodities = [*in_order(tables, "Commodities.commodity"), *mines, *in_order(tables, "Mixed")]
    assert lists["list_regions_region_or_all"] == ["*", *regions]
    assert lists["list_concentrates"] == mines
    assert lists["list_commodities_commodity_or_concentrates_or_mixed"] == commodities
    assert lists["list_commodities_commodity_or_concentrates_or_mixed_or_all"] == ["*", *commodities]
    recipes = list(dict.fromkeys(r.text("recipe") for r in tables["Recipes"]))
    ores, projects = in_order(tables, "Recoveries.ore_type"), in_order(tables, "Projects.project")
    assert lists["list_recoveries_ore_type_or_projects_project_or_recipes_recipe_or_all"] == [
        "*",
        *ores,
        *projects,
        *recipes,
    ]


def test_start_counts_what_is_there(shown: Workbook) -> None:
    page = shown["Start"]
    tables, _ = read_tables(Path(__file__).parents[1] / "inputs" / "allied")
    said = {
        page.cell(r, 1).value: (page.cell(r, 5).value, page.cell(r, 6).value, page.cell(r, 7).value)
        for r in range(6, 6 + len(SHEETS))
    }
    assert said == {
        n: (len(tables[n]) if n != "Settings" else 16, 0 if s.sourced else None, 0) for n, s in SHEETS.items()
    }
    rows = list(page.iter_rows(values_only=True))
    (mine,) = (r[8:17] for r in rows if r[8] == "mine")
    plants = [r for r in tables["Projects"] if r["stage"] == "mine"]
    capex = [
        r.num("capex_musd_per_module") * 1e6 / r.num("module_t_per_year") for r in plants if r.integer("max_modules")
    ]
    standing = [r.num("existing_t_per_year") for r in plants if r.num("existing_t_per_year")]
    committed = sum(r.integer("min_modules") > 0 for r in plants)
    assert mine == ("mine", len(standing), len(capex), committed, sum(standing), min(capex), max(capex), 8_000, 150_000)
    demand = {r[8]: r[9] for r in rows if isinstance(r[8], (int, float))}
    assert demand[2030] == pytest.approx(sum(r.years[2030] or 0 for r in tables["Demand"]), rel=1e-12)
    assert ([r[8] for r in rows].count("done"), [r[8] for r in rows].count("run it")) == (12, 1)


def test_a_blank_workbook_is_to_do() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = didymium.new(Path(folder) / "blank", years=range(2030, 2034))
        assert path.name == "blank.xlsx"
        page = openpyxl.load_workbook(path, data_only=True)
        states = [row[8] for row in page["Start"].iter_rows(values_only=True)]
        assert (states.count("to do"), states.count("done"), states.count("run it")) == (3, 9, 1)
        assert [c.value for c in page["Demand"][5]][:8] == [
            "region",
            "segment",
            "commodity",
            "2030",
            "2031",
            "2032",
            "2033",
            "source",
        ]
        tables, _ = read_tables(path)
        assert (tables.years, len(tables["Elements"]), len(tables["Commodities"])) == (range(2030, 2034), 15, 14)


@pytest.mark.parametrize(
    "parts",
    [
        Parts(regions=("japan",)),
        Parts(stages=("metal", "magnet")),
        Parts(elements=("Nd",)),
        Parts(("australia", "japan"), ("mine", "refinery", "heavy"), ("Nd", "Pr", "Dy", "Tb")),
        Parts(("africa",), ("recycler",), ("Nd",)),
    ],
    ids=str,
)
def test_a_part_of_the_example_is_a_sound_case(parts: Parts, tmp_path: Path) -> None:
    entire = example_tables()
    part = chosen(entire, parts)
    write_folder(tmp_path / "part", written(part))
    assert not [p for p in didymium.check(tmp_path / "part") if p.is_error]
    rows = {sheet: {tuple(map(str, r.values.items())) for r in entire[sheet]} for sheet in SHEETS}
    for sheet in set(SHEETS) - {"Projects", "Finance"}:  # whose lists lose what is gone
        assert {tuple(map(str, r.values.items())) for r in part[sheet]} <= rows[sheet]
    regions, stages = {r["region"] for r in entire["Regions"]}, {r["stage"] for r in entire["Projects"]}
    assert {r["region"] for r in part["Projects"]} <= {*(parts.regions or regions), "china"}
    assert {r["stage"] for r in part["Projects"]} <= set(parts.stages or stages)
    assert {r["ramp"] for r in part["Projects"]} - {None} == {r["ramp"] for r in part["Ramps"]}


def test_a_part_without_heavy_elements_has_no_magnet_that_needs_them() -> None:
    light = chosen(example_tables(), Parts(elements=("Nd",)))
    made = {r["commodity"] for r in light["Commodities"] if r["stage"] in ("metal", "magnet")}
    assert {r["commodity"] for r in light["Demand"]} <= made
    assert "ndpr_metal" in made
    assert not [c for c in made if str(c).startswith(("dy", "tb"))]
    assert {r["commodity"] for r in light["Commodities"]} >= {"dy_oxide", "tb_oxide"}  # ores hold them still
    with pytest.raises(didymium.BadWorkbook, match="atlantis: the default case has australia"):
        chosen(example_tables(), Parts(regions=("atlantis",)))


def test_the_example_can_be_cut_to_fewer_years_and_still_solves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "short.xlsx")
    assert main(["new", path, "--example", "--years", "2026-2030"]) == 0
    tables, _ = read_tables(path)
    assert tables.years == range(2026, 2031)
    assert sorted(tables["Demand"][0].years) == list(range(2026, 2031))
    assert main(["new", str(tmp_path / "long.xlsx"), "--example", "--years", "2026-2060"]) == 2
    assert "2026-2060 reaches beyond the default case, which holds 2026-2040" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["new", str(tmp_path / "odd.xlsx"), "--years", "2030"])


def test_the_same_rows_give_the_same_bytes(path: Path, tmp_path: Path) -> None:
    assert didymium.new(tmp_path / "again.xlsx", example=True).read_bytes() == path.read_bytes()


def test_computed_columns_refer_to_their_own_row_by_name(book: Workbook) -> None:
    """So they stay right when rows are sorted or inserted."""
    for name in ("Projects", "Assays"):
        page = book[name]
        for row in page.iter_rows(min_row=6, max_row=8):
            for cell in row:
                if cell.data_type == "f":
                    assert not re.search(r"\$?[A-Z]{1,2}\$?\d", str(cell.value).replace('"', "")), cell.value
                    assert f"{name}[[#This Row]," in str(cell.value)


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.xlsx").write_text("mine")
    (tmp_path / "folder").mkdir()
    inputs = str(write(sound(), tmp_path / "case"))
    for command in (
        ["new", "mine.xlsx"],
        ["export", inputs, "mine.xlsx"],
        ["export", inputs, "folder"],
        ["upgrade", inputs, "mine.xlsx"],
    ):
        assert main([*command[:-1], str(tmp_path / command[-1])]) == 2
        assert "is there already and is not overwritten" in capsys.readouterr().out
    assert (tmp_path / "mine.xlsx").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["case", "folder", "mine.xlsx"], "nothing half written is left"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["new", str(tmp_path / "file" / "x.xlsx")]) == 6
    assert "could not be written" in capsys.readouterr().err


# Round trips


def everything(tables: Tables) -> list[object]:
    """All that the rows say, people's own columns included, in order."""
    rows = [row for name in SHEETS for row in tables[name] if row.number]
    return [
        (
            row.sheet,
            sorted(row.values.items()),
            sorted(row.years.items()),
            sorted(row.shares.items()),
            sorted(row.extra.items()),
            row.blank - {"unit"},
        )
        for row in rows
    ]


def test_read_write_read_is_the_identity(tmp_path: Path) -> None:
    first, _ = read_tables(Path(__file__).parents[1] / "inputs" / "allied")
    book = didymium.export(first.source, tmp_path / "book.xlsx")
    folder = didymium.export(book, tmp_path / "folder")
    again = didymium.export(folder, tmp_path / "again.xlsx")
    assert everything(read_tables(book)[0]) == everything(first)
    assert everything(read_tables(folder)[0]) == everything(first)
    assert again.read_bytes() == book.read_bytes()


@pytest.mark.parametrize("seed", range(12))
def test_random_cases_come_back_as_they_were(seed: int, tmp_path: Path) -> None:
    folder = write_case(random_case(seed), tmp_path / "case")
    first, _ = read_tables(folder)
    book = didymium.export(folder, tmp_path / "book.xlsx")
    assert everything(read_tables(book)[0]) == everything(first)
    assert everything(read_tables(didymium.export(book, tmp_path / "csv"))[0]) == everything(first)


NOTES = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=40)
NUMBERS = st.floats(0, 1e12, allow_subnormal=False)


@settings(max_examples=3, deadline=None)
@given(note=NOTES, cost=NUMBERS, supplier=NOTES)
@example(note="=cmd|' /C calc'!A0", cost=0.1 + 0.2, supplier="'=1+1")
@example(note="_x000D_ @SUM(1) +1 -1", cost=1 / 3, supplier="http://a.example/{=x}")
@example(note="''", cost=123456789012.34567, supplier="-5")
def test_any_text_and_number_comes_back(note: str, cost: float, supplier: str) -> None:
    """Numbers to the last bit, texts to the last character, in workbooks and in CSV alike; no text becomes a
    formula."""
    with tempfile.TemporaryDirectory() as scratch:
        tables, _ = read_tables(write(sound(), Path(scratch) / "case"))
        content = written(tables)
        content.rows["Segments"][0] |= {"note": note, "shortage_cost_usd_per_t": cost}
        for row in content.rows["Imports"]:
            row["supplier"] = supplier
        book, folder = Path(scratch) / "book.xlsx", Path(scratch) / "csv"
        write_workbook(book, _without_blanks(content))
        write_folder(folder, content)
        first, _ = read_tables(book)
        assert first["Segments"][0]["shortage_cost_usd_per_t"] == cost
        assert first["Segments"][0].extra.get("note") == _tidy(note)
        assert (first["Imports"][0]["supplier"] or None) == _tidy(supplier)
        assert everything(read_tables(folder)[0]) == everything(first)
        parts = parts_of(book)
        assert not any(b"<f>" in parts[p] and b"cmd" in parts[p] for p in parts)


def _without_blanks(content: Content) -> Content:
    for rows in content.rows.values():
        for row in rows:
            for column in [c for c, v in row.items() if v == ""]:
                del row[column]
    return content


def _tidy(text: str) -> str | None:
    from didymium.tables.cells import tidy

    value = tidy(text)
    return value if value is None else str(value)


def test_a_result_gives_back_the_inputs_it_was_made_from(tmp_path: Path) -> None:
    case = write(sound(), tmp_path / "case")
    didymium.solve(didymium.read(case)).save(tmp_path / "out")
    for source in (tmp_path / "out", tmp_path / "out" / "results.xlsx"):
        book = didymium.export(source, tmp_path / f"{source.name}.xlsx")
        assert read_tables(book)[0].content_sha256() == read_tables(case)[0].content_sha256()
        assert didymium.check(book) != []  # warnings: no sources
        didymium.read(book)


def test_a_sheet_with_fewer_years_than_the_plan_stays_the_same_case(tmp_path: Path) -> None:
    """Budgets of 2026 alone: the template shows the other years too, blank, which means the same."""
    w = sound()
    w["budgets"] = [{"government": "here", 2026: 5}]
    folder = write(w, tmp_path / "case")
    lines = [line.split(",")[:3] for line in (folder / "budgets.csv").read_text().splitlines()]
    (folder / "budgets.csv").write_text("\n".join(",".join(line) for line in lines) + "\n")
    first, _ = read_tables(folder)
    assert list(first["Budgets"][0].years) == [2026]
    again, _ = read_tables(didymium.export(folder, tmp_path / "book.xlsx"))
    assert again["Budgets"][0].years == {2026: 5, 2027: None, 2028: None}
    assert again.content_sha256() == first.content_sha256()


def test_a_source_with_unreadable_cells_is_not_exported_in_part(tmp_path: Path) -> None:
    w = sound()
    w["demand"][0][2027] = "1,200"
    with pytest.raises(didymium.BadWorkbook, match="Demand!E2: '1,200' is text"):
        didymium.export(write(w, tmp_path / "case"), tmp_path / "book.xlsx")
    assert not (tmp_path / "book.xlsx").exists()


def test_a_half_filled_workbook_keeps_its_blanks(tmp_path: Path) -> None:
    w = sound()
    w["demand"][0][2027] = ""
    w["projects"][0]["region"] = ""
    book = didymium.export(write(w, tmp_path / "case"), tmp_path / "book.xlsx")
    tables, problems = read_tables(book)
    assert [str(p) for p in problems if p.is_error] == ["Projects!C6: region is empty; it must be given"]
    assert tables["Demand"][0].years[2027] is None


# Versions


def test_a_version_1_workbook_is_read_for_ever() -> None:
    samples = Path(__file__).parent / "samples"
    book, problems = read_tables(samples / "version_1.xlsx")
    folder, _ = read_tables(samples / "version_1")
    assert book.content_sha256() == folder.content_sha256()
    assert [p for p in problems if p.is_error] == []
    didymium.read(samples / "version_1.xlsx")


def test_an_upgrade_writes_the_current_template_and_keeps_the_old_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old.xlsx"
    old.write_bytes((Path(__file__).parent / "samples" / "version_1.xlsx").read_bytes())
    before = old.read_bytes()
    assert main(["upgrade", str(old), str(tmp_path / "new.xlsx")]) == 0
    assert old.read_bytes() == before
    assert openpyxl.load_workbook(tmp_path / "new.xlsx").sheetnames == ["Start", *SHEETS, "Lists"]
    assert everything(read_tables(tmp_path / "new.xlsx")[0]) == everything(read_tables(old)[0])
    assert main(["upgrade", str(old), str(tmp_path / "new")]) == 2
    assert "must end in .xlsx" in capsys.readouterr().out


def test_a_newer_template_is_refused_and_an_older_one_told(path: Path, tmp_path: Path) -> None:
    from packages import change

    for version, said in (
        (2, "which is read; `didymium upgrade"),
        (4, "this didymium reads versions up to 3: install the newer one"),
    ):
        copy = tmp_path / f"{version}.xlsx"
        copy.write_bytes(path.read_bytes())
        change(copy, "docProps/custom.xml", ">3<", f">{version}<")
        if version == 4:
            with pytest.raises(didymium.BadWorkbook, match="install the newer one"):
                didymium.read(copy)
        else:
            assert [str(p) for p in didymium.check(copy) if said in str(p)]


def test_content_of_a_blank_is_what_its_workbook_says(tmp_path: Path) -> None:
    content = blank(range(2026, 2028))
    write_workbook(tmp_path / "a.xlsx", content)
    tables, _ = read_tables(tmp_path / "a.xlsx")
    assert written(tables).rows == content.rows

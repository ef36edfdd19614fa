"""The reviewer's workbook: seen, traced, re-added; a number changed by hand is found."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from pytest import approx
from test_algebra import tiny
from worlds import ask, by_year, magnets, mine, offer, plant, solve, wants, world, write

import didymium
from didymium.cli import main
from didymium.excel.book import Book
from didymium.excel.headings import heading
from didymium.reports import evidence
from didymium.reports.chart_specs import chart_specs
from didymium.reports.gantt import phase
from didymium.reports.result_reader import read_answer
from didymium.reports.sentences import headline
from didymium.reports.sheets import write_workbook
from didymium.reports.verify import verify

ALLIED = Path(__file__).parents[1] / "inputs" / "allied"


@pytest.fixture(scope="module")
def plan() -> didymium.Plan:
    return solve(tiny())


@pytest.fixture(scope="module")
def path(plan: didymium.Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan.save(tmp_path_factory.mktemp("out"))[0]


@pytest.fixture(scope="module")
def book(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def shown(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path, data_only=True)


TABLES = [
    "Investments",
    "Capacity",
    "Production",
    "Trade",
    "Origin",
    "Targets",
    "Demand",
    "Stockpiles",
    "Costs",
    "Finance",
    "Prices",
    "Balance",
    "Evidence",
]


def test_every_sheet_is_a_table_that_prints(book: openpyxl.Workbook) -> None:
    for name in TABLES:
        page = book[name]
        if page.max_row > 4:
            assert page.tables, name
            assert all(t.autoFilter for t in page.tables.values())
        assert page.page_setup.orientation == "landscape"
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.print_area
        assert page.freeze_panes == "B5"
    assert [p.title for p in book.worksheets if p.sheet_state == "hidden"] == ["Proof", "Seal"]


def test_the_front_page_has_its_charts_and_figures_with_links(
    book: openpyxl.Workbook, shown: openpyxl.Workbook, plan: didymium.Plan
) -> None:
    page = book["Summary"]
    assert len(page._charts) >= 5
    row = next(c.row for c in page["A"] if c.value == "Cost, discounted, M USD")
    key_numbers = {
        shown["Summary"].cell(row, c).value: (
            page.cell(row + 1, c).value,
            shown["Summary"].cell(row + 1, c).value,
            page.cell(row + 2, c).hyperlink.location,
        )
        for c in (1, 3, 5, 7, 9, 11)
    }
    assert key_numbers["Cost, discounted, M USD"][1] == approx(plan.cost)
    assert key_numbers["Investments"][1] == len(plan.investments)
    assert key_numbers["All checks"] == ("=Checks!D2", "pass", "'Checks'!A1")
    for formula, _, link in key_numbers.values():
        assert str(formula).startswith("=")
        assert link.split("!")[0].strip("'") in book.sheetnames


def test_plan_rows_lead_to_their_inputs_and_these_to_their_sources(tmp_path: Path) -> None:
    w = tiny()
    w["sources"] = [{"source": "book", "title": "t", "confidence": "reported"}]
    for row in w["projects"]:
        row["source"] = "book"
    plan = didymium.solve(didymium.read(write(w, tmp_path / "case")))
    book = openpyxl.load_workbook(plan.save(tmp_path / "out")[0])
    page, inputs = book["Capacity"], book["Inputs"]
    column = next(c.column for c in page[4] if c.value == heading("project"))
    for row in range(5, page.max_row + 1):
        cell = page.cell(row, column)
        sheet, at = cell.hyperlink.location.replace("'", "").split("!")
        assert sheet == "Inputs"
        line = [c.value for c in inputs[int(at[1:])]]
        assert (line[0], line[2]) == ("Projects", cell.value)
        source = next(c for c in inputs[int(at[1:])] if c.value == "book")
        target = source.hyperlink.location.replace("'", "").split("!")[1]
        assert [c.value for c in inputs[int(target[1:])]][:3] == ["Sources", 2, "book"]


def test_offers_targets_and_demand_are_linked_too(book: openpyxl.Workbook) -> None:
    for sheet, column, blocks in (
        ("Targets", "target", {"Targets"}),
        ("Demand", "demand", {"Demand"}),
        ("Trade", "from", {"Imports", "Routes", "Commodities"}),
    ):
        page = book[sheet]
        at = next(c.column for c in page[4] if c.value == heading(column))
        for row in range(5, page.max_row + 1):
            if page.cell(row, at).value is not None:
                place = page.cell(row, at).hyperlink.location.split("!")[1]
                assert book["Inputs"][place].value in blocks


def test_the_timeline_is_drawn_in_cells(book: openpyxl.Workbook, plan: didymium.Plan) -> None:
    page = book["Investments"]
    at = {str(c.value): c.column for c in page[4]}
    lives = {name: row.integer("life_years") for name, row in plan.source.ids("Projects.project").items()}
    for row, reported in enumerate(plan.tables["investments"], 5):
        for year in plan.source.years:
            ended = {
                **reported,
                "ends_year": int(str(reported["planned_online_year"])) + lives[str(reported["project"])],
            }
            cell = page.cell(row, at[str(year)])
            assert (cell.value or "") == phase(ended, year)
            assert (cell.fill.fill_type == "solid") == bool(cell.value)


def test_long_sheets_print_their_first_page_and_say_so(tmp_path: Path) -> None:
    """3,000 rows would take some 50 pages; 20 take one, and nothing is said."""
    rows = [{"year": 2026 + k, "region": "here", "cost_musd": 1.0} for k in range(3000)]
    with Book(tmp_path / "b.xlsx") as book:
        book.sheet("Long", "Long", "All rows").table(rows, ["year", "region", "cost_musd"])
        book.sheet("Short", "Short", "All rows").table(rows[:20], ["year", "region", "cost_musd"])
    read = openpyxl.load_workbook(tmp_path / "b.xlsx")
    long, short = read["Long"], read["Short"]
    shown = int(str(long.print_area).split("$")[-1])
    assert 20 < shown < 60
    assert long["A3"].value.startswith(f"Printed: rows 1 to {shown - 4} of 3,000; the rest is on screen.")
    assert f"Printed: rows 1 to {shown - 4} of 3,000" in str(long.oddFooter.left.text)
    assert (str(short.print_area).split("$")[-1], short["A3"].value) == ("24", None)


def test_the_default_result_prints_on_at_most_45_pages(tmp_path: Path) -> None:
    office, info = shutil.which("soffice"), shutil.which("pdfinfo")
    if not office or not info:
        pytest.skip("LibreOffice or Poppler is not installed: pages are not counted")
    didymium.solve(didymium.read(ALLIED), gap_percent=5).save(tmp_path)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    convert = [
        office,
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "results.xlsx"),
    ]
    subprocess.run(convert, check=True, capture_output=True, timeout=300)
    reported = subprocess.run([info, str(tmp_path / "results.pdf")], check=True, capture_output=True, text=True).stdout
    pages = re.search(r"Pages:\s+(\d+)", reported)
    assert pages and 15 <= int(pages[1]) <= 45


def test_a_result_is_read_back_whole_without_a_branch_column_and_written_again_alike(
    plan: didymium.Plan, path: Path, tmp_path: Path
) -> None:
    """One scenario: no sheet has a branch, every row read back has its own; what is written from it is the same cell by
    cell."""
    book = openpyxl.load_workbook(path)
    assert not any(c.value == heading("branch") for page in book for c in page[4])
    again = read_answer(path)
    for name, rows in plan.tables.items():
        assert [r.get("branch") for r in again.tables[name]] == [r.get("branch") for r in rows], name
    write_workbook(again, tmp_path / "again.xlsx")
    other = openpyxl.load_workbook(tmp_path / "again.xlsx")
    for page in book:
        if page.title not in ("Summary", "Inputs", "Run", "Seal"):  # which tell the file, its rows and the log
            # '' is a blank
            ours, theirs = (
                [[c.value or None for c in row] for row in each.iter_rows()] for each in (page, other[page.title])
            )
            assert theirs == ours, page.title


def test_a_path_of_another_scenario_knows_when_it_leaves_the_base(tmp_path: Path) -> None:
    from test_page import two_futures

    plan = solve(two_futures(), "storm")
    plan.save(tmp_path)
    rows = read_answer(tmp_path).tables["demand"]
    assert (
        [(r["branch"], r["year"]) for r in rows]
        == [("calm", 2026), ("storm", 2027)]
        == [(r["branch"], r["year"]) for r in plan.tables["demand"]]
    )


def test_phases_of_an_investment_by_hand() -> None:
    # decided 2027, on line 2029, 3 years of life from 2029
    row = {"decision_year": 2027, "online_year": 2029, "ends_year": 2032}
    assert [phase(row, y) for y in range(2026, 2034)] == ["", "D", "b", "■", "■", "■", "", ""]


def test_costs_of_plants_add_up_by_hand() -> None:
    # One smelter of 10 t decided at once for 8 M USD, 4 years of life at no interest: 2 M USD a year. Fixed opex 0.1 x
    # 10 = 1; it makes 6 t from bought oxide at a variable cost of 0.2: 1.2. The standing one: fixed 0.05 x 4 = 0.2, 4 t
    # at 0.1: 0.4.
    w = world()
    magnets(w)
    offer(w, "oxide_offer", "oxide", 99, 0)
    more = {
        "capex_musd_per_module": 8,
        "life_years": 4,
        "fixed_opex_usd_per_t_capacity": 100_000,
        "variable_opex_usd_per_t": 200_000,
    }
    w["projects"] += [plant("new", "metal", max_modules=1, **more)]
    w["projects"] += [plant("old", "metal", 4, fixed_opex_usd_per_t_capacity=50_000, variable_opex_usd_per_t=100_000)]
    wants(w, "metal", 10)
    rows = {str(r["project"]): r for r in solve(w).tables["plants"]}
    reported = [
        [rows[p][f"{c}_musd_per_year"] for c in ("capital", "fixed_opex", "variable_opex", "total")]
        for p in ("new", "old")
    ]
    assert reported == [approx([2, 1, 1.2, 4.2]), approx([0, 0.2, 0.4, 0.6])]


def test_balances_close_by_hand() -> None:
    # 3 t of oxide a year bought into stock or used: 2 t of metal wanted in 2026, 4 t in 2027, so 1 t is laid aside
    w = world(last=2027)
    magnets(w)
    offer(w, "oxide_offer", "oxide", 3, 1)
    w["projects"] += [plant("works", "metal", 9)]
    wants(w, "metal", {2026: 2, 2027: 4})
    w["stockpiles"] = [
        {"region": "here", "commodity": "oxide", "initial_t": 0, "limit_t": 5, "holding_usd_per_t_year": 0}
    ]
    rows = {(r["year"], r["commodity"]): r for r in solve(w).tables["balance"]}
    oxide = [[rows[y, "oxide"][c] for c in ("bought_t", "used_t", "stock_added_t")] for y in (2026, 2027)]
    assert oxide == [approx([3, 2, 1]), approx([3, 4, -1])]
    assert [rows[y, "metal"]["served_t"] for y in (2026, 2027)] == approx([2, 4])


def test_checks_re_add_everything_and_say_so_on_the_front(shown: openpyxl.Workbook) -> None:
    names = [row[0] for row in shown["Checks"].iter_rows(min_row=5, max_col=5, values_only=True) if row[4] == "pass"]
    for sentence in (
        "sum of plants",
        "sum of kinds",
        "Balance against Trade",
        "supply differs from use and disposal",
        "not reached as stated",
        "5 balance",
        "10 targets",
    ):
        assert any(sentence in name for name in names), sentence
    assert shown["Checks"]["D2"].value == "pass"
    column = next(c.column_letter for c in shown["Balance"][4] if c.value == heading("holds"))
    assert {c.value for c in shown["Balance"][column][4:] if c.value} == {"pass"}
    holds = next(c.column for c in shown["Targets"][4] if c.value == heading("holds"))
    assert {shown["Targets"].cell(r, holds).value for r in range(5, shown["Targets"].max_row + 1)} == {"pass"}


SPOILS = {
    "Investments": "capex_musd",
    "Capacity": "utilisation_percent",
    "Production": "throughput_t",
    "Trade": "cost_musd",
    "Origin": "wanted_t",
    "Targets": "counted_t",
    "Demand": "wanted_t",
    "Costs": "weighted_musd",
    "Prices": "any_origin_usd_per_t",
    "Balance": "made_t",
    "Evidence": "assumed_percent",
    "Inputs": "row",
}


@pytest.mark.parametrize("sheet", SPOILS)
def test_one_number_changed_by_hand_is_found_by_its_cell(
    sheet: str, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    column = next(c.column for c in page[4] if c.value in (SPOILS[sheet], heading(SPOILS[sheet])))
    row = next(
        r
        for r in range(5, page.max_row + 1)
        if isinstance(page.cell(r, column).value, (int, float)) and page.cell(r, column).value
    )
    page.cell(row, column).value *= 1.0001
    book.save(tmp_path / "results.xlsx")
    # openpyxl drops stored values of formulas, which is no fault; the cell is named, and nothing else
    assert main(["verify", str(tmp_path)]) == 2
    cell = page.cell(row, column).coordinate
    assert f"FAIL: {sheet}!{cell}: " in capsys.readouterr().out
    assert [d.place for d in verify(tmp_path).differences] == [f"{sheet}!{cell}"]


def test_an_untouched_result_is_stated_in_full(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(path)]) == 0
    out = capsys.readouterr().out
    assert out.endswith("everything holds\n")
    for sentence in (
        "input_sha256: ",
        "versions.pyomo: ",
        "5 balance",
        "this way",
        "sum of nodes against the headline",
    ):
        assert sentence in out


def test_a_result_taken_for_an_input_is_told(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("check", "solve"):
        assert main([command, str(path)]) == 2
        assert (
            "is a result workbook; `didymium export results.xlsx CASE.xlsx` writes the inputs that it was made from"
            in capsys.readouterr().out
        )


def test_a_total_that_was_changed_is_told(path: Path, tmp_path: Path) -> None:
    """A stored total of Checks that its sheets do not add up to."""
    import zipfile

    parts = {n: zipfile.ZipFile(path).read(n) for n in zipfile.ZipFile(path).namelist()}
    name = next(n for n, c in parts.items() if n.startswith("xl/worksheets") and b"COUNTIF(E5" in c)
    text = re.sub(
        rb'(<c r="B5"[^>]*><f>[^<]*</f><v>)([^<]*)(</v>)',
        lambda m: m[1] + repr(float(m[2]) + 1).encode() + m[3],
        parts[name],
    )
    assert text != parts[name]
    with zipfile.ZipFile(tmp_path / "results.xlsx", "w") as archive:
        for n, c in parts.items():
            archive.writestr(n, text if n == name else c)
    statement = verify(tmp_path)
    assert [d.place for d in statement.differences] == ["Checks!B5"]
    assert not statement.holds


def test_evidence_by_hand() -> None:
    # 10 t bought at 0.1 M USD/t (assumed) and a plant that costs 1 M USD a year standing (reported): half and half
    w = world()
    magnets(w)
    mine(w)
    offer(w, "friend", "metal", 10, 100_000)
    wants(w, "metal", 10)
    w["projects"] += [plant("works", "metal", 10, fixed_opex_usd_per_t_capacity=100_000)]
    w["sources"] = [{"source": "a", "confidence": "reported"}, {"source": "b", "confidence": "assumed"}]
    w["projects"][-1]["source"] = "a"
    for row in w["imports"]:
        row["source"] = "b"
        row["note"] = "guessed"
    plan = solve(w)
    cost, capacity, _ = evidence.shares(plan)
    assert [cost[f"{c}_percent"] for c in ("reported", "derived", "assumed", "unsourced")] == approx([50, 0, 50, 0])
    assert capacity["reported_percent"] == approx(100)
    (first,) = evidence.weak_inputs(plan)
    assert (first["sheet"], first["input"], first["cost_musd"], first["share_of_cost_percent"]) == (
        "Imports",
        "Friend",
        approx(1),
        approx(50),
    )
    assert (first["confidence"], first["note"]) == ("assumed", "guessed")


def test_operating_cost_may_rest_on_a_page_of_its_own() -> None:
    # 10 t of capacity: 2 M USD of capital in one year (reported), 10 t at 0.1 M USD/t of operation (assumed): 2 to 1
    w = world()
    magnets(w)
    offer(w, "oxide", "oxide", 10, 0)
    wants(w, "metal", 10)
    build = {"max_modules": 1, "min_modules": 1, "capex_musd_per_module": 2, "life_years": 1}
    w["projects"] += [plant("works", "metal", variable_opex_usd_per_t=100_000, **build)]
    w["sources"] = [{"source": "a", "confidence": "reported"}, {"source": "b", "confidence": "assumed"}]
    w["projects"][-1] |= {"source": "a", "opex_source": "b"}
    plan = solve(w)
    cost, capacity, _ = evidence.shares(plan)
    assert [cost[f"{c}_percent"] for c in ("reported", "assumed")] == approx([200 / 3, 100 / 3])
    assert capacity["reported_percent"] == approx(100)
    (first,) = evidence.weak_inputs(plan)
    assert (first["input"], first["what"], first["cost_musd"]) == ("Works", "operation", approx(1))
    w["projects"][-1]["opex_source"] = "c"
    assert any("opex_source 'c' is not in Sources" in str(problem) for problem in ask(w).warnings)


def test_shares_of_evidence_sum_to_100(plan: didymium.Plan) -> None:
    for row in evidence.shares(plan):
        total = sum(float(str(v)) for k, v in row.items() if k.endswith("_percent"))
        assert total == approx(100) or total == 0


def test_pictures_show_what_the_tables_say(plan: didymium.Plan) -> None:
    shown = chart_specs(plan)
    costs = {str(r["year"]): r for r in plan.tables["costs"]}
    for row in shown["spending"].rows:
        total = sum(float(str(v)) for k, v in row.items() if k != "year")
        assert total == approx(costs[str(row["year"])]["total_musd_per_year"])
    capex = sum(float(str(v)) for row in shown["timeline"].rows for k, v in row.items() if k != "year")
    assert capex == approx(plan.investments["capex_musd"].sum())
    for name in ("supply", "origin"):
        for row in shown[name].rows:
            assert sum(float(str(v)) for k, v in row.items() if k not in ("year", "region")) == approx(100)


def test_the_headline_says_what_happens() -> None:
    w = world(target_penalty_usd_per_t=1)
    magnets(w)
    offer(w, "china_metal", "metal", 6, 100, china=True)
    wants(w, "metal", 10)
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", **by_year(w, 50)}]
    assert headline(solve(w)) == [
        # 4 t short for a million USD each; 6 t bought at 100 USD are next to nothing
        "The plan costs 4 M USD, discounted: proven least cost.",
        "Nothing is built: existing plants and offers serve demand at least cost.",
        "4 t of demand (40.0 %) are not met, in 1 year from 2026 on.",
        "0 of 1 targets are met in every year; of the others: metal: China-free, all demand never.",
        (
            "Targets that bind (missed, just reached, or a stricter one would cost more): metal: China-free, all demand"
            " (2026)."
        ),
        ("China-free share of demand in 2026: mine 0 %, refinery 0 %, metal 0 %, magnet 60 %."),
        (
            "The same by the mass of contained rare earths (one Chinese input does not make the whole product"
            " Chinese): mine 0 %, refinery 0 %, metal 0 %, magnet 60 %."
        ),
    ]

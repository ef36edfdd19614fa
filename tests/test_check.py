"""Bad input: every problem in one pass, each with its cell, what was read and what to do."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from openpyxl.utils import get_column_letter
from worlds import World, commodity, sound, wants, write

import didymium
from didymium.checks import version
from didymium.cli import main
from didymium.tables.read import read_tables
from didymium.tables.schema import SHEETS


def problems(w: World, folder: Path, warnings: bool = False) -> list[str]:
    found = didymium.check(write(w, folder / "case"))
    return [str(p) for p in found if p.is_error != warnings]


def test_a_sound_case_has_no_errors(tmp_path: Path) -> None:
    assert problems(sound(), tmp_path) == []


def beyond(sheet: str) -> str:
    """The letter of the column after those that a sheet declares."""
    return get_column_letter(len(SHEETS[sheet].columns) + 1)


def setting(w: World, name: str, value: object) -> None:
    w["settings"] = [*(r for r in w["settings"] if r["setting"] != name), {"setting": name, "value": value}]


def floor(**more: object) -> dict[str, object]:
    """A price floor on the ore of the mine."""
    row = {
        "contract": "floor",
        "kind": "price_floor",
        "project": "pit",
        "commodity": "pit",
        "government": "gov",
        "from_year": 2026,
        "to_year": 2028,
    }
    return {**row, "price_usd_per_t": 1000, **more}


def loan(**more: object) -> dict[str, object]:
    """An instrument of a government that has no budget."""
    return {"instrument": "loan", "government": "gov", "rate_percent": 3, "max_share_percent": 50, **more}


SPOILED = {
    "unknown region": (
        lambda w: w["demand"][0].update(region="hear"),
        "Demand!A2: region 'hear' is unknown; did you mean 'here'?",
    ),
    "unknown segment": (
        lambda w: w["demand"][0].update(segment="carz"),
        "Demand!B2: segment 'carz' is unknown; did you mean 'cars'?",
    ),
    "unknown commodity": (
        lambda w: w["imports"][0].update(commodity="mettal"),
        "Imports!D2: commodity 'mettal' is unknown; did you mean 'metal'?",
    ),
    "unknown ramp": (lambda w: w["projects"][0].update(ramp="slow"), "Projects!P2: ramp 'slow' is unknown"),
    "unknown requirement": (
        lambda w: w["projects"][0].update(requires="wirks"),
        "Projects!W2: requires 'wirks' is unknown; did you mean 'works'?",
    ),
    "assay that does not sum": (
        lambda w: w["assays"][0].update(Nd=90),
        "Assays!A2: the assay of pit sums to 90; it must be 100 within 1",
    ),
    "mine without assay": (lambda w: w["assays"].clear(), "Projects!A2: the mine pit has no row in Assays"),
    "text number": (
        lambda w: w["demand"][0].update({2027: "1,200"}),
        "Demand!E2: '1,200' is text that may mean 1200 or 1.2; type the one that is meant",
    ),
    "spaces round a number": (
        lambda w: w["demand"][0].update({2027: " 12 "}),
        "Demand!E2: ' 12 ' is text that looks like a number; type 12 without",
    ),
    "no number": (lambda w: w["demand"][0].update({2027: "TBC"}), "Demand!E2: 'TBC' is not a number"),
    "nan": (lambda w: w["demand"][0].update({2027: "nan"}), "Demand!E2: 'nan' is not a number"),
    "infinity": (
        lambda w: w["demand"][0].update({2027: "1e999"}),
        "Demand!E2: 1e999 is too large; numbers go up to 1e+12",
    ),
    "underscores": (
        lambda w: w["demand"][0].update({2027: "1_000"}),
        "Demand!E2: '1_000' is text that looks like a number; type 1000 without",
    ),
    "negative": (lambda w: w["demand"][0].update({2027: -3}), "Demand!E2: -3 is too small; at least 0"),
    "percent above 100": (
        lambda w: w["projects"][0].update(max_utilisation_percent=120),
        "Projects!R2: 120 is too large; at most 100 %",
    ),
    "blank required": (
        lambda w: w["projects"][0].update(variable_opex_usd_per_t=""),
        "Projects!K2: variable_opex_usd_per_t is empty; it must be given",
    ),
    "blank demand": (
        lambda w: w["demand"][0].update({2027: ""}),
        "Demand!E2: 2027 is empty; write 0 where there is none",
    ),
    "not whole": (lambda w: w["projects"][0].update(max_modules=1.5), "Projects!G2: 1.5 is not a whole number"),
    "bad yes": (lambda w: w["imports"][0].update(china="si"), "Imports!C2: 'si' is neither yes nor no"),
    "bad id": (
        lambda w: w["segments"].append({"segment": "Big/Cars", "shortage_cost_usd_per_t": 1}),
        "Segments!A3: 'Big/Cars' is not a lower_snake_case id; try 'big_cars'",
    ),
    "bad choice": (
        lambda w: w["projects"][0].update(stage="mines"),
        "Projects!B2: 'mines' is not one of mine, refinery",
    ),
    "first cell empty": (
        lambda w: w["segments"].append({"segment": "", "shortage_cost_usd_per_t": 1}),
        "Segments!A3: the first cell (segment) is empty but the row is not",
    ),
    "same id twice": (
        lambda w: w["segments"].append({"segment": "cars", "shortage_cost_usd_per_t": 1}),
        "Segments!A3: segment 'cars' is already in row 2",
    ),
    "offer without price": (
        lambda w: w["imports"].pop(),
        "Imports!G2: the offer china_metal has no row for price_usd_per_t",
    ),
    "offer in two minds": (
        lambda w: w["imports"][1].update(china="no"),
        "Imports!C3: china is 'False' here and 'True' in row 2 of the same offer",
    ),
    "two routes of a pair": (
        lambda w: w["routes"].append(dict(w["routes"][0])),
        "Routes!A3: from_region 'here', to_region 'here', stage '*' is already in row 2",
    ),
    "module without size": (
        lambda w: w["projects"][0].update(module_t_per_year=""),
        "Projects!F2: module_t_per_year is empty; pit can be built",
    ),
    "module of nothing": (
        lambda w: w["projects"][0].update(module_t_per_year=0),
        "Projects!F2: a module of 0 t a year is none",
    ),
    "more committed than can be": (
        lambda w: w["projects"][0].update(min_modules=3),
        "Projects!H2: 3 committed modules are more than max_modules, 2",
    ),
    "committed but out of time": (
        lambda w: w["projects"][0].update(min_modules=1, construction_years=5),
        "Projects!H2: pit is committed, but no year",
    ),
    "window upside down": (
        lambda w: w["projects"][0].update(first_decision_year=2028, last_decision_year=2027),
        "Projects!M2: 2027 is before first_decision_year, 2028",
    ),
    "label of a total": (
        lambda w: w["segments"].append({"segment": "Total", "shortage_cost_usd_per_t": 1}),
        "Segments!A3: 'Total' looks like the label of a total",
    ),
    "no regions": (lambda w: w["regions"].clear(), "Regions: has no rows; name the regions"),
    "utilisation upside down": (
        lambda w: w["projects"][0].update(min_utilisation_percent=90, max_utilisation_percent=80),
        "Projects!S2: 90.0 is above max_utilisation_percent, 80.0",
    ),
    "circle of requirements": (
        lambda w: (w["projects"][0].update(requires="works"), w["projects"][1].update(requires="pit")),
        "Projects!W2: a circle of requirements: pit needs works needs pit",
    ),
    "group of many modules": (
        lambda w: w["projects"][0].update(exclusive_group="g"),
        "Projects!G2: pit is in the exclusive group 'g'; such projects have one module",
    ),
    "refinery accepts a recipe": (
        lambda w: w["projects"][1].update(accepts="cook"),
        "Projects!V3: 'cook' is not an ore type or a mine",
    ),
    "smelter accepts an ore": (
        lambda w: w["projects"][2].update(accepts="rock"),
        "Projects!V4: 'rock' is not a recipe of stage metal",
    ),
    "recipe of two stages": (
        lambda w: w["recipes"][1].update(stage="magnet"),
        "Recipes!B3: the recipe cook is of stage metal in row 2 and magnet here",
    ),
    "recipe without output": (
        lambda w: w["recipes"].pop(1),
        "Recipes!A2: the recipe cook needs rows for what goes in and rows for what comes out",
    ),
    "stock above limit": (
        lambda w: w.update(
            stockpiles=[
                {
                    "region": "here",
                    "commodity": "metal",
                    "initial_t": 0,
                    "limit_t": 1,
                    "minimum_t": 2,
                    "holding_usd_per_t_year": 0,
                }
            ]
        ),
        "Stockpiles!E2: 2.0 is above limit_t, 1.0",
    ),
    "target without stage": (
        lambda w: w["targets"][0].update(stage=""),
        "Targets!E2: a target of type min_china_free_share must name its stage",
    ),
    "target with a cell too many": (
        lambda w: w["targets"][0].update(commodity="metal"),
        "Targets!F2: a target of type min_china_free_share has no commodity",
    ),
    "target at no stage of origin": (
        lambda w: w["targets"][0].update(stage="heavy"),
        "Targets!E2: 'heavy' is no stage of origin",
    ),
    "odds that do not sum": (
        lambda w: w["scenarios"][0].update(probability_percent=50),
        "Scenarios: the probabilities sum to 90; they must sum to 100",
    ),
    "no base": (lambda w: w["scenarios"][0].update(reveal_year=2028), "Scenarios: there is no base scenario"),
    "two bases": (
        lambda w: w["scenarios"][1].update(reveal_year=""),
        "Scenarios!C3: storm and calm both have no reveal_year",
    ),
    "reveal before the plan": (
        lambda w: w["scenarios"][1].update(reveal_year=2020),
        "Scenarios!C3: reveal_year 2020 lies outside the plan, 2026 to 2028",
    ),
    "shock before its reveal": (
        lambda w: w["shocks"][0].update(from_year=2026),
        "Shocks!I2: 2026 is before storm is revealed, 2027",
    ),
    "shock upside down": (
        lambda w: w["shocks"][0].update(from_year=2028, to_year=2027),
        "Shocks!J2: 2027 is before from_year, 2028",
    ),
    "shock with a selector too many": (
        lambda w: w["shocks"][0].update(project="pit"),
        "Shocks!F2: a shock of kind china_limit has no project; write *",
    ),
    "shock without a value": (
        lambda w: w["shocks"][0].update(value=""),
        "Shocks!K2: value is empty; a shock of kind china_limit needs one",
    ),
    "shock below 0": (lambda w: w["shocks"][0].update(value=-1), "Shocks!K2: -1 is too small; at least 0"),
    "item of another kind": (
        lambda w: w["shocks"][0].update(item="clean"),
        "Shocks!H2: a shock of kind china_limit acts on a row of Imports; 'clean' is none",
    ),
    "item where there is none": (
        lambda w: w["shocks"][0].update(kind="carbon_price", item="clean"),
        "Shocks!H2: a shock of kind carbon_price has no item; write *",
    ),
    "item unknown": (
        lambda w: w["shocks"][0].update(item="cleen"),
        "Shocks!H2: item 'cleen' is unknown; did you mean 'clean'?",
    ),
    "parent of the base": (
        lambda w: w["scenarios"][0].update(parent="storm"),
        "Scenarios!D2: calm is the base and parts from no other",
    ),
    "parent not before": (
        lambda w: w["scenarios"][1].update(parent="storm"),
        "Scenarios!D3: its parent storm is revealed in 2027, which is not before 2027",
    ),
    "impossible base": (
        lambda w: [r.update(probability_percent=p) for r, p in zip(w["scenarios"], (0, 100), strict=True)],
        "Scenarios!B2: the base must be likelier than 0 %",
    ),
    "supplier share without supplier": (
        lambda w: w["targets"][0].update(type="max_supplier_share", stage="", commodity="metal"),
        "Targets!G2: a target of type max_supplier_share must name its supplier",
    ),
    "floor without a price": (
        lambda w: w.update(contracts=[floor(price_usd_per_t="")]),
        "Contracts!I2: price_usd_per_t is empty; a contract of kind price_floor needs it",
    ),
    "offtake without tonnes": (
        lambda w: w.update(contracts=[floor(kind="offtake")]),
        "Contracts!H2: tonnes_per_year is empty; a contract of kind offtake needs it",
    ),
    "contract upside down": (
        lambda w: w.update(contracts=[floor(to_year=2020)]),
        "Contracts!G2: 2020 is before from_year, 2026",
    ),
    "delay of half a year": (
        lambda w: w["shocks"][0].update(kind="delay", value=0.5),
        "Shocks!K2: a delay of 0.5 years; write whole years",
    ),
    "years upside down": (
        lambda w: setting(w, "last_year", 2020),
        "Settings!B5: last_year 2020 is before first_year 2026",
    ),
    "milestones outside": (
        lambda w: setting(w, "milestone_years", "2026; 2030"),
        "Settings!B6: 2030 lies outside the plan, 2026 to 2028",
    ),
    "milestones that fall": (
        lambda w: setting(w, "milestone_years", "2026; 2028; 2027"),
        "Settings!B6: '2027' does not rise",
    ),
    "no milestones": (
        lambda w: setting(w, "milestone_years", "soon"),
        "Settings!B6: 'soon' is neither a year nor a range of years",
    ),
    "setting out of range": (lambda w: setting(w, "risk_weight", 2), "Settings!B6: 2 is too large; at most 1"),
    "listed what is implied": (lambda w: commodity(w, "pit", "refinery"), "Commodities!A5: 'pit' is implied"),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_an_error_names_its_cell_and_the_remedy(fault: str, tmp_path: Path) -> None:
    w = sound()
    spoil, expected = SPOILED[fault]
    spoil(w)
    told = problems(w, tmp_path)
    assert any(text.startswith(expected) for text in told), told


def test_every_problem_is_told_in_one_pass(tmp_path: Path) -> None:
    w = sound()
    faults = [
        "unknown region",
        "assay that does not sum",
        "blank required",
        "odds that do not sum",
        "delay of half a year",
    ]
    for fault in faults:
        SPOILED[fault][0](w)
    told = problems(w, tmp_path)
    for fault in faults:
        assert any(text.startswith(SPOILED[fault][1]) for text in told), (fault, told)
    order = [text.split("!")[0].split(":")[0] for text in told]
    assert order == sorted(order, key=["Projects", "Assays", "Demand", "Scenarios", "Shocks"].index), "grouped by sheet"


ODD = {
    "ore without refinery": (lambda w: w["projects"].pop(1), "Projects!U2: no refinery accepts the ore of pit (rock)"),
    "nobody makes it": (
        lambda w: (commodity(w, "gold", "metal"), wants(w, "gold", 1)),
        "Demand!C3: nobody makes or offers gold",
    ),
    "window too late": (
        lambda w: w["projects"][0].update(construction_years=9),
        "Projects!L2: nothing decided in the window of pit comes on line by 2028",
    ),
    "more out than in": (lambda w: w["recipes"][0].update(t_per_t=0.5), "Recipes!E2: cook makes 1 t from 0.5 t"),
    "parent's shock not repeated": (
        lambda w: w["shocks"].append({"scenario": "calm", "kind": "import_limit", "value": 0.5}),
        "Shocks!B3: ends for storm (2027) at the reveal: repeat the row for the scenario if it goes on",
    ),
    "a change between milestones": (
        lambda w: setting(w, "milestone_years", "2026"),
        (
            "Settings!B6: between milestones figures count in the mean and nothing is decided, so the answer may differ"
            " from that of every year: 1 project could be decided in 2028 (Projects!A2)"
        ),
    ),
    "shock after the plan": (
        lambda w: w["shocks"][0].update(from_year=2040, to_year=""),
        "Shocks!I2: hits nothing: it acts in no year of the plan",
    ),
    "share above 100": (
        lambda w: (w["targets"][0].update({2027: 50}), w["shocks"][0].update(kind="target", value=3)),
        "Shocks!K2: raises clean to 150 % in 2027; a share above 100 % cannot be reached",
    ),
    "government without a budget": (
        lambda w: w.update(finance=[loan()]),
        "Finance!B2: gov has no row in Budgets, so what loan can pay has no limit",
    ),
    "instrument out of reach": (
        lambda w: w.update(finance=[loan(stages="magnet", projects="pit")]),
        "Finance!E2: loan names pit, but not its stage or region: it cannot pay there",
    ),
    "supplier of nothing": (
        lambda w: w["targets"][0].update(type="max_supplier_share", stage="", commodity="metal", supplier="nobody"),
        "Targets!G2: no offer of metal is of the supplier 'nobody'",
    ),
    "floor on what is not made": (
        lambda w: w.update(contracts=[floor(commodity="metal")]),
        "Contracts!D2: pit makes no metal: the floor is never paid",
    ),
    "offtake beyond capacity": (
        lambda w: w.update(contracts=[floor(kind="offtake", commodity="", government="", tonnes_per_year=11)]),
        "Contracts!H2: 11 t a year are more than pit can make, 10",
    ),
    "contract in no year": (
        lambda w: w.update(contracts=[floor(from_year=2040, to_year=2041)]),
        "Contracts!F2: in force in no year of the plan",
    ),
    "metal for nobody": (
        lambda w: w["demand"].clear(),
        "Commodities!A3: nobody uses, wants, stores or buys metal, and it may not be thrown away",
    ),
    "price in no year": (
        lambda w: w.update(prices=[{"commodity": "oxide"}]),
        "Prices!A2: no year of the plan has a price: the reference price holds",
    ),
    "outage in part": (
        lambda w: w["shocks"][0].update(kind="outage", value=0.5),
        "Shocks!K2: an outage takes all capacity away whatever its value",
    ),
    "large factor": (
        lambda w: w["shocks"][0].update(value=50),
        "Shocks!K2: value is 50; usually 0.01 to 10 times for china_limit",
    ),
    "unknown column": (
        lambda w: w["segments"][0].update(colour="red"),
        f"Segments!{beyond('Segments')}1: unknown column 'colour', ignored",
    ),
    "years beyond the plan": (
        lambda w: w["demand"][0].update({"2031": 5}),
        "Demand: columns outside the plan are not used: 2031",
    ),
    "misspelt column beside the right one": (
        lambda w: w["projects"][0].update(reserves_t=1),
        f"Projects!{beyond('Projects')}1: unknown column 'reserves_t', ignored; did you mean 'reserve_t'?",
    ),
    "no demand": (lambda w: w["demand"].clear(), "Demand: has no rows: there is no demand"),
    "unusual value": (
        lambda w: w["regions"][0].update(wacc_percent=0.07),
        "Regions!B2: wacc_percent is 0.07; usually 2 to 25 %; percent columns hold 7 for 7 %",
    ),
    "unusual setting": (
        lambda w: setting(w, "discount_rate_percent", 50),
        "Settings!B5: discount_rate_percent is 50; usually 1 to 15 %",
    ),
    "shares of 1 by year": (
        lambda w: w["targets"][0].update({2026: 0.5, 2027: 0.6}),
        "Targets!I2: no figure of the row passes 1 %: percent columns hold 85 for 85 %, not 0.85",
    ),
    "shares of 1 by element": (
        lambda w: w["recoveries"][0].update(Nd=0.9),
        "Recoveries!B2: no figure of the row passes 1 %",
    ),
    "a digit too many": (
        lambda w: w["demand"][0].update({2027: 100}),
        "Demand!E2: 100 is between 10 and 10: is a digit too many or too few?",
    ),
    "a digit too few": (
        lambda w: w["demand"][0].update({2027: 1}),
        "Demand!E2: 1 is between 10 and 10: is a digit too many or too few?",
    ),
    "capex in USD": (
        lambda w: w["projects"][0].update(capex_musd_per_module=3_000_000),
        (
            "Projects!I2: 300,000,000,000 USD per t/year of capacity; options of stage mine usually cost 8,000 to"
            " 150,000: are the units"
        ),
    ),
    "capex for nothing": (
        lambda w: w["projects"][0].update(capex_musd_per_module=0.01),
        "Projects!I2: 1,000 USD per t/year of capacity; options of stage mine usually cost 8,000",
    ),
    "unsourced": (lambda w: None, "Demand: 1 of 1 rows name no source"),
}


@pytest.mark.parametrize("oddity", ODD)
def test_an_oddity_is_a_warning(oddity: str, tmp_path: Path) -> None:
    w = sound()
    spoil, expected = ODD[oddity]
    spoil(w)
    assert problems(w, tmp_path) == []
    told = problems(w, tmp_path, warnings=True)
    assert any(text.startswith(expected) for text in told), told


@pytest.mark.parametrize(
    "oddity", ["unusual value", "unusual setting", "shares of 1 by element", "a digit too many", "capex in USD"]
)
def test_what_is_confirmed_in_the_note_is_not_asked_again(oddity: str, tmp_path: Path) -> None:
    w = sound()
    spoil, expected = ODD[oddity]
    spoil(w)
    sheet = expected.split("!")[0].casefold()
    for row in w[sheet]:
        row["note"] = "from the loan agreement. Confirmed: it is what it is"
    assert not any(text.startswith(expected) for text in problems(w, tmp_path, warnings=True))


def test_every_row_and_cell_is_accounted_for(tmp_path: Path) -> None:
    """Of 4 routes 1 stays at home, of 3 settings 1 is unknown, of 4 demand rows 1 cannot be read and 1 is blank; years
    beyond the plan are not used."""
    w = sound()
    setting(w, "colour", "red")
    w["segments"] += [{"segment": "unloved", "shortage_cost_usd_per_t": 100_000, "note": "n", "colour": "red"}]
    w["demand"] += [{"region": "here", "segment": "cars", "commodity": "metal", 2026: 1, 2027: "x", 2028: 1}, {}]
    for row in w["demand"][:1]:
        row["2035"] = 7
    checked = didymium.api.examine(write(w, tmp_path / "case"))
    count = checked.counts
    assert all(c.adds_up for c in count.values())
    assert dict(count["Settings"].rows_ignored) == {"unknown setting": 1}
    assert dict(count["Routes"].rows_ignored) == {"routes within one region": 1}
    assert dict(count["Segments"].rows_ignored) == {"segments without demand": 1}
    assert dict(count["Demand"].rows_ignored) == {"not readable": 1}
    assert (count["Demand"].rows_read, count["Demand"].rows_used) == (2, 1)
    # the header's 7 cells; the row that reads has 6 used and 1 of 2035; the other 5 used, 1 not readable
    assert dict(count["Demand"].cells_ignored) == {
        "above the header": 7,
        "years outside the plan": 1,
        "not readable": 1,
    }
    assert (count["Demand"].cells_read, count["Demand"].cells_used) == (7 + 7 + 6, 6 + 5)
    assert dict(count["Segments"].cells_ignored) == {
        "above the header": 4,
        "people's own columns": 1,
        "unknown columns": 1,
    }
    assert checked.cells_ignored["people's own columns"] == 1


def test_check_prints_what_became_of_every_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    w = sound()
    folder = write(w, tmp_path / "case")
    assert main(["check", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "Routes                 1      0        1         2   1 routes within one region" in out
    assert "tonnes of magnets that targets want China-free at a stage / most that could be by then" in out
    assert out.endswith("0 errors, 18 warnings, 0 notices\n"), out[-60:]
    assert main(["check", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sheets"]["Routes"]["rows"] == {"read": 1, "used": 0, "ignored": {"routes within one region": 1}}
    assert (told["errors"], told["warnings"], told["notices"]) == (0, 18, 0)
    assert told["screen"][0] == {"year": 2026, "stage": "metal", "demand": 10.0, "asked": 0.0, "possible": 0.0}


def test_a_missing_sheet_and_column_are_errors(tmp_path: Path) -> None:
    folder = write(sound(), tmp_path / "case")
    (folder / "segments.csv").rename(folder / "segmants.csv")
    text = (folder / "demand.csv").read_text().replace("commodity", "comodity")
    (folder / "demand.csv").write_text(text)
    told = [str(p) for p in didymium.check(folder) if p.is_error]
    assert "Segments: the sheet 'Segments' is missing; did you mean 'segmants'?" in told
    assert any(t.startswith("Demand!C1: unknown column 'comodity'; did you mean 'commodity'? Rename it") for t in told)


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "case.xlsx"
    didymium.export(write(sound(), tmp_path / "case"), path)
    return path


def test_a_workbook_and_its_csv_folder_say_the_same(workbook: Path) -> None:
    book, problems_of_book = read_tables(workbook)
    folder, _ = read_tables(workbook.with_suffix(""))
    assert book.content_sha256() == folder.content_sha256()
    assert problems_of_book == []
    assert book["Demand"][0].cell(2026) == "Demand!D6"


def test_the_input_is_never_written(workbook: Path, tmp_path: Path) -> None:
    before = workbook.read_bytes()
    assert main(["check", str(workbook)]) == 0
    assert main(["solve", str(workbook), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert workbook.read_bytes() == before


def test_no_file_and_no_tables_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", str(tmp_path / "nowhere.xlsx")]) == 2
    (tmp_path / "bare").mkdir()
    assert main(["check", str(tmp_path / "bare")]) == 2
    out = capsys.readouterr().out
    assert "there is no file or folder" in out
    assert "the folder holds no CSV tables" in out


def test_the_shipped_cases_are_sound_and_their_workbooks_current(tmp_path: Path) -> None:
    inputs = Path(__file__).parents[1] / "inputs"
    for name in ("allied", "allied_plus"):
        assert [p for p in didymium.check(inputs / name) if p.severity != "notice"] == []
        folder, _ = read_tables(inputs / name)
        book, _ = read_tables(inputs / f"{name}.xlsx")
        assert book.content_sha256() == folder.content_sha256(), "run `make inputs`"
        shutil.copy(inputs / f"{name}.xlsx", tmp_path)
        assert [p for p in didymium.check(tmp_path / f"{name}.xlsx") if p.severity != "notice"] == []


def test_what_version_3_reads_otherwise_is_told_by_what_the_input_holds(tmp_path: Path) -> None:
    w = sound()
    w["substitution"] = [{"segment": "cars", "cost_usd_per_t": 10_000, 2026: 5, 2027: 5, 2028: 5}]
    setting(w, "milestone_years", "2026")
    folder = write(w, tmp_path / "new")
    assert not [p for p in didymium.check(folder) if "version 2" in p.text], "its sheets have the headings of version 3"
    old = tmp_path / "old"
    shutil.copytree(folder, old)
    for name, columns in version.COLUMNS.items():
        path = old / f"{name.lower()}.csv"
        if path.exists():
            rows = list(csv.DictReader(path.open()))
            kept = [c for c in rows[0] if c not in columns]
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, kept, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(rows)
    said = [p.text for p in didymium.check(old) if "version 2" in p.text]
    rules = (
        "years between milestones count in full (limits, demand, targets and what comes on line)",
        "concentrates, metals and magnets may not be thrown away",
        "demand that is substituted stays so",
    )
    assert said == [f"was written for version 2; version 3 gives another answer where: {'; '.join(rules)}"]


def test_names_that_are_nearly_known_are_suggested(tmp_path: Path) -> None:
    """Also where a name is no reference: a supplier, a government, a word of a list."""
    w = sound()
    w["budgets"] = [{"government": "japan_gov", 2026: 1, 2027: 1, 2028: 1}]
    w["finance"] = [loan(government="japan_gob")]
    w["contracts"] = [floor(government="japan_gof")]
    w["targets"][0] |= {"type": "max_supplier_share", "stage": "", "commodity": "metal", "supplier": "xx"}
    w["imports"][0]["supplier"] = w["imports"][1]["supplier"] = "xxx"
    found = "\n".join(problems(w, tmp_path, warnings=True))
    assert re.search(r"^Finance!B2: .*did you mean 'japan_gov'\?", found, re.MULTILINE)
    assert re.search(r"^Contracts!E2: .*did you mean 'japan_go[bv]'\?", found, re.MULTILINE)
    assert re.search(r"^Targets!G2: .*did you mean 'xxx'\?", found, re.MULTILINE)
    w["projects"][0]["stage"] = "mines"
    assert any(p.endswith("did you mean 'mine'?") for p in problems(w, tmp_path) if p.startswith("Projects!B2"))


def test_a_file_that_is_nearly_there_is_suggested(tmp_path: Path) -> None:
    write(sound(), tmp_path / "allied")
    with pytest.raises(didymium.BadWorkbook, match="did you mean 'allied'"):
        didymium.read(tmp_path / "alied")

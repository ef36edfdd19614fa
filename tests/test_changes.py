"""A case changed in memory: the same as a workbook changed by hand, and checked as one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from pytest import approx
from worlds import World, ask, sound, write

import didymium
from didymium.tables.columns import Column
from didymium.tables.schema import SHEETS


def by_hand(w: World) -> str:
    """The content hash of a world that was written, changed and read."""
    return ask(w).source.content_sha256()


def places(error: pytest.ExceptionInfo[didymium.BadWorkbook]) -> dict[str, str]:
    """The text of each error by its place."""
    return {p.place: p.text for p in error.value.problems if p.is_error}


def test_a_table_is_a_frame_with_the_columns_and_row_numbers_of_its_sheet() -> None:
    demand = ask(sound()).tables["demand"]
    assert list(demand.columns) == ["region", "segment", "commodity", 2026, 2027, 2028]
    assert demand.index.name == "row" and list(demand.index) == [2]
    assert demand.loc[2].to_dict() == {
        "region": "here",
        "segment": "cars",
        "commodity": "metal",
        **dict.fromkeys((2026, 2027, 2028), 10),
    }


def test_blanks_lists_and_yes_no_are_as_they_were_written() -> None:
    w = sound()
    w["projects"][0]["accepts"] = ""
    w["finance"] = [
        {"instrument": "loan", "government": "gov", "stages": "mine;metal", "rate_percent": 3, "max_share_percent": 50}
    ]
    tables = ask(w).tables
    assert tables["Finance"]["stages"].tolist() == ["mine;metal"]
    assert tables["regions"]["china"].tolist() == ["no"]
    assert tables["projects"]["accepts"].isna().all()


@pytest.mark.parametrize("sheet", [name.casefold() for name in SHEETS])
def test_a_table_put_back_changes_nothing(sheet: str) -> None:
    inputs = ask(sound())
    again = inputs.with_tables(**{sheet: inputs.tables[sheet]})
    assert again.source.content_sha256() == inputs.source.content_sha256()


def test_a_changed_cell_is_the_same_as_a_workbook_changed_by_hand() -> None:
    w = sound()
    changed = ask(w).with_cell("demand", 2, 2028, 14).with_cell("projects", "smelter", "existing_t_per_year", 12)
    w["demand"][0][2028] = 14
    w["projects"][2]["existing_t_per_year"] = 12
    assert changed.source.content_sha256() == changed.source.sha256 == by_hand(w)
    plans = didymium.solve(changed), didymium.solve(ask(w))
    assert plans[0].summary["objective_musd"] == plans[1].summary["objective_musd"]
    assert plans[0].summary["cost_musd"] == plans[1].summary["cost_musd"]


def test_changed_tables_are_the_same_as_a_workbook_changed_by_hand() -> None:
    w = sound()
    inputs = ask(w)
    more = pd.DataFrame([{"region": "here", "segment": "cars", "commodity": "oxide", 2026: 1, 2027: 2, 2028: 3}])
    demand = pd.concat([inputs.tables["demand"], more], ignore_index=True)
    routes = inputs.tables["routes"].iloc[:0]
    changed = inputs.with_tables(demand=demand, routes=routes)
    w["demand"].append(more.iloc[0].to_dict())
    w["routes"] = []
    assert changed.source.content_sha256() == by_hand(w)
    assert [row.number for row in changed.source["Demand"]] == [2, 3]
    assert inputs.source.content_sha256() == by_hand(sound())  # the case that was changed is as it was


@pytest.mark.parametrize("name", ["case.xlsx", "case"])
def test_a_changed_case_is_read_again_from_what_it_exports(name: str, tmp_path: Path) -> None:
    changed = ask(sound()).with_cell("targets", "clean", 2027, 40)
    didymium.export(changed, tmp_path / name)
    assert didymium.read(tmp_path / name).source.content_sha256() == changed.source.sha256


def test_a_sheet_that_was_not_there_and_a_setting_left_out_can_be_added() -> None:
    w = sound()
    ramps = pd.DataFrame({"ramp": ["slow"], "year_1_percent": [50]})
    changed = ask(w).with_tables(ramps=ramps).with_cell("settings", "carbon_price_usd_per_t", "value", 80)
    w["ramps"] = [{"ramp": "slow", "year_1_percent": 50}]
    w["settings"].append({"setting": "carbon_price_usd_per_t", "value": 80})
    assert changed.source.content_sha256() == by_hand(w)
    assert changed.case.carbon_price == approx(80e-6)


def test_a_column_that_the_sheet_left_out_can_be_filled() -> None:
    changed = ask(sound()).with_cell("demand", ("here", "cars"), "note", "as agreed")
    assert changed.tables["demand"]["note"].tolist() == ["as agreed"]


def test_an_id_may_be_the_index() -> None:
    inputs = ask(sound())
    projects = inputs.tables["projects"].set_index("project")
    assert inputs.with_tables(projects=projects).source.content_sha256() == inputs.source.content_sha256()


def test_every_error_is_named_by_sheet_row_and_column_at_once() -> None:
    inputs = ask(sound())
    demand = inputs.tables["demand"].rename(columns={"segment": "segmnt"}).reset_index(drop=True)
    demand.loc[0, "region"] = "hear"
    with pytest.raises(didymium.BadWorkbook) as error:
        inputs.with_tables(
            demand=demand,
            demnd=demand,
            segments=pd.DataFrame({"segment": ["cars"], "shortage_cost_usd_per_t": ["1,200"]}),
        )
    found = places(error)
    assert found["demnd"] == "there is no such sheet; did you mean 'demand'?"
    assert found["Demand!row 0, column region"] == "region 'hear' is unknown; did you mean 'here'?"
    assert found["Segments!row 0, column shortage_cost_usd_per_t"].startswith("'1,200' is text that may mean")
    assert found["Demand!column segmnt"].startswith("unknown column 'segmnt'; did you mean 'segment'?")


@pytest.mark.parametrize(
    ("sheet", "row", "column", "message"),
    [
        ("projcts", 2, "region", "projcts: there is no such sheet; did you mean 'projects'?"),
        ("projects", 9, "region", "Projects: there is no row 9; its rows are 2 to 4"),
        ("projects", "pitt", "region", "Projects: there is no row with project 'pitt'; did you mean 'pit'?"),
        ("projects", "pit", "regoin", "Projects: there is no column 'regoin'; did you mean 'region'?"),
        ("projects", "pit", "region", "Projects!row 2, column region: region 'hear' is unknown; did you mean 'here'?"),
        ("imports", "china_metal", 2027, "Imports: rows 2, 3 have offer 'china_metal'; give a row number"),
    ],
)
def test_a_cell_that_is_not_there_suggests_the_nearest(sheet: str, row: int | str, column: str, message: str) -> None:
    with pytest.raises(didymium.BadWorkbook) as error:
        ask(sound()).with_cell(sheet, row, column, "hear")
    assert str(error.value) == message


def test_an_unknown_table_suggests_the_nearest() -> None:
    with pytest.raises(KeyError, match="did you mean 'demand'"):
        ask(sound()).tables["demnd"]


def test_a_row_of_two_keys_is_found_by_both() -> None:
    changed = ask(sound()).with_cell("imports", ("china_metal", "limit_t"), 2027, 7)
    assert changed.tables["imports"].loc[2, 2027] == 7


def test_what_is_read_prints_on_one_line(tmp_path: Path) -> None:
    inputs = didymium.read(write(sound(), tmp_path / "small"))
    for thing in (inputs, inputs.source, inputs.case, inputs.tables):
        assert len(repr(thing)) < 400 and "\n" not in repr(thing)
    assert "2026-2028" in repr(inputs.source) and "small" in repr(inputs.source)
    assert "3 projects" in repr(inputs.case) and "2 scenarios" in repr(inputs.case)


SOUND_SHA256 = "b00f70e77b6e881b05437723ae2e77f6782e7e17875a616095626f72d90bf37d"


def test_a_column_that_was_added_leaves_the_hash_of_a_case_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else no result made before would verify: declare a new column, or setting, with later=True."""
    assert by_hand(sound()) == SOUND_SHA256
    projects = SHEETS["Projects"]
    added = replace(projects, columns=(*projects.columns, Column("operator", "text", optional=True, later=True)))
    monkeypatch.setitem(SHEETS, "Projects", added)
    assert by_hand(sound()) == SOUND_SHA256
    assert ask(sound()).with_cell("projects", "pit", "operator", "somebody").source.sha256 != SOUND_SHA256


def test_the_result_of_a_changed_case_verifies_and_names_it_as_changed(tmp_path: Path) -> None:
    plan = didymium.solve(didymium.read(write(sound(), tmp_path / "small")).with_cell("demand", 2, 2028, 14))
    plan.save(tmp_path / "result")
    assert didymium.verify(tmp_path / "result").holds
    assert didymium.load(tmp_path / "result").source.source.name == "small (changed)"

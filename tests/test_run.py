"""Study files: workbooks x scenarios x variants as jobs of the one runner, and what is wrong in a file, all at
once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jobs_here import jobs_here  # noqa: F401 (a fixture)
from pytest import approx
from test_algebra import tiny
from test_stochastic import hedge
from worlds import ask, write

import didymium
from didymium.cli import main
from didymium.commands.study_file import line_of, read_study_file
from didymium.variants import Scale, SetCell, Shift, Variant, changed

STUDY = """
workbooks = ["case", "hedge"]

[options]
gap = 0
threads = 1

[[variants]]
name = "more"
scale = [{ sheet = "Demand", columns = "years", by = 2 }]

[[variants]]
name = "dear"
set = [{ sheet = "Segments", row = "cars", column = "shortage_cost_usd_per_t", value = 2000000 }]

[[jobs]]
command = "solve"
workbooks = ["case"]

[[jobs]]
command = "solve"
workbooks = ["hedge"]
scenarios = ["each", "stochastic"]
variants = ["as_is", "more"]

[[jobs]]
command = "frontier"
workbooks = ["case"]
variants = ["more"]
steps = 2

[[jobs]]
command = "stress"
workbooks = ["case"]
variants = ["more"]
draws = 2
regret = 0
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIDYMIUM_RUNS", str(tmp_path / "runs.sqlite"))


@pytest.mark.usefixtures("jobs_here")
def test_everything_a_study_lists_is_done_once_and_is_what_the_changed_case_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three solves of one case, six of a tree (two scenarios, and both as one, as it is and with more demand), a
    frontier and a stress test: eleven jobs."""
    write(tiny(), tmp_path / "case")
    write(hedge(), tmp_path / "hedge")
    (tmp_path / "mine.toml").write_text(STUDY)
    assert main(["run", "mine.toml", "--json", "--quiet"]) == 0
    rows = json.loads(capsys.readouterr().out)
    found = {(Path(r["workbook"]).name, r["variant"], r["scenario"], r["command"]): r for r in rows}
    assert len(found) == len(rows) == 11
    assert {r["exit_code"] for r in rows} == {0}
    costs = {key: r["objective_musd"] for key, r in found.items()}
    # the values that test_jobs and test_stochastic work out for calm, storm and the tree
    tree = [costs["hedge", "as_is", name, "solve"] for name in ("calm", "storm", "stochastic")]
    assert tree == approx([1, 6, 5.15])
    # a variant's cost is that of the same change made in Python
    case = ask(tiny())
    more = case.with_tables(demand=_doubled(case))
    dear = case.with_cell("Segments", "cars", "shortage_cost_usd_per_t", 2_000_000)
    for name, inputs in (("more", more), ("dear", dear), ("as_is", case)):
        assert costs["case", name, "base", "solve"] == approx(didymium.solve(inputs, gap_percent=0).cost)
    assert costs["case", "more", "base", "solve"] > costs["case", "as_is", "base", "solve"]
    folder = tmp_path / "outputs" / "mine" / "case" / "more" / "base"
    for file in ("results.xlsx", "frontier/frontier.json", "stress/stress.json"):
        assert (folder / file).exists(), file
    assert Path(found["case", "more", "base", "stress"]["folder"]) == Path("outputs/mine/case/more/base/stress")
    assert didymium.verify(folder).holds
    assert len(didymium.runs()) == 11
    # a second call does nothing, and says so
    again = didymium.run("mine.toml")
    assert [r["skipped"] for r in again] == [True] * 11
    assert [r["objective_musd"] for r in again] == [r["objective_musd"] for r in rows]
    assert len(didymium.runs()) == 11


def _doubled(case: didymium.CaseInputs) -> object:
    frame = case.tables["demand"]
    years = [column for column in frame.columns if isinstance(column, int)]
    frame[years] = frame[years] * 2
    return frame


WRONG = """
workbooks = ["case", "gone.xlsx"]
scenarios = ["base", "storm"]
solver = "fast"

[options]
gap = 500
time_limt = 5

[[variants]]
name = "more"
scale = [{ sheet = "Demnd", columns = "years", by = 2 }]
workers = 2

[[variants]]
name = "more"

[[variants]]
name = "held"
force = ["nobody"]
shift = [{ target = "clean" }]

[[jobs]]
command = "slove"

[[jobs]]
command = "frontier"
variants = ["less"]
steps = "many"
"""


def test_everything_wrong_in_a_file_is_named_with_its_line_at_once(tmp_path: Path) -> None:
    write(tiny(), tmp_path / "case")
    (tmp_path / "mine.toml").write_text(WRONG)
    with pytest.raises(didymium.BadWorkbook) as refusal:
        read_study_file(tmp_path / "mine.toml")
    said = [str(p).replace(f" in {tmp_path}", "") for p in refusal.value.problems]
    for start in (
        "mine.toml, line 4, solver: is not known here",
        "mine.toml, line 2, workbooks: there is no file or folder 'gone.xlsx'",
        "mine.toml, line 8, options time_limt: is no option here; did you mean 'time_limit'?",
        "mine.toml, line 13, variants 1 workers: is not known here",
        "mine.toml, line 16, variants 2 name: is taken already",
        "mine.toml, line 21, variants 3 shift: needs years",
        "mine.toml, line 24, jobs 1 command: is 'slove', and must be one of solve,",
        "mine.toml, line 28, jobs 2 variants: there is no variant 'less'",
        "mine.toml, line 29, jobs 2 steps: is 'many', which cannot be: 'many' is no whole number from 0 on",
    ):
        assert any(text.startswith(start) for text in said), (start, said)
    assert len(said) == 9


def test_what_only_the_workbook_can_tell_is_refused_before_anything_is_solved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tiny(), tmp_path / "case")
    study = """
        workbooks = ["case"]
        scenarios = ["base", "storm"]
        options = { gap = 500 }
        [[variants]]
        name = "more"
        scale = [{ sheet = "Demnd", columns = "years", by = 2 }]
        force = ["nobody"]
    """
    (tmp_path / "mine.toml").write_text(study)
    assert main(["run", "mine.toml"]) == 2
    assert "mine.toml, line 4, options gap: is 500.0, and must be a percentage" in capsys.readouterr().out
    (tmp_path / "mine.toml").write_text(study.replace("500", "1"))
    assert main(["run", "mine.toml"]) == 2
    said = capsys.readouterr().out
    assert "mine.toml, line 3, scenarios: case has no scenario 'storm'" in said
    assert "mine.toml, line 7, variants 1 scale: case: Demnd: there is no such sheet; did you mean 'demand'?" in said
    assert "mine.toml, line 8, variants 1 force: case: --force nobody: there is no project 'nobody'" in said
    assert didymium.runs() == []
    (tmp_path / "mine.toml").write_text("workbooks = [")
    assert main(["run", "mine.toml"]) == 2
    assert "is no TOML" in capsys.readouterr().out


@pytest.mark.usefixtures("jobs_here")
def test_a_workbook_that_cannot_be_read_costs_its_own_cases_alone(tmp_path: Path) -> None:
    write(tiny(), tmp_path / "case")
    (tmp_path / "bad").mkdir()
    variants = '[[variants]]\nname = "more"\nscale = [{ sheet = "Demand", columns = "years", by = 2 }]\n'
    (tmp_path / "mine.toml").write_text(f'workbooks = ["case", "bad"]\n{variants}')
    rows = didymium.run("mine.toml")
    assert [(Path(str(r["workbook"])).name, r["variant"], r["exit_code"]) for r in rows] == [
        ("case", "as_is", 0),
        ("case", "more", 0),
        ("bad", "as_is", 2),
        ("bad", "more", 2),
    ]


def test_a_target_that_comes_later_or_earlier_and_cells_that_are_scaled() -> None:
    world = tiny()
    world["settings"] = [r if r["setting"] != "last_year" else {**r, "value": 2028} for r in world["settings"]]
    for table in ("demand", "targets"):
        world[table] = [{**row, 2026: 10, 2027: 20, 2028: 30} for row in world[table]]
    case = ask(world)

    def years(other: didymium.CaseInputs, table: str) -> list[object]:
        row = other.tables[table].iloc[0]
        return [None if row[y] != row[y] else row[y] for y in (2026, 2027, 2028)]

    name = str(case.tables["targets"]["target"].iloc[0])
    later = changed(case, Variant("later", shift=(Shift(name, 1),)))
    sooner = changed(case, Variant("sooner", shift=(Shift(name, -1),)))
    assert (years(later, "targets"), years(sooner, "targets")) == ([None, 10, 20], [20, 30, 30])
    segment = str(case.tables["demand"]["segment"].iloc[0])
    half = Scale("Demand", ("2027", "2028"), 0.5, 1.0, (("segment", segment),))
    assert years(changed(case, Variant("half", scale=(half,))), "demand") == [10, 11, 16]  # 20/2 + 1, 30/2 + 1
    with pytest.raises(didymium.BadWorkbook) as refusal:
        changed(case, Variant("no", set=(SetCell("Targets", "none", "2026", 1),), shift=(Shift("none", 1),)))
    assert [p.place for p in refusal.value.problems] == ["set 1", "shift 1"]


def test_a_line_is_found_by_table_and_key() -> None:
    text = 'a = 1\n[options]\ngap = 2\n[[variants]]\nname = "x"\n[[variants]]\nname = "y"\n'
    assert line_of(text, ("a",)) == 1
    assert line_of(text, ("options", "gap")) == 3
    assert line_of(text, ("variants", 2, "name")) == 7
    assert line_of(text, ("variants", 2, "set")) == 6  # that is not there: its table's
    assert line_of(text, ("workbooks",)) is None


def test_what_reads_a_result_comes_after_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tiny(), tmp_path / "case")
    tables = ["stress", "alternatives", "frontier", "solve"]
    text = 'workbooks = ["case"]\n' + "".join(f'[[jobs]]\ncommand = "{name}"\n' for name in tables)
    (tmp_path / "mine.toml").write_text(text)
    assert main(["run", "mine.toml", "--dry-run", "--out", "there"]) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == [
        f"case, base, {name}" for name in ("frontier", "solve", "stress", "alternatives")
    ]
    (tmp_path / "mine.toml").write_text(
        text.replace('"solve"', '"sensitivity"').replace('"frontier"', '"alternatives"')
    )
    assert main(["run", "mine.toml", "--dry-run"]) == 2
    said = capsys.readouterr().out
    assert "mine.toml, line 2, jobs 1: stress reads the result of a solve: list a solve of as_is, base too" in said
    assert "mine.toml, line 6, jobs 3: alternatives of case, as_is, base is listed twice" in said

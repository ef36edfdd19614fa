"""Didymium from Python: each command as a function, results that are read back, options, statuses, messages."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import pickle
import zipfile
from importlib.resources import files
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from pytest import approx
from test_algebra import tiny
from test_command import out_of_reach
from worlds import ask, hedge, write

import didymium
from didymium import Plan, SolveOptions, Status, StressOptions, api
from didymium.case_inputs import CaseInputs
from didymium.cli import main, parser

COMMANDS = {  # each command and the function that does the same
    "new": "new", "check": "examine", "solve": "solve", "stress": "stress", "frontier": "frontier",
    "alternatives": "alternatives", "sensitivity": "sensitivity", "explain": "explain", "verify": "verify",
    "sign": "sign", "keys": "keys",
    "compare": "compare", "report": "report", "brief": "brief", "export": "export", "upgrade": "upgrade",
    "run": "run",
    "runs": "runs",
}  # fmt: skip


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[CaseInputs, Plan, Path]:
    """The hedge of two scenarios, solved as one tree, valued and saved."""
    folder = tmp_path_factory.mktemp("api")
    inputs = didymium.read(write(hedge(), folder / "case"))
    plan = didymium.solve(inputs, stochastic=True)
    didymium.information_value(inputs, plan)
    plan.save(folder / "out")
    return inputs, plan, folder / "out"


def test_every_command_has_its_function() -> None:
    commands = set(next(action.choices for action in parser()._actions if action.dest == "command"))
    assert commands == {*COMMANDS, "completion", "open", "resume"}  # a script calls `solve` again
    assert all(callable(getattr(didymium, name)) and name in didymium.__all__ for name in COMMANDS.values())
    assert {"annotate", "information_value", "load", "read", "size"} <= set(didymium.__all__)
    for name in didymium.__all__:
        assert getattr(didymium, name).__doc__, name


def test_every_public_name_has_a_home() -> None:
    assert set(api.__all__) <= set(didymium.__all__)
    with pytest.raises(AttributeError, match="did you mean 'solve'"):
        _ = didymium.sovle


def parts_of(workbook: Path) -> dict[str, bytes]:
    """All of a workbook but the time at which it was written."""
    with zipfile.ZipFile(workbook) as parts:
        return {name: parts.read(name) for name in parts.namelist() if name != "docProps/core.xml"}


def test_a_loaded_plan_is_the_plan(solved: tuple[CaseInputs, Plan, Path]) -> None:
    _, plan, out = solved
    again = didymium.load(out)
    assert isinstance(again, Plan)
    assert (again.summary, again.log, again.scenarios) == (plan.summary, plan.log, plan.scenarios)
    assert (again.cost, again.status, again.clean_labels) == (approx(5.15), Status.OPTIMAL, True)
    for table in plan.tables:
        pd.testing.assert_frame_equal(again[table], plan[table])
    assert didymium.load(out / "results.xlsx").summary == plan.summary


@pytest.mark.parametrize("world", [tiny, hedge])
def test_a_loaded_plan_saves_to_the_same_files(world: object, tmp_path: Path) -> None:
    plan = didymium.solve(ask(world()), stochastic=world is hedge)  # type: ignore[operator]
    plan.save(tmp_path / "one")
    again = didymium.load(tmp_path / "one")
    for _ in range(2):  # saving changes nothing in a loaded plan
        again.save(tmp_path / "two")
        assert parts_of(tmp_path / "two" / "results.xlsx") == parts_of(tmp_path / "one" / "results.xlsx")
        for name in ("report.html", "solver.log", "summary.json"):
            assert (tmp_path / "two" / name).read_bytes() == (tmp_path / "one" / name).read_bytes(), name
    assert didymium.verify(tmp_path / "two").holds


def test_a_plan_loads_from_a_workbook_alone(solved: tuple[CaseInputs, Plan, Path], tmp_path: Path) -> None:
    _, plan, out = solved
    (tmp_path / "alone.xlsx").write_bytes((out / "results.xlsx").read_bytes())
    again = didymium.load(tmp_path / "alone.xlsx")
    assert (again.cost, again.status, again.summary["value"]) == (plan.cost, plan.status, plan.summary["value"])
    assert again.log.splitlines()[-1] == plan.log.rstrip().splitlines()[-1].strip()
    (tmp_path / "summary.json").write_text(json.dumps({**plan.summary, "objective_musd": 99}))  # of another run
    (tmp_path / "solver.log").write_text("of another run")
    assert didymium.load(tmp_path / "alone.xlsx").cost == plan.cost
    assert didymium.load(tmp_path / "alone.xlsx").log == again.log


def test_what_is_no_result_does_not_load(tmp_path: Path) -> None:
    with pytest.raises(didymium.BadWorkbook, match="there is no file"):
        didymium.load(tmp_path)


def test_the_value_of_information_is_that_of_the_command(solved: tuple[CaseInputs, Plan, Path], tmp_path: Path) -> None:
    inputs, plan, _ = solved
    folder = str(write(hedge(), tmp_path / "case"))
    assert main(["solve", folder, "--stochastic", "--value", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    written = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert plan.summary["value"] == written["value"]
    assert written["value"]["wait_and_see_musd"] == approx(3.5)
    assert list(written) == list(plan.summary)
    fresh = didymium.solve(inputs, stochastic=True)
    assert "value" not in fresh.summary
    assert didymium.information_value(inputs, fresh, gap_percent=0)["trust_base_musd"] == approx(5.5)
    assert "value" in fresh.summary


def test_verify_and_report_from_python(solved: tuple[CaseInputs, Plan, Path]) -> None:
    out = solved[2]
    statement = didymium.verify(str(out))
    assert statement.holds
    assert statement.facts["status"] == "optimal"
    before = (out / "report.html").read_bytes()
    (out / "report.html").unlink()
    assert didymium.report(str(out)) == out / "report.html"
    assert (out / "report.html").read_bytes() == before


def test_annotate_and_upgrade_from_python(tmp_path: Path) -> None:
    book = didymium.export(write(tiny(), tmp_path / "case"), tmp_path / "case.xlsx")
    assert didymium.annotate(str(book), tmp_path / "marked.xlsx") == tmp_path / "marked.xlsx"
    assert len(openpyxl.load_workbook(tmp_path / "marked.xlsx").sheetnames) == 1 + len(
        openpyxl.load_workbook(book).sheetnames
    )
    with pytest.raises(didymium.OutputInUse, match="is there already"):
        didymium.annotate(book, tmp_path / "marked.xlsx")
    assert didymium.upgrade(book, tmp_path / "new.xlsx") == tmp_path / "new.xlsx"
    with pytest.raises(didymium.BadWorkbook, match=r"must end in \.xlsx"):
        didymium.upgrade(book, tmp_path / "folder")


def test_tables_are_read_by_item_or_attribute(solved: tuple[CaseInputs, Plan, Path]) -> None:
    plan = solved[1]
    assert plan.trade.equals(plan["trade"])
    assert plan.investments.equals(plan["investments"])
    assert plan.calibration.equals(plan["calibration"])
    assert {"trade", "investments", "save"} <= set(dir(plan))
    with pytest.raises(KeyError) as wrong:
        plan["tarde"]
    assert isinstance(wrong.value, didymium.UnknownTable)
    assert str(wrong.value) == "there is no table 'tarde'; did you mean 'trade'?"
    with pytest.raises(AttributeError, match=r"^Plan has no table or attribute 'tarde'; did you mean 'trade'"):
        _ = plan.tarde
    with pytest.raises(AttributeError, match=r"did you mean .investments."):
        _ = plan.invesments
    assert not hasattr(plan, "__array__")
    assert pickle.loads(pickle.dumps(plan)).cost == plan.cost


def test_reprs_are_one_line(solved: tuple[CaseInputs, Plan, Path]) -> None:
    inputs, plan, out = solved
    assert repr(inputs) == ("<CaseInputs case, 2026-2027: 42 rows on 12 sheets, 2 projects, 2 scenarios, 15 warnings>")
    words = "case, 2 scenarios as one tree, 2026-2027: 1 decisions, 5.2 M USD discounted, optimal, gap 0.00 %"
    assert repr(plan) == f"<Plan {words}>"
    stressed = didymium.stress(out, draws=3, regret=0)
    assert repr(stressed) == f"<Stressed <Answer {words}>: 2 scenarios, 2 losses, 3 draws, 5 runs re-checked>"
    assert stressed.draws["draw"].tolist() == stressed["draws"]["draw"].tolist() == [0, 1, 2]


def test_options_are_frozen_and_refused_when_made() -> None:
    options = SolveOptions(gap_percent=1, time_limit=30)
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.seed = 3  # type: ignore[misc]
    with pytest.raises(didymium.BadWorkbook) as wrong:
        SolveOptions(gap_percent=-1, threads=-1, seed=-1, workers=0, route="sideways")
    assert [p.place for p in wrong.value.problems] == ["--gap", "--threads", "--seed", "--workers", "--route"]


def test_options_come_as_one_object_or_by_name() -> None:
    plan = didymium.solve(ask(tiny()), options=SolveOptions(gap_percent=1, time_limit=30, seed=4), seed=5)
    options = {"gap_percent": 1, "time_limit_s": 30, "threads": 0, "seed": 5}
    assert plan.summary["options"] == options


def test_stress_options_come_as_one_object_or_by_name(solved: tuple[CaseInputs, Plan, Path]) -> None:
    options = StressOptions(draws=4, seed=1, regret=0)
    stressed = didymium.stress(solved[2], options=options, draws=2)
    assert len(stressed.draws) == 2
    assert stressed.rows == didymium.stress(solved[2], draws=2, seed=1, regret=0).rows


def test_a_status_equals_its_text(solved: tuple[CaseInputs, Plan, Path]) -> None:
    plan = solved[1]
    assert (plan.status, plan.status == "optimal", plan.status.is_proven) == (Status.OPTIMAL, True, True)
    assert [str(s) for s in Status] == ["optimal", "gap_reached", "time_limit", "interrupted", "infeasible"]
    assert not Status.TIME_LIMIT.is_proven
    assert json.dumps(plan.status) == '"optimal"'


def test_the_library_logs_and_never_prints(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    heard: list[str] = []
    with caplog.at_level(logging.INFO, logger="didymium"):
        plan = didymium.solve(ask(tiny()), on_status=heard.append)
    plan.save(tmp_path)
    assert {record.name for record in caplog.records} == {"didymium"}
    assert [record.getMessage() for record in caplog.records] == heard
    assert any("re-checking every rule" in message for message in heard)
    assert capfd.readouterr() == ("", "")


def test_the_command_leaves_the_logger_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("didymium")
    before = (logger.level, list(logger.handlers))
    folder = write(tiny(), tmp_path / "case")
    assert main(["solve", str(folder), "--out", str(tmp_path / "out")]) == 0
    assert (logger.level, list(logger.handlers)) == before
    assert capsys.readouterr().err.count("re-checking every rule") == 1


def test_types_are_shipped() -> None:
    assert (files("didymium") / "py.typed").is_file()
    ignored = (Path(__file__).parents[1] / ".gitignore").read_text().split()
    assert "py.typed" not in ignored, "a wheel holds what git does not ignore"
    assert os.path.getsize(str(files("didymium") / "py.typed")) == 0


def test_why_there_is_no_plan_is_written_from_python_too(tmp_path: Path) -> None:
    folder = write(out_of_reach(), tmp_path / "case")
    inputs = didymium.read(folder)
    options = SolveOptions(gap_percent=1)
    with pytest.raises(didymium.NoPlan, match="6\\.0 t a year short") as refusal:
        didymium.solve(inputs, options=options)
    didymium.save_reasons(inputs, refusal.value, tmp_path / "python", options=options)
    assert main(["solve", str(folder), "--gap", "1", "--out", str(tmp_path / "command"), "--quiet"]) == 3
    one, two = (json.loads((tmp_path / name / "summary.json").read_text()) for name in ("python", "command"))
    for summary in (one, two):
        del summary["seconds"], summary["peak_memory_mb"]
    assert one == two
    assert (one["status"], one["scenario"]) == (Status.INFEASIBLE, "base")

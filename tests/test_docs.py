"""The generated pages and pictures are current, and what the pages name exists and runs as written."""

from __future__ import annotations

import re
import shlex
import struct
import sys
from pathlib import Path

import pytest

import didymium
from didymium.arguments import parser
from didymium.commands.study_file import read_study_file
from didymium.endings import OUR_FAULT, STOPPED_WITH_PLAN
from didymium.errors import DidymiumError
from didymium.expressions.cost import KINDS
from didymium.recheck.rules import RULES as RECHECKED
from didymium.rules import RULES
from didymium.tables.schema import SETTINGS, SHEETS
from didymium.template.page import workbook_page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))
from generated import EXAMPLES, EXIT_CODES, commands
from make import PAGES, PICTURES, RESULT_PICTURES


@pytest.mark.parametrize("page", PAGES)
def test_the_generated_pages_are_current(page: str) -> None:
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == PAGES[page](), "run `make docs`"


def test_the_command_page_has_every_command_and_exit_code() -> None:
    assert list(EXAMPLES) == [name for name, _, _ in commands(parser())]
    for name, example in EXAMPLES.items():
        assert parser().parse_args(shlex.split(example)[1:]).command == name
    assert set(EXIT_CODES) == {0, STOPPED_WITH_PLAN, OUR_FAULT, *(e.exit_code for e in DidymiumError.__subclasses__())}


def test_the_workbook_page_tells_every_column_and_setting() -> None:
    text = workbook_page()
    for sheet in SHEETS.values():
        part = text.split(f"### {sheet.name}\n")[1].split("\n### ")[0]
        for column in SETTINGS if sheet.name == "Settings" else sheet.columns:
            assert f"| {column.name} | {column.unit} | {column.meaning} |" in part


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG, in pixels, from its first block."""
    head = picture.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def test_every_picture_that_a_page_shows_is_there_and_shows_something() -> None:
    """Whether it is of today's workbook is for `make pictures` and the eye."""
    taken = {*PICTURES, *RESULT_PICTURES}
    shown = set()
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for name in re.findall(r"pictures/(\w+)\.png", page.read_text(encoding="utf-8")):
            shown.add(name)
    assert shown, "no page shows a picture"
    assert shown <= taken, "pictures that `make pictures` does not take"
    for name in taken:
        picture = ROOT / "docs" / "pictures" / f"{name}.png"
        width, height = size_of(picture)
        assert width >= 600, name
        assert height >= 400, name
        assert picture.stat().st_size > width * height / 100, f"{name} is all but blank"


def test_every_option_of_every_command_has_help() -> None:
    commands = next(action for action in parser()._actions if action.dest == "command").choices
    assert commands
    for name, command in commands.items():  # type: ignore[union-attr]
        for action in command._actions:
            assert action.help or action.metavar in ("PATH", "OLD", "NEW"), (name, action.dest)


PAGES_BY_HAND = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/glossary.md", "docs/model.md", "docs/batches.md")


@pytest.mark.parametrize("page", PAGES_BY_HAND)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert not [link for link in links if "://" not in link and not (path.parent / link).exists()]


@pytest.mark.parametrize("page", [*PAGES_BY_HAND, "docs/command.md", "docs/api.md"])
def test_every_command_of_a_page_is_one(page: str) -> None:
    """Lines of code that begin with `didymium` are understood by its parser; what is to be made has a rule."""
    lines = re.findall(r"^    ((?:didymium|make) .*)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for line in lines:
        program, *words = shlex.split(line, comments=True)
        if program == "make":
            assert words[0] in targets, line
        else:
            assert parser().parse_args(words).command == words[0]


@pytest.mark.parametrize("page", [*PAGES_BY_HAND, "docs/api.md"])
def test_every_name_of_python_that_a_page_uses_exists(page: str) -> None:
    names = set(re.findall(r"didymium\.(\w+)\(", (ROOT / page).read_text(encoding="utf-8")))
    assert not names - set(didymium.__all__)


def test_the_study_file_of_the_page_and_the_example_are_read_as_they_stand(tmp_path: Path) -> None:
    example = read_study_file(ROOT / "inputs" / "example_study.toml")
    assert [job.command for job in example.jobs] == ["solve", "stress"]
    page = (ROOT / "docs" / "batches.md").read_text(encoding="utf-8")
    (tmp_path / "others").mkdir()
    for name in ("my_case.xlsx", "others/a.xlsx"):
        (tmp_path / name).touch()
    (tmp_path / "study.toml").write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    study = read_study_file(tmp_path / "study.toml")
    assert [job.command for job in study.jobs] == ["solve", "frontier", "stress"]
    assert list(study.variants) == ["as_is", "dear_money", "late_and_larger"]


def to_add(what: str) -> list[str]:
    """The files of a list of CONTRIBUTING.md, in its order."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = text.split(f"## To add {what}\n")[1].split("\n## ")[0]
    return re.findall(r"^\d+\. `([^`]+)`", part, re.MULTILINE)


def text_of(place: str) -> str:
    """A file, or all Python files of a folder."""
    path = ROOT / place
    assert path.exists(), f"CONTRIBUTING.md names {place}"
    return "\n".join(p.read_text(encoding="utf-8") for p in sorted(path.rglob("*.py")) or [path])


def absent(names: list[str], place: str) -> list[str]:
    text = text_of(place)
    return [name for name in names if not re.search(rf"\b{re.escape(name)}\b", text)]


LISTS = ("a rule", "an input column", "a sheet", "a kind of cost", "a column of results")


@pytest.mark.parametrize("what", LISTS)
def test_the_files_of_each_list_exist(what: str) -> None:
    assert len(to_add(what)) > 1
    assert all((ROOT / place).exists() for place in to_add(what))


def test_every_rule_is_in_the_files_of_its_list() -> None:
    """The re-check and the second model group some rules under words of their own; every rule has its algebra as
    text."""
    names = [rule.__name__ for rule in RULES]
    assert to_add("a rule")[2] == "model/didymium/rules/"
    for place in ("model/didymium/rules/", "docs/model.md"):
        assert not absent(names, place), place
    numbers = {str(rule.number) for rule in RULES}
    assert numbers == {n for name in RECHECKED for n in re.split(r"[- ]", name) if n.isdigit()} - {"2"}, "@rechecks"


def test_the_model_page_and_contributing_name_the_same_places_for_a_rule() -> None:
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8").split("## Where a new rule goes\n")[1]
    inside = re.findall(r"^\d+\. `([^`]+)`", text, re.MULTILINE)
    assert [place if place.startswith("tests") else f"model/didymium/{place}" for place in inside] == to_add("a rule")
    named = set(re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", text))
    assert not [place for place in named if not any((ROOT / top / place).exists() for top in ("", "model/didymium"))]


def test_every_kind_of_cost_is_in_the_files_of_its_list() -> None:
    rules, schema, again = to_add("a kind of cost")
    for place in (rules, again):
        assert not absent([kind.__name__ for kind in KINDS], place), place
    assert not absent([f"{kind.__name__}_musd_per_year" for kind in KINDS], schema)


NOT_IN_THE_CASE = ("Uncertainty", "Observed", "Sources")  # sheets that the mathematics does not know


def test_every_sheet_and_column_is_in_the_files_of_its_list() -> None:
    schema, case, build, checks = to_add("an input column")
    assert to_add("a sheet")[:3] == [schema, case, build]
    columns = {name: [c.name for c in sheet.columns] for name, sheet in SHEETS.items() if name != "Ramps"}
    assert not absent([*SHEETS, *(c for named in columns.values() for c in named), *(s.name for s in SETTINGS)], schema)
    read = [name for name in SHEETS if name not in NOT_IN_THE_CASE and name != "Settings"]
    assert not absent([*read, *(s.name for s in SETTINGS if s.name not in ("title", "milestone_years"))], build)
    used = [c for name in read for c in columns.get(name, []) if c != "accepts"]
    # a column that the mathematics does not read is there for a check
    assert not set(absent(used, build)) & set(absent(used, case)) & set(absent(used, checks))

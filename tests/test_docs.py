"""Pages and pictures that are made from the schema are current."""

from __future__ import annotations

import sys
from pathlib import Path

import didymium
from didymium.cli import parser
from didymium.tables.schema import SETTINGS, SHEETS
from didymium.template.page import workbook_page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))
from make import DRAWN_BY, MADE_FROM, PICTURES, RESULT_PICTURES, drawn_by, fingerprint


def test_the_workbook_page_is_current() -> None:
    assert (ROOT / "docs" / "workbook.md").read_text(encoding="utf-8") == workbook_page(), "run `make docs`"


def test_the_workbook_page_tells_every_column_and_setting() -> None:
    text = workbook_page()
    for sheet in SHEETS.values():
        part = text.split(f"### {sheet.name}\n")[1].split("\n### ")[0]
        for column in SETTINGS if sheet.name == "Settings" else sheet.columns:
            assert f"| {column.name} | {column.unit} | {column.meaning} |" in part


def test_the_pictures_are_of_the_workbook_as_it_is(tmp_path: Path) -> None:
    current = fingerprint(didymium.new(tmp_path / "default.xlsx", example=True))
    assert MADE_FROM.read_text().strip() == current, "run `make pictures` and look at docs/pictures"
    assert all((ROOT / "docs" / "pictures" / f"{name}.png").stat().st_size > 10_000 for name in PICTURES)


def test_the_pictures_of_a_result_are_drawn_by_the_code_as_it_is() -> None:
    assert DRAWN_BY.read_text().strip() == drawn_by(), "run `make pictures` and look at docs/pictures"
    assert all((ROOT / "docs" / "pictures" / f"{name}.png").stat().st_size > 10_000 for name in RESULT_PICTURES)


def test_every_option_of_every_command_has_help() -> None:
    commands = next(action for action in parser()._actions if action.dest == "command").choices
    assert commands
    for name, command in commands.items():  # type: ignore[union-attr]
        for action in command._actions:
            assert action.help or action.metavar in ("PATH", "OLD", "NEW"), (name, action.dest)

"""The generated pages and pictures are current, and what the pages name exists and runs as written."""

from __future__ import annotations

import re
import shlex
import struct
import sys
from pathlib import Path

import pytest

from didymium.cli import STOPPED_WITH_PLAN, parser
from didymium.endings import OUR_FAULT
from didymium.errors import DidymiumError
from didymium.tables.schema import SETTINGS, SHEETS
from didymium.template.page import workbook_page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))
from make import PAGES, PICTURES, RESULT_PICTURES
from reference import EXAMPLES, EXIT_CODES, commands


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

"""Pages that are made from a template: every number of a tutorial comes from docs/tutorial.json, every title of a
sheet from the schema of results.

`{{plan.objective_musd:,.0f}}` is a value, with its format (`share`: in percent); `{{command solve}}` and
`{{printed solve}}` are what was typed and printed in a step, `{{printed solve | regex}}` those of its lines in which
the regular expression is found;
`{{sheet Trade}}` is what a sheet says of itself.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from didymium.results import SHEETS

DOCS = Path(__file__).parent
TEMPLATES = DOCS / "templates"
FIELD = re.compile(r"\{\{(.+?)\}\}")
NOTE = (
    "<!-- Made by `make docs` from docs/templates/{name}; do not edit. Its numbers: docs/tutorial.json, by `make"
    " tutorial`. -->\n"
)


@cache
def found() -> dict[str, Any]:
    """What the commands of the tutorials found."""
    of: dict[str, Any] = json.loads((DOCS / "tutorial.json").read_text(encoding="utf-8"))
    return of


def filled_page(name: str) -> str:
    """A template with its fields filled in. Raises KeyError where a field names nothing."""
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    return NOTE.format(name=name) + FIELD.sub(lambda match: field(match[1]), text)


def field(text: str) -> str:
    """What a field stands for."""
    kind, _, rest = text.partition(" ")
    if kind == "sheet":
        sheet = SHEETS[rest]
        said = (sheet.title, sheet.note, sheet.reading)
        return " ".join(part if part.endswith("?") else f"{part}." for part in said if part)
    if kind == "command":
        return f"    {found()['steps'][rest]['command']}"
    if kind == "printed":
        step, _, pattern = rest.partition(" | ")
        return printed(step, pattern)
    path, _, shape = text.partition(":")
    return f"{100 * value(path):.0f} %" if shape == "share" else format(value(path), shape)


def printed(step: str, pattern: str) -> str:
    """The lines that a step printed, or those of them that match, as a block. Raises KeyError where none does."""
    text = str(found()["steps"][step]["printed"]).strip("\n")
    lines = [line for line in text.splitlines() if re.search(pattern, line)]
    if not lines:
        raise KeyError(f"{step} printed no line with {pattern}")
    return "```text\n" + "\n".join(lines) + "\n```"


def value(path: str) -> Any:
    """A value by its path of keys, with points between them."""
    at: Any = found()["values"]
    for key in path.split("."):
        at = at[int(key)] if isinstance(at, list) else at[key]
    return at

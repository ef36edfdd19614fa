"""What if, by changed inputs: a column scaled, a target put off. The form becomes a study file of one variant, which
`didymium run` does; the file stays with its results, so that a person can run it again anywhere."""

from __future__ import annotations

import glob
import json
import os
import shutil
from pathlib import Path

from didymium.desk.studies import BadField, Choices, Form, Study, number_of

FILE = "study.toml"
VARIANT = "changed"
BASE = "base"  # the scenario of the workbook's own, as study files call it
BETWEEN = "|"  # between sheet and column, which may hold neither


def study_file(
    study: Study, form: Form, choices: Choices, workbook: Path, where: Path, comment: str
) -> tuple[str, str]:
    """Return the text of a study file in the folder `where`, and the scenario it is for. Raises BadField for the first
    field that cannot be."""
    given = {f.name: [t.strip() for t in form.get(f.name, ()) if t.strip()] for f in study.fields}
    numbers = {
        f.name: number_of(f, given[f.name][0]) for f in study.fields if given[f.name] and f.kind in ("number", "count")
    }
    for name, kind in (("column", "column"), ("moved", "targets"), ("scenario", "scenario")):
        known = {choice[0] for choice in choices.get(kind, ())}
        for text in given[name]:
            if text not in known:
                raise BadField(name, "unknown", text)
    lines = [*_scale(given, numbers), *_shift(given, numbers)]
    if not lines:
        raise BadField("column", "nothing", "")
    scenario = given["scenario"][0] if given["scenario"] else BASE
    source = os.path.relpath(workbook, where).replace(os.sep, "/")
    top = [
        *(f"# {line}" for line in comment.splitlines()),
        f"workbooks = [{_text(glob.escape(source))}]",
        f"scenarios = [{_text(scenario)}]",
    ]
    keys = {"gap": "gap", "minutes": "time_limit"}
    options = [f"{key} = {numbers[name]}" for name, key in keys.items() if name in numbers]
    if options:
        options = ["", "[options]", *options]
    variant = ["", "[[variants]]", f"name = {_text(VARIANT)}", *lines]
    job = ["", "[[jobs]]", 'command = "solve"', f"variants = [{_text(VARIANT)}]"]
    return "\n".join([*top, *options, *variant, *job, ""]), scenario


def _scale(given: dict[str, list[str]], numbers: dict[str, str]) -> list[str]:
    """The line that scales a column, where one is chosen."""
    if not given["column"]:
        return []
    if "percent" not in numbers:
        raise BadField("percent", "no_number", "")
    sheet, column = given["column"][0].split(BETWEEN)
    rows = ""
    if given["rows"]:
        name, sign, value = given["rows"][0].partition("=")
        if not (sign and name.strip() and value.strip()):
            raise BadField("rows", "no_rows", given["rows"][0])
        rows = f", where = {{ {_text(name.strip())} = {_text(value.strip())} }}"
    return [f"scale = [{{ sheet = {_text(sheet)}, columns = {_text(column)}, by = {numbers['percent']}{rows} }}]"]


def _shift(given: dict[str, list[str]], numbers: dict[str, str]) -> list[str]:
    """The line that puts targets off, where some are chosen."""
    if not given["moved"]:
        return []
    if "later" not in numbers:
        raise BadField("later", "no_number", "")
    shifts = (f"{{ target = {_text(target)}, years = {numbers['later']} }}" for target in given["moved"])
    return [f"shift = [{', '.join(shifts)}]"]


def _text(text: str) -> str:
    """A text as TOML has it, which for what a cell can hold is as JSON has it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def copy_study_file(earlier: Path, later: Path) -> None:
    """Put the study file of one folder, where it has one, into a new one beside it, so that it is run again there."""
    if (earlier / FILE).is_file():
        later.mkdir(parents=True)
        shutil.copyfile(earlier / FILE, later / FILE)


def answer_of(folder: str, source: str, scenario: str) -> str:
    """Return the name of the folder into which `didymium run` writes the plan."""
    return f"{folder}/{Path(source).stem}/{VARIANT}/{scenario}"

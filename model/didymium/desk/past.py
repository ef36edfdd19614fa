"""What ran on the workbooks of this folder, from the desk or a terminal: the registry of runs (`didymium runs`), with
people's notes.

A note on a result is one on the run that wrote it. Results that the registry does not know, such as a copied folder,
have theirs in the desk's own store.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from didymium import registry
from didymium.desk.folder import OutsideFolder, inside, name_of
from didymium.desk.results import result_of
from didymium.desk.web import Desk, desk_of, page, part_of, sent, to
from didymium.errors import BadWorkbook
from didymium.registry import RunRecord
from didymium.result_folder import kept_run, unwritten

LONGEST_NOTE = 2000  # characters
SHOWN = (  # of one run, all that is known
    "began", "seconds", "kind", "workbook", "scenario", "status", "reason", "cost_musd", "bound_musd", "gap_percent",
    "folder", "command", "options", "input_sha256", "content_sha256", "request_sha256", "user", "host",
)  # fmt: skip


async def listed(request: Request) -> Response:
    """The page of the history, the latest run first."""
    desk, query = desk_of(request), request.query_params
    wanted = query.get("find", "").casefold().split()
    try:
        found, problem = runs_of(desk), ""
    except BadWorkbook as error:
        found, problem = [], " ".join(str(p) for p in error.problems)
    chosen = [row for row in found if all(word in _words(row) for word in wanted)]
    part = part_of(chosen, query)
    shown = [_shown(desk, row, found) for row in part.rows]
    return page(request, "history", {"part": part, "rows": shown, "find": query.get("find", ""), "problem": problem})


async def one(request: Request) -> Response:
    """The page of one run of the history: all that is known of it, and a person's note."""
    desk, row = desk_of(request), _row(request)
    facts = {name: row[name] for name in SHOWN if row[name] not in (None, "", "{}")}
    if "options" in facts:
        facts["options"] = choices_in_words(str(facts["options"]))
    shown = _shown(desk, row, runs_of(desk))
    return page(request, "past", {"row": row, "facts": facts, "shown": shown})


async def note(request: Request) -> Response:
    """Keep a person's note on a run."""
    form = await sent(request)
    number = int(str(_row(request)["id"]))
    registry.note(number, note_in(form))
    return to("past", str(number))


def choices_in_words(text: str) -> str:
    """Return the flags that a run was given, of which the registry keeps the names and values as JSON, as words."""
    return "; ".join(
        f"{name.replace('_', ' ')} {value}".removesuffix(" True") for name, value in json.loads(text).items()
    )


def note_in(form: Mapping[str, Sequence[str]]) -> str:
    """Return the note that a form holds."""
    return (form.get("note") or [""])[0].strip()[:LONGEST_NOTE]


def runs_of(desk: Desk) -> list[RunRecord]:
    """Return the runs of workbooks and results in the folder, the latest first. Raises BadWorkbook where the registry
    cannot be read."""
    root = desk.folder.resolve()
    return [row for row in registry.runs(workbook=str(root)) if Path(str(row["workbook"])).is_relative_to(root)]


def notes(desk: Desk) -> dict[str, str]:
    """Return people's notes by the name of the result."""
    return {**desk.store.notes(), **{name: str(row["notes"] or "") for name, row in _writers(desk).items()}}


def keep_note(desk: Desk, name: str, text: str) -> None:
    """Keep a note on a result."""
    writer = _writers(desk).get(name)
    if writer is None:
        desk.store.note(name, text)
    else:
        registry.note(int(str(writer["id"])), text)


def can_go_on(desk: Desk, name: str) -> bool:
    """Return whether `didymium resume` finds anything in a folder of results, and no run of the desk writes there."""
    if not name or any(run.folder == name and not run.is_over for run in desk.store.runs()):
        return False
    try:
        folder = inside(desk.folder, name)
    except OutsideFolder:
        return False
    return kept_run(folder) is not None or unwritten(folder) is not None


def _row(request: Request) -> RunRecord:
    """The run that an address names. Raises 404 where it is none of this folder."""
    desk, number = desk_of(request), request.path_params["number"]
    for row in runs_of(desk):
        if row["id"] == number:
            return row
    raise HTTPException(404, desk.words.refused.path)


def _writers(desk: Desk) -> dict[str, RunRecord]:
    """The last run that wrote each folder of results, by the name of the folder."""
    try:
        found = runs_of(desk)
    except BadWorkbook:
        return {}
    return {name: row for row in reversed(found) if row["exit_code"] in registry.WROTE and (name := _name(desk, row))}


def _name(desk: Desk, row: RunRecord) -> str:
    """What the folder of a run's results is called; empty where it is not in the planner's folder."""
    folder = Path(str(row["folder"] or ""))
    return name_of(desk.folder, folder) if row["folder"] and folder.is_relative_to(desk.folder.resolve()) else ""


def _shown(desk: Desk, row: RunRecord, found: Sequence[RunRecord]) -> dict[str, Any]:
    """A run as its line shows it: the name of its workbook, of its result while that is the run's, and of the folder
    with which it can go on."""
    name, root = _name(desk, row), desk.folder.resolve()
    writer = next((r for r in found if r["folder"] == row["folder"] and r["exit_code"] in registry.WROTE), None)
    is_last = next((r["id"] for r in found if r["folder"] == row["folder"]), None) == row["id"]
    has_result = bool(name) and writer is not None and writer["id"] == row["id"]
    return {
        **row,
        "source": Path(str(row["workbook"])).relative_to(root).as_posix(),
        "result": name if has_result and result_of(desk.folder, desk.folder / name) is not None else "",
        "go_on": name if is_last and row["status"] != registry.RUNNING and can_go_on(desk, name) else "",
    }


def _words(row: RunRecord) -> str:
    """All in which words are looked for."""
    return json.dumps([value for value in row.values() if value is not None], ensure_ascii=False).casefold()

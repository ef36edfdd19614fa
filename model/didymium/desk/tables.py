"""The tables of results and comparisons: found by words, a page at a time, and downloaded."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from didymium.desk.drawing import waterfall_picture
from didymium.desk.helper import Record
from didymium.desk.results import result_of
from didymium.desk.shown import result_of_address
from didymium.desk.web import desk_of, page, part_of, path_of

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a text begins that a spreadsheet would work out


async def tables(request: Request) -> Response:
    """A table of a result."""
    found = result_of_address(request)
    return page(request, "tables", {"result": found, **_chosen(request, await _read(request, "result"))})


async def comparison(request: Request) -> Response:
    """A table of a comparison, with the waterfall as a picture."""
    name = request.path_params["name"]
    known = await _read(request, "comparison")
    values = _chosen(request, known)
    picture: object = ""
    caption = ""
    if "Waterfall" in known and values["table"] in ("Summary", "Waterfall"):
        steps = known["Waterfall"]
        picture, caption = waterfall_picture(steps["rows"], steps["title"]), f"{steps['title']}. {steps['note']}."
    return page(
        request, "comparison", {"name": name, "file": Path(name).stem, "picture": picture, "caption": caption, **values}
    )


async def download(request: Request) -> Response:
    """The rows that were found, as CSV."""
    values = _chosen(request, await _read(request, "result"))
    return csv_file(str(values["table"]), values["headings"], values["found"])


def csv_file(name: str, headings: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Response:
    """Return rows as a CSV file to be kept, as Excel reads it."""
    text = io.StringIO()
    file = csv.writer(text)
    file.writerow([_safe(cell) for cell in headings])
    file.writerows([_safe(cell) for cell in row] for row in rows)
    plain = "".join(c for c in name if c.isascii() and (c.isalnum() or c in "_-")) or "table"
    headers = {"Content-Disposition": f'attachment; filename="{plain}.csv"'}
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _safe(cell: Any) -> Any:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


async def _read(request: Request, kind: str) -> dict[str, Record]:
    """The tables of the result or comparison that an address names. Raises 404 where it cannot be read."""
    desk, path = desk_of(request), path_of(request)
    if kind == "comparison" and path.suffix != ".xlsx":
        raise HTTPException(404, desk.words.refused.path)
    found = result_of(desk.folder, path) if kind == "result" and path.is_dir() else None
    if found is not None and not found.is_plan:
        kind, path = "comparison", path / found.workbook
    answer = await asyncio.to_thread(desk.reader.ask, {kind: str(path)})
    if answer is None or "tables" not in answer:
        raise HTTPException(404, (answer or {}).get("problem") or desk.words.refused.read)
    known: dict[str, Record] = answer["tables"]
    return known


def _chosen(request: Request, known: dict[str, Record]) -> dict[str, Any]:
    """The table that an address asks for, and of its rows those that hold the words to be found."""
    query = request.query_params
    name = query.get("table", "")
    name = name if name in known else next(iter(known))
    wanted = query.get("find", "").casefold().split()
    rows: Sequence[Sequence[Any]] = known[name]["rows"]
    found = [row for row in rows if all(any(w in str(c).casefold() for c in row) for w in wanted)] if wanted else rows
    return {
        "names": list(known),
        "table": name,
        "headings": known[name]["headings"],
        "title": known[name].get("title", ""),
        "about": known[name].get("note", ""),
        "below": known[name].get("below", []),
        "find": query.get("find", ""),
        "found": found,
        "part": part_of(found, query),
    }

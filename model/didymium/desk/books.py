"""The pages of workbooks: the folder's list, and of each what its check found and what can be run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from didymium.desk.results import results
from didymium.desk.saves import Book
from didymium.desk.store import State
from didymium.desk.studies import studies_of
from didymium.desk.tables import csv_file
from didymium.desk.web import desk_of, page, part_of
from didymium.errors import Severity

WORST = list(Severity)  # the order in which problems are shown
NEWEST = 5  # results on the first page


async def home(request: Request) -> Response:
    """The first page: the workbooks of the folder, what runs, the newest results."""
    return page(request, "home", _home(request))


async def live_home(request: Request) -> Response:
    """The part of the first page that changes."""
    return page(request, "live_home", _home(request))


def _home(request: Request) -> dict[str, object]:
    desk = desk_of(request)
    return {
        "books": desk.saves.listed(),
        "active": desk.store.in_state(State.WAITING, State.RUNNING, State.STOPPING),
        "newest": results(desk.folder)[:NEWEST],
    }


async def book(request: Request) -> Response:
    """The page of a workbook."""
    return page(request, "book", book_page(request))


def book_page(request: Request, **more: object) -> dict[str, object]:
    """Return what the page of a workbook shows; before its first check is done, it has no forms yet."""
    return {**_book(request), **_forms(request), **more}


async def live_forms(request: Request) -> Response:
    """The forms of a workbook, which the page looks for until the first check is done."""
    return page(request, "live_forms", {"book": book_of(request), **_forms(request)})


def _forms(request: Request) -> dict[str, object]:
    found = choices(book_of(request), desk_of(request).folder)
    return {"studies": studies_of("book"), "choices": found, "wrong": None, "form": {}}


async def live_book(request: Request) -> Response:
    """What the check of a workbook found."""
    return page(request, "live_book", _book(request))


async def live_state(request: Request) -> Response:
    """How a workbook stands, in a sentence."""
    return page(request, "live_state", {"book": book_of(request)})


async def problems(request: Request) -> Response:
    """All problems of a workbook, as CSV."""
    found = book_of(request)
    rows = [(p["sheet"], p["cell"], p["severity"], p["text"], " ".join(p["also"])) for p in _worst_first(found)]
    return csv_file(f"{Path(found.name).stem}_problems", ["sheet", "cell", "kind", "problem", "also"], rows)


def _book(request: Request) -> dict[str, object]:
    found, query = book_of(request), request.query_params
    problems = _worst_first(found)
    sheets = Counter(str(p["sheet"]) for p in problems)
    severity, sheet = query.get("severity", ""), query.get("sheet", "")
    chosen = [p for p in problems if (not severity or p["severity"] == severity) and (not sheet or p["sheet"] == sheet)]
    screen = found.record.get("screen", [])
    return {
        "book": found,
        "problems": part_of(chosen, query),
        "sheets": sheets,
        "severity": severity,
        "sheet": sheet,
        "screen": screen,
        "stages": list(dict.fromkeys(row["stage"] for row in screen)),
        "out_of_reach": [r for r in screen if r["possible"] is not None and r["asked"] > r["possible"] + 0.5],
        "changes": found.record.get("changes", [])[:PAGE_OF_CHANGES],
        "all_changes": len(found.record.get("changes", [])),
        "query": {k: v for k, v in query.items() if k in ("severity", "sheet", "page")},
    }


def _worst_first(book: Book) -> Sequence[Mapping[str, Any]]:
    return sorted(book.record.get("problems", []), key=lambda p: WORST.index(p["severity"]))


PAGE_OF_CHANGES = 100  # changes that are shown of a save


def book_of(request: Request) -> Book:
    """Return the workbook that an address names. Raises 404 where the folder has none of this name."""
    desk = desk_of(request)
    found = desk.saves.books.get(request.path_params["name"])
    if found is None:
        raise HTTPException(404, desk.words.refused.path)
    return found


def choices(book: Book, folder: Path) -> dict[str, list[list[str]]]:
    """Return what can be chosen from on the forms of a workbook, as ids with their names: scenarios, targets, projects,
    columns of its sheets, and plans as results."""
    facts = book.record.get("facts", {})
    found = {name: facts.get(name, []) for name in ("scenario", "targets", "projects", "column")}
    found["result"] = [[result.name, result.title] for result in results(folder) if result.is_plan]
    return found

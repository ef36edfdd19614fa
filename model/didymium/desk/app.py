"""The desk's application: which function answers which address, behind the guard."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from didymium.desk import books, files, manual, new_book, past, runs, shown, tables
from didymium.desk.guard import Guard
from didymium.desk.web import Desk, failed, without_disk

STATIC = Path(__file__).parent / "static"


async def _icon(request: Request) -> Response:
    return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")


def app_of(desk: Desk) -> Guard:
    """Return the application of a desk."""
    app = Starlette(
        routes=[
            Route("/", books.home),
            Route("/live/books", books.live_home),
            Route("/book/{name:path}", books.book),
            Route("/problems/{name:path}", books.problems),
            Route("/live/state/{name:path}", books.live_state),
            Route("/live/book/{name:path}", books.live_book),
            Route("/live/forms/{name:path}", books.live_forms),
            Route("/new", new_book.form),
            Route("/new", new_book.make, methods=["POST"]),
            Route("/runs", runs.listed),
            Route("/live/runs", runs.live_listed),
            Route("/run/{number:int}", runs.run),
            Route("/live/run/{number:int}", runs.live_run),
            Route("/live/run/{number:int}/state", runs.live_state),
            Route("/run/{number:int}/stop", runs.stop, methods=["POST"]),
            Route("/run/{number:int}/again", runs.again, methods=["POST"]),
            Route("/resume/{name:path}", runs.resume, methods=["POST"]),
            Route("/history", past.listed),
            Route("/past/{number:int}", past.one),
            Route("/past/{number:int}/note", past.note, methods=["POST"]),
            Route("/start/{study}/{name:path}", runs.start, methods=["POST"]),
            Route("/results", shown.listed),
            Route("/live/results", shown.live_listed),
            Route("/result/{name:path}", shown.result),
            Route("/note/{name:path}", shown.note, methods=["POST"]),
            Route("/compare", shown.compare, methods=["POST"]),
            Route("/comparison/{name:path}", tables.comparison),
            Route("/tables/{name:path}", tables.tables),
            Route("/csv/{name:path}", tables.download),
            Route("/file/{name:path}", files.file),
            Route("/report/{name:path}", files.report),
            Route("/docs", manual.manual),
            Route("/docs/{name:path}", manual.manual),
            Route("/favicon.ico", _icon),  # browsers look for it there on pages of the documentation
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        exception_handlers={HTTPException: failed, OSError: without_disk, sqlite3.Error: without_disk},
    )
    app.router.redirect_slashes = False
    app.state.desk = desk
    return Guard(app, desk.keys, desk.words.refused.as_dict())

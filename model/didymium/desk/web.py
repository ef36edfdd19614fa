"""The desk's pages as one application: what they share, and which function answers which address."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from didymium.desk.folder import OutsideFolder, inside
from didymium.desk.guard import Keys, same
from didymium.desk.helper import Helper
from didymium.desk.queue import RunQueue
from didymium.desk.saves import FolderSaves
from didymium.desk.store import Store
from didymium.desk.words import Words, count, fill, words

_HERE = Path(__file__).parent
LARGEST_FORM = 100_000  # bytes
LONGEST_READ = 120.0  # s
PAGE = 50  # rows of a table on one page


@dataclass(slots=True)
class Desk:
    """All that the pages show and change: the folder, its workbooks, its runs."""

    folder: Path
    keys: Keys
    saves: FolderSaves
    queue: RunQueue
    store: Store
    candidates: dict[tuple[str, str], list[list[str]]] = field(default_factory=dict)  # of results, by name and time
    reader: Helper = field(default_factory=lambda: Helper("didymium.desk.reader", LONGEST_READ))
    words: Words = field(default_factory=words)

    def __post_init__(self) -> None:
        loader = FileSystemLoader(_HERE / "pages")
        self.pages = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self.pages.filters |= {"fill": fill, "count": count, "address": address, "number": number, "when": when}
        self.pages.globals |= {"t": self.words, "keys": self.keys, "folder": self.folder}

    pages: Environment = field(init=False)


def desk_of(request: Request) -> Desk:
    """Return the desk that a request is for."""
    desk: Desk = request.app.state.desk
    return desk


def page(request: Request, template: str, values: Mapping[str, object], status: int = 200) -> Response:
    """Return a page; a part that is looked at again and again (`live`) as 304 while it is the same."""
    text = desk_of(request).pages.get_template(f"{template}.html").render(values)
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return HTMLResponse(text, status_code=status, headers={"ETag": etag})


def to(*parts: str) -> Response:
    """Return the way to another page, after a form was sent."""
    return RedirectResponse(address("/".join(parts)), status_code=303)


async def sent(request: Request) -> dict[str, list[str]]:
    """Return the fields of a form that was sent. Raises 403 without the word that forms carry, 413 where it is too
    large."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > LARGEST_FORM:
            raise HTTPException(413)
    form = parse_qs(content.decode("utf-8", errors="replace"), max_num_fields=2000)
    if not same(form.get("word", [""])[0], desk_of(request).keys.form):
        raise HTTPException(403, desk_of(request).words.refused.form)
    return form


def path_of(request: Request) -> Path:
    """Return the file or folder that an address names. Raises 404 where it is none inside the planner's folder."""
    try:
        path = inside(desk_of(request).folder, request.path_params["name"])
    except OutsideFolder as error:
        raise HTTPException(404, desk_of(request).words.refused.path) from error
    if not path.exists():
        raise HTTPException(404, desk_of(request).words.refused.path)
    return path


async def without_disk(request: Request, error: Exception) -> Response:
    """Return the page for a folder that is gone, full or read-only."""
    return page(request, "failed", {"detail": fill(desk_of(request).words.refused.disk, why=error)}, 503)


async def failed(request: Request, error: Exception) -> Response:
    """Return the page of a refusal."""
    assert isinstance(error, HTTPException)
    return page(request, "failed", {"detail": error.detail}, error.status_code)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of many: those of one page."""

    rows: Sequence[Any]
    at: int
    pages: int
    total: int
    first: int  # of them, from 1 on; 0 where there are none
    last: int


def part_of(rows: Sequence[Any], query: Mapping[str, str], size: int = PAGE) -> Part:
    """Return the rows of the page that an address asks for, from 1 on."""
    pages = max(1, -(-len(rows) // size))
    requested = query.get("page", "1")
    at = min(max(int(requested) if requested.isascii() and requested.isdigit() and len(requested) < 9 else 1, 1), pages)
    shown = rows[(at - 1) * size : at * size]
    first = (at - 1) * size + min(len(shown), 1)
    return Part(shown, at, pages, len(rows), first, (at - 1) * size + len(shown))


def address(path: str) -> str:
    """Return a path as it stands in an address."""
    return quote(path if path.startswith("/") else f"/{path}", safe="/")


def number(value: object) -> str:
    """Return a cell for people: thousands apart, as many decimals as say something."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, int) or (isinstance(value, float) and value == int(value) and abs(value) < 1e15):
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"
    if isinstance(value, float) and abs(value) < 1e-6:
        return "0"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"
    return str(value)


def when(text: str | None) -> str:
    """Return a time that is kept, for people."""
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S") if text else ""

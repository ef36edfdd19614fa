"""HTML in what a person writes, in cells, notes and names of files, is shown by the desk as what was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace

import hostile
import pytest
from asgi import Client

from didymium.desk import reader
from didymium.desk.app import app_of
from didymium.desk.guard import Keys
from didymium.desk.serve import opened
from didymium.desk.web import Desk

PORT = 8351


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("hostile")
    hostile.make_folder(folder)
    with opened(folder, Keys(PORT, "token")) as found:
        found.queue.at_once = 0
        found.reader = SimpleNamespace(ask=reader.answer, close=lambda: None)  # type: ignore[assignment]
        yield found


def test_no_page_obeys_what_a_person_wrote(desk: Desk) -> None:
    page = Client(app_of(desk), f"127.0.0.1:{PORT}")
    page.get("/?token=token")
    over, past = hostile.make_past(desk.folder, desk.store)
    for _ in range(600):
        if all(book.record for book in desk.saves.listed()):
            break
        desk.saves._ended.wait(0.1)
    assert desk.saves.books[hostile.NAME].is_sound
    assert desk.saves.books["wrong"].count("error") > 20
    addresses = hostile.addresses(over, past)
    told = 0
    for address in addresses:
        answer = page.get(address)
        assert answer.status == 200 or address.startswith(("/docs/", "/nothing/")), address
        assert hostile.odd_elements(answer.text) == [], address
        told += "&lt;img class=" in answer.text
    assert told > 15  # most pages do show some of it
    routes = [r.path for r in app_of(desk).app.routes if "GET" in (getattr(r, "methods", None) or ())]
    patterns = [re.sub(r"\{\w+:path\}", ".+", re.sub(r"\{\w+:int\}", "[0-9]+", path)) for path in routes]
    tried = [address.partition("?")[0] for address in addresses]
    unseen = {p for p in patterns if not any(re.fullmatch(p, path) for path in tried)}
    assert unseen == {
        "/problems/.+",
        "/csv/.+",
        "/file/.+",
        "/report/.+",
        "/docs",
        "/favicon.ico",
    }  # no pages of the desk


def test_what_is_downloaded_is_no_page(desk: Desk) -> None:
    """A report has a policy of its own, which lets it run nothing but itself; the rest is kept, not shown."""
    page = Client(app_of(desk), f"127.0.0.1:{PORT}")
    page.get("/?token=token")
    plan = hostile.quote(hostile.PLAN)
    problems = page.get("/problems/wrong")
    assert problems.headers["content-type"] == "text/csv; charset=utf-8"
    assert problems.headers["content-disposition"] == 'attachment; filename="wrong_problems.csv"'
    assert len(problems.text.splitlines()) > 20
    for path in (f"/csv/{plan}?table=investments", f"/file/{plan}/report.html", f"/file/{plan}/results.xlsx"):
        answer = page.get(path)
        assert (answer.status, answer.headers["content-disposition"].split(";")[0]) == (200, "attachment"), path
    report = page.get(f"/report/{plan}/report.html")
    assert report.headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert f"<img class={hostile.MARK}" not in report.text


def test_the_reader_of_pages_finds_what_it_looks_for() -> None:
    for bad in (
        "<img src=x>",
        "<a href=' javascript:1'>x</a>",
        "<p onclick=1>",
        "<script>1</script>",
        "<b class=hostile>",
    ):
        assert len(hostile.odd_elements(f"<p>{bad}</p>")) == 1, bad
    assert hostile.odd_elements('<script src="/static/desk.js"></script>&lt;img src=x&gt;<a href="/">x</a>') == []

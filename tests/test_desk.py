"""The desk without a browser: who is let in, which files it touches, what its forms run, what its queue remembers."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asgi import Answer, Client
from test_algebra import tiny
from worlds import solve, write

import didymium
from didymium import registry
from didymium.cli import main, parser
from didymium.commands.study_file import read_study_file
from didymium.desk import child, drawing, manual, past, reader, runs, saves, studies, tables, varied
from didymium.desk.app import app_of
from didymium.desk.checker import checked
from didymium.desk.folder import STATE, OutsideFolder, free_name, inside, plain_name, workbooks
from didymium.desk.guard import Keys
from didymium.desk.queue import RunQueue
from didymium.desk.results import results
from didymium.desk.serve import _one_desk, opened
from didymium.desk.store import State, Store
from didymium.desk.web import Desk, number, part_of
from didymium.desk.words import words
from didymium.result_folder import KeptParts, keep_run
from didymium.variants import Scale, Shift, changed

PORT = 8350
HOST = f"127.0.0.1:{PORT}"
HOME = f"http://{HOST}"
BAD_NAME = "<img src=x onerror=alert(1)> & more"
POSTS = ["/new", "/run/1/stop", "/run/1/again", "/start/solve/case", "/note/outputs/case/plan", "/compare",
         "/resume/outputs/case/plan", "/past/1/note"]  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A folder with a case as CSV files, one of a bad name, a bomb, and two results; its queue begins nothing."""
    folder = tmp_path_factory.mktemp("desk")
    write(tiny(), folder / "case")
    write(tiny(), folder / BAD_NAME)
    with zipfile.ZipFile(folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/workbook.xml", b"0" * 50_000_000)
    (folder / "~$case.xlsx").write_bytes(b"Excel's lock")
    solve(tiny()).save(folder / "outputs" / "case" / "plan")
    shutil.copytree(folder / "outputs" / "case" / "plan", folder / "outputs" / "case" / "plan 2")
    with opened(folder, Keys(PORT, "token-of-the-test")) as found:
        found.queue.at_once = 0
        found.reader = SimpleNamespace(ask=reader.answer, close=lambda: None)  # type: ignore[assignment]
        yield found


@pytest.fixture(scope="module")
def page(desk: Desk) -> Client:
    """A browser that came in by the address."""
    client = Client(app_of(desk), HOST)
    assert client.get(f"/?token={desk.keys.token}").status == 303
    return client


def sent(page: Client, desk: Desk, path: str, **form: Any) -> Answer:
    """A form, sent as the page sends it."""
    return page.post(path, {"word": desk.keys.form, **form}, origin=HOME)


def wait_for_check(desk: Desk, *names: str) -> None:
    """Wait until workbooks were checked for the first time."""
    for _ in range(600):
        if all(desk.saves.books[name].record for name in names):
            return
        desk.saves._ended.wait(0.1)
    raise AssertionError(desk.saves.books)


def test_only_the_address_that_was_printed_lets_in(desk: Desk) -> None:
    client = Client(app_of(desk), HOST)
    for address in ("/", "/static/desk.css", "/live/books", "/?token=guess", f"/?token={desk.keys.token}x"):
        assert client.get(address).status == 403, address
    answer = client.get(f"/results?token={desk.keys.token}&a=1")
    assert (answer.status, answer.headers["location"]) == (303, "/results?a=1")  # the token is gone from it
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert desk.keys.token not in cookie
    assert client.get("/results").status == 200
    client.cookie = f"{desk.keys.cookie}=another"
    assert client.get("/results").status == 403


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1:1", "127.0.0.1", ""])
def test_another_name_for_this_machine_is_refused(page: Client, desk: Desk, host: str) -> None:
    """What DNS rebinding would send."""
    assert page.get("/", host=host).status == 403
    assert page.get(f"/?token={desk.keys.token}", host=host).status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:8350"])
def test_another_page_is_refused(page: Client, desk: Desk, origin: str) -> None:
    for path in POSTS:
        answer = page.post(path, {"word": desk.keys.form}, origin=origin)
        assert answer.status == 403, path
    assert page.get("/live/books", origin=origin).status == 403
    assert page.get("/", sec_fetch_site="cross-site").status == 403


@pytest.mark.parametrize("path", POSTS)
def test_a_form_needs_its_word_and_its_page(page: Client, desk: Desk, path: str) -> None:
    assert page.post(path, {"word": desk.keys.form}).status == 403  # no page of ours sent it
    for form in ({}, {"word": ""}, {"word": desk.keys.session}):
        assert page.post(path, form, origin=HOME).status == 403
    assert page.post(path, b"a" * 200_000, origin=HOME).status == 413


def test_every_form_is_among_those_that_were_tried(desk: Desk) -> None:
    routes = [r.path for r in app_of(desk).app.routes if "POST" in (getattr(r, "methods", None) or ())]
    patterns = [re.sub(r"\{\w+:path\}", ".+", re.sub(r"\{\w+(:int)?\}", "[^/]+", path)) for path in routes]
    assert [p for p in patterns if not any(re.fullmatch(p, path) for path in POSTS)] == []


def test_pages_can_load_and_send_nothing_elsewhere(page: Client) -> None:
    for path in ("/", "/new", "/results", "/book/case", "/nothing"):
        headers = page.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    report = page.get("/report/outputs/case/plan/report.html")
    assert report.status == 200
    assert report.headers["content-security-policy"].startswith(
        "sandbox allow-scripts allow-downloads; default-src 'none'"
    )
    for file in (Path(saves.__file__).parent / "pages").glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"https?://|\sstyle=|\son\w+=|<script(?! src=\"/static)", text), file.name


OUTSIDE = [
    "../secret.txt", "case/../../secret.txt", "%2e%2e/secret.txt", "/etc/passwd", "//etc/passwd", "link/secret.txt",
    "link", ".didymium-desk/desk.sqlite", "case/.hidden", "..%5csecret.txt", "case%2f..%2f..%2fsecret.txt",
    "%2fetc%2fpasswd", "case/%2e%2e/%2e%2e/secret.txt", "case%00", ".", "", "nothing.xlsx",
]  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_outside_the_folder_is_touched(page: Client, desk: Desk, name: str) -> None:
    (desk.folder.parent / "secret.txt").write_text("secret")
    (desk.folder / "case" / ".hidden").write_text("secret")
    if not (desk.folder / "link").exists():
        (desk.folder / "link").symlink_to(desk.folder.parent)
    for kind in ("file", "report", "result", "tables", "csv", "comparison", "book"):
        answer = page.get(f"/{kind}/{name}")
        assert answer.status in (400, 404), (kind, answer.status)
        assert "secret" not in answer.text.replace("secret.txt", "")
    for path in (f"/note/{name}", f"/start/solve/{name}", f"/start/stress/{name}"):
        assert sent(page, desk, path).status == 404
    assert sent(page, desk, f"/resume/{name}").status in (404, 409)
    answer = page.get(f"/docs/{name}")
    assert answer.status in (200, 303, 404)
    assert "secret" not in answer.text
    assert len(sent(page, desk, "/compare", result=[name, "../x"]).text) > 0
    assert not [run for run in desk.store.runs() if run.kind == "compare"]


def test_a_path_stays_inside(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    assert inside(tmp_path, "in/new name.xlsx") == (tmp_path / "in" / "new name.xlsx").resolve()
    for name in ("../x", "in/../../x", ".state", "in//x", "a\0b", "in\\..\\..\\x"):
        with pytest.raises(OutsideFolder):
            inside(tmp_path, name)


def test_a_typed_name_is_one_that_a_file_can_bear() -> None:
    assert plain_name("  ../My: case?<b> ") == "My case b"
    assert plain_name("...") == ""
    assert plain_name("CON.txt") == "CON.txt _"
    assert len(plain_name("x" * 500)) == 80


def test_names_are_shown_and_never_obeyed(page: Client, desk: Desk) -> None:
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; more" in page.get("/").text
    address = "/book/%3Cimg%20src=x%20onerror=alert(1)%3E%20&%20more"
    assert page.get(address).status == 200
    evil = "<script>alert(1)</script>"
    assert sent(page, desk, "/note/outputs/case/plan", note=evil).headers["location"] == "/result/outputs/case/plan"
    for path in ("/", address, "/results", "/result/outputs/case/plan", "/tables/outputs/case/plan?find=<script>"):
        text = page.get(path).text
        assert "<img src=x" not in text
        assert "<script>" not in text, path
    assert "&lt;script&gt;alert(1)" in page.get("/results").text
    assert desk.store.notes() == {"outputs/case/plan": evil}


def test_workbooks_are_listed_and_what_is_none_is_not(desk: Desk, page: Client) -> None:
    assert [path.name for path in workbooks(desk.folder)] == [BAD_NAME, "bomb.xlsx", "case"]
    wait_for_check(desk, "case", "bomb.xlsx")
    assert "looks like a zip bomb" in page.get("/book/bomb.xlsx").text
    assert "1 error and 0 warnings" in page.get("/live/state/bomb.xlsx").text
    assert "case has no errors" in page.get("/live/state/case").text
    assert sent(page, desk, "/start/solve/bomb.xlsx").status == 409  # it has errors


def test_a_save_is_told_with_what_to_do_and_what_differs(tmp_path: Path) -> None:
    """16 USD/t in place of 15 in one cell, and a stage that there is not."""
    w = tiny()
    write(w, tmp_path / "case")
    now, before = saves.keep_version(tmp_path, "case")
    assert (checked(now, before)["errors"], before) == (0, None)
    first = {**w["projects"][0]}
    w["projects"][0].update(variable_opex_usd_per_t=16, stage="mill")
    write(w, tmp_path / "case")
    now, before = saves.keep_version(tmp_path, "case")
    assert before is not None
    record = checked(now, before)
    problem = next(p for p in record["problems"] if p["severity"] == "error")
    assert (problem["sheet"], problem["cell"]) == ("Projects", "B2")
    assert "mine" in problem["text"]  # what may stand there
    changed = {(c["column"], c["before"], c["after"]) for c in record["changes"]}
    assert ("variable_opex_usd_per_t", first["variable_opex_usd_per_t"], 16) in changed
    assert record["facts"]["projects"]
    again, same = saves.keep_version(tmp_path, "case")  # saved again without a change: still against the one before
    assert (again, same) == (now, before)


def test_what_cannot_be_read_is_a_problem_and_no_fault(tmp_path: Path) -> None:
    for name, content in (("empty.xlsx", b""), ("text.xlsx", b"hello"), ("old.xlsx", b"\xd0\xcf\x11\xe0" * 200)):
        (tmp_path / name).write_bytes(content)
        assert checked(tmp_path / name)["errors"] == 1
    assert checked(tmp_path / "gone.xlsx")["errors"] == 1


def test_a_save_is_seen_in_time() -> None:
    """Two looks until a file is steady, and the page's own look: of three seconds at least 1.4 are left for the check,
    which takes about half a second of a default case."""
    script = (Path(saves.__file__).parent / "static" / "desk.js").read_text(encoding="utf-8")
    every = float(re.search(r"EVERY = (\d+)", script)[1]) / 1000  # type: ignore[index]
    assert 2 * saves.LOOK + every <= 1.6 + 1e-9


def test_whatever_is_replaced_can_be_found_again_by_the_keyboard() -> None:
    """A part of a page that is replaced gives the focus back by its id."""
    pages = Path(saves.__file__).parent / "pages"
    for file in [*pages.glob("live_*.html"), pages / "shared.html"]:
        stops = re.findall(r"<(?:div|figure|pre|summary|button)\b[^>]*>", file.read_text(encoding="utf-8"))
        found = [stop for stop in stops if "tabindex" in stop or stop.startswith(("<summary", "<button"))]
        assert [stop for stop in found if " id=" not in stop] == [], file.name


def test_long_lists_come_a_page_at_a_time(desk: Desk, page: Client) -> None:
    book = desk.saves.books["case"]
    kept = book.record
    problem = {
        "place": "Demand!E5",
        "sheet": "Demand",
        "cell": "E5",
        "text": "is no number",
        "severity": "error",
        "also": [],
    }
    book.record = {**kept, "errors": 20_000, "problems": [{**problem, "cell": f"E{k}"} for k in range(20_000)]}
    try:
        text = page.get("/live/book/case?page=400").text
        assert "20,000 problems" in text
        assert "Page 400 of 400" in text
        assert "<td>E19999</td>" in text
        assert len(text) < 40_000
        assert len(page.get("/book/case?page=99999999999").text) < 60_000
        assert "0 problems" in page.get("/live/book/case?severity=notice").text
    finally:
        book.record = kept


def test_a_workbook_of_two_thousand_mistakes_stays_light(desk: Desk, page: Client, tmp_path: Path) -> None:
    """Rows of demand whose three years are words: 6,000 cells, told as they are found; 50 of them on a page."""
    w = tiny()
    wrong = {2026: "some", 2027: "many", 2028: "more"}
    w["demand"] = [{**w["demand"][0], **wrong} for _ in range(2000)]
    write(w, tmp_path / "case")
    record = checked(tmp_path / "case")
    book = desk.saves.books["case"]
    kept, book.record = book.record, record
    try:
        text = page.get("/live/book/case").text
        rows = text.partition('class="problems"')[2].partition("</table>")[0]
        assert rows.count("<tr>") == 1 + 50
        assert f"{len(record['problems']):,} problems: 1 to 50 are shown" in text
        assert len(text) < 40_000
        table = page.get("/problems/case").text.strip().splitlines()
        assert len(table) == 1 + len(record["problems"])
        assert sum("Demand,D" in line for line in table) == 2000
        assert "0 problems" in page.get("/live/book/case?sheet=none").text
    finally:
        book.record = kept


def test_a_part_is_sent_once_while_it_is_the_same(page: Client) -> None:
    """What tabs ask each second costs a line while nothing changes."""
    first = page.get("/live/books")
    assert page.get("/live/books", if_none_match=first.headers["etag"]).status == 304


VALUES = {
    "number": "2,5",
    "count": "7",
    "check": "yes",
    "scenario": "base",
    "targets": "clean",
    "projects": "smelter",
    "result": "outputs/a",
}
CHOICES = {kind: [[VALUES[kind], ""]] for kind in ("scenario", "targets", "projects", "result")}


@pytest.mark.parametrize("name", [name for name, study in studies.STUDIES.items() if study.command != "run"])
def test_every_form_is_a_command_line(name: str) -> None:
    study = studies.STUDIES[name]
    form = {f.name: ["2030"] if f.name == "hold_until" else [VALUES[f.kind]] for f in study.fields}
    for values in ({}, form):
        found = studies.arguments_of(
            study, "-odd name.xlsx", values, CHOICES, None if study.of == "result" else "outputs/x"
        )
        read = parser().parse_args(found)
        assert read.command == study.command
    for field in study.fields:
        value = getattr(read, field.flag[2:].replace("-", "_"), None)
        value = value[0] if isinstance(value, list) else value
        expected: object = {"number": 2.5 * field.factor, "count": 7, "check": True}.get(field.kind, VALUES[field.kind])
        dest = {"from": read.__dict__.get("low"), "to": read.__dict__.get("high")}.get(field.flag[2:], value)
        expected = 2030 if field.name == "hold_until" else expected
        assert str(dest) == str(expected) or dest == expected, field.name


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("gap", "much", "no_number"), ("gap", "-1", "out_of_range"), ("minutes", "nan", "out_of_range"),
        ("steps", "2.5", "no_whole_number"), ("scenario", "--out=/etc", "unknown"), ("target", "other", "unknown"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_told(field: str, value: str, why: str) -> None:
    with pytest.raises(studies.BadField) as told:
        studies.arguments_of(studies.STUDIES["frontier"], "a.xlsx", {field: [value]}, CHOICES, None)
    assert (told.value.field, told.value.key) == (field, why)


@pytest.mark.parametrize(
    ("form", "field", "why"),
    [
        ({}, "column", "nothing"), ({"column": ["Demand|secret"]}, "column", "unknown"),
        ({"column": ["Demand|years"]}, "percent", "no_number"), ({"moved": ["clean"]}, "later", "no_number"),
        ({"column": ["Demand|years"], "percent": ["90"], "rows": ["a"]}, "rows", "no_rows"),
    ],
)  # fmt: skip
def test_changed_inputs_that_cannot_be_are_told(
    form: dict[str, list[str]], field: str, why: str, tmp_path: Path
) -> None:
    choices = {**CHOICES, "column": [["Demand|years", ""]]}
    with pytest.raises(studies.BadField) as told:
        varied.study_file(studies.STUDIES["vary"], form, choices, tmp_path / "a.xlsx", tmp_path / "o", "")
    assert (told.value.field, told.value.key) == (field, why)


def test_changed_inputs_are_a_study_file_of_one_variant(desk: Desk, page: Client) -> None:
    """Demand at 120 % in one region, one target a year later, proven within 1 %: what `didymium run` reads."""
    wait_for_check(desk, "case")
    form = {"column": "Demand|years", "percent": "120", "rows": "region = b", "moved": "clean", "later": "1"}
    answer = sent(page, desk, "/start/vary/case", **form, gap="1")
    run = desk.store.runs(1)[0]
    assert (answer.status, run.folder) == (303, "outputs/case/changed inputs/case/changed/base")
    desk.queue.request_stop(run)
    file = desk.folder / "outputs/case/changed inputs/study.toml"
    study = read_study_file(file)
    assert [path.resolve() for path in study.workbooks] == [desk.folder / "case"]
    assert study.variants["changed"].scale == (Scale("Demand", ("years",), 1.2, 0, (("region", "b"),)),)
    assert study.variants["changed"].shift == (Shift("clean", 1),)
    assert (study.options["as_is"], study.jobs[0].variants) == ({"gap": 1.0}, ["changed"])
    changed_case = changed(didymium.read(desk.folder / "case"), study.variants["changed"])
    assert changed_case.tables["targets"][2026].iloc[0] != changed_case.tables["targets"][2027].iloc[0]
    sent(page, desk, f"/run/{run.id}/again")
    second = desk.store.runs(1)[0]
    desk.queue.request_stop(second)
    assert second.folder == "outputs/case/changed inputs 2/case/changed/base"
    assert "outputs/case/changed inputs 2/study.toml" in second.arguments
    assert read_study_file(desk.folder / "outputs/case/changed inputs 2/study.toml").variants == study.variants


def test_a_name_that_looks_like_a_pattern_is_that_file_alone(tmp_path: Path) -> None:
    for name in ("a[1]", "a1"):
        write(tiny(), tmp_path / name)
    where = tmp_path / "outputs" / "x"
    where.mkdir(parents=True)
    form = {"moved": ["clean"], "later": ["-1"]}
    text, _ = varied.study_file(studies.STUDIES["vary"], form, CHOICES, tmp_path / "a[1]", where, "")
    (where / varied.FILE).write_text(text, encoding="utf-8")
    assert [path.resolve().name for path in read_study_file(where / varied.FILE).workbooks] == ["a[1]"]


def test_the_history_is_that_of_the_registry(desk: Desk, page: Client) -> None:
    """Runs of this folder alone, also those of a terminal; notes go to the run that wrote the result."""
    folder = desk.folder / "outputs" / "case" / "plan 3"
    facts = {"kind": "solve", "workbook": str(desk.folder / "case"), "folder": str(folder), "command": "didymium <x>"}
    ours = registry.begin(facts)
    registry.finish(ours, {"exit_code": 0, "status": "optimal", "cost_musd": 31.5, "seconds": 2.0})
    registry.begin({**facts, "workbook": f"{desk.folder}2/other"})  # another folder, whose name begins alike
    lost = registry.begin({**facts, "folder": str(desk.folder / "outputs/lost"), "pid": 2**22 + 1})
    shutil.copytree(desk.folder / "outputs" / "case" / "plan", folder)
    text = page.get("/history").text
    assert "2 runs<" in text
    assert "ended without a word" in text
    assert "31.50" in text
    assert 'href="/result/outputs/case/plan%203"' in text
    assert "didymium &lt;x&gt;" in page.get(f"/past/{lost}").text
    assert page.get("/past/99999").status == 404
    sent(page, desk, "/note/outputs/case/plan 3", note="of the result")
    assert registry.runs(ids=[ours])[0]["notes"] == "of the result"
    assert "of the result" in page.get("/results").text
    sent(page, desk, f"/past/{lost}/note", note="<b>lost</b>")
    assert "&lt;b&gt;lost" in page.get("/history?find=LOST").text
    assert "1 run<" in page.get("/history?find=LOST").text


def test_a_run_that_kept_something_can_go_on(desk: Desk, page: Client) -> None:
    folder = desk.folder / "outputs" / "case" / "stopped"
    run = desk.queue.add("x", "solve", "case", "outputs/case/stopped", [])
    desk.queue.request_stop(run)
    assert 'id="go-on"' not in page.get(f"/run/{run.id}").text
    assert sent(page, desk, "/resume/outputs/case/stopped").status == 409
    keep_run(KeptParts(folder, "0" * 64), ["solve", "case"], desk.folder / "case")
    assert 'id="go-on"' in page.get(f"/run/{run.id}").text
    assert sent(page, desk, "/resume/outputs/case/stopped").status == 303
    again = desk.store.runs(1)[0]
    assert again.arguments[:2] == ("resume", "outputs/case/stopped")
    assert sent(page, desk, "/resume/outputs/case/stopped").status == 409  # it is in the queue
    desk.queue.request_stop(again)


def test_the_documentation_is_shown_with_a_policy_of_its_own(
    page: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manual, "SITE", tmp_path / "site")
    assert "make site" in page.get("/docs/").text
    (tmp_path / "site" / "_static").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "site" / "index.html").write_text("<script>1</script>")
    (tmp_path / "site" / "_static" / "a.css").write_text("a {}")
    assert page.get("/docs/").headers["location"] == "/docs/index.html"
    answer = page.get("/docs/index.html")
    assert "script-src 'self' 'unsafe-inline'" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert page.get("/docs/_static/a.css").headers["content-type"].startswith("text/css")
    for name in ("../secret.txt", "%2e%2e/secret.txt", "_static", "nothing.html"):
        assert page.get(f"/docs/{name}").status == 404


def test_a_page_does_not_wait_for_the_first_check(desk: Desk, page: Client) -> None:
    book = desk.saves.books["case"]
    kept, book.record, book.checking = book.record, {}, True
    try:
        text = page.get("/book/case").text
        assert "case is being checked" in text
        assert "data-waiting" in text
        assert 'id="start-solve"' not in text
    finally:
        book.record, book.checking = kept, False
    assert 'id="start-solve"' in page.get("/live/forms/case").text


def test_a_folder_that_is_gone_or_read_only_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk stays open, and its queue works again once the folder is back."""
    folder = tmp_path / "in"
    folder.mkdir()
    with opened(folder, Keys(PORT, "token")) as found:
        client = Client(app_of(found), HOST)
        client.get("/?token=token")
        shutil.rmtree(folder)
        for path in ("/", "/runs", "/results", "/history", "/new"):
            assert client.get(path).status in (200, 503), path
        assert sent(client, found, "/note/outputs/a", note="x").status == 404

        def refuse(*_: object) -> None:
            raise sqlite3.OperationalError("attempt to write a readonly database")

        monkeypatch.setattr(found.store, "runs", refuse)
        monkeypatch.setattr(found.store, "in_state", refuse)
        answer = client.get("/runs")
        assert (answer.status, "readonly database" in answer.text) == (503, True)
        assert found.queue._thread.is_alive()


def test_a_folder_has_one_desk(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "didymium", "open", str(tmp_path), "--no-browser"]
    with _one_desk(tmp_path):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 6
    assert "is open already" in done.stdout + done.stderr


def test_there_are_no_web_sockets(desk: Desk) -> None:
    """A page of another site may always try one: it is neither accepted nor answered."""
    said: list[object] = []

    async def send(message: object) -> None:
        said.append(message)

    asyncio.run(app_of(desk)({"type": "websocket", "path": "/live/books", "headers": []}, None, send))  # type: ignore[arg-type]
    assert said == []


def test_a_workbook_with_errors_leads_to_them_first(desk: Desk, page: Client) -> None:
    """No form that would be refused, and a way to the list; once it is mended, the forms come by themselves."""
    wait_for_check(desk, "bomb.xlsx", "case")
    text = page.get("/book/bomb.xlsx").text
    assert "once it has no errors" in text
    assert 'href="#problems"' in text
    assert "data-until-ready" in text
    assert 'id="start-solve"' not in text
    assert "data-until-ready" not in page.get("/book/case").text


def test_the_gap_is_told_in_a_few_steps() -> None:
    assert [runs._below(gap) for gap in (None, 80, 49, 5, 0.3, 0.01)] == [None, None, 50, 10, 0.5, 0.1]


def test_a_wrong_field_brings_the_form_again(desk: Desk, page: Client) -> None:
    answer = sent(page, desk, "/start/solve/case", gap="much<")
    assert answer.status == 422
    assert "Stop when proven within (%), much&lt;: this is no number" in answer.text
    assert 'value="much&lt;"' in answer.text


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[RunQueue]:
    """A queue that is not started yet."""
    store = Store(tmp_path / STATE / "desk.sqlite")
    found = RunQueue(tmp_path, store, at_once=1)
    yield found
    if found._thread.is_alive():
        found.stop()
    store.close()


def until(queue: RunQueue, number: int, *states: State) -> State:
    """The state of a run, once it is one of some."""
    for _ in range(600):
        run = queue.store.run(number)
        assert run is not None
        if run.state in states:
            return run.state
        queue._ended.wait(0.05)
    raise AssertionError(queue.store.run(number))


def test_runs_wait_their_turn_and_leave_how_they_ended(queue: RunQueue) -> None:
    good = queue.add("good", "x", "", "", ["completion", "bash"])
    bad = queue.add("bad", "x", "", "", ["check", "no such.xlsx"])
    last = queue.add("last", "x", "", "", ["completion", "bash"])
    queue.request_stop(last)  # before it began: it is taken back
    queue.start()
    assert until(queue, bad.id, State.ENDED) == State.ENDED
    found = {run.title: (run.state, run.code) for run in queue.store.runs()}
    assert found == {"good": ("ended", 0), "bad": ("ended", 2), "last": ("taken_back", None)}
    done = queue.store.run(good.id)
    assert done is not None
    assert "complete" in queue.output(done)


def test_a_desk_that_starts_again_takes_its_runs_over(queue: RunQueue) -> None:
    """One goes on (our own process stands for it), one ended meanwhile, one is gone with the machine and begun anew,
    one is gone for the second time."""
    runs = {name: queue.add(name, "x", "", "", ["completion", "bash"]) for name in ("on", "ended", "gone", "twice")}
    pids = {"on": os.getpid(), "ended": None, "gone": 2**22 + 1, "twice": 2**22 + 1}
    for name, run in runs.items():
        tries = 2 if name == "twice" else 1
        queue.store.change(run.id, [State.WAITING], {"state": State.RUNNING, "pid": pids[name], "tries": tries})
        queue.where(run).mkdir(parents=True)
    (queue.where(runs["on"]) / child.BEAT).touch()
    (queue.where(runs["ended"]) / child.ENDED).write_text(json.dumps({"code": 4}))
    queue.at_once = 2  # the one that goes on takes a place
    queue.start()
    assert until(queue, runs["gone"].id, State.ENDED)
    assert until(queue, runs["ended"].id, State.ENDED)
    found = {run.title: (run.state, run.code, run.tries) for run in queue.store.runs()}
    assert found["on"] == ("running", None, 1)
    assert found["ended"] == ("ended", 4, 1)
    assert found["gone"] == ("ended", 0, 2)
    assert found["twice"] == ("died", None, 2)
    queue.request_stop(runs["on"])  # a request, left where its process looks
    assert (queue.where(runs["on"]) / child.STOP).exists()
    (queue.where(runs["on"]) / child.ENDED).write_text(json.dumps({"code": 0}))
    assert until(queue, runs["on"].id, State.ENDED)


def test_a_run_is_interrupted_by_a_file_and_leaves_word(tmp_path: Path) -> None:
    """As Ctrl-C: the command has not begun, so there is no plan, which is exit code 5."""
    (tmp_path / child.STOP).touch()
    command = [sys.executable, "-m", "didymium.desk.child", str(tmp_path), "verify", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    word = json.loads((tmp_path / child.ENDED).read_text()) if (tmp_path / child.ENDED).exists() else {"code": 5}
    assert (done.returncode, word["code"]) in ((5, 5), (2, 2))  # 2: it was quicker, and there is no such result


def test_results_are_listed_with_what_they_are(desk: Desk, page: Client) -> None:
    found = [result for result in results(desk.folder) if result.name == "outputs/case/plan"]
    assert [(r.kind, r.status, r.page, r.is_plan) for r in found] == [("plan", "optimal", "report.html", True)]
    assert found[0].cost == pytest.approx(31.33425)
    assert {name for name, _ in found[0].files} == {"results.xlsx", "report.html", "solver.log", "summary.json"}
    assert "proven to be the least cost" in page.get("/results").text
    answer = page.get("/file/outputs/case/plan/results.xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="results.xlsx"'
    assert answer.content == (desk.folder / "outputs/case/plan/results.xlsx").read_bytes()


def test_tables_are_searched_and_downloaded_without_formulas(page: Client) -> None:
    text = page.get("/tables/outputs/case/plan?table=costs&find=2026").text
    assert "1 row. <" in text
    rows = page.get("/csv/outputs/case/plan?table=costs&find=2026").text.strip().splitlines()
    assert len(rows) == 2  # the headings, and the year
    assert "No row holds these words" in page.get("/tables/outputs/case/plan?table=costs&find=unheard").text
    assert [tables._safe(cell) for cell in ("=1+1", "@x", "-3", -3, "plain")] == ["'=1+1", "'@x", "'-3", -3, "plain"]


def test_two_results_at_least_are_compared_by_the_command(desk: Desk, page: Client) -> None:
    assert sent(page, desk, "/compare", result=["outputs/case/plan"]).status == 422
    names = ["outputs/case/plan", "outputs/case/plan 2"]
    target = desk.folder / "outputs" / "comparisons" / "plan and plan 2.xlsx"
    didymium.compare([desk.folder / name for name in names], target)
    sheets = reader.answer({"comparison": str(target)})["tables"]
    assert list(sheets) == ["Summary", "Inputs", "Shocks", "Builds", "Costs", "Waterfall", "Origin", "Targets"]
    picture = drawing.waterfall_picture(sheets["Waterfall"]["rows"], "words")
    assert picture.count("<rect") == 2  # nothing differs: two totals
    assert reader.answer({"comparison": str(desk.folder / "bomb.xlsx")}).keys() == {"problem"}


def test_the_gap_is_drawn_of_the_search_of_now() -> None:
    def line(seconds: float, best: float | None, bound: float | None) -> dict[str, Any]:
        return {"seconds": seconds, "objective_musd": best, "bound_musd": bound}

    first = [line(1, None, 5), line(2, 100, 50), line(3, 90, 60)]
    second = [line(4, None, 70), line(5, 200, 100), line(6, 150, 120)]
    assert list(drawing.search_of([*first, {"seconds": 3.5, "stage": "next"}, *second])) == second
    assert drawing.gap_picture(first[:1], "words") == ""
    picture = drawing.gap_picture(second, "<now>")
    assert 'aria-label="&lt;now&gt;"' in picture
    assert picture.count('class="line') == 2
    assert "↑" not in picture
    far = drawing.gap_picture([line(1, 900, 100), line(2, 150, 120)], "words")  # 900 is off the picture: 150 + 4 x 30
    assert "↑ 900<" in far


def test_the_icon_is_where_browsers_look_for_it(page: Client) -> None:
    answer = page.get("/favicon.ico")
    assert (answer.status, answer.text[:4]) == (200, "<svg")


def test_the_flags_of_a_run_are_words() -> None:
    assert past.choices_in_words('{"gap": "1", "time_limit": "60", "again": "True"}') == "gap 1; time limit 60; again"


def test_numbers_and_pages_for_people() -> None:
    shown = [number(v) for v in (None, 2026, 12345, 1234.5, 2.345, 0.01234, 6e-9, "text")]
    assert shown == ["", "2026", "12,345", "1,234", "2.35", "0.0123", "0", "text"]
    rows = list(range(101))
    assert (part_of(rows, {"page": "3"}).rows, part_of(rows, {"page": "x"}).at, part_of([], {}).pages) == ([100], 1, 1)


def test_a_free_name_never_is_that_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").touch()
    assert free_name(tmp_path, "a", ".xlsx").name == "a 2.xlsx"


def test_a_new_workbook_is_made_and_none_replaced(desk: Desk, page: Client) -> None:
    answer = sent(
        page,
        desk,
        "/new",
        called="My: new",
        kind="part",
        **{"from": "2026", "to": "2028"},
        regions="japan",
        elements=["Nd", "Pr"],
    )
    assert (answer.status, answer.headers["location"]) == (303, "/book/My%20new.xlsx")
    made = desk.folder / "My new.xlsx"
    inputs = didymium.read(made)
    assert set(inputs.case.regions) == {"japan", "china"}
    assert (inputs.case.first_year, inputs.case.last_year) == (2026, 2028)
    before = made.read_bytes()
    assert sent(page, desk, "/new", called="My new", kind="blank").status == 422
    assert sent(page, desk, "/new", called="../..", kind="blank").status == 422
    assert sent(page, desk, "/new", called="x", kind="example", **{"from": "soon"}).status == 422
    assert made.read_bytes() == before


def test_every_word_is_used_and_every_word_used_is_there(desk: Desk) -> None:
    entries = words().as_dict()
    package = Path(saves.__file__).parent
    text = "\n".join(p.read_text(encoding="utf-8") for p in [*package.glob("pages/*.html"), *package.glob("*.py")])
    used = set(re.findall(r"(?:\bt|words)\.(\w+)\.(\w+)", text))
    assert [pair for pair in used if pair[1] not in entries[pair[0]] and pair[1] != "as_dict"] == []
    by_name = {"refused", "studies", "fields", "why", "ending", "kinds", "status"}  # looked up by a name of the code
    states = {(("run"), str(state)) for state in State}
    counts = {("count", f"{each}{s}") for each in ("error", "warning", "notice") for s in ("", "s")}
    forms = {("new", each) for each in ("example", "part", "blank", "regions", "stages", "elements")}
    known = {(section, name) for section, names in entries.items() if section not in by_name for name in names}
    assert known - used - states - counts - forms == set()
    assert set(entries["studies"]) == set(studies.STUDIES)
    assert set(entries["fields"]) == {f.name for s in studies.STUDIES.values() for f in s.fields}


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for module in [name for name in sys.modules if name.startswith("didymium.desk")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["open", str(tmp_path)]) == 2
    assert 'pip install "didymium[desk]"' in capsys.readouterr().out


def test_a_folder_that_is_none_and_a_port_that_is_taken_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["open", str(tmp_path / "none")]) == 2
    assert "is no folder" in capsys.readouterr().out
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        assert main(["open", str(tmp_path), "--port", str(door.getsockname()[1])]) == 2
    assert "is taken by another program" in capsys.readouterr().out

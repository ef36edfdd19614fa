"""A planner's folder in which everything that a person can write is HTML: names, notes, titles, ids, file names."""

from __future__ import annotations

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

from test_algebra import tiny
from worlds import World, solve, write

import didymium
from didymium import registry
from didymium.desk.store import QueuedRun, Store

MARK = "hostile"
PICTURE = f"<img class={MARK} src=x onerror=\"document.title='{MARK}'\">"
TEXT = f"\"'>{PICTURE}</textarea></script><script class={MARK}>1</script>&amp;"
NAME = f"<img class={MARK} src=x onerror=document.title='{MARK}'>&amp;"  # one that a file can bear
PLAN, OTHER = f"outputs/{NAME}/{NAME}", f"outputs/{NAME}/other"
COMPARISON = f"outputs/comparisons/{NAME}.xlsx"


def named() -> World:
    """A world that can be solved, with such names, notes, places and sources in every row."""
    w = tiny()
    for rows in w.values():
        for k, row in enumerate(rows):
            row.update({"name": f"{TEXT}{k}", "note": TEXT, "place": TEXT, "source": TEXT, f"more {TEXT}": TEXT})
    w["settings"].append({"setting": "title", "value": TEXT})
    for offer in w["imports"]:
        offer["supplier"] = TEXT
    w["sources"] = [{"source": TEXT, "title": TEXT, "url": f"javascript:{TEXT}", "year": TEXT, "confidence": "assumed"}]
    return w


def wrong() -> World:
    """The same with such ids, numbers and choices, which no case can have."""
    w = named()
    for sheet, rows in w.items():
        for row in rows if sheet != "settings" else ():
            row.update({column: f"{value}{TEXT}" for column, value in row.items() if column not in ("name", "note")})
    return w


def make_folder(folder: Path) -> None:
    """Write two workbooks, two plans and their comparison."""
    write(named(), folder / NAME)
    write(wrong(), folder / "wrong")
    solve(named()).save(folder / PLAN)
    shutil.copytree(folder / PLAN, folder / OTHER)
    (folder / COMPARISON).parent.mkdir()
    didymium.compare([folder / PLAN, folder / OTHER], folder / COMPARISON)


def make_past(folder: Path, store: Store) -> tuple[QueuedRun, int]:
    """Write down a run that is over, one in the queue, and one of the history; returns the first, and the number of the
    last."""
    over = store.add(TEXT, "verify", NAME, PLAN, ["verify", PLAN])
    store.change(over.id, ["waiting"], {"state": "ended", "code": 2})
    where = folder / ".didymium-desk" / "runs" / str(over.id)
    where.mkdir(parents=True)
    (where / "stdout.txt").write_text(TEXT, encoding="utf-8")
    (where / "progress.jsonl").write_text(json.dumps({"seconds": 1.0, "stage": TEXT}) + "\n", encoding="utf-8")
    facts = {"kind": TEXT, "workbook": str(folder / NAME), "folder": str(folder / PLAN), "command": TEXT}
    past = registry.begin({**facts, "scenario": TEXT, "options": json.dumps({TEXT: TEXT})})
    registry.finish(past, {"exit_code": 1, "status": TEXT, "reason": TEXT})
    registry.note(past, TEXT)
    return over, past


def addresses(over: QueuedRun, past: int) -> list[str]:
    """Return the addresses of all pages that show any of it."""
    asked = quote(TEXT)
    books, plan = [quote(f"/book/{NAME}"), "/book/wrong"], quote(PLAN)
    return [
        "/", "/live/books", *books, f"/book/wrong?severity={asked}&sheet={asked}&page={asked}",
        *(b.replace("/book/", f"/live/{part}/") for b in books for part in ("book", "state", "forms")),
        "/new", "/runs", "/live/runs", f"/run/{over.id}", f"/live/run/{over.id}", f"/live/run/{over.id}/state",
        "/results", "/live/results", f"/result/{plan}", f"/tables/{plan}", f"/tables/{plan}?find={asked}",
        f"/tables/{plan}?table=trade&find={MARK}", quote(f"/comparison/{COMPARISON}"),
        quote(f"/comparison/{COMPARISON}") + f"?table=Builds&find={asked}",
        "/history", f"/history?find={asked}", f"/past/{past}", f"/docs/{asked}", f"/nothing/{asked}",
    ]  # fmt: skip


class _Elements(HTMLParser):
    """The elements of a page, as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        script = tag == "script" and found.get("src") != "/static/desk.js"
        link = (found.get("href") or "").strip().casefold().startswith("javascript:")
        if (
            MARK in (found.get("class") or "")
            or tag == "img"
            or script
            or link
            or any(n.startswith("on") for n in found)
        ):
            self.odd.append(self.get_starttag_text() or tag)


def odd_elements(page: str) -> list[str]:
    """Return the elements of a page that no page of the desk has: pictures, scripts, handlers, links that run."""
    reader = _Elements()
    reader.feed(page)
    reader.close()
    return reader.odd

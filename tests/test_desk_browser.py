"""The desk in a real browser, as a planner uses it: a mistake is shown as it is saved, a run watched and stopped with
its plan, results compared, a desk that was killed opened again; no error in the console."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import hostile
import openpyxl
import pytest
from test_algebra import tiny
from webdriver import Browser, browser
from worlds import World

from didymium.desk.folder import STATE
from didymium.desk.store import Store
from didymium.template import write_folder, written
from didymium.template.chosen import Parts, chosen
from didymium.workbooks import example_tables

pytestmark = pytest.mark.needs("chromium", "chromedriver")
ANSWER = "outputs/long/first b answer b"  # where the run writes that is called `first <b>answer</b>`
CLICKS = 6  # at most, from the first page to the first answer
LONG = Parts(stages=("metal", "magnet", "recycler"), elements=("Nd", "Pr"))  # a plan in seconds, its proof in minutes

FLAWS = """
  const found = [], all = (what) => [...document.querySelectorAll(what)];
  const words = "[title], [aria-label], [aria-labelledby]";
  const named = (e) => e.labels?.length || e.textContent.trim() || e.matches(words);
  const tell = (why, e) => found.push(`${why}: ${e.outerHTML.slice(0, 100)}`);
  all("input:not([type=hidden]), select, textarea, button, a, summary, iframe")
    .forEach((e) => named(e) || tell("no name", e));
  all("img:not([alt]), svg:not([aria-label]), th:not([scope])").forEach((e) => tell("says nothing", e));
  all("[tabindex='0']").forEach((e) => e.ariaLabel || e.matches("figure, pre") || tell("a stop without a name", e));
  let level = 0;
  for (const e of all("h1, h2, h3, h4")) {
    if (e.tagName[1] > level + 1) tell("a level is left out", e);
    level = +e.tagName[1];
  }
  for (const one of ["h1", "header", "nav", "main", "footer", "[role=status]", "[role=alert]"])
    if (!document.querySelector(one)) found.push(`there is no ${one}`);
  all("[id]").forEach((e) => all(`[id="${CSS.escape(e.id)}"]`).length > 1 && tell("an id twice", e));
  if (document.documentElement.scrollWidth > 390) found.push("wider than the screen");
  return found;
"""
FOCUS = """
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  const seen = box.bottom > 0 && box.top < innerHeight && (e.matches(".skip") || parseFloat(style.outlineWidth) > 0);
  return [[...document.querySelectorAll("*")].indexOf(e), seen, e.className];
"""


def save(w: World, path: Path) -> None:
    """Save a world as a workbook with plain sheets, in one step, as Excel does."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for sheet, rows in w.items():
        page = book.create_sheet(sheet.capitalize())
        columns = list(dict.fromkeys(c for row in rows for c in row))
        page.append(columns)
        for row in rows:
            page.append([row.get(c) for c in columns])
    book.save(path.with_suffix(".tmp"))
    os.replace(path.with_suffix(".tmp"), path)


class Served:
    """A desk in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "didymium",
            "open",
            str(folder),
            "--no-browser",
            "--port",
            "0",
            "--workers",
            "2",
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().split("The desk is at ")[1].strip()
        self.home = self.address.split("/?")[0]

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook, and a case whose proof takes long."""
    found = tmp_path_factory.mktemp("planner")
    save(tiny(), found / "tiny.xlsx")
    write_folder(found / "long", written(chosen(example_tables(), LONG)))
    return found


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def test_from_the_first_page_to_the_answer(folder: Path, window: Browser) -> None:
    """One story: its steps need those before."""
    desk = Served(folder)
    try:
        window.open(desk.address)
        first = window.ask("/window")
        a_mistake_shows_as_it_is_saved(folder, window)
        clicks = a_run_is_watched_and_stopped(folder, window, desk)
        assert clicks <= CLICKS
        what_was_found_is_compared_and_downloaded(folder, window, desk)
        two_tabs_agree(window, desk, first)
        assert window.errors() == []
        desk.end(signal.SIGKILL)
        window.wait("does not answer", "#trouble")
        desk = Served(folder)
        a_desk_that_was_killed_comes_back(window, desk)
        fits_a_narrow_screen_and_the_keyboard(window, desk)
        # The browser has many words for a desk that is away; what a desk answers is not among them.
        assert [e for e in window.errors() if "net::ERR_" not in e] == []
    finally:
        desk.end(signal.SIGTERM)
    assert desk.process.returncode == 0
    assert not (folder / ".didymium-desk" / ".desk.lock").exists()


def test_no_script_runs_that_a_person_wrote(window: Browser, tmp_path: Path) -> None:
    """In cells, notes, names of files; shown by a real browser, where `test_desk_html.py` reads the pages alone."""
    hostile.make_folder(tmp_path)
    store = Store(tmp_path / STATE / "desk.sqlite")
    over, past = hostile.make_past(tmp_path, store)
    store.close()
    desk = Served(tmp_path)
    try:
        window.open(desk.address)
        for name in (hostile.NAME, "wrong"):
            window.until(lambda name=name: name in window.text() and "being checked" not in window.text())
        window.errors()
        for address in hostile.addresses(over, past):
            if not address.startswith(("/live/", "/docs/", "/nothing/")):
                window.open(desk.home + address)
                assert window.run("return document.title") != hostile.MARK, address
                assert window.run("return document.querySelectorAll('img, .hostile, main script').length") == 0, address
        assert [e for e in window.errors() if desk.home in e] == []  # another tab may still ask a desk that was closed
    finally:
        desk.end(signal.SIGTERM)


def a_mistake_shows_as_it_is_saved(folder: Path, window: Browser) -> None:
    window.wait("tiny.xlsx")
    window.click("a[href='/book/tiny.xlsx']")
    window.wait("tiny.xlsx has no errors")
    w = tiny()
    w["projects"][0]["stage"] = "mill"
    save(w, folder / "tiny.xlsx")
    saved = time.monotonic()
    window.wait("has 1 error")
    window.wait("'mill'", ".problems")
    print(f"shown {time.monotonic() - saved:.1f} s after the save")
    row = next(line for line in window.text(".problems").splitlines() if "mill" in line)
    assert re.match(r"Projects\tB2\terror\t", row)
    assert "has 1 error" in window.text("#say"), "a screen reader is told"
    save(tiny(), folder / "tiny.xlsx")
    window.wait("tiny.xlsx has no errors")
    window.wait("mine", "#changes + p + .scroll")  # mill became mine again


def a_run_is_watched_and_stopped(folder: Path, window: Browser, desk: Served) -> int:
    clicks = 0

    def click(selector: str) -> None:
        nonlocal clicks
        window.click(selector)
        clicks += 1

    window.open(desk.home + "/")
    window.wait("no errors", "tr:has(a[href='/book/long'])")
    click("a[href='/book/long']")
    window.type("#solve-gap", "0")
    window.type("#solve-called", "first <b>answer</b>")
    click("#start-solve")
    window.wait("running")
    window.until(lambda: window.run("return document.querySelectorAll('.picture .line').length") == 2)
    window.run("document.querySelector('figure').focus()")
    lines = window.text(".facts")
    window.until(lambda: window.text(".facts") != lines)
    assert window.run("return document.activeElement.id") == "gap", "what is replaced under a person's feet keeps them"
    gap = float(
        window.run("return [...document.querySelectorAll('.facts div')].at(-2).querySelector('dd').textContent")
    )
    assert 0 < gap < 100
    click("#stop")
    window.wait("stopped with a plan, which is kept")
    click("#answer")
    window.wait("stopped by hand: not proven")
    assert (folder / ANSWER / "results.xlsx").is_file()
    assert (
        window.run("return document.querySelector('iframe').getAttribute('sandbox')") == "allow-scripts allow-downloads"
    )
    frame = window.find("iframe")
    window.do("/frame", id={"element-6066-11e4-a52e-4f735466cecf": frame})
    window.until(lambda: window.run("return document.documentElement.dataset.ready") == "yes")
    assert window.run("return document.querySelectorAll('figure svg').length") > 5
    window.do("/frame", id=None)
    return clicks


def what_was_found_is_compared_and_downloaded(folder: Path, window: Browser, desk: Served) -> None:
    """The plan, with itself under another name: the command is tested elsewhere."""
    shutil.copytree(folder / ANSWER, folder / "outputs" / "long" / "earlier")
    window.type("#note", "for the minister")
    window.run("document.body.dataset.old = 'yes'")
    window.click("#save-note")
    window.until(lambda: window.run("return document.readyState === 'complete' && !document.body.dataset.old"))
    window.open(desk.home + "/results")
    window.wait("for the minister")
    for name in (ANSWER, "outputs/long/earlier"):
        window.click(f"input[value='{name}']")
    window.click("#compare")
    window.wait("See the comparison")
    window.click("#answer")
    window.wait("What differs: earlier, first b answer b")
    assert window.run("return document.querySelectorAll('.picture rect').length") == 2  # two totals
    size = window.run(
        "return fetch(document.querySelector('#download').href).then((a) => a.arrayBuffer()).then((b) => b.byteLength)"
    )
    assert size > 5000


def two_tabs_agree(window: Browser, desk: Served, first: str) -> None:
    """A run that is started in one tab shows in the other; it goes on when the desk is killed."""
    second = window.tab()
    window.open(desk.home + "/runs")
    window.wait("Comparison: ")
    window.switch(first)
    window.open(desk.home + "/book/long")
    window.type("#solve-gap", "0")
    window.click("#start-solve")
    window.wait("running")
    window.switch(second)
    window.wait("running", "tbody tr:first-child")
    window.switch(first)


def a_desk_that_was_killed_comes_back(window: Browser, desk: Served) -> None:
    window.open(desk.address)
    window.wait("running", "main")
    window.open(desk.home + "/runs")
    assert "stopped with a plan" in window.text()
    window.click("tbody tr:first-child a")
    window.wait("running")
    window.click("#stop")
    window.until(lambda: "stopping" in window.text() or "stopped" in window.text())
    window.run("document.querySelector('#stop')?.click()")  # at once: a second plan is not needed here
    window.until(lambda: window.run("return !!document.querySelector('#again')"))


def fits_a_narrow_screen_and_the_keyboard(window: Browser, desk: Served) -> None:
    size = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    window.do("/goog/cdp/execute", cmd="Emulation.setDeviceMetricsOverride", params=size)
    for path in ("/", "/runs", "/results", "/history", "/new", "/book/long", "/run/1", "/result/outputs/long/earlier"):
        window.open(desk.home + path)
        assert window.run(FLAWS) == [], path
    window.open(desk.home + "/book/long")
    window.until(
        lambda: window.run("return !!document.querySelector('#start-solve')")
    )  # the workbook is checked: nothing on the page is replaced any more
    before = -1
    for k in range(15):  # Tab, from the link that leads past the navigation to the button that runs
        window.press("\ue004")
        place, seen, name = window.run(FOCUS)
        assert (place > before, seen, name == "skip") == (True, True, k == 0), k
        before = place
    assert window.run("return document.activeElement.closest('main') !== null")

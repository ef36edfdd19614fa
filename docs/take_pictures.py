"""The pictures of the pages, taken of the workbooks and reports that `make tutorial` left in a folder, by LibreOffice,
Poppler and Chromium."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tutorial_run import MINE

PICTURES = Path(__file__).parent / "pictures"


@dataclass(frozen=True)
class Printed:
    """A part of a printed page: the workbook, the first line of the sheet's first page and how many pages further it
    is, dots an inch, and the part in pixels (left, top, width, height)."""

    workbook: str
    title: str
    further: int
    density: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Shown:
    """The top of an HTML page in a browser, with the size of its window."""

    page: str
    width: int
    height: int
    place: str = ""


_INPUT, _RESULT = "my_case.xlsx", f"{MINE}/results.xlsx"
PRINTED = {
    "start": Printed(_INPUT, "Didymium: input workbook", 0, 115, (45, 55, 1215, 600)),
    "projects": Printed(_INPUT, "Projects", 0, 115, (45, 55, 1215, 520)),
    "projects_capex": Printed(_INPUT, "Projects", 2, 115, (45, 55, 1170, 520)),
    "demand": Printed(_INPUT, "Demand", 0, 115, (45, 55, 1215, 520)),
    "marked": Printed("my_case_with_notes.xlsx", "Projects", 2, 115, (45, 55, 1170, 520)),
    "result_summary": Printed(_RESULT, "", 0, 110, (60, 80, 760, 1020)),
    "result_investments": Printed(_RESULT, "What is decided", 0, 140, (85, 92, 1177, 600)),
    "checks": Printed(_RESULT, "Do the numbers add up?", 0, 120, (60, 70, 1110, 800)),
}
SHOWN = {
    "report": Shown(f"{MINE}/report.html", 1100, 3300, "#year=2030"),
    "frontier": Shown("outputs/frontier/frontier.html", 1100, 1500),
    "stress": Shown(f"{MINE}/stress/stress.html", 1100, 1700),
}


def take_pictures(folder: Path) -> None:
    """Take all pictures of what is in `folder`."""
    with tempfile.TemporaryDirectory() as scratch:
        pdfs = {name: as_pdf(folder / name, Path(scratch)) for name in {p.workbook for p in PRINTED.values()}}
        for name, part in PRINTED.items():
            print(name, flush=True)
            take_printed(part, pdfs[part.workbook], PICTURES / name)
        for name, page in SHOWN.items():
            print(name, flush=True)
            take_shown(page, folder, PICTURES / f"{name}.png", Path(scratch) / "profile")


def as_pdf(workbook: Path, scratch: Path) -> Path:
    """A workbook printed to a PDF."""
    command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", scratch, workbook]
    subprocess.run(command, check=True, capture_output=True)
    return scratch / f"{workbook.stem}.pdf"


def take_printed(part: Printed, pdf: Path, path: Path) -> None:
    """Cut a part out of a printed page."""
    first = next(k for k in range(1, 80) if first_line(pdf, k).startswith(part.title))
    page = str(first + part.further)
    left, top, width, height = map(str, part.box)
    box = ["-x", left, "-y", top, "-W", width, "-H", height]
    how = ["-r", str(part.density), "-png", "-singlefile", "-f", page, "-l", page]
    subprocess.run(["pdftoppm", *how, *box, pdf, path], check=True)


def first_line(pdf: Path, page: int) -> str:
    """The first line of a printed page."""
    command = ["pdftotext", "-f", str(page), "-l", str(page), pdf, "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")[0]


def take_shown(shown: Shown, folder: Path, path: Path, profile: Path) -> None:
    """Take the top of a page as a browser draws it."""
    how = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
    window = [f"--user-data-dir={profile}", f"--window-size={shown.width},{shown.height}"]
    shot = ["--virtual-time-budget=8000", f"--screenshot={path}"]
    page = (folder / shown.page).resolve().as_uri() + shown.place
    subprocess.run(["chromium", *how, *window, *shot, page], check=True, capture_output=True)


if __name__ == "__main__":
    take_pictures(Path(sys.argv[1]))

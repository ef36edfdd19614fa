"""Write the generated pages of docs/ again; with `--pictures` also the pictures of the default workbook and its result,
by LibreOffice, Poppler and Chromium."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import didymium
from didymium.reports.results_page import results_page
from didymium.template.page import workbook_page
from didymium.workbooks import example_case, new

sys.path.insert(0, str(Path(__file__).parent))
from bench_page import bench_page
from generated import api_page, command_page, model_page

DOCS = Path(__file__).parent
# Each picture: the first line of its sheet's first printed page, and how many pages further it is.
PICTURES = {
    "start": ("Didymium: input workbook", 0),
    "projects": ("Projects", 0),
    "projects_capex": ("Projects", 2),
    "demand": ("Demand", 0),
}
PAGES = {
    "workbook.md": workbook_page,
    "results.md": results_page,
    "command.md": command_page,
    "api.md": api_page,
    "model.md": model_page,
    "bench.md": bench_page,
}
RESULT_PICTURES = ("result_summary", "result_investments", "report")


def take_pictures(folder: Path) -> None:
    """The top left of the printed pages of the default workbook's sheets."""
    workbook = new(folder / "default.xlsx", example=True)
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", folder, workbook], check=True, capture_output=True
    )
    pdf = workbook.with_suffix(".pdf")
    for name, (title, nth) in PICTURES.items():
        pages = [k for k in range(1, 30) if first_line(pdf, k) == title]
        box = ["-x", "45", "-y", "55", "-W", "1300", "-H", "600" if name == "start" else "520"]
        subprocess.run(
            [
                "pdftoppm",
                "-r",
                "115",
                "-png",
                "-singlefile",
                "-f",
                str(pages[0] + nth),
                "-l",
                str(pages[0] + nth),
                *box,
                pdf,
                DOCS / "pictures" / name,
            ],
            check=True,
        )


def take_result_pictures(folder: Path) -> None:
    """The front page and the timelines of the default case's result, and the top of its HTML report."""
    didymium.solve(didymium.read(example_case()), gap_percent=1).save(folder)
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", folder, folder / "results.xlsx"],
        check=True,
        capture_output=True,
    )
    pdf = folder / "results.pdf"
    page = next(k for k in range(1, 30) if first_line(pdf, k).startswith("What is decided"))
    for name, number, density, box in (
        ("result_summary", 1, 110, (60, 80, 800, 1050)),
        ("result_investments", page, 140, (90, 85, 1560, 900)),
    ):
        x, y, width, height = map(str, box)
        crop = ["-x", x, "-y", y, "-W", width, "-H", height]
        subprocess.run(
            [
                "pdftoppm",
                "-r",
                str(density),
                "-png",
                "-singlefile",
                "-f",
                str(number),
                "-l",
                str(number),
                *crop,
                pdf,
                DOCS / "pictures" / name,
            ],
            check=True,
        )
    browser = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        f"--user-data-dir={folder / 'profile'}",
    ]
    shot = ["--window-size=1100,3300", "--virtual-time-budget=8000", f"--screenshot={DOCS / 'pictures' / 'report.png'}"]
    subprocess.run([*browser, *shot, (folder / "report.html").as_uri() + "#year=2030"], check=True, capture_output=True)


def first_line(pdf: Path, page: int) -> str:
    """The first line of a printed page."""
    text = subprocess.run(
        ["pdftotext", "-f", str(page), "-l", str(page), pdf, "-"], check=True, capture_output=True, text=True
    ).stdout
    return text.split("\n")[0]


if __name__ == "__main__":
    for page, write in PAGES.items():
        (DOCS / page).write_text(write(), encoding="utf-8")
    if "--pictures" in sys.argv:
        with tempfile.TemporaryDirectory() as scratch:
            take_pictures(Path(scratch))
            take_result_pictures(Path(scratch))

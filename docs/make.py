"""Regenerate docs/workbook.md from the schema; with `--pictures` also the pictures of the default workbook, by LibreOffice and Poppler."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from didymium.api import new
from didymium.template.page import workbook_page

DOCS = Path(__file__).parent
# Each picture: the first line of its sheet's first printed page, and how many pages further it is.
PICTURES = {"start": ("Didymium: input workbook", 0), "projects": ("Projects", 0), "projects_capex": ("Projects", 2), "demand": ("Demand", 0)}
MADE_FROM = DOCS / "pictures" / "made_from.txt"


def fingerprint(workbook: Path) -> str:
    """What the pictures depend on: the cells, styles and charts of a workbook."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(workbook) as archive:
        for name in sorted(archive.namelist()):
            if name.startswith(("xl/worksheets/sheet", "xl/styles", "xl/sharedStrings", "xl/charts")):
                digest.update(archive.read(name))
    return digest.hexdigest()


def take_pictures(folder: Path) -> None:
    """The top left of the printed pages of the default workbook's sheets."""
    workbook = new(folder / "default.xlsx", example=True)
    subprocess.run(["soffice", "--headless", "--convert-to", "pdf", "--outdir", folder, workbook], check=True, capture_output=True)
    pdf = workbook.with_suffix(".pdf")
    for name, (title, nth) in PICTURES.items():
        pages = [k for k in range(1, 30) if first_line(pdf, k) == title]
        box = ["-x", "45", "-y", "55", "-W", "1300", "-H", "600" if name == "start" else "520"]
        subprocess.run(
            ["pdftoppm", "-r", "115", "-png", "-singlefile", "-f", str(pages[0] + nth), "-l", str(pages[0] + nth), *box, pdf, DOCS / "pictures" / name],
            check=True,
        )
    MADE_FROM.write_text(fingerprint(workbook) + "\n")


def first_line(pdf: Path, page: int) -> str:
    """The first line of a printed page."""
    said = subprocess.run(["pdftotext", "-f", str(page), "-l", str(page), pdf, "-"], check=True, capture_output=True, text=True).stdout
    return said.split("\n")[0]


if __name__ == "__main__":
    (DOCS / "workbook.md").write_text(workbook_page(), encoding="utf-8")
    if "--pictures" in sys.argv:
        with tempfile.TemporaryDirectory() as scratch:
            take_pictures(Path(scratch))

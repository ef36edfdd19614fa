"""Write the page: its frame, style, script, the charting library and the data, in one file that needs no other."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from pathlib import Path

from didymium.plan.answer import Answer
from didymium.reports.page.data import page_data

_HERE = Path(__file__).parent


def write_page(plan: Answer, path: Path) -> None:
    """Write report.html. Raises ValueError for a number that is not finite, OSError when the file cannot be written."""
    path.write_text(page_of(plan), encoding="utf-8")


def page_of(plan: Answer) -> str:
    """Return the text of report.html. Raises ValueError for a number that is not finite."""
    return assembled("report", page_data(plan))


def assembled(name: str, data: Mapping[str, object]) -> str:
    """Return a page with its data in one text. Raises ValueError for a number of the data that is not finite."""
    parts = {
        "CONTENT": _file(f"{name}.html").rstrip(),
        "TITLE": html.escape(str(data["title"])),
        "STYLE": _file("report.css"),
        "DATA": in_script(json.dumps(data, allow_nan=False, separators=(",", ":"))),
        "LIBRARY": _file("echarts.min.js"),
        "SCRIPT": _file("page.js") + _file(f"{name}.js"),
    }
    page = _file("frame.html")
    for part, text in parts.items():
        page = page.replace(f"<!--{part}-->", text, 1)
    return page


def in_script(data: str) -> str:
    """Return JSON in a form that is safe inside a script element: no text in it can end the element or begin a
    comment."""
    return (
        data.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")

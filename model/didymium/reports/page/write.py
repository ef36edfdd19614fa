"""The page itself: its skeleton, style, script, the charting library and the data, in one file that needs nothing
else."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from pathlib import Path

from didymium.plan.answer import Answer
from didymium.reports.page.data import page_data

_HERE = Path(__file__).parent


def write_page(plan: Answer, path: Path) -> None:
    """Write report.html. Raises ValueError rather than write a number that is none, OSError when the file cannot be
    written."""
    path.write_text(page_of(plan), encoding="utf-8")


def page_of(plan: Answer) -> str:
    """The text of report.html. Raises ValueError where a number of it is none."""
    return assembled("report", page_data(plan))


def assembled(name: str, data: Mapping[str, object]) -> str:
    """The page of a name with its data, in one piece. Raises ValueError where a number of the data is none."""
    parts = {
        "TITLE": html.escape(str(data["title"])),
        "STYLE": _file("report.css"),
        "DATA": in_script(json.dumps(data, allow_nan=False, separators=(",", ":"))),
        "LIBRARY": _file("echarts.min.js"),
        "SCRIPT": _file("page.js") + _file(f"{name}.js"),
    }
    page = _file(f"{name}.html")
    for part, text in parts.items():
        page = page.replace(f"<!--{part}-->", text, 1)
    return page


def in_script(data: str) -> str:
    """JSON that can stand inside a script element: no text in it can end the element or begin a comment."""
    return (
        data.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")

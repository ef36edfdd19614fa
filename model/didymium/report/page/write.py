"""The page itself: its skeleton, style, script, the charting library and the data, in one file that needs nothing else."""

from __future__ import annotations

import html
import json
from pathlib import Path

from didymium.plan.answer import Answer
from didymium.report.page.data import page_data

_HERE = Path(__file__).parent


def write_page(plan: Answer, path: Path) -> None:
    """Write report.html. Raises ValueError rather than write a number that is none, OSError when the file cannot be written."""
    data = page_data(plan)
    parts = {
        "TITLE": html.escape(str(data["title"])),
        "STYLE": _file("report.css"),
        "DATA": in_script(json.dumps(data, allow_nan=False, separators=(",", ":"))),
        "LIBRARY": _file("echarts.min.js"),
        "SCRIPT": _file("report.js"),
    }
    page = _file("report.html")
    for name, text in parts.items():
        page = page.replace(f"<!--{name}-->", text, 1)
    path.write_text(page, encoding="utf-8")


def in_script(data: str) -> str:
    """JSON that can stand inside a script element: no text in it can end the element or begin a comment."""
    return data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")

"""Write the generated pages of docs/ again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from didymium.reports.results_page import results_page
from didymium.template.page import workbook_page

sys.path.insert(0, str(Path(__file__).parent))
from bench_page import bench_page
from fill import filled_page
from generated import api_page, command_page, model_page
from mathematics import mathematics_page

DOCS = Path(__file__).parent
FILLED = ("reading.md", "tutorial_planner.md", "tutorial_consultant.md", "tutorial_reviewer.md")
PAGES: dict[str, Callable[[], str]] = {
    "workbook.md": workbook_page,
    "results.md": results_page,
    "command.md": command_page,
    "api.md": api_page,
    "model.md": model_page,
    "mathematics.md": mathematics_page,
    "bench.md": bench_page,
    **{name: partial(filled_page, name) for name in FILLED},
}


if __name__ == "__main__":
    for page, write in PAGES.items():
        (DOCS / page).write_text(write(), encoding="utf-8")

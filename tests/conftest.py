"""Tests that need LibreOffice or Chromium are left out, and said to be, where these are not installed."""

from __future__ import annotations

import shutil

NEEDED = {"soffice": "test_office.py", "chromium": "test_browser.py"}
collect_ignore = [test for program, test in NEEDED.items() if shutil.which(program) is None]


def pytest_report_header() -> list[str]:
    return [f"{program} not found: tests/{test} is left out" for program, test in NEEDED.items() if shutil.which(program) is None]

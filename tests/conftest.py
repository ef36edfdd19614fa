"""Tests that need LibreOffice are left out, and said to be, where it is not installed."""

from __future__ import annotations

import shutil

OFFICE = shutil.which("soffice") is not None
collect_ignore = [] if OFFICE else ["test_office.py"]


def pytest_report_header() -> str:
    return "LibreOffice: found" if OFFICE else "LibreOffice (soffice) not found: tests/test_office.py is left out"

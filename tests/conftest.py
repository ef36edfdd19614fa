"""The same tests on every run: random examples are few and always the same; `make fuzz` looks for new ones.

Tests marked `needs("soffice")` and the like are skipped, with a word, where that program is not installed.
"""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, settings

CALM = list(HealthCheck)  # solves are slow, and folders may be shared between examples
settings.register_profile(
    "everyone", derandomize=True, database=None, deadline=None, max_examples=25, suppress_health_check=CALM
)
settings.register_profile(
    "fuzz",
    derandomize=False,
    database=None,
    deadline=None,
    max_examples=25,
    suppress_health_check=CALM,
    print_blob=False,
)
_registry = tempfile.TemporaryDirectory(prefix="didymium-runs-", ignore_cleanup_errors=True)
os.environ["DIDYMIUM_RUNS"] = f"{_registry.name}/runs.sqlite"  # the runs of tests are not the person's
settings.load_profile("everyone")  # --hypothesis-profile=fuzz takes its place
PROGRAMS = {
    "soffice": "LibreOffice",
    "chromium": "Chromium",
    "chromedriver": "its driver",
    "pdftoppm": "Poppler",
    "pdftotext": "Poppler",
}
NEEDED = {"test_office.py": "soffice", "test_browser.py": "chromium"}


def missing(program: str) -> bool:
    return shutil.which(program) is None


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(program, ...): skipped where a program is not installed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole files need what NEEDED says; single tests what their mark says."""
    for item in items:
        needed = [program for mark in item.iter_markers("needs") for program in mark.args]
        needed += [NEEDED[item.path.name]] if item.path.name in NEEDED else []
        for program in filter(missing, needed):
            item.add_marker(pytest.mark.skip(reason=f"{PROGRAMS.get(program, program)} ({program}) is not installed"))


def pytest_report_header() -> list[str]:
    return [
        f"{PROGRAMS[program]} not found ({program}): tests that need it are skipped"
        for program in PROGRAMS
        if missing(program)
    ]

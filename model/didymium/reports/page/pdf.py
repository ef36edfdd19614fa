"""report.pdf: the page printed by a browser that is on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from didymium.errors import OutputInUse

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_PROGRAMS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")  # variables of Windows
_ON_WINDOWS = (
    ("Google", "Chrome", "Application", "chrome.exe"),
    ("Microsoft", "Edge", "Application", "msedge.exe"),
)
_ON_MACOS = ("Google Chrome", "Microsoft Edge", "Chromium")
SECONDS = 120  # that printing may take


def browser() -> str | None:
    """Return where a browser that prints is, or None where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return found or next((str(path) for path in installed_browsers() if path.is_file()), None)


def installed_browsers() -> list[Path]:
    """Return where Windows and macOS put browsers, which are not on the path there."""
    tops = [top for name in _PROGRAMS if (top := os.environ.get(name))]
    windows = [Path(top, *parts) for top in tops for parts in _ON_WINDOWS]
    return [*windows, *(Path("/Applications", f"{name}.app", "Contents", "MacOS", name) for name in _ON_MACOS)]


def print_page(page: Path, path: Path) -> None:
    """Print report.html to a PDF. Raises OutputInUse where no browser is installed, or it did not print."""
    program = browser()
    if program is None:
        raise OutputInUse(
            f"{path.name} needs Chromium, Chrome or Edge, and none is installed; or open {page} in any browser and"
            " print it to a PDF"
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            program,
            "--headless",
            "--disable-gpu",
            "--no-pdf-header-footer",
            "--virtual-time-budget=20000",  # milliseconds that the page has to draw
            f"--user-data-dir={profile}",
            f"--print-to-pdf={path.resolve()}",
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),  # which root cannot have
            page.resolve().as_uri(),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            raise OutputInUse(f"{path.name} was not printed by {program}: {error}") from error
    if not path.exists():
        raise OutputInUse(f"{path.name} was not printed by {program}: it wrote no file")

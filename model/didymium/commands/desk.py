"""`didymium open`: the desk, a local page for people without a terminal."""

from __future__ import annotations

import argparse

from didymium.errors import BadWorkbook, Problem


def run_open(arguments: argparse.Namespace) -> int:
    """Serve the desk until Ctrl-C; runs that it began go on. Returns 0."""
    try:
        from didymium.desk.serve import open_browser, serve
    except ModuleNotFoundError as error:
        text = f'needs {error.name}, which comes with the extra: pip install "didymium[desk]"'
        raise BadWorkbook([Problem("open", text)]) from error

    def show(address: str) -> None:
        print(f"The desk is at {address}", flush=True)
        print("Close it with Ctrl-C; runs go on, and the next start shows them.", flush=True)
        if not arguments.no_browser:
            open_browser(address)

    serve(arguments.folder.resolve(), arguments.port, arguments.workers, show)
    return 0

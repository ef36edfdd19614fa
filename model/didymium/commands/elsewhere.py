"""Jobs on other machines, which need not see our files: the case travels in its job, and its results come back and are
written here, as if it had been done here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from didymium.cluster import stop_requested
from didymium.commands.parcel import Do, Ended, Returned, returned, solve_packed
from didymium.endings import OUR_FAULT
from didymium.errors import DidymiumError
from didymium.jobs import run_apart
from didymium.reports.files import BROKEN
from didymium.result_folder import replace_files

Folder = Callable[[Returned], Path]
"""Where the results that came back go. Raises ValueError where they cannot be ours."""


def do_apart(do: Do, content: bytes | Ended) -> bytes | Ended | None:
    """What a worker runs: the job in a process of its own, which a stop reaches, and whose death is its own; None
    where it was to stop before it began. A job that has ended is handed back."""
    if not isinstance(content, bytes):
        return content
    with TemporaryDirectory(prefix="didymium-") as folder:  # of the worker, which outlives a process that dies
        result: bytes | None = run_apart(solve_packed, (do, content, Path(folder)), stop_requested)
        return result


def placed(content: bytes, folder: Folder) -> tuple[Returned, Path | None]:
    """Write the results that came back of a job into their folder; return how it ended, and the folder if any."""
    try:
        back = returned(content)
        if not back.files:
            return back, None
        where = folder(back)
        broken = all(file.startswith(BROKEN) for file in back.files)
        files = {file.removeprefix(BROKEN): partial(_write, content=c) for file, c in back.files.items()}
        replace_files(where, files, back.manifest, lambda: BROKEN if broken else "")
        return back, where
    except ValueError as error:
        return Returned(OUR_FAULT, str(error)), None
    except DidymiumError as error:
        return Returned(error.exit_code, str(error)), None


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def folder_of(arguments: argparse.Namespace, output_folder: Callable[[Path, str, argparse.Namespace], Path]) -> Folder:
    """Return where the results of a job go: into its --out, and for a solve where a solve here would put them."""

    def folder(back: Returned) -> Path:
        if arguments.command != "solve":
            return Path(arguments.out)
        name = "stochastic" if arguments.stochastic else str(arguments.scenario or back.manifest.get("scenario"))
        if name != Path(name).name:
            raise ValueError(f"the results that came back are of a scenario {name!r}, which cannot be")
        return output_folder(arguments.workbooks[0], name, arguments)

    return folder

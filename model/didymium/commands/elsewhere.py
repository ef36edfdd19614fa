"""Solves of a batch on other machines, which need not see our files: the case travels in its job, and its results come
back and are written here, as if it had been solved here."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from didymium.cluster import stop_requested
from didymium.commands.parcel import Ended, Solve, pack, returned, solve_packed
from didymium.commands.stopping import stop_by_hand
from didymium.console import ConsoleProgress
from didymium.endings import OUR_FAULT
from didymium.errors import DidymiumError
from didymium.jobs import WorkerPool, apart
from didymium.options import SolveOptions
from didymium.reports.files import BROKEN
from didymium.result_folder import replace_files

Folder = Callable[[Path, str, argparse.Namespace], Path]
Wanted = tuple[Path, str | None]  # a workbook, and one of its scenarios (None: as the flags say)


def solve_elsewhere(
    options: SolveOptions,
    progress: ConsoleProgress,
    runs: Sequence[Wanted],
    arguments: argparse.Namespace,
    solve: Solve,
    folder: Folder,
    done: Callable[[int, Ended], None],
) -> None:
    """Do the solves on the cluster of the options; `done` is called with the place and the ending of each.

    What cannot be read here is told by trying it here. Once Ctrl-C comes no other is begun.
    """
    packed: dict[int, bytes] = {}
    for k, (path, scenario) in enumerate(runs):
        try:
            packed[k] = pack(path, arguments, scenario)
        except (OSError, DidymiumError):
            done(k, solve(path.resolve(), arguments, scenario))
    places = list(packed)

    def ended(place: int, result: bytes | Ended | None) -> None:
        k = places[place]
        if result is not None:
            done(k, result if isinstance(result, tuple) else _placed(result, runs[k], arguments, folder))

    then = "no other is begun, and the best plans of those under way come back"
    with (
        progress.attached(f"waiting for {options.cluster}"),
        stop_by_hand(progress, then) as interrupt,
        WorkerPool(options.workers, options.cluster) as pool,
    ):
        pool.run(
            _apart,
            [(solve, content) for content in packed.values()],
            ended,
            lambda: interrupt.requested,
            lambda error: (error.exit_code, None, str(error)),
        )


def _apart(solve: Solve, content: bytes) -> bytes | None:
    """What a worker runs: the solve in a process of its own, which a stop reaches, and whose death is its own; None
    where it was told to stop before it began."""
    result: bytes | None = apart(solve_packed, (solve, content), stop_requested)
    return result


def _placed(content: bytes, run: Wanted, arguments: argparse.Namespace, folder: Folder) -> Ended:
    """Write the results that came back of a solve into their folder; return how it ended."""
    path, scenario = run
    try:
        back = returned(content)
        print(back.printed, end="")
        if not back.files:
            return back.code, None, back.reason
        name = "stochastic" if arguments.stochastic else str(scenario or back.facts.get("scenario"))
        if name != Path(name).name:
            raise ValueError(f"the results that came back are of a scenario {name!r}, which cannot be")
        where = folder(path, name, arguments)
        broken = all(file.startswith(BROKEN) for file in back.files)
        files = {file.removeprefix(BROKEN): partial(_write, content=c) for file, c in back.files.items()}
        replace_files(where, files, back.facts, lambda: BROKEN if broken else "", {"report.html"} - files.keys())
        return back.code, where, back.reason
    except ValueError as error:
        return OUR_FAULT, None, str(error)
    except DidymiumError as error:
        return error.exit_code, None, str(error)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)

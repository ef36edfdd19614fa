"""What the commands of all studies do: hold the folder, show progress, stop by hand, write files, print the answer."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from didymium.arguments import command_line
from didymium.commands.output import print_result
from didymium.commands.recording import add_facts, requested
from didymium.commands.stopping import stop_by_hand
from didymium.console import ConsoleProgress
from didymium.engine.control import Interrupt
from didymium.errors import BadWorkbook, NoPlan
from didymium.options import SolveOptions, refuse_folder
from didymium.reports.study import StudyReport
from didymium.result_folder import KeptParts, keep_run, locked, request_hash
from didymium.supervised import message_parent


def folder_of(arguments: argparse.Namespace, name: str) -> Path:
    """Return where the study of a workbook is written: --out, or a folder of its name under outputs/<workbook>."""
    out: Path | None = arguments.out
    return out or Path("outputs") / arguments.workbook.resolve().stem / name


@contextmanager
def resumable(arguments: argparse.Namespace, source: Path, out: Path) -> Iterator[Callable[[], None]]:
    """Keep, while the study of a source is made, what `didymium resume` needs to begin it again; what the block is
    given forgets that, when there is nothing to go on with."""
    kept = KeptParts(out, request_hash("command", requested(arguments)))
    if source.exists():
        words = command_line(argparse.Namespace(**{**vars(arguments), "out": out}))
        keep_run(kept, words, source, getattr(arguments, "request", ""))
        message_parent(kept=str(kept.where), study=True)
    try:
        yield kept.clear
    except (BadWorkbook, NoPlan):
        kept.clear()
        raise


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A study that is being made: where it shows its progress, what stops it, and what forgets how to begin it again,
    when there is nothing to go on with."""

    progress: ConsoleProgress
    interrupt: Interrupt
    forget: Callable[[], None]


@contextmanager
def under_way(arguments: argparse.Namespace, source: Path, out: Path, then: str) -> Iterator[UnderWay]:
    """Hold the folder of a study of a source while it is made; `then` says what follows when it is stopped by hand."""
    add_facts(folder=out)
    progress = ConsoleProgress(arguments.quiet, arguments.progress)
    progress.stage(f"reading {source}")
    with (
        locked(out),
        resumable(arguments, source, out) as forget,
        progress.attached(),
        stop_by_hand(progress, then) as interrupt,
    ):
        yield UnderWay(progress, interrupt, forget)


def run_study(
    arguments: argparse.Namespace, source: Path, out: Path, then: str, study: Callable[..., StudyReport]
) -> StudyReport:
    """Run a study of an input or a result, write its files, print its answer; returns its report.

    `study` is called with `options`, `on_progress`, `interrupt` and `keep`, beside which it keeps what it has finished;
    `then` says what follows when it is stopped.
    """
    options = SolveOptions(arguments.gap, arguments.time_limit, arguments.threads, arguments.seed)
    refuse_folder("--out", out)
    with under_way(arguments, source, out, then) as run:
        report = study(options=options, on_progress=run.progress.progress, interrupt=run.interrupt, keep=out)
        add_facts(**{name: report.facts.get(name) for name in ("scenario", "input_sha256", "content_sha256")})
        run.progress.stage("writing the results")
        written = report.save(out)
        if report.record["complete"]:
            run.forget()
    print_result(arguments, written, [report.status, *report.headline, *(f"wrote {path}" for path in written)])
    return report

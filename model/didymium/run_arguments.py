"""The flags of many runs: `didymium run`, which does what a file lists, and `didymium runs`, the registry.

Nothing slow is imported here, so that `didymium --help` answers at once.
"""

from __future__ import annotations

from pathlib import Path

from didymium.option_kinds import COMPARISON, Commands, Parser, add_output, add_workers, count


def add_run(commands: Commands[Parser]) -> None:
    """Add `didymium run`."""
    run = commands.add_parser(
        "run", help="do all that a study file lists: workbooks x scenarios x variants, solved, studied and stressed"
    )
    run.add_argument("study", type=Path, metavar="STUDY", help="a TOML file; docs/batches.md shows what it may hold")
    run.add_argument("--out", type=Path, metavar="DIR", help="where to write (default: outputs/<name of the file>)")
    add_workers(run)
    run.add_argument("--again", action="store_true", help="also what an earlier call has finished")
    run.add_argument("--dry-run", action="store_true", help="hold the file against what is possible, and list the jobs")
    add_output(run, "a list of how each job ended,")


def add_runs(commands: Commands[Parser]) -> None:
    """Add `didymium runs`."""
    runs = commands.add_parser(
        "runs",
        help="list what was run, when, on which input, and how it ended; show, compare, note or forget runs",
    )
    runs.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help=(
            "nothing: list the latest; show ID: all of one run; compare ID ID: what differs between the results of two;"
            " note ID TEXT: put words to one; prune: forget runs whose results are gone"
        ),
    )
    runs.add_argument("--limit", type=count, metavar="N", help="list so many (default: 20)")
    runs.add_argument("--workbook", metavar="PART", help="only of inputs or results with this in their path")
    runs.add_argument("--hash", metavar="HASH", help="only of this input, content or request, by the first digits")
    runs.add_argument("--kind", metavar="KIND", help="only of this command, such as solve or frontier")
    runs.add_argument("--status", metavar="PART", help="only with this in their status, such as optimal or ended")
    runs.add_argument("--since", metavar="DATE", help="only from this day on, such as 2026-11-30")
    runs.add_argument("--older-than", type=float, metavar="DAYS", help="prune: also runs that began so long ago")
    runs.add_argument(
        "--kept", action="store_true", help="prune: also what those runs kept of a search that was not finished"
    )
    runs.add_argument(
        "--out",
        type=Path,
        metavar="PATH",
        default=COMPARISON,
        help=f"compare: where to write (default: {COMPARISON.as_posix()})",
    )
    runs.add_argument("--json", action="store_true", help="print the runs for machines")

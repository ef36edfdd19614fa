"""The command: parse, import what it needs, run it, return its exit code. 0 solved, 1 our fault, 2 bad input, 3 no
plan, 4 stopped with a plan, 5 stopped without, 6 could not write."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence

from didymium.arguments import STUDIES, parser

__all__ = ["main", "parser", "prepared", "processes_of", "solves_one"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    return prepared(parser().parse_args(argv))()


def solves_one(arguments: argparse.Namespace) -> bool:
    """Return whether a command solves in this process, for long: it is to run in a child. The solves of a batch are
    jobs of their own."""
    if arguments.command == "solve":
        return not (arguments.dry_run or arguments.each_scenario or len(arguments.workbooks) > 1)
    return arguments.command in ("resume", *STUDIES)


def processes_of(arguments: argparse.Namespace) -> int:
    """Return how many processes of this machine the jobs of a command will have at first; 0 where it has no jobs of
    their own."""
    if arguments.command not in ("solve", "run") or arguments.dry_run or solves_one(arguments) or arguments.cluster:
        return 0
    one_each = arguments.command == "solve" and not arguments.each_scenario
    count: int = min(arguments.workers, os.cpu_count() or 1)
    return min(count, len(arguments.workbooks)) if one_each else count


def prepared(arguments: argparse.Namespace) -> Callable[[], int]:
    """Import what a command needs; returns the command, to be run."""
    from didymium.commands import command
    from didymium.commands.recording import recorded
    from didymium.endings import exit_code_of

    run = command(arguments.command)
    return lambda: exit_code_of(lambda: recorded(arguments, run))

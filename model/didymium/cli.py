"""The command: parse, import what it needs, run it, return its exit code. 0 solved, 1 our fault, 2 bad input, 3 no
plan, 4 stopped with a plan, 5 stopped without, 6 could not write."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from didymium.arguments import parser

__all__ = ["main", "parser", "prepared"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    return prepared(argv)()


def prepared(argv: Sequence[str] | None = None) -> Callable[[], int]:
    """Parse the arguments and import what their command needs; returns the command, to be run."""
    arguments = parser().parse_args(argv)
    from didymium.commands import command
    from didymium.commands.recording import recorded
    from didymium.endings import exit_code_of

    run = command(arguments.command)
    return lambda: exit_code_of(lambda: recorded(arguments, run))

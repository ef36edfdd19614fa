"""What the flags of several commands share: the parser, which suggests what was meant, and kinds of values.

Nothing slow is imported here, so that `didymium --help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

RESULT = "a results.xlsx or the folder that holds it"
COMPARISON = Path("outputs/comparison.xlsx")  # where it is written unless --out says otherwise


class Parser(argparse.ArgumentParser):
    """A parser that suggests the command or flag that was meant."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse; an unknown flag ends here, where the flags of its command are known."""
        self._arguments = list(sys.argv[1:] if args is None else args)
        found, unknown = super().parse_known_args(args, namespace)
        if any(text.startswith("-") for text in unknown):
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._meant(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Print usage and message, with a suggestion where a command is misspelt, and exit with code 2."""
        wrong = re.search(r"invalid choice: '([^']*)'", message)
        if wrong:
            action = next((a for a in self._actions if a.choices and _names(a) in message), None)
            message += _suggestion(wrong[1], map(str, action.choices or ()) if action else ())
        elif "are required" in message:  # perhaps only because a flag is misspelt
            message += self._meant(self._arguments)
        super().error(message)

    def _meant(self, words: Sequence[str]) -> str:
        """A suggestion for the first unknown flag among some words."""
        flags = [option for action in self._actions for option in action.option_strings]
        flags_used = (word.split("=")[0] for word in words if word.startswith("--"))
        unknown = next((flag for flag in flags_used if not any(known.startswith(flag) for known in flags)), None)
        return _suggestion(unknown, flags) if unknown else ""


def _names(action: argparse.Action) -> str:
    """What argparse calls an argument in its messages."""
    return f"argument {'/'.join(action.option_strings) or action.metavar or action.dest}:"


def _suggestion(text: str, known: Iterable[str]) -> str:
    import difflib

    close = difflib.get_close_matches(text, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


Commands = argparse._SubParsersAction


def add_solver(command: Parser) -> None:
    """Add what the solver takes."""
    command.add_argument(
        "--threads", type=int, default=0, metavar="N", help="threads for the solver (default: its own choice)"
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="random seed of the solver")


def add_workers(command: Parser) -> None:
    """Add where independent solves run."""
    command.add_argument(
        "--workers",
        type=workers,
        default=1,
        metavar="N",
        help=(
            "independent solves on so many processes at a time, as memory allows; auto: as many as this machine has"
            " cores (default: 1)"
        ),
    )
    command.add_argument(
        "--cluster",
        metavar="WHERE",
        help="or on other machines, which need none of your files: the address of a dask.distributed scheduler, or"
        " slurm or kubernetes, which give N workers",
    )


def add_output(command: Parser, file: str) -> None:
    """Add what is printed: `file` is the one for machines."""
    command.add_argument("--quiet", action="store_true", help="print errors only")
    command.add_argument("--json", action="store_true", help=f"print {file} to standard output")
    command.add_argument(
        "--progress",
        type=Path,
        metavar="FILE",
        help="add each stage and the gap as it closes to FILE, as lines of JSON",
    )


def count(text: str) -> int:
    """Return a whole number from 0 on. Raises ArgumentTypeError for anything else."""
    if not re.fullmatch(r"[0-9]{1,9}", text.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 on")
    return int(text)


def positive(text: str) -> int:
    """Return a whole number from 1 on. Raises ArgumentTypeError for anything else."""
    if count(text) < 1:
        raise argparse.ArgumentTypeError("write 1 or more")
    return int(text)


def workers(text: str) -> int:
    """Return a number of processes; of `auto`, how many cores this process may use."""
    if text.strip().casefold() != "auto":
        return positive(text)
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def years(text: str) -> range:
    """Return `2026-2040` as years. Raises ArgumentTypeError for anything else."""
    match = re.fullmatch(r"((?:19|20|21)\d\d)-((?:19|20|21)\d\d)", text.strip())
    if not match or not 0 <= int(match[2]) - int(match[1]) < 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no span of years; write e.g. 2026-2040 (at most 100 years)")
    return range(int(match[1]), int(match[2]) + 1)

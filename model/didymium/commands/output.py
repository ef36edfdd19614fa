"""What a command prints when its files are written: the one for machines, or lines for people."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path


def print_result(arguments: argparse.Namespace, written: Sequence[Path], lines: Iterable[str]) -> None:
    """Print the last of the files written with --json; else the lines and where the files are, but not with --quiet."""
    if arguments.json:
        print(written[-1].read_text(encoding="utf-8"))
    elif not arguments.quiet:
        print("\n".join(lines))

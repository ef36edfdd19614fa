"""`didymium completion`: a script by which a shell completes commands and flags."""

from __future__ import annotations

import argparse

from didymium.arguments import parser
from didymium.completion import script


def run_completion(arguments: argparse.Namespace) -> int:
    """Print the script of a shell."""
    print(script(parser(), arguments.shell), end="")
    return 0

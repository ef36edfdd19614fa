"""`didymium explain`: why there is no plan, and which single cells would restore one."""

from __future__ import annotations

import argparse

from didymium.commands.repair import explain_input


def run_explain(arguments: argparse.Namespace) -> int:
    """Explain an input; returns the exit code."""
    return explain_input(arguments)

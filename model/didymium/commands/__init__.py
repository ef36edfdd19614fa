"""The commands: each takes the parsed arguments, calls the library, prints, and returns an exit code.

A command's module is imported when it is run, so that help, and quick commands, do not wait for the solver.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module

_MODULES = {
    "new": "files",
    "check": "check",
    "solve": "solve",
    "resume": "resume",
    "stress": "stress",
    "frontier": "frontier",
    "alternatives": "alternatives",
    "explain": "explain",
    "sensitivity": "sensitivity",
    "verify": "verify",
    "sign": "verify",
    "keys": "verify",
    "compare": "files",
    "report": "files",
    "brief": "brief",
    "export": "files",
    "upgrade": "files",
    "open": "desk",
    "run": "run",
    "runs": "runs",
    "completion": "completion",
}


def command(name: str) -> Callable[[argparse.Namespace], int]:
    """Import and return the function that runs a command: `run_` and its name."""
    module = import_module(f"didymium.commands.{_MODULES[name]}")
    run: Callable[[argparse.Namespace], int] = getattr(module, f"run_{name}")
    return run

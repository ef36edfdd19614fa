"""A planner of allied investment in rare earths: what to build, where, when and with whose money."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from didymium import api
    from didymium.api import Stressed, brief, information_value, report, solve, stress, verify
    from didymium.case_inputs import CaseInputs, check, examine, read
    from didymium.commands.run import run
    from didymium.comparison import compare
    from didymium.engine.control import Interrupt, Progress
    from didymium.errors import (
        BadWorkbook,
        BrokenPlan,
        DidymiumError,
        LostJob,
        NoPlan,
        OutputInUse,
        Problem,
        Unfinished,
        UnknownTable,
    )
    from didymium.holding import hold
    from didymium.options import SolveOptions
    from didymium.plans import Plan, load
    from didymium.registry import runs
    from didymium.solving import save_reasons, size
    from didymium.statuses import Status
    from didymium.stress_test.stress import StressOptions
    from didymium.studying import alternatives, explain, explain_input, frontier, sensitivity
    from didymium.workbooks import annotate, export, new, upgrade

    __version__: str

__all__ = [
    "BadWorkbook",
    "BrokenPlan",
    "CaseInputs",
    "DidymiumError",
    "Interrupt",
    "LostJob",
    "NoPlan",
    "OutputInUse",
    "Plan",
    "Problem",
    "Progress",
    "SolveOptions",
    "Status",
    "StressOptions",
    "Stressed",
    "Unfinished",
    "UnknownTable",
    "alternatives",
    "annotate",
    "api",
    "brief",
    "check",
    "compare",
    "examine",
    "explain",
    "explain_input",
    "export",
    "frontier",
    "hold",
    "information_value",
    "keys",
    "load",
    "new",
    "read",
    "report",
    "run",
    "runs",
    "save_reasons",
    "sensitivity",
    "sign",
    "size",
    "solve",
    "stress",
    "upgrade",
    "verify",
]
_HOMES = {  # where each public name is defined; a module is imported when one of its names is first used
    "didymium.api": (
        "Stressed",
        "brief",
        "information_value",
        "keys",
        "report",
        "sign",
        "solve",
        "stress",
        "verify",
    ),
    "didymium.case_inputs": (
        "CaseInputs",
        "check",
        "examine",
        "read",
    ),
    "didymium.commands.run": ("run",),
    "didymium.comparison": ("compare",),
    "didymium.engine.control": (
        "Interrupt",
        "Progress",
    ),
    "didymium.errors": (
        "BadWorkbook",
        "BrokenPlan",
        "DidymiumError",
        "LostJob",
        "NoPlan",
        "OutputInUse",
        "Problem",
        "Unfinished",
        "UnknownTable",
    ),
    "didymium.holding": ("hold",),
    "didymium.options": ("SolveOptions",),
    "didymium.studying": ("alternatives", "explain", "explain_input", "frontier", "sensitivity"),
    "didymium.plans": (
        "Plan",
        "load",
    ),
    "didymium.registry": ("runs",),
    "didymium.solving": ("save_reasons", "size"),
    "didymium.statuses": ("Status",),
    "didymium.stress_test.stress": ("StressOptions",),
    "didymium.workbooks": (
        "annotate",
        "export",
        "new",
        "upgrade",
    ),
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that the command can start, and be stopped, before the slow
    imports."""
    if name == "__version__":
        return import_module("importlib.metadata").version("didymium")
    if name not in __all__:
        raise AttributeError(f"module 'didymium' has no attribute {name!r}{_suggestion(name)}")
    found: object
    if name == "api":
        found = import_module("didymium.api")
    else:
        found = getattr(import_module(next(home for home, names in _HOMES.items() if name in names)), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def _suggestion(name: str) -> str:
    close: list[str] = import_module("difflib").get_close_matches(name, __all__, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""

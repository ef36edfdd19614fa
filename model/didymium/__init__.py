"""A planner of allied investment in rare earths: what to build, where, when and with whose money."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from didymium import api
    from didymium.api import CaseInputs, Plan, Stressed, check, export, new, read, size, solve, stress
    from didymium.comparison import compare
    from didymium.errors import BadWorkbook, BrokenPlan, LostJob, NoPlan, OutputInUse, Problem, Unfinished

    __version__: str

__all__ = [
    "BadWorkbook",
    "BrokenPlan",
    "CaseInputs",
    "LostJob",
    "NoPlan",
    "OutputInUse",
    "Plan",
    "Problem",
    "Stressed",
    "Unfinished",
    "api",
    "check",
    "compare",
    "export",
    "new",
    "read",
    "size",
    "solve",
    "stress",
]
_ERRORS = ("BadWorkbook", "BrokenPlan", "LostJob", "NoPlan", "OutputInUse", "Problem", "Unfinished")
_HOME = {
    **dict.fromkeys(_ERRORS, "didymium.errors"),
    "compare": "didymium.comparison",
}  # of what is not in didymium.api


def __getattr__(name: str) -> object:
    """Names are imported when they are first used, so that the command can start, and be stopped, before the slow
    imports."""
    if name == "__version__":
        return import_module("importlib.metadata").version("didymium")
    if name not in __all__:
        raise AttributeError(f"module 'didymium' has no attribute {name!r}")
    found: object = import_module(_HOME.get(name, "didymium.api"))
    if name != "api":
        found = getattr(found, name)
    globals()[name] = found
    return found

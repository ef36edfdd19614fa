"""A planner of allied investment in rare earths: what to build, where, when and with whose money."""

from importlib.metadata import version

from didymium.api import Asked, Plan, check, compare, export, new, read, size, solve
from didymium.errors import BadWorkbook, BrokenPlan, NoPlan, OutputInUse, Problem, Unfinished

__version__ = version("didymium")
__all__ = [
    "Asked",
    "BadWorkbook",
    "BrokenPlan",
    "NoPlan",
    "OutputInUse",
    "Plan",
    "Problem",
    "Unfinished",
    "check",
    "compare",
    "export",
    "new",
    "read",
    "size",
    "solve",
]

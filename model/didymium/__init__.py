"""A planner of allied investment in rare earths: what to build, where, when and with whose money."""

from importlib.metadata import version

from didymium.api import Asked, Plan, Stressed, check, compare, export, new, read, size, solve, stress
from didymium.errors import BadWorkbook, BrokenPlan, LostJob, NoPlan, OutputInUse, Problem, Unfinished

__version__ = version("didymium")
__all__ = [
    "Asked",
    "BadWorkbook",
    "BrokenPlan",
    "LostJob",
    "NoPlan",
    "OutputInUse",
    "Plan",
    "Problem",
    "Stressed",
    "Unfinished",
    "check",
    "compare",
    "export",
    "new",
    "read",
    "size",
    "solve",
    "stress",
]

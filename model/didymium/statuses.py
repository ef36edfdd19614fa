"""How a solve, and one HiGHS run in it, ended. Each value equals its text, so that summary.json and comparisons with
text stay as they are."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """What a plan, or the lack of one, is worth: the `status` of summary.json."""

    OPTIMAL = "optimal"  # proven to be the least cost
    GAP_REACHED = "gap_reached"  # proven within the gap that was requested
    TIME_LIMIT = "time_limit"  # the best plan at the time limit, with its gap
    INTERRUPTED = "interrupted"  # the best plan when the search was stopped by hand, with its gap
    INFEASIBLE = "infeasible"  # no plan meets the targets and limits

    @property
    def is_proven(self) -> bool:
        """Whether the plan is proven to the gap that was requested."""
        return self in (Status.OPTIMAL, Status.GAP_REACHED)


class StopReason(StrEnum):
    """Why one HiGHS run stopped, whatever it found until then."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    INFEASIBLE_OR_UNBOUNDED = "infeasible_or_unbounded"
    TIME_LIMIT = "time_limit"
    TARGET = "target"  # the objective reached the target that was set
    INTERRUPTED = "interrupted"
    MEMORY = "memory"
    FAILED = "failed"

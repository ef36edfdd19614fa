"""A copy of the planner's own file with every problem shown where it is. All that the planner made stays, byte for byte
where it can."""

from didymium.annotations.copy import annotate

__all__ = ["annotate"]

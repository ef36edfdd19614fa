"""A copy of the planner's own file with every problem shown where it is. All that the planner made stays, byte for byte
where it can."""

from didymium.mark.copy import mark

__all__ = ["mark"]

"""A copy of the planner's own file with every problem shown at its cell; everything else stays, mostly byte for
byte."""

from didymium.annotations.copy import annotate

__all__ = ["annotate"]

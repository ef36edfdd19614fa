"""Magnitudes: figures that are legal but look a unit or a digit off. It solves all the same, and a note may confirm
them.

Each check compares a figure with what is usual, with the figures beside it, with rows like its own, or with another
sheet, and says with which. The first check that asks about a cell is the only one that does.
"""

from __future__ import annotations

from didymium.checks.magnitude import jumps, money, peers, tonnes, usual

CHECKS = (*usual.SHAPES, *jumps.CHECKS, *usual.CHECKS, *money.CHECKS, *tonnes.CHECKS, *peers.CHECKS)
CODES = frozenset(check.__name__ for check in CHECKS)
